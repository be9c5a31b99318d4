"""Compiled: strings of JSON, unescaped while they are copied."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedup.compiled.decorators import Address, Int, helper
from dedup.compiled.intrinsics import above_ascii, copy_block, load8, lowest_bit, store8
from dedup.text.words import REPLACEMENT, decode

ODD = -1  # instead of an address: what stands there is left to the definition (`dedup.read.rows`)
QUOTE, BACKSLASH, LETTER_U = ord('"'), ord("\\"), ord("u")
ESCAPES = np.zeros(128, np.uint8)  # what a letter after a backslash stands for
for _letter, _stands in zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True):
    ESCAPES[ord(_letter)] = ord(_stands)


@helper
def hex_digits(at: Address) -> Int:
    """The number that four hexadecimal digits write, `ODD` if they are none."""
    value = 0
    for k in range(4):
        byte = load8(at + k)
        if 48 <= byte <= 57:
            digit = byte - 48
        elif 97 <= byte | 0x20 <= 102:
            digit = (byte | 0x20) - 87
        else:
            return ODD
        value = value << 4 | digit
    return value


@helper
def escape(at: Address, target: Address) -> tuple[Int, Int]:
    """Write what the escape at `at` (its backslash) stands for; bytes read, `ODD` for a bad one, and bytes written."""
    letter = load8(at + 1)
    if letter != LETTER_U:
        stands = np.int64(ESCAPES[letter]) if letter < 128 else 0
        store8(target, stands)
        return (2, 1) if stands else (ODD, 0)
    code, size = hex_digits(at + 2), 6
    if code < 0 or 0xDC00 <= code < 0xE000:
        return ODD, 0
    if code >= 0xD800 and code < 0xDC00:
        low = hex_digits(at + 8) if load8(at + 6) == BACKSLASH and load8(at + 7) == LETTER_U else 0
        if not 0xDC00 <= low < 0xE000:
            return ODD, 0
        code, size = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF)), 12
    if code < 0x80:
        store8(target, code)
        return size, 1
    written = 2 if code < 0x800 else 3 if code < 0x10000 else 4
    for k in range(written - 1, 0, -1):
        store8(target + k, 0x80 | (code & 63))
        code >>= 6
    store8(target, (0xF00 >> written & 0xFF) | code)
    return size, written


@helper
def is_utf8(at: Address, end: Address) -> Any:
    """Whether the bytes are valid UTF-8 without surrogates."""
    while at < end:
        above = above_ascii(at)
        at += np.int64(lowest_bit(above)) if above != 0 else 64
        if above == 0 or at >= end:
            continue
        code, size = decode(at, 0, end - at)
        if (size == 1 and code == REPLACEMENT) or 0xD800 <= code < 0xE000:
            return False
        at += size
    return True


@helper
def copy_string(at: Address, target: Address) -> tuple[Address, Address]:
    """Unescape the string whose first character is at `at`; the address after its quote (`ODD`) and after the copy."""
    first, above = at, np.uint64(0)
    while True:
        stop, high = copy_block(at, target)
        if stop == 0:
            above |= high
            at, target = at + 64, target + 64
            continue
        k = np.int64(lowest_bit(stop))
        above |= high & ((np.uint64(1) << np.uint64(k)) - np.uint64(1))
        at, target = at + k, target + k
        byte = load8(at)
        if byte == QUOTE:
            if above != 0 and not is_utf8(first, at):
                return ODD, target
            return at + 1, target
        if byte != BACKSLASH:
            return ODD, target
        read, written = escape(at, target)
        if read < 0:
            return ODD, target
        at, target = at + read, target + written
