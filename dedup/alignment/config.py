"""The settings of the alignment, each with where its value came from."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.checks import BETWEEN, POSITIVE, SHARE, Range, check_settings


@dataclass(frozen=True, slots=True)
class AlignConfig:
    """How passages are found. "Study": a study before this project; "PAN": `benchmarks/quality/alignment.py`, out of
    fold.

    Raises `ConfigError` where a value is out of its range.
    """

    seed_cosine: float = 0.18  # least TF-IDF cosine of a seed (study: .2 to .25; PAN: .2 is .001 worse, .25 .003)
    seed_dice: float = 0.2  # least Dice of a seed's sets of stems (study; PAN: .15 is the same)
    seed_gap: int = 3  # sentences from one seed of a cluster to the next (PAN: 2 and 4 are .001 worse)
    alpha: float = 0.3  # chance that a reused word comes from the other side (study: .5 and .275 by role)
    locality: float = 16.0  # a word that a bag holds counts for at least one in (words of the pair / locality), so that
    # passages as long as the articles still pay (news: .99 of the sentences with a counterpart are covered, .74
    # without; PAN: 12 to 25 are the same; 32 covers twice as much of unlike sentences on one event)
    reach: int = 60  # words by which an end may move in a round (study; PAN: 40 and 100 are no better)
    boundary_bonus: float = 3.0  # nats for an end on a sentence boundary (study: 4, .0005 worse here)
    background_share: float = 0.6  # of a word's probability, the rest its frequency in the pair (study; PAN: .5 to .7)
    least_evidence: float = 15.0  # nats on both sides together that a passage must score (study; PAN: 10 to 20 same)
    verbatim_run: int = 8  # words of an exact run (study)
    verbatim_jump: int = 6  # words between two runs of a chain (study; PAN: 3 is the same)
    verbatim_words: int = 40  # matched words that make a chain a verbatim passage (study; PAN: 30 is the same)
    verbatim_density: float = 0.98  # of the chain's words that match (study; PAN: .95 and .99 are the same)
    verbatim_share: float = 0.5  # of a passage that a chain must cover to take its place (PAN: .3 same, .7 worse)
    most_overlap: float = 0.3  # of a passage that a better one may cut off; beyond that it is dropped (study)
    least_characters: int = 120  # of either side of a passage (study: 150, which misses short ones; PAN: 100 the same)
    threshold: float = 0.6  # least probability of the passage filter (PAN: .5 and .7 are .001 worse)
    summaries: bool = True  # look for a stretch that sums the whole other text up, where passages do not tell
    summary_alpha: float = 0.5  # as `alpha`, for summaries (study; PAN: .35 and .7 are the same)
    summary_evidence: float = 7.0  # nats that such a stretch must score (PAN: 10 loses .01 of the summaries)
    summary_words: int = 40  # least words of such a stretch (PAN: 20 and 60 are the same)
    summary_share: float = 0.5  # of the other text's words: a longer stretch is no summary (PAN: .3 is the same)
    summary_threshold: float = 0.3  # least probability of the summary filter (PAN: .2 and .4 are .001 worse)

    def __post_init__(self) -> None:
        between = ("seed_cosine", "seed_dice", "alpha", "background_share", "summary_alpha")
        shares = ("verbatim_density", "verbatim_share", "most_overlap", "summary_share")
        counts = ("seed_gap", "reach", "verbatim_run", "verbatim_words", "summary_words")
        thresholds = ("threshold", "summary_threshold")
        ranges = dict.fromkeys(between, BETWEEN) | dict.fromkeys(shares + thresholds, SHARE)
        ranges |= dict.fromkeys(counts, POSITIVE) | {"locality": Range(0, ends=False)}
        check_settings(self, ranges)


DEFAULT = AlignConfig()  # made once: checking all settings takes as long as aligning a short pair
