"""The settings of a scan: those of the pipeline, and the one of each stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dedup.align import AlignConfig
from dedup.errors import ConfigError
from dedup.index.candidates import CandidateConfig


class Level(StrEnum):
    """How far a scan goes."""

    NEAR = "near"  # exact copies and near-duplicates by their signatures, nothing aligned
    FULL = "full"  # all kinds, aligned and judged, and a score for every article


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a scan; the defaults are what `benchmarks/README.md` measures. Raises `ConfigError`.

    `threshold`: least probability (0..1) at which a pair is called a copy. `related`: also report pairs on one subject
    that reuse nothing. `workers`: processes and threads, 0 for one for each processor; they never change a result.
    """

    level: Level = Level.FULL
    threshold: float = 0.5
    related: bool = False
    workers: int = 0
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    align: AlignConfig = field(default_factory=AlignConfig)

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise ConfigError(f"threshold must lie between 0 and 1, not {self.threshold}")
        if self.workers < 0:
            raise ConfigError(f"workers must be 0 (all processors) or more, not {self.workers}")
