"""Text that a site repeats, learnt from the matches within it: captions, teasers, tickers, serial paragraphs.

Public: `site_text_matches`; in pieces `may_be_site_text`, `holds_whole`, `common_runs`, `Common`, `site_text_among`.

A run of `RUN` words is site text where passages of `partial` matches within one site share it, or of pages that would
contain another article but for a part of it, and it stands in at least `LEAST_STORIES` different stories of the site;
all copies of an article are one story. A match whose passages hardly share anything else says nothing that the site's
layout does not. Nothing depends on the order of the articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import I64, U64
from dedup.compiled.hashing import hash_word
from dedup.pipeline.sites import site_of
from dedup.records import Article, Cluster, Kind, Match, Span
from dedup.results import MatchTable, Verdict
from dedup.text import hash_bytes, join_texts

KINDS = frozenset({Kind.PARTIAL, Kind.CONTAINS})
RUN = 8  # words, as in the runs that make a match `partial`
LEAST_STORIES = 3  # of one site in which a run stands: two may be an article and its follow-up
LEAST_WORDS = 40  # of other text in common that a match is kept for, as `JudgeConfig.partial_words` asks ...
LEAST_PART = 0.5  # ... or this part of what it has in common, where that is less
WHOLE = 0.9  # of an article in a page that contains it: what stands there whole is no site text
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: 2^64 over the golden ratio (Knuth, volume 3, 6.4)
_CACHED = 1024  # articles kept at hand


class Common(NamedTuple):
    """The runs that the passages of a match have in common."""

    number: int  # of the match
    stories: tuple[str, str]  # what its two articles tell, by the id of their cluster, else their own
    places: I64  # (r,) the first word of each run in the left passages
    keys: U64  # (r,) of the runs together with the site


def site_text_matches(named: Callable[[str], Article], matches: MatchTable, clusters: Iterable[Cluster]) -> set[int]:
    """Return the numbers of the matches within one site, no copies, that share hardly more than site text."""
    verdicts = matches.verdicts
    asked = [n for n, one in enumerate(verdicts) if may_be_site_text(one)]
    asked = [n for n in asked if verdicts[n].kind is Kind.PARTIAL or not holds_whole(matches[n])]
    if len(asked) < LEAST_STORIES - 1:  # as many matches as it takes to connect so many stories
        return set()
    read = lru_cache(maxsize=_CACHED)(named)
    story = {member: cluster.id for cluster in clusters for member in cluster.members}
    common = []
    for n in asked:
        left, right = verdicts[n].left, verdicts[n].right
        runs = common_runs(matches[n], read(left), read(right))
        common.append(Common(n, (story.get(left, left), story.get(right, right)), *runs))
    return site_text_among(common)


def may_be_site_text(one: Verdict) -> bool:
    """Return whether a match is within one site and of a kind that site text makes."""
    return bool(one.same_site) and one.kind in KINDS


def holds_whole(match: Match) -> bool:
    """Return whether a match is of a page that contains an article as a whole."""
    return match.kind is Kind.CONTAINS and max(match.shared) >= WHOLE


def site_text_among(common: Sequence[Common]) -> set[int]:
    """Return the numbers of the matches that share hardly more than site text; all of a site must be there."""
    if not common:
        return set()
    ends = np.cumsum([len(one.keys) for one in common])[:-1]
    repeated = np.split(_repeated(common), ends)
    return {one.number for one, marks in zip(common, repeated, strict=True) if _is_site_text(one.places, marks)}


def common_runs(match: Match, left: Article, right: Article) -> tuple[I64, U64]:
    """Return the places (r,) and the keys (r,) of the runs that the passages of a match have in common."""
    places, keys = _runs(left.text, [passage.left for passage in match.alignment.passages])
    _, others = _runs(right.text, [passage.right for passage in match.alignment.passages])
    shared = np.isin(keys, others)
    site = np.uint64(hash_word((site_of(left) or "").encode("utf-8", "surrogatepass")))
    return places[shared], keys[shared] ^ site


def _runs(text: str, spans: Sequence[Span]) -> tuple[I64, U64]:
    """Return the places (r,) and the hashes (r,) of the runs inside some stretches of a text."""
    words, bounds = hash_bytes(*join_texts(text[start:end] for start, end in spans))
    size = max(0, len(words) - RUN + 1)
    keys = np.zeros(size, np.uint64)
    for step in range(RUN):
        keys = keys * _FACTOR + words[step : step + size]
    whole = np.zeros(size, bool)
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        whole[first : max(first, last - RUN + 1)] = True
    places: I64 = np.flatnonzero(whole)
    return places, keys[whole]


def _repeated(common: Sequence[Common]) -> NDArray[np.bool_]:
    """Return for each run, those of all matches one after the other, whether it stands in enough stories."""
    numbers: dict[str, int] = {}
    told = np.array([[numbers.setdefault(s, len(numbers)) for s in one.stories] for one in common], np.int64)
    sizes = [len(one.keys) for one in common]
    found, place = np.unique(np.concatenate([one.keys for one in common]), return_inverse=True)
    pairs = np.unique(np.repeat(told, sizes, axis=0).T * np.int64(len(found)) + place)  # story and run, each once
    counts = np.bincount(pairs % max(1, len(found)), minlength=len(found))
    enough: NDArray[np.bool_] = (counts >= LEAST_STORIES)[place]
    return enough


def _is_site_text(places: I64, repeated: NDArray[np.bool_]) -> bool:
    """Return whether the words in common are nearly all site text, from the places of runs and which are repeated."""
    if not repeated.any():
        return False
    covered, site = _covered(places), _covered(places[repeated])
    rest = len(np.setdiff1d(covered, site, assume_unique=True))
    return rest < LEAST_WORDS and rest < LEAST_PART * len(covered)


def _covered(places: I64) -> I64:
    """Return the words, sorted, that runs at these places cover."""
    marks = np.zeros(int(places[-1]) + RUN if len(places) else 0, np.int8)
    for step in range(RUN):
        marks[places + step] = 1
    covered: I64 = np.flatnonzero(marks)
    return covered
