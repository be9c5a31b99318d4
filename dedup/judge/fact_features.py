"""Facts of two articles side by side: do both have the same names, numbers and dates, and in the same order?

All shares are smoothed: an article without numbers or dates contradicts nothing, and neither does one whose names are
hidden because it is in one case. Public: `fact_features` (compiled).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, U8
from dedup.compiled.decorators import Int, borrowing, helper
from dedup.evidence.grams import STEMS, WORDS, find_key
from dedup.evidence.names import similarity
from dedup.evidence.numbers import NO_DIMENSION, same_quantity
from dedup.evidence.profile import NAMED, Profile
from dedup.judge.columns import FIRST_SINGLE, Sided, Single
from dedup.judge.facts import Facts

NAME_PRIOR, NAME_WORTH = 0.8, 5.0  # what a text without names is taken to share, and for how much weight
NUMBER_PRIOR = 0.8
NUMBER_WEIGHT, DATE_WEIGHT = 5.0, 3.0  # weight of a number and a date beside the weights of names, ln
FACT_PRIOR, FACT_WORTH = 0.8, 5.0
LOCAL_PRIOR, LOCAL_WORTH = 0.7, 5.0
SOUNDS_ALIKE = 0.6  # least similarity of two phonetic keys of one name
ORDER_WEIGHT = 2.5  # least weight of a stem whose place counts, ln
PARTNER = 0.25  # least cosine of aligned sentences whose facts are held against each other
LONGEST_ROW = 25  # scratch of `similarity`
MOST_NAMES, MOST_NUMBERS, MOST_IN_SENTENCE = 256, 256, 32  # compared with each other: a bound on the time
_UNMATCHED, _MATCHED = 1, 2


class Beside(NamedTuple):
    """One article beside another. Shapes: `s` stems, `k` names, `w` different words, `m` sentences."""

    stems: I32  # (s,) their numbers in the other article, or -1
    found: F32  # (k,) how well each name is matched there, 0..1
    states: U8  # (w,) 0, or of a name `_MATCHED` or `_UNMATCHED`
    firsts: I32  # (m + 1,) where each sentence begins among the words outside boilerplate, then their number
    partner: I32  # (m,) the most similar sentence of the other article, -1 where none reaches `PARTNER`
    cosine: F32  # (m,) of the partner
    names: I32  # (m,) names in each sentence
    lost: I32  # (m,) names without a match
    quantities: I32  # (m + 1,) the first quantity of each sentence, then their number


@helper
def _beside(profile: Profile, facts: Facts) -> Beside:
    """Return the arrays of an article, to be filled."""
    m = len(profile.sentence)
    return Beside(
        np.full(len(profile.stems), -1, np.int32), np.zeros(len(facts.names), np.float32),
        np.zeros(len(profile.words), np.uint8), np.zeros(m + 1, np.int32), np.full(m, -1, np.int32),
        np.full(m, PARTNER, np.float32), np.zeros(m, np.int32), np.zeros(m, np.int32), np.zeros(m + 1, np.int32),
    )  # fmt: skip


@borrowing
def _bits(mask: Int) -> int:
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@borrowing
def _match_names(
    mine: Facts, profile: Profile, other: Facts, other_profile: Profile, row: I32, beside: Beside
) -> None:  # fmt: skip
    """Write how well each name is matched: a word or stem of the other article, else a name that sounds alike."""
    for x in range(len(mine.names)):
        k, best = mine.names[x], 0.0
        known = beside.stems[profile.stem_of[k]] >= 0
        if known or find_key(other_profile.words, other_profile.cells, WORDS, profile.words[k]) >= 0:
            best = 1.0
        elif x < MOST_NAMES:
            for y in range(min(len(other.names), MOST_NAMES)):
                best = max(best, similarity(mine.keys, x, mine.sizes[x], other.keys, y, other.sizes[y], row))
        beside.found[x] = best if best >= SOUNDS_ALIKE else 0.0
        beside.states[k] = _UNMATCHED if best < SOUNDS_ALIKE else _MATCHED


@borrowing
def _mark_hidden(other: Facts, other_profile: Profile, profile: Profile, states: U8) -> None:
    """Mark the words of an article in one case that the other article shows to be names."""
    for y in range(len(other.names)):
        k = find_key(profile.words, profile.cells, WORDS, other_profile.words[other.names[y]])
        if k >= 0:
            states[k] = _MATCHED


@borrowing
def _count_equal(mine: Facts, other: Facts) -> Int:
    """Return how many of the first quantities the other article has too, exactly."""
    count = 0
    for x in range(min(len(mine.amounts), MOST_NUMBERS)):
        for y in range(min(len(other.amounts), MOST_NUMBERS)):
            one, two = mine.dimensions[x], other.dimensions[y]
            if mine.amounts[x] == other.amounts[y] and (one == two or NO_DIMENSION in (one, two)):
                count += 1
                break
    return count


@borrowing
def _name_sums(mine: Facts, profile: Profile, found: F32) -> tuple[float, float, float]:
    """Return the weight of the names, of those that are matched, and how many are not."""
    weight, matched, lost = 0.0, 0.0, 0.0
    for x in range(len(found)):
        w = profile.weights[mine.names[x]]
        weight += w
        matched += w * found[x]
        lost += 1.0 if found[x] == 0.0 else 0.0
    return weight, matched, lost


@borrowing
def _shares(weight: float, matched: float, mine: Facts, equal: Int, both: Int, out: F64) -> None:
    """Write the smoothed shares of facts that the other article has."""
    numbers, dates = min(len(mine.amounts), MOST_NUMBERS), _bits(mine.dates)
    whole = weight + NUMBER_WEIGHT * numbers + DATE_WEIGHT * dates
    have = matched + NUMBER_WEIGHT * equal + DATE_WEIGHT * both
    out[Sided.FACT_NAMES] = (matched + NAME_WORTH * NAME_PRIOR) / (weight + NAME_WORTH)
    out[Sided.FACT_NUMBERS] = (equal + NUMBER_PRIOR) / (numbers + 1.0)
    out[Sided.FACT_DATES] = (both + NUMBER_PRIOR) / (dates + 1.0)
    out[Sided.FACTS] = (have + FACT_WORTH * FACT_PRIOR) / (whole + FACT_WORTH)


@borrowing
def _map_stems(left: Profile, right: Profile, there: I32, back: I32) -> None:
    """Write for each stem of either article its number in the other."""
    for k in range(len(left.stems)):
        u = find_key(right.stems, right.cells, STEMS, left.stems[k])
        if u >= 0:
            there[k] = u
            back[u] = k


@borrowing
def _once(facts: Facts, stem: Int) -> Int:
    """Return where a stem stands that the article has once, or -1."""
    first = facts.firsts[stem]
    return facts.places[first] if facts.firsts[stem + 1] - first == 1 else -1


@borrowing
def _extend(tails: I32, size: Int, place: Int) -> Int:
    """Return the length of the longest rising run after one more place; `tails` are the least ends of each length."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if tails[middle] < place:
            low = middle + 1
        else:
            high = middle
    tails[low] = place
    return max(size, low + 1)


@borrowing
def _count_before(tree: I32, place: Int) -> Int:
    """Return how many places before this one are in a Fenwick tree, and enter it."""
    below, x = 0, np.int64(place) + 1
    while x > 0:
        below += tree[x]
        x -= x & -x
    x = np.int64(place) + 1
    while x < len(tree):
        tree[x] += 1
        x += x & -x
    return below


@borrowing
def _order(
    left: Facts, right: Facts, lp: Profile, rp: Profile, there: I32, tails: I32, name_tails: I32, tree: I32, out: F64
) -> None:  # fmt: skip
    """Write how far the stems that occur once in each article come in the same order, and what that is worth."""
    n = len(lp.text)
    size, names, count, name_count, score, weight = 0, 0, 0, 0, 0.0, 0.0
    for i in range(n):
        k = lp.stem_of[lp.text[i]]
        if there[k] < 0 or lp.stem_weights[k] <= ORDER_WEIGHT or _once(left, k) < 0:
            continue
        place = _once(right, there[k])
        if place < 0:
            continue
        score += 2.0 * _count_before(tree, place) - count
        count += 1
        weight += lp.stem_weights[k]
        size = _extend(tails, size, place)
        if (lp.marks[lp.text[i]] | rp.marks[rp.text[place]]) & NAMED:
            name_count += 1
            names = _extend(name_tails, names, place)
    shorter = max(1.0, float(min(n, len(rp.text))))
    out[FIRST_SINGLE + Single.ORDER] = (size + 1.0) / (count + 2.0)
    out[FIRST_SINGLE + Single.KENDALL] = score / (count * (count - 1) / 2.0 + 3.0)
    out[FIRST_SINGLE + Single.ORDER_LENGTH] = np.log(1.0 + size) - 0.5 * np.log(shorter)
    out[FIRST_SINGLE + Single.NAME_ORDER] = (names + 1.0) / (name_count + 2.0)
    # Places in random order have this longest rising run in the mean (Baik, Deift and Johansson 1999): what is longer
    # is evidence.
    chance = 2.0 * np.sqrt(float(count)) - 1.771 * count ** (1.0 / 6.0) + 0.8 if count else 0.0
    # It counts by the square of how far all pairs are in order (Kendall): lists that fill one pattern from one pool are
    # not.
    beyond = max(0.0, size - chance) * max(0.0, score / max(1.0, count * (count - 1) / 2.0)) ** 2
    out[FIRST_SINGLE + Single.EVIDENCE] = beyond * weight / max(1.0, float(count))


@borrowing
def _read_sentences(facts: Facts, profile: Profile, pairs: I32, cosine: F32, side: int, beside: Beside) -> None:
    """Write where sentences begin, their partners, and what names and quantities they have."""
    for p in range(len(pairs)):
        i = pairs[p, side]
        if cosine[p] >= beside.cosine[i]:
            beside.cosine[i], beside.partner[i] = cosine[p], pairs[p, 1 - side]
    for s in range(len(profile.sentence)):
        first, last, end = beside.firsts[s], beside.firsts[s] + profile.sentence[s], beside.quantities[s]
        for i in range(first, last):
            state = beside.states[profile.text[i]]
            beside.names[s] += 1 if state else 0
            beside.lost[s] += 1 if state == _UNMATCHED else 0
            end = max(end, facts.quantity[i] + 1)
        beside.firsts[s + 1], beside.quantities[s + 1] = last, end


@borrowing
def _stands_within(facts: Facts, stem: Int, first: Int, last: Int) -> bool:
    """Return whether a stem has a place from `first` up to, not including, `last`."""
    low, high = facts.firsts[stem], facts.firsts[stem + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if facts.places[middle] < first:
            low = middle + 1
        else:
            high = middle
    return bool(low < end and facts.places[low] < last)


@borrowing
def _local(mine: Facts, profile: Profile, other: Facts, beside: Beside, theirs: I32, out: F64) -> None:
    """Write the share of weight whose stem stands in the partner of its sentence or next to it; and that of facts.

    `theirs`: where the sentences of the other article begin.
    """
    weight, found, facts, facts_found = 0.0, 0.0, 0.0, 0.0
    last = len(theirs) - 1
    for s in range(len(beside.partner)):
        p, begin, end = beside.partner[s], 0, 0
        if p >= 0:
            begin, end = theirs[max(0, p - 1)], theirs[min(last, p + 2)]
        for i in range(beside.firsts[s], beside.firsts[s + 1]):
            k = profile.text[i]
            stem = profile.stem_of[k]
            there, w, here = beside.stems[stem], profile.stem_weights[stem], 0.0
            if p >= 0 and there >= 0 and _stands_within(other, there, begin, end):
                here = w
            weight += w
            found += here
            if beside.states[k] or mine.quantity[i] >= 0:
                facts += w
                facts_found += here
    out[Sided.LOCAL] = found / max(weight, 1.0)
    out[Sided.LOCAL_FACTS] = (facts_found + LOCAL_WORTH * LOCAL_PRIOR) / (facts + LOCAL_WORTH)


@borrowing
def _lost_numbers(mine: Facts, first: Int, last: Int, other: Facts, begin: Int, end: Int) -> Int:
    """Return how many quantities of a range have no equal one in a range of the other article."""
    lost = 0
    for x in range(first, min(last, first + MOST_IN_SENTENCE)):
        hit = 0
        for y in range(begin, min(end, begin + MOST_IN_SENTENCE)):
            if same_quantity(mine.amounts[x], mine.dimensions[x], other.amounts[y], other.dimensions[y]):
                hit = 1
                break
        lost += 1 - hit
    return lost


@borrowing
def _conflicts(left: Facts, right: Facts, one: Beside, two: Beside) -> tuple[Int, Int, Int, Int]:
    """Return numbers and names of sentences and their partners, the fewer of both sides, and how many are opposed.

    Facts are opposed where both sides have one that the other has not: numbers, numbers opposed, names, names opposed.
    """
    numbers, opposed, names, names_opposed = 0, 0, 0, 0
    for s in range(len(one.partner)):
        p = one.partner[s]
        if p < 0:
            continue
        a, b, c, d = one.quantities[s], one.quantities[s + 1], two.quantities[p], two.quantities[p + 1]
        if b > a and d > c:
            numbers += min(b - a, d - c)
            lost = _lost_numbers(left, a, b, right, c, d)
            opposed += min(lost, _lost_numbers(right, c, d, left, a, b)) if lost else 0
        names += min(one.names[s], two.names[p])
        names_opposed += min(one.lost[s], two.lost[p])
    return numbers, opposed, names, names_opposed


@borrowing
def _fact_shares(
    left: Facts, right: Facts, lp: Profile, rp: Profile, one: Beside, two: Beside, a: F64, b: F64, out: F64
) -> None:
    """Write the shares of facts on both sides, and the conflicts of the whole articles.

    Where one article is in one case, so that its names are unknown, it is taken to have those of the other.
    """
    both, days, days_back = _bits(left.dates & right.dates), _bits(left.dates), _bits(right.dates)
    equal, equal_back = _count_equal(left, right), _count_equal(right, left)
    weight, matched, lost = _name_sums(left, lp, one.found)
    weight_back, matched_back, lost_back = _name_sums(right, rp, two.found)
    lost += min(len(left.amounts), MOST_NUMBERS) - equal
    lost_back += min(len(right.amounts), MOST_NUMBERS) - equal_back
    if left.one_case and not right.one_case:
        weight, matched = weight_back, matched_back
    elif right.one_case and not left.one_case:
        weight_back, matched_back = weight, matched
    _shares(weight, matched, left, equal, both, a)
    _shares(weight_back, matched_back, right, equal_back, both, b)
    least = min(len(left.names) + len(left.amounts), len(right.names) + len(right.amounts))
    out[FIRST_SINGLE + Single.FACT_CONFLICT] = min(lost, lost_back) / (least + 2.0)
    out[FIRST_SINGLE + Single.DATE_CONFLICT] = min(days - both, days_back - both) / (min(days, days_back) + 1.0)


@helper
def fact_features(
    lp: Profile, rp: Profile, left: Facts, right: Facts, pairs: I32, cosine: F32, a: F64, b: F64, out: F64
) -> None:  # fmt: skip
    """Write the features of facts, dates, order and places; shapes as in `features._measure`.

    The loops are in functions that allocate nothing: no reference is counted there.
    """
    one, two, row = _beside(lp, left), _beside(rp, right), np.empty(LONGEST_ROW, np.int32)
    n, m = len(lp.text), len(rp.text)
    _map_stems(lp, rp, one.stems, two.stems)
    _match_names(left, lp, right, rp, row, one)
    _match_names(right, rp, left, lp, row, two)
    if left.one_case:
        _mark_hidden(right, rp, lp, one.states)
    if right.one_case:
        _mark_hidden(left, lp, rp, two.states)
    _fact_shares(left, right, lp, rp, one, two, a, b, out)
    tails, name_tails, tree = np.empty(n + 1, np.int32), np.empty(n + 1, np.int32), np.zeros(m + 2, np.int32)
    _order(left, right, lp, rp, one.stems, tails, name_tails, tree, out)
    _read_sentences(left, lp, pairs, cosine, 0, one)
    _read_sentences(right, rp, pairs, cosine, 1, two)
    _local(left, lp, right, one, two.firsts, a)
    _local(right, rp, left, two, one.firsts, b)
    there, back = _conflicts(left, right, one, two), _conflicts(right, left, two, one)
    out[FIRST_SINGLE + Single.NUMBER_CONFLICT] = (there[1] + back[1]) / (there[0] + back[0] + 2.0)
    out[FIRST_SINGLE + Single.NAME_CONFLICT] = (there[3] + back[3]) / (there[2] + back[2] + 3.0)
