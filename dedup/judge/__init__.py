"""From an alignment to a verdict: `judge`; `prepare` an article once where it meets several others."""

from dedup.judge.config import JudgeConfig
from dedup.judge.verdict import Prepared, judge, prepare

__all__ = ["JudgeConfig", "Prepared", "judge", "prepare"]
