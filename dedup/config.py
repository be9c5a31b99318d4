"""The settings of a scan: those of the pipeline, and the one of each stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dedup.alignment import AlignConfig
from dedup.candidates.join import CandidateConfig
from dedup.errors import ConfigError
from dedup.judge import JudgeConfig


class Level(StrEnum):
    """How far a scan goes."""

    NEAR = "near"  # exact copies and near-duplicates by their signatures, nothing aligned
    FULL = "full"  # all kinds, aligned and judged, and a score for every article


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of a scan; the defaults are what `benchmarks/README.md` measures. Raises `ConfigError`.

    `workers`: processes and threads, 0 for one for each processor; they never change a result. The least probability at
    which a pair is called a copy is `judge.threshold`.
    """

    level: Level = Level.FULL
    workers: int = 0
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    align: AlignConfig = field(default_factory=AlignConfig)
    judge: JudgeConfig = field(default_factory=JudgeConfig)

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise ConfigError(f"workers must be 0 (all processors) or more, not {self.workers}")
