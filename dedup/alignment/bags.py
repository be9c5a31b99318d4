"""A range of one text as a bag of words, and what a word of the other text is worth against it.

A bag holds counts c of n words. A word of the other side that the bag holds scores ln((1 - a) + a c / (n f)) with f its
probability in the language, any other word ln(1 - a): the log-likelihood ratio of "drawn from the bag with chance a"
against "ordinary language". Each occurrence in the bag pays only once, so that a frequent word cannot carry a range on.
"""

from __future__ import annotations

import math
from enum import auto
from typing import NamedTuple

import numpy as np

from dedup.alignment.numbering import Pairs, Text, pair_stems
from dedup.alignment.ranges import End, Side
from dedup.compiled.arrays import F32, I32, I64, U8
from dedup.compiled.decorators import Int, borrowing, borrowing_inlined
from dedup.models import Columns


class Scale(NamedTuple):
    """What a word in a bag is worth. Shapes: `v` stems."""

    probability: F32  # (v,)
    shared: U8  # (v,) 1 for the stems that both articles have: nothing asks what any other one is worth
    least: F32  # (v,) the least gain of a word that a bag holds, once computed; 0 before
    alpha: float  # chance that a reused word comes from the other side
    window: int  # a word that a bag holds counts for at least one in so many


class BagState(Columns):
    """Places in `Bag.state`."""

    FIRST = auto()  # word of the range
    LAST = auto()
    STEMS = auto()  # how many are held


class Bag(NamedTuple):
    """A range of one side as a bag of words, as the other side sees it. Shapes: `v` stems."""

    gain: F32  # (v,) what each occurrence of a stem it holds is worth, nats
    room: I32  # (v,) how many occurrences it still pays for, 0 for stems it does not hold
    stems: I32  # (v,) those it holds
    counts: I32  # (v,) how often it holds them
    state: I64  # (BagState)

    @staticmethod
    def empty(stems: int) -> Bag:
        """Return an empty bag for pairs of so many stems."""
        held, counts = np.empty((2, stems), np.int32)
        state = np.zeros(len(BagState), np.int64)
        return Bag(np.empty(stems, np.float32), np.zeros(stems, np.int32), held, counts, state)


class TextPair(NamedTuple):
    """Both articles of a pair, each with the bag that holds a range of it for the other."""

    left: Text
    right: Text
    left_bag: Bag
    right_bag: Bag
    scale: Scale


@borrowing
def scale_of(pairs: Pairs, p: Int, least: F32, alpha: float, window: Int) -> Scale:
    """The scale of a pair; `least`: memory for the gains."""
    first, last = pair_stems(pairs, p)
    for stem in range(last - first):
        least[stem] = 0
    return Scale(pairs.numbering.probability[first:last], pairs.numbering.shared[first:last], least, alpha, window)


@borrowing
def _gain(share: float, probability: float, alpha: float) -> float:
    return math.log((1.0 - alpha) + alpha * share / probability)


@borrowing
def _clear(bag: Bag) -> None:
    for k in range(bag.state[BagState.STEMS]):
        bag.room[bag.stems[k]] = 0


@borrowing
def empty_bag(bag: Bag) -> None:
    """Make the bag hold nothing."""
    _clear(bag)
    bag.state[BagState.FIRST] = bag.state[BagState.LAST] = bag.state[BagState.STEMS] = 0


@borrowing
def restore_bag(bag: Bag) -> None:
    """Make the bag pay for all that it holds again."""
    for k in range(bag.state[BagState.STEMS]):
        bag.room[bag.stems[k]] = bag.counts[k]


@borrowing
def fill_bag(bag: Bag, ids: I32, first: Int, last: Int, scale: Scale) -> None:
    """Make the bag hold the words first..last, if it does not yet; only those whose stems both sides have matter."""
    if bag.state[BagState.FIRST] == first and bag.state[BagState.LAST] == last:
        restore_bag(bag)
        return
    _clear(bag)
    n, size = 0, max(1, last - first)
    for i in range(first, last):
        stem = ids[i]
        if scale.shared[stem]:
            if bag.room[stem] == 0:
                bag.stems[n] = stem
                n += 1
            bag.room[stem] += 1
    for k in range(n):
        stem = bag.stems[k]
        count = bag.room[stem]
        bag.counts[k] = count
        gain = scale.least[stem]
        if gain == 0 or count * scale.window > size:
            share = max(count / size, 1.0 / scale.window)
            gain = np.float32(_gain(share, scale.probability[stem], scale.alpha))
            if count * scale.window <= size:
                scale.least[stem] = gain
        bag.gain[stem] = gain
    bag.state[BagState.FIRST], bag.state[BagState.LAST], bag.state[BagState.STEMS] = first, last, n


@borrowing_inlined
def word_value(bag: Bag, stem: Int, miss: float) -> float:
    """What a word is worth against a full bag, `miss` where the bag does not hold it."""
    if bag.room[stem] <= 0:
        return miss
    value = float(bag.gain[stem])
    return value


@borrowing_inlined
def turned_to(pair: TextPair, side: Int) -> tuple[Text, Text, Bag]:
    """The text of a side, the text of the other side, and the bag that holds ranges of that one."""
    return (pair.right, pair.left, pair.left_bag) if side == Side.RIGHT else (pair.left, pair.right, pair.right_bag)


@borrowing_inlined
def hold_range(bag: Bag, text: Text, ends: I32, scale: Scale) -> None:
    """`fill_bag` with a range of a text, (2,) by `End`."""
    fill_bag(bag, text.ids, np.int64(ends[End.FIRST]), np.int64(ends[End.LAST]), scale)
