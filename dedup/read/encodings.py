"""Bytes to text as browsers read them, with wrong labels found out.

In order: a byte order mark; UTF-8, of which a few bytes may be broken; the encoding that a page or a server declares,
by the WHATWG Encoding Standard (its "shift_jis" is windows-31j, its "iso-8859-1" windows-1252), where the text looks
like one; an encoding that chardet tells by what letters do in each language. What then does not look like text is
refused with a reason. Characters lost to broken bytes become U+FFFD and are counted.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from functools import cache
from typing import NamedTuple

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Codecs that take the mark away from the beginning of a stream.
WITH_MARK = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16", "utf-32-le": "utf-32"}
# Python's codecs for encodings of the standard that are larger than what Python has under their names.
LARGER = {
    "shift_jis": "cp932", "euc-kr": "cp949", "gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs",
    "euc-jp": "euc_jis_2004", "iso-2022-jp": "iso2022_jp_2004", "windows-874": "cp874", "iso-8859-8-i": "iso8859_8",
    "x-mac-cyrillic": "mac_cyrillic", "macintosh": "mac_roman",
}  # fmt: skip
SHIFTED = frozenset({"iso2022_jp_2004", "iso2022_kr", "hz"})  # pure ASCII bytes that are not ASCII text
WIDE = frozenset({"cp932", "cp949", "gb18030", "big5hkscs", "euc_jis_2004", "euc_jp", "big5", "euc_kr", "shift_jis"})

SAMPLE = 1 << 16  # characters looked at for signs of binary data
GUESSED = 200_000  # bytes by which an encoding is guessed
PLAIN = bytes([*range(0x20, 0x7F), *b"\t\n\r\f\v"])  # what no look at Unicode is needed for
MOST_STRANGE = 0.01  # share of control, unassigned and private characters in real text
MOST_ODD = 0.03  # share of characters above ASCII that stand as in no language ("D¹browa", "kafÃ©")
LEAST_RUN = 2  # letters of words with letters above ASCII, on average
MOST_FOREIGN = 0.2  # share of a Latin text's accented words that have no plain letter at all ("où", "él" have)
LEAST_WIDE = 10  # East Asian characters, below which chance may look like text
MOST_OF = 0.9  # share of them that are kana, Han, Hangul or their punctuation
LEAST_FREQUENT = 0.1  # share of the most frequent characters: .3 and more in East Asian news, .02 in random bytes

# Hiragana without the rare ones, then the most frequent Chinese characters (both scripts) and Korean syllables.
FREQUENT = frozenset(
    "あいうえおかがきくけこさしすせそただちつてでとどなにのはばまみめもやよらりるれろわをん"
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下"
    "自之年过過发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部"
    "이다의는에하을가고로한지은를도기인사자서정수대해시일부그리장과전어라와보"
)

# Classes of characters (Unicode's names) that do not stand between two letters of a word: symbols, numbers, controls,
# opening and closing marks.
ODD_BETWEEN_LETTERS = frozenset({"So", "Sk", "Sc", "Sm", "No", "Cc", "Cn", "Pi", "Pf", "Ps", "Pe"})
APOSTROPHES = "’‘ʼ´"

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I
)
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_TAG = re.compile(rb"<(?:script|style).*?(?:</(?:script|style)>|\Z)|<[^<>]*>", re.S | re.I)
_WORD = re.compile(r"\S+")


class Undecodable(Exception):
    """The bytes are no text in any encoding that can be told; the message is the reason."""


class Decoded(NamedTuple):
    """A text, the Python name of the encoding it was in, and how many characters were lost to broken bytes."""

    text: str
    encoding: str
    lost: int = 0


def decode(data: bytes, html: bool = False, label: str | None = None) -> Decoded:
    """Return the text of a whole file; `label`: what a server said. Raises `Undecodable` with the reason."""
    found = _from_mark(data)
    if found is None:
        if b"\0" in data[:SAMPLE]:
            raise Undecodable("binary data, not text")
        declared = codec_of(label) or (_declared(data) if html else None)
        found = _without_mark(data, declared)
    _refuse_binary(found.text)
    return found


@cache
def codec_of(label: str | None) -> str | None:
    """Return the Python codec for a label, by the WHATWG Encoding Standard; None for an unknown one."""
    from webencodings import lookup

    if not label:
        return None
    known = lookup(label)
    name = known.name if known else label.strip().lower().replace("windows-31j", "cp932")
    name = LARGER.get(name, name)
    try:
        codecs.lookup(name).decode(b"a")  # a text encoding
        return codecs.lookup(name).name
    except (LookupError, UnicodeError, TypeError, ValueError, AttributeError):
        return None


def few_bad_bytes(data: bytes) -> bool:
    """Return whether these bytes are UTF-8 but for a few: at most one, and one more for every four good sequences."""
    good = len(_SEQUENCE.findall(data))
    return good > 0 and data.decode("utf-8", "replace").count("\ufffd") <= 1 + good // 4


def _from_mark(data: bytes) -> Decoded | None:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            try:
                return Decoded(data[len(mark) :].decode(encoding), encoding)
            except UnicodeDecodeError as e:
                if encoding == "utf-8" and few_bad_bytes(data[len(mark) :]):
                    return _patched(data[len(mark) :], encoding)
                raise Undecodable(f"invalid {encoding.upper()} at byte {e.start + len(mark)}") from None
    return None


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:4096])
    return codec_of(found[1].decode("ascii")) if found else None


def _patched(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    return Decoded(text, encoding, text.count("\ufffd"))


def _without_mark(data: bytes, declared: str | None) -> Decoded:
    if declared is None and b"\x1b$" in data[:SAMPLE]:
        declared = "iso2022_jp_2004"  # nothing else has this escape
    problem = f"invalid {declared}"
    if declared not in SHIFTED:
        try:
            return Decoded(data.decode("utf-8"), "utf-8")
        except UnicodeDecodeError as e:
            problem = f"invalid UTF-8 at byte {e.start}"
    legacy = declared if declared != "utf-8" else None
    found = _as_declared(data, legacy) if legacy else None
    if found is None and few_bad_bytes(data):
        return _patched(data, "utf-8")
    found = found or _guessed(data)
    if found is None:
        problem += f", and not {declared} as declared" if legacy else ""
        raise Undecodable(problem + "; no other encoding fits")
    return found


def _as_declared(data: bytes, codec: str) -> Decoded | None:
    """What the label makes of the bytes, None where that is no text."""
    try:
        found = _patched(data, codec)
    except (UnicodeError, ValueError):
        return None
    wide = sum(c > "\x7f" for c in found.text)
    few = found.lost <= 1 + wide // 50
    return found if few and (codec in WIDE or codec in SHIFTED or plausible(_visible(found.text))) else None


def _visible(text: str) -> str:
    return re.sub(_TAG.pattern.decode(), " ", text, flags=re.S | re.I)


def _guessed(data: bytes) -> Decoded | None:
    from chardet import EncodingEra, detect

    plain = _TAG.sub(b" ", data)
    name = detect(plain[:GUESSED], encoding_era=EncodingEra.MODERN_WEB, compat_names=False)["encoding"]
    codec = codec_of(name)
    if codec is None or codec.startswith(("utf", "ascii")):
        return None
    found = _patched(data, codec)
    visible = _visible(found.text)
    fits = _looks_eastern(visible) if codec in WIDE else plausible(visible) and _has_words(visible)
    return found if fits and not found.lost and not _controls(visible) else None


def _looks_eastern(text: str) -> bool:
    wide = [c for c in text if ord(c) > 0x7F]
    common = sum(0x3000 <= ord(c) <= 0x9FFF or 0xAC00 <= ord(c) <= 0xD7A3 or ord(c) >= 0xFF00 for c in wide)
    common += sum(0x2010 <= ord(c) <= 0x203B for c in wide)
    if len(wide) < LEAST_WIDE or common < MOST_OF * len(wide):
        return False
    return sum(c in FREQUENT for c in wide) >= LEAST_FREQUENT * len(wide)


def _has_words(text: str) -> bool:
    """Whether letters above ASCII stand beside others, as they do in all but a word or two of any text."""
    runs = [run for run in re.findall(r"[^\W\d_]+", text) if not run.isascii()]
    return sum(map(len, runs)) >= LEAST_RUN * len(runs)


def plausible(text: str) -> bool:
    """Return whether the letters above ASCII stand as some language writes them, by a sample of the text."""
    words = [word for word in _WORD.findall(text[:SAMPLE]) if not word.isascii()]
    above = sum(c > "\x7f" for word in words for c in word)
    latin = [letters for word in words if (letters := _letters(word)) and letters.isalpha() and _is_latin(letters)]
    foreign = sum(not any(c.isascii() for c in word) for word in latin if len(word) > 1)
    return sum(map(_odd_places, words)) <= MOST_ODD * above and foreign <= MOST_FOREIGN * max(len(latin), 5)


def _letters(word: str) -> str:
    return word.strip("\"'“”„‚‘’«»‹›()[]{}.,;:!?¿¡…–—-%€£$")


def _is_latin(word: str) -> bool:
    return any("a" <= c.lower() <= "z" or "\xc0" <= c <= "\u024f" for c in word)


def _odd_places(word: str) -> int:
    """Places where no language has what stands there: a symbol between two letters, a capital after a small letter
    above ASCII, letters of two scripts side by side."""
    odd = 0
    for before, c, after in zip(word, word[1:], word[2:] + " ", strict=False):
        if c <= "\x7f" and before <= "\x7f":
            continue
        if c.isalpha() and before.isalpha():
            odd += (c.isupper() and before.islower() and c > "\x7f") or _script(c) != _script(before)
        elif before.isalpha() and after.isalpha():
            odd += c not in APOSTROPHES and unicodedata.category(c) in ODD_BETWEEN_LETTERS
    return odd


def _script(letter: str) -> str:
    code = ord(letter)
    if code < 0x250:
        return "latin"
    return next((name for first, last, name in _SCRIPTS if first <= code <= last), "latin")


_SCRIPTS = (
    (0x370, 0x3FF, "greek"), (0x400, 0x52F, "cyrillic"), (0x590, 0x5FF, "hebrew"), (0x600, 0x6FF, "arabic"),
    (0xE00, 0xE7F, "thai"),
)  # fmt: skip


def _controls(text: str) -> bool:
    return any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v" for c in set(text[:SAMPLE]))


def _refuse_binary(text: str) -> None:
    sample = text[:SAMPLE]
    rest = Counter(sample.encode("utf-8", "surrogatepass").translate(None, PLAIN).decode("utf-8", "surrogatepass"))
    strange = sum(
        count for c, count in rest.items() if c == "\ufffe" or unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs")
    )
    if strange > MOST_STRANGE * len(sample):
        raise Undecodable("binary data, not text")
