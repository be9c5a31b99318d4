"""The compiled tokeniser: what `reference.tokeniser` defines, on the UTF-8 bytes of a batch of articles.

Two steps an article: the byte range of every word (`dedup.text.words`), then a loop over those ranges that hashes the
words (`hash_batch`) or also notes stems, flags and sentences (`tokenise_batch`). Eight bytes of a word are read at
once, so a buffer must go on for `PADDING` bytes after the last article. ASCII words never leave registers; a word with
any other character is folded into a scratch buffer.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Array, Bits, Int, helper, inlined, kernel
from dedup.compiled.hashing import LAST_FACTOR, LENGTH_FACTOR, MIX_FACTOR
from dedup.compiled.intrinsics import address_of, bit_count, find_sorted, load8, load32, load64, multiply_fold, store8
from dedup.records import Flag
from dedup.text.rules import (
    LEAST_ACCENTED,
    LEAST_ACCENTED_SHARE,
    LEAST_SPELLED,
    LEAST_VIETNAMESE_SHARE,
    LONGEST_SENTENCE,
    MOST_CAPITALS,
    SHORTEST_SENTENCE,
)
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
    END,
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
    LONGEST_EXPANSION,
    LOOKALIKE,
    LOOKALIKE_END,
    LOOKALIKE_START,
    LOOKALIKES_AT,
    LOWER,
    MARKS,
    MARKS_END,
    NEWLINE,
    POINT,
    RETURN,
    REVERSE_AT,
    SOFT,
    SPACE,
    TO_CYRILLIC,
    TO_GREEK,
    TO_LATIN,
    VIETNAMESE,
    VIETNAMESE_END,
    WIDE_END,
)
from dedup.text.words import entry, entry_of, find_words, find_words_in_blocks, record_at

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
HAS_ACCENT, HAS_VIETNAMESE = 1, 2

# What `gap_between` adds to the flags LINE and BREAK.
PARAGRAPH, NEW_LINE, STOP, ABBREVIATING_STOP = 0x1000, 0x2000, 0x4000, 0x8000


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
    return MARKS <= code < MARKS_END or ARABIC_MARKS <= code < ARABIC_MARKS_END


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
    data: Address, start: Int, end: Int, about: Int, plain: bool, table: Address, buffer: Address
) -> tuple[Bits, Bits, Int, Int]:
    """Hash and stem of a word that is not all ASCII, its code points and what it has, given what `describe` says."""
    script = AS_IS
    if about & HAS_LOOKALIKE:
        script = target_script(data, start, end, about & F_MIXED != 0, table)
    size, stem_size, count, has = fold_word(data, start, end, script, plain, table, buffer)
    if has & HAS_VIETNAMESE and not plain:
        size, stem_size, count, _ = fold_word(data, start, end, script, True, table, buffer)
    return hash_folded(buffer, size), hash_folded(buffer, stem_size), count, has


@helper
def is_accented(
    data: Address, start: Int, end: Int, table: Address, buffer: Address, function_words: Address, words: Int
) -> bool:
    """Whether a word that has accents is an English function word without them."""
    size = fold_word(data, start, end, AS_IS, True, table, buffer)[0]
    return find_sorted(function_words, words, hash_folded(buffer, size))


@helper
def spelled_out(data: Address, begin: Int, edges: Address, j: Int, n: Int) -> Int:
    """The edge after the word that begins with edge `j`: "t h e" is one word where three letters or more are spaced."""
    k = j
    while k < n:
        start, end = load32(edges + 4 * k), load32(edges + 4 * k + 4)
        if end - start != 1 or load8(data + begin + start) < 65:
            break
        if k > j and (load32(edges + 4 * k - 4) + 1 != start or load8(data + begin + start - 1) != 32):
            break
        k += 2
    return k if k >= j + 2 * LEAST_SPELLED else j + 2


@helper
def gap_between(data: Address, start: Int, end: Int, table: Address) -> Int:
    """Flags LINE and BREAK of a gap, and what it says about the end of a sentence."""
    flags = lines = 0
    wide = point = stop = spaced = returned = False
    at = start
    while at < end:
        record, size = record_at(data, at, end, table)
        kind = record & CLASS
        if not record & SOFT:
            flags |= F_BREAK
        if kind in (NEWLINE, RETURN):
            flags |= F_LINE
            lines += not (returned and load8(data + at) == 10)
        wide = wide or kind == WIDE_END
        point = point or kind == POINT
        stop = stop or kind == END
        spaced = spaced or ((point or stop) and record & SPACE != 0)
        returned = kind == RETURN
        at += size
    if wide or lines >= 2:
        return flags | PARAGRAPH
    if lines:
        return flags | NEW_LINE
    if spaced:
        return flags | (STOP if stop else ABBREVIATING_STOP)
    return flags


@helper
def find(data: Address, begin: Int, end: Int, table: Address, edges: Address) -> Int:
    """Word ranges of one article, in blocks where that is possible."""
    n = find_words_in_blocks(data, begin, end, table, edges)
    return n if n >= 0 else find_words(data, begin, end, table, edges)


@inlined
def is_plain(words: Int, vietnamese: Int, accented: Int) -> bool:
    """Whether Latin letters lose their accents all through an article, by the words that say so."""
    return vietnamese > LEAST_VIETNAMESE_SHARE * words or (
        accented >= LEAST_ACCENTED and accented > LEAST_ACCENTED_SHARE * words
    )


@kernel
def hash_batch(
    blob: Array, offsets: Array, packed: Array, work: Array, lists: Array, hashes: Array, word_offsets: Array
) -> None:
    """Hashes of all words of a batch, one article after the other; article i has words word_offsets[i:i + 2].

    `work` is two buffers for the longest article: its edges (4 bytes a byte of text) and a folded word (2 bytes);
    `lists` the sorted hashes of abbreviations and of function words.
    """
    data, table, edges, buffer = address_of(blob), address_of(packed), address_of(work[0]), address_of(work[1])
    known = address_of(lists[1])
    out = 0
    word_offsets[0] = 0
    for i in range(len(offsets) - 1):
        begin, finis = np.int64(offsets[i]), np.int64(offsets[i + 1])
        n = find(data, begin, finis, table, edges)
        plain = False
        while True:
            out, j = word_offsets[i], 0
            vietnamese = accented = 0
            while j < n:
                start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
                h, simple = hash_ascii(data, start, end - start)
                j += 2
                if end - start == 1:
                    j = spelled_out(data, begin, edges, j - 2, n)
                    end = begin + load32(edges + 4 * j - 4)
                    simple = end - start == 1
                if not simple:
                    about = describe(data, start, end, table)
                    h, _, _, has = hash_word(data, start, end, about, plain, table, buffer)
                    vietnamese += has & HAS_VIETNAMESE != 0
                    if has == HAS_ACCENT and not plain:
                        accented += is_accented(data, start, end, table, buffer, known, len(lists[1]))
                hashes[out] = h
                out += 1
            if plain or not is_plain(out - word_offsets[i], vietnamese, accented):
                break
            plain = True
        word_offsets[i + 1] = out


@kernel
def tokenise_batch(
    blob: Array,
    offsets: Array,
    packed: Array,
    work: Array,
    lists: Array,
    words: Array,
    word_offsets: Array,
    sentences: Array,
    sentence_offsets: Array,
) -> None:
    """All of `Tokens` for a batch; `words` is (hashes, stems, starts, ends, flags), offsets inside each article.

    `work` and `lists` as in `hash_batch`. An article is gone through again where its words say that its accents mean
    nothing, or that it has no capitals, so that a small letter after a full stop does not say that a sentence goes on.
    """
    hashes, stems, starts, ends, flags = words
    data, table, edges, buffer = address_of(blob), address_of(packed), address_of(work[0]), address_of(work[1])
    short, known = address_of(lists[0]), address_of(lists[1])
    word_offsets[0] = sentence_offsets[0] = 0
    for i in range(len(offsets) - 1):
        begin, finis = np.int64(offsets[i]), np.int64(offsets[i + 1])
        n = find(data, begin, finis, table, edges)
        plain = caseless = False
        while True:
            out, made, j = word_offsets[i], sentence_offsets[i], 0
            first_sentence = made
            vietnamese = accented = capitals = small = held = 0
            sentences[made] = 0
            word, last, reached = 0, 0, begin
            before, initial = np.uint64(0), False
            made += 1
            while j < n:
                start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
                h, simple = hash_ascii(data, start, end - start)
                j += 2
                if end - start == 1:
                    j = spelled_out(data, begin, edges, j - 2, n)
                    end = begin + load32(edges + 4 * j - 4)
                    simple = end - start == 1
                if simple:
                    about, count = ascii_flags(data, start, end - start), end - start
                    lower = load8(data + start) >= 97
                    stem = stem_ascii(data, start, count)
                else:
                    about = describe(data, start, end, table)
                    h, stem, count, has = hash_word(data, start, end, about, plain, table, buffer)
                    lower = record_at(data, start, end, table)[0] & LOWER != 0
                    vietnamese += has & HAS_VIETNAMESE != 0
                    if has == HAS_ACCENT and not plain:
                        accented += is_accented(data, start, end, table, buffer, known, len(lists[1]))
                capitals += about & F_CAPITAL
                small += lower
                gap = 0
                if start > reached and not (start == reached + 1 and load8(data + reached) == 32):
                    gap = gap_between(data, reached, start, table)
                    held += lower and gap & (NEW_LINE | STOP | ABBREVIATING_STOP) != 0
                goes_on = lower and not caseless
                over = gap & PARAGRAPH != 0 or (not goes_on and gap & (NEW_LINE | STOP) != 0)
                if gap & ABBREVIATING_STOP and not goes_on and not initial:
                    over = not find_sorted(short, len(lists[0]), before)
                if word and ((over and word - last >= SHORTEST_SENTENCE) or word - last >= LONGEST_SENTENCE):
                    sentences[made], last = word, word
                    made += 1
                hashes[out], stems[out] = h, stem
                starts[out], ends[out] = start - begin, end - begin
                flags[out] = about & 0xFF | (gap & (F_LINE | F_BREAK)) | (0 if word else F_LINE | F_BREAK)
                reached, before, initial = max(reached, end), h, count == 1 and not about & F_DIGIT
                out += 1
                word += 1
            again = not plain and is_plain(word, vietnamese, accented)
            plain = plain or again
            if not caseless and held > 0 and capitals <= MOST_CAPITALS * small:
                caseless = again = True
            if not again:
                break
        if word:
            if made - first_sentence > 1 and word - last < SHORTEST_SENTENCE:
                made -= 1
            sentences[made] = word
            made += 1
        word_offsets[i + 1], sentence_offsets[i + 1] = out, made
