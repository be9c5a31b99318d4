"""The compiled tokeniser: what `reference.tokeniser` defines, on the UTF-8 bytes of a batch of articles.

Two steps an article: the byte range of every word (`dedup.text.words`), then a loop over those ranges that hashes the
words (`hash_batch`) or also notes stems, flags and sentences (`tokenise_batch`). Eight bytes of a word are read at
once, so a buffer must go on for `PADDING` bytes after the last article. ASCII words never leave registers; a word with
any other character is folded into a scratch buffer.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Array, Bits, Int, helper, inlined, kernel
from dedup.compiled.intrinsics import address_of, find_sorted, load8, load32
from dedup.text.rules import (
    LEAST_ACCENTED,
    LEAST_ACCENTED_SHARE,
    LEAST_SPELLED,
    LEAST_VIETNAMESE_SHARE,
    LONGEST_SENTENCE,
    MOST_CAPITALS,
    SHORTEST_SENTENCE,
)
from dedup.text.unicode import (
    AS_IS,
    CLASS,
    END,
    LOWER,
    NEWLINE,
    POINT,
    RETURN,
    SOFT,
    SPACE,
    WIDE_END,
)
from dedup.text.word_kernel import (
    F_BREAK,
    F_CAPITAL,
    F_DIGIT,
    F_LINE,
    HAS_ACCENT,
    HAS_VIETNAMESE,
    ascii_flags,
    describe,
    fold_word,
    hash_ascii,
    hash_folded,
    hash_word,
    stem_ascii,
)
from dedup.text.words import find_words, find_words_in_blocks, record_at

# What `gap_between` adds to the flags LINE and BREAK.
PARAGRAPH, NEW_LINE, STOP, ABBREVIATING_STOP = 0x1000, 0x2000, 0x4000, 0x8000


@helper
def is_accented(
    data: Address, start: Int, end: Int, table: Address, buffer: Address, function_words: Address, words: Int
) -> bool:
    """Whether a word that has accents is an English function word without them."""
    size = fold_word(data, start, end, AS_IS, True, table, buffer)[0]
    return bool(find_sorted(function_words, words, hash_folded(buffer, size)))


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
    worn = accented >= LEAST_ACCENTED and accented > LEAST_ACCENTED_SHARE * words
    return bool(vietnamese > LEAST_VIETNAMESE_SHARE * words or worn)


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


@inlined
def read_word(
    data: Address, begin: Int, edges: Address, j: Int, n: Int, plain: bool, table: Address, buffer: Address,
    known: Address, known_size: Int,
) -> tuple[Int, Int, Int, Bits, Bits, Int, Int, bool, Int, Int]:  # fmt: skip
    """The word at edge `j`, joined with the letters that spell it out.

    The next edge, its start, end, hash, stem, flags, number of characters, whether it begins with a small letter,
    whether it has Vietnamese letters, whether it is a known word in accents.
    """
    start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
    h, simple = hash_ascii(data, start, end - start)
    j += 2
    if end - start == 1:
        j = spelled_out(data, begin, edges, j - 2, n)
        end = begin + load32(edges + 4 * j - 4)
        simple = end - start == 1
    if simple:
        count = end - start
        about, lower = ascii_flags(data, start, count), load8(data + start) >= 97
        return j, start, end, h, stem_ascii(data, start, count), about, count, lower, 0, 0
    about = describe(data, start, end, table)
    h, stem, count, has = hash_word(data, start, end, about, plain, table, buffer)
    lower = record_at(data, start, end, table)[0] & LOWER != 0
    worn = has == HAS_ACCENT and not plain and is_accented(data, start, end, table, buffer, known, known_size)
    return j, start, end, h, stem, about, count, lower, np.int64(has & HAS_VIETNAMESE != 0), np.int64(worn)


@inlined
def is_over(gap: Int, goes_on: bool, initial: bool, short: Address, size: Int, before: Bits) -> bool:
    """Whether a sentence may end in a gap; `before` is the hash of the word before it, `initial`: a single letter."""
    if gap & ABBREVIATING_STOP and not goes_on and not initial:
        return not find_sorted(short, size, before)
    return gap & PARAGRAPH != 0 or (not goes_on and gap & (NEW_LINE | STOP) != 0)


@kernel
def tokenise_batch(
    blob: Array, offsets: Array, packed: Array, work: Array, lists: Array, words: Array, word_offsets: Array,
    sentences: Array, sentence_offsets: Array,
) -> None:  # fmt: skip
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
                j, start, end, h, stem, about, count, lower, foreign, worn = read_word(
                    data, begin, edges, j, n, plain, table, buffer, known, len(lists[1])
                )
                vietnamese += foreign
                accented += worn
                capitals += about & F_CAPITAL
                small += lower
                gap = 0
                if start > reached and not (start == reached + 1 and load8(data + reached) == 32):
                    gap = gap_between(data, reached, start, table)
                    held += lower and gap & (NEW_LINE | STOP | ABBREVIATING_STOP) != 0
                goes_on = lower and not caseless
                over = is_over(gap, goes_on, initial, short, len(lists[0]), before)
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
