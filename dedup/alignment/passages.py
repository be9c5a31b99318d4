"""Passages of two articles at word level: candidates, filter, and one reading where they overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.alignment.candidates import Candidates, candidates_of, summaries_of
from dedup.alignment.config import AlignConfig
from dedup.alignment.model import Filters, Logistic, shipped_filters
from dedup.alignment.similarity import original_numbers
from dedup.alignment.words import F64, I32, Pair, Side, StemFrequencies, pair_of
from dedup.records import Alignment, Passage, Tokens, WordAlignment

Range = tuple[int, int]  # words: first, last
Rectangle = tuple[int, int, int, int]  # words: left first, left last, right first, right last
Found = list[tuple[Rectangle, float]]  # with their similarity


def align_words(
    left: Tokens,
    right: Tokens,
    frequencies: StemFrequencies,
    config: AlignConfig | None = None,
    filters: Filters | None = None,
) -> WordAlignment:
    """What two articles share, in words; mirrored exactly when left and right are exchanged.

    Passages may stand in any order on the right; on the shorter article's side no two overlap. Their similarity is
    the share of their words that the other side pays for. Page furniture is ignored.
    """
    config, filters = config or AlignConfig(), filters or shipped_filters()
    if (len(right), right.data) < (len(left), left.data):
        return _mirrored(_align(right, left, frequencies, config, filters))
    return _align(left, right, frequencies, config, filters)


def to_alignment(words: WordAlignment, left: Tokens, right: Tokens) -> Alignment:
    """The same in characters of the two texts."""
    passages = (
        Passage(left.span(a, b), right.span(c, d), round(float(similarity), 4))
        for (a, b, c, d), similarity in zip(words.passages.tolist(), words.similarity, strict=True)
    )
    return Alignment(tuple(passages))


def _align(
    left: Tokens, right: Tokens, frequencies: StemFrequencies, config: AlignConfig, filters: Filters
) -> WordAlignment:
    pair = pair_of(left, right, frequencies)
    candidates = candidates_of(pair, config)
    probability = filters.passages.probability(candidates.features)
    found = choose(pair, candidates, probability, config)
    if config.summaries and _leave_room(pair, found, config):
        found = choose_summary(pair, candidates, probability >= config.threshold, found, filters.summaries, config)
    found.sort()
    ranges = np.array([original_words(pair, rectangle) for rectangle, _ in found], np.int32).reshape(-1, 4)
    similarity = np.array([s for _, s in found], np.float32)
    return WordAlignment(ranges, similarity, original_numbers(pair, candidates.sentence_pairs), candidates.cosine)


def original_words(pair: Pair, rectangle: Rectangle) -> Rectangle:
    """A rectangle in the words of the articles' `Tokens`, furniture included."""
    a, b, c, d = rectangle
    left, right = pair.left.words, pair.right.words
    return int(left[a]), int(left[b - 1]) + 1, int(right[c]), int(right[d - 1]) + 1


def choose(pair: Pair, candidates: Candidates, probability: F64, config: AlignConfig) -> Found:
    """The passages to report: verbatim chains first, then rectangles from the most probable down.

    A chain takes the place of the rectangles that it mostly covers, and disappears in those that are more than it.
    """
    passed = [k for k in np.argsort(-probability, kind="stable").tolist() if probability[k] >= config.threshold]
    rectangles = [(tuple(candidates.rectangles[k].tolist()), float(candidates.matched[k])) for k in passed]
    chains: Found = []
    for a, b, c, d, matched in sorted(candidates.chains.tolist(), key=lambda chain: -chain[4]):
        shares = [(_overlap(r, (a, b, c, d)), k) for k, (r, _) in enumerate(rectangles)]
        if all(share == 0 or share >= config.verbatim_share for share, _ in shares):
            chains.append(((a, b, c, d), matched / max(b - a, d - c)))
        rectangles = [rectangles[k] for share, k in shares if share < config.verbatim_share]
    found: Found = []
    for rectangle, matched in chains + rectangles:
        part = _cut(rectangle, [taken for taken, _ in found], config.most_overlap)
        if part and _long_enough(pair, part, config.least_characters):
            found.append((part, matched))
    return found


def choose_summary(
    pair: Pair, candidates: Candidates, accepted: NDArray[np.bool_], found: Found, model: Logistic, config: AlignConfig
) -> Found:
    """The more probable summary alone, if there is one and the passages found are only parts of it; else `found`."""
    best, chosen = config.summary_threshold, found
    for side, stretch in enumerate(summaries_of(pair, candidates, config)):
        if stretch is None:
            continue
        probability = float(model.probability(stretch.features(accepted)[None])[0])
        ends = (stretch.first, stretch.last)
        if probability >= best and _only_parts(ends, found, side, config):
            whole = (0, len(pair.left_ids if side else pair.right_ids))
            rectangle = (*whole, *ends) if side else (*ends, *whole)
            if _long_enough(pair, rectangle, config.least_characters):
                best, chosen = probability, [(rectangle, stretch.shape[1])]
    return chosen


def _leave_room(pair: Pair, found: Found, config: AlignConfig) -> bool:
    """Whether no passage is longer than a summary on that side may be: a test that costs nothing."""
    sizes = len(pair.right_ids), len(pair.left_ids)  # of the text that would be summed up
    return any(
        all(r[2 * side + 1] - r[2 * side] <= config.summary_share * size for r, _ in found)
        for side, size in enumerate(sizes)
    )


def _only_parts(stretch: Range, found: Found, side: int, config: AlignConfig) -> bool:
    """Whether all passages lie mostly inside a stretch of one side, and none is verbatim."""
    for rectangle, matched in found:
        a, b = rectangle[2 * side], rectangle[2 * side + 1]
        verbatim = b - a >= config.verbatim_words and matched >= config.verbatim_density
        if verbatim or 2 * (min(b, stretch[1]) - max(a, stretch[0])) < b - a:
            return False
    return True


def _overlap(rectangle: Rectangle, other: Rectangle) -> float:
    """Share of the words of a rectangle that another covers; 0 unless they overlap on both sides."""
    a, b, c, d = rectangle
    left, right = min(b, other[1]) - max(a, other[0]), min(d, other[3]) - max(c, other[2])
    return (left + right) / (b - a + d - c) if left > 0 and right > 0 else 0.0


def _cut(rectangle: Rectangle, taken: list[Rectangle], most: float) -> Rectangle | None:
    """The rectangle without the words that others hold already; None where those are more than `most` of a side."""
    a, b, c, d = rectangle
    for first, last, right_first, right_last in taken:
        left = _cut_range(a, b, first, last, most)
        right = _cut_range(c, d, right_first, right_last, most)
        if left is None or right is None:
            return None
        (a, b), (c, d) = left, right
    return (a, b, c, d)


def _cut_range(first: int, last: int, low: int, high: int, most: float) -> tuple[int, int] | None:
    if first >= high or low >= last:
        return first, last
    if min(last, high) - max(first, low) > most * (last - first):
        return None
    return (high, last) if low <= first else (first, low)


def _long_enough(pair: Pair, rectangle: Rectangle, characters: int) -> bool:
    a, b, c, d = rectangle
    return b > a and d > c and min(_bytes(pair.left, a, b), _bytes(pair.right, c, d)) >= characters


def _bytes(side: Side, first: int, last: int) -> int:
    return int(side.ends[last - 1]) - int(side.starts[first])


def _mirrored(words: WordAlignment) -> WordAlignment:
    order = np.lexsort((words.passages[:, 0], words.passages[:, 2]))
    passages: I32 = np.ascontiguousarray(words.passages[order][:, [2, 3, 0, 1]])
    pairs = words.sentence_pairs[:, ::-1]
    rank = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return WordAlignment(
        passages, words.similarity[order], np.ascontiguousarray(pairs[rank]), words.sentence_similarity[rank]
    )
