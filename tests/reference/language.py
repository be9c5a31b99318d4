"""The language model by single look-ups of a background: the definition of `log_probability`."""

import numpy as np

from dedup.compiled.hashing import join, mix
from dedup.language.background import BREAK, DISCOUNT, Background, PairColumn, WordColumn
from dedup.language.language_model import VOCABULARY
from dedup.language.sorted_keys import TOP_BITS
from dedup.language.tables import Table, find


def log_probability(background: Background, before: int, last: int, word: int) -> float:
    """Return log10 of the probability of a word after two others, from a background with a single layer."""
    tables = background.tables

    def rest(table: Table, key: int, column: int) -> float:
        at = int(find(table, np.int64(0), np.uint64(key)))
        return float(table.columns[at, column]) / 255 if at >= 0 else 1.0

    counted, unknown = tables.totals[0]
    p = (max(float(background.count1(word)[0]) - DISCOUNT, 0.0) + counted * unknown / VOCABULARY) / max(counted, 1.0)
    if context := float(background.count1(last)[0]):
        seen = max(float(background.count2(last, word)[0]) - DISCOUNT, 0.0)
        p = min(1.0, seen / context + rest(tables.words, int(mix(np.uint64(last))), WordColumn.REST) * p)
    context = float(background.count2(before, last)[0])
    if last != int(BREAK) and context:
        seen = max(float(background.count3(before, last, word)[0]) - DISCOUNT, 0.0)
        key = int(join(np.uint64(before), np.uint64(last)))
        p = min(1.0, seen / context + rest(tables.pairs, key, PairColumn.REST) * p)
    return float(np.log10(p))


def row_of(starts: np.ndarray, keys: np.ndarray, wanted: int) -> int:
    """Return the row of a hash among the sorted keys, which are whole hashes or their upper halves; or -1."""
    first, last = starts[wanted >> (64 - TOP_BITS)], starts[(wanted >> (64 - TOP_BITS)) + 1]
    key = wanted >> (64 - 8 * keys.itemsize)
    return next((row for row in range(int(first), int(last)) if int(keys[row]) == key), -1)
