"""Translations as steps over rows of Arrow, as `steps` has the other stages: what workers do, and what the driver does.

Public: `tell`, `encode`, `encode_rest`, `sieve`, `judge`, `worth`, `meet` and their schemas. The same functions as in
`dedup.pipeline.languages`, so the same translations.
"""

from __future__ import annotations

from functools import cache
from itertools import compress

import numpy as np
import pyarrow as pa

from dedup.config import Config
from dedup.engines.arrow import articles, batch
from dedup.engines.result_steps import dates_of, packed_rows, side_of
from dedup.engines.steps import BINARY, WORDS, Told
from dedup.errors import ConfigError
from dedup.pipeline.archive import mark_old
from dedup.pipeline.languages import day_of, verdicts, with_counterparts
from dedup.results import PackedMatch
from dedup.translation.candidates import Sketch, Sketches, candidates
from dedup.translation.encoder import I8
from dedup.translation.features import Text
from dedup.translation.translator import Translator, translator

MOST_SOUGHT = 40_000  # articles of which the driver finds candidates: some ten minutes of one core, by its square
TOLD = pa.schema({"id": WORDS, "language": WORDS, "day": pa.float64(), "old": pa.bool_()})
ENCODED = pa.schema({"id": WORDS, "language": WORDS, "first": BINARY, "sketch": BINARY})
REST = pa.schema({"id": WORDS, "rest": BINARY})
PAIR = pa.schema({"left": WORDS, "right": WORDS})


def translator_of(config: Config) -> Translator:
    """Return what looks for translations. Raises `MissingPackage` where the extra is not installed."""
    found = translator(True, config.translation)
    assert found is not None
    return found


def tell(rows: pa.RecordBatch, told: Told, config: Config) -> pa.RecordBatch:
    """Articles -> the language of each, and the day it was published."""
    chosen, some = translator_of(config), articles(rows, dates_of(told))
    days = pa.array([day_of(one) for one in some], pa.float64(), from_pandas=True)
    languages = [chosen.language(one.text) for one in some]
    return batch(TOLD, id=rows.column("id"), language=languages, day=days, old=rows.column("old"))


def worth(told: pa.Table, config: Config) -> pa.Table:
    """Articles that may be compared, as `tell` has them -> those with one of another language near in time, by id.

    Raises `ConfigError` where these are more than `MOST_SOUGHT`.
    """
    order = told.sort_by("id")
    days = order.column("day").to_numpy().astype(np.float64)
    near = with_counterparts(order.column("language").to_pylist(), days, config.translation.days)
    if near.sum() > MOST_SOUGHT:
        raise ConfigError(
            f"{near.sum():,} articles have one of another language near in time, and on Spark translations are looked "
            f"for among {MOST_SOUGHT:,}: give dates, lower translation.days, scan in parts, or use the local engine"
        )
    return order.filter(pa.array(near))


def encode(rows: pa.RecordBatch, config: Config) -> pa.RecordBatch:
    """id, language, text -> the vectors that articles are found by; nothing of those without sentences."""
    chosen, made = translator_of(config), []
    columns = (rows.column(name).to_pylist() for name in ("id", "language", "text"))
    for id_, language, text in zip(*columns, strict=True):
        first = chosen.first(text)
        if len(first):
            mean, blocks = chosen.sketch(first, language)
            made.append((id_, language, first.tobytes(), mean.tobytes() + blocks.tobytes()))
    return batch(ENCODED, **dict(zip(ENCODED.names, map(list, zip(*made, strict=True)), strict=bool(made))))


def encode_rest(rows: pa.RecordBatch, config: Config) -> pa.RecordBatch:
    """id, text -> the vectors of all other sentences."""
    chosen = translator_of(config)
    rest = [chosen.rest(text).tobytes() for text in rows.column("text").to_pylist()]
    return batch(REST, id=rows.column("id"), rest=rest)


def meet(found: pa.Table, near: pa.Table, config: Config) -> pa.Table:
    """Sketches of articles, and these as `worth` has them -> the pairs worth a comparison, none of two old ones."""
    width = translator_of(config).encoder.width
    made = dict(zip(found.column("id").to_pylist(), found.column("sketch").to_pylist(), strict=True))
    ids, languages, days, old = (near.column(name).to_pylist() for name in TOLD.names)
    at = [place for place, id_ in enumerate(ids) if id_ in made]
    wide = (_rows(made[ids[place]], width) for place in at)
    times = [np.nan if days[place] is None else days[place] for place in at]
    sketches = Sketches.of(at, [languages[n] for n in at], times, [Sketch(one[0], one[1:]) for one in wide])
    pairs = [(a, b) for a, b in candidates(sketches, config.translation) if not (old[a] and old[b])]
    return pa.table({"left": [ids[a] for a, _ in pairs], "right": [ids[b] for _, b in pairs]}, PAIR)


def sieve(rows: pa.RecordBatch, config: Config) -> pa.RecordBatch:
    """Candidates with the language and vectors of both -> those that are worth reading as a whole."""
    chosen = translator_of(config)

    @cache
    def centred(vectors: bytes, language: str) -> I8:
        return chosen.model.centred(_rows(vectors, chosen.encoder.width), language)

    sides = [
        [(row["first"], row["language"]) for row in rows.column(name).to_pylist()] for name in ("a", "b")
    ]  # fmt: skip
    wanted = [chosen.worth_reading(centred(*one), centred(*two)) for one, two in zip(*sides, strict=True)]
    return batch(PAIR, **{name: list(compress(rows.column(name).to_pylist(), wanted)) for name in PAIR.names})


def judge(rows: pa.RecordBatch, told: Told, config: Config) -> pa.RecordBatch:
    """Pairs with their articles, languages and all vectors -> packed matches."""
    chosen, texts, old = translator_of(config), dict[str, Text](), list[str]()
    for name in ("a", "b"):
        side = rows.column(name)
        columns = [side.field(field).to_pylist() for field in ("language", "first", "rest", "old")]
        for article, language, first, rest, is_old in zip(side_of(rows, name, told), *columns, strict=True):
            if article.id not in texts:
                vectors = (_rows(part, chosen.encoder.width) for part in (first, rest))
                texts[article.id] = chosen.text(article, language, *vectors)
                old += [article.id] if is_old else []
    pairs = zip(*(rows.column(name).field("id").to_pylist() for name in ("a", "b")), strict=True)
    found: list[PackedMatch] = verdicts(chosen, ((texts[a], texts[b]) for a, b in pairs))
    return packed_rows(list(mark_old(found, old)), {id_: text.article for id_, text in texts.items()})


def _rows(data: bytes, width: int) -> I8:
    return np.frombuffer(data, np.int8).reshape(-1, width)
