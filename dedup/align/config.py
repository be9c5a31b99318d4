"""The settings of the alignment, each with where its value came from."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.errors import ConfigError


@dataclass(frozen=True, slots=True)
class AlignConfig:
    """How passages are found. "Study": DESIGN finding 4; "half": chosen by `benchmarks/alignment.py` on half of PAN13.

    Raises `ConfigError` where a value is out of its range.
    """

    seed_cosine: float = 0.2  # least TF-IDF cosine of a seed (study: .2 to .25; half: .15 and .25 are .003 worse)
    seed_dice: float = 0.2  # least Dice of a seed's sets of stems (study; half: .15 is the same)
    seed_gap: int = 3  # sentences from one seed of a cluster to the next (half: 2 is .004 worse, 4 the same)
    alpha: float = 0.35  # chance that a reused word comes from the other side (study: .5 and .275 by role; half: same)
    locality: float = 16.0  # a word that a bag holds counts for at least one in (words of the pair / locality), so that
    # passages as long as the articles still pay (news: .99 of the sentences with a counterpart are covered, .74
    # without; half: nothing lost from 12 to 25; 32 covers twice as much of unlike sentences on one event)
    reach: int = 60  # words by which an end may move in a round (study; half: 40 and 100 are no better)
    boundary_bonus: float = 4.0  # nats for an end on a sentence boundary (study; half: 3 and 6 are no better)
    background_share: float = 0.6  # of a word's probability, the rest its frequency in the pair (study; half: .5-.7)
    least_evidence: float = 15.0  # nats on both sides together that a passage must score (study; half: 10 to 20 same)
    verbatim_run: int = 8  # words of an exact run (study)
    verbatim_jump: int = 6  # words between two runs of a chain (study; half: 3 is the same)
    verbatim_words: int = 40  # matched words that make a chain a verbatim passage (study; half: 30 is the same)
    verbatim_density: float = 0.98  # of the chain's words that match (study; half: .95 and .99 are the same)
    verbatim_share: float = 0.5  # of a passage that a chain must cover to take its place (half: .3 same, .7 worse)
    most_overlap: float = 0.3  # of a passage that a better one may cut off; beyond that it is dropped (study)
    least_characters: int = 150  # of either side of a passage (study)
    threshold: float = 0.6  # least probability of the passage filter
    summaries: bool = (
        True  # whether to look for a stretch that sums the whole other text up, where passages do not tell
    )
    summary_alpha: float = 0.5  # as `alpha`, for summaries (study; .35 and .7 are the same)
    summary_evidence: float = 7.0  # nats that such a stretch must score
    summary_words: int = 40  # least words of such a stretch
    summary_share: float = 0.5  # of the other text's words: a longer stretch is no summary
    summary_threshold: float = 0.3  # least probability of the summary filter

    def __post_init__(self) -> None:
        for name in ("seed_cosine", "seed_dice", "alpha", "background_share"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ConfigError(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        for name in ("verbatim_density", "verbatim_share", "most_overlap", "threshold"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"{name} must lie in 0..1, not {getattr(self, name)}")
        for name in ("seed_gap", "reach", "verbatim_run", "verbatim_words"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, not {getattr(self, name)}")
