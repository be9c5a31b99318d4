"""How good results are by labelled pairs: files of labels, figures with intervals, and the worst errors.

Public: `load_gold`, `Gold`, `Label`, `GoldFormat`; `evaluate`, `Evaluation`, `Found`; `kappa`.
"""

from dedup.evaluation.agreement import kappa
from dedup.evaluation.evaluate import evaluate
from dedup.evaluation.figures import Evaluation
from dedup.evaluation.gold import Gold, Label
from dedup.evaluation.loaders import Found, GoldFormat, load_gold

__all__ = ["Evaluation", "Found", "Gold", "GoldFormat", "Label", "evaluate", "kappa", "load_gold"]
