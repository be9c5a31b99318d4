"""Find near-duplicates and machine rewrites among news articles, and prove them.

    import dedup

    report = dedup.scan(articles)              # many articles: matches, clusters, scores
    result = dedup.dedupe(articles)            # the same without its copies: kept, removed
    match = dedup.compare(one, other)          # two articles: kind, probability, passages, evidence
    alignment = dedup.align(text, other_text)  # passages as character offsets
    made = dedup.trace(article, articles)      # one article: which stretches came from which others
    score = dedup.score(text)                  # one article: how spun or corrupted it reads
    index = dedup.open_index("archive/")       # articles on disk that are asked about new ones

`dedup.pipeline.scan` shows how it works. Everything is loaded on first use: importing this package costs milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers see of the table below; `tests/test_library.py` holds the two together
    from dedup.alignment import AlignConfig as AlignConfig
    from dedup.candidates.join import CandidateConfig as CandidateConfig
    from dedup.config import Config as Config, Level as Level
    from dedup.errors import (
        ConfigError as ConfigError,
        DedupError as DedupError,
        IndexBusy as IndexBusy,
        IndexClosed as IndexClosed,
        IndexDamaged as IndexDamaged,
        IndexMismatch as IndexMismatch,
        InputError as InputError,
        MissingPackage as MissingPackage,
        ModelMismatch as ModelMismatch,
        UsageError as UsageError,
        WorkerLost as WorkerLost,
    )
    from dedup.evaluation import (
        Evaluation as Evaluation,
        Found as Found,
        Gold as Gold,
        GoldFormat as GoldFormat,
        Label as Label,
        evaluate as evaluate,
        kappa as kappa,
        load_gold as load_gold,
    )
    from dedup.evidence.learnt_swaps import Swap as Swap, SwapTable as SwapTable
    from dedup.index.articles import ArticleIndex as ArticleIndex, IndexInfo as IndexInfo
    from dedup.judge import JudgeConfig as JudgeConfig
    from dedup.language.background import (
        Background as Background,
        load_background as load_background,
        save_background as save_background,
        shipped_background as shipped_background,
    )
    from dedup.pipeline.dedupe import dedupe as dedupe, dedupe_paths as dedupe_paths
    from dedup.pipeline.indexes import open_index as open_index
    from dedup.pipeline.preference import Keep as Keep
    from dedup.pipeline.reading import read_articles as read_articles
    from dedup.pipeline.scan import scan as scan, scan_paths as scan_paths
    from dedup.pipeline.scorer import (
        ArticleScorer as ArticleScorer,
        build_background as build_background,
        calibrate as calibrate,
        learn_background as learn_background,
        learn_swaps as learn_swaps,
    )
    from dedup.pipeline.single import align as align, compare as compare, score as score
    from dedup.profiles import load_profile as load_profile, save_profile as save_profile
    from dedup.pipeline.trace import trace as trace, trace_paths as trace_paths
    from dedup.read import Fields as Fields, Format as Format, ReadOptions as ReadOptions
    from dedup.records import (
        COPIES as COPIES,
        Alignment as Alignment,
        Article as Article,
        ArticleScore as ArticleScore,
        Cluster as Cluster,
        Evidence as Evidence,
        Finding as Finding,
        Kind as Kind,
        Match as Match,
        Passage as Passage,
        Skipped as Skipped,
    )
    from dedup.report import (
        load_report as load_report,
        match_row as match_row,
        score_row as score_row,
        summary as summary,
        write_page as write_page,
        write_report as write_report,
    )
    from dedup.results import (
        ClusterTable as ClusterTable,
        Composition as Composition,
        Deduped as Deduped,
        KeptArticles as KeptArticles,
        MatchTable as MatchTable,
        Removed as Removed,
        Report as Report,
        ScoreTable as ScoreTable,
    )
    from dedup.scoring import (
        Calibration as Calibration,
        load_calibration as load_calibration,
        save_calibration as save_calibration,
    )
    from dedup.translation.config import TranslationConfig as TranslationConfig
    from dedup.tuning import Learn as Learn, Tuned as Tuned, tune as tune
    from dedup.write import write_deduped as write_deduped

# Every public name, under the module that it is loaded from when it is first asked for.
_NAMES = {
    "dedup.alignment": "AlignConfig",
    "dedup.candidates.join": "CandidateConfig",
    "dedup.config": "Config Level",
    "dedup.errors": (
        "ConfigError DedupError IndexBusy IndexClosed IndexDamaged IndexMismatch InputError MissingPackage "
        "ModelMismatch UsageError WorkerLost"
    ),
    "dedup.evaluation": "Evaluation Found Gold GoldFormat Label evaluate kappa load_gold",
    "dedup.evidence.learnt_swaps": "Swap SwapTable",
    "dedup.index.articles": "ArticleIndex IndexInfo",
    "dedup.judge": "JudgeConfig",
    "dedup.language.background": "Background load_background save_background shipped_background",
    "dedup.pipeline.dedupe": "dedupe dedupe_paths",
    "dedup.pipeline.indexes": "open_index",
    "dedup.pipeline.preference": "Keep",
    "dedup.pipeline.reading": "read_articles",
    "dedup.pipeline.scan": "scan scan_paths",
    "dedup.pipeline.scorer": "ArticleScorer build_background calibrate learn_background learn_swaps",
    "dedup.pipeline.single": "align compare score",
    "dedup.pipeline.trace": "trace trace_paths",
    "dedup.profiles": "load_profile save_profile",
    "dedup.read": "Fields Format ReadOptions",
    "dedup.records": "COPIES Alignment Article ArticleScore Cluster Evidence Finding Kind Match Passage Skipped",
    "dedup.report": "load_report match_row score_row summary write_page write_report",
    "dedup.results": "ClusterTable Composition Deduped KeptArticles MatchTable Removed Report ScoreTable",
    "dedup.scoring": "Calibration load_calibration save_calibration",
    "dedup.translation.config": "TranslationConfig",
    "dedup.tuning": "Learn Tuned tune",
    "dedup.write": "write_deduped",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = list(_HOMES)


if not TYPE_CHECKING:  # or type checkers would take any name for a public one

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'dedup' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
