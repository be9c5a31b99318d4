"""The steps of an archive in Parquet, from tables of Arrow to tables of Arrow: what an index does for one article.

The keys of an article and the candidates among those that share them are those of an index (`pipeline.indexes`,
`index.select`) with the same weights; here the posting lists of an archive are rows, which a join brings together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup.candidates.bands import NO_KEY
from dedup.candidates.join import Stage
from dedup.compiled.arrays import I64, U8, U32
from dedup.config import Config
from dedup.engines.arrow import FIELDS, article_columns, articles, batch, columns_of, from_matrix, matrix, ragged, texts
from dedup.engines.result_steps import dates_of, packed_rows, side_of
from dedup.engines.steps import LONG, WORDS, Told, learnt_of
from dedup.index.layout import Found, full_slots, shared_slots
from dedup.index.select import Met, chosen, meets
from dedup.pipeline.archive import ASKED, MARK, renamed
from dedup.pipeline.indexes import IndexStages
from dedup.records import Article
from dedup.results import PackedMatch, pack_match
from dedup.sketch import digests
from dedup.text import hash_bytes

COLUMN_SHIFT = 32  # a posting: the column of the key above, the key below
KEYED = pa.schema({"id": WORDS, "keys": pa.binary(), "digest": pa.binary()})
DATED = pa.schema(dict.fromkeys(FIELDS, WORDS))
POST = pa.schema({"post": LONG, "number": LONG})
ASKS = pa.schema({"post": LONG, "asker": WORDS})
LISTS = pa.schema({"post": LONG, "numbers": pa.binary()})
MET = pa.schema({"asker": WORDS, "number": LONG, "exact": LONG, "often": LONG, "banded": LONG})
CHOSEN = pa.schema({"asker": WORDS, "number": LONG, "stage": pa.int32()})
PLACES = ("exact", "often", "banded")  # of a number among those that an article meets so


class Frozen(NamedTuple):
    """What an archive was made with, small enough to travel with the work: a megabyte, as an index stores it."""

    weights: bytes
    config: Config


@lru_cache(maxsize=2)
def stages_of(frozen: Frozen) -> IndexStages:
    """Return the stages of an index with the archive's weights; made once in a process."""
    return IndexStages.stored(frozen.config, frozen.weights)


def frozen_weights(told: Told, config: Config) -> IndexStages:
    """Return the stages of an index with what was learnt from all articles."""
    learnt = learnt_of(told)
    return IndexStages(config, learnt.frequencies.feature_classes, learnt.repeated)


def key(rows: pa.RecordBatch, frozen: Frozen) -> pa.RecordBatch:
    """id, text -> the keys that an index has of them, and the digest."""
    words, offsets = hash_bytes(*texts(rows.column("text")))
    keys = stages_of(frozen).keys_of(words, offsets)
    whole = from_matrix(digests(words, offsets).astype(">u8"))
    return batch(KEYED, id=rows.column("id"), keys=from_matrix(keys), digest=whole)


def dated(rows: pa.RecordBatch, told: Told) -> pa.RecordBatch:
    """Articles -> the same, their dates as what does not depend on other dates."""
    found = articles(rows, dates_of(told))
    return batch(DATED, **article_columns(found))


def post(rows: pa.RecordBatch) -> pa.RecordBatch:
    """number, keys -> a row for each key."""
    at, posts = _posts(matrix(rows.column("keys"), np.uint32))
    return batch(POST, post=posts, number=rows.column("number").to_numpy()[at])


def ask(rows: pa.RecordBatch) -> pa.RecordBatch:
    """id, keys -> a row for each key."""
    at, posts = _posts(matrix(rows.column("keys"), np.uint32))
    return batch(ASKS, post=posts, asker=rows.column("id").take(pa.array(at)))


def _posts(keys: U32) -> tuple[I64, I64]:
    at, columns = np.nonzero(keys != NO_KEY)
    return at, columns.astype(np.int64) << COLUMN_SHIFT | keys[at, columns].astype(np.int64)


def lists(rows: pa.Table, window: int) -> pa.Table:
    """All postings of some keys -> their lists, of long ones the oldest and the newest, which is all that is met."""
    posts, numbers = rows.column("post").to_numpy(), rows.column("number").to_numpy()
    order = np.lexsort((numbers, posts))
    posts, numbers = posts[order], numbers[order]
    starts = np.flatnonzero(np.diff(posts, prepend=posts[:1] - 1)) if len(posts) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, len(posts)))
    place, size = np.arange(len(posts)) - np.repeat(starts, sizes), np.repeat(sizes, sizes)
    kept = (place < window) | (place >= size - window)
    bounds = np.insert(np.cumsum(np.minimum(sizes, 2 * window)), 0, 0)
    return pa.table({"post": posts[starts], "numbers": ragged(numbers[kept], bounds)}, LISTS)


def meet(rows: pa.Table, own: pa.Table, frozen: Frozen) -> pa.Table:
    """The lists of all keys of some articles, and the keys of these -> whom each meets."""
    stages = stages_of(frozen)
    keys = dict(zip(own.column("id").to_pylist(), matrix(own.column("keys"), np.uint32), strict=True))
    found: dict[str, list[tuple[int, I64]]] = {}
    for asker, posted, numbers in zip(*(rows.column(name).to_pylist() for name in ("asker", "post", "numbers")),
                                      strict=True):  # fmt: skip
        found.setdefault(asker, []).append((posted >> COLUMN_SHIFT, np.frombuffer(numbers, np.int64)))
    made: list[tuple[Any, ...]] = []
    for asker, columns in found.items():
        met = meets(keys[asker], _found(columns, len(stages.columns), stages.rule.window), stages.columns, stages.rule)
        places = [{number: place for place, number in enumerate(some)} for some in (met.exact, met.often, met.banded)]
        made += [(asker, number, *(place.get(number) for place in places))
                 for number in dict.fromkeys((*met.exact, *met.often, *met.banded))]  # fmt: skip
    return pa.Table.from_batches([batch(MET, **columns_of(MET.names, made))])


def _found(columns: Iterable[tuple[int, I64]], count: int, window: int) -> Found:
    """Return the lists of an article's keys as a search of an index gives them; parts of one list are of one column."""
    found, parts = Found.nothing(count, window), dict[int, list[I64]]()
    for column, numbers in columns:
        parts.setdefault(column, []).append(numbers)
    for column, some in parts.items():
        numbers = np.sort(np.concatenate(some))
        seen = np.concatenate([numbers[:window], numbers[window:][::-1][:window]])
        found.numbers[column, : len(seen)] = seen
        found.counts[column] = len(seen)
    return found


class _Holder:
    """The rows of the articles that are met (`index.select.Holder`)."""

    def __init__(self, keys: dict[int, U32], stages: IndexStages) -> None:
        self._keys, self._columns = keys, stages.columns

    def digest(self, number: int) -> int:
        return int(self._keys[number][self._columns.digest])

    def full(self, number: int) -> int:
        return int(full_slots(self._keys[number][None], self._columns)[0])

    def shared(self, number: int, keys: U32) -> U8:
        return shared_slots(keys[: self._columns.slots], self._keys[number][: self._columns.slots])


def choose(rows: pa.Table, own: pa.Table, frozen: Frozen) -> pa.Table:
    """Whom some articles meet, with their keys and digests, and those of the articles -> the candidates."""
    stages = stages_of(frozen)
    asked = dict(zip(own.column("id").to_pylist(),
                     zip(matrix(own.column("keys"), np.uint32), own.column("digest").to_pylist(), strict=True),
                     strict=True))  # fmt: skip
    met: dict[str, list[int]] = {}
    for at, asker in enumerate(rows.column("asker").to_pylist()):
        met.setdefault(asker, []).append(at)
    numbers, keys = rows.column("number").to_pylist(), matrix(rows.column("keys"), np.uint32)
    places, whole = [rows.column(name).to_pylist() for name in PLACES], rows.column("digest").to_pylist()
    made: list[tuple[Any, ...]] = []
    for asker, some in met.items():
        own_keys, digest = asked[asker]
        holder = _Holder({numbers[at]: keys[at] for at in some}, stages)
        sorted_ = [[numbers[at] for at in sorted((at for at in some if place[at] is not None), key=place.__getitem__)]
                   for place in places]  # fmt: skip
        who = Met(tuple(sorted_[0]), sorted_[1], sorted_[2], 0)
        selected = chosen(own_keys, who, stages.rarity(own_keys), stages.columns, stages.rule, holder)
        of = {numbers[at]: whole[at] for at in some}
        same = [number for number in selected.exact if of[number] == digest][:1]
        made += [(asker, number, int(Stage.EXACT)) for number in same]
        made += [(asker, one.number, int(one.stage)) for one in (*selected.near, *selected.rewrites)]
    return pa.Table.from_batches([batch(CHOSEN, **columns_of(CHOSEN.names, made))])


def verify(batches: Iterable[pa.RecordBatch], frozen: Frozen, told: Told) -> Iterator[pa.RecordBatch]:
    """Articles with candidates of an archive -> packed matches, the side of the archive marked."""
    stages = stages_of(frozen)
    for rows in batches:
        new, old = (side_of(rows, name, told) for name in ("a", "b"))
        ready = {one.id: stages.prepare(replace(one, id=ASKED)) for one in new}
        packed, named = list[PackedMatch](), dict[str, Article]()
        for one, other, stage, taken in zip(new, old, rows.column("stage").to_pylist(),
                                            rows.column("taken").to_pylist(), strict=True):  # fmt: skip
            left, right = ready[one.id], stages.prepare(other)
            if stage == Stage.NEAR and not stages.resemble(left, right):
                continue
            if (match := stages.verify(left, right)) is not None:
                name = f"{other.id}{MARK}" if taken else other.id
                packed.append(pack_match(renamed(match, one.id, (other.id,) if taken else ())))
                named |= {one.id: one, name: replace(other, id=name)}
        yield packed_rows(packed, named)
