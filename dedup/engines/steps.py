"""The stages as functions from tables of Arrow to tables of Arrow: what an engine for many machines sends its workers.

Nothing here knows Spark, and nothing here is an algorithm: columns become arrays, a stage is called, arrays become
columns. A step over a batch takes any rows; one over a table takes all rows of some keys. Tests run them by themselves.
"""

from __future__ import annotations

import gc
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from dedup.candidates import keyed
from dedup.candidates.join import CandidateConfig
from dedup.checks import unfit
from dedup.compiled.arrays import I64, U32, U64
from dedup.engines.arrow import (
    FIELDS,
    MOST_BUNDLED,
    article_columns,
    batch,
    bucket_of,
    bundled,
    from_matrix,
    loose,
    matrix,
    pieces,
    ragged,
    signed,
    sorting,
    texts,
)
from dedup.language.frequencies import CorpusCounts, CorpusSample, Frequencies, article_keys
from dedup.pipeline.intake import Naming, repeated
from dedup.pipeline.signatures import Learnt
from dedup.pipeline.stages import sketch_texts
from dedup.pipeline.verifier import body_span
from dedup.read import ReadOptions, Session
from dedup.read.dates import DateOrder, host_of
from dedup.read.files import Found
from dedup.read.lines import Rows
from dedup.read.reader import read_file
from dedup.records import Article, Skipped
from dedup.sketch import weighted_signatures
from dedup.text import hash_bytes
from dedup.text.boilerplate import hash_lines, repeated_lines, source_keys

Reading = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]  # makes articles of batches of rows
Made = TypeVar("Made")
NOTHING = (None,)
LINES, LONG, WORDS, BINARY = pa.list_(pa.int64()), pa.int64(), pa.string(), pa.binary()

ARTICLE = pa.schema(
    {
        **dict.fromkeys(FIELDS, WORDS),
        "place": WORDS,
        "line": LONG,
        "at": LONG,
        "reason": WORDS,
        "again": WORDS,
        "old": pa.bool_(),
    }
)
VOTING = ("published", "source", "url")
VOTES = pa.schema({"site": WORDS, "first": pa.bool_()})
SKETCH = pa.schema({"digest": BINARY, "shingles": BINARY, "bag": LONG, "lines": LINES, "bodies": BINARY,
                    "site": LONG, "begin": LONG, "end": LONG})  # fmt: skip
READ = pa.schema([*ARTICLE, *SKETCH])
SAMPLE = pa.schema({"documents": LONG, "cells": BINARY})
KEYS = pa.schema({"line": LONG})
LINED = pa.schema({"bucket": LONG, "line": BINARY, "body": BINARY, "size": BINARY})
WEIGHTED = pa.schema({"id": WORDS, "weighted": BINARY})
# Many rows of a few bytes are bundled: a row for each bucket of keys, with the values of its rows in binaries.
POSTED = pa.schema({"bucket": LONG, "post": BINARY})
EDGE = pa.schema({"left": LONG, "right": LONG})
NEAR = pa.schema({"left": LONG, "right": LONG, "resemblance": pa.float32(), "crowded": LONG, "stopped": LONG})
MEETING = pa.schema({"bucket": LONG, "left": BINARY, "met": BINARY, "right": BINARY, "long": LONG, "hot": LONG})
OFTEN = pa.schema({"bucket": LONG, "left": BINARY, "right": BINARY})
FETCHED = pa.schema({"bucket": LONG, "left": BINARY, "right": BINARY, "weighted": BINARY})
BEST = pa.schema({"left": LONG, "right": LONG, "overflow": LONG})
PAIR = pa.schema({"left": WORDS, "right": WORDS, "stage": pa.int32(), "resemblance": pa.float32(), "capped": LONG})


class Told(NamedTuple):
    """What workers are told: what was learnt from all articles, small enough to travel with the work."""

    documents: int = 0
    cells: bytes = b""  # counts of features in the sample, compressed
    lines: bytes = b""  # keys of the lines that sources repeat
    votes: tuple[tuple[str, bool], ...] = ()  # sites, and whether their dates begin with the day


@lru_cache(maxsize=2)
def learnt_of(told: Told) -> Learnt:
    """Return what was learnt as the stages take it; made once in a process."""
    if not told.cells:
        return Learnt(Frequencies.shipped(), np.frombuffer(told.lines, np.uint64))
    cells = np.frombuffer(zlib.decompress(told.cells), np.uint32)
    return Learnt(Frequencies.shipped().blended(CorpusCounts(told.documents, cells)),
                  np.frombuffer(told.lines, np.uint64))  # fmt: skip


def loaded(schema: pa.Schema, made: Made) -> Made:
    """Return what a step has made; what was loaded for it is left out of the collections of garbage from now on.

    Spark ends each of some hundred tasks of a worker with one, which takes 60 ms for this package and its libraries.
    """
    _leave_out(schema)
    return made


@cache
def _leave_out(_: pa.Schema) -> None:
    """Do so once for each step, told by what it makes: what comes later may be garbage."""
    gc.freeze()


def sketched(batches: Iterable[pa.RecordBatch], source: Reading, full: bool) -> Iterator[pa.RecordBatch]:
    """What a source makes of its rows, articles -> the same with their sketches, while the texts are here."""
    for rows in source(batches):
        if rows.num_rows:
            yield pa.RecordBatch.from_arrays([*rows.columns, *sketch(rows, full).columns], schema=READ)


def intake(batches: Iterable[pa.RecordBatch], place: str, old: bool) -> Iterator[pa.RecordBatch]:
    """Rows of a user's table -> articles, or the reason why a row is none."""
    for rows in batches:
        yield _taken(rows, place, old)


def _taken(rows: pa.RecordBatch, place: str, old: bool) -> pa.RecordBatch:
    names = [name for name in FIELDS if name in rows.schema.names]
    columns = {name: rows.column(name).to_pylist() for name in names}
    strings = {"published": columns.pop("published")} if _is_text(rows, "published") else {}
    records = [Article(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]
    reasons = [unfit(record) for record in records]
    usable = [record if reason is None else Article("", "") for record, reason in zip(records, reasons, strict=True)]
    made = article_columns(usable) | strings
    return batch(ARTICLE, **made, place=[place] * len(records), reason=reasons, old=[old] * len(records))


def _is_text(rows: pa.RecordBatch, name: str) -> bool:
    return name in rows.schema.names and pa.types.is_string(rows.schema.field(name).type)


def read_files(batches: Iterable[pa.RecordBatch], options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """at, path, name, old, reason of files -> their articles, and the reasons why some of their inputs are none."""
    for rows in batches:
        for file in rows.to_pylist():
            at = file["at"] << 32
            if file["reason"] is not None:
                yield batch(ARTICLE, place=[file["name"]], reason=[file["reason"]], old=[file["old"]])
                continue
            for _, place, piece in read_file(Found(file["path"], file["name"]), options, sys.stdin.buffer, Session()):
                made = _of_rows(piece) if isinstance(piece, Rows) else _of_one(*piece)
                count = len(made["id"])
                known = {"place": [place] * count, "at": np.full(count, at), "old": [file["old"]] * count}
                yield batch(ARTICLE, **{**known, **made})
                at += 1


def _of_rows(rows: Rows) -> Mapping[str, Sequence[Any]]:
    """Return the columns of a chunk of JSON lines; dates as they stand there, until all are known."""
    columns: dict[str, list[Any]] = {"id": rows.ids, "line": rows.lines.tolist(), "reason": [None] * len(rows)}
    columns |= {name: [value or None for value in getattr(rows, name).strings()] for name in FIELDS[1:]}
    refused = [{"line": one.line, "reason": one.reason} for one in rows.skipped]
    return {name: [*values, *(one.get(name) for one in refused)] for name, values in columns.items()}


def _of_one(line: int | None, item: Article | Skipped) -> Mapping[str, Sequence[Any]]:
    if isinstance(item, Skipped):
        return dict.fromkeys(FIELDS, NOTHING) | {"place": [item.source], "line": [item.line], "reason": [item.reason]}
    return article_columns([item]) | {"line": [line], "reason": [None]}


def settle(rows: pa.Table) -> pa.Table:
    """All articles whose ids differ in a number behind "#" only, or not -> the same with ids of their own."""
    order = rows.sort_by([(name, "ascending") for name in ("old", "at", "line", "text")])
    columns = [order.column(name).to_pylist() for name in ("id", "text", "old")]
    taken: dict[str, tuple[str, bool]] = {}
    naming, names, before = Naming(taken), list[str | None](), False
    for id_, text, old in zip(*columns, strict=True):
        if old and not before:
            naming.begin_archive()
            before = True
        name = naming.name(id_, partial(str, text), partial(_of_side, taken, id_, old))
        names.append(name)
        if name:
            taken[name] = text, old
    reasons = [None if name else repeated(id_) for name, id_ in zip(names, columns[0], strict=True)]
    again = [None if name or old else id_ for name, id_, old in zip(names, columns[0], columns[2], strict=True)]
    made = {name: order.column(name) for name in READ.names}
    changed = {"id": names, "reason": reasons, "again": again}
    return pa.table(made | {name: pa.array(column, WORDS) for name, column in changed.items()}, READ)


def _of_side(taken: dict[str, tuple[str, bool]], id_: str, old: bool) -> str | None:
    text, side = taken[id_]
    return text if side == old else None


def votes(rows: pa.RecordBatch) -> pa.RecordBatch:
    """published, source, url -> what the dates tell of the order of day and month."""
    order = DateOrder()
    for found, source, url in zip(*(rows.column(name).to_pylist() for name in VOTING), strict=True):
        order.learn(found, source or host_of(url))
    return batch(VOTES, site=[site for site, _ in order.votes], first=[first for _, first in order.votes])


def sketch(rows: pa.RecordBatch, full: bool) -> pa.RecordBatch:
    """text, source -> digests and signatures, and at level full what is learnt from."""
    sources = rows.column("source").to_pylist()
    made = sketch_texts(*texts(rows.column("text")), sources, full)
    lines, bodies, sites = None, None, None
    if made.tokens is not None:
        keys = source_keys(sources, len(sources))
        hashed, bounds, body = hash_lines(made.tokens, keys)
        known = [source is not None for source in sources]
        parts = np.split(hashed.view(np.int64), bounds[1:-1])
        lines = [part if is_known else None for part, is_known in zip(parts, known, strict=True)]
        bodies, sites = from_matrix(body), pa.array(keys.view(np.int64), mask=~np.array(known, bool))
    bags = signed(article_keys(made.words, made.offsets))
    empty = np.diff(made.offsets) == 0
    begins, ends = zip(*(body_span(text or "") for text in rows.column("text").to_pylist()), strict=True)
    return batch(SKETCH, digest=from_matrix(made.digests.astype(">u8")),
                 shingles=from_matrix(made.shingles), bag=pa.array(bags, mask=empty), lines=lines, bodies=bodies,
                 site=sites, begin=begins, end=ends)  # fmt: skip


def sample(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Texts of the sample, all of them -> the counts of their features."""
    kept = CorpusSample()
    for rows in batches:
        kept.add(*hash_bytes(*texts(rows.column("text"))))
    counts = kept.counts()
    yield batch(SAMPLE, documents=[counts.documents], cells=[zlib.compress(counts.cells.tobytes(), 1)])


def line_keys(rows: pa.RecordBatch, buckets: int) -> pa.RecordBatch:
    """lines, bodies, size of the source -> the key of each line with the two others, bundled by keys."""
    lines = rows.column("lines")
    keys, of = lines.flatten().to_numpy(), lines.value_parent_indices().to_numpy()
    bodies, sizes = matrix(rows.column("bodies"), np.uint32), rows.column("size").to_numpy()
    return batch(LINED, **bundled(bucket_of(keys, buckets), line=keys, body=bodies[of], size=sizes[of]))


def repeat(rows: pa.Table) -> pa.Table:
    """All lines of some keys, with the body of their article and the size of their source -> those that come back."""
    keys = loose(rows.column("line"), np.uint64)
    bodies = loose(rows.column("body"), np.uint32).reshape(len(keys), -1)
    found = repeated_lines(keys, np.arange(len(keys), dtype=np.uint32), bodies, loose(rows.column("size")))
    return pa.table({"line": found.view(np.int64)}, KEYS)


def told(sample: Sequence[Mapping[str, Any]], lines: pa.Table, votes: Iterable[tuple[str, bool]]) -> Told:
    """All rows of `sample`, `repeat` and `votes` -> what workers are told."""
    keys = np.sort(lines.column("line").to_numpy().view(np.uint64)).tobytes()
    counted: Mapping[str, Any] = sample[0] if sample else {"documents": 0, "cells": b""}
    return Told(counted["documents"], counted["cells"], keys, tuple(sorted(votes)))


def weigh(rows: pa.RecordBatch, told: Told) -> pa.RecordBatch:
    """id, text -> the signature of rare words."""
    words, offsets = hash_bytes(*texts(rows.column("text")))
    classes = learnt_of(told).frequencies.feature_classes
    return batch(WEIGHTED, id=rows.column("id"), weighted=from_matrix(weighted_signatures(words, offsets, classes)))


def bands(rows: pa.RecordBatch, config: CandidateConfig, bits: int, buckets: int) -> pa.RecordBatch:
    """rank, shingles -> a post of each band, bundled by keys."""
    shingles, ranks = matrix(rows.column("shingles"), np.uint32), rows.column("rank").to_numpy()
    return _posted(*keyed.band_posts(shingles, ranks, config, bits, buckets))


def _posted(of: I64, posts: U64) -> pa.RecordBatch:
    return batch(POSTED, **bundled(of, post=posts))


def share(rows: pa.Table, bits: int) -> pa.Table:
    """All posts of some bands' keys -> edges between the ranks that have the same."""
    edges = keyed.sharing(loose(rows.column("post"), np.uint64), bits)
    return pa.table({"left": edges[:, 0], "right": edges[:, 1]}, EDGE)


def near(rows: pa.Table, config: CandidateConfig) -> pa.Table:
    """rank, shingles of whole components -> links, crowded ranks, and how many were stopped."""
    found = keyed.near(rows.column("rank").to_numpy(), matrix(rows.column("shingles"), np.uint32), config)
    left, right = found.links.T
    parts = [batch(NEAR, left=left, right=right, resemblance=found.resemblance), batch(NEAR, crowded=found.crowded),
             batch(NEAR, stopped=[found.stopped])]  # fmt: skip
    return pa.Table.from_batches(parts)


def post(rows: pa.RecordBatch, bits: int, buckets: int) -> pa.RecordBatch:
    """rank, weighted -> a post of each slot that something fell into, bundled by keys."""
    weighted, ranks = matrix(rows.column("weighted"), np.uint32), rows.column("rank").to_numpy()
    return _posted(*keyed.slot_posts(weighted, ranks, bits, buckets))


def meet(rows: pa.Table, bits: int, window: int, most: int, buckets: int) -> pa.Table:
    """Whole posting lists -> whom their members meet, bundled by these, and how many lists were capped."""
    met = keyed.meetings(loose(rows.column("post"), np.uint64), bits, window, most)
    of = met.lefts % buckets
    order = sorting(of)
    starts, sizes = met.starts[order], (met.ends - met.starts)[order]
    begin = np.insert(np.cumsum(sizes), 0, 0)  # of those that each left one meets
    at = np.arange(begin[-1]) + np.repeat(starts - begin[:-1], sizes)
    names, bounds = pieces(of[order], MOST_BUNDLED // (4 * window))
    columns = {"left": ragged(met.lefts[order].astype(np.uint32), bounds),
               "met": ragged(sizes.astype(np.uint16), bounds),
               "right": ragged(met.rights[at].astype(np.uint32), begin[bounds])}  # fmt: skip
    parts = [batch(MEETING, bucket=names, **columns), batch(MEETING, long=[met.long], hot=[met.hot])]
    return pa.Table.from_batches(parts)


def often(rows: pa.Table, least: int, buckets: int) -> pa.Table:
    """All meetings of some articles -> the pairs that met often, bundled by the right ones."""
    sizes, lefts = loose(rows.column("met"), np.uint16), _ranks(rows, "left")
    left, right = keyed.met_often(lefts, sizes, _ranks(rows, "right"), least).T
    return pa.Table.from_batches([batch(OFTEN, **bundled(right % buckets, left=left, right=right))])


def _ranks(rows: pa.Table, name: str) -> U32:
    found: U32 = loose(rows.column(name), np.uint32)
    return found


def fetch(rows: pa.Table, own: pa.Table, buckets: int) -> pa.Table:
    """Pairs, and the signatures of all their right ones -> the pairs with these, bundled by the left ones."""
    if not len(rows):
        return FETCHED.empty_table()
    left, right = _ranks(rows, "left"), _ranks(rows, "right")
    ranks = own.column("rank").to_numpy()
    order = np.argsort(ranks)
    signatures = matrix(own.column("weighted"), np.uint32)[order[np.searchsorted(ranks, right, sorter=order)]]
    made = bundled(left % buckets, left=left, right=right, weighted=signatures)
    return pa.Table.from_batches([batch(FETCHED, **made)])


def best(rows: pa.Table, own: pa.Table, told: Told, config: CandidateConfig) -> pa.Table:
    """Pairs with the signature of the right one, and the signatures of the left ones -> the best of each."""
    if not len(rows):
        return BEST.empty_table()
    left, right = _ranks(rows, "left"), _ranks(rows, "right")
    signed = matrix(own.column("weighted"), np.uint32)
    signatures = loose(rows.column("weighted"), np.uint32).reshape(len(right), -1)
    ranks = np.concatenate([right, own.column("rank").to_numpy()])
    classes = learnt_of(told).frequencies.feature_classes
    found = keyed.best(np.stack([left, right], axis=1), ranks, np.concatenate([signatures, signed]), classes, config)
    parts = [batch(BEST, left=found.pairs[:, 0], right=found.pairs[:, 1]), batch(BEST, overflow=[found.overflow])]
    return pa.Table.from_batches(parts)


def spread(rows: pa.RecordBatch, limit: int) -> pa.RecordBatch:
    """Links between heads, with their first copies and how many there are -> pairs of articles."""
    sizes = np.stack([rows.column(name).to_numpy() for name in ("left_size", "right_size")], axis=1)
    link, places, capped = keyed.spread(sizes, limit)
    sides = [rows.column(name).to_pylist() for name in ("lefts", "rights")]
    ids = [[side[n][at] for n, at in zip(link.tolist(), places[:, i].tolist(), strict=True)]
           for i, side in enumerate(sides)]  # fmt: skip
    stages, alike = (rows.column(name).take(pa.array(link)) for name in ("stage", "resemblance"))
    counts = [capped] + [0] * (len(link) - 1)
    return batch(PAIR, left=ids[0], right=ids[1], stage=stages, resemblance=alike, capped=counts)
