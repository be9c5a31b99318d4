"""Figures of an evaluation: against scikit-learn where it has them, else against what can be reckoned by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from dedup.evaluation.agreement import adjusted_rand, cluster_figures, kappa
from dedup.evaluation.detections import passage_figures
from dedup.evaluation.intervals import design_effect, resampled, share_of, wilson
from dedup.evaluation.ranking import auc, average_precision, brier, curve, reliability
from dedup.records import Passage

probabilities = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=2)
divisions = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


def arrays(pairs):
    return np.array([p for p, _ in pairs], float), np.array([c for _, c in pairs], bool)


class TestRanking:
    @given(probabilities)
    def test_as_scikit_learn_has_it(self, pairs):
        probability, copy = arrays(pairs)
        if copy.any():
            assert average_precision(probability, copy) == pytest.approx(
                metrics.average_precision_score(copy, probability)
            )
        if copy.any() and not copy.all():
            assert auc(probability, copy) == pytest.approx(metrics.roc_auc_score(copy, probability))
        assert brier(probability, copy) == pytest.approx(metrics.mean_squared_error(copy, probability))

    def test_the_curve_ends_where_everything_is_called(self):
        points = curve(np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, True]))
        assert [point.threshold for point in points] == [0.9, 0.5, 0.1]
        assert points[0][1:] == (1.0, pytest.approx(1 / 3))
        assert points[-1][1:] == (0.75, 1.0)
        assert curve(np.array([0.5]), np.array([False])) == []

    def test_a_long_curve_is_thinned_and_keeps_its_ends(self):
        probability = np.linspace(0, 1, 5_000)
        points = curve(probability, probability > 0.3)
        assert len(points) < 900
        assert (points[0].threshold, points[-1].threshold) == (1.0, 0.0)

    def test_reliability(self):
        bins = reliability(np.array([0.0, 0.02, 0.7, 0.72, 1.0]), np.array([0, 0, 1, 0, 1], bool), np.arange(5))
        assert [(one.low, one.high, one.true.value, one.true.pairs) for one in bins] == [
            (0.0, 0.05, 0.0, 2), (0.65, 0.75, 0.5, 2), (0.95, 1.0, 1.0, 1),
        ]  # fmt: skip
        assert bins[1].said == pytest.approx(0.71)


class TestAgreement:
    @given(divisions)
    def test_the_adjusted_rand_index_as_scikit_learn_has_it(self, pairs):
        one, other = ([str(pair[k]) for pair in pairs] for k in (0, 1))
        assert adjusted_rand(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))

    @given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
    def test_kappa_as_scikit_learn_has_it(self, pairs):
        one, other = ([pair[k] for pair in pairs] for k in (0, 1))
        found = kappa(one, other)
        if found is None:
            assert len({*one, *other}) == 1
        else:
            assert found == pytest.approx(metrics.cohen_kappa_score(one, other))

    def test_clusters_are_what_pairs_connect(self):
        found = cluster_figures("abcde", [("a", "b"), ("b", "c")], [("a", "b"), ("d", "e"), ("x", "a")])
        assert found.articles == 5
        assert (found.precision, found.recall) == (0.5, pytest.approx(1 / 3))
        assert found.f1 == pytest.approx(0.4)


class TestIntervals:
    def test_wilson_as_published(self):
        """Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20."""
        assert wilson(81 / 263, 263) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
        assert wilson(15 / 148, 148) == (pytest.approx(0.0624, abs=1e-4), pytest.approx(0.1605, abs=1e-4))
        assert wilson(0.0, 20) == (0.0, pytest.approx(0.1611, abs=1e-4))

    def test_pairs_of_one_group_count_less(self):
        hits = np.array([True, True, False, True] * 10)
        alone, together = share_of(hits, np.arange(40)), share_of(hits, np.repeat(np.arange(10), 4))
        assert alone.value == together.value == 0.75
        assert design_effect(hits.astype(float), np.arange(40)) == pytest.approx(1.0, abs=0.1)
        same = np.repeat(np.arange(10) % 4 > 0, 4)  # all pairs of a group agree: it is worth one
        assert design_effect(same.astype(float), np.repeat(np.arange(10), 4)) == pytest.approx(4.0, rel=0.15)
        wide = share_of(same, np.repeat(np.arange(10), 4))
        assert wide.high - wide.low > 1.5 * (alone.high - alone.low)

    def test_where_all_agree_groups_count(self):
        assert share_of(np.ones(40, bool), np.repeat(np.arange(10), 4)).low == pytest.approx(wilson(1.0, 10)[0])

    def test_nothing(self):
        assert share_of(np.zeros(0, bool), np.zeros(0, int)).value is None

    @pytest.mark.parametrize("size", [1, 5])
    def test_intervals_hold_as_often_as_they_say(self, size):
        """95 of 100 intervals of groups that agree or do not; a few less is chance."""
        draw, held = np.random.default_rng(4), 0
        for _ in range(400):
            rate = draw.beta(3, 1, 60) if size > 1 else np.full(60, 0.75)
            hits = draw.random((60, size)) < rate[:, None]
            share = share_of(hits.ravel(), np.repeat(np.arange(60), size))
            held += share.low <= 0.75 <= share.high
        assert held >= 368

    def test_resampling_is_the_same_each_time(self):
        hits, groups = np.arange(30) % 3 > 0, np.repeat(np.arange(15), 2)
        low, high = resampled(lambda at: float(hits[at].mean()), groups)
        assert (low, high) == resampled(lambda at: float(hits[at].mean()), groups)
        assert low < hits.mean() < high
        assert resampled(lambda at: 1.0, np.zeros(4, int)) is None


class TestPassages:
    TRUE = Passage((0, 100), (200, 300), 1.0)

    def test_the_same(self):
        assert passage_figures([((self.TRUE,), (self.TRUE,))])[2:] == (1.0, 1.0, 1.0, 1.0)

    def test_in_two_pieces(self):
        pieces = Passage((0, 50), (200, 250), 1.0), Passage((50, 100), (250, 300), 1.0)
        found = passage_figures([((self.TRUE,), pieces)])
        assert (found.precision, found.recall, found.granularity) == (1.0, 1.0, 2.0)
        assert found.plagdet == pytest.approx(1 / np.log2(3))

    def test_half_of_it_and_something_else(self):
        found = passage_figures(
            [((self.TRUE,), (Passage((0, 50), (200, 250), 1.0),)), ((), (Passage((0, 9), (0, 9), 1.0),))]
        )
        assert (found.precision, found.recall) == (0.5, 0.5)

    def test_what_overlaps_in_one_text_only_is_not_found(self):
        assert passage_figures([((self.TRUE,), (Passage((0, 100), (500, 600), 1.0),))]).recall == 0.0
