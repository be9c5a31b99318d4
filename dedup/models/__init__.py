"""Learnt models as plain data: logistic regressions and boosted trees whose files name their columns.

Training is done elsewhere (`benchmarks/training`). A stage declares the columns of its features (`Columns`), fills
them by name, and reads a model that names the columns it was trained on; what does not fit raises `ModelMismatch`.
"""

from dedup.models.columns import Columns
from dedup.models.files import check_version, positions, read_json
from dedup.models.logistic import Logistic
from dedup.models.trees import Trees

__all__ = ["Columns", "Logistic", "Trees", "check_version", "positions", "read_json"]
