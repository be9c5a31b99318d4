"""Pairs worth labelling: near the threshold, where labels decide most, and at random, which tells of all the others.

Public: `pick`, `Picked`, `save_picked`, `load_picked`.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from dedup.config import Config, Level, Pairs
from dedup.errors import ConfigError, InputError
from dedup.evaluation.gold import Pair, pair_of
from dedup.judge.own import log_odds
from dedup.pipeline.scan import scan
from dedup.records import Article, Skipped
from dedup.whole_files import whole_file

NEAR, RANDOM = "near the threshold", "at random"
EXAMPLES = 40  # of each, by default
PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Picked:
    """A pair to be labelled, with its texts; `said` is the probability of a copy, which labellers are not shown."""

    left: str
    right: str
    left_text: str
    right_text: str
    left_title: str | None
    right_title: str | None
    picked: str  # why: near the threshold, or at random
    said: float

    @property
    def pair(self) -> Pair:
        """The ids of both articles."""
        return self.left, self.right


def pick(
    articles: Iterable[Article | Skipped],
    near: int = EXAMPLES,
    random: int = EXAMPLES,
    config: Config | None = None,
    seed: int = 0,
    known: Iterable[Pair] = (),
) -> list[Picked]:
    """Return pairs of articles that are worth labelling, in an order that tells nothing.

    Parameters:
        articles: The pile; it is scanned, and every candidate pair judged.
        near: How many pairs nearest to the threshold, in log odds.
        random: How many of the other candidates, drawn at random.
        config: The settings of the scan.
        seed: Another number draws other pairs; the same draws the same from the same articles, in any order.
        known: Pairs that are labelled already, and are left out.

    Raises:
        ConfigError: The settings are of level near, which judges nothing.
        InputError: There is no candidate pair.
    """
    chosen = config or Config()
    if chosen.level is not Level.FULL:
        raise ConfigError("pairs are picked at level full: level near judges nothing")
    judge = replace(chosen.judge, related=True, related_stems=0.0)
    report = scan(articles, replace(chosen, judge=judge, scores=False, templates=Pairs.ALL, site_text=Pairs.ALL))
    left_out = {pair_of(*pair) for pair in known}
    pairs = [(one.left, one.right, one.probability) for one in report.matches.verdicts
             if (one.left, one.right) not in left_out]  # fmt: skip
    if not pairs:
        raise InputError("no two of these articles have enough in common to be worth a label")
    middle = log_odds(chosen.judge.threshold)
    pairs.sort(key=lambda one: (abs(log_odds(one[2]) - middle), one[:2]))
    others = sorted(pairs[near:], key=lambda one: _drawn(seed, one[:2]))[:random]
    sorts = [(one, NEAR) for one in pairs[:near]] + [(one, RANDOM) for one in others]
    sorts.sort(key=lambda item: _drawn(seed + 1, item[0][:2]))
    read = report.article
    return [_picked(read(left), read(right), why, said) for (left, right, said), why in sorts]


def _drawn(seed: int, pair: Sequence[str]) -> bytes:
    return hashlib.sha256(json.dumps([seed, *pair]).encode()).digest()


def _picked(left: Article, right: Article, why: str, said: float) -> Picked:
    return Picked(left.id, right.id, left.text, right.text, left.title, right.title, why, round(said, 6))


def save_picked(pairs: Iterable[Picked], path: PathLike) -> None:
    """Write pairs as JSON lines. Raises `InputError` where they cannot be written."""
    with whole_file(path) as out:
        for pair in pairs:
            out.write((json.dumps(asdict(pair), ensure_ascii=False) + "\n").encode(errors="replace"))


def load_picked(path: PathLike) -> list[Picked]:
    """Return the pairs of a file that `save_picked` wrote. Raises `InputError`."""
    return list(_loaded(Path(path)))


def _loaded(path: Path) -> Iterator[Picked]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    for number, line in enumerate(lines, 1):
        try:
            one = Picked(**json.loads(line))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: is no pair that `label pick` wrote ({error})") from None
        if not math.isfinite(one.said):
            raise InputError(f"{path}:{number}: its probability is no number")
        yield one
