"""From an alignment to a verdict: `judge` decides on two articles, each a `Prepared` that all its pairs share."""

from dedup.judge.config import JudgeConfig
from dedup.judge.prepare import Prepared, PreparedBatch, prepare
from dedup.judge.verdict import judge

__all__ = ["JudgeConfig", "Prepared", "PreparedBatch", "judge", "prepare"]
