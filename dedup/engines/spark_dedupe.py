"""A pile without its copies, on Spark: the passes of `pipeline.dedupe` over the graph of stages.

Public: `Removal`, `Deduped`. What is kept of a group is decided by `pipeline.choose`, for all groups side by side; what
it asks is compared as candidate pairs are, and the groups that asked are decided again with the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it
from pyspark.sql.pandas.types import from_arrow_schema

from dedup.candidates.join import Stage
from dedup.config import Level
from dedup.engines import removal_steps as steps
from dedup.engines.arrow import FIELDS
from dedup.engines.spark_frames import Source, Stages, components, named, step_of
from dedup.engines.spark_graph import Graph, skipped_of
from dedup.engines.steps import PAIR
from dedup.pipeline.dedupe import MOST_PASSES, Plan

SIDES = ("least(id, kept) as left", "greatest(id, kept) as right")  # as matches have them
PLACED = ("id", "text", "title", "url", "source", "published", "at", "line", "old")


@dataclass(frozen=True, eq=False)
class Deduped:
    """A pile without its copies, as DataFrames; nothing is sorted."""

    kept: DataFrame  # id, text, title, url, source, published
    removed: DataFrame  # id, source, line, kind, probability, kept, in_archive, reason: as in `.removed.jsonl`
    skipped: DataFrame  # source, line, reason
    capped: dict[str, int]


@dataclass
class Removal:
    """One removal of copies under way."""

    plan: Plan
    stages: Stages

    def run(self, sources: Sequence[Source]) -> Deduped:
        """Look until nothing more goes, and tell what is left."""
        whole = Graph(self.plan.config, self.stages)
        rows, articles, sketches = whole.begin(sources)
        gone = articles.sparkSession.createDataFrame([], from_arrow_schema(steps.GONE))
        capped: dict[str, int] = {}
        for number in range(MOST_PASSES):
            one = Graph(self.plan.config, named(self.stages, f"pass{number}"), count=whole.count)
            left = [df.join(gone.select("id"), "id", "left_anti") for df in (articles, sketches)]
            if left[0].where("not old").isEmpty():
                break
            matches, told = one.matched(left[0], left[1])
            capped = {name: max(told.get(name, 0), capped.get(name, 0)) for name in {**told, **capped}}
            going = one.keep("going", lambda: self.choose(one, matches, articles, sketches))  # noqa: B023 - at once
            if going.isEmpty():
                break
            gone = one.keep("gone", lambda: self.adopt(one, gone, going, articles, sketches))  # noqa: B023
        return self.result(rows, articles, gone, capped)

    def choose(self, one: Graph, matches: DataFrame, articles: DataFrame, sketches: DataFrame) -> DataFrame:
        """Return what goes in a pass, and for what."""
        links = self._of_kinds(matches).withColumn("answer", F.lit(False))
        parts = components(links.select("left", "right"), "groups", one.keep)
        parts = parts.select(F.col("name").alias("id"), F.col("least").alias("part"))
        facts = step_of(articles.select(*PLACED).join(parts, "id", "left_semi"), steps.facts, steps.FACT, one.told,
                        self.plan)  # fmt: skip
        members = one.keep("members", lambda: facts.join(parts, "id"))
        links = one.keep("links", lambda: links.join(parts.withColumnRenamed("id", "left"), "left"))
        gone: DataFrame | None = None
        for turn in count():
            decided = one.keep(f"decided{turn}", lambda: self._decided(one, links, members))  # noqa: B023 - at once
            here = decided.where("kind is not null")
            gone = here if gone is None else gone.unionByName(here)
            asked = decided.where("kind is null")
            if asked.isEmpty():
                return gone
            found = one.keep(f"answers{turn}", lambda: self.compare(one, asked, articles, sketches))  # noqa: B023
            found = found.withColumnsRenamed({"kept": "left", "id": "right"}).withColumn("answer", F.lit(True))
            waiting = asked.select("part").distinct()
            links = links.unionByName(found.select(*links.columns)).join(waiting, "part", "left_semi")
            members = members.join(waiting, "part", "left_semi")
        raise AssertionError("count() has no end")

    def _decided(self, one: Graph, links: DataFrame, members: DataFrame) -> DataFrame:
        return one.together(links, "part", members, "part", steps.decide, steps.GONE, self.plan)

    def _of_kinds(self, matches: DataFrame) -> DataFrame:
        wanted = matches.where(F.col("kind").isin(*map(str, self.plan.kinds)))
        return wanted.select("left", "right", "verdict", "proof")

    def compare(self, one: Graph, asked: DataFrame, articles: DataFrame, sketches: DataFrame) -> DataFrame:
        """Return rows of `steps.GONE` with the match of `id` and `kept`; null where they are no copies."""
        pairs = asked.selectExpr(*SIDES).distinct().withColumn("stage", F.lit(int(Stage.NEAR)))
        if self.plan.config.level is Level.NEAR:
            for side in ("left", "right"):
                own = sketches.select(F.col("id").alias(side), F.col("shingles").alias(f"{side}_shingles"))
                pairs = pairs.join(own, side)
            pairs = step_of(pairs, steps.alike, PAIR, self.plan)
        else:
            pairs = pairs.withColumn("resemblance", F.lit(None).cast("float"))
        found = self._of_kinds(one.verified(articles, pairs))
        named = asked.selectExpr("part", "id", "kept", *SIDES)
        return named.join(found, ["left", "right"], "left").drop("left", "right")

    def adopt(
        self, one: Graph, gone: DataFrame, going: DataFrame, articles: DataFrame, sketches: DataFrame
    ) -> DataFrame:
        """Let articles go; what went for one of them is compared with the one kept now, and stays if it is no copy."""
        if self.plan.drop_all:
            return gone.unionByName(going)
        instead = going.select(F.col("id").alias("kept"), F.col("kept").alias("now"))
        orphans = gone.join(instead, "kept").select("part", "id", F.col("now").alias("kept"))
        found = step_of(self.compare(one, orphans, articles, sketches), steps.adopted, steps.GONE)
        return gone.join(orphans, "id", "left_anti").unionByName(going).unionByName(found)

    def result(self, rows: DataFrame, articles: DataFrame, gone: DataFrame, capped: dict[str, int]) -> Deduped:
        """Return what is left, and what went with its reasons."""
        kept = articles.where("not old").join(gone.select("id"), "id", "left_anti").select(*FIELDS)
        placed = articles.select("id", "place", "line")
        removed = gone.drop("part").join(placed, "id").withColumn("repeat", F.lit(False))
        again = rows.where("again is not null").select(F.col("again").alias("id"), "place", "line")
        instead = F.coalesce("kept", "id").alias("kept")
        again = again.join(gone.select("id", "kept"), "id", "left").select(
            "id", "place", "line", instead, F.lit("exact").alias("kind"), F.lit(1.0).alias("probability"),
            F.lit(True).alias("repeat"))  # fmt: skip
        old = articles.select(F.col("id").alias("kept"), F.col("old").alias("kept_old"))
        removed = removed.unionByName(again).join(old, "kept")
        removed = removed.withColumn("kept_old", F.col("kept_old") & ~F.col("repeat"))
        listed = step_of(removed, steps.tell_removed, steps.REMOVED, self.plan)
        return Deduped(kept, listed, skipped_of(rows.where("again is null")), capped)
