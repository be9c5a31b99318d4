"""The compiled tokeniser: what `reference.tokeniser` defines, on the UTF-8 bytes of a batch of articles.

Two steps an article: the byte range of every word (`dedup.text.words`), then a loop over those ranges that hashes the
words (`hash_batch`) or also notes stems, flags and sentences (`tokenise_batch`). Eight bytes of a word are read at
once, so a buffer must go on for `PADDING` bytes after the last article. ASCII words never leave registers; a word with
any other character is folded into a scratch buffer.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.decorators import Address, Array, Bits, Int, helper, inlined, kernel
from dedup.compiled.intrinsics import address_of, find_sorted, load8, load32, load64
from dedup.text.disguises import is_digit, is_in_leet, markup_at, outside_markup, signs_of_disguise, spelled_in_letters
from dedup.text.escapes import escapes_of, without_escapes
from dedup.text.rules import (
    LEAST_ACCENTED,
    LEAST_ACCENTED_SHARE,
    LEAST_DIGITS,
    LEAST_ESCAPES,
    LEAST_NATIVE_SHARE,
    LEAST_SPELLED,
    LEAST_VIETNAMESE_SHARE,
    LONGEST_SENTENCE,
    LONGEST_UNMARKED,
    MOST_CAPITALS,
    SHORTEST_SENTENCE,
)
from dedup.text.spelled import separator, without_separator
from dedup.text.unicode import (
    AS_IS,
    CLASS,
    END,
    GRAM,
    LOWER,
    NEWLINE,
    POINT,
    RECORD,
    RETURN,
    SOFT,
    SPACE,
    TO_CYRILLIC,
    TO_GREEK,
    WIDE_END,
)
from dedup.text.word_kernel import (
    F_BREAK,
    F_CAPITAL,
    F_DIGIT,
    F_LINE,
    HAS_ACCENT,
    HAS_CYRILLIC,
    HAS_GREEK,
    HAS_VIETNAMESE,
    ascii_flags,
    describe,
    fold_word,
    hash_ascii,
    hash_folded,
    hash_word,
    is_native,
    stem_ascii,
)
from dedup.text.words import entry_of, find_words, find_words_in_blocks, record_at

# What `gap_between` adds to the flags LINE and BREAK.
PARAGRAPH, NEW_LINE, STOP, ABBREVIATING_STOP = 0x1000, 0x2000, 0x4000, 0x8000


@helper
def is_accented(
    data: Address, start: Int, end: Int, table: Address, buffer: Address, function_words: Address, words: Int
) -> bool:
    """Whether a word that has accents is an English function word without them."""
    size = fold_word(data, start, end, AS_IS, True, table, buffer)[0]
    return bool(find_sorted(function_words, words, hash_folded(buffer, size)))


@inlined
def is_spaced(data: Address, begin: Int, edges: Address, k: Int) -> bool:
    """Whether a single space stands between the word that begins with edge `k` and the one before."""
    start = load32(edges + 4 * k)
    return bool(load32(edges + 4 * k - 4) + 1 == start and load8(data + begin + start - 1) == 32)


@helper
def spelled_out(data: Address, begin: Int, edges: Address, j: Int, n: Int, table: Address) -> Int:
    """The edge after the word that begins with edge `j`: "t h e" is one word where three letters or more are spaced.

    So are digits behind a spaced character of a script without spaces.
    """
    digits = is_digit(load8(data + begin + load32(edges + 4 * j)))
    if digits:
        if j == 0 or not is_spaced(data, begin, edges, j):
            return j + 2
        if record_at(data, begin + load32(edges + 4 * j - 8), begin + load32(edges + 4 * j), table)[0] & CLASS != GRAM:
            return j + 2
    k = j
    while k < n:
        start, end = load32(edges + 4 * k), load32(edges + 4 * k + 4)
        first = load8(data + begin + start)
        if end - start != 1 or is_digit(first) != digits or (not digits and first < 65):
            break
        if k > j and not is_spaced(data, begin, edges, k):
            break
        k += 2
    return k if k >= j + 2 * (LEAST_DIGITS if digits else LEAST_SPELLED) else j + 2


@helper
def gap_between(data: Address, start: Int, end: Int, table: Address, markup: bool, names: Address, count: Int) -> Int:
    """Flags LINE and BREAK of a gap, and what it says about the end of a sentence.

    `markup`: whether the article has any; tags count for nothing, entities for the character that they stand for.
    """
    flags = lines = 0
    wide = point = stop = spaced = returned = False
    at = start
    while at < end:
        record, size = record_at(data, at, end, table)
        feed = load8(data + at) == 10
        if markup:
            after, code = markup_at(data, at, end, table, names, count)
            if after > at and code < 0:
                at = after
                continue
            if after > at:
                record, size, feed = entry_of(table, code) & RECORD, after - at, code == 10
        kind = record & CLASS
        if not record & SOFT:
            flags |= F_BREAK
        if kind in (NEWLINE, RETURN):
            flags |= F_LINE
            lines += not (returned and feed)
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
def word_edges(data: Address, begin: Int, end: Int, table: Address, edges: Address) -> Int:
    """Word ranges of a text, in blocks where that is possible."""
    n = find_words_in_blocks(data, begin, end, table, edges)
    return n if n >= 0 else find_words(data, begin, end, table, edges)


@inlined
def addresses(work: Array) -> tuple[Address, Address, Address, Address]:
    """Addresses of the buffers of `work`: edges, a folded word, a copy of an article, places."""
    return address_of(work[0]), address_of(work[1]), address_of(work[2]), address_of(work[3])


@helper
def find(
    data: Address, bounds: Address, table: Address, room: tuple[Address, Address, Address, Address], known: Address,
    known_count: Int, names: Address, name_count: Int,
) -> tuple[Address, Int, Address, Int, bool, bool]:  # fmt: skip
    """Find the words of the article between two bounds, or of its copy without escapes or without separators.

    The text that the words stand in, where it begins, the places of the copy's bytes (0 where it is no copy), how many
    edges there are, whether there may be markup, and whether it is in leet.
    """
    edges, buffer, copy, places = room
    begin, end, size = np.int64(load64(bounds)), np.int64(load64(bounds + 8)), np.int64(-1)
    markup, signs, mixed = signs_of_disguise(data, begin, end)
    n = word_edges(data, begin, end, table, edges)
    between = separator(data, begin, edges, n, table)
    if between:
        size = without_separator(data, begin, end, between, table, copy, places)
    elif signs >= LEAST_ESCAPES:
        escapes = escapes_of(data, begin, end, table, names, name_count)
        if escapes:
            size = without_escapes(data, begin, end, escapes, table, names, name_count, copy, places)
    if size >= 0:
        data, begin, end = copy, np.int64(0), size
        n = word_edges(data, begin, end, table, edges)
        markup, _, mixed = signs_of_disguise(data, begin, end)
    if markup:
        n = outside_markup(data, begin, end, edges, n, table, names, name_count)
    leet = is_in_leet(data, begin, edges, n, mixed, buffer, known, known_count, names, name_count)
    return data, begin, places if size >= 0 else np.int64(0), n, markup, leet


@inlined
def placed(places: Address, start: Int, end: Int) -> tuple[Int, Int]:
    """Where a word stands in the article as it was given."""
    if places == 0:
        return start, end
    return load32(places + 8 * start), load32(places + 8 * end - 4)


@inlined
def is_plain(words: Int, vietnamese: Int, accented: Int) -> bool:
    """Whether Latin letters lose their accents all through an article, by the words that say so."""
    worn = accented >= LEAST_ACCENTED and accented > LEAST_ACCENTED_SHARE * words
    return bool(vietnamese > LEAST_VIETNAMESE_SHARE * words or worn)


@inlined
def counted(has: Int, vietnamese: Int, cyrillic: Int, greek: Int) -> tuple[Int, Int, Int]:
    """Three counts of words of an article, with one more word that has something."""
    if has == 0:
        return vietnamese, cyrillic, greek
    return (
        vietnamese + (has & HAS_VIETNAMESE != 0), cyrillic + (has & HAS_CYRILLIC != 0), greek + (has & HAS_GREEK != 0)
    )  # fmt: skip


@inlined
def native_script(words: Int, cyrillic: Int, greek: Int) -> Int:
    """The script with look-alikes that an article is in, by its words of either; `AS_IS` where it is none."""
    if cyrillic > LEAST_NATIVE_SHARE * words:
        return np.int64(TO_CYRILLIC)
    return np.int64(TO_GREEK) if greek > LEAST_NATIVE_SHARE * words else np.int64(AS_IS)


@kernel
def hash_batch(
    blob: Array, offsets: Array, packed: Array, work: Array, lists: Array, hashes: Array, word_offsets: Array
) -> None:
    """Hashes of all words of a batch, one article after the other; article i has words word_offsets[i:i + 2].

    `work` is four buffers for the longest article: its edges (4 bytes a byte of text), a folded word (2 bytes), a copy
    (1 byte) and its places (8 bytes); `lists` the sorted hashes of abbreviations and of function words.
    """
    source, bounds, table, room = address_of(blob), address_of(offsets), address_of(packed), addresses(work)
    edges, buffer, _, _ = room
    known, known_count, names, name_count = address_of(lists[1]), len(lists[1]), address_of(lists[2]), len(lists[2])
    out = 0
    word_offsets[0] = 0
    for i in range(len(offsets) - 1):
        data, begin, _, n, _, leet = find(source, bounds + 8 * i, table, room, known, known_count, names, name_count)
        plain, native = False, np.int64(AS_IS)
        while True:
            out, j = word_offsets[i], 0
            vietnamese = accented = cyrillic = greek = 0
            while j < n:
                start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
                h, simple = hash_ascii(data, start, end - start)
                j += 2
                if end - start == 1:
                    j = spelled_out(data, begin, edges, j - 2, n, table)
                    end = begin + load32(edges + 4 * j - 4)
                    simple = end - start == 1 and simple
                if leet and spelled_in_letters(data, start, end, buffer, known, known_count, names, name_count)[0]:
                    h, _ = hash_ascii(buffer, 0, end - start)
                elif not simple or (native != AS_IS and is_native(data, start, end, native, table)):
                    about = describe(data, start, end, table)
                    h, _, _, has = hash_word(data, start, end, about, plain, native, table, buffer)
                    vietnamese, cyrillic, greek = counted(has, vietnamese, cyrillic, greek)
                    if has == HAS_ACCENT and not plain:
                        accented += is_accented(data, start, end, table, buffer, known, known_count)
                hashes[out] = h
                out += 1
            again = not plain and is_plain(out - word_offsets[i], vietnamese, accented)
            plain = plain or again
            if native == AS_IS:
                native = native_script(out - word_offsets[i], cyrillic, greek)
                again = again or native != AS_IS
            if not again:
                break
        word_offsets[i + 1] = out


@inlined
def read_word(
    data: Address, begin: Int, edges: Address, j: Int, n: Int, plain: bool, native: Int, leet: bool, table: Address,
    buffer: Address, known: Address, known_count: Int, names: Address, name_count: Int,
) -> tuple[Int, Int, Int, Bits, Bits, Int, Int, bool, Int]:  # fmt: skip
    """The word at edge `j`, joined with the letters that spell it out.

    The next edge, its start, end, hash, stem, flags, number of characters, whether it begins with a small letter, what
    it has.
    """
    start, end = begin + load32(edges + 4 * j), begin + load32(edges + 4 * j + 4)
    h, simple = hash_ascii(data, start, end - start)
    j += 2
    if end - start == 1:
        j = spelled_out(data, begin, edges, j - 2, n, table)
        end = begin + load32(edges + 4 * j - 4)
        simple = end - start == 1 and simple
    if leet and spelled_in_letters(data, start, end, buffer, known, known_count, names, name_count)[0]:
        count = end - start
        h, about = hash_ascii(buffer, 0, count)[0], ascii_flags(buffer, 0, count)
        return j, start, end, h, stem_ascii(buffer, 0, count), about, count, load8(data + start) >= 97, np.int64(0)
    if simple and (native == AS_IS or not is_native(data, start, end, native, table)):
        count = end - start
        about, lower = ascii_flags(data, start, count), load8(data + start) >= 97
        return j, start, end, h, stem_ascii(data, start, count), about, count, lower, np.int64(0)
    about = describe(data, start, end, table)
    h, stem, count, has = hash_word(data, start, end, about, plain, native, table, buffer)
    lower = record_at(data, start, end, table)[0] & LOWER != 0
    return j, start, end, h, stem, about, count, lower, np.int64(has)


@inlined
def is_over(gap: Int, goes_on: bool, initial: bool, short: Address, size: Int, before: Bits) -> bool:
    """Whether a sentence may end in a gap; `before` is the hash of the word before it, `initial`: a single letter."""
    if gap & ABBREVIATING_STOP and not goes_on and not initial:
        return not find_sorted(short, size, before)
    return gap & PARAGRAPH != 0 or (not goes_on and gap & (NEW_LINE | STOP) != 0)


@inlined
def closed(sentences: Array, first: Int, made: Int, word: Int, last: Int) -> Int:
    """End the last sentence of an article of `word` words, which joins the one before where it is short; all made."""
    if word == 0:
        return made
    made -= made - first > 1 and word - last < SHORTEST_SENTENCE
    sentences[made] = word
    return made + 1


@kernel
def tokenise_batch(
    blob: Array, offsets: Array, packed: Array, work: Array, lists: Array, words: Array, word_offsets: Array,
    sentences: Array, sentence_offsets: Array,
) -> None:  # fmt: skip
    """All of `Tokens` for a batch; `words` is (hashes, stems, starts, ends, flags), offsets inside each article.

    `work` and `lists` as in `hash_batch`. An article is gone through again where its words say that its accents mean
    nothing, what script it is in, that it has no capitals, so that a small letter after a full stop does not say that a
    sentence goes on, or no marks that end sentences, so that they are cut by length.
    """
    hashes, stems, starts, ends, flags = words
    source, bounds, table, room = address_of(blob), address_of(offsets), address_of(packed), addresses(work)
    edges, buffer, _, _ = room
    short, known, known_count = address_of(lists[0]), address_of(lists[1]), len(lists[1])
    names, name_count = address_of(lists[2]), len(lists[2])
    word_offsets[0] = sentence_offsets[0] = 0
    for i in range(len(offsets) - 1):
        data, begin, places, n, markup, leet = find(
            source, bounds + 8 * i, table, room, known, known_count, names, name_count
        )
        plain, caseless, native, longest = False, False, np.int64(AS_IS), LONGEST_SENTENCE
        while True:
            out, made, j = word_offsets[i], sentence_offsets[i] + 1, 0
            vietnamese = accented = cyrillic = greek = capitals = small = held = ended = 0
            sentences[made - 1] = 0
            word, last, reached, before, initial = 0, 0, begin, np.uint64(0), False
            while j < n:
                j, start, end, h, stem, about, count, lower, has = read_word(
                    data, begin, edges, j, n, plain, native, leet, table, buffer, known, known_count, names, name_count
                )
                vietnamese, cyrillic, greek = counted(has, vietnamese, cyrillic, greek)
                if has == HAS_ACCENT and not plain:
                    accented += is_accented(data, start, end, table, buffer, known, known_count)
                capitals += about & F_CAPITAL
                small += lower
                gap = 0
                if start > reached and not (start == reached + 1 and load8(data + reached) == 32):
                    gap = gap_between(data, reached, start, table, markup, names, name_count)
                    held += lower and gap & (NEW_LINE | STOP | ABBREVIATING_STOP) != 0
                over = is_over(gap, lower and not caseless, initial, short, len(lists[0]), before)
                if word and ((over and word - last >= SHORTEST_SENTENCE) or word - last >= longest):
                    sentences[made], last = word, word
                    made += 1
                    ended += over
                hashes[out], stems[out] = h, stem
                starts[out], ends[out] = placed(places, start - begin, end - begin)
                flags[out] = about & 0xFF | (gap & (F_LINE | F_BREAK)) | (0 if word else F_LINE | F_BREAK)
                reached, before, initial = max(reached, end), h, count == 1 and not about & F_DIGIT
                out, word = out + 1, word + 1
            again = not plain and is_plain(word, vietnamese, accented)
            plain = plain or again
            found = native_script(word, cyrillic, greek) if native == AS_IS else np.int64(AS_IS)
            native, again = native | found, again or found != AS_IS
            if not caseless and held > 0 and capitals <= MOST_CAPITALS * small:
                caseless = again = True
            if not again and longest == LONGEST_SENTENCE and word > (ended + 1) * LONGEST_SENTENCE:
                longest, again = LONGEST_UNMARKED, True
            if not again:
                break
        word_offsets[i + 1], sentence_offsets[i + 1] = out, closed(sentences, sentence_offsets[i], made, word, last)
