from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import AlignConfig, align_words, to_alignment
from dedup.alignment.clusters import cluster_seeds, cluster_seeds_plainly
from dedup.alignment.contrast import best_stretch_plainly, other_stretches
from dedup.alignment.refine import range_score_plainly, refine
from dedup.alignment.runs import common_runs, common_runs_plainly
from dedup.alignment.summary import best_range_plainly, heaviest_window, heaviest_window_plainly, summary_stretch
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
    flags[first:last] |= np.uint8(Flag.FURNITURE)
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


@settings(max_examples=100, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30), st.integers(1, 4))
def test_clusters_equal_their_reference(seeds: set[tuple[int, int]], gap: int) -> None:
    array = np.array(sorted(seeds), np.int32)
    labels = cluster_seeds(array, gap)
    found = [sorted(map(tuple, array[labels == k].tolist())) for k in range(labels.max() + 1)]
    assert sorted(found) == cluster_seeds_plainly(array, gap)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40), st.integers(2, 5))
def test_runs_equal_their_reference(left: list[int], right: list[int], run: int) -> None:
    one, two = (np.array(x, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1) for x in (left, right))
    wanted = common_runs_plainly(left, right, run)
    found = [tuple(r) for r in common_runs(one, two, run).tolist()]
    assert [(a, n) for a, _, n in found] == [(a, n) for a, _, n in wanted]
    assert all(left[a : a + n] == right[b : b + n] for a, b, n in found)


numbers = st.lists(st.integers(0, 9), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_refined_ends_are_the_best_ones(left: list[int], right: list[int], data: st.DataObject) -> None:
    """Stable rectangles: no other end of one side beats the chosen one, and the measures are the reference's."""
    one, two = np.array(left, np.int32), np.array(right, np.int32)
    weights = data.draw(st.lists(st.floats(0.001, 0.3), min_size=10, max_size=10))
    probability = np.array(weights, np.float32)
    marks = [np.array(data.draw(st.lists(st.integers(0, 1), min_size=n + 1, max_size=n + 1)), np.uint8)
             for n in (len(left), len(right))]  # fmt: skip
    whole = np.array([[0, len(left), 0, len(right)]], np.int32)
    found, measures = refine(one, two, marks[0], marks[1], probability, whole, 0.4, 0.4, 1000, 60, 1.5)
    again, _ = refine(one, two, marks[0], marks[1], probability, found, 0.4, 0.4, 1000, 60, 1.5)
    if again.tolist() != found.tolist():
        return  # still moving after the last round
    a, b, c, d = found[0].tolist()
    score = range_score_plainly(left[a:b], right[c:d], probability.tolist(), 0.4)
    assert measures[0, 0] == pytest.approx(score, abs=1e-3)
    assert measures[0, 1] == pytest.approx(
        range_score_plainly(right[c:d], left[a:b], probability.tolist(), 0.4), abs=1e-3
    )
    for end in range(a + 1, len(left) + 1):
        other = range_score_plainly(left[a:end], right[c:d], probability.tolist(), 0.4)
        assert other + 1.5 * marks[0][end] <= score + 1.5 * marks[0][b] + 1e-3


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_other_stretch_equals_its_reference(left: list[int], right: list[int], data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(st.integers(0, len(left)), st.integers(0, len(left)))))
    probability = np.array(data.draw(st.lists(st.floats(0.001, 0.3), min_size=10, max_size=10)), np.float32)
    one, two = np.array(left, np.int32), np.array(right, np.int32)
    rectangle = np.array([[a, b, 0, len(right)]], np.int32)
    found = other_stretches(one, two, probability, rectangle, 0.4, 0.4, 1000)

    def value(w: int) -> float:
        p = float(probability[w])
        return float(np.log(0.6 + 0.4 * right.count(w) / (len(right) * p)))

    parts = [[value(w) for w in part] for part in (left[:a], left[b:])]
    assert found[0, 0] == pytest.approx(max(map(best_stretch_plainly, parts)), abs=1e-3)
    assert found[0, 1] == 0.0


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, st.data())
def test_the_summary_stretch_is_the_best_range(text: list[int], whole: list[int], data: st.DataObject) -> None:
    probability = np.array(data.draw(st.lists(st.floats(0.001, 0.3), min_size=10, max_size=10)), np.float32)
    size = len(text) + 1
    marks = data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    one, two = np.array(text, np.int32), np.array(whole, np.int32)
    first, last, score, *_ = summary_stretch(one, np.array(marks, np.uint8), two, probability, probability, 0.4, 1.5)
    values = [float(np.log(0.6 + 0.4 * whole.count(w) / (len(whole) * float(probability[w])))) for w in text]
    reached = score + 1.5 * (marks[first] + marks[last]) if last > first else 0.0
    assert score == pytest.approx(sum(values[first:last]), abs=1e-3)
    assert reached == pytest.approx(best_range_plainly(values, marks, 1.5), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(numbers, st.integers(1, 8), st.lists(st.floats(0, 4, width=32), min_size=10, max_size=10))
def test_the_heaviest_window_equals_its_reference(ids: list[int], size: int, weight: list[float]) -> None:
    counts = np.zeros(10, np.int32)
    found = heaviest_window(np.array(ids, np.int32), size, np.array(weight, np.float32), counts)
    assert found == pytest.approx(heaviest_window_plainly(ids, size, weight), abs=1e-4)
    assert not counts.any()


def test_every_pair_of_the_invented_texts_is_judged_the_same_both_ways() -> None:
    for left, right in product((COPIED, RETOLD, ORCHESTRA), repeat=2):
        assert len(aligned(left, right).passages) == len(aligned(right, left).passages)
