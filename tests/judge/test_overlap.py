"""What two articles have in common, against plain Python sets and lists; prepared one by one or in a batch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.judge import Prepared, PreparedBatch, prepare
from dedup.judge.columns import PAIR
from dedup.judge.features import measure
from dedup.language.frequencies import Frequencies
from dedup.language.vocabulary import number
from dedup.records import Article, Flag, Tokens, WordAlignment
from dedup.text import tokenise
from dedup.text.boilerplate import mark_batch
from dedup.text.tokeniser import tokenise_bytes

NOTHING = WordAlignment(
    np.zeros((0, 4), np.int32), np.zeros(0, np.float32), np.zeros((0, 2), np.int32), np.zeros(0, np.float32)
)
VOCABULARY = ["the", "The", "harbour", "Harbourside", "Velmora", "7", "1998", "“a", "b”", '"', "port.", "fish", "\n"]
short = st.lists(st.sampled_from(VOCABULARY), max_size=60)
few = st.lists(st.sampled_from(VOCABULARY[:4]), max_size=60)  # grams come back
texts = (short | few).map(" ".join)
LEAST_RUN = 8


def grams(words: list[int], size: int) -> list[tuple[int, ...]]:
    return [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]


def share(mine: Iterable[float], both: Iterable[float]) -> float:
    return sum(both) / max(sum(mine), 1e-9)


def plain_runs(mine: list[int], other: list[int]) -> tuple[int, int]:
    """Longest common run of at least five words, and my words in runs of at least eight, found word by word."""
    fives, there = grams(mine, 5), grams(other, 5)
    longest, covered, i = 0, set(), 0
    while i < len(fives):
        size = 0
        if fives[i] in there:
            j = there.index(fives[i])
            while i + size < len(fives) and j + size < len(there) and fives[i + size] == there[j + size]:
                size += 1
            longest = max(longest, size + 4)
            if size + 4 >= LEAST_RUN:
                covered |= set(range(i, i + size + 4))
        i += max(1, size)
    return longest, len(covered)


def plainly(a: Tokens, b: Tokens, frequencies: Frequencies) -> dict[str, tuple[float, float]]:
    """The shares of both sides in plain Python."""
    word = {
        h: weight(frequencies.word_documents(np.array([h], np.uint64)), frequencies) for h in {*a.hashes, *b.hashes}
    }
    stem = {h: weight(frequencies.stem_documents(np.array([h], np.uint64)), frequencies) for h in {*a.stems, *b.stems}}
    found: dict[str, tuple[float, float]] = {}

    def add(name: str, left: set[object], right: set[object], weigh: dict[object, float] | None = None) -> None:
        both = [1.0 if weigh is None else weigh[x] for x in left & right]
        sides = ([1.0 if weigh is None else weigh[x] for x in side] for side in (left, right))
        found[name] = tuple(share(side, both) for side in sides)  # type: ignore[assignment]

    def names(t: Tokens) -> set[object]:
        kept = (t.flags & Flag.CAPITAL > 0) & (t.flags & (Flag.BREAK | Flag.DIGIT) == 0)
        return set(t.hashes[kept])

    add("stems", set(a.stems), set(b.stems), stem)  # type: ignore[arg-type]
    add("words", set(a.hashes), set(b.hashes), word)  # type: ignore[arg-type]
    add("names", names(a), names(b), word)  # type: ignore[arg-type]
    add("numbers", *(set(t.hashes[t.flags & Flag.DIGIT > 0]) for t in (a, b)))
    x, y = a.hashes.tolist(), b.hashes.tolist()
    both = {pair: float(np.float32(word[pair[0]] + word[pair[1]])) for pair in grams(x, 2) + grams(y, 2)}
    add("pairs", set(grams(x, 2)), set(grams(y, 2)), both)  # type: ignore[arg-type]
    add("triples", set(grams(x, 3)), set(grams(y, 3)))
    add("fives", set(grams(x, 5)), set(grams(y, 5)))
    (longest, covered), (back, covered_back) = plain_runs(x, y), plain_runs(y, x)
    found["runs"] = covered / max(1, len(x)), covered_back / max(1, len(y))
    found["run"] = max(longest, back) / max(1, len(x)), max(longest, back) / max(1, len(y))
    return found


def weight(documents: np.ndarray, frequencies: Frequencies) -> np.float32:
    return np.float32(np.log((frequencies.documents + 1.0) / (documents[0] + 1.0)))


@settings(max_examples=150, deadline=None)
@given(texts, texts)
def test_what_is_in_common_is_that_of_sets(left: str, right: str) -> None:
    frequencies = Frequencies.shipped()
    a, b = tokenise(left), tokenise(right)
    x, y = prepare(Article("a", left), a, frequencies), prepare(Article("b", right), b, frequencies)
    found = dict(zip(PAIR, measure(x, y, NOTHING).vector.tolist(), strict=True))
    for name, shares in plainly(a, b, frequencies).items():
        assert (found[f"{name}_max"], found[f"{name}_min"]) == pytest.approx((max(shares), min(shares))), name


@given(st.lists(st.integers(0, 9000), max_size=9000).map(lambda values: np.array(values, np.uint64)))
def test_numbers_are_given_in_order_of_appearance(values: np.ndarray) -> None:
    numbers, firsts = number(values)
    different = list(dict.fromkeys(values.tolist()))
    assert values[firsts].tolist() == different
    assert np.array_equal(np.array(different, np.uint64)[numbers] if len(values) else values, values)


def test_the_table_of_numbers_grows() -> None:
    values = np.arange(50_000, dtype=np.uint64) // np.uint64(2)
    numbers, firsts = number(values)
    assert np.array_equal(numbers, values)
    assert np.array_equal(firsts, np.arange(0, 50_000, 2))


ARTICLES = [
    "The ferry left Velmora at 7 with “two hundred sheep”, the harbour said.\nShare this\nIt came back on 3 May 1998.",
    "",
    "Nothing but 7.2 million names: Anders Kots, Anders Kots, Anders Kots and Anders Kots.",
    "港町の魚 and £20 more; twenty-three percent did not come.",
]


def test_a_batch_is_prepared_as_its_articles_are() -> None:
    frequencies, data = Frequencies.shipped(), [text.encode() for text in ARTICLES]
    offsets = np.cumsum([0, *map(len, data)]).astype(np.uint64)
    batch = tokenise_bytes(np.frombuffer(b"".join(data), np.uint8), offsets)
    mark_batch(batch)
    made = PreparedBatch.of(batch, frequencies)
    for i, tokens in enumerate(batch):
        article = Article("a", ARTICLES[i])
        same(Prepared(article, tokens.hashes, lambda: made, i), prepare(article, tokens, frequencies))


def same(a: Prepared, b: Prepared) -> None:
    for x, y in ((a.profile, b.profile), (a.side, b.side)):
        for name in set(x._fields) - {"keys"}:
            assert np.array_equal(getattr(x, name), getattr(y, name)), name
    for i in np.flatnonzero(a.side.sizes):
        size = a.side.sizes[i]
        assert np.array_equal(a.side.keys[i, :size], b.side.keys[i, :size])
    assert np.array_equal(a.style, b.style)
