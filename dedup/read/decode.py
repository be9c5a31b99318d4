"""Bytes to text: the encoding is proven or the bytes are refused with a reason, never patched with replacement marks.

In order: a byte order mark; UTF-8; the encoding that an HTML page declares; an older encoding that
charset-normalizer recognises together with a language. Bytes that hold UTF-8 sequences and errors are broken UTF-8.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WESTERN = ["cp1252", "cp1250", "iso8859_2", "iso8859_15", "cp1254", "mac_roman"]
EASTERN = ["shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]
OTHER = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"]
SHIFTED = frozenset({"iso-2022-jp", "iso-2022-kr", "hz", "hz-gb-2312"})  # pure ASCII bytes that are not ASCII text

SAMPLE = 1 << 16  # characters looked at for signs of binary data
MOST_STRANGE = 0.01  # share of control, unassigned and private characters in real text
LEAST_COHERENCE = 0.2  # charset-normalizer's: how well letter frequencies fit a language, 0..1
MOST_FOREIGN = 0.2  # share of a Western text's accented words that have no plain letter at all ("où", "él" have)
LEAST_WIDE = 16  # East Asian characters, below which chance may look like text
MOST_OF = 0.9  # share of them that are kana, Han, Hangul or their punctuation
LEAST_FREQUENT = 0.1  # share of the most frequent characters: .3 and more in East Asian news, .02 in random bytes

# Hiragana without the rare ones, then the most frequent Chinese characters (both scripts) and Korean syllables.
FREQUENT = frozenset(
    "あいうえおかがきくけこさしすせそただちつてでとどなにのはばまみめもやよらりるれろわをん"
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下"
    "自之年过過发發后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部"
    "이다의는에하을가고로한지은를도기인사자서정수대해시일부그리장과전어라와보"
)

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I
)
_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


class Undecodable(Exception):
    """The bytes are no text in any encoding that can be told; the message is the reason."""


def decode(data: bytes, html: bool = False) -> str:
    """The text of a whole file; raises `Undecodable` with the reason."""
    text = _from_mark(data)
    if text is None:
        if b"\0" in data[:SAMPLE]:
            raise Undecodable("binary data, not text")
        text = _from_unicode_or_declared(data, _declared(data) if html else None)
    _refuse_binary(text)
    return text


def _from_mark(data: bytes) -> str | None:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as e:
                raise Undecodable(f"invalid {encoding.upper()} at byte {e.start + len(mark)}") from None
    return None


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:4096])
    if not found:
        return None
    name = found[1].decode("ascii").lower()
    try:
        codecs.lookup(name).decode(b"a")  # known, and a text encoding
    except (LookupError, UnicodeError, TypeError, ValueError, AttributeError):
        return None
    return name


def _from_unicode_or_declared(data: bytes, declared: str | None) -> str:
    try:
        if declared not in SHIFTED:
            return data.decode("utf-8")
    except UnicodeDecodeError as e:
        problem = f"invalid UTF-8 at byte {e.start}"
    else:
        problem = f"invalid {declared}"
    if declared and declared.replace("_", "-") not in ("utf-8", "utf8"):
        try:
            return data.decode("cp1252" if declared in ("iso-8859-1", "latin-1", "latin1") else declared)
        except (UnicodeError, ValueError):
            problem += f", and not {declared} as declared"
    # Only East Asian encodings hold byte pairs that look like UTF-8 sequences by the way.
    text = _guessed(data, EASTERN if _SEQUENCE.search(data) else WESTERN + OTHER + EASTERN)
    if text is None:
        raise Undecodable(problem + "; no other encoding fits")
    return text


def _guessed(data: bytes, among: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=among).best()
    if best is None:
        return None
    text = data.decode(best.encoding, "replace")
    if best.encoding in EASTERN:
        fits = _looks_eastern(text)
    else:
        fits = best.coherence >= LEAST_COHERENCE and (best.encoding not in WESTERN or _looks_western(text))
    return text if fits and "\ufffd" not in text and not _controls(text) else None


def _looks_eastern(text: str) -> bool:
    wide = [c for c in text if ord(c) > 0x7F]
    common = sum(0x3000 <= ord(c) <= 0x9FFF or 0xAC00 <= ord(c) <= 0xD7A3 for c in wide)
    if len(wide) < LEAST_WIDE or common < MOST_OF * len(wide):
        return False
    return sum(c in FREQUENT for c in wide) >= LEAST_FREQUENT * len(wide)


def _looks_western(text: str) -> bool:
    accented = [w for w in re.findall(r"[^\W\d_]{2,}", text) if not w.isascii()]
    foreign = sum(not any(c.isascii() for c in w) for w in accented)
    return foreign <= MOST_FOREIGN * len(accented)


def _controls(text: str) -> bool:
    return any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f\v" for c in text[:SAMPLE])


def _refuse_binary(text: str) -> None:
    sample = text[:SAMPLE]
    strange = sum(
        c not in "\t\n\r\f\v" and (c == "\ufffe" or unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs")) for c in sample
    )
    if strange > MOST_STRANGE * len(sample):
        raise Undecodable("binary data, not text")
