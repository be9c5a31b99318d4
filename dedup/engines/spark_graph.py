"""The graph of stages on Spark: rows go where the keys of the next stage are, and `steps` does the work.

Public: `Graph`, `Scanned`. DataFrames only, so that it runs in a session of Spark
Connect too; nothing here is an algorithm.

    articles -> sketches -> told -> ranks -> bands -> near -> postings -> meetings -> best -> pairs -> matches
             -> clusters, templates, site text -> tables
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it
from pyspark.sql.pandas.types import from_arrow_schema

from dedup.candidates.join import Stage
from dedup.candidates.keyed import MOST_RANKS, hot_from, rank_bits
from dedup.config import Config, Level, Pairs
from dedup.engines import result_steps, steps
from dedup.engines.arrow import FIELDS
from dedup.engines.language_steps import translator_of
from dedup.engines.spark_frames import Source, Stages, all_of, components, few, groups_of, named, ranked, step_of
from dedup.engines.spark_languages import Search, across, taken_for_rewrites, with_translations
from dedup.engines.steps import loaded
from dedup.errors import ConfigError
from dedup.language.frequencies import SAMPLE_ARTICLES
from dedup.pipeline.templates import KINDS
from dedup.records import COPIES

AT_ONCE = 4096  # articles whose keys a step takes together: their meetings, the most, are 100 MB
BUCKET = "bucket"  # of what is bundled already
NUMERIC = r"^\s*[0-9]{1,2}\s?[-/.]"  # a date in which the day may come first


@dataclass(frozen=True, eq=False)
class Scanned:
    """What a scan found, as DataFrames with the columns of the report's tables; nothing is sorted."""

    matches: DataFrame  # with `old`: the side that is of an archive
    clusters: DataFrame
    templates: DataFrame
    articles: DataFrame  # id, cluster, score
    skipped: DataFrame  # source, line, reason
    capped: dict[str, int]
    set_aside: dict[str, int]


class Asked(Protocol):
    """An archive that a scan asks besides (`spark_archive.ParquetArchive`)."""

    def asked(self, graph: Graph, articles: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Return the matches of new articles with its own, and these."""


@dataclass
class Graph:
    """One scan, or pass of a removal of copies, under way."""

    config: Config
    keep: Stages
    told: steps.Told = steps.Told()  # noqa: RUF009 - frozen
    count: int = 0  # of articles

    archive: Asked | None = None  # what is asked besides; its articles are not among the rows
    others: DataFrame | None = None  # those of its articles that were compared

    @property
    def buckets(self) -> int:
        """How many buckets of keys there are."""
        return 1 + self.count // AT_ONCE

    @property
    def bits(self) -> int:
        """How many bits hold the rank of an article."""
        return rank_bits(self.count)

    @property
    def full(self) -> bool:
        """Whether texts are compared."""
        return self.config.level is Level.FULL

    def keyed(
        self, df: DataFrame, key: str, step: Callable[..., pa.Table], schema: pa.Schema, *more: object
    ) -> DataFrame:
        """Return what a step makes of all rows of some keys."""
        grouped, of = self.by(df, key), from_arrow_schema(schema)
        found: DataFrame = grouped.applyInArrow(lambda rows: loaded(schema, step(rows, *more)), of)
        return found

    def together(
        self, df: DataFrame, key: str, own: DataFrame, own_key: str, step: Callable[..., pa.Table], schema: pa.Schema,
        *more: object,
    ) -> DataFrame:  # fmt: skip
        """Return what a step makes of all rows of some keys, and of those that another DataFrame has of the same."""
        grouped, of = self.by(df, key).cogroup(self.by(own, own_key)), from_arrow_schema(schema)
        found: DataFrame = grouped.applyInArrow(lambda rows, others: loaded(schema, step(rows, others, *more)), of)
        return found

    def by(self, df: DataFrame, key: str) -> Any:
        """Return a DataFrame grouped so that each group has all rows of its keys, some thousand articles' together."""
        if key != BUCKET:
            df = df.withColumn(BUCKET, F.pmod(F.xxhash64(key), F.lit(self.buckets)))
        return df.groupBy(BUCKET)

    def begin(self, sources: Sequence[Source], translations: bool = False) -> tuple[DataFrame, DataFrame, DataFrame]:
        """Return all rows under ids of their own, the articles among them, and the sketches of these.

        Raises `ConfigError` where translations are asked for of a call that does not look for them, or the articles are
        more than `MOST_RANKS`, and `MissingPackage` where the extra `languages` is not installed.
        """
        if self.config.languages and not translations:
            raise ConfigError(
                "on Spark a scan looks for translations, but no removal of copies, and no archive in Parquet: use the "
                "local engine"
            )
        if self.full and self.config.languages:
            translator_of(self.config)  # what is missing is told before the work
        read = [all_of(one.rows, steps.sketched, steps.READ, one.step, self.full) for one in sources]
        rows = self.named(self.keep("read", lambda: reduce(DataFrame.unionByName, read)))
        usable = rows.where("reason is null")
        self.count = usable.count()
        if self.count > MOST_RANKS:
            raise ConfigError(f"{self.count:,} articles are more than the {MOST_RANKS:,} that a scan can number")
        return rows, usable.select(*steps.ARTICLE.names), usable.select("id", *steps.SKETCH.names)

    def matched(self, articles: DataFrame, sketches: DataFrame) -> tuple[DataFrame, dict[str, int]]:
        """Return the matches among articles, and what was capped."""
        self.told = self.learn(articles, sketches)
        pairs, capped = self.candidates(articles, sketches)
        exact = F.col("stage") == int(Stage.EXACT)
        read = pairs.where(~exact) if self.full else pairs
        verdicts = self.keep("verdicts", lambda: self.verified(articles, read))
        if self.full:
            verdicts = verdicts.unionByName(
                self.keep("same", lambda: self.same(articles, sketches, pairs.where(exact)))
            )
        if self.archive is not None:
            asked, self.others = self.archive.asked(self, articles)
            verdicts = verdicts.unionByName(asked)
        pages = self.keyed(verdicts.where("page is not null"), "page", result_steps.contain, result_steps.MATCH)
        matches = self.keep("matches", lambda: verdicts.where("page is null").unionByName(pages))
        return matches, {name: count for name, count in capped.items() if count}

    def scan(self, sources: Sequence[Source]) -> Scanned:
        """Run all stages."""
        rows, articles, sketches = self.begin(sources, translations=self.archive is None)
        matches, capped = self.matched(articles, sketches)
        clusters, templates, aside = self.settled(matches, articles, sketches)
        shown = matches.join(aside, ["left", "right"], "left_anti")
        if self.full and self.config.languages:
            found, refused = across(Search(self.config, self.told, self.keep), articles, shown)
            capped |= refused
            wrong = taken_for_rewrites(matches, found)
            if not wrong.isEmpty():
                matches = matches.join(wrong, ["left", "right"], "left_anti")
                again = replace(self, keep=named(self.keep, "again"))
                clusters, templates, aside = again.settled(matches, articles, sketches)
                shown = matches.join(aside, ["left", "right"], "left_anti")
            shown = with_translations(shown, found)
        counts = {row["why"]: row["count"] for row in aside.groupBy("why").count().collect()}
        shown = step_of(shown.select("verdict", "proof"), result_steps.show, result_steps.TABLES["matches"])
        return Scanned(
            shown, clusters, templates,
            self.scored(articles.where("not old"), clusters), skipped_of(rows), capped, counts,
        )  # fmt: skip

    def settled(
        self, matches: DataFrame, articles: DataFrame, sketches: DataFrame
    ) -> tuple[DataFrame, DataFrame, DataFrame]:
        """Return the clusters of some matches, the templates among these, and the pairs that are not listed."""
        clusters = self.keep("clusters", lambda: self.clustered(matches, articles, sketches))
        templates = self.keep("templates", lambda: self.templates(matches))
        return clusters, templates, self.keep("aside", lambda: self.aside(matches, clusters, templates))

    def named(self, rows: DataFrame) -> DataFrame:
        """Give articles that share an id one of their own."""
        base = F.regexp_replace("id", "(#[0-9]+)+$", "")
        usable = rows.where("reason is null").withColumn("base", base)
        shared = self.keep("shared", lambda: usable.groupBy("base").count().where("count > 1").select("base"))
        if shared.isEmpty():
            return rows
        settled = self.keyed(usable.join(shared, "base", "left_semi"), "base", steps.settle, steps.READ)
        rest = usable.join(shared, "base", "left_anti").drop("base")
        both = settled.unionByName(rest).unionByName(rows.where("reason is not null"))
        return self.keep("articles", lambda: both)

    def learn(self, articles: DataFrame, sketches: DataFrame) -> steps.Told:
        """Return what all articles tell: their dates, and at level full their features and lines."""
        votes = self.voted(articles)
        if not self.full:
            return steps.Told(votes=votes)
        least = sketches.where("bag is not null").groupBy("bag").agg(F.min("id").alias("id"))
        chosen = least.orderBy("bag").limit(SAMPLE_ARTICLES)
        texts = articles.join(F.broadcast(chosen), "id", "left_semi").select("text").repartition(1)
        sample = self.keep("sample", lambda: all_of(texts, steps.sample, steps.SAMPLE)).toArrow().to_pylist()
        lined = sketches.where("site is not null")
        sized = lined.join(lined.groupBy("site").agg(F.count("*").alias("size")), "site")
        lines = step_of(sized.select("lines", "bodies", "size"), steps.line_keys, steps.LINED, self.buckets)
        found = self.keep("lines", lambda: self.keyed(lines, BUCKET, steps.repeat, steps.KEYS)).toArrow()
        return steps.told(sample, found, votes)

    def voted(self, articles: DataFrame) -> tuple[tuple[str, bool], ...]:
        """Return what the dates of sites tell of the order of day and month."""
        dates = articles.where(F.col("published").rlike(NUMERIC)).select(*steps.VOTING)
        voted = self.keep("dates", lambda: step_of(dates, steps.votes, steps.VOTES).distinct()).toArrow().to_pylist()
        return tuple(sorted((row["site"], row["first"]) for row in voted))

    def candidates(self, articles: DataFrame, sketches: DataFrame) -> tuple[DataFrame, dict[str, int]]:
        """Return the pairs of ids that are worth a look, and what was capped."""
        groups = self.keep("groups", lambda: groups_of(sketches))
        ranks = self.keep("ranks", lambda: ranked(groups.where("number = 1").select("id", "digest")))
        near = self.keep("near", lambda: self.near(ranks.join(sketches.select("id", "shingles"), "id")))
        capped = _sums(near, bands="stopped")
        links = near.where("left is not null").select(
            "left", "right", F.lit(int(Stage.NEAR)).alias("stage"), "resemblance"
        )
        if self.full:
            crowded = near.where("crowded is not null").select(F.col("crowded").alias("rank"))
            capped["crowded"] = crowded.count()
            best, lists = self.rewrites(articles, ranks.join(crowded, "rank", "left_anti"))
            capped |= lists | _sums(best, top_k_overflow="overflow")
            found = best.where("left is not null")
            links = links.unionByName(found.select("left", "right", F.lit(int(Stage.REWRITE)).alias("stage"),
                                                   F.lit(None).cast("float").alias("resemblance")))  # fmt: skip
        exact = groups.where("number > 1").select(F.col("head").alias("left"), F.col("id").alias("right"),
                                                  F.lit(int(Stage.EXACT)).alias("stage"))  # fmt: skip
        both = self.spread(links, groups, ranks).unionByName(exact, allowMissingColumns=True)
        sides = F.least("left", "right").alias("left"), F.greatest("left", "right").alias("right")
        once = both.groupBy(*sides).agg(F.min("stage").alias("stage"), F.max("resemblance").alias("resemblance"),
                                        F.sum("capped").alias("capped"))  # fmt: skip
        pairs = self.keep("pairs", lambda: once)
        return pairs, capped | _sums(pairs, spread="capped")

    def near(self, heads: DataFrame) -> DataFrame:
        """Return the near-duplicates among articles, those that share bands together."""
        config = self.config.candidates
        bands = step_of(heads.select("rank", "shingles"), steps.bands, steps.POSTED, config, self.bits, self.buckets)
        edges = self.keyed(bands, BUCKET, steps.share, steps.EDGE, self.bits).distinct()
        joined = components(edges, "bands", self.keep).select(F.col("name").alias("rank"), "least")
        return self.keyed(heads.join(joined, "rank").select("rank", "shingles", "least"), "least", steps.near,
                          steps.NEAR, config)  # fmt: skip

    def rewrites(self, articles: DataFrame, ranks: DataFrame) -> tuple[DataFrame, dict[str, int]]:
        """Return the best rewrite candidates of each article by ranks, and how many posting lists were capped."""
        config = self.config.candidates
        signed = step_of(articles.select("id", "text"), steps.weigh, steps.WEIGHTED, self.told)
        bucket = F.pmod("rank", F.lit(self.buckets)).alias(BUCKET)
        weighed = self.keep("weighted", lambda: signed.join(ranks, "id").select(bucket, "rank", "weighted"))
        most = hot_from(weighed.count())
        posted = step_of(weighed, steps.post, steps.POSTED, self.bits, self.buckets)
        met = self.keep("meetings", lambda: self.keyed(posted, BUCKET, steps.meet, steps.MEETING, self.bits,
                                                       config.window, most, self.buckets))  # fmt: skip
        often = self.keyed(met.where("left is not null"), BUCKET, steps.often, steps.OFTEN, config.shared, self.buckets)
        pairs = self.together(often, BUCKET, weighed, BUCKET, steps.fetch, steps.FETCHED, self.buckets)
        best = self.keep("best", lambda: self.together(pairs, BUCKET, weighed, BUCKET, steps.best, steps.BEST,
                                                       self.told, config))  # fmt: skip
        return best, _sums(met, lists="long", hot="hot")

    def spread(self, links: DataFrame, groups: DataFrame, ranks: DataFrame) -> DataFrame:
        """Return the pairs of articles that links between the heads of exact copies stand for."""
        limit = self.config.candidates.spread
        first = groups.where(F.col("number") <= limit).groupBy("digest")
        kin = first.agg(F.sort_array(F.collect_list("id")).alias("ids"), F.max("size").alias("size"))
        kin = kin.join(ranks, "digest").select("rank", "ids", "size")
        for side in ("left", "right"):
            links = links.join(kin.toDF(side, f"{side}s", f"{side}_size"), side)
        return step_of(links, steps.spread, steps.PAIR, limit)

    def verified(self, articles: DataFrame, pairs: DataFrame) -> DataFrame:
        """Return the verdicts on pairs; the texts are there only for these."""
        if self.full:
            asked = pairs.select(F.explode(F.array("left", "right")).alias("id")).distinct()
            articles = articles.join(few(asked), "id", "left_semi")
        return all_of(self._sides(articles, pairs, self.full), result_steps.verify, result_steps.MATCH, self.told,
                      self.config)  # fmt: skip

    def same(self, articles: DataFrame, sketches: DataFrame, pairs: DataFrame) -> DataFrame:
        """Return the verdicts on exact copies, for which no text has to travel."""
        bodies = articles.join(sketches.select("id", "begin", "end"), "id")
        sides = self._sides(bodies, pairs, False, "begin", "end")
        return step_of(sides, result_steps.same, result_steps.MATCH, self.told)

    def _sides(self, articles: DataFrame, pairs: DataFrame, texts: bool, *more: str) -> DataFrame:
        """Return pairs with what is told of both articles, those of two old ones left out."""
        text = F.col("text") if texts else F.lit("").alias("text")
        for side, name in (("left", "a"), ("right", "b")):
            fields = F.struct(*(text if field == "text" else F.col(field) for field in (*FIELDS, "old", *more)))
            pairs = pairs.join(articles.select(F.col("id").alias(side), fields.alias(name)), side)
        return pairs.where("not (a.old and b.old)").select("a", "b", "stage", "resemblance")

    def clustered(self, matches: DataFrame, articles: DataFrame, sketches: DataFrame) -> DataFrame:
        """Return the clusters of verified copies; a wording that several members have is sent once."""
        copies = matches.where(F.col("kind").isin(*map(str, COPIES)))
        parts = components(copies.select("left", "right"), "copies", self.keep)
        named = few(parts.select(F.col("name").alias("id"), F.col("least").alias("part")))
        rows = articles.select("id", "text", *steps.VOTING)
        members = rows.drop("text").join(named, "id").join(sketches.select("id", "digest"), "id")
        if self.others is not None:
            rows = rows.unionByName(self.others.select(*rows.columns))
            members = members.unionByName(self.others.join(named, "id").select(*members.columns))
        members = self.keep("members", lambda: members)
        first = members.groupBy("part", "digest").agg(F.min("id").alias("id")).select("id")
        members = members.join(rows.join(few(first), "id", "left_semi").select("id", "text"), "id", "left")
        copies = copies.join(parts.select(F.col("name").alias("left"), "least"), "left").select("verdict", "least")
        return self.together(copies, "least", members, "part", result_steps.clusters, result_steps.TABLES["clusters"],
                             self.told)  # fmt: skip

    def templates(self, matches: DataFrame) -> DataFrame:
        """Return the articles on different events in one wording."""
        links = matches.where("one_wording").select("left", "right", "verdict")
        parts = components(links.select("left", "right"), "templates", self.keep).select(
            F.col("name").alias("left"), "least"
        )
        return self.keyed(links.join(parts, "left"), "least", result_steps.template, result_steps.TABLES["templates"])

    def aside(self, matches: DataFrame, clusters: DataFrame, templates: DataFrame) -> DataFrame:
        """Return the pairs that are counted and not listed, and why."""
        places = templates.select(F.explode("members").alias("left"), F.col("id").alias("one"))
        others = places.toDF("right", "other")
        wordings = matches.where(F.col("kind").isin(*map(str, KINDS))).join(places, "left").join(others, "right")
        same = wordings.where("one = other").select("left", "right", F.lit("templates").alias("why"))
        asked, stories = matches.where("site is not null"), _members(clusters)
        for side in ("left", "right"):
            asked = asked.join(stories.toDF(side, f"{side}_story"), side, "left")
            asked = asked.withColumn(f"{side}_story", F.coalesce(f"{side}_story", side))
        sited = self.keyed(asked, "site", result_steps.site_text, result_steps.SET_ASIDE)
        sited = sited.join(same, ["left", "right"], "left_anti") if self.config.templates is Pairs.COUNTED else sited
        sited = sited.withColumn("why", F.lit("site_text"))
        kept = [
            df
            for df, pairs in ((same, self.config.templates), (sited, self.config.site_text))
            if pairs is Pairs.COUNTED
        ]
        return kept[0].unionByName(kept[-1]).distinct() if kept else same.limit(0)

    def scored(self, articles: DataFrame, clusters: DataFrame) -> DataFrame:
        """Return all new articles with the cluster and the score of each."""
        told = articles.select("id").join(_members(clusters), "id", "left")
        if self.full and self.config.scores:
            scores = self.keep("scores", lambda: step_of(articles.select("id", "text", "source"), result_steps.score,
                                                       result_steps.SCORE, self.told))  # fmt: skip
            told = told.join(scores, "id", "left")
        else:
            told = told.withColumn("score", F.lit(None).cast("binary"))
        return step_of(told, result_steps.tell, result_steps.TABLES["articles"])


def skipped_of(rows: DataFrame) -> DataFrame:
    """Return the inputs that are no articles, and why."""
    return rows.where("reason is not null").select(F.col("place").alias("source"), "line", "reason")


def _members(clusters: DataFrame) -> DataFrame:
    return clusters.select(F.explode("members").alias("id"), F.col("id").alias("cluster"))


def _sums(df: DataFrame, **columns: str) -> dict[str, int]:
    """Return the sums of some columns by new names."""
    row = df.agg(*(F.sum(column).alias(name) for name, column in columns.items())).first()
    return {name: (row and row[name]) or 0 for name in columns}
