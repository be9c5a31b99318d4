"""What the engine on Spark makes of DataFrames alone: places in an order, and components of graphs.

Public: `Source`, `Stages`, `cached`, `named`, `step_of`, `all_of`, `few`, `groups_of`, `ranked`, `components`, `stars`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it
from pyspark.sql.pandas.types import from_arrow_schema

from dedup.candidates.keyed import components as of_arrays
from dedup.engines.steps import Reading, loaded


class Source(NamedTuple):
    """Articles that are still to be read."""

    rows: DataFrame
    step: Reading


Stages = Callable[[str, Callable[[], DataFrame]], DataFrame]  # keeps what is made under a name
MOST_ON_DRIVER = 5_000_000  # edges whose components the driver finds: some 500 MB
MOST_TOLD = 500_000  # rows that are sent to all workers instead of sorting others by them: some 60 MB
RANGES = 3  # hexadecimal digits of a digest that share out the ranks


def step_of(df: DataFrame, step: Callable[..., Any], schema: pa.Schema, *arguments: object) -> DataFrame:
    """Return what a step makes of each batch of a DataFrame."""

    def each(batches: Iterator[pa.RecordBatch], *more: object) -> Iterator[pa.RecordBatch]:
        for rows in batches:
            if rows.num_rows:
                yield step(rows, *more)

    return all_of(df, each, schema, *arguments)


def all_of(df: DataFrame, step: Callable[..., Any], schema: pa.Schema, *arguments: object) -> DataFrame:
    """Return what a step makes of all batches of each partition."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for made in step(batches, *arguments):
            yield loaded(schema, made)

    return df.mapInArrow(run, from_arrow_schema(schema))


def few(df: DataFrame) -> DataFrame:
    """Return short rows as what all workers get, where they are few: what they are joined with stays where it is."""
    return F.broadcast(df) if df.count() <= MOST_TOLD else df


def cached(_: str, make: Callable[[], DataFrame]) -> DataFrame:
    """Return a stage that Spark keeps as long as the session and its executors live, without how it was made.

    What only `persist` keeps stays in the plans of all that is made of it, which double with each join with itself.
    """
    return make().localCheckpoint()


def named(stages: Stages, prefix: str) -> Stages:
    """Return what keeps stages under names that begin with a prefix."""

    def keep(name: str, make: Callable[[], DataFrame]) -> DataFrame:
        return stages(f"{prefix}-{name}", make)

    return keep


def components(edges: DataFrame, name: str, keep: Stages) -> DataFrame:
    """Return each end of the edges (left, right) with the least that it hangs together with."""
    edges = keep(f"{name}-edges", lambda: edges)
    if edges.count() > MOST_ON_DRIVER:
        return stars(edges, name, keep)
    found = edges.toArrow()
    names, places = of_arrays(*(found.column(side).to_numpy() for side in ("left", "right")))
    kind = found.schema.field("left").type
    table = pa.table({"name": pa.array(names, kind), "least": pa.array(names[places], kind)})
    return edges.sparkSession.createDataFrame(table, from_arrow_schema(table.schema))  # which may be empty


def groups_of(sketches: DataFrame) -> DataFrame:
    """Return each article with its head among exact copies, its place among them, and how many they are."""
    same = Window.partitionBy("digest")
    worded = sketches.where("bag is not null").select("id", "digest")
    return worded.select("id", "digest", F.min("id").over(same).alias("head"), F.count("*").over(same).alias("size"),
                         F.row_number().over(same.orderBy("id")).alias("number"))  # fmt: skip


def ranked(heads: DataFrame) -> DataFrame:
    """Return articles with their places in the order of the digests; these are even, so ranges need no sample."""
    heads = heads.withColumn("range", F.substring(F.hex("digest"), 1, RANGES))
    sizes = heads.groupBy("range").count()
    begin = F.sum("count").over(Window.orderBy("range")) - F.col("count")
    place = F.row_number().over(Window.partitionBy("range").orderBy("digest", "id")) - 1
    ranked = heads.join(sizes.select("range", begin.alias("begin")), "range")
    return ranked.select("id", "digest", (F.col("begin") + place).cast("long").alias("rank"))


def stars(edges: DataFrame, name: str, keep: Stages) -> DataFrame:
    """Return the components of more edges than the driver takes, by alternating stars (Kiveris et al. 2014).

    The edges of each round are kept: a round takes those of the last one four times.
    """
    before: Sequence[Any] = ()
    for turn in count():
        edges = keep(f"{name}-round{turn}", lambda: _round(edges))  # noqa: B023 - at once
        now = tuple(edges.agg(F.count("*"), F.sum(F.xxhash64("left", "right").cast("decimal(38)"))).first() or ())
        if now == before:
            break
        before = now
    own = edges.select("left").distinct().select(F.col("left").alias("name"), F.col("left").alias("least"))
    return edges.select(F.col("right").alias("name"), F.col("left").alias("least")).unionByName(own)


def _round(edges: DataFrame) -> DataFrame:
    """Return the edges after a large star and a small one: what they connect stays, and the ways become shorter."""
    both = edges.unionByName(edges.select(F.col("right").alias("left"), F.col("left").alias("right")))
    least = F.least(F.col("left"), F.min("right").over(Window.partitionBy("left")))
    large = both.withColumn("least", least).where("right > left")
    large = large.select(F.col("least").alias("left"), "right").distinct()
    small = large.withColumn("least", F.min("left").over(Window.partitionBy("right")))
    ends = F.explode(F.array("left", "right")).alias("two")
    small = small.select(F.col("least").alias("one"), ends)
    return small.where("one != two").distinct().toDF("left", "right")
