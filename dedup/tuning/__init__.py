"""Settings learnt from labelled pairs: a threshold for a wished precision or recall, a calibration, own weights.

Public: `tune`, `Tuned`, `Learn`. The only room that trains; scikit-learn does it.
"""

from dedup.tuning.models import Learn
from dedup.tuning.tune import Tuned, tune

__all__ = ["Learn", "Tuned", "tune"]
