"""The threshold for a wished precision or recall, from labelled pairs. Public: `tune`, `Tuned`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedup.checks import BETWEEN, checked_choice, checked_number
from dedup.compiled.arrays import F64
from dedup.config import Config, settings
from dedup.errors import ConfigError, InputError, UsageError
from dedup.evaluation.evaluate import read_texts
from dedup.evaluation.gold import Gold
from dedup.evaluation.intervals import Flags, Numbers, Share, plain, share_of, wilson_of
from dedup.evaluation.loaders import load_gold
from dedup.judge.own import OwnModel
from dedup.pipeline.pairs import measure_pairs
from dedup.read import ReadOptions
from dedup.records import Article, Skipped
from dedup.tuning.models import STRENGTHS, Examples, Learn, fit, folds_of, log_losses, out_of_fold

LEAST_PAIRS = 20  # of copies, and of others: fewer say nothing of a threshold
LEAST_GROUPS = 4
LEAST_GROUPS_OF_WEIGHTS = 50
DIGITS = 6  # of a threshold that count
MOST_LEVELS = 1_000  # thresholds that are tried
SIMPLER = (Learn.NOTHING, Learn.CALIBRATION, Learn.WEIGHTS)
PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Tuned:
    """Settings that were learnt, and what they are worth on pairs that they were not learnt from."""

    config: Config  # with the threshold, and with `judge.own` where something was learnt
    threshold: float
    learnt: Learn
    wanted: Mapping[str, float]  # {"precision": .99} or {"recall": .95}
    precision: Share  # by cross-validation: the threshold and the model of each fold come from the other folds
    recall: Share
    sure: bool  # whether the threshold was chosen by the lower end of the interval
    shown: bool  # whether the lower end of the cross-validated interval reaches what was wanted
    losses: Mapping[str, float]  # mean logarithmic loss out of fold, by what was learnt
    pairs: int
    groups: int

    def about(self) -> dict[str, Any]:
        """Return how the settings were found, as the profile tells it."""
        return {
            "wanted": dict(self.wanted), "sure": self.sure, "learnt": self.learnt.value,
            "pairs": self.pairs, "groups": self.groups,
            "precision": plain(self.precision), "recall": plain(self.recall),
            "how": "cross-validation by groups; Wilson intervals at 95 % with the design effect of the groups",
            "log_loss": {name: round(loss, 5) for name, loss in self.losses.items()},
        }  # fmt: skip


def tune(
    gold: Gold | PathLike,
    articles: Iterable[Article | Skipped] | PathLike | None = None,
    *,
    precision: float | None = None,
    recall: float | None = None,
    learn: Learn | str = Learn.AUTO,
    sure: bool | None = None,
    config: Config | None = None,
    options: ReadOptions | None = None,
    workers: int | None = None,
) -> Tuned:
    """Return settings whose threshold gives a wished precision or recall on labelled pairs.

    Parameters:
        gold: Labelled pairs, or their file (`load_gold`).
        articles: The articles that they name, or a file or folder; not needed where the labels bring the texts.
        precision: Wished share of copies among what is called one, 0 to 1: the lowest threshold that reaches it.
        recall: Wished share of copies that are called one: the highest threshold that reaches it. One of both.
        learn: "nothing" keeps the shipped probabilities, "calibration" fits their level and steepness, "weights" a
            regression over all features; "auto" takes the simplest that is not clearly worse than the best.
        sure: Whether the lower end of the interval has to reach what is wished, or only the share itself; by default
            the lower end where so many pairs can show it.
        config: The settings to begin with.
        options: How the articles of a path are read.
        workers: Processes; they never change a result.

    Returns:
        A `Tuned`; `save_profile(tuned.config, path, tuned.about())` writes the profile. Its precision and recall are of
        pairs of the sort that was labelled: among rarer copies precision is lower.

    Raises:
        UsageError: Neither or both of precision and recall are given, or there are no texts.
        InputError: There are too few labelled pairs, or no threshold reaches what is wished.
        ConfigError: A setting is out of its range.
    """
    wanted = _wanted(precision, recall)
    labelled, asked = gold if isinstance(gold, Gold) else load_gold(gold), checked_choice("learn", learn, Learn)
    chosen = settings("tune", config, workers=workers)
    if chosen.judge.own is not None:
        raise ConfigError("these settings hold a learnt model already: begin with settings that have none")
    return tune_examples(examples_of(labelled, articles, options, chosen), wanted, asked, sure, chosen)


def _wanted(precision: float | None, recall: float | None) -> dict[str, float]:
    given = {"precision": precision, "recall": recall}
    wanted = {name: checked_number(name, value, BETWEEN) for name, value in given.items() if value is not None}
    if len(wanted) != 1:
        raise UsageError("tune takes the precision or the recall that is wished, one of both")
    return wanted


def examples_of(
    gold: Gold, articles: Iterable[Article | Skipped] | PathLike | None, options: ReadOptions | None, config: Config
) -> Examples:
    """Return the labelled pairs whose texts are known, measured. Raises `InputError` where there are too few."""
    known = dict(gold.articles) if articles is None else dict(gold.articles) | read_texts(articles, options, gold.ids)
    if not known:
        raise UsageError("the labels have no texts: give the articles that they are about")
    kept = [(label, group) for label, group in zip(gold.labels, gold.groups(), strict=True)
            if set(label.pair) <= known.keys()]  # fmt: skip
    copy = np.array([label.copy for label, _ in kept], bool)
    groups = np.array([group for _, group in kept], np.int64)
    if min(copy.sum(), (~copy).sum()) < LEAST_PAIRS or len(np.unique(groups)) < LEAST_GROUPS:
        found = (
            f"{int(copy.sum()):,} copies and {int((~copy).sum()):,} other pairs in {len(np.unique(groups)):,} groups"
        )
        raise InputError(
            f"{found} are too few: it takes {LEAST_PAIRS} of each sort whose texts are known, in {LEAST_GROUPS} groups"
        )
    measured = measure_pairs(known, [label.pair for label, _ in kept], config)
    return Examples.of(measured.vectors, measured.shipped, measured.probability, copy, groups)


def tune_examples(
    examples: Examples, wanted: Mapping[str, float], learn: Learn, sure: bool | None, config: Config
) -> Tuned:
    """Return what `tune` does, from pairs that are measured already."""
    folds = folds_of(examples)
    tried = {each: _best(examples, folds, each) for each in _asked(learn, examples)}
    learnt = _simplest(examples, {each: said for each, (_, said) in tried.items()})
    strength, said = tried[learnt]
    rule, threshold = _chosen(wanted, sure, said, examples)
    called = _honest(rule, said, examples, folds)
    model: OwnModel | None = fit(examples, np.ones(len(folds), bool), learnt, strength)
    judge = {"threshold": threshold, **({"own": model} if model is not None else {})}
    shares = {
        "precision": share_of(examples.copy[called], examples.groups[called]),
        "recall": share_of(called[examples.copy], examples.groups[examples.copy]),
    }
    name, least = next(iter(wanted.items()))
    losses = {each.value: float(log_losses(some, examples.copy).mean()) for each, (_, some) in tried.items()}
    return Tuned(
        config.replace(judge=judge), threshold, learnt, wanted, shares["precision"], shares["recall"],
        rule.sure, shares[name].low >= least, losses, len(folds), len(np.unique(examples.groups)),
    )  # fmt: skip


def _asked(learn: Learn, examples: Examples) -> tuple[Learn, ...]:
    """Return what is tried, the simplest first; few groups are not asked for the weights of eighty features."""
    if learn is not Learn.AUTO:
        return (learn,)
    return SIMPLER if len(np.unique(examples.groups)) >= LEAST_GROUPS_OF_WEIGHTS else SIMPLER[:2]


def _best(examples: Examples, folds: Numbers, learn: Learn) -> tuple[float, F64]:
    """Return the penalty with the least loss out of fold, and the probabilities that it gives."""
    strengths = STRENGTHS if learn is Learn.WEIGHTS else (1.0,)
    tried = [(strength, out_of_fold(examples, folds, learn, strength)) for strength in strengths]
    return min(tried, key=lambda one: float(log_losses(one[1], examples.copy).mean()))


def _simplest(examples: Examples, said: Mapping[Learn, F64]) -> Learn:
    """Return the simplest that is worse than the best by less than a standard error of the difference over groups."""
    losses = {learn: log_losses(some, examples.copy) for learn, some in said.items()}
    best = min(losses, key=lambda learn: float(losses[learn].mean()))
    _, group = np.unique(examples.groups, return_inverse=True)
    for learn in said:
        worse = losses[learn] - losses[best]
        error = float(np.sqrt((np.bincount(group, weights=worse - worse.mean()) ** 2).sum())) / len(worse)
        if float(worse.mean()) <= error:
            return learn
    return best


@dataclass(frozen=True)
class _Rule:
    """How a threshold is chosen."""

    wanted: Mapping[str, float]
    sure: bool

    def threshold(self, said: F64, copy: Flags, groups: Numbers) -> float:
        """Return the threshold: half way to the next lower probability. Raises `InputError` where none will do."""
        name, least = next(iter(self.wanted.items()))
        levels = np.unique(said)[::-1]
        levels = levels[:: 1 + len(levels) // MOST_LEVELS]
        reached = [self._reached(said >= level, copy, groups) for level in levels]
        fits = np.array(reached) >= least
        if not fits.any():
            surely = "surely " * self.sure
            raise InputError(
                f"no threshold {surely}reaches a {name} of {least:g}: the best is {max(reached):.3f}. "
                "Label more pairs, or wish for less"
            )
        at = int(np.flatnonzero(fits)[-1] if name == "precision" else np.flatnonzero(fits)[0])
        below = levels[at + 1] if at + 1 < len(levels) else 0.0
        return float(f"{(levels[at] + below) / 2:.{DIGITS}g}")

    def _reached(self, called: Flags, copy: Flags, groups: Numbers) -> float:
        inside, outcome = (called, copy) if "precision" in self.wanted else (copy, called)
        hits = outcome[inside]
        if not self.sure:
            return float(hits.mean())
        return wilson_of(hits, groups[inside])[0]


def _chosen(wanted: Mapping[str, float], sure: bool | None, said: F64, examples: Examples) -> tuple[_Rule, float]:
    """Return the rule and its threshold; where nobody says which, the surer one if it can be kept."""
    try:
        rule = _Rule(wanted, sure is not False)
        return rule, rule.threshold(said, examples.copy, examples.groups)
    except InputError:
        if sure is not None:
            raise
    rule = _Rule(wanted, False)
    return rule, rule.threshold(said, examples.copy, examples.groups)


def _honest(rule: _Rule, said: F64, examples: Examples, folds: Numbers) -> Flags:
    """Return which pairs are called copies by a threshold that was chosen on the other folds."""
    called = np.zeros(len(said), bool)
    for fold in np.unique(folds):
        held_out = folds == fold
        try:
            threshold = rule.threshold(said[~held_out], examples.copy[~held_out], examples.groups[~held_out])
        except InputError:  # four fifths of the pairs are too few to be sure: the surest threshold they have
            threshold = float(said[~held_out].max())
        called[held_out] = said[held_out] >= threshold
    return called
