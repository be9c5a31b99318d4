"""What people answered: kept as they go, taken up again later, and brought together as gold with their agreement.

Public: `Answer`, `Answers`, `answers_of`, `Agreed`, `agreed`.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from dedup.errors import InputError
from dedup.evaluation.agreement import kappa
from dedup.evaluation.gold import Pair
from dedup.evaluation.picking import Picked
from dedup.results.rows import Row

NAME = re.compile(r"[\w-]{1,40}")


class Answer(StrEnum):
    """What somebody says of a pair."""

    COPY = "copy"
    NONE = "no copy"
    UNSURE = "unsure"


class Answers:
    """The answers of one person, in a file beside the pairs; the last answer to a pair counts."""

    def __init__(self, pairs: str | os.PathLike[str], by: str) -> None:
        """`by` is a name of letters, digits, `_` and `-`. Raises `InputError`."""
        if not NAME.fullmatch(by):
            raise InputError(f"{by!r} is no name for a file: use letters, digits, _ and -")
        place = Path(pairs)
        self.by, self.path = by, place.with_name(f"{place.stem}.{by}.jsonl")
        self.given: dict[Pair, Answer] = dict(_read(self.path)) if self.path.exists() else {}

    def give(self, pair: Pair, answer: Answer) -> None:
        """Keep an answer; it is on the disk when this returns. Raises `InputError` where it cannot be written."""
        row = {"left": pair[0], "right": pair[1], "answer": answer.value, "by": self.by}
        try:
            with self.path.open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written ({(error.strerror or str(error)).lower()})") from None
        self.given[pair] = answer


def _read(path: Path) -> Iterator[tuple[Pair, Answer]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            yield (row["left"], row["right"]), Answer(row["answer"])
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: is no answer ({error})") from None


def answers_of(pairs: str | os.PathLike[str]) -> list[Answers]:
    """Return the answers of everybody who labelled these pairs, by name."""
    place = Path(pairs)
    names = (path.name.removeprefix(f"{place.stem}.").removesuffix(".jsonl")
             for path in place.parent.glob(f"{place.stem}.*.jsonl"))  # fmt: skip
    return [Answers(place, name) for name in sorted(names) if NAME.fullmatch(name)]


class Agreement(NamedTuple):
    """How far two people agree on the pairs that both said something of."""

    one: str
    other: str
    pairs: int
    same: int
    kappa: float | None  # Cohen's


@dataclass(frozen=True)
class Agreed:
    """The labels that people gave together."""

    rows: tuple[Row, ...]  # as gold has them
    agreements: tuple[Agreement, ...]
    disputed: tuple[Pair, ...]  # as many said copy as no copy: left out
    unsure: int  # pairs of which nobody said either


def agreed(pairs: Sequence[Picked], people: Sequence[Answers]) -> Agreed:
    """Return what most people say of each pair; where as many say the one as the other it is disputed."""
    rows, disputed, unsure = [], [], 0
    for one in pairs:
        told = Counter(answer for each in people if (answer := each.given.get(one.pair)) in (Answer.COPY, Answer.NONE))
        copy, none = told[Answer.COPY], told[Answer.NONE]
        if copy == none:
            unsure += not copy
            disputed += [one.pair] * bool(copy)
            continue
        rows.append({
            "left": one.left, "right": one.right, "label": int(copy > none), "kind": one.picked, "answers": copy + none,
            "left_text": one.left_text, "right_text": one.right_text,
        })  # fmt: skip
    agreements = tuple(_agreement(*two) for two in combinations(people, 2))
    return Agreed(tuple(rows), agreements, tuple(disputed), unsure)


def _agreement(one: Answers, other: Answers) -> Agreement:
    both = sorted(pair for pair in one.given.keys() & other.given.keys()
                  if Answer.UNSURE not in (one.given[pair], other.given[pair]))  # fmt: skip
    mine, theirs = ([each.given[pair] is Answer.COPY for pair in both] for each in (one, other))
    same = sum(a == b for a, b in zip(mine, theirs, strict=True))
    return Agreement(one.by, other.by, len(both), same, kappa(mine, theirs))
