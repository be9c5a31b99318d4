"""The steps of a removal of copies, from tables of Arrow to tables of Arrow: beside `steps` and `result_steps`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup.candidates.join import Stage
from dedup.engines.arrow import articles, batch, columns_of, matrix, one_batch
from dedup.engines.result_steps import dates_of, packed_of
from dedup.engines.steps import PAIR, WORDS, Told
from dedup.pipeline.choose import Asked, Gone, Link, groups_of, likeliest, link_of, ordered, settle
from dedup.pipeline.dedupe import REPEATED, Plan, least_alike, removal_reason
from dedup.pipeline.preference import FACTS, Keep
from dedup.records import Kind
from dedup.results import Removed, unpack_match
from dedup.results.export import arrow_schema, arrow_table
from dedup.results.rows import removed_row

# `kept` goes on without `id`; of what is asked there is no kind.
GONE = pa.schema({"part": WORDS, "id": WORDS, "kept": WORDS, "kind": WORDS, "probability": pa.float64()})
FACT = pa.schema({"id": WORDS, "key": pa.list_(pa.float64()), "old": pa.bool_()})
REMOVED_COLUMNS = {"id": str, "source": str, "line": int, "kind": str, "probability": float, "kept": str,
                   "in_archive": bool, "reason": str}  # fmt: skip
REMOVED = arrow_schema(REMOVED_COLUMNS)


def facts(rows: pa.RecordBatch, told: Told, plan: Plan) -> pa.RecordBatch:
    """Articles of groups -> what a policy sorts them by."""
    if plan.keep is Keep.ORIGINAL:
        keys: list[list[float]] = [[]] * len(rows)
    elif plan.keep is Keep.FIRST:
        places = zip(*(rows.column(name).to_pylist() for name in ("at", "line")), strict=True)
        keys = [[float(at), float(line or 0)] for at, line in places]
    else:
        found = articles(rows, dates_of(told))
        keys = [list(FACTS[plan.keep](plan.sources, article)) for article in found]
    return batch(FACT, id=rows.column("id"), key=keys, old=rows.column("old"))


class _Groups(NamedTuple):
    """Some whole groups of copies, their articles by numbers in the order of their ids."""

    ids: list[str]
    links: dict[int, dict[int, Link]]
    answers: dict[tuple[int, int], Link | None]
    keys: dict[int, tuple[float, ...]]
    old: frozenset[int]
    parts: dict[int, str]


def decide(rows: pa.Table, members: pa.Table, plan: Plan) -> pa.Table:
    """Links of whole groups with the answers so far, and their members -> what goes, or what is asked first."""
    told = _groups(rows, members)
    if plan.drop_all:
        gone = {n: likeliest(found, told.ids.__getitem__) for n, found in told.links.items() if n not in told.old}
        return _gone_rows(told, gone, [])
    all_gone: Gone = {}
    all_asked: Asked = []
    for group in groups_of(told.links):
        gone, asked = _decided(group, told)
        all_gone |= gone
        all_asked += asked
    return _gone_rows(told, all_gone, all_asked)


def _groups(rows: pa.Table, members: pa.Table) -> _Groups:
    columns = {name: members.column(name).to_pylist() for name in (*FACT.names, "part")}
    ids = sorted(columns["id"])
    numbers = {id_: number for number, id_ in enumerate(ids)}
    at = [numbers[id_] for id_ in columns["id"]]
    keys = {n: tuple(key) for n, key in zip(at, columns["key"], strict=True)}
    old = frozenset(n for n, is_old in zip(at, columns["old"], strict=True) if is_old)
    links: dict[int, dict[int, Link]] = {}
    answers: dict[tuple[int, int], Link | None] = {}
    sides = zip(*(rows.column(name).to_pylist() for name in ("left", "right", "answer")), strict=True)
    for (left, right, is_answer), packed in zip(sides, packed_of(rows), strict=True):
        link = packed and link_of(unpack_match(packed), numbers.__getitem__)
        one, other = numbers[left], numbers[right]
        if is_answer:
            answers[one, other] = link
        elif link is not None:
            links.setdefault(one, {})[other] = links.setdefault(other, {})[one] = link
    parts = dict(zip(at, columns["part"], strict=True))
    return _Groups(ids, dict(sorted(links.items())), answers, keys, old, parts)


def _decided(group: list[int], told: _Groups) -> tuple[Gone, Asked]:
    """Return what goes of a group, or what has to be compared before that is known."""
    order = ordered(group, told.links, told.ids.__getitem__, told.keys.__getitem__, told.old.__contains__)
    decision = settle(order, told.links, told.old.__contains__)
    try:
        asked = next(decision)
        while all(pair in told.answers for pair in asked):
            asked = decision.send([told.answers[pair] for pair in asked])
    except StopIteration as done:
        return done.value, []
    return {}, [pair for pair in asked if pair not in told.answers]


def _gone_rows(told: _Groups, gone: Gone, asked: Asked) -> pa.Table:
    rows: list[Any] = [(told.parts[n], told.ids[n], told.ids[kept], str(link.kind), link.probability)
            for n, (kept, link) in gone.items()]  # fmt: skip
    rows += [(told.parts[n], told.ids[n], told.ids[kept], None, None) for kept, n in asked]
    return pa.Table.from_batches([batch(GONE, **columns_of(GONE.names, rows))])


def alike(rows: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """Pairs with both signatures -> those that are alike enough for level near, with how much."""
    left, right = (matrix(rows.column(side), np.uint32) for side in ("left_shingles", "right_shingles"))
    found = (left == right).mean(axis=1).astype(np.float32)
    wanted = np.flatnonzero(found >= least_alike(plan.config))
    sides = {name: rows.column(name).take(pa.array(wanted)) for name in ("left", "right")}
    stage = np.full(len(wanted), int(Stage.NEAR), np.int32)
    return batch(PAIR, **sides, stage=stage, resemblance=found[wanted])


def adopted(rows: pa.RecordBatch) -> pa.RecordBatch:
    """What went for something that goes now, compared with what is kept instead -> what still goes."""
    found = [(part, id_, kept, str(packed.verdict.kind), packed.verdict.probability)
             for part, id_, kept, packed in zip(*(rows.column(name).to_pylist() for name in ("part", "id", "kept")),
                                                packed_of(rows), strict=True) if packed]  # fmt: skip
    return batch(GONE, **columns_of(GONE.names, found))


def tell_removed(rows: pa.RecordBatch, plan: Plan) -> pa.RecordBatch:
    """What goes, with its place and that of what is kept -> the lines of the list of what was removed."""
    names = ("id", "place", "line", "kind", "probability", "kept", "kept_old", "repeat")
    told = []
    for id_, place, line, kind, probability, kept, old, repeat in zip(
        *(rows.column(name).to_pylist() for name in names), strict=True
    ):
        why = REPEATED if repeat else removal_reason(Kind(kind), kept, old, plan.drop_all)
        stays = None if plan.drop_all and not old and not (repeat and kept == id_) else kept
        told.append(removed_row(Removed(id_, place, line, Kind(kind), probability, stays, old, why)))
    return one_batch(arrow_table(REMOVED_COLUMNS, told))
