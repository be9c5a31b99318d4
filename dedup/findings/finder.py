"""The words of one article that say it was spun or corrupted: every kind of evidence, in order, without overlaps.

Public: `findings`, `Finder`, `RankedEvidence`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.findings.edits import Forms
from dedup.findings.expressions import KnownExpressions, RankedExpressions, find_expressions
from dedup.findings.grammar import RankedEdits, find_grammar
from dedup.findings.grammar_rules import find_grammatical_errors, looks_english
from dedup.findings.names import NameBook, find_names
from dedup.findings.phrases import book_with, find_phrases, shipped_book
from dedup.findings.ranker import Ranker
from dedup.findings.tampering import find_tampering
from dedup.findings.tortured import RankedCandidates, find_tortured, shipped_ranker
from dedup.findings.units import find_units
from dedup.language.background import Background
from dedup.language.lookup import look_up, singles
from dedup.language.pair_filter import frequent_pairs
from dedup.language.substitutions import Substitutions
from dedup.language.substitutions import shipped as shipped_substitutions
from dedup.records import Finding, Tokens


class RankedEvidence(NamedTuple):
    """What the background tells of one article, from which findings are made."""

    english: bool  # `looks_english`; of other articles nothing is told
    edits: RankedEdits
    candidates: RankedCandidates
    expressions: RankedExpressions


class Finder:
    """Looks for evidence with one background; made once, used for many articles.

    `learnt`: further phrases of spinners, lines in the grammar of `dedup/data/tortured_phrases.tsv`.
    """

    def __init__(
        self,
        background: Background,
        substitutions: Substitutions | None = None,
        ranker: Ranker | None = None,
        learnt: Sequence[str] = (),
        grammar: Ranker | None = None,
    ) -> None:
        self.background = background
        self.book = book_with(learnt) if learnt else shipped_book()
        self.substitutions = substitutions or shipped_substitutions()
        self.ranker = ranker or shipped_ranker()
        self.names = NameBook.of(background)
        self.frequent = frequent_pairs(background.tables)
        self.forms = Forms.of(background, grammar)
        self.known = KnownExpressions.of(background, self.substitutions)
        self.expected = singles(background.tables.words, self.substitutions.hashes, background.tables.counts)

    def __call__(self, tokens: Tokens, text: str, told: RankedEvidence | None = None) -> list[Finding]:
        """The findings of one article in the order of the text; `text` is what `tokens` was made of.

        `told` is what the same background tells of it, where that is there already.
        Of an article that is not told to be English only what any text shows: look-alike letters, invisible
        characters, braces, and leet, which is told by English function words alone.
        """
        english = told.english if told else looks_english(tokens)
        found = list(find_grammatical_errors(tokens, text, self.substitutions, self.background, english))
        found += find_tampering(tokens, text, english)
        if english:
            background, seen = self.background, None if told else look_up(tokens, self.background)
            edits, candidates, expressions = told[1:] if told else (None, None, None)
            found += find_units(tokens, text)
            found += find_grammar(tokens, background, self.forms, self.frequent, seen, edits)
            found += find_phrases(tokens, self.book)
            tables = (background, self.substitutions, self.frequent)
            found += find_tortured(tokens, *tables, self.ranker, seen, candidates)
            found += find_expressions(tokens, background, self.substitutions, self.known, seen, expressions)
            found += find_names(tokens, self.background, self.names)
        return _without_overlaps(found)


def _without_overlaps(found: Iterable[Finding]) -> list[Finding]:
    """Of findings that share a character the strong one stays, then the longer, the earlier, one that is no swap."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda f: (not f.strong, f.span[0] - f.span[1], f.span, f.type == "swap", f.type)):
        at = bisect_left(kept, one.span, key=lambda f: f.span)
        before_ends = not at or kept[at - 1].span[1] <= one.span[0]
        if before_ends and (at == len(kept) or one.span[1] <= kept[at].span[0]):
            kept.insert(at, one)
    return kept


_latest: list[Finder] = []


def findings(tokens: Tokens, text: str, background: Background) -> list[Finding]:
    """What is wrong with the wording of one article, strong and weak, in the order of the text."""
    if not _latest or _latest[0].background is not background:
        _latest[:] = [Finder(background)]
    return _latest[0](tokens, text)
