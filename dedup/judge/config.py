"""The settings of the verdict, each with where its value came from."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.checks import NOT_NEGATIVE, POSITIVE, SHARE, check_settings, checked_part
from dedup.judge.own import OwnModel


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """When a pair is called what. "Pairs": chosen on the labelled pairs of `benchmarks/training/train_judge.py`.

    Raises `ConfigError` where a value is out of its range.
    """

    # Least probability of a copy: even odds, where the training weighs copies and others alike. On the labelled pairs,
    # held out, no two reports of one event are called copies; .8 would lose .03 of the LLM reframings.
    threshold: float = 0.5
    related: bool = False  # whether pairs on one subject that reuse nothing are matches too
    near_triples: float = 0.7  # of the shorter text's three-word grams in common: near-verbatim (10 % of words edited)
    near_facts: float = 0.8  # of the names, numbers and dates of either text: near-verbatim texts say the same
    near_conflict: float = 0.2  # most names and numbers that stand against others, of those of the text with fewer
    # Least weight of stems that stand in the same order in both texts beyond chance, or of words taken over in one
    # run, ln: less proves nothing (four rare words). Below it only the same text is a copy.
    least_evidence: float = 12.0
    listed_share: float = 0.45  # of a text's words that are names or numbers: more make it a list
    partial_words: int = 40  # words outside quotations taken over in runs of eight or more (pairs: 30 to 60 same)
    partial_share: float = 0.1  # of the words of either article (pairs: .08 finds as many, .15 misses a tenth)
    borderline: float = 0.15  # probability from which an aligned pair that is no copy still shares an origin (pairs)
    borderline_share: float = 0.3  # of the shorter text's words in passages for that (pairs)
    ordered: float = 0.8  # of the aligned sentences in one order; less: two versions of one release
    related_stems: float = 0.25  # weighted share of the shorter text's stems: one subject (pairs: median of one event)
    # Pages with several stories (benchmarks/quality/composition.py --containers).
    part_share: float = 0.6  # least share of the shorter text in passages of the page that contains it
    rest_share: float = 0.25  # least share of the page that is beyond that ...
    rest_words: int = 100  # ... with so many words of it in one stretch
    other_story: float = 0.65  # least probability that this is another story, by the pair alone ...
    possible_story: float = 0.25  # ... and where another part of the page is another article
    sure_original: float = 0.6  # confidence below which the original is unknown
    sure_method: float = 0.5  # probability below which the method is "unsure"
    own: OwnModel | None = None  # a calibration or weights learnt from your own labelled pairs (`dedup.tune`)

    def __post_init__(self) -> None:
        check_settings(
            self, {"partial_words": POSITIVE, "rest_words": POSITIVE, "least_evidence": NOT_NEGATIVE}, default=SHARE
        )
        if self.own is not None:
            checked_part("own", self.own, OwnModel)
