"""Numbers that describe how an article is written, taken from what the language model says of its words.

Public: `Numeric`, `VERSION`, `numeric_features`, `proper_words`, `uses_of`. `tests/reference/scoring.py` says the same
in numpy.
"""

from __future__ import annotations

from enum import auto

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U8, U32, U64
from dedup.compiled.decorators import Int, borrowing, helper, kernel
from dedup.language.background import BREAK, NUMBER
from dedup.language.language_model import Reading
from dedup.language.offers import NAME_SHARE
from dedup.models import Columns
from dedup.records import Flag
from dedup.scoring.word_set import GOLDEN, cell_of, word_set

VERSION = "article-2"  # of what the features mean: raise it whenever one changes, and train the heads again

WINDOW = 50  # words; the type-token ratio is a mean over windows, so that it does not fall with length
GAINED = 1.0  # log10: a swap that makes the stretch ten times as likely
VERY_FREQUENT = 1e-4  # share of the background's words: some 900 words, whose pairs would be seen if they were usual
TOLERATED = 1.0  # log10; frequent words may avoid each other this much
COMMON_PAIR = 5.0  # occurrences of each word, for an unseen pair to say something
RARE = 50.0  # occurrences
LONG = 8  # letters
MOST_CAPITALS = 0.4  # share of capitalised words from which on capitals say nothing: a text in Title Case
# Occurrences a word of the background: neither rare nor a function word. The shipped one counts 29.4 million words.
LEAST_MIDDLING, MOST_MIDDLING = 100.0 / 29.4e6, 30000.0 / 29.4e6
_TOLERATED_RATIO = 10.0**TOLERATED
_NUMBER, _BREAK, _CAPITAL = NUMBER, BREAK, int(Flag.CAPITAL)

Mask = NDArray[np.bool_]


class Numeric(Columns):
    """The numeric features of one article. Shares are of all words read, 0..1, unless another whole is named.

    In the substitution gain and in the unseen-pair surprisal a word counts once however often the article has it: an
    odd word that comes again is its subject, and spinners seldom swap a word for the same one twice. There and in
    `STRANDED` words that the article capitalises within a sentence (titles, names) do not count (`proper_words`).
    """

    GAINED = auto()  # share of the words whose best alternative is ten times as likely
    SUBSTITUTION_GAIN = auto()  # root of the mean cube of the gain of each word's best alternative
    UNSEEN_PAIR_SURPRISAL = auto()  # root of the mean log10 of how often chance would have made the unseen pairs
    DISCORD = auto()  # how much rarer than by chance pairs of very frequent words are ("the of", "he are"); mean log10
    DOUBLED = auto()  # share of words that equal the one before
    UNSEEN = auto()  # share of the pairs of known words that the background does not have
    SURPRISE = auto()  # mean -log10 of the probability of a word
    SURPRISE_SPREAD = auto()  # its standard deviation over the words
    CONTENT_SURPRISE = auto()  # its mean over content words: no function words, names, numbers
    BURSTINESS = auto()  # standard deviation of the mean surprise of the sentences
    TRIPLES = auto()  # share of words that the background has after the two before them
    FUNCTION = auto()  # share of function words
    LENGTH = auto()  # mean length of the words that are no numbers, in bytes
    LONG = auto()  # share of these of eight bytes and more
    TYPES = auto()  # share of distinct words, mean over windows of fifty
    SENTENCE = auto()  # natural logarithm of the mean length of the sentences, in words
    SENTENCE_SPREAD = auto()  # standard deviation of the lengths over their mean
    BREAKS = auto()  # breaks a word
    NAMES = auto()  # share of words that the background mostly capitalises
    NUMBERS = auto()  # share of numbers
    UNKNOWN = auto()  # share of words that the background lacks
    RARE = auto()  # share of content words that it has less than fifty times
    FAMILIARITY = auto()  # mean log10 of how often the background has a content word
    LOWS = auto()  # standard deviation of that
    REPEATS = auto()  # share of content words that stand in the article before
    STRANDED = auto()  # share of the words of middling frequency that the background has with neither neighbour


_COLUMNS = len(Numeric)


@borrowing
def _mean_and_spread(total: float, squares: float, count: int) -> tuple[float, float]:
    mean = total / max(1, count)
    return mean, (np.sqrt(max(0.0, squares / count - mean * mean)) if count > 1 else 0.0)


@kernel
def proper_words(reading: Reading, flags: U8) -> Mask:
    """Return which words, (n,), the article capitalises where no run of words begins; none in a text in Title Case.

    `flags` are those of the article's tokens.
    """
    proper, capitals, n = np.zeros(len(reading.words), np.bool_), 0, 0
    for i in range(len(reading.words)):
        if reading.origin[i] >= 0:
            capital = flags[reading.origin[i]] & _CAPITAL != 0
            n, capitals = n + 1, capitals + capital
            proper[i] = capital and i > 0 and reading.words[i - 1] != _BREAK
    if capitals > MOST_CAPITALS * n:
        proper[:] = False
    return proper


@helper
def uses_of(words: U64) -> I64:
    """Return how often a text has each of its words, (n,)."""
    cells, uses = word_set(words), np.empty(len(words), np.int64)
    counts = np.zeros(len(cells), np.int64)
    for i in range(len(words)):
        uses[i] = cell_of(cells, words[i])
        counts[uses[i]] += 1
    for i in range(len(words)):
        uses[i] = counts[uses[i]]
    return uses


@borrowing
def _fill_fit(reading: Reading, proper: Mask, uses: I64, n: int, out: F32) -> None:
    """How well the words fit: what their alternatives gain, how surprising they are."""
    gained, triples, gain, total, squares = 0, 0, 0.0, 0.0, 0.0
    for i in range(len(reading.words)):
        if reading.origin[i] >= 0:
            if not proper[i]:
                gained += reading.gain[i] > GAINED
                gain += np.float64(reading.gain[i]) ** 3 / uses[i]
            triples += reading.triple[i] > 0
            total += reading.surprise[i]
            squares += np.float64(reading.surprise[i]) ** 2
    out[Numeric.GAINED], out[Numeric.SUBSTITUTION_GAIN] = gained / n, np.sqrt(gain / n)
    out[Numeric.TRIPLES] = triples / n
    out[Numeric.SURPRISE], out[Numeric.SURPRISE_SPREAD] = _mean_and_spread(total, squares, n)


@borrowing
def _fill_words(reading: Reading, function: Mask, starts: U32, ends: U32, n: int, out: F32) -> None:
    """What kinds of words there are, and how long they are."""
    functions, names, numbers, unknown, written, long, letters = 0, 0, 0, 0, 0, 0, 0
    for i in range(len(reading.words)):
        if reading.origin[i] < 0:
            continue
        functions += function[i]
        names += reading.capital[i] > NAME_SHARE
        unknown += reading.frequency[i] == 0
        if reading.words[i] == _NUMBER:
            numbers += 1
            continue
        length: Int = np.int64(ends[reading.origin[i]]) - np.int64(starts[reading.origin[i]])
        written += 1
        letters += length
        long += length >= LONG
    out[Numeric.FUNCTION], out[Numeric.NAMES] = functions / n, names / n
    out[Numeric.NUMBERS], out[Numeric.UNKNOWN] = numbers / n, unknown / n
    out[Numeric.LENGTH], out[Numeric.LONG] = letters / max(1, written), long / max(1, written)


@helper
def _fill_content(reading: Reading, function: Mask, n: int, out: F32) -> U64:
    """How common the content words are; gives them."""
    contents, k = np.empty(len(reading.words), np.uint64), 0
    surprise, rare, logs, squares = 0.0, 0, 0.0, 0.0
    for i in range(len(reading.words)):
        name, number = reading.capital[i] > NAME_SHARE, reading.words[i] == _NUMBER
        if reading.origin[i] >= 0 and not (name or number or function[i]):
            contents[k] = reading.words[i]
            k += 1
            surprise += reading.surprise[i]
            rare += reading.frequency[i] < RARE
            value = np.log10(max(np.float64(reading.frequency[i]), 1.0))
            logs += value
            squares += value * value
    out[Numeric.CONTENT_SURPRISE], out[Numeric.RARE] = surprise / max(1, k), rare / n
    out[Numeric.FAMILIARITY], out[Numeric.LOWS] = _mean_and_spread(logs, squares, k)
    return contents[:k]


@borrowing
def _distinct(words: U64, cells: U64, stamps: I64, stamp: int) -> int:
    """Number of distinct words; cells of another stamp are empty, so that nothing need be cleared."""
    n, last = 0, np.uint64(len(cells) - 1)
    for word in words:
        at = (word * GOLDEN >> np.uint64(32)) & last
        while stamps[at] == stamp and cells[at] != word:
            at = (at + np.uint64(1)) & last
        n += stamps[at] != stamp
        cells[at], stamps[at] = word, stamp
    return n


@helper
def _fill_repeats(words: U64, contents: U64, out: F32) -> None:
    """How often words come again: in consecutive windows (a text shorter than one is one), and content words at all."""
    size = 16
    while size < 2 * max(WINDOW, len(contents)):
        size *= 2
    cells, stamps = np.empty(size, np.uint64), np.zeros(size, np.int64)
    total, windows, start = 0.0, 0, 0
    while start == 0 or start + WINDOW <= len(words):
        part = words[start : start + WINDOW]
        windows, start = windows + 1, start + WINDOW
        total += _distinct(part, cells, stamps, windows) / max(1, len(part))
    out[Numeric.TYPES] = total / windows
    out[Numeric.REPEATS] = 1.0 - _distinct(contents, cells, stamps, windows + 1) / max(1, len(contents))


@borrowing
def _fill_pairs(reading: Reading, proper: Mask, uses: I64, counted: float, n: int, out: F32) -> None:
    """How usual the pairs of neighbours are."""
    words, frequency, pair = reading.words, reading.frequency, reading.pair
    surprisal, discord, doubled, known, unseen = 0.0, 0.0, 0, 0.0, 0
    for i in range(1, len(words)):
        if reading.origin[i] < 0 or reading.origin[i - 1] < 0:
            continue
        by_chance = np.float64(frequency[i - 1]) * np.float64(frequency[i]) / counted
        number = words[i] == _NUMBER or words[i - 1] == _NUMBER
        if pair[i] == 0 and not (number or proper[i] or proper[i - 1]):
            surprisal += np.log10(1.0 + by_chance) / (uses[i] if frequency[i] < frequency[i - 1] else uses[i - 1])
        rarer = min(frequency[i], frequency[i - 1])
        if rarer > VERY_FREQUENT * counted:
            ratio = (1.0 + by_chance) / (1.0 + pair[i])
            discord += np.log10(ratio) - TOLERATED if ratio > _TOLERATED_RATIO else 0.0
        doubled += words[i] == words[i - 1] and words[i] != _NUMBER
        if rarer >= COMMON_PAIR:
            known += 1.0
            unseen += pair[i] == 0
    out[Numeric.UNSEEN_PAIR_SURPRISAL] = np.sqrt(surprisal / n)
    out[Numeric.DISCORD], out[Numeric.DOUBLED] = discord / n, doubled / n
    out[Numeric.UNSEEN] = unseen / max(1.0, known)


@borrowing
def _fill_stranded(reading: Reading, proper: Mask, counted: float, out: F32) -> None:
    """How many words of middling frequency are seen with neither neighbour."""
    middling, stranded, last = 0, 0, len(reading.words) - 1
    low, high = LEAST_MIDDLING * counted, MOST_MIDDLING * counted
    for i in range(len(reading.words)):
        plain = not proper[i] and reading.capital[i] <= NAME_SHARE and reading.words[i] != _NUMBER
        plain = plain and reading.origin[i] >= 0
        if plain and low <= reading.frequency[i] < high:
            middling += 1
            stranded += reading.pair[i] == 0 and (i == last or reading.pair[i + 1] == 0)
    out[Numeric.STRANDED] = stranded / max(1, middling)


@helper
def _fill_sentences(origin: I64, surprise: F32, bounds: U32, out: F32) -> None:
    """How the sentences differ in surprise and in length; the last one, which may be cut, has no length."""
    totals, counts, at = np.zeros(len(bounds)), np.zeros(len(bounds)), 0
    for i in range(len(origin)):
        if origin[i] >= 0:
            while at + 1 < len(bounds) and np.int64(bounds[at + 1]) <= origin[i]:
                at += 1
            totals[at] += surprise[i]
            counts[at] += 1.0
    used = counts > 0
    lengths = counts[used]
    out[Numeric.BURSTINESS] = np.std(totals[used] / lengths) if len(lengths) > 1 else 0.0
    lengths = lengths[:-1] if len(lengths) > 1 else lengths
    mean = lengths.mean() if len(lengths) else 1.0
    out[Numeric.SENTENCE] = np.log(mean)
    out[Numeric.SENTENCE_SPREAD] = (np.std(lengths) if len(lengths) > 1 else 0.0) / mean


@kernel
def numeric_features(
    reading: Reading, function: Mask, starts: U32, ends: U32, sentences: U32, flags: U8, counted: float
) -> F32:
    """Return the features of an article, shape (len(Numeric),).

    `function` (n,) says which of the words that were read are function words; `starts`, `ends`, `sentences` and `flags`
    are those of the article's tokens; `counted` is the number of words behind the background.
    """
    out = np.zeros(_COLUMNS, np.float32)
    real = reading.words[reading.origin >= 0]
    n, uses, proper = max(1, len(real)), uses_of(reading.words), proper_words(reading, flags)
    _fill_fit(reading, proper, uses, n, out)
    _fill_words(reading, function, starts, ends, n, out)
    _fill_pairs(reading, proper, uses, counted, n, out)
    _fill_stranded(reading, proper, counted, out)
    _fill_sentences(reading.origin, reading.surprise, sentences, out)
    _fill_repeats(real, _fill_content(reading, function, n, out), out)
    out[Numeric.BREAKS] = (len(reading.words) - len(real)) / n
    return out
