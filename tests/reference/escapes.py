"""Escapes in plain Python: an article without those of which it has some, and where each byte of that stood."""

from __future__ import annotations

import re
from collections import Counter

from dedup.text import unicode
from dedup.text.rules import (
    BYTES_A_PERCENT,
    INLINE_TAGS,
    LEAST_ESCAPES,
    LEAST_LINE,
    LONGEST_TAG,
    MOST_MARKS,
    MOST_STARS,
    SOFT_ENTITIES,
)
from dedup.text.unicode import CLASS, DIGIT, GRAM, IGNORED, LETTER

BYTE = re.compile(rb"[%=]([0-9a-fA-F]{2})")
BREAK = re.compile(rb"=\r?\n")
STARS = re.compile(rb"\*{1,%d}" % MOST_STARS)
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
TAG = re.compile(rb"</?([A-Za-z0-9]{1,16})(|[ /][^<>\n]*/|/|[ /][^<>\n]*=[^<>\n]*)>")
NUMBERED = re.compile(rb"&#(?:([0-9]+)|[xX]([0-9a-fA-F]+));")
NAMED = re.compile(rb"&([A-Za-z0-9]{1,16});")


def decoded(data: bytes) -> list[tuple[str, int]]:
    """The characters of some bytes with their sizes; a byte that is no part of any is U+FFFD."""
    found, at = list[tuple[str, int]](), 0
    while at < len(data):
        for size in (1, 2, 3, 4):
            try:
                found.append((data[at : at + size].decode("utf-8", "surrogatepass"), size))
                break
            except UnicodeDecodeError:
                continue
        else:
            size = 1
            found.append(("\ufffd", size))
        at += size
    return found


def _kind(character: str) -> int:
    return unicode.record_of(ord(character)) & CLASS


def _is_inside(data: bytes, at: int, end: int) -> bool:
    """Whether what stands from `at` to `end` has letters or digits on both sides; emphasis has to have letters."""
    if not at or end >= len(data):
        return False
    wanted = (LETTER,) if data[at] == ord("*") else (LETTER, DIGIT)
    before, behind = decoded(data[max(0, at - 4) : at])[-1][0], decoded(data[end : end + 4])[0][0]
    return _kind(before) in wanted and _kind(behind) in wanted


def _soft_break(data: bytes, at: int) -> int:
    """Where a line ends that mail has broken at an "=", or `at`."""
    line = data[data.rfind(b"\n", 0, at) + 1 : at]
    found = BREAK.match(data, at)
    return found.end() if found and not line.endswith(b"=") and len(line) >= LEAST_LINE - 1 else at


def _code(found: re.Match[bytes]) -> int:
    return min(int(found[1] or found[2], 10 if found[1] else 16), 0x110000)


def _mark_end(data: bytes, at: int) -> int:
    if data.startswith(b"<!--", at):
        return found.end() if (found := COMMENT.match(data[: at + LONGEST_TAG], at)) else at
    if (found := TAG.match(data, at)) and found[1].lower().decode() in INLINE_TAGS and len(found[2]) < LONGEST_TAG:
        return found.end()
    return at


def _escape(data: bytes, at: int) -> tuple[int, bytes] | None:
    """Where the escape ends that begins at a place, and the bytes that it stands for."""
    if (end := _soft_break(data, at)) > at:
        return end, b""
    if found := BYTE.match(data, at):
        return found.end(), bytes([int(found[1], 16)])
    end = at
    if (found := NUMBERED.match(data, at)) and (code := _code(found)) <= 0x10FFFF:
        kind = unicode.record_of(code) & CLASS
        if kind in (LETTER, DIGIT, GRAM):
            return found.end(), chr(code).encode("utf-8", "surrogatepass")
        end = found.end() if kind == IGNORED else at
    elif (found := NAMED.match(data, at)) and found[1].lower().decode() in SOFT_ENTITIES:
        end = found.end()
    elif data[at] == ord("<"):
        for _ in range(MOST_MARKS):
            end = _mark_end(data, end)
    elif found := STARS.match(data, at):
        end = found.end()
    return (end, b"") if end > at and _is_inside(data, at, end) else None


def without(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The bytes of an article without the escapes of which it has some, and where each began and ended."""
    found = dict[int, tuple[int, bytes]]()
    counted, at = Counter[int](), 0
    while at < len(data):
        escape = _escape(data, at) if data[at] in b"%&*<=" else None
        if escape:
            found[at] = escape
            counted[data[at]] += data[at] != ord("=") or not escape[1]
        at = escape[0] if escape else at + 1
    least = dict.fromkeys(b"&*<=", LEAST_ESCAPES) | {ord("%"): max(LEAST_ESCAPES, len(data) // BYTES_A_PERCENT)}
    counts = {sign for sign, n in counted.items() if n >= least[sign]}
    copy, places, at = bytearray(), list[tuple[int, int]](), 0
    while at < len(data):
        end, meant = at + 1, data[at : at + 1]
        if at in found and data[at] in counts:
            end, meant = found[at]
        elif data[at] in counts and (escape := _escape(data, at)):
            end, meant = escape  # behind one of a kind that does not count
        copy += meant
        places += [(at, end)] * len(meant)
        at = end
    return bytes(copy), places
