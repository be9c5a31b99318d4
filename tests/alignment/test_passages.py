from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from dedup.alignment import AlignConfig, align_pairs, align_words, to_alignment
from dedup.alignment.candidates import empty_bags
from dedup.alignment.clusters import cluster_seeds_plainly, label_seeds
from dedup.alignment.contrast import best_stretch_plainly, other_stretches
from dedup.alignment.refine import Scale, Side, fill_bag, range_score_plainly, refine_one
from dedup.alignment.runs import common_runs, common_runs_plainly, least_shared
from dedup.alignment.summary import best_range_plainly, heaviest_window, heaviest_window_plainly, stretch_on_boundaries
from dedup.alignment.words import batch_of
from dedup.errors import ConfigError
from dedup.records import Flag, Tokens, WordAlignment
from dedup.text import tokenise

COPIED = """Rangers closed the Ostervale pass on Monday after a rockfall buried forty metres of the old toll road.
Nobody was hurt, but two lorries loaded with cheese spent the night on the mountain. The canton expects repairs
to last until the middle of October and has asked drivers to use the lake tunnel."""
RETOLD = """After a rockfall had buried forty metres of the old toll road, the Ostervale pass was closed by rangers
on Monday. Two lorries that carried cheese had to spend the night on the mountain; nobody was injured. Repairs are
expected by the canton to take until mid October, and drivers were asked to take the lake tunnel."""
ORCHESTRA = """The youth orchestra of Brannick opened its season with a concert for two hundred pupils.
Its conductor, who studied abroad, promised three new pieces by local composers before the winter holidays.
Tickets for the next evening are already hard to find, said the box office."""
BAKERY = """A bakery in the harbour quarter sells bread that is baked in a kiln built of recycled brick.
The owner learned the trade from an aunt and now teaches apprentices on Saturdays.
Neighbours complain about smoke, while the mayor praises the smell."""
RUGBY = """Fullbacks dominated the second half as the visitors ran in four tries without reply.
A yellow card cost the hosts their captain, and the referee had a busy evening under heavy rain.
Coaches of both teams blamed the turf."""


class Even:
    """A background in which the commonest words are common and all others equally rare."""

    common = dict.fromkeys(
        tokenise("the of to and a in on was for by its that with are had as an is").stems.tolist(), 0.02
    )

    def stem_probability(self, stems: np.ndarray) -> np.ndarray:
        return np.array([self.common.get(s, 2e-5) for s in stems.tolist()], np.float32)


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


def with_furniture(tokens: Tokens, first: int, last: int) -> Tokens:
    flags = tokens.flags.copy()
    flags[first:last] |= np.uint8(Flag.BOILERPLATE)
    return Tokens(tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences)


def test_furniture_makes_no_passage_and_hides_none() -> None:
    banner = (
        "Follow our newsroom on every network and leave a comment under this story about the lake district today. " * 3
    )
    left, right = tokenise(banner + ORCHESTRA), tokenise(banner + RUGBY)
    size = len(tokenise(banner))
    assert len(align_words(left, right, Even()).passages) == 1
    marked = with_furniture(left, 0, size), with_furniture(right, 0, size)
    assert len(align_words(*marked, Even()).passages) == 0
    middle = tokenise(COPIED[:180] + " " + banner + COPIED[180:])
    inside = len(tokenise(COPIED[:180]))
    found = align_words(with_furniture(middle, inside, inside + size), tokenise(COPIED), Even())
    assert found.passages.tolist() == [[0, len(middle), 0, len(tokenise(COPIED))]]


def equal(one: WordAlignment, other: WordAlignment) -> bool:
    fields = ("passages", "similarity", "sentence_pairs", "sentence_similarity")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)


def test_the_pairs_of_a_batch_are_aligned_as_each_of_them_alone() -> None:
    frame = [ORCHESTRA, BAKERY, RUGBY]
    parts = [[COPIED], [RETOLD, BAKERY], [*frame, SUMMARY, *frame], [CHRONICLE], [], [ORCHESTRA, COPIED, RUGBY],
             ["東京で地震がありました。"], [RETOLD, COPIED]]  # fmt: skip
    articles = [tokenise("\n\n".join(part)) for part in parts]
    articles[5] = with_furniture(articles[5], 3, 20)
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


CHRONICLE = """
The town of Ostervale grew around a toll bridge that the monks of Saint Ivo built over the river Brann in 1284.
For two centuries salt traders paid a silver penny for every mule, and the abbey bought vineyards with the money.
In 1511 a flood carried away the bridge, three mills and the wooden chapel on the eastern bank.
The abbot borrowed from bankers in Veldmoor and raised five stone arches, which still carry the road today.
Weavers settled on the meadows downstream, where soft water suited their dyes, above all a deep madder red.
By 1640 their guild employed nine hundred looms and sent cloth to the fairs of Brannick every spring and autumn.
War emptied the valley twice; soldiers burned the guildhall and the plague of 1667 killed a third of the families.
Recovery came with potatoes, which a gardener named Tobias Renn planted first behind the ruined dye house.
His granddaughter Elsbeth Renn opened the earliest school for girls in the canton and taught arithmetic with beans.
The railway reached Ostervale in 1868, once engineers had drilled the Kessel tunnel through eleven kilometres of rock.
Watchmakers followed the trains, and before long the factory of Anton Lieb shipped pocket watches to four continents.
Cheap quartz ruined the factory in 1979, when two thousand workers lost their jobs within eighteen months.
A theatre collective moved into the empty halls, then a brewery, then laboratories that grow skin for burn patients.
Tourists now arrive for the madder festival, when the arches of the old bridge are hung with red banners.
"""
SUMMARY = """Ostervale owes its rise to the monks and their toll bridge, replaced by five stone arches after the
flood of 1511. Weavers with their madder red, war and plague, the potatoes of Tobias Renn, the girls' school of
Elsbeth Renn and the railway through the Kessel tunnel shaped the valley. The watch factory of Anton Lieb died of
quartz in 1979; theatre, brewery and laboratories fill its halls, and tourists come for the festival of red banners."""


def test_a_summary_stands_for_the_whole_of_the_other_text() -> None:
    frame = [ORCHESTRA, BAKERY, RUGBY]
    left = "\n\n".join([*frame, SUMMARY, *frame])
    [(one, two)] = texts(left, CHRONICLE)
    assert flat(one).rstrip(".") == flat(SUMMARY).rstrip(".")
    assert flat(two).rstrip(".") == flat(CHRONICLE).rstrip(".")
    [(back, _)] = texts(CHRONICLE, left)
    assert flat(back) == flat(two)
    assert len(aligned(left, CHRONICLE, summaries=False).passages) != 1 or flat(one) != flat(SUMMARY)


def test_settings_out_of_range_are_named() -> None:
    for wrong in ({"alpha": 1.0}, {"seed_gap": 0}, {"threshold": 2.0}):
        with pytest.raises(ConfigError, match=next(iter(wrong))):
            AlignConfig(**wrong)  # type: ignore[arg-type]


# The helpers are compiled without a way in from Python; these give one.
@njit
def _label_seeds(seeds, gap, labels, keys, order, other, reached):  # type: ignore[no-untyped-def]
    return label_seeds(seeds, gap, labels, keys, order, other, reached)


@njit
def _common_runs(left, right, run, grams, heads, following, found):  # type: ignore[no-untyped-def]
    return common_runs(left, right, run, grams, heads, following, found)


@njit
def _refine_one(left, right, scale, left_bag, right_bag, rectangle, measures, reach, bonus):  # type: ignore[no-untyped-def]
    refine_one(left, right, scale, left_bag, right_bag, rectangle, measures, reach, bonus)


@njit
def _other_stretches(left, right, scale, left_bag, right_bag, rectangle, best):  # type: ignore[no-untyped-def]
    other_stretches(left, right, scale, left_bag, right_bag, rectangle, best)


@njit
def _summary_stretch(side, whole, scale, bag, bonus):  # type: ignore[no-untyped-def]
    fill_bag(bag, whole, 0, len(whole), scale)
    return stretch_on_boundaries(side, bag, np.log(1 - scale.alpha), bonus)


@njit
def _heaviest_window(ids, size, weight, counts):  # type: ignore[no-untyped-def]
    return heaviest_window(ids, size, weight, counts)


STEMS = 10  # that the articles of the properties below are made of


def side(ids: list[int], marks: list[int]) -> Side:
    return Side(np.array(ids, np.int32), np.array(marks, np.uint8))


def scale_of(left: list[int], right: list[int], probability: list[float], window: int = 1000) -> Scale:
    shared = np.zeros(STEMS, np.uint8)
    shared[sorted({*left} & {*right})] = 1
    return Scale(np.array(probability, np.float32), shared, np.zeros(STEMS, np.float32), 0.4, window)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30), st.integers(1, 4))
def test_clusters_equal_their_reference(seeds: set[tuple[int, int]], gap: int) -> None:
    array = np.array(sorted(seeds), np.int32)
    labels, *work = np.empty((4, len(seeds)), np.int32)
    count = _label_seeds(array, gap, labels, *work, np.empty(max(21, len(seeds)) + 1, np.int32))
    found = [sorted(map(tuple, array[labels == k].tolist())) for k in range(count)]
    assert sorted(found) == cluster_seeds_plainly(array, gap)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40), st.integers(2, 5))
def test_runs_equal_their_reference(left: list[int], right: list[int], run: int) -> None:
    one, two = (np.array(x, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1) for x in (left, right))
    wanted = common_runs_plainly(left, right, run)
    n = max(len(left), len(right))
    rows = np.empty((n, 3), np.int32)
    work = np.empty((2, n), np.uint64), np.empty(256, np.int32), np.empty(n, np.int32)
    found = [tuple(r) for r in rows[: _common_runs(one, two, run, *work, rows)].tolist()]
    assert [(a, n) for a, _, n in found] == [(a, n) for a, _, n in wanted]
    assert all(left[a : a + n] == right[b : b + n] for a, b, n in found)


numbers = st.lists(st.integers(0, STEMS - 1), min_size=1, max_size=14)
probabilities = st.lists(st.floats(0.001, 0.3), min_size=STEMS, max_size=STEMS)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_refined_ends_are_the_best_ones(left: list[int], right: list[int], data: st.DataObject) -> None:
    """Stable rectangles: no other end of one side beats the chosen one, and the measures are the reference's."""
    probability = np.array(data.draw(probabilities), np.float32)
    marks = [data.draw(st.lists(st.integers(0, 1), min_size=n + 1, max_size=n + 1)) for n in (len(left), len(right))]
    found, measures = np.array([0, len(left), 0, len(right)], np.int32), np.zeros(4)

    def go_on() -> None:
        sides, scale = (side(left, marks[0]), side(right, marks[1])), scale_of(left, right, probability.tolist())
        _refine_one(*sides, scale, *empty_bags(STEMS), found, measures, 60, 1.5)

    go_on()
    before = found.tolist()
    go_on()
    if before != found.tolist():
        return  # still moving after the last round
    a, b, c, d = found.tolist()
    score = range_score_plainly(left[a:b], right[c:d], probability.tolist(), 0.4)
    assert measures[0] == pytest.approx(score, abs=1e-3)
    assert measures[1] == pytest.approx(range_score_plainly(right[c:d], left[a:b], probability.tolist(), 0.4), abs=1e-3)
    for end in range(a + 1, len(left) + 1):
        other = range_score_plainly(left[a:end], right[c:d], probability.tolist(), 0.4)
        assert other + 1.5 * marks[0][end] <= score + 1.5 * marks[0][b] + 1e-3


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_other_stretch_equals_its_reference(left: list[int], right: list[int], data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(st.integers(0, len(left)), st.integers(0, len(left)))))
    probability = np.array(data.draw(probabilities), np.float32)
    rectangle, found = np.array([a, b, 0, len(right)], np.int32), np.empty(2)
    sides = (side(words, [0] * (len(words) + 1)) for words in (left, right))
    _other_stretches(*sides, scale_of(left, right, probability.tolist()), *empty_bags(STEMS), rectangle, found)

    def value(w: int) -> float:
        p = float(probability[w])
        return float(np.log(0.6 + 0.4 * right.count(w) / (len(right) * p)))

    parts = [[value(w) for w in part] for part in (left[:a], left[b:])]
    assert found[0] == pytest.approx(max(map(best_stretch_plainly, parts)), abs=1e-3)
    assert found[1] == 0.0


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_summary_stretch_is_the_best_range(text: list[int], whole: list[int], data: st.DataObject) -> None:
    probability = np.array(data.draw(probabilities), np.float32)
    size = len(text) + 1
    marks = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    scale, bag = scale_of(text, whole, probability.tolist(), len(whole)), empty_bags(STEMS)[0]
    first, last = _summary_stretch(side(text, marks), np.array(whole, np.int32), scale, bag, 1.5)
    values = [float(np.log(0.6 + 0.4 * whole.count(w) / (len(whole) * float(probability[w])))) for w in text]
    reached = sum(values[first:last]) + 1.5 * (marks[first] + marks[last]) if last > first else 0.0
    assert reached == pytest.approx(best_range_plainly(values, marks, 1.5), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(numbers, st.integers(1, 8), st.lists(st.floats(0, 4, width=32), min_size=10, max_size=10))
def test_the_heaviest_window_equals_its_reference(ids: list[int], size: int, weight: list[float]) -> None:
    counts = np.zeros(10, np.int32)
    found = _heaviest_window(np.array(ids, np.int32), size, np.array(weight, np.float32), counts)
    assert found == pytest.approx(heaviest_window_plainly(ids, size, weight), abs=1e-4)
    assert not counts.any()


def test_every_pair_of_the_invented_texts_is_judged_the_same_both_ways() -> None:
    for left, right in product((COPIED, RETOLD, ORCHESTRA), repeat=2):
        assert len(aligned(left, right).passages) == len(aligned(right, left).passages)


def test_a_chain_of_few_shared_words_in_a_row_cannot_be_verbatim() -> None:
    for words, density in ((40, 0.98), (10, 0.5), (3, 1.0), (8, 0.0)):
        most = 10 * words
        least = min(
            m / (others + 1) for m in range(words, most) for others in range(most) if m >= density * (m + others)
        )
        assert least_shared.py_func(words, density) <= least + 1e-9
