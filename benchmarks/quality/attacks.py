"""Attacks on a text: each changes how it is written, not what a reader reads (but for the last group).

`ATTACKS` maps the name of an attack to a function from the text and a random number generator to the attacked text.
`evasion.py` measures how many copies are still found.
"""

from __future__ import annotations

import json
import quopri
import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from urllib.parse import quote

Attack = Callable[[str, random.Random], str]
INSIDE = re.compile(r"(?<=[a-z,;] )([A-Z][a-z]+)\b")  # a word with a capital inside a sentence
SYLLABLES = ("bar", "del", "fen", "gor", "hal", "kim", "lor", "mas", "nil", "pet", "rud", "sol", "tov", "vex", "wim")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

CYRILLIC = str.maketrans("aceopxyABCEHKMOPTXijs", "асеорхуАВСЕНКМОРТХіјѕ")
LEET = str.maketrans("aeiostbgAEIOSTBG", "4310578943105789")
SMALL_CAPITALS = str.maketrans(ascii_lowercase, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ")
CIRCLED = str.maketrans(ascii_uppercase + ascii_lowercase, "".join(map(chr, range(0x24B6, 0x24EA))))
BOLD = str.maketrans(ascii_uppercase + ascii_lowercase, "".join(map(chr, range(0x1D400, 0x1D434))))
SUPERSCRIPT = str.maketrans("abcdefghijklmnoprstuvwxyz0123456789", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁰¹²³⁴⁵⁶⁷⁸⁹")
SQUARED = str.maketrans(ascii_uppercase + ascii_lowercase, "".join(map(chr, range(0x1F130, 0x1F14A))) * 2)
OTHER_DIGITS = str.maketrans("0123456789", "".join(map(chr, range(0x1D7CE, 0x1D7D8))))
WIDE = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}
MARKS = "\u0300\u0301\u0302\u0303\u0308\u0304\u0306\u0307\u030a\u030c\u0323"
NEIGHBOURS = dict(
    zip(ascii_lowercase, "qwertyuiopasdfghjklzxcvbnm"[3:] + "qwe", strict=True)
)  # some other letter, always the same


def each_word(share: float, change: Attack) -> Attack:
    """Apply `change` to a share of the words."""

    def attack(text: str, draw: random.Random) -> str:
        return WORD.sub(lambda m: change(m[0], draw) if draw.random() < share else m[0], text)

    return attack


def plain(change: Callable[[str], str]) -> Attack:
    """Make an attack of a change that draws nothing."""
    return lambda text, _: change(text)


def title_case(text: str) -> str:
    """Return the text with a capital at the beginning of every word and none elsewhere."""
    return WORD.sub(lambda m: m[0][:1].upper() + m[0][1:].lower(), text)


def without_punctuation(text: str) -> str:
    """Return words, numbers and line breaks only."""
    return re.sub(r"[^\w\s]", "", text)


def accents(word: str, draw: random.Random) -> str:
    """Return the word with a mark on each vowel."""
    marked = "".join(c + draw.choice(MARKS) if c in "aeiouAEIOU" else c for c in word)
    return unicodedata.normalize("NFC", marked)


def joined_by(mark: str) -> Callable[[str], str]:
    """Return a change that puts a character after each character of the text."""
    return mark.join


def typo(word: str, draw: random.Random) -> str:
    """Return a word of five letters or more with one letter dropped, doubled, turned or changed."""
    if len(word) < 5:
        return word
    at = draw.randrange(1, len(word) - 1)
    options = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :],
    )
    return draw.choice(options)


def random_case(text: str, draw: random.Random) -> str:
    """Return the text with each letter in a case of its own."""
    return "".join(draw.choice((c.upper(), c.lower())) if c in ascii_letters else c for c in text)


def shuffled(text: str, draw: random.Random) -> str:
    """Return the sentences in another order."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    draw.shuffle(sentences)
    return " ".join(sentences)


def facts_changed(text: str, draw: random.Random) -> str:
    """Return the text with each word that has a capital inside a sentence made another name, each digit another."""
    names = {m[1] for m in INSIDE.finditer(text)}
    made = {name: "".join(draw.choice(SYLLABLES) for _ in range(3)).capitalize() for name in sorted(names)}
    text = WORD.sub(lambda m: made.get(m[0], m[0]), text)
    return re.sub(r"\d", lambda m: str((int(m[0]) + draw.randrange(1, 10)) % 10), text)


def with_junk(text: str, draw: random.Random) -> str:
    """Return the text with three sentences of its words in random order after each sentence: 75 % are junk."""
    words = [m[0].lower() for m in WORD.finditer(text)]
    out: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        size = max(4, len(sentence.split()))
        out += [sentence, *(" ".join(draw.choices(words, k=size)).capitalize() + "." for _ in range(3))]
    return " ".join(out)


def tagged(word: str, draw: random.Random) -> str:
    """Return the word in an HTML element, written out."""
    name = draw.choice(("b", "i", "span", "em"))
    return f"<{name}>{word}</{name}>"


def inside(before: str, after: str = "") -> Attack:
    """Make a change that puts one mark before the middle of a word of four letters or more, and one behind the next."""

    def change(word: str, _: random.Random) -> str:
        at = len(word) // 2
        return f"{word[:at]}{before}{word[at : at + 1]}{after}{word[at + 1 :]}" if len(word) >= 4 else word

    return change


def after_sentences(addition: str) -> Attack:
    """Make an attack that puts something after every sentence."""
    return plain(lambda text: SENTENCE_END.sub(lambda m: f"{addition}{m[0]}", text))


def some_words_swapped(text: str, draw: random.Random) -> str:
    """Return the text with a tenth of the words in the place of the one after them: a fifth stand elsewhere."""
    words, at = text.split(" "), 0
    while at + 1 < len(words):
        if draw.random() < 1 / 9:
            words[at], words[at + 1] = words[at + 1], words[at]
            at += 1
        at += 1
    return " ".join(words)


def broken_at_line_ends(text: str) -> str:
    """Return the text in lines of 40 characters, with a hyphen where that breaks a word."""
    out, column = list[str](), 0
    for at, c in enumerate(text):
        inside_word = c.isalpha() and text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha()
        if column >= 40 and (inside_word or c == " "):
            out.append("-\n" + c if inside_word else "\n")
            column = 0
        else:
            out.append(c)
            column += 1
    return "".join(out)


def entities(text: str) -> str:
    """Return the text with entities for spaces after full stops, quotes, apostrophes and hyphens."""
    for mark, entity in ((". ", ".&nbsp;"), ('"', "&quot;"), ("'", "&#39;"), ("’", "&rsquo;"), ("-", "&#45;")):
        text = text.replace(mark, entity)
    return text


ATTACKS: Mapping[str, Attack] = {
    "none": plain(str),
    "lower case": plain(str.lower),
    "upper case": plain(str.upper),
    "title case": plain(title_case),
    "no punctuation": plain(without_punctuation),
    "lower case, no punctuation": plain(lambda text: without_punctuation(text.lower())),
    "random case": random_case,
    "underscores for spaces": plain(lambda text: text.replace(" ", "_")),
    "no-break spaces": plain(lambda text: text.replace(" ", "\u00a0")),
    "a line a sentence": plain(lambda text: re.sub(r"(?<=[.!?]) ", "\n", text)),
    "zero-width spaces in words": each_word(1.0, plain(joined_by("\u200b"))),
    "soft hyphens in words": each_word(1.0, plain(joined_by("\u00ad"))),
    "Cyrillic look-alikes": plain(lambda text: text.translate(CYRILLIC)),
    "full width": plain(lambda text: text.translate(WIDE)),
    "bold mathematical letters": plain(lambda text: text.translate(BOLD)),
    "small capitals": plain(lambda text: text.translate(SMALL_CAPITALS)),
    "circled letters": plain(lambda text: text.translate(CIRCLED)),
    "strike-through": plain(lambda text: "".join(c + "\u0336" for c in text)),
    "stray accents": plain(lambda text: "".join(c + "\u0351\u032e" if c in ascii_letters else c for c in text)),
    "accents, 30 % of words": each_word(0.3, accents),
    "accents, all words": each_word(1.0, accents),
    "leet, 30 % of words": each_word(0.3, plain(lambda word: word.translate(LEET))),
    "leet, all words": each_word(1.0, plain(lambda word: word.translate(LEET))),
    "spaced letters, 30 % of words": each_word(0.3, plain(joined_by(" "))),
    "spaced letters, all words": plain(lambda text: " ".join(text.replace(" ", "  "))),
    "typos, 20 % of words": each_word(0.2, typo),
    "typos, 40 % of words": each_word(0.4, typo),
    "tags, 30 % of words": each_word(0.3, tagged),
    "tags, all words": each_word(1.0, tagged),
    "entities": plain(entities),
    "hyphens between letters": each_word(1.0, plain(joined_by("-"))),
    "dots between letters": each_word(1.0, plain(joined_by("."))),
    "asterisks between all characters": plain("*".join),
    "letters of other scripts, spaced": plain(lambda text: " ".join(text.replace(" ", "  ").translate(CYRILLIC))),
    "spaced letters, no ends of words": plain(lambda text: " ".join(text.replace(" ", ""))),
    "cases swapped": plain(str.swapcase),
    "digits of another alphabet": plain(lambda text: text.translate(OTHER_DIGITS)),
    "superscript letters": plain(lambda text: text.lower().translate(SUPERSCRIPT)),
    "squared letters": plain(lambda text: text.translate(SQUARED)),
    "combining grapheme joiners": each_word(1.0, plain(joined_by("\u034f"))),
    "zero-width joiners at ends of words": each_word(1.0, plain(lambda word: f"{word}\u200d")),
    "marks of direction round words": each_word(1.0, plain(lambda word: f"\u202a{word}\u202c")),
    "marks of direction in words": each_word(1.0, plain(joined_by("\u200e"))),
    "an emoji after each word": each_word(1.0, plain(lambda word: f"{word}\U0001f600")),
    "comments in words": each_word(1.0, inside("<!-- x -->")),
    "emphasis in words": each_word(1.0, inside("**", "**")),
    "tags in words": each_word(1.0, inside("<b>", "</b>")),
    "soft entities in words": each_word(1.0, inside("&shy;")),
    "entities for letters": plain(lambda text: "".join(f"&#{ord(c)};" if c in ascii_letters else c for c in text)),
    "words broken at line ends": plain(broken_at_line_ends),
    "quoted-printable": plain(lambda text: quopri.encodestring(text.encode(), quotetabs=True).decode("ascii")),
    "percent signs of addresses": plain(quote),
    "escapes of JSON": plain(lambda text: json.dumps(text)[1:-1]),
    "hash tags after sentences": after_sentences(" #breaking #news #today"),
    "lines between sentences": after_sentences("\n\nREAD MORE: Ten things to know this morning\n\n"),
    "words doubled, 20 %": each_word(0.2, plain(lambda word: f"{word} {word}")),
    "words swapped, 20 %": some_words_swapped,
    "letters censored, 20 % of words": each_word(0.2, plain(lambda word: word[:1] + "*" * (len(word) - 2) + word[-1:])),
    "words reversed": each_word(1.0, plain(lambda word: word[::-1])),
    "sentences shuffled": shuffled,
    "names and numbers changed": facts_changed,
    "junk, three quarters": with_junk,
    "zero-width for spaces": plain(lambda text: text.replace(" ", "\u200b")),
    "no spaces": plain(lambda text: text.replace(" ", "")),
    "right to left": plain(lambda text: text[::-1]),
}

# Another text, or none that can be read: what is found under these is stated, and there is no floor.
STATED = (
    "words reversed", "sentences shuffled", "names and numbers changed", "junk, three quarters",
    "zero-width for spaces", "no spaces", "right to left", "spaced letters, no ends of words",
)  # fmt: skip
