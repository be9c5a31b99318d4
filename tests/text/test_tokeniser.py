"""The compiled tokeniser against its plain-Python definition, and what that definition promises."""

import hashlib
import quopri
import re
from importlib.resources import files
from itertools import pairwise
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.compiled.hashing import NORMALISER
from dedup.records import Flag, Tokens
from dedup.text import hash_bytes, tokenise, tokenise_bytes, unicode
from dedup.text.tokeniser import PADDING
from tests.reference import tokeniser as reference

FIELDS = ("hashes", "stems", "starts", "ends", "flags", "sentences")

PIECES = [
    *"aBzZ019.,'’´`-–!?…。;:\"“”()\n\r\t\x0b\u2028  \xa0\u2009\u200b\u200d\xad\ufeff\u2060\u20e3\ufe0f\u0301\u0323",
    *"éÉñßςσΣİıŁǅﬁＡ１٣½²ªȺКотДоаἀΆաԱאبक中文カなกြខ😀𝐀𐐀\ud800\udfff\U000e0101\U00020000",
    "mr", "St", "jan", "\r\n", "\n\n", ". ", "? ", "don't", "1,000.5", "e\u0301", "caf\u200be", "abcdefgh", "Abcdefghi",
    "ạ", "ơ", "thé ", "wäs ", "ánd ", "thát ", "Oн", "x y z",
    "か\u3099", "ﾞ", "\u1100\u1161\u11a8", "\u0336", "ـ", "َ", "ٓ", "ﻻ", "ⓐ", "ᴀ", "_",
    "<b>", "</b>", "<p class=x>", "<br/>", "<", "&nbsp;", "&quot;", "&#39;", "&#x2026;", "&#119;", "&amp", "#", "/",
    "&#10;", "\r<b>\n", "\r&#10;",
    "7h3 w45 h4d w17h ", "h3ll0", "G20", "4th", "d0n'7", "4x4", "MH370", "3D", "0f", "ABCDE1", "7X",
    "x" * 30, "Q" * 63, "9" * 64, " " * 62, "é" * 40, "word " * 20,
]  # fmt: skip
SEPARATORS = (" ", "-", ".", "_", "·", "\u2009", "😀", "\n", " .")
# Texts with a sign between their letters, all of them or some.
SPELLED = st.builds(
    lambda pieces, sign: "".join(sign.join(piece) + sign for piece in pieces),
    st.lists(st.one_of(st.text("abcDE 1'’.,é-д\u0301\xad", max_size=30), st.sampled_from(PIECES)), max_size=12),
    st.sampled_from(SEPARATORS),
)
# Texts with enough escapes of one kind, and some of others.
ESCAPES = [
    ["%20", "%C3%A9", "%e2", "%41", "%"],
    ["x" * 60 + "=\n", "y" * 60 + "=\r\n", "=\n", "=20", "=3D", "="],
    ["a&#116;", "&#x41;", "&#20013;", "&#xD800;"],
    ["a&shy;b", "&zwnj;", "c&#173;d"],
    ["a<b>", "c</b>d", "x<span class=y>", "e<!-- f -->", "<br>", "<!--"],
    ["a**", "b*c", "d****e", "*"],
]
ESCAPED = st.builds(
    lambda kind, pieces, others: "".join(a + b for a, b in zip(pieces, others * 20, strict=False)) + "".join(kind * 10),
    st.sampled_from(ESCAPES),
    st.lists(st.sampled_from([one for kind in ESCAPES for one in kind]), max_size=40),
    st.lists(st.sampled_from(["", "the ", "x", "é", " ", *PIECES]), min_size=1, max_size=6),
)
ANY = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
TEXTS = st.one_of(ANY, st.text(max_size=80), SPELLED, ESCAPED)


def words(text: str) -> list[str]:
    tokens = tokenise(text)
    return [tokens.word(i) for i in range(len(tokens))]


def sentences(text: str) -> list[str]:
    tokens = tokenise(text)
    bounds = tokens.sentences.tolist()
    return [" ".join(tokens.word(i) for i in range(a, b)) for a, b in pairwise(bounds)]


def assert_same(left: Tokens, right: Tokens) -> None:
    for name in FIELDS:
        mine, other = getattr(left, name), getattr(right, name)
        assert mine.dtype == other.dtype, name
        assert mine.tolist() == other.tolist(), name
    assert left.data == right.data


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(TEXTS)
@example("")
@example("a" * 64 + "'" + "b" * 62 + "’c")
@example("a" * 63 + "'b")
@example("x" * 62 + "é'é")
@example("1" * 63 + ",2" + " " * 60 + "\u200b")
def test_kernel_gives_what_the_reference_gives(text: str) -> None:
    assert_same(tokenise(text), reference.tokenise(text))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(TEXTS, max_size=6), st.integers(0, 70))
def test_a_batch_is_its_articles(texts: list[str], lead: int) -> None:
    parts = [b"x" * lead, *(text.encode("utf-8", "surrogatepass") for text in texts)]
    offsets = np.cumsum([len(part) for part in parts]).astype(np.uint64)
    blob = np.frombuffer(b"".join(parts) + bytes(PADDING), np.uint8)
    batch = tokenise_bytes(blob, offsets)
    assert len(batch) == len(texts)
    for tokens, text in zip(batch, texts, strict=True):
        assert_same(tokens, tokenise(text))
    hashes, word_offsets = hash_bytes(blob, offsets)
    assert hashes.tolist() == batch.hashes.tolist()
    assert word_offsets.tolist() == batch.word_offsets.tolist()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_utf8_do_no_harm(raw: bytes) -> None:
    batch = tokenise_bytes(np.frombuffer(raw, np.uint8), np.array([0, len(raw)], np.uint64))
    assert (batch.starts < batch.ends).all()
    assert (batch.ends <= len(raw)).all()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TEXTS)
def test_spans_hold_the_words_own_characters(text: str) -> None:
    tokens = tokenise(text)
    for i in range(len(tokens)):
        start, end = tokens.span(i, i + 1)
        assert text[start:end] == tokens.word(i) != ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's o'clock, dogs' tails", ["It's", "o'clock", "dogs", "tails"]),
        ("l'été d’abord", ["l'été", "d’abord"]),
        ("1,000.5 km, 3.x", ["1,000.5", "km", "3", "x"]),
        ("pro-market U.S. e-mail", ["pro", "market", "U", "S", "e", "mail"]),
        ("hid\u200bden soft\u00adhyphen", ["hid\u200bden", "soft\u00adhyphen"]),
        ("\u200bedges\u200b \ufeff", ["edges"]),
        ("❤️ 👍🏽 1️⃣", ["1"]),
        ("新聞記事 abc ニ", ["新聞", "聞記", "記事", "abc", "ニ"]),
        ("新 聞  記", ["新 聞", "聞  記"]),
        ("新\n聞 x", ["新", "聞", "x"]),
        ("a n d so on I a", ["a n d", "so", "on", "I", "a"]),
        ("新 3 8 聞 7 and 4 2", ["新", "3 8", "聞", "7", "and", "4", "2"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAFÉ", "cafe\u0301"), ("don’t", "DON'T"), ("ｗｉｄｅ", "wide"), ("hid\u200bden", "hidden"),
        ("ΛΌΓΟΣ", "λόγος"), ("p\u0430yp\u0430l", "paypal"), ("Vie\u0323\u0302t", "vi\u1ec7t"), ("\U0001d407i", "hi"),
        ("ﬁne", "fine"), ("ⓝⓔⓦⓢ", "news"),
        ("ɴᴇᴡꜱ", "news"), ("n\u0336e\u0336w\u0336s\u0336", "news"), ("n e w s", "news"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"), ("か\u3099き", "がき"),
        ("ｶﾞｷ", "ガキ"), ("東 京 都", "東京都"),
        ("مـديـنة", "مدينة"), ("مَدِينَة", "مدينة"), ("ﻻ", "لا"), ("שָׁלוֹם", "שלום"),
        ("RIHTIM İZMİR", "rıhtım izmir"), ("ΠΑΛΙΑ ΠΡΟΣ", "παλιά προς"),
        ("гopoд", "город"), ("c", "с"), ("Tαρνβίκ", "Ταρνβίκ"),
        ("Мэр Mappoy молчит", "Мэр Марроу молчит"), ("Ο Tάκης και η KATINA", "Ο Τάκης και η ΚΑΤΙΝΑ"),
        ("有 3 8 艘 船", "有38艘船"),
        ("Nguyễn", "nguyen"), ("caf\u0351e\u0301", "café"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_have_one_hash(one: str, other: str) -> None:
    assert tokenise(one).hashes.tolist() == tokenise(other).hashes.tolist()


def test_different_words_differ() -> None:
    texts = ["resume", "résumé", "тот", "tot", "kots", "котс", "1000", "1,000", "ab", "abc", "sz", "ß"]
    assert len({int(tokenise(text).hashes[0]) for text in texts}) == len(texts)


def test_stems_are_the_first_five_characters() -> None:
    tokens = tokenise("Election elections ELECT élect electé")
    assert tokens.stems[0] == tokens.stems[1] == tokens.stems[2] == tokens.stems[4] == tokens.hashes[2]
    assert tokens.stems[3] == tokens.hashes[3] != tokens.stems[0]


def test_accents_mean_nothing_where_the_text_wears_them_without_reason() -> None:
    plain = "The goat and the mayor said that they had seen the bridge from this quay. "
    worn = "Thé gôat ánd thè mayór saïd thât they had seen thë brídge frôm this qüay. "
    vietnamese = "Hội đồng cảng đã bỏ phiếu vào tối thứ ba và đóng cầu cũ trong mười một tuần. "
    assert tokenise(plain).hashes.tolist() == tokenise(worn).hashes.tolist()
    bare = "Hoi dong cang da bo phieu vao toi thu ba va dong cau cu trong muoi mot tuan."
    assert tokenise(vietnamese).hashes.tolist() == tokenise(bare).hashes.tolist()
    french = "L'été, la marée monte à côté du café; à l'été près de la mer, où l'on va."
    assert (
        tokenise(french).hashes.tolist() != tokenise(french.translate(str.maketrans("éàôèù", "eaoeu"))).hashes.tolist()
    )


def test_a_text_without_capitals_has_the_same_sentences() -> None:
    text = "The bridge is closed. Ferries run on Sundays! Is that enough? The mayor, Mr. Tindrum of Wexcombe, says so."
    for other in (text.lower(), text.upper(), text.title()):
        assert tokenise(other).sentences.tolist() == tokenise(text).sentences.tolist()
    assert len(sentences("The yahoo! spokesman of the Goat Party said yes.")) == 1


def test_flags() -> None:
    tokens = tokenise("The NATO G7 b2b, p\u0430y\nnew-ly 聞記事 İzmir OK\u2019D")
    named = {tokens.word(i): Flag(int(tokens.flags[i])) for i in range(len(tokens))}
    assert named["The"] == Flag.CAPITAL | Flag.LINE | Flag.BREAK
    assert named["NATO"] == Flag.CAPITAL | Flag.UPPER
    assert named["G7"] == Flag.CAPITAL | Flag.DIGIT
    assert named["b2b"] == Flag.DIGIT
    assert named["p\u0430y"] == Flag.MIXED | Flag.BREAK
    assert named["new"] == Flag.LINE | Flag.BREAK
    assert named["ly"] == Flag(0)
    assert named["聞記"] == named["記事"] == Flag.GRAM
    assert named["İzmir"] == Flag.CAPITAL
    assert named["OK\u2019D"] == Flag.CAPITAL | Flag.UPPER


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("He met Mr. Brown at noon. They spoke for long.", 2),
        ("It was J. K. Nobody who wrote it. She did not say why.", 2),
        ("“Stop right there!” she cried. “No, never again?” He went.", 2),
        ("A headline without a stop\nThe first line of text\nwraps in the middle here.", 2),
        ("one two three four\n\nfive six seven eight", 2),
        ("One two three four\r\nfive six seven eight", 1),
        ("Yes. No. Maybe. It is hard to say.", 2),
        ("今天天气很好。明天会下雨吗。", 2),
        ("word " * 80, 1),
        ("word " * 200, 9),
        ("Here it ends, after a comma. " + "word " * 100 + "and. Again it ends. And once more.", 4),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count, sentences(text)


PLAIN = "The pilot said that the quiet harbour was closed. They had been there for hours, and the ship left."


# Long enough for each kind of escape to count.
ESSAY = (PLAIN + " Café owners of the old “Lower Quay” paid £4.50 for a ride; no one complained, then. ") * 8


def hidden(text: str) -> list[int]:
    return tokenise(text).hashes.tolist()


def test_markup_that_stands_in_the_text_is_no_word() -> None:
    words = PLAIN.split(" ")
    for text in (
        " ".join(f"<b>{word}</b>" for word in words),
        '<p class="lead">' + PLAIN.replace("harbour", '<a href="https://example.org/b?c=d">harbour</a>') + "<br/></p>",
        PLAIN.replace(" ", "&nbsp;").replace(",", "&quot;,"),
    ):
        assert hidden(text) == hidden(PLAIN)
        assert tokenise(text).sentences.tolist() == tokenise(PLAIN).sentences.tolist()
        tokens = tokenise(text)
        assert tokens.word(6).rstrip(".,") == "harbour"
        assert text[slice(*tokens.span(6, 7))] == tokens.word(6)


@pytest.mark.parametrize(
    "text",
    [
        "a <b and c> d",
        "x <3 y",
        "AT&T; R&D",
        "if a <b then",
        "<name>",
        "<b",
        "<b\n>",
        "&unknown;",
        "&#119;",
        "&#x41;",
        "&;",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert len(tokenise(text)) == len(re.findall(r"\w+", text))


def test_an_article_in_leet_is_read_with_its_letters() -> None:
    leet = PLAIN.translate(str.maketrans("aeiostb", "4310578"))
    assert len(set(hidden(leet)) & set(hidden(PLAIN))) > 0.8 * len(set(hidden(PLAIN)))
    kept = "G20 4x4 B2B 19 3D F1 MH370 90th 10am 1,500"
    assert hidden(f"{leet} {kept}")[-10:] == hidden(kept)


@pytest.mark.parametrize("text", ["H3 and 4th of the B1 and 7X", "The w45 and b00st. " + PLAIN, "h3ll0 w0rld"])
def test_a_few_words_do_not_make_an_article_leet(text: str) -> None:
    spelled = text.translate(str.maketrans("4310578", "aeiostb"))
    assert hidden(text) != hidden(spelled)
    mixed = [word for word in re.findall(r"\w+", text) if re.search(r"\d", word)]
    assert int((tokenise(text).flags & int(Flag.DIGIT) != 0).sum()) == len(mixed)


@pytest.mark.parametrize("sign", [" ", "-", ".", "_", "·", "\u2009", "*"])
def test_an_article_that_is_spelled_out_is_read_as_it_was(sign: str) -> None:
    """Single letters and digits, short words, apostrophes and numbers included, with their places in the text."""
    text = PLAIN + " It wasn't one of 1,500 in 2007. A pier is up to me."
    tokens = tokenise(text)
    for spelled in (sign.join(text.replace(" ", "  ")), sign.join(text)):
        found = tokenise(spelled)
        assert found.hashes.tolist() == tokens.hashes.tolist()
        assert found.sentences.tolist() == tokens.sentences.tolist()
        assert [found.word(i)[:: 1 + len(sign)] for i in range(len(found))] == words(text)
        assert [spelled[slice(*found.span(i, i + 1))] for i in range(len(found))] == words(spelled)


@pytest.mark.parametrize(
    "escaped",
    [
        re.sub("(?<=[a-z])(?=[a-z])", "<!-- x -->", ESSAY),
        re.sub("(?<=[a-z])([a-z])(?=[a-z])", r"<b>\1</b>", ESSAY),
        re.sub("(?<=[a-z])([a-z])(?=[a-z])", r"**\1**", ESSAY),
        re.sub("(?<=[a-z])(?=[a-z])", "&shy;", ESSAY),
        re.sub("[a-z]", lambda m: f"&#{ord(m[0])};", ESSAY),
        quopri.encodestring(ESSAY.encode(), quotetabs=True).decode("ascii"),
        quopri.encodestring(ESSAY.encode(), quotetabs=True).decode("ascii").replace("\n", "\r\n"),
        quote(ESSAY),
    ],
)
def test_an_article_with_escapes_is_read_as_they_are_meant(escaped: str) -> None:
    tokens = tokenise(escaped)
    assert tokens.hashes.tolist() == hidden(ESSAY)
    assert tokens.sentences.tolist() == tokenise(ESSAY).sentences.tolist()
    assert [escaped[slice(*tokens.span(i, i + 1))] for i in range(len(tokens))] == words(escaped)


def test_marks_inside_words_of_other_scripts_are_left_out() -> None:
    text = "Директор порта сообщил что мост закрыт до весны. " * 4
    for mark in ("&shy;", "**", "<b>"):
        assert hidden(re.sub("(?<=[а-я]{2})(?=[а-я]{2})", mark, text)) == hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "a " + "50% 10%20 " * 4,
        "x=10, y=25; " * 20,
        "AT&#84; " * 4 + PLAIN,
        "an<b>d " * 9,
        "Results\n=======\nBridge " * 12,
        PLAIN * 3 + "%20".join("abcdefghijklm"),
        "<br>" + "line<br>line " * 20,
        "a 20*30*40 box " * 12,
        "value =\n=41 " * 15,
    ],
)
def test_a_few_escapes_and_those_that_may_be_none_stay(text: str) -> None:
    assert len(tokenise(text)) == len(re.findall(r"\w+", re.sub("<br?>", " ", text)))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("1 0 2 0 3 0 1 0 2 1 " * 9, "1"),
        ("A-B C-D " + PLAIN, "A"),
        ("A - B | C / D * E + F ~ G : H ; I = J ! K ? L ( M ) N [ O ] P { Q } R # S % T", "A"),
        ("B-C " * 9, "B"),
    ],
)
def test_single_letters_and_digits_of_other_articles_stay(text: str, first: str) -> None:
    assert words(text)[0] == first


def test_hash_is_what_it_was() -> None:
    """A change here breaks every stored signature: rename `NORMALISER` with it."""
    assert reference.hash_word("größer".encode()) == int(tokenise("GRÖßer").hashes[0])
    assert [hex(int(h)) for h in tokenise("a election Counterintelligence’s").hashes] == [
        "0xe7a6daea924bd88b", "0x805cf68db2afdb94", "0x1ff840f36cfb5635",
    ]  # fmt: skip
    digest = hashlib.sha256(b"".join(array.tobytes() for array in unicode.tables())).hexdigest()
    assert (NORMALISER, digest[:16]) == ("words-4", "7db0efb6d57291fb")
    assert files("dedup").joinpath("data/unicode.npz").is_file()


def test_offsets_outside_the_blob_are_refused() -> None:
    with pytest.raises(ValueError, match="inside the blob"):
        tokenise_bytes(np.zeros(4, np.uint8), np.array([0, 5], np.uint64))
