"""From an alignment to a verdict: `judge`; `prepare` an article once, or a batch of them, where they meet others."""

from dedup.judge.config import JudgeConfig
from dedup.judge.prepare import Prepared, prepare, prepare_batch
from dedup.judge.verdict import judge

__all__ = ["JudgeConfig", "Prepared", "judge", "prepare", "prepare_batch"]
