"""An archive in Parquet, which both engines read: articles, their keys and posting lists, and frozen weights.

Public: `ParquetArchive`. A folder of parts that are numbered in the order in which they were added; each counts once
its table `done` is there, which is written last. A part never changes again:

    weights    of part 0 only: what an index stores, and what decides the keys, by name
    articles   number, id, text, title, url, source, published, keys, digest
    posts      post (column and key), and the numbers of the articles of this part that have it
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it

from dedup.config import Config
from dedup.engines import archive_steps as steps
from dedup.engines.archive_files import FORMAT, WEIGHTS, check_specification, specification_of
from dedup.engines.arrow import FIELDS
from dedup.engines.result_steps import MATCH
from dedup.engines.spark_files import is_there
from dedup.engines.spark_frames import Source, all_of, few, ranked, step_of
from dedup.engines.steps import Told
from dedup.errors import InputError
from dedup.pipeline.archive import MARK

if TYPE_CHECKING:
    from dedup.engines.spark_graph import Graph

KEPT = (*FIELDS, "keys", "digest")


@dataclass(frozen=True, eq=False)
class ParquetArchive:
    """An archive as it stood when it was opened."""

    spark: SparkSession
    folder: str
    weights: bytes
    parts: int

    @staticmethod
    def open(spark: SparkSession, folder: str, config: Config) -> ParquetArchive:
        """Return the archive in a folder. Raises `InputError`, or `IndexMismatch` where it was made otherwise."""
        folder = folder.rstrip("/")
        if not is_there(spark, f"{folder}/0/done"):
            raise InputError(f"{folder} is no archive in Parquet: it holds no finished part 0")
        row = spark.read.parquet(f"{folder}/0/weights").collect()[0]
        check_specification(folder, row["format"], json.loads(row["specification"]), row["weights"], config)
        return ParquetArchive(spark, folder, row["weights"], _parts(spark, folder))

    @staticmethod
    def create(graph: Graph, sources: Sequence[Source], folder: str) -> ParquetArchive:
        """Make an archive of articles: what is learnt from these is frozen. Raises `InputError` where there is one."""
        folder, spark = folder.rstrip("/"), sources[0].rows.sparkSession
        if is_there(spark, f"{folder}/0/done"):
            raise InputError(f"{folder} holds an archive already: append to it, or name another folder")
        _, articles, sketches = graph.begin(sources)
        stages = steps.frozen_weights(graph.learn(articles, sketches), graph.config)
        named = json.dumps(specification_of(stages))
        told = pa.table({"format": [FORMAT], "specification": [named], "weights": [stages.weights()]}, WEIGHTS)
        spark.createDataFrame(told).coalesce(1).write.mode("overwrite").parquet(f"{folder}/0/weights")
        made = ParquetArchive(spark, folder, stages.weights(), 0)
        made._write(graph, articles)
        return ParquetArchive(spark, folder, made.weights, 1)

    def append(self, graph: Graph, sources: Sequence[Source]) -> ParquetArchive:
        """Add articles as one more part; those whose id is there already are left out."""
        _, articles, _ = graph.begin(sources)
        self._write(graph, articles.join(self.articles.select("id"), "id", "left_anti"))
        return ParquetArchive(self.spark, self.folder, self.weights, self.parts + 1)

    def _write(self, graph: Graph, articles: DataFrame) -> None:
        """Write a part: numbers go on where the archive ends, by digest within it."""
        at, frozen = f"{self.folder}/{self.parts}", steps.Frozen(self.weights, graph.config)
        keyed = graph.keep("keyed", lambda: step_of(articles.select("id", "text"), steps.key, steps.KEYED, frozen))
        begin = 1 + self.count()
        places = ranked(keyed).select("id", (F.col("rank") + begin).alias("number"))
        dated = step_of(articles.select(*FIELDS), steps.dated, steps.DATED, Told(votes=graph.voted(articles)))
        rows = dated.join(keyed, "id").join(places, "id").select("number", *KEPT)
        rows.write.mode("overwrite").parquet(f"{at}/articles")
        rows = self.spark.read.parquet(f"{at}/articles")
        posts = step_of(rows.select("number", "keys"), steps.post, steps.POST)
        lists = graph.keyed(posts, "post", steps.lists, steps.LISTS, graph.config.candidates.window)
        lists.write.mode("overwrite").parquet(f"{at}/posts")
        done = self.spark.createDataFrame([(rows.count(),)], "articles long")
        done.coalesce(1).write.mode("overwrite").parquet(f"{at}/done")

    def _read(self, table: str) -> DataFrame:
        return self.spark.read.parquet(*(f"{self.folder}/{part}/{table}" for part in range(self.parts)))

    @property
    def state(self) -> tuple[str, int]:
        """Return what tells it from all others, and from itself at another time."""
        return self.folder, self.parts

    def count(self) -> int:
        """Return how many articles it holds."""
        return sum(row["articles"] for row in self._read("done").collect()) if self.parts else 0

    @property
    def articles(self) -> DataFrame:
        """All articles, with numbers, keys and digests."""
        return self._read("articles")

    def pairs(self, graph: Graph, articles: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Return the candidates of new articles, by id and number, and the articles of the archive that these are.

        Only the keys of the new articles travel: the archive's are read where they are, and what has one of them is
        sent.
        """
        frozen = steps.Frozen(self.weights, graph.config)
        keyed = graph.keep("keyed", lambda: step_of(articles.select("id", "text"), steps.key, steps.KEYED, frozen))
        asks = graph.keep("asks", lambda: step_of(keyed.select("id", "keys"), steps.ask, steps.ASKS))
        posts = self._read("posts").join(few(asks.select("post").distinct()), "post", "left_semi")
        met = graph.keep("met", lambda: graph.together(posts.join(asks, "post"), "asker", keyed, "id", steps.meet,
                                                       steps.MET, frozen))  # fmt: skip
        held = self.articles.join(few(met.select("number").distinct()), "number", "left_semi")
        held = held.select("number", "keys", "digest")
        chosen = graph.keep("chosen", lambda: graph.together(met.join(held, "number"), "asker", keyed, "id",
                                                             steps.choose, steps.CHOSEN, frozen))  # fmt: skip
        wanted = self.articles.join(few(chosen.select("number").distinct()), "number", "left_semi").drop("keys")
        taken = articles.select("id", F.lit(True).alias("taken"))
        others = graph.keep("others", lambda: wanted.join(taken, "id", "left").fillna(False, "taken"))
        return chosen, others

    def asked(self, graph: Graph, articles: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Return the matches of new articles with those of the archive, and these under the names that they have there.

        An article of the archive whose id a new one has goes by another name.
        """
        chosen, others = self.pairs(graph, articles)
        one = articles.select(F.col("id").alias("asker"), F.struct(*FIELDS).alias("a"))
        other = others.select("number", F.struct(*FIELDS).alias("b"), "taken")
        pairs, frozen = chosen.join(one, "asker").join(other, "number"), steps.Frozen(self.weights, graph.config)
        found = graph.keep("asked", lambda: all_of(pairs, steps.verify, MATCH, frozen, graph.told))
        name = F.when(F.col("taken"), F.concat("id", F.lit(MARK))).otherwise(F.col("id"))
        return found, others.withColumn("id", name)


def _parts(spark: SparkSession, folder: str) -> int:
    """Return how many finished parts there are: they follow each other, so halving finds the last."""
    low, high = 0, 1
    while is_there(spark, f"{folder}/{high}/done"):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_there(spark, f"{folder}/{middle}/done") else (low, middle)
    return low + 1
