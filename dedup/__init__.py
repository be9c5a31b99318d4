"""Find near-duplicates and machine rewrites among news articles, and prove them.

    import dedup

    report = dedup.scan(articles)              # many articles: matches, clusters, scores
    match = dedup.compare(one, other)          # two articles: kind, probability, passages, evidence
    alignment = dedup.align(text, other_text)  # passages as character offsets
    score = dedup.score(text)                  # one article: how spun or corrupted it reads

`dedup.pipeline.scan` shows how it works. Everything is loaded on first use: importing this package costs milliseconds.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.alignment import AlignConfig
    from dedup.candidates.join import CandidateConfig
    from dedup.config import Config, Level
    from dedup.errors import ConfigError, DedupError, IndexBusy, IndexDamaged, IndexMismatch, InputError
    from dedup.pipeline.indexes import learn_background, open_index
    from dedup.pipeline.scan import scan, scan_paths
    from dedup.pipeline.single import align, compare, score
    from dedup.read import Fields, ReadOptions
    from dedup.read import read as read_articles
    from dedup.records import (
        Alignment,
        Article,
        Cluster,
        Evidence,
        Finding,
        Kind,
        Match,
        Passage,
        Report,
        RewriteScore,
        Skipped,
    )
    from dedup.report import write_report

_HOMES = {
    "dedup.alignment": ("AlignConfig",),
    "dedup.config": ("Config", "Level"),
    "dedup.errors": ("ConfigError", "DedupError", "IndexBusy", "IndexDamaged", "IndexMismatch", "InputError"),
    "dedup.candidates.join": ("CandidateConfig",),
    "dedup.pipeline.indexes": ("learn_background", "open_index"),
    "dedup.pipeline.scan": ("scan", "scan_paths"),
    "dedup.pipeline.single": ("align", "compare", "score"),
    "dedup.read": ("Fields", "ReadOptions"),
    "dedup.records": (
        "Alignment", "Article", "Cluster", "Evidence", "Finding", "Kind", "Match", "Passage", "Report", "RewriteScore",
        "Skipped",
    ),
    "dedup.report": ("write_report",),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = [
    "AlignConfig",
    "Alignment",
    "Article",
    "CandidateConfig",
    "Cluster",
    "Config",
    "ConfigError",
    "DedupError",
    "Evidence",
    "Fields",
    "Finding",
    "IndexBusy",
    "IndexDamaged",
    "IndexMismatch",
    "InputError",
    "Kind",
    "Level",
    "Match",
    "Passage",
    "ReadOptions",
    "Report",
    "RewriteScore",
    "Skipped",
    "align",
    "compare",
    "learn_background",
    "open_index",
    "read_articles",
    "scan",
    "scan_paths",
    "score",
    "write_report",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "read_articles":
        return import_module("dedup.read").read
    if name not in _HOME:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
