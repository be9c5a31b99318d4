"""What any article of a scan is made of, by its matches. Public: `Compositions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from dedup.errors import UsageError
from dedup.records import Article, Kind, Match, Passage
from dedup.results.composition import Composition, compose
from dedup.results.packing import Verdict
from dedup.results.published import earlier
from dedup.results.tables import verdicts

MOST_SOURCES = 40  # matches of one article that are asked, those that share most of it
Named = Callable[[str], Article]


class Compositions:
    """The composition of any article of a scan, from its matches.

    What was copied from it is no source: by the original that a match names, and where it names none, by a later date.
    """

    def __init__(self, matches: Sequence[Match], named: Named) -> None:
        """Take the matches of a scan; `named` reads articles by id and raises `KeyError` for one that there is not."""
        self._matches, self._named = matches, named
        self._found: Sequence[Verdict | Match] = ()
        self._by_id: dict[str, list[int]] | None = None

    def __call__(self, id_: str, dated: Named | None = None) -> Composition:
        """Return the composition of an article; `dated` gives others with their dates, where these are at hand.

        Raises `UsageError` for an id that no article has.
        """
        try:
            article = self._named(id_)
        except KeyError as error:
            raise UsageError(f"no article of this scan has the id {id_!r}") from error
        read, shared, later = dated or self._named, {}, []
        for match in map(self._matches.__getitem__, self.asked(id_)):
            other = match.right if match.left == id_ else match.left
            shared[other] = _passages(match, article)
            if match.original is None and earlier(article, read(other)):
                later.append(other)
        return compose(id_, article.text, {i: found for i, found in shared.items() if i not in later}, later)

    def asked(self, id_: str) -> list[int]:
        """Return the numbers of the matches whose other article may be a source, those that share most first."""
        if self._by_id is None:
            by_id = defaultdict(list)
            self._found = verdicts(self._matches)
            for number, one in enumerate(self._found):
                for side in {one.left, one.right} - {one.original}:
                    by_id[side].append(number)
            self._by_id = dict(by_id)
        numbers = self._by_id.get(id_, [])
        return sorted(numbers, key=lambda number: -_share(self._found[number]))[:MOST_SOURCES]


def _share(one: Verdict | Match) -> float:
    return 1.0 if one.kind is Kind.EXACT else one.share or 0.0


def _passages(match: Match, article: Article) -> Sequence[Passage]:
    """Return what an article shares with the other of a match; on its left is the article."""
    if match.kind is Kind.EXACT:
        return (Passage((0, len(article.text)), (0, len(article.text)), 1.0),)
    found = match.alignment.passages
    return found if match.left == article.id else [one._replace(left=one.right, right=one.left) for one in found]
