"""The graph of stages on Spark: rows go where the keys of the next stage are, and `steps` does the work.

Public: `scan`, `Scanned`. DataFrames only, so that it runs in a session of Spark Connect too; nothing here is an
algorithm.

    articles -> sketches -> told -> ranks -> bands -> near -> postings -> meetings -> best -> pairs -> matches
             -> clusters, templates, site text -> tables
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's documentation has it
from pyspark.sql.pandas.types import from_arrow_schema

from dedup.candidates.join import Stage
from dedup.candidates.keyed import hot_from
from dedup.config import Config, Level, Pairs, settings
from dedup.engines import result_steps, steps
from dedup.engines.arrow import FIELDS
from dedup.engines.spark_frames import components, groups_of, ranked
from dedup.errors import ConfigError, UsageError
from dedup.language.frequencies import SAMPLE_ARTICLES
from dedup.pipeline.templates import KINDS
from dedup.records import COPIES

AT_ONCE = 4096  # articles whose keys a step takes together: their meetings, the most, are 100 MB
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


Step = Callable[..., Any]
Keep = Callable[[str, Callable[[], DataFrame]], DataFrame]


def _cached(_: str, make: Callable[[], DataFrame]) -> DataFrame:
    """Return a stage that Spark keeps as long as the session lives."""
    return make().persist()


def scan(
    df: DataFrame,
    config: Config | None = None,
    *,
    against: DataFrame | None = None,
    keep: Keep = _cached,
    level: Level | str | None = None,
    threshold: float | None = None,
    related: bool | None = None,
    templates: Pairs | str | None = None,
    site_text: Pairs | str | None = None,
) -> Scanned:
    """Return what `dedup.scan` finds among the articles of a DataFrame.

    Parameters:
        df: A row an article: `id`, `text`, and where there are some `title`, `url`, `source` and `published`, a time or
            a string. Rows that cannot be used are in `skipped`.
        config: The settings; the keywords below change single ones. `workers` says nothing here.
        against: Articles of an archive, as for `dedup.scan`.
        keep: What keeps the result of a stage; `checkpoints` has one that a later run goes on from.
        level, threshold, related, templates, site_text: As for `dedup.scan`.

    Returns:
        A `Scanned`, with the matches, clusters, templates, scores and counts of `dedup.scan`, whatever the partitions.
        The order of the rows is not known: of several articles with one id the least text comes first.

    Raises:
        UsageError: The DataFrame has no column `id` or `text`.
        ConfigError: A setting is out of its range.
    """
    chosen = settings("scan", config, level=level, threshold=threshold, related=related, templates=templates,
                      site_text=site_text)  # fmt: skip
    rows = _rows(df, "articles", False)
    if against is not None:
        rows = rows.unionByName(_rows(against, "against", True))
    return scan_articles(rows, chosen, keep)


def scan_articles(rows: DataFrame, config: Config, keep: Keep = _cached) -> Scanned:
    """Return what `scan` finds among articles with the columns of `steps.ARTICLE`, as `spark_files.read` has them.

    Raises `ConfigError` where translations are asked for: only the local engine looks for them.
    """
    if config.languages:
        raise ConfigError("languages are not looked across on Spark: scan with the local engine")
    return _Scan(config, keep).run(rows)


def _rows(df: DataFrame, place: str, old: bool) -> DataFrame:
    """Return the rows of a user's DataFrame as articles, or with the reason why they are none."""
    if missing := {"id", "text"} - set(df.columns):
        raise UsageError(f"scan takes a DataFrame with the columns id and text: there is no {' and no '.join(missing)}")
    wanted = [F.col(name).cast("string").alias(name) if name == "id" else F.col(name)
              for name in FIELDS if name in df.columns]  # fmt: skip
    return _step(df.select(*wanted), steps.intake, steps.ARTICLE, place).withColumn("old", F.lit(old))


def _step(df: DataFrame, step: Callable[..., Any], schema: pa.Schema, *arguments: object) -> DataFrame:
    """Return what a step makes of each batch of a DataFrame."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in batches:
            if rows.num_rows:
                yield step(rows, *arguments)

    return df.mapInArrow(run, from_arrow_schema(schema))


def _all(df: DataFrame, step: Callable[..., Any], schema: pa.Schema, *arguments: object) -> DataFrame:
    """Return what a step makes of all batches of each partition."""
    return df.mapInArrow(lambda batches: step(batches, *arguments), from_arrow_schema(schema))


@dataclass
class _Scan:
    """One scan under way."""

    config: Config
    keep: Keep
    told: steps.Told = steps.Told()  # noqa: RUF009 - frozen
    buckets: int = 1

    @property
    def full(self) -> bool:
        return self.config.level is Level.FULL

    def keyed(
        self, df: DataFrame, key: str, step: Callable[..., pa.Table], schema: pa.Schema, *more: object
    ) -> DataFrame:
        """Return what a step makes of all rows of some keys."""
        found: DataFrame = self.by(df, key).applyInArrow(lambda rows: step(rows, *more), from_arrow_schema(schema))
        return found

    def by(self, df: DataFrame, key: str) -> Any:
        """Return a DataFrame grouped so that each group has all rows of its keys, some thousand articles' together."""
        return df.withColumn("bucket", F.pmod(F.xxhash64(key), F.lit(self.buckets))).groupBy("bucket")

    def run(self, rows: DataFrame) -> Scanned:
        """Run all stages."""
        rows = self.keep("articles", lambda: self.named(rows))
        articles = rows.where("reason is null")
        self.buckets = 1 + articles.count() // AT_ONCE
        sketches = self.keep("sketches", lambda: _step(articles.select("id", "text", "source"), steps.sketch,
                                                       steps.SKETCH, self.full))  # fmt: skip
        self.told = self.learn(articles, sketches)
        pairs, capped = self.candidates(articles, sketches)
        verdicts = self.keep("verdicts", lambda: self.verified(articles, pairs))
        pages = self.keyed(verdicts.where("page is not null"), "page", result_steps.contain, result_steps.MATCH)
        matches = self.keep("matches", lambda: verdicts.where("page is null").unionByName(pages))
        clusters = self.keep("clusters", lambda: self.clustered(matches, articles, sketches))
        templates = self.keep("templates", lambda: self.templates(matches))
        aside = self.keep("aside", lambda: self.aside(matches, clusters, templates))
        counts = {row["why"]: row["count"] for row in aside.groupBy("why").count().collect()}
        shown = matches.join(aside, ["left", "right"], "left_anti").select("verdict", "proof")
        return Scanned(
            _step(shown, result_steps.show, result_steps.TABLES["matches"]), clusters, templates,
            self.scored(articles.where("not old"), clusters),
            rows.where("reason is not null").select(F.col("place").alias("source"), "line", "reason"),
            {name: count for name, count in capped.items() if count}, counts,
        )  # fmt: skip

    def named(self, rows: DataFrame) -> DataFrame:
        """Give articles that share an id one of their own."""
        base = F.regexp_replace("id", "(#[0-9]+)+$", "")
        usable = rows.where("reason is null").withColumn("base", base)
        shared = usable.groupBy("base").count().where("count > 1").select("base").persist()
        if shared.isEmpty():
            return rows
        settled = self.keyed(usable.join(shared, "base", "left_semi"), "base", steps.settle, steps.ARTICLE)
        rest = usable.join(shared, "base", "left_anti").drop("base")
        return settled.unionByName(rest).unionByName(rows.where("reason is not null"))

    def learn(self, articles: DataFrame, sketches: DataFrame) -> steps.Told:
        """Return what all articles tell: their dates, and at level full their features and lines."""
        dates = articles.where(F.col("published").rlike(NUMERIC)).select(*steps.VOTING)
        voted = self.keep("dates", lambda: _step(dates, steps.votes, steps.VOTES).distinct()).toArrow().to_pylist()
        votes = tuple(sorted((row["site"], row["first"]) for row in voted))
        if not self.full:
            return steps.Told(votes=votes)
        least = sketches.where("bag is not null").groupBy("bag").agg(F.min("id").alias("id"))
        chosen = least.orderBy("bag").limit(SAMPLE_ARTICLES)
        texts = articles.join(chosen, "id", "left_semi").select("text").repartition(1)
        sample = self.keep("sample", lambda: _all(texts, steps.sample, steps.SAMPLE)).toArrow().to_pylist()
        lined = sketches.where("site is not null")
        lines = lined.select("bodies", "site", F.explode("lines").alias("line"))
        lines = lines.join(lined.groupBy("site").agg(F.count("*").alias("size")), "site")
        found = self.keep("lines", lambda: self.keyed(lines, "line", steps.repeat, steps.KEYS)).toArrow()
        return steps.told(sample, found, votes)

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
        pairs = self.keep("pairs", lambda: self.spread(links, groups, ranks))
        exact = groups.where("number > 1").select(F.col("head").alias("left"), F.col("id").alias("right"),
                                                  F.lit(int(Stage.EXACT)).alias("stage"))  # fmt: skip
        both = pairs.unionByName(exact, allowMissingColumns=True)
        sides = F.least("left", "right").alias("left"), F.greatest("left", "right").alias("right")
        once = both.groupBy(*sides).agg(F.min("stage").alias("stage"), F.max("resemblance").alias("resemblance"))
        return once, capped | _sums(pairs, spread="capped")

    def near(self, heads: DataFrame) -> DataFrame:
        """Return the near-duplicates among articles, those that share bands together."""
        config = self.config.candidates
        bands = _step(heads.select("rank", "shingles"), steps.bands, steps.BAND, config)
        least = F.min("rank").over(Window.partitionBy("band", "key"))
        edges = bands.withColumn("least", least).where("rank != least").select("least", "rank").distinct()
        joined = components(edges.toDF("left", "right")).select(F.col("name").alias("rank"), "least")
        return self.keyed(heads.join(joined, "rank").select("rank", "shingles", "least"), "least", steps.near,
                          steps.NEAR, config)  # fmt: skip

    def rewrites(self, articles: DataFrame, ranks: DataFrame) -> tuple[DataFrame, dict[str, int]]:
        """Return the best rewrite candidates of each article by ranks, and how many posting lists were capped."""
        config = self.config.candidates
        signed = _step(articles.select("id", "text"), steps.weigh, steps.WEIGHTED, self.told)
        weighed = self.keep("weighted", lambda: signed.join(ranks, "id").select("rank", "weighted"))
        most = hot_from(weighed.count())
        met = self.keep("meetings", lambda: self.keyed(_step(weighed, steps.post, steps.POSTING), "key", steps.meet,
                                                       steps.MEETING, config.window, most))  # fmt: skip
        often = self.keyed(met.where("left is not null"), "left", steps.often, steps.OFTEN, config.shared)
        rights = often.join(weighed.select(F.col("rank").alias("right"), "weighted"), "right")
        told = self.told

        def choose(rows: pa.Table, own: pa.Table) -> pa.Table:
            return steps.best(rows, own, told, config)

        lefts = self.by(weighed.select(F.col("rank").alias("own"), F.col("weighted").alias("signature")), "own")
        best = self.keep("best", lambda: self.by(rights, "left").cogroup(lefts).applyInArrow(
            choose, from_arrow_schema(steps.BEST)))  # fmt: skip
        return best, _sums(met, lists="long", hot="hot")

    def spread(self, links: DataFrame, groups: DataFrame, ranks: DataFrame) -> DataFrame:
        """Return the pairs of articles that links between the heads of exact copies stand for."""
        limit = self.config.candidates.spread
        first = groups.where(F.col("number") <= limit).groupBy("digest")
        kin = first.agg(F.sort_array(F.collect_list("id")).alias("ids"), F.max("size").alias("size"))
        kin = kin.join(ranks, "digest").select("rank", "ids", "size")
        for side in ("left", "right"):
            links = links.join(kin.toDF(side, f"{side}s", f"{side}_size"), side)
        return _step(links, steps.spread, steps.PAIR, limit)

    def verified(self, articles: DataFrame, pairs: DataFrame) -> DataFrame:
        """Return the verdicts on pairs; the texts are there only for these."""
        text = F.col("text") if self.full else F.lit("").alias("text")
        for side, name in (("left", "a"), ("right", "b")):
            fields = F.struct(*(text if field == "text" else F.col(field) for field in (*FIELDS, "old")))
            pairs = pairs.join(articles.select(F.col("id").alias(side), fields.alias(name)), side)
        new = pairs.where("not (a.old and b.old)").select("a", "b", "stage", "resemblance")
        return _all(new, result_steps.verify, result_steps.MATCH, self.told, self.config)

    def clustered(self, matches: DataFrame, articles: DataFrame, sketches: DataFrame) -> DataFrame:
        """Return the clusters of verified copies; a wording that several members have is sent once."""
        copies = matches.where(F.col("kind").isin(*map(str, COPIES)))
        parts = components(copies.select("left", "right")).persist()
        own = Window.partitionBy("part", "digest")
        members = parts.select(F.col("name").alias("id"), F.col("least").alias("part"))
        members = members.join(sketches.select("id", "digest"), "id")
        members = members.withColumn("first", F.min("id").over(own) == F.col("id"))
        members = members.join(articles.select("id", "text", *steps.VOTING), "id")
        members = members.withColumn("text", F.when(F.col("first"), F.col("text")))
        told = self.told
        copies = copies.join(parts.select(F.col("name").alias("left"), "least"), "left").select("verdict", "least")

        def cluster(rows: pa.Table, named: pa.Table) -> pa.Table:
            return result_steps.clusters(rows, named, told)

        grouped = self.by(copies, "least").cogroup(self.by(members, "part"))
        found: DataFrame = grouped.applyInArrow(cluster, from_arrow_schema(result_steps.TABLES["clusters"]))
        return found

    def templates(self, matches: DataFrame) -> DataFrame:
        """Return the articles on different events in one wording."""
        links = matches.where("one_wording").select("left", "right", "verdict")
        parts = components(links.select("left", "right")).select(F.col("name").alias("left"), "least")
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
            scores = self.keep("scores", lambda: _step(articles.select("id", "text", "source"), result_steps.score,
                                                       result_steps.SCORE, self.told))  # fmt: skip
            told = told.join(scores, "id", "left")
        else:
            told = told.withColumn("score", F.lit(None).cast("binary"))
        return _step(told, result_steps.tell, result_steps.TABLES["articles"])


def _members(clusters: DataFrame) -> DataFrame:
    return clusters.select(F.explode("members").alias("id"), F.col("id").alias("cluster"))


def _sums(df: DataFrame, **columns: str) -> dict[str, int]:
    """Return the sums of some columns by new names."""
    row = df.agg(*(F.sum(column).alias(name) for name, column in columns.items())).first()
    return {name: (row and row[name]) or 0 for name in columns}
