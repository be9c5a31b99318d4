"""Numbers that describe how an article is written, with typography normalised away.

Three groups: numeric features (`Numeric`); masked 1- to 3-grams, in which function words stay and other words become
the class of their suffix and names one class; frequent words with their pairs. The last two are hashed.

Public: `describe`, `Description`, and for compiled callers `describe_reading`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, U8, U32, U64
from dedup.compiled.decorators import kernel
from dedup.language.language_model import Reading
from dedup.language.offers import NAME_SHARE
from dedup.records import Tokens
from dedup.scoring.hashed_features import hashed_runs
from dedup.scoring.numeric_features import numeric_features
from dedup.scoring.word_classes import mask

FREQUENT = 1e-5  # share of the background's words; as frequent words keep their identity
MASKED_RUN, FREQUENT_RUN = 3, 2  # symbols of the longest run that is hashed


class Description(NamedTuple):
    """The features of one article. Hashed groups are unit vectors of log counts; `words` is how many were read."""

    numeric: F32  # (len(Numeric),)
    masked: F32  # (CELLS,)
    frequent: F32  # (CELLS,)
    words: int


@kernel
def describe_reading(
    reading: Reading, tokens: tuple[U8, U32, U32, U32, U8], function_words: U64, counted: float
) -> tuple[F32, F32, F32]:
    """The arrays of `Description`; one kernel, for each call from Python takes microseconds.

    `tokens`: the bytes of the article, starts, ends, sentences, flags.
    """
    data, starts, ends, sentences, flags = tokens
    text, capital = (data, starts, ends), reading.capital
    masks, function = mask(reading.words, reading.origin, reading.frequency, capital, text, function_words)
    frequent = (reading.frequency > np.float32(FREQUENT * counted)) & (capital <= NAME_SHARE)
    numeric = numeric_features(reading, function, starts, ends, sentences, flags, counted)
    masked = hashed_runs(masks, np.ones(len(masks), np.bool_), MASKED_RUN)
    return numeric, masked, hashed_runs(reading.words, frequent, FREQUENT_RUN)


def describe(reading: Reading, tokens: Tokens, function_words: U64, counted: float) -> Description:
    """Return the features of what was read of an article.

    `function_words` are sorted hashes, `counted` is the number of words behind the background.
    """
    data = np.frombuffer(tokens.data, np.uint8)
    arrays = (data, tokens.starts, tokens.ends, tokens.sentences, tokens.flags)
    words = int(np.count_nonzero(reading.origin >= 0))
    numeric, masked, frequent = describe_reading(reading, arrays, function_words, float(counted))
    return Description(numeric, masked, frequent, words)
