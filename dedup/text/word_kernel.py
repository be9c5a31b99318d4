"""Compiled: one word to its hash, stem and flags, with everything that folding does to its characters.

ASCII words never leave registers; a word with any other character is folded into a scratch buffer.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Bits, Int, helper, inlined
from dedup.compiled.hashing import LAST_FACTOR, LENGTH_FACTOR, MIX_FACTOR
from dedup.compiled.intrinsics import bit_count, load8, load64, multiply_fold, store8
from dedup.records import Flag
from dedup.text.rules import STEM_LENGTH as STEM
from dedup.text.unicode import (
    ALIKE_ALWAYS,
    ALIKE_AS_WRITTEN,
    ARABIC_MARKS,
    ARABIC_MARKS_END,
    ARMENIAN_START,
    AS_IS,
    BASES_AT,
    CAPITAL,
    CLASS,
    COMBINING,
    CYRILLIC_START,
    DELTA_SHIFT,
    DIGIT,
    EXPANSIONS_END,
    EXPANSIONS_START,
    GRAM,
    HORNED,
    IGNORED,
    LATIN,
    LATIN_1,
    LATIN_1_END,
    LATIN_2,
    LATIN_2_END,
    LATIN_LETTER,
    LETTER,
    LONGEST_EXPANSION,
    LOOKALIKE,
    LOOKALIKE_END,
    LOOKALIKE_START,
    LOOKALIKES_AT,
    LOWER,
    MARKS,
    MARKS_END,
    REVERSE_AT,
    SPACE,
    TO_CYRILLIC,
    TO_GREEK,
    TO_LATIN,
    VIETNAMESE,
    VIETNAMESE_END,
)
from dedup.text.words import entry, entry_of, record_at

LENGTH64, MIX64, LAST64 = np.uint64(LENGTH_FACTOR), np.uint64(MIX_FACTOR), np.uint64(LAST_FACTOR)
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
ABOVE_ASCII = np.uint64(0x8080808080808080)
LETTER_BIT = np.uint64(0x4040404040404040)  # of the ASCII characters in words, letters alone have it
LOWER_BIT = np.uint64(0x2020202020202020)  # sets lower case; digits, apostrophe, point and comma have it anyway
DIGIT_AT = LETTER_BIT  # of the characters without that bit, digits alone have the one two below

F_CAPITAL, F_UPPER, F_DIGIT, F_MIXED = int(Flag.CAPITAL), int(Flag.UPPER), int(Flag.DIGIT), int(Flag.MIXED)
F_GRAM, F_LINE, F_BREAK = int(Flag.GRAM), int(Flag.LINE), int(Flag.BREAK)

# What `describe` adds to the flags of a word, and what else is noted about one.
HAS_LOOKALIKE = 1 << 8
HAS_ACCENT, HAS_VIETNAMESE, HAS_CYRILLIC, HAS_GREEK = 1, 2, 4, 8


@inlined
def finish(h: Bits) -> Bits:
    """The last step of the hash of a word."""
    h = (h ^ h >> np.uint64(32)) * LAST64
    return h ^ h >> np.uint64(29)


@helper
def hash_folded(buffer: Address, size: Int) -> Bits:
    """Hash of the first `size` bytes of a buffer that can be read for 8 more."""
    h = np.uint64(size) * LENGTH64
    for at in range(0, size, 8):
        left = size - at
        x = load64(buffer + at)
        if left < 8:
            x &= ALL >> np.uint64(64 - 8 * left)
        h = multiply_fold(h ^ x, MIX64)
    return finish(h)


@inlined
def low_bytes(count: Int) -> Bits:
    """Mask of the lowest bytes of a word: none for 0 or fewer, all for 8 or more."""
    mask = ALL >> np.uint64((64 - 8 * count) & 63)
    return ALL if count >= 8 else mask if count > 0 else np.uint64(0)


@inlined
def hash_ascii(data: Address, start: Int, size: Int) -> tuple[Bits, bool]:
    """Hash of a word as it stands, and whether it is all ASCII; if not, the hash means nothing."""
    h = np.uint64(size) * LENGTH64
    above = np.uint64(0)
    while size > 16:
        x = load64(data + start)
        above |= x
        h = multiply_fold(h ^ (x | LOWER_BIT), MIX64)
        start, size = start + 8, size - 8
    first, rest = low_bytes(size), low_bytes(size - 8)
    x, y = load64(data + start) & first, load64(data + start + 8) & rest
    h = multiply_fold(h ^ (x | (LOWER_BIT & first)), MIX64)
    # The second half is worked out for short words too, and not taken: a branch on the length would cost more.
    longer = multiply_fold(h ^ (y | (LOWER_BIT & rest)), MIX64)
    return finish(longer if size > 8 else h), (above | x | y) & ABOVE_ASCII == 0


@inlined
def stem_ascii(data: Address, start: Int, size: Int) -> Bits:
    """Hash of the first `STEM` bytes of an ASCII word."""
    size = min(size, STEM)
    mask = low_bytes(size)
    return finish(multiply_fold(np.uint64(size) * LENGTH64 ^ (load64(data + start) & mask | (LOWER_BIT & mask)), MIX64))


@inlined
def ascii_flags(data: Address, start: Int, size: Int) -> Int:
    """CAPITAL, UPPER and DIGIT of an ASCII word."""
    first = load8(data + start)
    letters, lower, digit = np.int64(0), np.uint64(0), np.uint64(0)
    while True:
        x, y = load64(data + start) & low_bytes(size), load64(data + start + 8) & low_bytes(size - 8)
        letters += np.int64(bit_count(x & LETTER_BIT)) + np.int64(bit_count(y & LETTER_BIT))
        lower |= (x & LETTER_BIT & x << np.uint64(1)) | (y & LETTER_BIT & y << np.uint64(1))
        digit |= (~x & x << np.uint64(2) & DIGIT_AT) | (~y & y << np.uint64(2) & DIGIT_AT)
        if size <= 16:
            break
        start, size = start + 16, size - 16
    flags = F_CAPITAL if 65 <= first <= 90 else 0
    flags |= F_UPPER if letters >= 2 and lower == 0 else 0
    return flags | (F_DIGIT if digit != 0 else 0)


@helper
def put(buffer: Address, at: Int, code: Int) -> Int:
    """Write a code point as UTF-8; returns the offset after it."""
    if code < 0x80:
        store8(buffer + at, code)
        return at + 1
    size = 2 if code < 0x800 else 3 if code < 0x10000 else 4
    for k in range(size - 1, 0, -1):
        store8(buffer + at + k, 0x80 | (code & 63))
        code >>= 6
    store8(buffer + at, (0xF00 >> size & 0xFF) | code)  # 110, 1110 or 11110 and the highest bits
    return at + size


@helper
def composed(table: Address, letter: Int, mark: Int) -> Int:
    """Composition of a folded letter and a mark, 0 where there is none; syllables of Hangul are worked out."""
    if 0x1161 <= mark <= 0x1175 and 0x1100 <= letter <= 0x1112:
        return 0xAC00 + ((letter - 0x1100) * 21 + mark - 0x1161) * 28
    if 0x11A8 <= mark <= 0x11C2 and 0xAC00 <= letter <= 0xD7A3 and (letter - 0xAC00) % 28 == 0:
        return letter + mark - 0x11A7
    first, size = entry(table, 0), entry(table, 1)
    low, high = np.int64(0), size
    while low < high:
        middle = (low + high) >> 1
        here = entry(table, first + middle)
        if here < letter or (here == letter and entry(table, first + size + middle) < mark):
            low = middle + 1
        else:
            high = middle
    found = low < size and entry(table, first + low) == letter and entry(table, first + size + low) == mark
    return entry(table, first + 2 * size + low) if found else 0


@helper
def decode_known(data: Address, at: Int, size: Int) -> Int:
    """Code point of a character that is known to be whole."""
    code = load8(data + at)
    if size > 1:
        code &= 0x7F >> size
        for k in range(1, size):
            code = code << 6 | (load8(data + at + k) & 0x3F)
    return code


@helper
def describe(data: Address, start: Int, end: Int, table: Address) -> Int:
    """Flags of the word itself: capital, upper, digit, mixed, gram."""
    capitals, seen, first = 0, 0, 0
    at = start
    while at < end:
        record, size = record_at(data, at, end, table)
        first = record if at == start else first
        capitals += record & CAPITAL != 0
        seen |= record & (LATIN | LOOKALIKE | LOWER) | (1 << 16 if record & CLASS == DIGIT else 0)
        at += size
    flags = F_CAPITAL if first & CAPITAL else 0
    flags |= F_UPPER if capitals >= 2 and not seen & LOWER else 0
    flags |= F_DIGIT if seen >> 16 else 0
    flags |= F_MIXED if seen & LATIN and seen & LOOKALIKE else 0
    flags |= HAS_LOOKALIKE if seen & LOOKALIKE else 0
    return flags | (F_GRAM if first & CLASS == GRAM else 0)


@helper
def target_script(data: Address, start: Int, end: Int, mixed: bool, table: Address) -> Int:
    """The script that a word with letters of Greek, Cyrillic or Armenian is folded to.

    A word with more letters that are its script's own than letters that are Latin's own belongs to that script, and
    its Latin letters are look-alikes; in any other mixed word the others are. A word of look-alikes only counts as
    Latin, so that "c" and the Russian "с" are one.
    """
    foreign = latin = latin_greek = 0
    script, before = TO_LATIN, 0
    own = ALIKE_ALWAYS | (ALIKE_AS_WRITTEN if mixed else 0)
    at = start
    while at < end:
        record, size = record_at(data, at, end, table)
        code = decode_known(data, at, size)
        if record & LOOKALIKE:
            foreign += entry(table, LOOKALIKES_AT + code - LOOKALIKE_START) & own == 0
            script = TO_GREEK if code < CYRILLIC_START else TO_CYRILLIC if code < ARMENIAN_START else AS_IS
            before = code + (entry_of(table, code) >> DELTA_SHIFT)
        elif record & LATIN:
            latin += code >= 128 or entry(table, REVERSE_AT + code) == 0
            latin_greek += code >= 128 or entry(table, REVERSE_AT + 128 + code) == 0
            before = 0
        elif record & COMBINING and script == TO_CYRILLIC and before:
            foreign += composed(table, before, code) != 0
        at += size
    if foreign > (latin_greek if script == TO_GREEK else latin):
        return TO_LATIN if mixed and script == AS_IS else script
    return TO_LATIN


@helper
def is_native(data: Address, start: Int, end: Int, script: Int, table: Address) -> bool:
    """Whether all letters of a word are of a script or look like one, and one of them would not pass for Latin.

    In a Cyrillic or Greek article such a word belongs to its script, even if each of its letters was replaced.
    """
    own = 0
    at = start
    while at < end:
        record, size = record_at(data, at, end, table)
        code = decode_known(data, at, size)
        at += size
        if record & CLASS != LETTER:
            continue
        if code < 128:
            code = entry(table, REVERSE_AT + 128 * (script - TO_CYRILLIC) + code)
        elif code >= CYRILLIC_START if script == TO_GREEK else code < CYRILLIC_START:
            return False
        else:
            code += entry_of(table, code) >> DELTA_SHIFT
        if not LOOKALIKE_START <= code < LOOKALIKE_END:
            return False
        own += entry(table, LOOKALIKES_AT + code - LOOKALIKE_START) & ALIKE_ALWAYS == 0
    return own > 0


@helper
def unmasked(table: Address, code: Int, script: Int) -> Int:
    """A code point, or the one of the given script that it looks like."""
    if script == TO_LATIN and LOOKALIKE_START <= code < LOOKALIKE_END:
        other = entry(table, LOOKALIKES_AT + code - LOOKALIKE_START) & LATIN_LETTER
    elif script >= TO_CYRILLIC and code < 128:
        other = entry(table, REVERSE_AT + 128 * (script - TO_CYRILLIC) + code)
    else:
        return code
    return other if other != 0 else code


@helper
def without_marks(table: Address, code: Int) -> Int:
    """A folded letter, without its marks if it is a Latin one."""
    if LATIN_1 <= code < LATIN_1_END:
        return entry(table, BASES_AT + code - LATIN_1)
    if LATIN_2 <= code < LATIN_2_END:
        return entry(table, BASES_AT + LATIN_1_END - LATIN_1 + code - LATIN_2)
    return code


@inlined
def noted(code: Int) -> Int:
    """`HAS_ACCENT` and `HAS_VIETNAMESE` of a folded letter."""
    has = HAS_ACCENT if LATIN_1 <= code < LATIN_1_END or LATIN_2 <= code < LATIN_2_END else 0
    return has | (HAS_VIETNAMESE if VIETNAMESE <= code < VIETNAMESE_END or code in HORNED else 0)


@inlined
def is_dropped(code: Int) -> bool:
    """Whether a mark that composes with some letters counts for nothing where it does not."""
    return bool(MARKS <= code < MARKS_END or ARABIC_MARKS <= code < ARABIC_MARKS_END)


@helper
def fold_word(
    data: Address, start: Int, end: Int, script: Int, plain: bool, table: Address, buffer: Address
) -> tuple[Int, Int, Int, Int]:
    """Write the folded word to `buffer`; returns its bytes, the bytes of its stem, its code points and what it has.

    `script` is its `target_script`; `plain`: Latin letters lose their marks. What it has is `HAS_ACCENT` and
    `HAS_VIETNAMESE`.
    """
    out = stem = count = has = 0
    pending = -1
    at = start
    while at < end or pending >= 0:
        record, size = record_at(data, at, end, table)
        whole, code = 0, -1
        if at < end:
            at += size
            if record & CLASS == IGNORED or record & SPACE:
                continue
            code = unmasked(table, decode_known(data, at - size, size), script)
            code += entry_of(table, code) >> DELTA_SHIFT
            if pending >= 0 and record & COMBINING:
                whole = composed(table, pending, code)
                whole = pending if whole == 0 and is_dropped(code) else whole
        if whole != 0:
            pending = whole
            continue
        if EXPANSIONS_START <= pending < EXPANSIONS_END:
            first = entry(table, 2) + LONGEST_EXPANSION * (pending - EXPANSIONS_START)
            for k in range(LONGEST_EXPANSION):
                letter = entry(table, first + k)
                if letter != 0:
                    has |= noted(letter)
                    out, count = put(buffer, out, without_marks(table, letter) if plain else letter), count + 1
                    stem = out if count <= STEM else stem
        elif pending >= 0:
            has |= noted(pending)
            out, count = put(buffer, out, without_marks(table, pending) if plain else pending), count + 1
            stem = out if count <= STEM else stem
        pending = code
    return out, stem, count, has


@helper
def hash_word(
    data: Address, start: Int, end: Int, about: Int, plain: bool, native: Int, table: Address, buffer: Address
) -> tuple[Bits, Bits, Int, Int]:
    """Hash and stem of a word that is not all ASCII, its code points and what it has, given what `describe` says.

    `native`: the script of the article, `AS_IS` where that is none with look-alikes.
    """
    script = AS_IS
    if native != AS_IS and is_native(data, start, end, native, table):
        script = native
    elif about & HAS_LOOKALIKE:
        script = target_script(data, start, end, about & F_MIXED != 0, table)
    size, stem_size, count, has = fold_word(data, start, end, script, plain, table, buffer)
    if has & HAS_VIETNAMESE and not plain:
        size, stem_size, count, _ = fold_word(data, start, end, script, True, table, buffer)
    has |= HAS_CYRILLIC if script == TO_CYRILLIC else HAS_GREEK if script == TO_GREEK else 0
    return hash_folded(buffer, size), hash_folded(buffer, stem_size), count, has
