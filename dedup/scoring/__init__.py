"""The score of one article without its source: spun, corrupted, machine-written, and the words that say so."""

from dedup.language.background import Background, load_background, save_background, shipped_background, stacked
from dedup.language.counting import build_background
from dedup.scoring.calibration import Calibration, load_calibration, save_calibration
from dedup.scoring.scorer import Scorer, calibrated, score_tokens

__all__ = [
    "Background",
    "Calibration",
    "Scorer",
    "build_background",
    "calibrated",
    "load_background",
    "load_calibration",
    "save_background",
    "save_calibration",
    "score_tokens",
    "shipped_background",
    "stacked",
]
