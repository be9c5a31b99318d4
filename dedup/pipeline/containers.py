"""Pages with several stories, as a whole pile shows them: digests, live blogs, articles pasted together.

Public: `settle_containers`. The judge calls a page with one story and text about something else a container by that
pair alone. Where the rest of the page goes on about related things, the pile tells: a page of which two separate
stretches stand in two other articles is no copy of either. Nothing depends on the order of the articles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from dedup.judge.config import JudgeConfig
from dedup.judge.verdict import as_container
from dedup.records import COPIES, Article, Kind, Match, Span
from dedup.results import PackedMatch, Verdict, pack_match, unpack_match

CELL = 32  # characters that are taken together where stretches are compared
MOST_COMMON = 0.2  # of the shorter stretch in the other, where two stretches are separate
SURE = JudgeConfig().sure_original


def settle_containers(packed: Iterable[PackedMatch], named: Callable[[str], Article]) -> list[PackedMatch]:
    """Return the matches, copies that are parts of one page called so (`Kind.CONTAINS`); `named` reads an article."""
    matches = list(packed)
    for page, numbers in _pages([one.verdict for one in matches]).items():
        opened = {number: unpack_match(matches[number]) for number in numbers}
        for number in _separate({number: _stretch(match, page) for number, match in opened.items()}):
            if (match := opened[number]).kind in COPIES:
                side = "left" if match.left == page else "right"
                matches[number] = pack_match(as_container(match, side, named(match.left), named(match.right), SURE))
    return matches


def _pages(verdicts: Sequence[Verdict]) -> dict[str, list[int]]:
    """Return the articles that may contain several others, each with the numbers of those matches."""
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(verdicts):
        if one.container is not None and (one.kind in COPIES or one.kind is Kind.CONTAINS):
            parts[one.left if one.container == "left" else one.right].append(number)
    some = {page: numbers for page, numbers in sorted(parts.items()) if len(numbers) > 1}
    return {page: n for page, n in some.items() if any(verdicts[number].kind in COPIES for number in n)}


def _stretch(match: Match, page: str) -> int:
    """Return what of a page stands in the other article of a match: a bit for each cell of its text."""
    cells = 0
    for passage in match.alignment.passages:
        start, end = passage.left if match.left == page else passage.right
        cells |= _bits((start, end))
    return cells


def _bits(span: Span) -> int:
    first, last = span[0] // CELL, -(-span[1] // CELL)
    return ((1 << (last - first)) - 1) << first


def _separate(stretches: Mapping[int, int]) -> set[int]:
    """Return the numbers whose stretch is another one than that of some other number."""
    found: set[int] = set()
    for (one, mine), (other, theirs) in combinations(stretches.items(), 2):
        shorter = min(mine.bit_count(), theirs.bit_count())
        if (mine & theirs).bit_count() <= MOST_COMMON * shorter:
            found |= {one, other}
    return found
