"""Passages of two articles at word level: candidates, filter, and one reading where they overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dedup.alignment.candidates import Candidates, candidates_of
from dedup.alignment.config import AlignConfig
from dedup.alignment.model import Filters, Logistic, shipped_filters
from dedup.alignment.numbering import Numbering, number_pairs
from dedup.alignment.summary import Stretch, find_summaries
from dedup.alignment.words import F32, F64, I32, I64, NUMBER, SENTENCES, WORDS, Articles, Batch, StemFrequencies, batch_of, lay_out, F64
from dedup.records import U8, Alignment, Passage, Tokens, WordAlignment

PAIRS_AT_ONCE = 256  # what is kept of a pair in the meantime is some 10 KB

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
    return align_pairs(batch_of(left, right), np.array([[0, 1]]), frequencies, config, filters)[0]


def align_pairs(
    batch: Batch,
    pairs: I64,
    frequencies: StemFrequencies,
    config: AlignConfig | None = None,
    filters: Filters | None = None,
) -> list[WordAlignment]:
    """What the articles of each pair share, as `align_words` of the two: one for each pair, in order.

    `batch`: a `TokenBatch`, its furniture marked; `pairs`: shape (p, 2), numbers of its articles, left and right.
    """
    config, filters = config or AlignConfig(), filters or shipped_filters()
    articles, stems = lay_out(batch)
    background = frequencies.stem_probability(stems)
    ordered, mirrored = _in_order(batch, np.asarray(pairs, np.int64).reshape(-1, 2))
    found: list[WordAlignment] = []
    for first in range(0, len(ordered), PAIRS_AT_ONCE):
        part = slice(first, first + PAIRS_AT_ONCE)
        some = Pairs.of(batch, articles, background, ordered[part], mirrored[part], config)
        found += _choose_all(some, filters)
    return found


def to_alignment(words: WordAlignment, left: Tokens, right: Tokens) -> Alignment:
    """The same in characters of the two texts."""
    passages = (
        Passage(left.span(a, b), right.span(c, d), round(float(similarity), 4))
        for (a, b, c, d), similarity in zip(words.passages.tolist(), words.similarity, strict=True)
    )
    return Alignment(tuple(passages))


def _in_order(batch: Batch, pairs: I64) -> tuple[I64, U8]:
    """The pairs with the shorter article on the left (the smaller text if both are as long), and which are turned."""
    sizes, blob, offsets = np.diff(batch.word_offsets)[pairs], batch.blob, batch.offsets
    turned = sizes[:, 1] < sizes[:, 0]
    for p in np.flatnonzero(sizes[:, 0] == sizes[:, 1]).tolist():
        left, right = (blob[int(offsets[a]) : int(offsets[a + 1])].tobytes() for a in pairs[p].tolist())
        turned[p] = right < left
    return np.where(turned[:, None], pairs[:, ::-1], pairs), turned.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Some pairs of a batch on their way from words to passages."""

    batch: Batch
    articles: Articles
    numbering: Numbering
    pairs: I64  # (p, 2) article numbers
    mirrored: U8  # (p,) 1 where what is found is handed out with the right article first
    candidates: Candidates
    config: AlignConfig

    @staticmethod
    def of(
        batch: Batch, articles: Articles, background: F32, pairs: I64, mirrored: U8, config: AlignConfig
    ) -> Pairs:
        """Pairs with their candidates; `background`: the probability of each stem of the batch."""
        numbering = number_pairs(articles, background, pairs, config.background_share)
        found = candidates_of(articles, numbering, pairs, config)
        return Pairs(batch, articles, numbering, pairs, mirrored, found, config)


@dataclass(frozen=True, slots=True)
class PairCandidates:
    """What the passages of one pair are chosen from."""

    rectangles: list[list[int]]
    matched: list[float]
    probability: F64
    chains: list[list[int]]
    long_enough: Callable[[Rectangle], bool]
    sizes: Range  # words of the left and of the right article


def _choose_all(pairs: Pairs, filters: Filters) -> list[WordAlignment]:
    probability = filters.passages.probability(pairs.candidates.features)
    candidates = pairs.candidates
    rectangles, chains = candidates.rectangles.tolist(), candidates.chains.tolist()
    matched = candidates.matched.tolist()
    sizes = np.diff(pairs.articles.offsets[:, WORDS])[pairs.pairs].tolist()
    k, v, s = (o.tolist() for o in (candidates.offsets, candidates.chain_offsets, candidates.sentences.offsets))
    numbers, cosine = _numbered(pairs)
    described = []
    chosen = []
    asked = []
    for p in range(len(pairs.pairs)):
        one = PairCandidates(
            rectangles[k[p] : k[p + 1]], matched[k[p] : k[p + 1]], probability[k[p] : k[p + 1]],
            chains[v[p] : v[p + 1]], _LongEnough(pairs, p), tuple(sizes[p]),
        )  # fmt: skip
        found = choose(one, pairs.config) if one.rectangles or one.chains else []
        described.append(one)
        chosen.append(found)
        if pairs.config.summaries and _leave_room(one.sizes, found, pairs.config):
            asked.append(p)
    if asked:
        stretches = find_summaries(
            pairs.articles, pairs.numbering, pairs.pairs, np.array(asked), pairs.config
        )
        for q in np.flatnonzero((stretches[:, :, 1] > stretches[:, :, 0]).any(axis=1)).tolist():
            p = asked[q]
            chosen[p] = choose_summary(described[p], stretches[q], chosen[p], filters.summaries, pairs.config)
    return [
        WordAlignment(*_handed_out(pairs, p, chosen[p]), numbers[s[p] : s[p + 1]],
                      cosine[s[p] : s[p + 1]])
        for p in range(len(pairs.pairs))
    ]  # fmt: skip


def _numbered(pairs: Pairs) -> tuple[I32, F32]:
    """The sentence pairs as they are handed out, by the numbers of the articles' `Tokens`, and their cosine."""
    similar, articles = pairs.candidates.sentences, pairs.articles
    counts = np.diff(similar.offsets)
    base = articles.offsets[:, SENTENCES] + np.arange(len(articles.offsets))
    numbers: I32 = articles.sentences[:, NUMBER][np.repeat(base[pairs.pairs], counts, axis=0) + similar.sentences]
    mirrored = np.repeat(pairs.mirrored, counts).astype(bool)
    numbers = np.where(mirrored[:, None], numbers[:, ::-1], numbers)
    order = np.lexsort((numbers[:, 1], numbers[:, 0], np.repeat(np.arange(len(counts)), counts)))
    return np.ascontiguousarray(numbers[order]), similar.cosine[order]


class _LongEnough:
    def __init__(self, pairs: Pairs, p: int) -> None:
        self.pairs, self.p = pairs, p

    def __call__(self, rectangle: Rectangle) -> bool:
        a, b, c, d = rectangle
        left, right = self.pairs.pairs[self.p].tolist()
        return b > a and d > c and min(self._bytes(left, a, b), self._bytes(right, c, d)) >= self.pairs.config.least_characters

    def _bytes(self, article: int, first: int, last: int) -> int:
        batch, articles = self.pairs.batch, self.pairs.articles
        words, base = articles.offsets[article, WORDS], batch.word_offsets[article]
        start = batch.starts[base + articles.words[words + first]]
        return int(batch.ends[base + articles.words[words + last - 1]]) - int(start)


def original_words(articles: Articles, left: int, right: int, rectangle: Rectangle) -> Rectangle:
    """A rectangle in the words of the articles' `Tokens`, furniture included."""
    a, b, c, d = rectangle
    words, i, j = articles.words, articles.offsets[left, WORDS], articles.offsets[right, WORDS]
    return int(words[i + a]), int(words[i + b - 1]) + 1, int(words[j + c]), int(words[j + d - 1]) + 1


def _handed_out(pairs: Pairs, p: int, found: Found) -> tuple[I32, F32]:
    if not found:
        return np.empty((0, 4), np.int32), np.empty(0, np.float32)
    found.sort()
    left, right = pairs.pairs[p].tolist()
    rows = [(original_words(pairs.articles, left, right, rectangle), similarity) for rectangle, similarity in found]
    if pairs.mirrored[p]:
        rows = sorted((((c, d, a, b), similarity) for (a, b, c, d), similarity in rows), key=lambda r: (r[0][0], r[0][2]))
    return np.array([r for r, _ in rows], np.int32), np.array([s for _, s in rows], np.float32)


def choose(pair: PairCandidates, config: AlignConfig) -> Found:
    """The passages to report: verbatim chains first, then rectangles from the most probable down.

    A chain takes the place of the rectangles that it mostly covers, and disappears in those that are more than it.
    """
    probability = pair.probability
    passed = [k for k in np.argsort(-probability, kind="stable").tolist() if probability[k] >= config.threshold]
    rectangles = [(tuple(pair.rectangles[k]), pair.matched[k]) for k in passed]
    chains: Found = []
    for a, b, c, d, matched in sorted(pair.chains, key=lambda chain: -chain[4]):
        shares = [(_overlap(r, (a, b, c, d)), k) for k, (r, _) in enumerate(rectangles)]
        if all(share == 0 or share >= config.verbatim_share for share, _ in shares):
            chains.append(((a, b, c, d), matched / max(b - a, d - c)))
        rectangles = [rectangles[k] for share, k in shares if share < config.verbatim_share]
    found: Found = []
    for rectangle, matched in chains + rectangles:
        part = _cut(rectangle, [taken for taken, _ in found], config.most_overlap)
        if part and pair.long_enough(part):
            found.append((part, matched))
    return found


def choose_summary(
    pair: PairCandidates, stretches: F64, found: Found, model: Logistic, config: AlignConfig
) -> Found:
    """The more probable summary alone, if there is one and the passages found are only parts of it; else `found`."""
    best, chosen = config.summary_threshold, found
    ranges = np.array(pair.rectangles, np.int32).reshape(-1, 4)
    for side, row in enumerate(stretches):
        first, last = int(row[0]), int(row[1])
        if last <= first:
            continue
        part = ranges[:, 2 * side : 2 * side + 2]
        shared = np.minimum(last, part[:, 1]) - np.maximum(first, part[:, 0])
        claims = np.maximum(shared, 0) * np.array(pair.matched) / (last - first)
        stretch = Stretch(first, last, row[2], claims, tuple(row[3:]))
        accepted = pair.probability >= config.threshold
        probability = float(model.probability(stretch.features(accepted)[None])[0])
        ends = (first, last)
        if probability >= best and _only_parts(ends, found, side, config):
            whole = (0, pair.sizes[1 - side])
            rectangle = (*whole, *ends) if side else (*ends, *whole)
            if pair.long_enough(rectangle):
                best, chosen = probability, [(rectangle, float(stretch.shape[1]))]
    return chosen


def _leave_room(sizes: Range, found: Found, config: AlignConfig) -> bool:
    """Whether no passage is longer than a summary on that side may be: a test that costs nothing."""
    return any(
        all(r[2 * side + 1] - r[2 * side] <= config.summary_share * sizes[1 - side] for r, _ in found)
        for side in range(2)
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
