"""A pile of articles without its copies: scan, choose what to keep, and look again until nothing more goes.

Public: `dedupe`, `dedupe_paths`, `Keep`, `Plan`, `removal_reason`, `least_alike`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import BinaryIO

import numpy as np

from dedup.candidates.join import Stage
from dedup.checks import Paths, checked_choice, checked_paths, require
from dedup.compiled.arrays import U32
from dedup.config import Config, Level, settings
from dedup.engines.kept import NOTHING_KEPT, Kept
from dedup.errors import ConfigError
from dedup.index.articles import ArticleIndex
from dedup.pipeline.archive import Archive
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.choose import Answers, Asked, Gone, Link, groups_of, likeliest, link_of, ordered, settle
from dedup.pipeline.containers import settle_containers
from dedup.pipeline.intake import Intake, store_paths
from dedup.pipeline.languages import find_translations
from dedup.pipeline.preference import READ_AT_ONCE, Keep, preference, site
from dedup.pipeline.scan import Clock, begin_kept, candidates, store_new, verify, verify_pairs
from dedup.pipeline.signatures import Learnt, Sketcher
from dedup.read import ReadOptions
from dedup.records import COPIES, TRANSLATIONS, Article, Kind, Skipped
from dedup.results import Deduped, KeptArticles, PackedMatch, Removed, ScoreTable, unpack_match
from dedup.sketch import SHINGLES, shingle_signatures
from dedup.text import hash_bytes

MOST_PASSES = 10  # two nearly always: what goes in the first may have hidden a pair from the second
UNSCORED = ScoreTable(())
DEFAULT_KINDS = (Kind.EXACT, Kind.NEAR, Kind.REWRITE)


@dataclass(frozen=True)
class Plan:
    """What is to be removed, and what is to be kept, on any engine."""

    config: Config
    keep: Keep
    sources: tuple[str, ...]
    kinds: frozenset[Kind]
    drop_all: bool

    @staticmethod
    def of(config: Config, keep: Keep | str | Sequence[str], kinds: Iterable[Kind | str], drop_all: bool) -> Plan:
        """Return a plan from the arguments of a call. Raises `ConfigError`."""
        sources = () if isinstance(keep, str) else tuple(map(site, keep))
        chosen = checked_choice("keep", keep, Keep) if isinstance(keep, str) else Keep.SOURCE
        if chosen is Keep.SOURCE and not sources:
            raise ConfigError("keep='source' needs the sources in order of preference: keep=['example.org', ...]")
        wanted = frozenset(
            checked_choice("kinds", kind, Kind) for kind in (kinds.split(",") if isinstance(kinds, str) else kinds)
        )
        if not wanted or wanted - COPIES - {Kind.CONTAINS} - TRANSLATIONS:
            raise ConfigError(
                "kinds must be some of exact, near and rewrite, which make an article a copy, contains and translation"
            )
        if wanted & TRANSLATIONS:
            if config.level is Level.NEAR:
                raise ConfigError("kinds: translations need level full")
            config = config.replace(languages=True)
        return Plan(config, chosen, sources, wanted, drop_all)

    @property
    def key(self) -> tuple[object, ...]:
        """Return what decides the result besides the settings, written the same way in every process."""
        return self.keep, self.sources, sorted(self.kinds), self.drop_all


def dedupe(
    articles: Iterable[Article | Skipped],
    config: Config | None = None,
    *,
    against: Iterable[Article | Skipped] | ArticleIndex | None = None,
    keep: Keep | str | Sequence[str] = Keep.ORIGINAL,
    kinds: Iterable[Kind | str] = DEFAULT_KINDS,
    drop_all: bool = False,
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
) -> Deduped:
    """Return a pile of articles without its copies, and of each copy why it goes and what is kept instead.

    Parameters:
        articles: `dedup.Article` records, in any order; items that are `Skipped` already are passed on.
        config: The settings; the keywords below change single ones.
        against: Articles of an archive, or an open index: what is there already is removed, and nothing of the archive.
        keep: Which article of a group stays: "original" (the default), "earliest", "latest", "longest", "best-score",
            "first", or a list of sources (names or sites), the preferred one first.
        kinds: Which matches make an article go: of "exact", "near" and "rewrite", by default all three. With
            "contains" a page with several stories goes for one that is kept, or the story for the page; with
            "translation" an article goes for one that says the same in another language.
        drop_all: Whether nothing of a group of copies stays.
        level: "full" (the default), or "near": only exact copies and near-duplicates by their signatures, much faster.
        threshold: Least probability, 0 to 1, at which one article is called a copy of another (default .5).
        workers: Processes and threads, 0 (the default) for one for each processor; they never change a result.

    Returns:
        A `Deduped` with `kept`, `removed` and `counts`. What goes was compared with what is kept instead of it, never
        only with something else that goes. The same call on `kept` removes nothing more.

    Raises:
        UsageError: An item is no article; `dedupe_paths` takes files and folders.
        ConfigError: A setting is out of its range.

    >>> import dedup
    >>> text = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3
    >>> pile = [dedup.Article("a", text), dedup.Article("b", text), dedup.Article("c", "Nothing of that kind.")]
    >>> result = dedup.dedupe(pile, level="near", workers=1)
    >>> [article.id for article in result.kept], [(gone.id, gone.kept) for gone in result.removed]
    (['a', 'c'], [('b', 'a')])
    """
    chosen = settings("dedupe", config, level=level, threshold=threshold, workers=workers)
    plan, clock = Plan.of(chosen, keep, kinds, drop_all), Clock()
    with clock.measure("read"):
        intake, archive = store_new(articles, against, "dedupe")
    return _Work(intake, archive, plan, clock).run(Sketcher(chosen))


def dedupe_paths(
    paths: Paths,
    options: ReadOptions | None = None,
    config: Config | None = None,
    stdin: BinaryIO | None = None,
    *,
    against: Paths = (),
    keep: Keep | str | Sequence[str] = Keep.ORIGINAL,
    kinds: Iterable[Kind | str] = DEFAULT_KINDS,
    drop_all: bool = False,
    level: Level | str | None = None,
    threshold: float | None = None,
    workers: int | None = None,
    kept: Kept = NOTHING_KEPT,
) -> Deduped:
    """Return what `dedupe` makes of the articles of files, folders and standard input (`-`).

    Parameters:
        paths: A path or several, as for `read_articles`.
        options: Names of JSON fields, formats and limits of size (`dedup.ReadOptions`).
        config, keep, kinds, drop_all, level, threshold, workers: As for `dedupe`.
        stdin: What is read for `-` instead of this process's standard input.
        against: Files and folders of an archive, or the folder of an index.
        kept: Work of an earlier call that was killed, and where this one keeps its own (`dedup dedupe --resume`).

    Returns:
        A `Deduped`; `dedup.write_deduped` writes the input without what was removed.

    Raises:
        InputError: A path does not exist.
        UsageError: An argument is no path.
        ConfigError: A setting is out of its range.

    >>> import dedup
    >>> result = dedup.dedupe_paths("fixtures/treaty", level="near", workers=1)
    >>> result.counts["kept"] + result.counts["removed"] == result.counts["read"]
    True
    """
    chosen = settings("dedupe_paths", config, level=level, threshold=threshold, workers=workers)
    plan, clock, sketcher = Plan.of(chosen, keep, kinds, drop_all), Clock(), Sketcher(chosen)
    require("dedupe_paths", options, (ReadOptions, type(None)), "dedup.ReadOptions as its options")
    given, archive = checked_paths("dedupe_paths", paths), Archive.of("dedupe_paths", against)
    with clock.measure("read"):
        intake = store_paths(given, options or ReadOptions(), stdin, sketcher.take, archive.files)
    return _Work(intake, archive, plan, clock, kept).run(sketcher)


@dataclass
class _Work:
    """One removal of copies under way; articles go by their numbers in the store."""

    intake: Intake
    archive: Archive
    plan: Plan
    clock: Clock
    kept: Kept = NOTHING_KEPT
    gone: Gone = field(default_factory=dict)
    outside: dict[int, tuple[str, Link]] = field(default_factory=dict)  # by number: what the index holds already
    capped: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = self.intake.store
        self.new = len(self.store) if self.intake.new is None else self.intake.new

    def run(self, sketcher: Sketcher) -> Deduped:
        """Look until nothing more goes, and tell what is left."""
        begin_kept(self.kept, self.store, self.new, self.plan.config)
        with self.clock.measure("verify"):
            self._ask_archive()
        if self.outside:
            sketcher.finish(self.store)  # its threads; what it learnt is of articles that go
            sketcher = Sketcher(self.plan.config)
        for _ in range(MOST_PASSES):
            alive = [n for n in range(len(self.store)) if n not in self.gone and n not in self.outside]
            if not alive or not self._pass(alive, sketcher):
                break
            sketcher = Sketcher(self.plan.config)
        return self._result()

    def _ask_archive(self) -> None:
        for packed in self.archive.matches(self.store, range(self.new), self.plan.config):
            match = unpack_match(packed)
            if match.kind not in self.plan.kinds:
                continue
            mine, other = (match.right, match.left) if match.old == "left" else (match.left, match.right)
            link = Link(match.kind, match.probability, None, match.original_confidence)
            self.outside.setdefault(self.store.numbers[mine], (other, link))  # the likeliest comes first

    def _pass(self, alive: list[int], sketcher: Sketcher) -> bool:
        """Let the copies among the articles that are left go; return whether there were any."""
        part = self.store if len(alive) == len(self.store) else self.store.chosen(alive)
        with self.clock.measure("sketch"):
            sketches = sketcher.finish(part)
        with self.clock.measure("candidates"):
            new = int(np.searchsorted(alive, self.new))
            found, learnt = candidates(part, sketches, self.plan.config, new), sketches.learnt
            del sketches
        for name, count in asdict(found.capped).items():
            self.capped[name] = max(count, self.capped.get(name, 0))
        with self.clock.measure("verify"):
            self._label = np.array(alive).tobytes()
            verified = verify(part, found, learnt, UNSCORED, self.plan.config, self.kept, self._label)
            links = self._links(chain(settle_containers(verified, self.store.named), self._translations(part, new)))
        with self.clock.measure("choose"):
            going = self._all_of(links) if self.plan.drop_all else self._copies(links, learnt)
            self._adopt(going, learnt)
        return bool(going)

    def _translations(self, part: ArticleStore, new: int) -> list[PackedMatch]:
        """Return the translations among the articles that are left, where they are to go."""
        if not self.plan.kinds & TRANSLATIONS:
            return []
        return find_translations(part, (), self.plan.config, new, self.kept, self._label).matches

    def _links(self, packed: Iterable[PackedMatch]) -> dict[int, dict[int, Link]]:
        links: dict[int, dict[int, Link]] = {}
        numbers = self.store.numbers
        for match in map(unpack_match, (one for one in packed if one.verdict.kind in self.plan.kinds)):
            left, right = numbers[match.left], numbers[match.right]
            link = link_of(match, numbers.__getitem__)
            links.setdefault(left, {})[right] = link
            links.setdefault(right, {})[left] = link
        return dict(sorted(links.items()))

    def _all_of(self, links: dict[int, dict[int, Link]]) -> Gone:
        """Return all that have a copy, each with the likeliest of them."""
        return {n: likeliest(found, self.store.ids.__getitem__) for n, found in links.items() if n < self.new}

    def _copies(self, links: dict[int, dict[int, Link]], learnt: Learnt) -> Gone:
        """Return what goes, deciding on all groups side by side: what they ask is compared together."""
        groups = groups_of(links)
        clustered = [n for group in groups for n in group if n < self.new]
        key = preference(self.plan.keep, self.plan.sources, self.store, clustered)
        waiting: list[tuple[Generator[Asked, Answers, Gone], Asked]] = []
        going: Gone = {}
        ids = self.store.ids
        for group in groups:
            order = ordered(group, links, ids.__getitem__, key, self._fixed)
            _advance(settle(order, links, self._fixed), None, waiting, going)
        while waiting:
            asked, waiting = waiting, []
            answers = self._compare([pair for _, pairs in asked for pair in pairs], learnt)
            for decision, pairs in asked:
                _advance(decision, list(islice(answers, len(pairs))), waiting, going)
        return going

    def _fixed(self, number: int) -> bool:
        """Whether an article is of the archive, and stays."""
        return number >= self.new

    def _adopt(self, going: Gone, learnt: Learnt) -> None:
        """Let articles go; what went for one of them is compared with the one kept now, and stays if it is no copy."""
        self.gone |= going
        if self.plan.drop_all:
            return
        orphans = [(going[kept][0], number) for number, (kept, _) in self.gone.items() if kept in going]
        for (keeper, number), link in zip(orphans, self._compare(orphans, learnt), strict=True):
            if link is None:
                del self.gone[number]
            else:
                self.gone[number] = keeper, link

    def _compare(self, pairs: Asked, learnt: Learnt) -> Iterator[Link | None]:
        """Return the links of pairs of articles, None where they are no copies."""
        compared = self._resembling(pairs) if self.plan.config.level is Level.NEAR else pairs
        asked = [(a, b, Stage.NEAR, self._resemblance.get((a, b), 0.0)) for a, b in compared]
        label = b"again" + self._label
        found = verify_pairs(self.store, asked, learnt, UNSCORED, self.plan.config, self.kept, label) if asked else ()
        links = self._links(found)
        return (links.get(a, {}).get(b) for a, b in pairs)

    _resemblance: dict[tuple[int, int], float] = field(default_factory=dict)
    _label: bytes = b""  # of the articles that are left, whose weights the pass under way has learnt

    def _resembling(self, pairs: Asked) -> Asked:
        """Return the pairs whose signatures are alike enough, with how much (in `_resemblance`)."""
        numbers = sorted({n for pair in pairs for n in pair})
        signatures: dict[int, U32] = {}
        for first in range(0, len(numbers), READ_AT_ONCE):
            some = numbers[first : first + READ_AT_ONCE]
            signatures |= dict(zip(some, shingle_signatures(*hash_bytes(*self.store.read(some)[1:])), strict=True))
        self._resemblance = {(a, b): float((signatures[a] == signatures[b]).mean()) for a, b in pairs}
        least = least_alike(self.plan.config)
        return [pair for pair in pairs if self._resemblance[pair] >= least]

    def _result(self) -> Deduped:
        stays = [n for n in range(self.new) if n not in self.gone and n not in self.outside]
        removed = [self._removed(n) for n in range(self.new) if n in self.gone or n in self.outside]
        repeats = [
            Removed(r.id, r.place, r.line, Kind.EXACT, 1.0, self._standing(r.id), False, REPEATED)
            for r in self.intake.repeats
        ]
        spots = {(repeat.place, repeat.line) for repeat in self.intake.repeats}
        skipped = [one for one in self.intake.skipped if (one.source, one.line) not in spots]
        kept = KeptArticles([self.store.ids[n] for n in stays], self.store.named)
        capped = {name: count for name, count in self.capped.items() if count}
        notes = tuple(self.intake.notes)
        return Deduped(kept, (*removed, *repeats), tuple(skipped), capped, dict(self.clock.seconds), notes)

    def _standing(self, id_: str) -> str | None:
        """Return what is kept for an id: itself, or what is kept instead of it."""
        number = self.store.numbers[id_]
        if number in self.outside:
            return self.outside[number][0]
        if number in self.gone:
            return None if self.plan.drop_all else self.store.ids[self.gone[number][0]]
        return id_

    def _removed(self, number: int) -> Removed:
        if number in self.outside:
            (other, link), old = self.outside[number], True
        else:
            at, link = self.gone[number]
            other, old = self.store.ids[at], at >= self.new
        reason = removal_reason(link.kind, other, old, self.plan.drop_all)
        kept = None if self.plan.drop_all and not old else other
        place, line = self.intake.places[number]
        return Removed(self.store.ids[number], place, line, link.kind, link.probability, kept, old, reason)


REPEATED = "the same id with the same text"
_CALLED = {
    Kind.EXACT: "the same words as",
    Kind.NEAR: "a near-duplicate of",
    Kind.REWRITE: "a rewrite of",
    Kind.CONTAINS: "one page with",
    Kind.TRANSLATION: "a translation of the text of",
    Kind.POSSIBLE_TRANSLATION: "possibly a translation of the text of",
}


def least_alike(config: Config) -> float:
    """Return the share of equal slots in two signatures from which level near compares two articles."""
    return float(np.ceil(config.candidates.resemblance * SHINGLES.slots) / SHINGLES.slots)


def removal_reason(kind: Kind, other: str, old: bool, drop_all: bool) -> str:
    """Return why an article goes that matches another one."""
    where = " of the archive" if old else ""
    return f"{_CALLED[kind]} {other}{where}" + "; none of its group is kept" * drop_all


def _advance(
    decision: Generator[Asked, Answers, Gone],
    answers: Answers | None,
    waiting: list[tuple[Generator[Asked, Answers, Gone], Asked]],
    going: Gone,
) -> None:
    """Take a decision on a group one step further: it waits for more answers, or what goes is known."""
    try:
        asked = next(decision) if answers is None else decision.send(answers)
    except StopIteration as done:
        going.update(done.value)
    else:
        waiting.append((decision, asked))
