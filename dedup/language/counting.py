"""Count a pile of news into a background: words, pairs and triples, pruned so that no text can be read back.

Public: `Counter` (add articles, then `finish`), `build_background`.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable
from enum import auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import I64, U8, U64
from dedup.compiled.hashing import mixed, pair_key
from dedup.language.background import BREAK, DISCOUNT, Background, PairColumn, Tables, Total, WordColumn, normalised
from dedup.language.tables import COUNTS, build_table, encode_counts
from dedup.models import Columns
from dedup.records import Flag, Tokens

LEAST_DOCUMENTS = 2  # a word in a single article says nothing about news
LEAST_PAIRS = 2  # an unseen pair must be rare indeed to count against a text
LEAST_TRIPLES = 5  # most rarer ones are chance, and take most of the space
LEAST_SPELLED = 8  # articles; only words as common as this are stored as text
SPELLINGS = 30  # uses of a word that are looked at for how it is written
CHUNK_WORDS = 8_000_000  # words counted at a time: some 600 MB of keys
MOST_KEYS = 40_000_000  # distinct pairs or triples held; beyond it those seen once are forgotten


class _Sum(Columns):
    """What is summed of each word; of pairs and triples only their uses."""

    USES = auto()
    DOCUMENTS = auto()
    LOWER = auto()  # uses inside sentences: in lower case,
    CAPITAL = auto()  # capitalised,
    UPPER = auto()  # all in capitals


_CASES = np.array([_Sum.LOWER, _Sum.CAPITAL, _Sum.UPPER])


class _Tally:
    """Sums of columns by key, sorted by key; `context` is the key of what comes before the last word."""

    def __init__(self, columns: int) -> None:
        self.keys: U64 = np.empty(0, np.uint64)
        self.context: U64 = np.empty(0, np.uint64)
        self.sums: I64 = np.empty((0, columns), np.int64)

    def add(self, keys: U64, columns: list[NDArray[Any]], context: U64 | None = None) -> None:
        """Add one row of numbers for each key; keys may repeat."""
        context = np.concatenate([self.context, keys if context is None else context])
        keys = np.concatenate([self.keys, keys])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        rows = [np.concatenate([self.sums[:, i], column])[order] for i, column in enumerate(columns)]
        self.sums = np.stack([np.add.reduceat(row, first) for row in rows], axis=1)
        self.keys, self.context = keys[first], context[order][first]
        if len(self.keys) > MOST_KEYS:
            self.keep(self.uses > 1)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Forget every other key."""
        self.keys, self.context, self.sums = self.keys[mask], self.context[mask], self.sums[mask]

    @property
    def uses(self) -> I64:
        """How often each key was added."""
        return self.sums[:, _Sum.USES if self.sums.shape[1] > 1 else 0]


class Counter:
    """Counts of the articles added so far; `finish` gives the background and may be called at any time."""

    def __init__(self) -> None:
        self.documents = 0
        self.tokens = 0
        self._pending: list[tuple[U64, I64, Tokens]] = []
        self._pending_words = 0
        self._words = _Tally(len(_Sum))
        self._pairs, self._triples = _Tally(1), _Tally(1)
        self._spelled: dict[int, Counts[str]] = {}

    def add(self, tokens: Tokens) -> None:
        """Count one article."""
        words, origin = normalised(tokens)
        self.documents += 1
        self._pending.append((words, origin, tokens))
        self._pending_words += len(words)
        if self._pending_words >= CHUNK_WORDS:
            self._flush()

    def _flush(self) -> None:
        if not self._pending:
            return
        words = np.concatenate([w for w, _, _ in self._pending])
        article = np.repeat(np.arange(len(self._pending)), [len(w) for w, _, _ in self._pending])
        flags = np.concatenate([np.where(o < 0, 0, t.flags[o]) if len(t) else t.flags for _, o, t in self._pending])
        self._count_words(words, article, flags)
        self._count_runs(words)
        self._spell()
        self._pending, self._pending_words = [], 0

    def _count_words(self, words: U64, article: I64, flags: NDArray[np.uint8]) -> None:
        real = words != BREAK
        self.tokens += int(real.sum())
        per_article = pair_key(words, article.astype(np.uint64))
        once = np.zeros(len(words), np.int64)
        once[np.unique(per_article, return_index=True)[1]] = 1
        inside = np.concatenate([[False], real[:-1]])
        upper, capital = flags & int(Flag.UPPER) != 0, flags & int(Flag.CAPITAL) != 0
        columns = {
            _Sum.USES: np.ones(len(words), np.int64),
            _Sum.DOCUMENTS: once,
            _Sum.LOWER: inside & ~capital & ~upper,
            _Sum.CAPITAL: inside & capital & ~upper,
            _Sum.UPPER: inside & upper,
        }
        self._words.add(words, [columns[column].astype(np.int64) for column in _Sum])

    def _count_runs(self, words: U64) -> None:
        ones = np.ones(len(words), np.int64)
        pairs = pair_key(words[:-1], words[1:])
        held = words[1:] != BREAK
        self._pairs.add(pairs[held], [ones[1:][held]], words[:-1][held])
        held = held[1:] & (words[1:-1] != BREAK)
        triples = pair_key(pairs[:-1], words[2:])
        self._triples.add(triples[held], [ones[2:][held]], pairs[:-1][held])

    def _spell(self) -> None:
        """Note how the words that became frequent in this chunk are written, from their first uses in it."""
        common = self._words.keys[self._words.sums[:, _Sum.DOCUMENTS] >= LEAST_SPELLED]
        wanted = np.setdiff1d(common, np.fromiter(self._spelled, np.uint64, len(self._spelled)))
        hashes = np.concatenate([tokens.hashes for _, _, tokens in self._pending])
        flags = np.concatenate([tokens.flags for _, _, tokens in self._pending])
        bounds = np.cumsum([0, *(len(tokens) for _, _, tokens in self._pending)])
        order = np.argsort(hashes, kind="stable")
        rank = np.arange(len(order)) - np.searchsorted(hashes[order], hashes[order])
        places = np.sort(order[rank < SPELLINGS])
        places = places[np.isin(hashes[places], wanted) & (flags[places] & int(Flag.DIGIT) == 0)]
        for place, article in zip(
            places.tolist(), (np.searchsorted(bounds, places, "right") - 1).tolist(), strict=True
        ):
            tokens = self._pending[article][2]
            written = tokens.word(place - int(bounds[article]))
            self._spelled.setdefault(int(hashes[place]), Counts())[written] += 1

    def finish(self, **provenance: Any) -> Background:
        """Return the background of all articles so far; `provenance` goes into its header."""
        self._flush()
        words, pairs, triples = self._words, self._pairs, self._triples
        kept_words, kept_pairs = words.sums[:, _Sum.DOCUMENTS] >= LEAST_DOCUMENTS, pairs.uses >= LEAST_PAIRS
        kept_triples = triples.uses >= LEAST_TRIPLES
        totals = {Total.WORDS: self.tokens, Total.UNKNOWN: self._unknown(kept_words)}
        tables = Tables(
            build_table(mixed(words.keys[kept_words]), self._word_columns(kept_words, kept_pairs)),
            build_table(pairs.keys[kept_pairs], self._pair_columns(kept_pairs, kept_triples)),
            build_table(triples.keys[kept_triples], encode_counts(triples.sums[kept_triples])),
            np.array([[totals[column] for column in Total]], np.float64),
            COUNTS,
        )
        header = {
            "documents": self.documents, "tokens": self.tokens, "words": int(kept_words.sum()),
            "pairs": int(kept_pairs.sum()), "triples": int(kept_triples.sum()), "least_documents": LEAST_DOCUMENTS,
            "least_pairs": LEAST_PAIRS, "least_triples": LEAST_TRIPLES, "discount": DISCOUNT, **provenance,
        }  # fmt: skip
        return Background(tables, (header,), (self._spellings(kept_words),))

    def _unknown(self, kept: NDArray[np.bool_]) -> float:
        known = kept & (self._words.keys != BREAK)
        return 1.0 - float((self._words.uses[known] - DISCOUNT).sum()) / max(1, self.tokens)

    def _word_columns(self, kept: NDArray[np.bool_], kept_pairs: NDArray[np.bool_]) -> U8:
        sums = self._words.sums[kept]
        inside, capitals = sums[:, _CASES].sum(axis=1), sums[:, _Sum.CAPITAL] + sums[:, _Sum.UPPER]
        columns = {
            WordColumn.COUNT: encode_counts(sums[:, _Sum.USES]),
            WordColumn.DOCUMENTS: encode_counts(sums[:, _Sum.DOCUMENTS]),
            WordColumn.CAPITAL: np.round(255 * capitals / np.maximum(inside, 1)),
            WordColumn.REST: _rest(self._words.keys[kept], sums[:, _Sum.USES], self._pairs, kept_pairs),
        }
        return np.stack([columns[column].astype(np.uint8) for column in sorted(WordColumn)], axis=1)

    def _pair_columns(self, kept: NDArray[np.bool_], kept_triples: NDArray[np.bool_]) -> U8:
        counts = self._pairs.uses[kept]
        rest = _rest(self._pairs.keys[kept], counts, self._triples, kept_triples)
        columns = {PairColumn.COUNT: encode_counts(counts), PairColumn.REST: rest}
        return np.stack([columns[column] for column in sorted(PairColumn)], axis=1)

    def _spellings(self, kept: NDArray[np.bool_]) -> tuple[U64, bytes]:
        """Frequent words as they are mostly written: the commonest form of the commonest case."""
        common = (self._words.sums[:, _Sum.DOCUMENTS] >= LEAST_SPELLED) & kept
        hashes, spelled = [], []
        for word, uses in zip(self._words.keys[common].tolist(), self._words.sums[common].tolist(), strict=True):
            forms = self._spelled.get(word)
            if forms:
                hashes.append(word)
                spelled.append(max(forms, key=lambda f: (uses[_case(f)], forms[f], f)))
        return np.array(hashes, np.uint64), "\n".join(spelled).encode()


def _case(written: str) -> _Sum:
    return _Sum.LOWER if written.islower() else _Sum.UPPER if written.isupper() and len(written) > 1 else _Sum.CAPITAL


def _rest(contexts: U64, counts: I64, longer: _Tally, kept: NDArray[np.bool_]) -> U8:
    """Probability, in 255ths, that each sorted context leaves to words that are not stored after it."""
    at = np.searchsorted(contexts, longer.context[kept])
    at = np.minimum(at, max(0, len(contexts) - 1))
    mass = longer.uses[kept] - DISCOUNT
    found = contexts[at] == longer.context[kept] if len(contexts) else np.zeros(len(at), np.bool_)
    used = np.bincount(at[found], mass[found], len(contexts))
    return np.clip(np.ceil(255 * (1 - used / np.maximum(counts, 1))), 1, 255).astype(np.uint8)


def build_background(articles: Iterable[Tokens], **provenance: Any) -> Background:
    """Return the background of tokenised articles; `provenance` (source, licence, …) goes into its header."""
    counter = Counter()
    for tokens in articles:
        counter.add(tokens)
    return counter.finish(**provenance)
