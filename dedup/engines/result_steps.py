"""The second half of `steps`: from pairs of articles to the tables of the results."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa

from dedup.candidates.join import Stage
from dedup.compiled.arrays import U64
from dedup.config import Config, Level
from dedup.engines.arrow import articles, batch, one_batch, texts
from dedup.engines.steps import WORDS, Told, learnt_of
from dedup.pipeline.archive import founder, mark_old
from dedup.pipeline.clusters import find_clusters, word_triples
from dedup.pipeline.containers import settle_containers
from dedup.pipeline.site_text import Common, common_runs, holds_whole, may_be_site_text, site_text_among
from dedup.pipeline.sites import site_of
from dedup.pipeline.stages import near_verdicts, score_texts, verify_articles
from dedup.pipeline.templates import find_templates
from dedup.pipeline.verifier import Verifier, exact_match
from dedup.read.dates import DateOrder, written
from dedup.records import Article, Kind
from dedup.results import PackedMatch, Verdict, pack_match, unpack_match, unpack_score
from dedup.results.export import (
    ARTICLE_COLUMNS,
    CLUSTER_COLUMNS,
    MATCH_COLUMNS,
    TEMPLATE_COLUMNS,
    arrow_schema,
    arrow_table,
)
from dedup.results.rows import article_row, cluster_row, match_row, template_row
from dedup.text import hash_bytes, join_texts

PAIRS_AT_ONCE = 128  # pairs that are verified together, as by the local engine
_BINARY, _STRINGS = ("verdict", "proof", "places", "runs"), ("left", "right", "kind", "page", "left_date", "right_date")
MATCH = pa.schema({**dict.fromkeys((*_STRINGS, "site"), WORDS), "one_wording": pa.bool_(),
                   **dict.fromkeys(_BINARY, pa.binary())})  # fmt: skip
SITE_TEXT = ("places", "runs", "site")  # of a match: what it is looked at by where it may be of site text only
MEMBER = ["id", "url", "source", "published"]  # of what a cluster is made of, besides the texts
SCORE = pa.schema({"id": WORDS, "score": pa.binary()})
SHOWN = MATCH_COLUMNS | {"old": str}
TABLES = {"matches": arrow_schema(SHOWN), "clusters": arrow_schema(CLUSTER_COLUMNS),
          "templates": arrow_schema(TEMPLATE_COLUMNS), "articles": arrow_schema(ARTICLE_COLUMNS)}  # fmt: skip
SET_ASIDE = pa.schema({"left": WORDS, "right": WORDS})


@lru_cache(maxsize=2)
def dates_of(told: Told) -> DateOrder:
    """Return what the dates of all articles tell of the order of day and month."""
    order = DateOrder()
    order.votes.update(told.votes)
    return order


@lru_cache(maxsize=2)
def _verifier(told: Told, config: Config) -> Verifier:
    learnt = learnt_of(told)
    return Verifier(learnt.frequencies, config, learnt.repeated)


def verify(batches: Iterable[pa.RecordBatch], told: Told, config: Config) -> Iterator[pa.RecordBatch]:
    """Pairs with the two articles -> packed matches; so many at a time as the local engine takes."""
    for rows in batches:
        for first in range(0, len(rows), PAIRS_AT_ONCE):
            yield _matches(rows.slice(first, PAIRS_AT_ONCE), told, config)


def same(rows: pa.RecordBatch, told: Told) -> pa.RecordBatch:
    """Pairs of exact copies, without their texts -> packed matches."""
    sides = [side_of(rows, name, told) for name in ("a", "b")]
    spans = [list(zip(*(rows.column(name).field(end).to_pylist() for end in ("begin", "end")), strict=True))
             for name in ("a", "b")]  # fmt: skip
    old = [article.id for name, side in zip(("a", "b"), sides, strict=True) for article in _old(rows, name, side)]
    pairs = zip(*sides, zip(*spans, strict=True), strict=True)
    found = [pack_match(exact_match(left, right, bodies=bodies)) for left, right, bodies in pairs]
    return packed_rows(list(mark_old(found, old)), {article.id: article for side in sides for article in side})


def _matches(rows: pa.RecordBatch, told: Told, config: Config) -> pa.RecordBatch:
    stages = list(map(Stage, rows.column("stage").to_pylist()))
    sides = [side_of(rows, name, told) for name in ("a", "b")]
    old = [article.id for name, side in zip(("a", "b"), sides, strict=True) for article in _old(rows, name, side)]
    named = {article.id: article for side in sides for article in side}
    if config.level is Level.NEAR:
        pairs = zip(*sides, stages, rows.column("resemblance").to_pylist(), strict=True)
        return packed_rows(list(mark_old(near_verdicts(pairs, config.near_resemblance), old)), named)
    at = {id_: place for place, id_ in enumerate(named)}
    places = [(at[a.id], at[b.id], stage) for a, b, stage in zip(*sides, stages, strict=True)]
    chosen, text = list(named.values()), join_texts(article.text for article in named.values())
    found = verify_articles(_verifier(told, config), chosen, text, places)
    return packed_rows(list(mark_old(found, old)), named)


def _old(rows: pa.RecordBatch, name: str, side: list[Article]) -> Iterator[Article]:
    return compress(side, rows.column(name).field("old").to_pylist())


def side_of(rows: pa.RecordBatch, name: str, told: Told) -> list[Article]:
    """Return the articles of one side of pairs."""
    return articles(pa.RecordBatch.from_struct_array(rows.column(name)), dates_of(told))


def packed_rows(packed: Sequence[PackedMatch], named: dict[str, Article]) -> pa.RecordBatch:
    """Matches as rows; with what later steps need of their articles."""
    sides = [(named[one.verdict.left], named[one.verdict.right]) for one in packed]
    dates = [[written(side.published, side.day_only) or None for side in both] for both in zip(*sides, strict=True)]
    runs = [_runs(one, *both) for one, both in zip(packed, sides, strict=True)]
    places, keys, sites = zip(*runs, strict=True) if runs else ((), (), ())
    more = dict(zip(("left_date", "right_date"), dates, strict=True)) if dates else {}
    return _rows_of(packed, {**dict(zip(SITE_TEXT, (places, keys, sites), strict=True)), **more})


def _runs(one: PackedMatch, left: Article, right: Article) -> tuple[bytes | None, bytes | None, str | None]:
    """Return the runs in common and the site of a match that is, or may become (`contain`), one of site text only."""
    if not (may_be_site_text(one.verdict) or (one.verdict.same_site and one.verdict.container)):
        return None, None, None
    places, keys = common_runs(unpack_match(one), left, right)
    return places.tobytes(), keys.tobytes(), site_of(left)


def _rows_of(packed: Sequence[PackedMatch], more: Mapping[str, Sequence[Any]]) -> pa.RecordBatch:
    verdicts = [one.verdict for one in packed]
    pages = [v.container and (v.left if v.container == "left" else v.right) for v in verdicts]
    return batch(MATCH, left=[v.left for v in verdicts], right=[v.right for v in verdicts],
                 kind=[str(v.kind) for v in verdicts], one_wording=[v.one_wording for v in verdicts], page=pages,
                 verdict=[_dumped(v) for v in verdicts], proof=[one.proof for one in packed], **more)  # fmt: skip


def contain(rows: pa.Table) -> pa.Table:
    """All matches of pages that may contain several stories -> the same, copies that are parts of a page called so."""
    named = dict[str, Article]()
    for side in ("left", "right"):
        known = rows.select([side, f"{side}_date"]).rename_columns(["id", "published"])
        named |= {article.id: article for article in articles(known, DateOrder())}
    settled = settle_containers([one for one in packed_of(rows) if one], named.__getitem__)
    asked = [may_be_site_text(one.verdict) and not holds_whole(unpack_match(one)) for one in settled]
    more = {
        name: [value if kept else None for value, kept in zip(rows.column(name).to_pylist(), asked, strict=True)]
        for name in SITE_TEXT
    }
    return pa.Table.from_batches([_rows_of(settled, more)])


def _dumped(verdict: Verdict) -> bytes:
    return marshal.dumps(tuple(verdict._replace(kind=str(verdict.kind))))  # type: ignore[arg-type]


def _loaded(data: bytes) -> Verdict:
    verdict = Verdict(*marshal.loads(data))
    return verdict._replace(kind=Kind(verdict.kind))


def _verdicts(rows: pa.Table | pa.RecordBatch) -> list[Verdict]:
    return list(map(_loaded, rows.column("verdict").to_pylist()))


def packed_of(rows: pa.Table | pa.RecordBatch) -> list[PackedMatch | None]:
    """Return the packed matches of rows; None where a row has none."""
    columns = zip(rows.column("verdict").to_pylist(), rows.column("proof").to_pylist(), strict=True)
    return [None if verdict is None else PackedMatch(_loaded(verdict), proof) for verdict, proof in columns]


def score(rows: pa.RecordBatch, told: Told) -> pa.RecordBatch:
    """id, text, source -> packed scores."""
    sources = rows.column("source").to_pylist()
    found = score_texts(*texts(rows.column("text")), sources, learnt_of(told).repeated)
    return batch(SCORE, id=rows.column("id"), score=found)


def clusters(rows: pa.Table, members: pa.Table, told: Told) -> pa.Table:
    """All copies of some components, their members, and the text of each different wording of these -> clusters."""
    digests, texts_of = members.column("digest").to_pylist(), members.column("text")
    named = {article.id: article for article in articles(members.select(MEMBER), dates_of(told))}
    words, offsets = hash_bytes(*texts(texts_of))
    grams: dict[bytes, U64] = {
        digest: word_triples(words[first:last])
        for digest, first, last, has in zip(
            digests, offsets[:-1], offsets[1:], texts_of.is_valid().to_pylist(), strict=True
        )
        if has
    }
    of, verdicts = dict(zip(named, digests, strict=True)), _sorted(_verdicts(rows))
    first = founder(verdicts, named.__getitem__, dated=True)
    found = find_clusters(verdicts, lambda wanted: {id_: grams[of[id_]] for id_ in wanted}, first)
    return arrow_table(CLUSTER_COLUMNS, map(cluster_row, found))


def _sorted(verdicts: list[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda one: one[:2])


def template(rows: pa.Table) -> pa.Table:
    """All links of some components -> templates."""
    return arrow_table(TEMPLATE_COLUMNS, map(template_row, find_templates(_sorted(_verdicts(rows)))))


def site_text(rows: pa.Table) -> pa.Table:
    """All matches of some sites that may be of site text only, with the stories they tell -> those that are."""
    names = ("left", "right", "left_story", "right_story", "places", "runs")
    asked = list(zip(*(rows.column(name).to_pylist() for name in names), strict=True))
    common = [
        Common(n, (one, other), np.frombuffer(places, np.int64), np.frombuffer(runs, np.uint64))
        for n, (_, _, one, other, places, runs) in enumerate(asked)
    ]
    found = sorted(site_text_among(common))
    return pa.table({"left": [asked[n][0] for n in found], "right": [asked[n][1] for n in found]}, SET_ASIDE)


def show(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Packed matches -> the columns of the report."""
    found = [unpack_match(packed) for packed in packed_of(rows) if packed]
    return one_batch(arrow_table(SHOWN, map(match_row, found)))


def tell(rows: pa.RecordBatch) -> pa.RecordBatch:
    """id, cluster, packed score -> the lines of the articles."""
    ids, clusters, scores = (rows.column(name).to_pylist() for name in ("id", "cluster", "score"))
    told = (article_row(id_, cluster, unpack_score(packed) if packed else None)
            for id_, cluster, packed in zip(ids, clusters, scores, strict=True))  # fmt: skip
    return one_batch(arrow_table(ARTICLE_COLUMNS, told))
