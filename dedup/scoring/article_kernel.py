"""What compiled code finds in one article for its score, in one call.

A call from Python costs some ten microseconds, half of them for the arrays that go in and come back, and the steps of a
score would be a dozen calls. Each step is a kernel of its own as well, which training, tests and single steps call.

Public: `Limits`, `Arrays`, `ArticleKernel`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I64, U8, U64
from dedup.compiled.decorators import Fields, helper, kernel
from dedup.findings import expressions
from dedup.findings.edit_options import Healers, Layout
from dedup.findings.edits import Edits, find_edits
from dedup.findings.expressions import RankedExpressions, find_replaced
from dedup.findings.finder import Finder, RankedEvidence
from dedup.findings.grammar import RankedEdits, told_edits
from dedup.findings.grammar_rules import tells_english
from dedup.findings.neighbours import CLASS_TABLE, ClassTable
from dedup.findings.ranker import told_of_places
from dedup.findings.tortured import Candidates, RankedCandidates, find_candidates
from dedup.language.background import Tables, fields_of, tables_of
from dedup.language.expressions import Expressions, Meant
from dedup.language.language_model import LONGEST, Reading, end_of, read_offers
from dedup.language.lookup import Entry, Known, look_up_words
from dedup.language.offers import Offers, find_offers
from dedup.language.spellings import Spellings, spellings_of
from dedup.language.substitutions import Substitutions
from dedup.models.trees import log_odds
from dedup.records import Tokens
from dedup.scoring.features import Description, describe_reading
from dedup.scoring.heads import Model
from dedup.scoring.word_classes import count_classes


class Limits(NamedTuple):
    """Which articles the heads read."""

    least_words: int
    most_unknown: float  # share of words that the background lacks
    least_function: float  # share of function words of English
    any_language: bool  # or any where there are fewer


class Arrays(NamedTuple):
    """What was found in one article."""

    evidence: RankedEvidence
    words: int  # read
    unknown: float  # share of them that the background lacks
    function: float  # share of function words
    shown: F32  # (6, n) columns `surprise` to `gain` of `Reading`; of an article that the heads do not read none
    best: I64  # (n,) of `Reading`
    description: Description

    @property
    def reading(self) -> Reading:
        """What the language model says of the article."""
        known, n = self.evidence.edits.known, len(self.best)
        return Reading.of(known.words[:n], known.origin[:n], self.shown, self.best)


@helper
def _evidence(
    tables: Tables, bits: U64, text: Fields, looked: Fields, finding: Fields, substitutions: Substitutions,
    offers: Offers,
) -> Fields:  # fmt: skip
    """The rows of the edits and of the candidates of some words, their features, and those that are told."""
    flags, starts, ends, data, length = text
    words, origin, single, double = looked
    healers, classes = Healers(Substitutions(*finding[0]), finding[1]), ClassTable(*finding[2])
    layout = Layout(origin, flags, starts, ends, data)
    rows, features, clashes = find_edits(tables, bits, words, single, double, layout, healers, classes)
    edits = (rows, features, clashes), told_edits(rows, features, log_odds(features, *finding[3]), length, finding[4])
    rows, features = find_candidates(tables, bits, words, origin, single, double, flags, substitutions, offers)
    swaps = (rows, features), told_of_places(rows[0], log_odds(features, *finding[5]), length, finding[6])
    return edits, swaps


@helper
def _replaced(
    tables: Tables, looked: Fields, flags: U8, length: int, finding: Fields, substitutions: Substitutions
) -> Fields:
    """The rows of set expressions of which words may have been replaced, their features, and those that are told."""
    words, origin, single, double = looked
    known = expressions.KnownExpressions(Expressions(*finding[0]), Meant(*finding[1]), finding[2])
    given = (words, origin, single, double, flags, substitutions.first, substitutions.keys, known)
    rows, features = find_replaced(tables, *given)
    return (rows, features), told_of_places(rows[0], log_odds(features, *finding[3]), length, finding[4])


@helper
def _fit(words: U64, origin: I64, single: F64, function_words: U64, limits: Fields) -> Fields:
    """The first fields of `Arrays`, and how many of the words and breaks the heads read."""
    least_words, most_unknown, least_function, any_language = limits
    end = end_of(origin, LONGEST)
    n, unknown, functions = count_classes(words[:end], origin[:end], single[:end, Entry.COUNT], function_words)
    lacking, function = np.float32(unknown / max(1, n)), np.float32(functions / max(1, n))
    fit = n >= least_words and lacking <= most_unknown and (any_language or function >= least_function)
    return n, lacking, function, end if fit else 0


@kernel
def _find(
    article: Fields, background: Fields, finding: Fields, expecting: Fields, offering: Fields, limits: Fields
) -> Fields:
    """The arrays of `Arrays`."""
    hashes, flags, sentences, data, starts, ends = article
    tables, spellings, bits, counted = tables_of(background[0]), Spellings(*background[1]), background[2], background[3]
    substitutions, (expected, spared, function_words) = Substitutions(*offering[0]), offering[1:]
    text, parts = (hashes, flags, sentences, data, starts, ends), (flags, starts, ends, data, len(hashes))
    words, origin, single, keys, double = look_up_words(*text, tables, spellings)
    english, (n, unknown, function, end) = tells_english(hashes), _fit(words, origin, single, function_words, limits)

    stop = len(words) if english else 0
    whole = max(stop, len(words) if end else 0)
    offers = find_offers(tables, bits, words[:whole], single[:whole], double[:whole], substitutions)
    looked, found = (words[:stop], origin[:stop], single[:stop], double[:stop]), len(offers.places) if english else 0
    told = Offers(
        offers.places[:found], offers.targets[:found], offers.hits[:found], offers.before[:found], offers.after[:found]
    )
    edits, swaps = _evidence(tables, bits, parts, looked, finding, substitutions, told)
    evidence = edits, swaps, _replaced(tables, looked, flags, len(hashes), expecting, substitutions)

    known = (words[:end], single[:end], double[:end], keys[:end])
    shown, best = read_offers(tables, *known, substitutions, expected, spared, offers)
    reading = Reading(words[:end], origin[:end], shown[0], shown[1], shown[2], shown[3], shown[4], shown[5], best)
    described = describe_reading(reading, (data, starts, ends, sentences, flags), function_words, counted)
    return (words, origin, single), english, evidence, (n, unknown, function), shown, best, described


class ArticleKernel:
    """The kernel with what it is given of one background and one model; made once, used for many articles."""

    def __init__(self, finder: Finder, model: Model, limits: Limits) -> None:
        """Take what the arrays of these are."""
        background, forms, substitutions = finder.background, finder.forms, tuple(finder.substitutions)
        self.background = background
        counted = float(background.words)
        known = (fields_of(background.tables), tuple(spellings_of(background)), finder.frequent, counted)
        ranking = [(tuple(ranker.trees), ranker.weak) for ranker in (forms.ranker, finder.ranker)]
        healers = (tuple(forms.healers.forms), forms.healers.expected, tuple(CLASS_TABLE))
        offering = (substitutions, finder.expected, model.spared, model.function_words)
        ranker, meant = expressions.shipped_ranker(), finder.known
        expecting = (tuple(meant.expressions), tuple(meant.meant), meant.singles, tuple(ranker.trees), ranker.weak)
        self._given = (known, (*healers, *ranking[0], *ranking[1]), expecting, offering, tuple(limits))

    def __call__(self, tokens: Tokens) -> Arrays:
        """Return what is found in one article."""
        data = np.frombuffer(tokens.data, np.uint8)
        article = (tokens.hashes, tokens.flags, tokens.sentences, data, tokens.starts, tokens.ends)
        known, english, (edits, swaps, replaced), counts, shown, best, described = _find(article, *self._given)
        evidence = RankedEvidence(
            english,
            RankedEdits(Known(self.background, *known), Edits.of(*edits[0]), *edits[1]),
            RankedCandidates(Candidates.of(*swaps[0]), *swaps[1]),
            RankedExpressions(expressions.Candidates.of(*replaced[0]), *replaced[1]),
        )
        numeric, masked, frequent = described
        n, unknown, function = counts
        return Arrays(evidence, n, unknown, function, shown, best, Description(numeric, masked, frequent, n))
