"""Numbers that describe how an article is written, with typography normalised away.

Three groups: numeric features (`Numeric`); masked 1- to 3-grams, in which function words stay and other words become
the class of their suffix and names one class; frequent words with their pairs. The last two are hashed.

Public: `describe`, `Description`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, U64
from dedup.language.language_model import NAME_SHARE, Reading
from dedup.records import Tokens
from dedup.scoring.hashed_features import hashed_runs
from dedup.scoring.numeric_features import numeric_features
from dedup.scoring.word_classes import mask_words

FREQUENT = 1e-5  # share of the background's words; as frequent words keep their identity
MASKED_RUN, FREQUENT_RUN = 3, 2  # symbols of the longest run that is hashed


class Description(NamedTuple):
    """The features of one article. Hashed groups are unit vectors of log counts; `words` is how many were read."""

    numeric: F32  # (len(Numeric),)
    masked: F32  # (CELLS,)
    frequent: F32  # (CELLS,)
    words: int


def describe(reading: Reading, tokens: Tokens, function_words: U64, counted: float) -> Description:
    """Return the features of what was read of an article.

    `function_words` are sorted hashes, `counted` is the number of words behind the background.
    """
    words, origin = reading.words, reading.origin
    masks, function = mask_words(words, origin, reading.frequency, reading.capital, tokens, function_words)
    frequent = (reading.frequency > FREQUENT * counted) & (reading.capital <= NAME_SHARE)
    bounds = (tokens.starts, tokens.ends, tokens.sentences, tokens.flags)
    return Description(
        numeric_features(reading, function, *bounds, float(counted)),
        hashed_runs(masks, np.ones(len(masks), np.bool_), MASKED_RUN),
        hashed_runs(words, frequent, FREQUENT_RUN),
        int((origin >= 0).sum()),
    )
