"""Numbers that describe how an article is written, with typography normalised away.

Three groups: numeric features (`NAMES`), masked 1- to 3-grams (function words stay, other words become a class of
suffix, names one class) and frequent words with their pairs; the last two are hashed to `SLOTS` each. Of the numeric
ones, "misfit" is the root of the mean cube of the gain of each word's best alternative, "unmet" the root of the mean
log10 of how often the pairs of words that the background does not have were to be expected by chance, "stranded" the
share of words of middling frequency that the background has with neither neighbour, and "discord" how much rarer than
by chance the pairs of frequent words are ("the of", "he are"). In the first two a word counts once however often the
article has it: an odd word that comes again is its subject, spinners seldom swap a word for the same one twice.

Public: `describe`, `language`, `Description`, `NAMES`, `SLOTS`, `reference_numeric`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, I64, U8, U32, U64
from dedup.compiled.decorators import helper, kernel
from dedup.compiled.hashing import SPREAD, mix
from dedup.language.background import BREAK, NUMBER
from dedup.language.language_model import NAME_SHARE, Reading, end_of
from dedup.language.lookup import Seen
from dedup.records import Tokens

SLOTS = 1 << 13  # DESIGN finding 5 has 2^12: .899 to .901 AUC (translated), .961 to .965 (llm); 2^14 adds nothing
WINDOW = 50  # words; the type-token ratio is a mean over windows, so that it does not fall with length
GAINED = 1.0  # log10: a swap that makes the stretch ten times as likely
FREQUENT = 1e-5  # share of the background's words; as frequent words keep their identity
VERY_FREQUENT = 1e-4  # share of the background's words: some 900 words, whose pairs would be seen if they were usual
TOLERATED = 1.0  # log10; frequent words may avoid each other this much
COMMON_PAIR = 5.0  # occurrences of each word, for an unseen pair to say something
RARE = 50.0  # occurrences
LONG = 8  # letters
MIDDLING = (100.0, 30000.0)  # occurrences in the shipped background's 29.4 million words: not rare, no function word
_MIDDLING_SHARE = (MIDDLING[0] / 29.4e6, MIDDLING[1] / 29.4e6)
_BREAK, _NUMBER = BREAK, NUMBER

NAMES = (
    "gained", "misfit", "unmet", "discord", "doubled", "unseen", "surprise", "surprise_spread", "content_surprise",
    "burstiness", "triples",
    "function", "length", "long", "types", "sentence", "sentence_spread", "breaks", "names", "numbers", "unknown",
    "rare", "familiarity", "lows", "repeats", "stranded",
)  # fmt: skip

_SUFFIXES = ("tion", "ment", "ness", "ally", "ing", "ed", "ly", "er", "est", "al", "ic", "ive", "ous", "ity", "s")
_SUFFIX_CODES = np.array([int.from_bytes(s.encode(), "big") for s in _SUFFIXES], np.int64)
_LONGEST_SUFFIX = max(map(len, _SUFFIXES))
_SUFFIX_LENGTHS = np.array([len(s) for s in _SUFFIXES], np.int64)
_NAME_MASK, _UNKNOWN_MASK, _SUFFIX_MASK = np.uint64(1), np.uint64(2), np.uint64(16)
_LAST_SLOT = np.uint64(SLOTS - 1)
_EMPTY = np.uint64(0)  # no word has this hash but by a chance of 2^-64
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio
_LOGS = np.log1p(np.arange(256, dtype=np.float32))
_TOLERATED_RATIO = 10.0**TOLERATED


class Description(NamedTuple):
    """The features of one article. Hashed groups are unit vectors of log counts; `words` is how many were read."""

    numeric: F32  # (len(NAMES),)
    masked: F32  # (SLOTS,)
    frequent: F32  # (SLOTS,)
    words: int


@helper
def _suffix(data: U8, start: np.int64, end: np.int64) -> np.uint64:
    """Class of a word by its ending, from its bytes; letters beyond ASCII end it as they are."""
    size, ending = end - start, np.int64(0)
    for at in range(max(start, end - _LONGEST_SUFFIX), end):
        ending = ending << np.int64(8) | np.int64(data[at] | 0x20)
    for k in range(len(_SUFFIX_LENGTHS)):
        length = _SUFFIX_LENGTHS[k]
        if size >= length + 2 and ending & ((np.int64(1) << np.int64(8 * length)) - 1) == _SUFFIX_CODES[k]:
            return _SUFFIX_MASK + np.uint64(k)
    return _SUFFIX_MASK + np.uint64(len(_SUFFIX_LENGTHS))


@helper
def _slot(slots: U64, word: np.uint64) -> np.int64:
    """Where a word stands in a hash set, or the empty slot where it would."""
    last = np.uint64(len(slots) - 1)
    at = (word * _GOLDEN >> np.uint64(32)) & last
    while slots[at] != _EMPTY and slots[at] != word:
        at = (at + np.uint64(1)) & last
    return np.int64(at)


@helper
def _hash_set(words: U64) -> U64:
    """A set of words for `_slot`: a microsecond to make, and one step a look-up where bisection takes nine."""
    size = 16
    while size < 4 * len(words):
        size *= 2
    slots = np.full(size, _EMPTY, np.uint64)
    for word in words:
        slots[_slot(slots, word)] = word
    return slots


@kernel
def _masks(
    words: U64, origin: I64, data: U8, starts: U32, ends: U32, frequency: F32, capital: F32, function: U64
) -> tuple[U64, NDArray[np.bool_]]:
    """What stays of each word when its subject is masked, and which are function words."""
    masks, kept, slots = np.empty(len(words), np.uint64), np.zeros(len(words), np.bool_), _hash_set(function)
    for i in range(len(words)):
        if words[i] == _BREAK or words[i] == _NUMBER:
            masks[i] = words[i]
        elif slots[_slot(slots, words[i])] == words[i]:
            masks[i], kept[i] = words[i], True
        elif frequency[i] == 0:
            masks[i] = _UNKNOWN_MASK
        elif capital[i] > NAME_SHARE:
            masks[i] = _NAME_MASK
        else:
            masks[i] = _suffix(data, np.int64(starts[origin[i]]), np.int64(ends[origin[i]]))
    return masks, kept


@kernel
def _language(words: U64, origin: I64, singles: NDArray[np.float64], function: U64) -> tuple[int, int, int]:
    """Words, how many of them the background lacks, how many are function words."""
    n, unknown, functions, slots = 0, 0, 0, _hash_set(function)
    for i in range(len(words)):
        if origin[i] >= 0:
            n += 1
            unknown += singles[i, 0] == 0
            functions += slots[_slot(slots, words[i])] == words[i]
    return n, unknown, functions


def language(seen: Seen, function_words: U64) -> tuple[int, float, float]:
    """Words read, the share that the background lacks, the share of function words: whether to read on.

    The shares are the features "unknown" and "function", from the look-ups of single words alone.
    """
    end = end_of(seen.origin)
    n, unknown, functions = _language(seen.words[:end], seen.origin[:end], seen.singles[:end], function_words)
    return n, float(np.float32(unknown / max(1, n))), float(np.float32(functions / max(1, n)))


@kernel
def _hashed(symbols: U64, used: NDArray[np.bool_], longest: int) -> F32:
    """Unit vector of the log counts of the hashed 1- to `longest`-grams whose symbols are all used."""
    counts, vector, inner = np.zeros(SLOTS, np.int64), np.empty(SLOTS, np.float32), np.empty(len(symbols), np.uint64)
    for i in range(len(symbols)):
        inner[i] = mix(symbols[i] + SPREAD)
    for i in range(len(symbols)):
        if not used[i]:
            continue
        key = mix(symbols[i])
        counts[np.int64(key & _LAST_SLOT)] += 1
        for j in range(i + 1, min(i + longest, len(symbols))):
            if not used[j]:
                break
            key = mix(key + inner[j])  # join(key, symbols[j])
            counts[np.int64(key & _LAST_SLOT)] += 1
    total = 0.0
    for slot in range(SLOTS):
        count = counts[slot]
        vector[slot] = _LOGS[count] if count < len(_LOGS) else np.log1p(np.float32(count))
        total += vector[slot] * vector[slot]
    return vector / np.float32(max(np.sqrt(total), 1.0))


@helper
def _distinct(words: U64, slots: U64, stamps: I64, stamp: int) -> int:
    """Number of distinct words; slots of another stamp are empty, so that nothing need be cleared."""
    n, last = 0, np.uint64(len(slots) - 1)
    for word in words:
        at = (word * _GOLDEN >> np.uint64(32)) & last
        while stamps[at] == stamp and slots[at] != word:
            at = (at + np.uint64(1)) & last
        n += stamps[at] != stamp
        slots[at], stamps[at] = word, stamp
    return n


@helper
def _types(words: U64, contents: U64, window: int) -> tuple[float, int]:
    """Mean share of distinct words in consecutive windows (a text shorter than one is one); distinct content words."""
    size = 16
    while size < 2 * max(window, len(contents)):
        size *= 2
    slots, stamps = np.empty(size, np.uint64), np.zeros(size, np.int64)
    total, windows, start = 0.0, 0, 0
    while start == 0 or start + window <= len(words):
        part = words[start : start + window]
        windows, start = windows + 1, start + window
        total += _distinct(part, slots, stamps, windows) / max(1, len(part))
    return total / windows, _distinct(contents, slots, stamps, windows + 1)


@helper
def _mean_and_spread(total: float, squares: float, count: int) -> tuple[float, float]:
    mean = total / max(1, count)
    return mean, (np.sqrt(max(0.0, squares / count - mean * mean)) if count > 1 else 0.0)


@helper
def _uses(words: U64) -> I64:
    """How often the text has each of its words."""
    slots, uses = _hash_set(words), np.empty(len(words), np.int64)
    counts = np.zeros(len(slots), np.int64)
    for i in range(len(words)):
        uses[i] = _slot(slots, words[i])
        counts[uses[i]] += 1
    for i in range(len(words)):
        uses[i] = counts[uses[i]]
    return uses


@helper
def _pair_sums(
    words: U64, origin: I64, frequency: F32, pair: F32, uses: I64, counted: float
) -> tuple[float, float, float, float, float]:
    """Sums over neighbours: unmet, discord, doubled, pairs of known words, how many of them are unseen."""
    unmet, discord, doubled, known, unseen = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(1, len(words)):
        if origin[i] < 0 or origin[i - 1] < 0:
            continue
        expected = np.float64(frequency[i - 1]) * np.float64(frequency[i]) / counted
        if pair[i] == 0:
            unmet += np.log10(1.0 + expected) / (uses[i] if frequency[i] < frequency[i - 1] else uses[i - 1])
        if min(frequency[i], frequency[i - 1]) > VERY_FREQUENT * counted:
            ratio = (1.0 + expected) / (1.0 + pair[i])
            discord += np.log10(ratio) - TOLERATED if ratio > _TOLERATED_RATIO else 0.0
        doubled += words[i] == words[i - 1] and words[i] != _NUMBER
        if min(frequency[i], frequency[i - 1]) >= COMMON_PAIR:
            known += 1.0
            unseen += pair[i] == 0
    return unmet, discord, doubled, known, unseen


@helper
def _sentence_sums(origin: I64, surprise: F32, bounds: U32) -> tuple[float, float, float]:
    """Spread of the mean surprise of the sentences; mean and spread of their lengths, the last one left out."""
    totals, counts = np.zeros(len(bounds)), np.zeros(len(bounds))
    at = 0
    for i in range(len(origin)):
        if origin[i] >= 0:
            while at + 1 < len(bounds) and np.int64(bounds[at + 1]) <= origin[i]:
                at += 1
            totals[at] += surprise[i]
            counts[at] += 1.0
    used = counts > 0
    burst = float(np.std(totals[used] / counts[used])) if used.sum() > 1 else 0.0
    lengths = counts[used]
    lengths = lengths[:-1] if len(lengths) > 1 else lengths
    mean = float(lengths.mean()) if len(lengths) else 1.0
    return burst, mean, (float(np.std(lengths)) if len(lengths) > 1 else 0.0)


@kernel
def _numeric(
    words: U64,
    origin: I64,
    surprise: F32,
    frequency: F32,
    pair: F32,
    triple: F32,
    capital: F32,
    gain: F32,
    function: NDArray[np.bool_],
    starts: U32,
    ends: U32,
    bounds: U32,
    counted: float,
) -> F32:
    """The numeric features, in the order of `NAMES`; `reference_numeric` says the same in numpy."""
    n, functions, names, numbers, unknown, triples = 0, 0, 0, 0, 0, 0
    rare, gained, written, long, letters = 0, 0, 0, 0, np.int64(0)
    misfit, total, squares, content_total, content = 0.0, 0.0, 0.0, 0.0, 0
    middling, stranded, uses = 0, 0, _uses(words)
    logs, log_squares = 0.0, 0.0
    contents, real = np.empty(len(words), np.uint64), np.empty(len(words), np.uint64)
    for i in range(len(words)):
        if origin[i] < 0:
            continue
        real[n] = words[i]
        n += 1
        misfit += np.float64(gain[i]) ** 3 / uses[i]
        gained += gain[i] > GAINED
        total += surprise[i]
        squares += np.float64(surprise[i]) ** 2
        triples += triple[i] > 0
        unknown += frequency[i] == 0
        functions += function[i]
        name, number = capital[i] > NAME_SHARE, words[i] == _NUMBER
        names += name
        numbers += number
        if not (name or number) and _MIDDLING_SHARE[0] * counted <= frequency[i] < _MIDDLING_SHARE[1] * counted:
            middling += 1
            stranded += pair[i] == 0 and (i + 1 == len(words) or pair[i + 1] == 0)
        if not number:
            length = np.int64(ends[origin[i]]) - np.int64(starts[origin[i]])
            written += 1
            letters += length
            long += 1 if length >= LONG else 0
        if not (name or number or function[i]):
            contents[content] = words[i]
            content += 1
            content_total += surprise[i]
            rare += frequency[i] < RARE
            value = np.log10(max(np.float64(frequency[i]), 1.0))
            logs += value
            log_squares += value * value
    unmet, discord, doubled, known, unseen = _pair_sums(words, origin, frequency, pair, uses, counted)
    burst, length_mean, length_spread = _sentence_sums(origin, surprise, bounds)
    mean, spread = _mean_and_spread(total, squares, n)
    familiarity, lows = _mean_and_spread(logs, log_squares, content)
    types, distinct = _types(real[:n], contents[:content], WINDOW)
    some, contained = max(1, n), max(1, content)
    return np.array((
        gained / some, np.sqrt(misfit / some), np.sqrt(unmet / some), discord / some, doubled / some,
        unseen / max(1.0, known), mean, spread, content_total / contained, burst, triples / some, functions / some,
        letters / max(1, written), long / max(1, written), types, np.log(length_mean),
        length_spread / length_mean, (len(words) - n) / some, names / some, numbers / some, unknown / some, rare / some,
        familiarity, lows, 1.0 - distinct / contained, stranded / max(1, middling),
    ), np.float32)  # fmt: skip


def describe(reading: Reading, tokens: Tokens, function_words: U64, counted: float) -> Description:
    """Features of what was read. `function_words`: their sorted hashes; `counted`: words behind the background."""
    data = np.frombuffer(tokens.data, np.uint8)
    masks, function = _masks(
        reading.words, reading.origin, data, tokens.starts, tokens.ends, reading.frequency, reading.capital,
        function_words,
    )  # fmt: skip
    frequent = (reading.frequency > FREQUENT * counted) & (reading.capital <= NAME_SHARE)
    return Description(
        _numeric(
            reading.words, reading.origin, reading.surprise, reading.frequency, reading.pair, reading.triple,
            reading.capital, reading.gain, function, tokens.starts, tokens.ends, tokens.sentences, float(counted),
        ),
        _hashed(masks, np.ones(len(masks), np.bool_), 3),
        _hashed(reading.words, frequent, 2),
        int((reading.origin >= 0).sum()),
    )  # fmt: skip


def _spread(values: NDArray[np.float32] | NDArray[np.float64] | I64) -> float:
    return float(np.std(values)) if len(values) > 1 else 0.0


def _by_sentence(values: F32, sentence: I64) -> NDArray[np.float64]:
    sizes = np.bincount(sentence)
    means: NDArray[np.float64] = np.bincount(sentence, values)[sizes > 0] / sizes[sizes > 0]
    return means


def _share_of_types(words: U64) -> float:
    parts = [words[start : start + WINDOW] for start in range(0, max(1, len(words) - WINDOW + 1), WINDOW)]
    return float(np.mean([len(np.unique(part)) / max(1, len(part)) for part in parts]))


def reference_numeric(reading: Reading, tokens: Tokens, function: NDArray[np.bool_], counted: float) -> list[float]:
    """The numeric features, in the order of `NAMES`: what `_numeric` must give, for tests."""
    real = reading.origin >= 0
    uses = np.array([(reading.words == word).sum() for word in reading.words], np.int64)
    n, origin = max(1, int(real.sum())), reading.origin[real]
    words, surprise, frequency = reading.words[real], reading.surprise[real], reading.frequency[real]
    number, name, function = words == NUMBER, reading.capital[real] > NAME_SHARE, function[real]
    content = ~function & ~number & ~name
    known = frequency >= COMMON_PAIR
    pairs = known[1:] & known[:-1] & (np.diff(np.flatnonzero(real)) == 1)
    expected = reading.frequency[:-1].astype(np.float64) * reading.frequency[1:] / counted
    adjacent = (reading.origin[1:] >= 0) & (reading.origin[:-1] >= 0)
    common = reading.frequency > VERY_FREQUENT * counted
    unmet = adjacent & (reading.pair[1:] == 0)
    clash = np.log10((1 + expected) / (1 + reading.pair[1:])) - TOLERATED
    unseen = pairs & (reading.pair[real][1:] == 0)
    letters = (tokens.ends[origin].astype(np.int64) - tokens.starts[origin])[~number]
    sentence = np.searchsorted(tokens.sentences, origin, "right") - 1
    lengths = np.bincount(sentence)[np.bincount(sentence) > 0] if len(sentence) else np.ones(1, np.int64)
    lengths = lengths[:-1] if len(lengths) > 1 else lengths
    means = _by_sentence(surprise, sentence) if len(sentence) else np.zeros(1)
    rarer = np.where(reading.frequency[1:] < reading.frequency[:-1], uses[1:], uses[:-1])
    share = reading.frequency.astype(np.float64) / counted
    middling = real & (reading.words != NUMBER) & (reading.capital <= NAME_SHARE)
    middling &= (share >= _MIDDLING_SHARE[0]) & (share < _MIDDLING_SHARE[1])
    met = (reading.pair > 0) | np.append(reading.pair[1:] > 0, False)
    log_frequency = np.log10(np.maximum(frequency[content], 1.0))
    return [
        float((reading.gain > GAINED).sum()) / n,
        float(np.sqrt((reading.gain.astype(np.float64) ** 3 / uses).sum() / n)),
        float(np.sqrt((np.log10(1 + expected[unmet]) / rarer[unmet]).sum() / n)),
        float(np.maximum(clash[adjacent & common[1:] & common[:-1]], 0.0).sum()) / n,
        float((adjacent & (reading.words[1:] == reading.words[:-1]) & (reading.words[1:] != NUMBER)).sum()) / n,
        float(unseen.sum()) / max(1, int(pairs.sum())),
        float(surprise.sum()) / n,
        _spread(surprise),
        float(surprise[content].sum()) / max(1, int(content.sum())),
        _spread(means),
        float((reading.triple > 0).sum()) / n,
        float(function.sum()) / n,
        float(letters.sum()) / max(1, len(letters)),
        float((letters >= LONG).sum()) / max(1, len(letters)),
        _share_of_types(words),
        float(np.log(lengths.mean())),
        _spread(lengths) / float(lengths.mean()),
        float((~real).sum()) / n,
        float(name.sum()) / n,
        float(number.sum()) / n,
        float((frequency == 0).sum()) / n,
        float((content & (frequency < RARE)).sum()) / n,
        float(log_frequency.mean()) if len(log_frequency) else 0.0,
        _spread(log_frequency),
        float(1 - len(np.unique(words[content])) / max(1, int(content.sum()))),
        float((middling & ~met).sum()) / max(1, int(middling.sum())),
    ]
