"""What the engine on Spark makes of DataFrames alone: places in an order, and components of graphs.

Public: `groups_of`, `ranked`, `components`, `stars`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it

from dedup.candidates.keyed import components as of_arrays

MOST_ON_DRIVER = 5_000_000  # edges whose components the driver finds: some 500 MB
RANGES = 3  # hexadecimal digits of a digest that share out the ranks


def components(edges: DataFrame) -> DataFrame:
    """Return each end of the edges (left, right) with the least that it hangs together with."""
    edges = edges.persist()
    found = edges.limit(MOST_ON_DRIVER + 1).toArrow()
    if len(found) > MOST_ON_DRIVER:
        return stars(edges)
    names, places = of_arrays(*(found.column(side).to_numpy() for side in ("left", "right")))
    kind = found.schema.field("left").type
    table = pa.table({"name": pa.array(names, kind), "least": pa.array(names[places], kind)})
    return edges.sparkSession.createDataFrame(table)


def groups_of(sketches: DataFrame) -> DataFrame:
    """Return each article with its head among exact copies, its place among them, and how many they are."""
    same = Window.partitionBy("digest")
    worded = sketches.where("bag is not null").select("id", "digest")
    return worded.select("id", "digest", F.min("id").over(same).alias("head"), F.count("*").over(same).alias("size"),
                         F.row_number().over(same.orderBy("id")).alias("number"))  # fmt: skip


def ranked(heads: DataFrame) -> DataFrame:
    """Return heads with their places in the order of the digests; these are spread evenly, so ranges need no sample."""
    heads = heads.withColumn("range", F.substring(F.hex("digest"), 1, RANGES))
    sizes = heads.groupBy("range").count()
    begin = F.sum("count").over(Window.orderBy("range")) - F.col("count")
    place = F.row_number().over(Window.partitionBy("range").orderBy("digest")) - 1
    ranked = heads.join(sizes.select("range", begin.alias("begin")), "range")
    return ranked.select("id", "digest", (F.col("begin") + place).cast("long").alias("rank"))


def stars(edges: DataFrame) -> DataFrame:
    """Return the components of more edges than the driver takes, by alternating stars (Kiveris et al. 2014)."""
    before: Sequence[Any] = ()
    while True:
        both = edges.unionByName(edges.select(F.col("right").alias("left"), F.col("left").alias("right")))
        least = F.least(F.col("left"), F.min("right").over(Window.partitionBy("left")))
        large = (
            both.withColumn("least", least)
            .where("right > left")
            .select(F.col("least").alias("left"), "right")
            .distinct()
        )
        least = F.min("left").over(Window.partitionBy("right"))
        small = large.withColumn("least", least)
        small = small.select(F.col("least").alias("one"), F.col("left").alias("two")).unionByName(
            small.select(F.col("least").alias("one"), F.col("right").alias("two")))  # fmt: skip
        edges = small.where("one != two").distinct().toDF("left", "right").persist()
        now = tuple(edges.agg(F.count("*"), F.sum(F.xxhash64("left", "right").cast("decimal(38)"))).first() or ())
        if now == before:
            break
        before = now
    own = edges.select("left").distinct().select(F.col("left").alias("name"), F.col("left").alias("least"))
    return edges.select(F.col("right").alias("name"), F.col("left").alias("least")).unionByName(own)
