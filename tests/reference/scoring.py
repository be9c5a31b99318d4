"""The numeric features of one article and what a context model expects, in plain numpy: their definition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F32, F64, I64, U64
from dedup.language.background import BREAK, NUMBER
from dedup.language.language_model import Reading
from dedup.language.offers import NAME_SHARE
from dedup.records import Flag, Tokens
from dedup.scoring.context_model import NONE, SIDE, SWAPPED, WIDE, ContextModel
from dedup.scoring.numeric_features import (
    COMMON_PAIR,
    GAINED,
    LEAST_MIDDLING,
    LONG,
    MOST_CAPITALS,
    MOST_MIDDLING,
    RARE,
    TOLERATED,
    VERY_FREQUENT,
    WINDOW,
)

Mask = NDArray[np.bool_]


def spread(values: F32 | F64 | I64) -> float:
    return float(np.std(values)) if len(values) > 1 else 0.0


def share_of_types(words: U64) -> float:
    parts = [words[start : start + WINDOW] for start in range(0, max(1, len(words) - WINDOW + 1), WINDOW)]
    return float(np.mean([len(np.unique(part)) / max(1, len(part)) for part in parts]))


def proper_words(reading: Reading, tokens: Tokens) -> Mask:
    real = reading.origin >= 0
    capital = real & ((tokens.flags[reading.origin] & int(Flag.CAPITAL)) != 0) if len(tokens) else real
    if capital.sum() > MOST_CAPITALS * real.sum():
        return np.zeros(len(real), bool)
    return capital & np.append(False, reading.words[:-1] != BREAK) if len(real) else capital


def pair_features(reading: Reading, proper: Mask, counted: float, n: int) -> dict[str, float]:
    uses = np.array([(reading.words == word).sum() for word in reading.words], np.int64)
    by_chance = reading.frequency[:-1].astype(np.float64) * reading.frequency[1:] / counted
    adjacent = (reading.origin[1:] >= 0) & (reading.origin[:-1] >= 0)
    common, known = reading.frequency > VERY_FREQUENT * counted, reading.frequency >= COMMON_PAIR
    unseen, known = adjacent & (reading.pair[1:] == 0), adjacent & known[1:] & known[:-1]
    clash = np.log10((1 + by_chance) / (1 + reading.pair[1:])) - TOLERATED
    rarer = np.where(reading.frequency[1:] < reading.frequency[:-1], uses[1:], uses[:-1])
    number = reading.words == NUMBER
    plain = ~(proper[1:] | proper[:-1] | number[1:] | number[:-1])
    same = (reading.words[1:] == reading.words[:-1]) & (reading.words[1:] != NUMBER)
    return {
        "unseen_pair_surprisal": np.sqrt((np.log10(1 + by_chance) / rarer)[unseen & plain].sum() / n),
        "discord": np.maximum(clash[adjacent & common[1:] & common[:-1]], 0.0).sum() / n,
        "doubled": (adjacent & same).sum() / n,
        "unseen": (known & unseen).sum() / max(1, known.sum()),
        "substitution_gain": np.sqrt((reading.gain.astype(np.float64) ** 3 / uses)[~proper].sum() / n),
    }


def sentence_features(surprise: F32, origin: I64, tokens: Tokens) -> dict[str, float]:
    if not len(origin):
        return {"burstiness": 0.0, "sentence": 0.0, "sentence_spread": 0.0}
    sentence = np.searchsorted(tokens.sentences, origin, "right") - 1
    sizes = np.bincount(sentence)
    used = sizes > 0
    means, lengths = np.bincount(sentence, surprise)[used] / sizes[used], sizes[used]
    lengths = lengths[:-1] if len(lengths) > 1 else lengths
    return {
        "burstiness": spread(means),
        "sentence": float(np.log(lengths.mean())),
        "sentence_spread": spread(lengths) / float(lengths.mean()),
    }


def content_features(words: U64, surprise: F32, frequency: F32, n: int) -> dict[str, float]:
    """Of content words alone."""
    logs = np.log10(np.maximum(frequency, 1.0))
    return {
        "content_surprise": surprise.sum() / max(1, len(words)),
        "rare": (frequency < RARE).sum() / n,
        "familiarity": logs.mean() if len(logs) else 0.0,
        "lows": spread(logs),
        "repeats": 1 - len(np.unique(words)) / max(1, len(words)),
    }


def stranded(reading: Reading, proper: Mask, counted: float) -> float:
    share = reading.frequency.astype(np.float64) / counted
    middling = ~proper & (reading.origin >= 0) & (reading.words != NUMBER) & (reading.capital <= NAME_SHARE)
    middling &= (share >= LEAST_MIDDLING) & (share < MOST_MIDDLING)
    met = (reading.pair > 0) | np.append(reading.pair[1:] > 0, False)
    return float((middling & ~met).sum()) / max(1, int(middling.sum()))


def numeric_features(reading: Reading, tokens: Tokens, function: Mask, counted: float) -> dict[str, float]:
    """All features of `dedup.scoring.numeric_features.Numeric` by name; `function` says which words are such."""
    real = reading.origin >= 0
    n, origin, words = max(1, int(real.sum())), reading.origin[real], reading.words[real]
    surprise, frequency = reading.surprise[real], reading.frequency[real]
    number, name = words == NUMBER, reading.capital[real] > NAME_SHARE
    content = ~function[real] & ~number & ~name
    proper = proper_words(reading, tokens)
    letters = (tokens.ends[origin].astype(np.int64) - tokens.starts[origin])[~number]
    return {
        "gained": (reading.gain > GAINED)[~proper].sum() / n,
        "surprise": surprise.sum() / n,
        "surprise_spread": spread(surprise),
        "triples": (reading.triple > 0).sum() / n,
        "function": function[real].sum() / n,
        "length": letters.sum() / max(1, len(letters)),
        "long": (letters >= LONG).sum() / max(1, len(letters)),
        "types": share_of_types(words),
        "breaks": (~real).sum() / n,
        "names": name.sum() / n,
        "numbers": number.sum() / n,
        "unknown": (frequency == 0).sum() / n,
        "stranded": stranded(reading, proper, counted),
        **pair_features(reading, proper, counted, n),
        **sentence_features(surprise, origin, tokens),
        **content_features(words[content], surprise[content], frequency[content], n),
    }


def expected(model: ContextModel, numbers: list[int], at: int) -> F64:
    """What a context model expects in a single place, word by word, as a vector to multiply with `wanted`."""

    def given(place: int) -> F64:
        number = numbers[place] if 0 <= place < len(numbers) else 0
        row: F64 = model.given[number] * np.float64(model.given_step[number])
        return row

    near = sum(model.near[k] * given(at + p) for k, p in enumerate(p for p in range(-SIDE, SIDE + 1) if p))
    far = sum(given(at + p) for p in range(-WIDE, WIDE + 1) if abs(p) > SIDE)
    vector: F64 = model.bias + near + model.far * far
    return vector


def weighs(model: ContextModel, number: int, vector: F64) -> float:
    """What a word weighs in a place, a natural logarithm."""
    return float(model.wanted[number] * np.float64(model.wanted_step[number]) @ vector + model.usual[number])


def in_context(
    model: ContextModel, numbers: list[int], words: list[int], plain: list[bool], alternatives: dict[int, list[int]]
) -> tuple[float, float, float]:
    """The features of an article, place by place; `alternatives`: numbers by word, of the words that may be wrong."""
    strange: dict[int, list[float]] = {}
    swapped: dict[int, list[float]] = {}
    drawn = []
    for at in [at for at, one in enumerate(plain) if one]:
        vector = expected(model, numbers, at)
        own = weighs(model, numbers[at], vector)
        drawn.append(float(model.share[numbers[at]]) - own)
        strange.setdefault(words[at], []).append(np.log(1 - SWAPPED + SWAPPED * np.exp(drawn[-1])))
        if words[at] in alternatives:
            others = [np.exp(weighs(model, other, vector) - own) for other in alternatives[words[at]]]
            ratio = max(others) / len(others) if others else 0.0
            swapped.setdefault(words[at], []).append(np.log(1 - SWAPPED + SWAPPED * ratio))
    means = [float(np.mean([np.mean(of) for of in found.values()])) if found else NONE for found in (strange, swapped)]
    return means[0], means[1], sorted(drawn)[len(drawn) // 2] if drawn else 0.0
