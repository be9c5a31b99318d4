"""Results against labelled pairs: all figures of one tool on one set. Public: `evaluate`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np

from dedup.checks import SHARE, checked_number, require
from dedup.config import Config, Level, settings
from dedup.errors import InputError, UsageError
from dedup.evaluation.agreement import cluster_figures
from dedup.evaluation.detections import PassageFigures, passage_figures
from dedup.evaluation.figures import Evaluation, Figures, Judged
from dedup.evaluation.gold import Gold, Label, Pair, pair_of
from dedup.evaluation.intervals import Numbers, resampled, share_of
from dedup.evaluation.loaders import Found, load_found, load_gold
from dedup.evaluation.public_sets import news_copy_articles
from dedup.evaluation.ranking import auc, average_precision, brier, calibration_error, curve, reliability
from dedup.pipeline.pairs import compare_pairs
from dedup.pipeline.reading import read_articles
from dedup.pipeline.scan import scan
from dedup.pipeline.single import align
from dedup.read import ReadOptions
from dedup.records import COPIES, Article, Kind, Match, Passage, Skipped
from dedup.results import Report

LENGTHS = ((0, "under 120 words"), (120, "120 to 249 words"), (250, "250 words and more"))
MOST_ERRORS = 100  # of each sort
UNNAMED = "without a kind"
EVEN = 0.5  # from which score results without kinds are taken to call a pair a copy
PathLike = str | os.PathLike[str]


@dataclass
class _Said:
    """What was said of pairs, and where from."""

    found: Mapping[Pair, Found]  # what results say, or a scan
    articles: Mapping[str, Article]
    compared: dict[Pair, Match] = field(default_factory=dict)  # labelled pairs that a scan did not list
    scanned: bool = False
    notes: list[str] = field(default_factory=list)


def evaluate(
    gold: Gold | PathLike,
    found: Report | Iterable[Match] | Mapping[Pair, Found] | PathLike | None = None,
    *,
    articles: Iterable[Article | Skipped] | PathLike | None = None,
    config: Config | None = None,
    options: ReadOptions | None = None,
    threshold: float | None = None,
    workers: int | None = None,
) -> Evaluation:
    """Return how good results are by labelled pairs, with intervals and the worst errors.

    Parameters:
        gold: Labelled pairs, or their file (`load_gold`).
        found: The results: a `Report`, matches, the folder of a scan, or a table of pairs with a score by any tool.
        articles: Without `found`, what is scanned: articles, or a file or folder of them. A pair that the scan does
            not list is compared by itself, so that each has a probability. With `found`, only for the lengths of texts.
        config: The settings of the scan and of the comparison.
        options: How the articles of a path are read.
        threshold: Least probability or score of a copy. By default the kind says it, and of results without kinds .5.
        workers: Processes; they never change a result.

    Without `found` and `articles`, the texts in the gold are compared pair by pair: that is the judge alone, without
    the search for candidates.

    Returns:
        An `Evaluation`. Precision counts labelled pairs only, unless the gold is complete.

    Raises:
        UsageError: There is nothing to evaluate.
        InputError: A file cannot be used.
        ConfigError: A setting is out of its range.

    >>> import dedup
    >>> labelled = dedup.load_gold("fixtures/pairs.gold")
    >>> called = [(label.pair, dedup.Found(float(label.copy))) for label in labelled.labels]
    >>> dedup.evaluate(labelled, dict(called)).overall.f1
    1.0
    """
    labelled = gold if isinstance(gold, Gold) else load_gold(gold)
    chosen = settings("evaluate", config, workers=workers, threshold=threshold if found is None else None)
    least = None if threshold is None else checked_number("threshold", threshold, SHARE)
    said = _results(labelled, found, articles, options) if found is not None else None
    said = said or _judged_here(labelled, articles, options, chosen)
    kinds = any(one.kind is not None for one in said.found.values()) or bool(said.compared)
    default = None if kinds else EVEN
    return _figures_of(labelled, said, default if least is None else least, chosen)


def _results(
    gold: Gold, found: Report | Iterable[Match] | Mapping[Pair, Found] | PathLike, articles: object,
    options: ReadOptions | None,
) -> _Said:  # fmt: skip
    known = dict(gold.articles) | (read_texts(articles, options, gold.ids) if articles is not None else {})
    if isinstance(found, Mapping):
        said = _Said({pair_of(*pair): one for pair, one in found.items()}, known)
    elif isinstance(found, str | os.PathLike):
        said = _Said(load_found(found), known)
    else:
        said = _Said(_found_of(found.matches if isinstance(found, Report) else found), known)
        if isinstance(found, Report):
            said.articles = known | {name: found.article(name) for name in gold.ids & set(found.ids)}
    met = {name for pair in said.found for name in pair}
    if said.found and not met & gold.ids:
        raise InputError(
            f"no id of the results is one of the labels: {sorted(met)[0]!r} is in the one, "
            f"{min(gold.ids)!r} in the other"
        )
    return said


def _found_of(matches: Iterable[Match]) -> dict[Pair, Found]:
    found = {}
    for match in matches:
        require("evaluate", match, Match, "matches, a Report, or the path of results")
        found[match.left, match.right] = Found(match.probability, match.kind, match.alignment.passages)
    return found


def read_texts(articles: object, options: ReadOptions | None, ids: Iterable[str] = ()) -> dict[str, Article]:
    """Return articles by id, from an iterable or a path, which may be a file of NEWS-COPY.

    Where none of `ids` is one, but the address of an article is, articles go by their addresses.
    """
    if isinstance(articles, str | os.PathLike):
        named = news_copy_articles(Path(articles)) if Path(articles).suffix == ".json" else None
        articles = read_articles(articles, options) if named is None else named.values()
    if not isinstance(articles, Iterable):
        raise UsageError("evaluate takes articles, or the path of a file or folder of them")
    known = {item.id: item for item in articles if isinstance(item, Article)}
    wanted = set(ids)
    if wanted & known.keys():
        return known
    named_by_url = {item.url: replace(item, id=item.url) for item in known.values() if item.url}
    return named_by_url if wanted & named_by_url.keys() else known


def _judged_here(
    gold: Gold, articles: Iterable[Article | Skipped] | PathLike | None, options: ReadOptions | None, config: Config
) -> _Said:
    """Return the verdicts of this program: on a pile of articles, or on the texts that the labels bring."""
    if articles is None:
        if not gold.articles:
            raise UsageError("the labels have no texts: give the articles that they name, or the results of a scan")
        said = _Said({}, gold.articles)
    else:
        known = read_texts(articles, options, gold.ids)
        if not known.keys() & gold.ids:
            start = f"{min(gold.ids)!r} is labelled" + (f", {min(known)!r} was read" if known else ", none was read")
            raise InputError(
                f"no article has an id or address of the labels: {start}. --id-field names the field of the id"
            )
        said = _Said(_found_of(scan(known.values(), config).matches), known, scanned=True)
    missing = [label for label in gold.labels if not set(label.pair) <= said.articles.keys()]
    if missing:
        said.notes.append(f"{len(missing):,} labelled pairs name an article that was not read, such as "
                          f"{_absent(missing[0], said.articles)!r}; they count as not found")  # fmt: skip
    left_out = set(missing)
    asked = [one.pair for one in gold.labels if one.pair not in said.found and one not in left_out]
    full = config if config.level is Level.FULL else Config(workers=config.workers)
    said.compared = dict(zip(asked, compare_pairs(said.articles, asked, full), strict=True))
    return said


def _absent(label: Label, articles: Mapping[str, Article]) -> str:
    return next(name for name in label.pair if name not in articles)


def _judged(label: Label, said: _Said, least: float | None) -> Judged:
    words = _words(label, said.articles)
    one, match = said.found.get(label.pair), said.compared.get(label.pair)
    if one is not None:
        return Judged(label, _called(one.kind, one.probability, least), one.probability, one.kind, words)
    if match is None:
        return Judged(label, False, 0.0, None, words, "not among the results")
    called = _called(match.kind, match.probability, least)
    why = f"compared by itself: {match.kind.value.replace('_', ' ')}"
    if said.scanned and called:
        return Judged(label, False, match.probability, match.kind, words, "no candidate of the scan; " + why)
    return Judged(label, called, match.probability, match.kind, words, "" if called else why)


def _called(kind: Kind | None, probability: float, least: float | None) -> bool:
    return kind in COPIES if least is None else probability >= least


def _words(label: Label, articles: Mapping[str, Article]) -> int | None:
    both = [articles[name] for name in label.pair if name in articles]
    return min(len(one.text.split()) for one in both) if len(both) == 2 else None


def _figures_of(gold: Gold, said: _Said, least: float | None, config: Config) -> Evaluation:
    called = {pair for pair, one in said.found.items() if _called(one.kind, one.probability, least)}
    known, labelled = gold.ids, {label.pair for label in gold.labels}
    strange = sorted(pair for pair in called - labelled if set(pair) <= known)
    labels = [*gold.labels, *(Label(*pair, copy=False) for pair in strange)] if gold.complete else list(gold.labels)
    rows = [_judged(label, said, least) for label in labels]
    groups = np.array(Gold(tuple(labels)).groups(), np.int64)
    copy, probability = np.array([one.copy for one in labels]), np.array([one.probability for one in rows])
    bounded = bool(((probability >= 0) & (probability <= 1)).all())
    bins = reliability(probability, copy, groups) if bounded else []
    passages, by_kind = _passages(gold, said, config)
    truly = [one.pair for one in gold.labels if one.copy]
    return Evaluation(
        pairs=len(labels), copies=int(copy.sum()), groups=len(np.unique(groups)),
        overall=_shares(rows, groups),
        average_precision=average_precision(probability, copy),
        average_precision_bounds=resampled(lambda at: average_precision(probability[at], copy[at]), groups),
        auc=auc(probability, copy),
        brier=brier(probability, copy) if bounded else None,
        calibration_error=calibration_error(bins) if bounded else None,
        by_kind=_divided(rows, groups, lambda one: one.label.kind or UNNAMED),
        by_length=_divided(rows, groups, _length), curve=curve(probability, copy), reliability=bins,
        errors=_worst(rows),
        clusters=cluster_figures(known, truly, called) if gold.complete else None,
        passages=passages, passages_by_kind=by_kind,
        unlabelled=0 if gold.complete else len(called - labelled),
        threshold=config.judge.threshold if least is None else least,
        skipped=gold.skipped, notes=tuple(said.notes),
    )  # fmt: skip


def _shares(rows: Sequence[Judged], groups: Numbers) -> Figures:
    copy, called = np.array([one.label.copy for one in rows], bool), np.array([one.called for one in rows], bool)

    def f1(at: Numbers) -> float | None:
        right = int((copy[at] & called[at]).sum())
        total = int(copy[at].sum()) + int(called[at].sum())
        return 2 * right / total if total else None

    return Figures(
        share_of(copy[called], groups[called]),
        share_of(called[copy], groups[copy]),
        f1(np.arange(len(rows))),
        resampled(f1, groups),
        share_of(called[~copy], groups[~copy]),
    )


def _divided(rows: Sequence[Judged], groups: Numbers, name: Callable[[Judged], str]) -> dict[str, Figures]:
    parts: dict[str, list[int]] = {}
    for number, one in enumerate(rows):
        parts.setdefault(name(one), []).append(number)
    parts.pop("", None)
    if parts.keys() == {UNNAMED}:  # nobody named kinds
        return {}
    known = sorted(parts, key=lambda part: (_BANDS.get(part, 0), part))
    return {part: _shares([rows[n] for n in parts[part]], groups[parts[part]]) for part in known}


_BANDS = {name: at for at, (_, name) in enumerate(LENGTHS)}


def _length(one: Judged) -> str:
    return "" if one.words is None else next(name for least, name in reversed(LENGTHS) if one.words >= least)


def _worst(rows: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return false alarms and misses alternately, the worst of each first."""
    wrong = sorted((one for one in rows if one.called != one.label.copy), key=lambda one: (-one.wrong, one.label.pair))
    alarms, misses = ([one for one in wrong if one.called is called][:MOST_ERRORS] for called in (True, False))
    mixed = chain.from_iterable(zip_longest(alarms, misses))
    return tuple(one for one in mixed if one is not None)


def _passages(gold: Gold, said: _Said, config: Config) -> tuple[PassageFigures | None, dict[str, PassageFigures]]:
    """Return the figures of passages, of all pairs and by kind, where the labels have them."""
    if not gold.passages:
        return None, {}
    given = any(one.passages for one in said.found.values())
    find = partial(_found_passages, said) if given else partial(_aligned, gold, config)
    pairs: dict[str, list[tuple[Sequence[Passage], Sequence[Passage]]]] = {}
    for label in gold.labels:
        if label.pair in gold.passages:
            pairs.setdefault(label.kind or UNNAMED, []).append((gold.passages[label.pair], find(label.pair)))
    return (
        passage_figures(chain.from_iterable(pairs.values())),
        {kind: passage_figures(some) for kind, some in sorted(pairs.items())},
    )


def _found_passages(said: _Said, pair: Pair) -> Sequence[Passage]:
    return said.found[pair].passages if pair in said.found else ()


def _aligned(gold: Gold, config: Config, pair: Pair) -> Sequence[Passage]:
    """Return the passages of two texts as `align` finds them: every character counts, boilerplate too."""
    if not set(pair) <= gold.articles.keys():
        return ()
    return align(gold.articles[pair[0]].text, gold.articles[pair[1]].text, config).passages
