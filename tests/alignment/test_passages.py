from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import AlignConfig, align_pairs, align_words, to_alignment
from dedup.alignment.layout import batch_of
from dedup.records import WordAlignment
from dedup.text import tokenise
from tests.alignment.made import (
    BAKERY,
    CHRONICLE,
    COPIED,
    ORCHESTRA,
    RETOLD,
    RUGBY,
    SUMMARY,
    Even,
    with_boilerplate,
)


def aligned(left: str, right: str, **settings: object) -> WordAlignment:
    return align_words(tokenise(left), tokenise(right), Even(), AlignConfig(**settings))  # type: ignore[arg-type]


def texts(left: str, right: str) -> list[tuple[str, str]]:
    one, two = tokenise(left), tokenise(right)
    found = to_alignment(align_words(one, two, Even()), one, two)
    return [(left[p.left[0] : p.left[1]], right[p.right[0] : p.right[1]]) for p in found.passages]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_copied_passage_between_foreign_ones_is_found_to_the_word() -> None:
    left = "\n\n".join([ORCHESTRA, COPIED, RUGBY])
    right = "\n\n".join([BAKERY, COPIED])
    [(one, two)] = texts(left, right)
    assert flat(one).rstrip(".") == flat(two).rstrip(".") == flat(COPIED).rstrip(".")


def test_a_retold_passage_is_found() -> None:
    left = "\n\n".join([ORCHESTRA, COPIED, RUGBY])
    right = "\n\n".join([RETOLD, BAKERY])
    [(one, two)] = texts(left, right)
    assert flat(one).startswith("Rangers closed")
    assert flat(one).rstrip(".").endswith("lake tunnel")
    assert flat(two).startswith("After a rockfall")
    assert flat(two).rstrip(".").endswith("lake tunnel")


def test_passages_may_stand_in_another_order() -> None:
    left = "\n\n".join([COPIED, RUGBY, ORCHESTRA])
    right = "\n\n".join([ORCHESTRA, BAKERY, RETOLD])
    found = aligned(left, right)
    assert len(found.passages) == 2
    first, second = found.passages.tolist()
    assert first[0] < second[0]
    assert first[2] > second[2]
    assert found.similarity[1] == 1.0  # verbatim
    assert 0.5 < found.similarity[0] < 1.0


def test_foreign_articles_share_no_passage() -> None:
    for left, right in (("\n\n".join([ORCHESTRA, BAKERY]), RUGBY), (COPIED, ORCHESTRA), ("", COPIED), ("", "")):
        found = aligned(left, right)
        assert found.passages.shape == (0, 4)
        assert found.similarity.shape == (0,)


@pytest.mark.parametrize(("left", "right"), [
    ("\n\n".join([ORCHESTRA, COPIED, RUGBY]), "\n\n".join([RETOLD, BAKERY])),
    ("\n\n".join([COPIED, RUGBY, ORCHESTRA]), "\n\n".join([ORCHESTRA, BAKERY, RETOLD])),
    (COPIED, COPIED),
])  # fmt: skip
def test_exchanging_the_articles_mirrors_everything(left: str, right: str) -> None:
    one, two = aligned(left, right), aligned(right, left)
    assert sorted(one.passages.tolist()) == sorted([c, d, a, b] for a, b, c, d in two.passages.tolist())
    assert sorted(one.sentence_pairs.tolist()) == sorted([b, a] for a, b in two.sentence_pairs.tolist())
    assert one.passages[:, 0].tolist() == sorted(one.passages[:, 0].tolist())
    assert two.passages[:, 0].tolist() == sorted(two.passages[:, 0].tolist())
    assert sorted(one.similarity.tolist()) == sorted(two.similarity.tolist())


def test_boilerplate_makes_no_passage_and_hides_none() -> None:
    banner = (
        "Follow our newsroom on every network and leave a comment under this story about the lake district today. " * 3
    )
    left, right = tokenise(banner + ORCHESTRA), tokenise(banner + RUGBY)
    size = len(tokenise(banner))
    assert len(align_words(left, right, Even()).passages) == 1
    marked = with_boilerplate(left, 0, size), with_boilerplate(right, 0, size)
    assert len(align_words(*marked, Even()).passages) == 0
    middle = tokenise(COPIED[:180] + " " + banner + COPIED[180:])
    inside = len(tokenise(COPIED[:180]))
    found = align_words(with_boilerplate(middle, inside, inside + size), tokenise(COPIED), Even())
    assert found.passages.tolist() == [[0, len(middle), 0, len(tokenise(COPIED))]]


def equal(one: WordAlignment, other: WordAlignment) -> bool:
    fields = ("passages", "similarity", "sentence_pairs", "sentence_similarity")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)


def test_the_pairs_of_a_batch_are_aligned_as_each_of_them_alone() -> None:
    frame = [ORCHESTRA, BAKERY, RUGBY]
    parts = [[COPIED], [RETOLD, BAKERY], [*frame, SUMMARY, *frame], [CHRONICLE], [], [ORCHESTRA, COPIED, RUGBY],
             ["東京で地震がありました。"], [RETOLD, COPIED]]  # fmt: skip
    articles = [tokenise("\n\n".join(part)) for part in parts]
    articles[5] = with_boilerplate(articles[5], 3, 20)
    pairs = [(i, j) for i in range(len(articles)) for j in range(len(articles))]
    found = align_pairs(batch_of(*articles), np.array(pairs), Even())
    assert sum(len(one.passages) for one in found) > len(articles)
    for (i, j), one in zip(pairs, found, strict=True):
        assert equal(one, align_words(articles[i], articles[j], Even()))
    some = [27, 3, 60, 3]
    again = align_pairs(batch_of(*articles), np.array([pairs[p] for p in some]), Even())
    assert all(equal(one, found[p]) for one, p in zip(again, some, strict=True))
    assert align_pairs(batch_of(*articles), np.empty((0, 2), np.int64), Even()) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([ORCHESTRA, COPIED, RETOLD, BAKERY, RUGBY, "Žluťoučký kůň 😀 pěl."]), max_size=4),
       st.lists(st.sampled_from([COPIED, RETOLD, RUGBY, "東京で地震がありました。"]), max_size=4))  # fmt: skip
def test_spans_lie_inside_the_texts_and_do_not_overlap_on_either_side(left: list[str], right: list[str]) -> None:
    one, two = " ".join(left), " ".join(right)
    a, b = tokenise(one), tokenise(two)
    found = to_alignment(align_words(a, b, Even()), a, b).passages
    for side, text in (("left", one), ("right", two)):
        spans = sorted(getattr(p, side) for p in found)
        assert all(0 <= s < e <= len(text) for s, e in spans)
        assert all(x[1] <= y[0] for x, y in pairwise(spans))
    assert all(0.0 < p.similarity <= 1.0 for p in found)


def test_a_summary_stands_for_the_whole_of_the_other_text() -> None:
    frame = [ORCHESTRA, BAKERY, RUGBY]
    left = "\n\n".join([*frame, SUMMARY, *frame])
    [(one, two)] = texts(left, CHRONICLE)
    assert flat(one).rstrip(".") == flat(SUMMARY).rstrip(".")
    assert flat(two).rstrip(".") == flat(CHRONICLE).rstrip(".")
    [(back, _)] = texts(CHRONICLE, left)
    assert flat(back) == flat(two)
    assert len(aligned(left, CHRONICLE, summaries=False).passages) != 1 or flat(one) != flat(SUMMARY)


def test_every_pair_of_the_invented_texts_is_judged_the_same_both_ways() -> None:
    for left, right in product((COPIED, RETOLD, ORCHESTRA), repeat=2):
        assert len(aligned(left, right).passages) == len(aligned(right, left).passages)
