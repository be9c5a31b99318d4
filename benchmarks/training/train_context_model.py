"""Train `dedup/data/context_model.npz`, the small neural model of which word belongs where.

    python -m benchmarks.training.build_background --without ../shared/eval/machine/docs.jsonl.gz -o HELD_OUT.bin
    python -m benchmarks.training.train_context_model HELD_OUT.bin -o dedup/data/context_model.npz

Articles of `--without` are left out, so that all figures of `train_score.py` are held out, even for the shipped model.
The model learns to fill the places of plain words of the others, those of frequent ones less often; the right word
competes with 1,024 drawn by frequency (sampled softmax, Jean et al. 2015), and what all words weigh together is drawn
to one (Devlin et al. 2014); Adam; nine minutes on one core. The file holds hashes of words and weights, no text.
`dedup.scoring.context_model` describes the model and applies it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.build_background import articles, rows
from benchmarks.training.train_score import FUNCTION_WORDS
from dedup.compiled.arrays import F32, I32, I64, U64
from dedup.compiled.decorators import KNOWN, kernel_maker
from dedup.language.background import BREAK, NUMBER, load_background
from dedup.language.lookup import look_up
from dedup.language.sorted_keys import starts_of
from dedup.scoring.context_model import (
    CLASSES,
    DIMENSIONS,
    FLAT,
    SIDE,
    WIDE,
    ContextModel,
    classes_of,
    in_steps,
    save_context_model,
)
from dedup.scoring.heads import hashes

Weights = dict[str, F32]
Mask = NDArray[np.bool_]

fast_kernel = kernel_maker(KNOWN, fastmath=True)  # sums may be taken in any order: training is no reproducible result

WORDS = 24_000  # of the vocabulary; the last is seen 26 times, and 1.6 % of all words are beyond it
THINNED = 2e-4  # larger shares of words are thinned by the root of this over them (Mikolov et al. 2013)
BATCH = 1024
COMPETITORS = 1024
TO_ONE = 0.1  # weight of the square of the logarithm of what all words weigh in a place
STEPS = 36_000  # some five times through the places
WARM_UP = 500  # steps
RATE_VECTORS, RATE_DENSE = 2e-3, 1e-3  # of Adam; both fall to a ten-thousandth in a straight line
MOMENTUM, SQUARES = np.float32(0.9), np.float32(0.999)  # of Adam
RAREST = 1e-12  # share of what is never filled in
VECTORS = ("given", "wanted")  # weights with a row for each word
LOOKING = ("given", "near", "far", "bias")  # weights that say what belongs in a place
SEED = 1
SHOWN = 500  # steps


@fast_kernel
def look(ids: I32, places: I32, weights: Sequence[F32], expected: F32, beyond: F32) -> None:
    """Fill what belongs in each place, and the sum of the words beyond its neighbours."""
    given, near, far, bias = weights
    for b in range(len(places)):
        i = places[b]
        for k in range(given.shape[1]):
            expected[b, k], beyond[b, k] = bias[0, k], 0
        for p in range(SIDE):
            left, right = ids[i - SIDE + p], ids[i + 1 + p]
            for k in range(given.shape[1]):
                expected[b, k] += near[p, k] * given[left, k] + near[SIDE + p, k] * given[right, k]
        for p in range(SIDE + 1, WIDE + 1):
            left, right = ids[i - p], ids[i + p]
            for k in range(given.shape[1]):
                beyond[b, k] += given[left, k] + given[right, k]
        for k in range(given.shape[1]):
            expected[b, k] += far[0, k] * beyond[b, k]


@fast_kernel
def look_back(
    ids: I32, places: I32, weights: Sequence[F32], beyond: F32, slope: F32, total: Sequence[F32], touched: Mask
) -> None:
    """Add the slopes of what was expected to those of the weights: the reverse of `look`."""
    given, near, far, _ = weights
    to_given, to_near, to_far, to_bias = total
    for b in range(len(places)):
        i = places[b]
        for p in range(SIDE):
            left, right = ids[i - SIDE + p], ids[i + 1 + p]
            touched[left], touched[right] = True, True
            for k in range(given.shape[1]):
                to_near[p, k] += slope[b, k] * given[left, k]
                to_near[SIDE + p, k] += slope[b, k] * given[right, k]
                to_given[left, k] += slope[b, k] * near[p, k]
                to_given[right, k] += slope[b, k] * near[SIDE + p, k]
        for k in range(given.shape[1]):
            to_bias[0, k] += slope[b, k]
            to_far[0, k] += slope[b, k] * beyond[b, k]
            slope[b, k] *= far[0, k]
        for p in range(SIDE + 1, WIDE + 1):
            left, right = ids[i - p], ids[i + p]
            touched[left], touched[right] = True, True
            for k in range(given.shape[1]):
                to_given[left, k] += slope[b, k]
                to_given[right, k] += slope[b, k]


@fast_kernel
def add_rows(numbers: I32, slope: F32, total: F32, touched: Mask) -> None:
    """Add rows of slopes to the rows of these numbers."""
    for b in range(len(numbers)):
        touched[numbers[b]] = True
        for k in range(total.shape[1]):
            total[numbers[b], k] += slope[b, k]


@fast_kernel
def adam(
    weights: F32,
    mean: F32,
    square: F32,
    slope: F32,
    touched: Mask,
    rate: float,
    first: float,
    second: float,
) -> None:
    """One step of Adam for the touched rows, whose slopes are cleared; the last two undo its start from zero."""
    step, less, less_square = np.float32(rate), np.float32(first), np.float32(second)
    for r in range(len(weights)):
        if touched[r]:
            touched[r] = False
            for k in range(weights.shape[1]):
                g = slope[r, k]
                slope[r, k] = 0
                mean[r, k] = MOMENTUM * mean[r, k] + (1 - MOMENTUM) * g
                square[r, k] = SQUARES * square[r, k] + (1 - SQUARES) * g * g
                weights[r, k] -= step * (mean[r, k] / less) / (np.sqrt(square[r, k] / less_square) + np.float32(1e-8))


Read = tuple[U64, I64, Mask]


def read_news(args: argparse.Namespace) -> Iterator[Read]:
    """Words and classes of every article that is trained on, and which words are plain ones."""
    background, function = load_background(args.background), hashes(FUNCTION_WORDS.split())
    without = {row["id"].split("/")[-1] for row in rows(args.without)}
    for tokens in articles(args.path, without, args.most):
        seen = look_up(tokens, background)
        frequency, capital = (seen.singles[:, column].astype(np.float32) for column in (0, 3))
        text = (np.frombuffer(tokens.data, np.uint8), tokens.starts, tokens.ends)
        yield seen.words, *classes_of(seen.words, seen.origin, frequency, capital, text, function)


def vocabulary(words: U64) -> tuple[U64, I64]:
    """The most frequent words, and the number of each word of the text among them, -1 for a rare one."""
    distinct, inverse, counts = np.unique(words, return_inverse=True, return_counts=True)
    counts[np.isin(distinct, [BREAK, NUMBER])] = 0
    top = np.argsort(-counts, kind="stable")[:WORDS]
    number = np.full(len(distinct), -1, np.int64)
    number[top] = CLASSES + np.arange(len(top))
    return distinct[top], number[inverse]


def numbered_news(read: list[Read]) -> tuple[U64, I32, I64]:
    """The vocabulary, the articles as numbers with breaks between them that no place sees across, plain places."""
    words, number = vocabulary(np.concatenate([w for w, _, _ in read]))
    number = np.where(number < 0, np.concatenate([k for _, k, _ in read]), number)
    lengths = np.array([len(w) for w, _, _ in read])
    ids = np.zeros(len(number) + WIDE * (len(read) + 1), np.int32)
    place = np.arange(len(number)) + np.repeat(np.arange(1, len(read) + 1) * WIDE, lengths)
    ids[place] = number
    return words, ids, place[np.concatenate([plain for _, _, plain in read])]


class Training:
    """The weights, what Adam remembers of them, and one step after another."""

    def __init__(self, ids: I32, plain: I64, vocabulary_size: int) -> None:
        self.random = np.random.default_rng(SEED)
        counts = np.bincount(ids[plain], minlength=vocabulary_size).astype(np.float64)
        kept = np.minimum(1, np.sqrt(THINNED / np.maximum(counts / counts.sum(), RAREST)))
        places = plain[self.random.random(len(plain)) < kept[ids[plain]]].astype(np.int32)
        self.random.shuffle(places)
        self.ids, self.places, self.share = ids, places, counts * kept / (counts * kept).sum()
        flat = self.share**FLAT / (self.share**FLAT).sum()
        self.drawn_below, self.log_drawn = np.cumsum(flat), np.log(np.maximum(flat, RAREST)).astype(np.float32)
        self.weights = self._first_weights(vocabulary_size)
        self.mean = {name: np.zeros_like(w) for name, w in self.weights.items()}
        self.square = {name: np.zeros_like(w) for name, w in self.weights.items()}
        self.slope = {name: np.zeros_like(w) for name, w in self.weights.items()}
        self.touched = {name: np.zeros(len(w), np.bool_) for name, w in self.weights.items()}
        self.expected = np.ones((BATCH, DIMENSIONS + 1), np.float32)
        self.beyond = np.empty((BATCH, DIMENSIONS), np.float32)

    def _first_weights(self, size: int) -> Weights:
        drawn = self.random.standard_normal
        weights = {"given": 0.3 * drawn((size, DIMENSIONS)), "wanted": 0.05 * drawn((size, DIMENSIONS + 1))}
        weights["wanted"][:, -1] = np.log(np.maximum(self.share, RAREST))
        weights["near"], weights["far"] = np.full((2 * SIDE, DIMENSIONS), 0.3), np.full((1, DIMENSIONS), 0.1)
        weights["bias"] = np.zeros((1, DIMENSIONS))
        return {name: values.astype(np.float32) for name, values in weights.items()}

    def draw(self, n: int) -> I32:
        """Numbers of so many competitors."""
        return np.searchsorted(self.drawn_below, self.random.random(n)).clip(0, len(self.share) - 1).astype(np.int32)

    def step(self, number: int, steps: int) -> float:
        """Learn from one batch; gives its mean loss."""
        start = number * BATCH % (len(self.places) - BATCH)
        places = self.places[start : start + BATCH]
        right, others = self.ids[places], self.draw(COMPETITORS)
        looking, inner = [self.weights[name] for name in LOOKING], np.empty_like(self.beyond)
        look(self.ids, places, tuple(looking), inner, self.beyond)
        self.expected[:, :-1] = inner
        loss, won, lost = self._contest(right, others)
        self._backward(places, (right, won), (others, lost))
        self._update(number, min(1.0, number / WARM_UP) * (1 - number / steps) + 1e-4)
        return loss

    def _contest(self, right: I32, others: I32) -> tuple[float, F32, F32]:
        """Loss of the right words against the others, and its slope by the weight of each."""
        wanted = self.weights["wanted"]
        own = np.einsum("ij,ij->i", self.expected, wanted[right])
        against = self.expected @ wanted[others].T
        against -= self.log_drawn[others] + np.log(np.float32(COMPETITORS))
        against[right[:, None] == others[None, :]] = -np.inf
        top = np.maximum(own, against.max(axis=1))
        np.exp(against - top[:, None], out=against)
        mine = np.exp(own - top)
        total = against.sum(axis=1) + mine
        weighs = np.log(total) + top
        slope = ((1 + 2 * TO_ONE * weighs) / total / BATCH).astype(np.float32)
        against *= slope[:, None]
        return float((weighs - own).mean()), mine * slope - np.float32(1 / BATCH), against

    def _backward(self, places: I32, right: tuple[I32, F32], others: tuple[I32, F32]) -> None:
        """Slopes of all weights."""
        weights, slope, touched = self.weights, self.slope, self.touched
        wanted = others[1] @ weights["wanted"][others[0]] + right[1][:, None] * weights["wanted"][right[0]]
        add_rows(others[0], others[1].T @ self.expected, slope["wanted"], touched["wanted"])
        add_rows(right[0], right[1][:, None] * self.expected, slope["wanted"], touched["wanted"])
        looking, total = (tuple(kept[name] for name in LOOKING) for kept in (weights, slope))
        back = np.ascontiguousarray(wanted[:, :-1])
        look_back(self.ids, places, looking, self.beyond, back, total, touched["given"])
        for name in LOOKING[1:]:
            touched[name][:] = True

    def _update(self, number: int, part: float) -> None:
        first, second = float(1 - MOMENTUM ** (number + 1)), float(1 - SQUARES ** (number + 1))
        for name, weights in self.weights.items():
            rate = part * (RATE_VECTORS if name in VECTORS else RATE_DENSE)
            adam(weights, self.mean[name], self.square[name], self.slope[name], self.touched[name], rate, first, second)

    def finish(self, words: U64) -> ContextModel:
        """The model as it is now, its vocabulary sorted."""
        order = np.concatenate([np.arange(CLASSES), CLASSES + np.argsort(words)])
        given, wanted, near, far, bias = (self.weights[name] for name in ("given", "wanted", *LOOKING[1:]))
        share = np.log(np.maximum(self.share[order], RAREST)).astype(np.float32)
        vectors, usual = wanted[order, :-1], wanted[order, -1]
        words = np.sort(words)
        known = (starts_of(words), words, *in_steps(given[order]), *in_steps(vectors), usual, share)
        return ContextModel(*known, near, far[0], bias[0])


def main() -> None:
    parser: Any = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("background", type=Path)
    parser.add_argument("--path", type=Path, default=Path("../shared/eval/background.jsonl.gz"))
    parser.add_argument("--without", type=Path, default=Path("../shared/eval/machine/docs.jsonl.gz"))
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/context_model.npz"))
    parser.add_argument("--most", type=int, metavar="N", help="read the first N articles only")
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    words, ids, plain = numbered_news(list(read_news(args)))
    training, losses = Training(ids, plain, CLASSES + len(words)), []
    print(f"{len(training.places)} places")
    for number in range(args.steps):
        losses.append(training.step(number, args.steps))
        if (number + 1) % SHOWN == 0:
            print(f"{number + 1} of {args.steps}: loss {np.mean(losses[-SHOWN:]):.4f}", flush=True)
    save_context_model(training.finish(words), args.output)


if __name__ == "__main__":
    main()
