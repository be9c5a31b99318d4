"""Translations on Spark: workers tell languages, encode and judge, the driver finds the candidates.

Public: `Search`, `across`, `taken_for_rewrites`, `with_translations`.

articles -> languages -> (driver) worth encoding -> vectors -> (driver) candidates -> sieve -> rest -> translations
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it
from pyspark.sql.pandas.types import from_arrow_schema

from dedup.config import Config
from dedup.engines import language_steps as steps
from dedup.engines.arrow import FIELDS
from dedup.engines.result_steps import MATCH
from dedup.engines.spark_frames import Stages, few, step_of
from dedup.engines.steps import Told
from dedup.pipeline.languages import REFUSED
from dedup.records import SAME_WORDS, Kind

PAIR = ["left", "right"]


@dataclass(frozen=True, eq=False)
class Search:
    """A search across languages under way: what workers are told, and what keeps its stages."""

    config: Config
    told: Told
    keep: Stages


def across(search: Search, articles: DataFrame, matches: DataFrame) -> tuple[DataFrame, dict[str, int]]:
    """Return the translations, as packed matches, and how many articles are in languages that are not looked at.

    Raises `MissingPackage` where the extra `languages` is not installed, and `ConfigError` where more articles may have
    a translation than the driver can look among.
    """
    chosen = steps.translator_of(search.config)
    whole = articles.select(*FIELDS, "old")
    told = search.keep("languages", lambda: step_of(whole, steps.tell, steps.TOLD, search.told, search.config))
    counts = {row["language"]: row["count"] for row in told.groupBy("language").count().collect() if row["language"]}
    known = list(filter(chosen.knows, counts))
    nothing = _frame(articles, MATCH.empty_table())
    if not known:
        return nothing, {}
    refused = {REFUSED + code: count for code, count in sorted(counts.items()) if code not in known}
    looked_at = told.where(F.col("language").isin(known)).join(_repeats(matches, told), "id", "left_anti")
    near = steps.worth(looked_at.toArrow(), search.config)
    if len(set(near.column("language").to_pylist())) < 2:
        return nothing, refused
    return search.keep("translations", lambda: _found(search, articles, near)), refused


def taken_for_rewrites(matches: DataFrame, found: DataFrame) -> DataFrame:
    """Return the pairs that are rewrites by their names and numbers, and are sure translations."""
    return matches.where(F.col("kind") == str(Kind.REWRITE)).select(*PAIR).join(_sure(found), PAIR, "left_semi")


def _sure(found: DataFrame) -> DataFrame:
    return found.where(F.col("kind") == str(Kind.TRANSLATION)).select(*PAIR)


def _repeats(matches: DataFrame, told: DataFrame) -> DataFrame:
    """Return the ids with the same or nearly the same words as one of their side with a smaller id."""
    pairs = matches.where(F.col("kind").isin(*map(str, SAME_WORDS))).select(
        F.least("left", "right").alias("id"), F.greatest("left", "right").alias("again")
    )
    sides = told.select("id", "old"), told.select(F.col("id").alias("again"), F.col("old").alias("again_old"))
    both = pairs.join(few(sides[0]), "id").join(few(sides[1]), "again")
    return both.where("old = again_old").select(F.col("again").alias("id")).distinct()


def _found(search: Search, articles: DataFrame, near: pa.Table) -> DataFrame:
    """Return the translations among the articles that are worth encoding, as packed matches."""
    named = few(_frame(articles, near.select(["id", "language"])))
    texts = articles.select("id", "text").join(named, "id")
    vectors = search.keep("vectors", lambda: step_of(texts, steps.encode, steps.ENCODED, search.config))
    pairs = search.keep("partners", lambda: _partners(search, articles, vectors, near))
    longer = pairs.select(F.explode(F.array("left", "right")).alias("id")).distinct()
    texts = articles.select("id", "text").join(few(longer), "id")
    rest = search.keep("rest", lambda: step_of(texts, steps.encode_rest, steps.REST, search.config))
    whole = articles.select(*FIELDS, "old").join(vectors, "id").join(rest, "id")
    sides = _beside(pairs, whole, *FIELDS, "old", "language", "first", "rest")
    return step_of(sides, steps.judge, MATCH, search.told, search.config)


def _partners(search: Search, articles: DataFrame, vectors: DataFrame, near: pa.Table) -> DataFrame:
    """Return the candidates, found by the driver, that are worth reading as a whole."""
    pairs = _frame(articles, steps.meet(vectors.select("id", "sketch").toArrow(), near, search.config))
    return step_of(_beside(pairs, vectors, "language", "first"), steps.sieve, steps.PAIR, search.config)


def _beside(pairs: DataFrame, rows: DataFrame, *fields: str) -> DataFrame:
    """Return pairs with fields of both their articles."""
    for side, name in (("left", "a"), ("right", "b")):
        pairs = pairs.join(rows.select(F.col("id").alias(side), F.struct(*fields).alias(name)), side)
    return pairs.select("left", "right", "a", "b")


def with_translations(matches: DataFrame, found: DataFrame) -> DataFrame:
    """Return the matches with translations among them; a sure one takes the place of all but the same words."""
    others = matches.where(~F.col("kind").isin(*map(str, SAME_WORDS)))
    weaker = others.join(_sure(found), PAIR, "left_semi").select(*PAIR)
    matches = matches.join(weaker, PAIR, "left_anti")
    return matches.unionByName(found.join(matches.select(*PAIR), PAIR, "left_anti"))


def _frame(beside: DataFrame, table: pa.Table) -> DataFrame:
    """Return a table of the driver as a DataFrame of the same session; it may be empty."""
    return beside.sparkSession.createDataFrame(table, from_arrow_schema(table.schema))
