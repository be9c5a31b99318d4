"""All features that the judge decides by, by name: of a pair, of the method, of the original.

The features of a pair are one vector, the same for (a, b) and (b, a). Most are measured from either article and stand
in it twice, as the larger and the smaller of the two values: a shortened copy is all in the original, the original only
partly in the copy. A new feature is a member of a class here, filled by name where it is measured; models name the
columns they use, so they stay valid until they are trained again. A version is raised when a feature comes to mean
something else under its name.

Public: `Sided`, `Single`, `larger`, `smaller`, `single`, `PAIR`; `MethodFeature`, `METHODS`, `METHOD`; `Origin`,
`ORIGINAL`; the versions.
"""

from __future__ import annotations

from enum import auto

import numpy as np

from dedup.models import Columns

PAIR_VERSION, METHOD_VERSION, ORIGINAL_VERSION = "pair-3", "method-1", "original-3"


class Sided(Columns):
    """What is measured from either article; shares and similarities are 0..1."""

    CHAIN = auto()  # weight of the best in-order chain of sentence pairs, per sentence
    CHAIN_WORDS = auto()  # the same, each sentence weighted by its words
    CHAIN_PLAIN = auto()  # the same, without quoted and verbatim sentences
    CHAIN_SQUARE = auto()  # with the squared cosines: a few sure pairs rather than many weak ones
    ALIGNED_25 = auto()  # share of words in sentences with a partner of that cosine, in hundredths, or more
    ALIGNED_35 = auto()
    ALIGNED_50 = auto()
    ALIGNED_70 = auto()
    ALIGNED_90 = auto()
    SIMILAR = auto()  # mean similarity of the best partner, by words
    SIMILAR_PLAIN = auto()  # the same, without quoted and verbatim sentences
    RISING = auto()  # longest rising run of partners / aligned sentences
    ADJACENT = auto()  # share of neighbouring aligned sentences whose partners follow each other
    STEMS = auto()  # containment of distinct stems, weighted by inverse document frequency
    STEMS_PLAIN = auto()  # the same outside quotation marks
    WORDS = auto()
    PAIRS = auto()  # of two words in a row
    TRIPLES = auto()
    FIVES = auto()
    NAMES = auto()
    NUMBERS = auto()
    RUNS = auto()  # share of words in common runs of at least eight
    RUN = auto()  # longest common run / words
    PASSAGES = auto()  # share of words in aligned passages
    PARTIAL_REUSE = auto()  # runs x share of words outside sentences aligned at .35: agency copy in another report
    PLAIN_RUNS = auto()  # as runs, words in quotation marks left out
    UNMATCHED = auto()  # longest stretch of words without an aligned sentence / words
    FACT_NAMES = auto()  # weighted share of names that the other has, or one that sounds alike; smoothed, as all facts
    FACT_NUMBERS = auto()  # share of quantities
    FACT_DATES = auto()  # share of weekdays, months, seasons and parts of the day
    FACTS = auto()  # weighted share of all these
    LOCAL = auto()  # weighted share of words whose stem stands in the partner of their sentence or next to it
    LOCAL_FACTS = auto()  # the same of names and numbers


class Single(Columns):
    """What has one value for the pair."""

    LENGTH_RATIO = auto()  # ln(longer / shorter)
    LENGTH = auto()  # ln(words of the shorter)
    LONGEST_RUN = auto()  # ln(1 + words)
    COMMON = auto()  # ln(1 + weight of the stems in common)
    PLAIN_WORDS = auto()  # ln(1 + words outside quotation marks in common runs), the smaller of both sides
    QUOTED = auto()  # share of the aligned sentences' words that are quoted, smaller side
    VERBATIM = auto()  # share of the aligned sentences' words in verbatim ones, smaller side
    ORDER = auto()  # of the stems that both have once: longest rising run / their number
    KENDALL = auto()  # of the same: pairs in order less pairs out of order / all pairs, -1..1
    ORDER_LENGTH = auto()  # ln(1 + longest rising run) - ln(words of the shorter) / 2
    NAME_ORDER = auto()  # as order, of words written as names
    EVIDENCE = auto()  # weight of the stems in order beyond what chance puts in order, or of a run of words, ln
    NUMBER_CONFLICT = auto()  # numbers of aligned sentences against other numbers / numbers there
    NAME_CONFLICT = auto()  # the same of names
    FACT_CONFLICT = auto()  # names and numbers that the other lacks / names and numbers, the side with fewer
    DATE_CONFLICT = auto()  # the same of dates


# The vector: the larger values of all sided columns, the smaller ones, the single columns.
FIRST_SMALLER, FIRST_SINGLE = len(Sided), 2 * len(Sided)
PAIR = (
    *(f"{name}_max" for name in Sided.names()),
    *(f"{name}_min" for name in Sided.names()),
    *Single.names(),
)


def larger(column: Sided) -> int:
    """Return where the larger of the two values of a sided feature stands in the vector."""
    return int(column)


def smaller(column: Sided) -> int:
    """Return where the smaller of the two values of a sided feature stands in the vector."""
    return FIRST_SMALLER + column


def single(column: Single) -> int:
    """Return where a feature that has one value for the pair stands in the vector."""
    return FIRST_SINGLE + column


class MethodFeature(Columns):
    """What tells of the method beyond the features of the pair, behind which these stand in the vector."""

    SWAPS = auto()  # swapped words and phrases per 100 words of the shorter article
    SINGLE_SWAPS = auto()  # share of them that are one word for one word
    NAME_CHANGES = auto()  # changed names per 100 words
    SENTENCES = auto()  # |ln(sentences left / right)|
    SENTENCE_LENGTH = auto()  # |ln(words per sentence left / right)|
    STYLE_BACK_TRANSLATED = auto()  # distance of the two articles' numbers of `style` for this method
    STYLE_EDITED = auto()
    STYLE_HUMAN = auto()
    STYLE_LLM = auto()
    STYLE_SPUN = auto()


METHODS = ("back_translated", "edited", "human", "llm", "spun")
METHOD = (*PAIR, *MethodFeature.names())
STYLES = np.array([METHOD.index(f"style_{method}") for method in METHODS], np.intp)  # in the order of `METHODS`


class Origin(Columns):
    """Differences between the left and the right article that tell which is the original; mirrored they change sign."""

    CORRUPTED_NAMES = auto()  # corrupted forms of names on the right less those on the left, at most 3
    STRANGE_WORDS = auto()  # how much rarer the right's words are than those they stand for, mean over swaps, ln
    COHESIVE = auto()  # share of words in sentences without a partner that belong to the rest of their article
    FOREIGN = auto()  # share of those that do not: boilerplate, other stories
    LOST_NAMES = auto()  # names in aligned sentences that the other lacks, (left - right) / (left + right + 4)
    LOST_NUMBERS = auto()  # the same of numbers
    LOST_QUOTES = auto()  # the same of quoted words, with a prior of 20
    LOST_WORDS = auto()  # the same of other content words, with a prior of 10
    MISSING_NAMES = auto()  # the same four in the whole text, for texts written anew in sentences of their own
    MISSING_NUMBERS = auto()
    MISSING_QUOTES = auto()
    MISSING_WORDS = auto()
    SURPRISE = auto()  # inverse document frequency of words that the other lacks, shrunk mean
    WORD_LENGTH = auto()  # bytes, mean
    FUNCTION_WORDS = auto()  # share
    REPEATS = auto()  # share of words that stood before
    SAID = auto()  # share of "said", "told"
    HIGHLIGHTED = auto()  # share of words that language models like
    CLAUSES = auto()  # share of clauses that begin with a word in -ing
    SPREAD = auto()  # standard deviation of the words of a sentence, over their mean
    CAPITALS = auto()  # always 0: capitals are no evidence; from either side it says where names cannot be told


ORIGINAL = Origin.names()
