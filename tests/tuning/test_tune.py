"""Thresholds and models from labelled pairs."""

import json

import numpy as np
import pytest

import dedup
from dedup.evaluation.gold import gold_of
from dedup.judge.columns import PAIR
from dedup.judge.own import OwnModel
from dedup.tuning.models import Examples, folds_of, out_of_fold
from dedup.tuning.tune import tune_examples
from tests.made_articles import article, edited

COUNT = 400


def examples(seed: int = 1, steep: float = 1.0, level: float = 0.0, size: int = 2) -> Examples:
    """Pairs whose true log odds are `level` more than what the shipped model says, times `steep`."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(0, 2.5, COUNT)
    copy = draw.random(COUNT) < 1 / (1 + np.exp(-(steep * odds + level)))
    said = 1 / (1 + np.exp(-odds))
    vectors = draw.normal(size=(COUNT, len(PAIR)))
    return Examples.of(vectors, said, said, copy, np.repeat(np.arange(COUNT // size), size))


class TestThreshold:
    @pytest.mark.parametrize("wanted", [{"precision": 0.9}, {"recall": 0.95}])
    def test_what_is_wished_is_reached_on_other_pairs(self, wanted):
        """The interval is of pairs that were not learnt from, so it holds on new ones of the same sort."""
        name, least = next(iter(wanted.items()))
        tuned = tune_examples(examples(1), wanted, dedup.Learn.NOTHING, False, dedup.Config())
        fresh = examples(2)
        called = fresh.said(None) >= tuned.threshold
        reached = fresh.copy[called].mean() if name == "precision" else called[fresh.copy].mean()
        assert reached >= least - 0.05
        share = getattr(tuned, name)
        assert share.low <= reached <= share.high or reached > share.high

    def test_the_lowest_for_precision_and_the_highest_for_recall(self):
        low, high = (
            tune_examples(examples(), {"precision": p}, dedup.Learn.NOTHING, False, dedup.Config()).threshold
            for p in (0.8, 0.95)
        )
        assert low < high
        low, high = (
            tune_examples(examples(), {"recall": r}, dedup.Learn.NOTHING, False, dedup.Config()).threshold
            for r in (0.99, 0.8)
        )
        assert low < high

    def test_to_be_sure_takes_more(self):
        asked = {"precision": 0.75}
        usual, sure = (
            tune_examples(examples(), asked, dedup.Learn.NOTHING, how, dedup.Config()) for how in (False, True)
        )
        assert sure.threshold > usual.threshold
        assert sure.precision.value > usual.precision.value

    def test_what_cannot_be_reached_is_said(self):
        with pytest.raises(dedup.InputError, match=r"no threshold surely reaches a precision of 0.9999: the best is 0"):
            tune_examples(examples(), {"precision": 0.9999}, dedup.Learn.NOTHING, True, dedup.Config())


class TestLearning:
    def test_groups_stay_whole_and_every_pair_has_a_fold(self):
        made = examples(size=4)
        folds = folds_of(made)
        assert set(folds) == set(range(5))
        assert all(len(set(folds[made.groups == group])) == 1 for group in np.unique(made.groups))

    def test_a_shipped_probability_that_is_right_stays(self):
        tuned = tune_examples(examples(), {"recall": 0.9}, dedup.Learn.AUTO, False, dedup.Config())
        assert tuned.learnt is dedup.Learn.NOTHING
        assert tuned.config.judge.own is None

    def test_one_that_is_off_is_calibrated(self):
        made = examples(steep=0.4, level=1.0)
        tuned = tune_examples(made, {"recall": 0.9}, dedup.Learn.AUTO, False, dedup.Config())
        assert tuned.learnt is dedup.Learn.CALIBRATION
        own = tuned.config.judge.own
        assert abs(own.probability(0.5, np.zeros(len(PAIR))) - 1 / (1 + np.exp(-1.0))) < 0.1
        assert tuned.losses["calibration"] < tuned.losses["nothing"]

    def test_a_feature_that_tells_more_is_used(self):
        made = examples()
        made.rows[:, 1 + PAIR.index("stems_max")] = made.copy + np.random.default_rng(3).normal(0, 0.3, COUNT)
        tuned = tune_examples(made, {"recall": 0.9}, dedup.Learn.AUTO, False, dedup.Config())
        assert tuned.learnt is dedup.Learn.WEIGHTS

    def test_no_pair_is_judged_by_a_model_that_saw_it(self):
        """With labels that are noise, out of fold nothing can be learnt."""
        made = examples()
        copy = np.random.default_rng(5).random(COUNT) < 0.5
        noise = Examples(made.rows, copy, made.groups, made.shipped, made.factor, made.exact)
        said = out_of_fold(noise, folds_of(noise), dedup.Learn.WEIGHTS, 1.0)
        assert abs(said[noise.copy].mean() - said[~noise.copy].mean()) < 0.1


@pytest.fixture(scope="module")
def labelled():
    pairs = [(f"o{n}", f"c{n}", True) for n in range(22)] + [(f"o{n}", f"o{n + 1}", False) for n in range(0, 44, 2)]
    texts = {f"o{n}": article(f"o{n}", n) for n in range(46)}
    texts |= {f"c{n}": dedup.Article(f"c{n}", edited(n, 0.3)) for n in range(22)}
    return gold_of([dedup.Label(a, b, copy) for a, b, copy in pairs], articles=texts)


class TestWhole:
    def test_the_profile_does_what_was_measured(self, labelled, tmp_path):
        tuned = dedup.tune(labelled, recall=0.9, learn="calibration", workers=1)
        path = tmp_path / "own.json"
        dedup.save_profile(tuned.config, path, tuned.about())
        assert dedup.load_profile(path) == tuned.config
        assert json.loads(path.read_text("utf-8"))["about"]["wanted"] == {"recall": 0.9}
        label = next(one for one in labelled.labels if one.copy)
        left, right = (labelled.articles[name] for name in label.pair)
        usual, own = (dedup.compare(left, right, config).probability for config in (None, dedup.load_profile(path)))
        assert own != usual
        assert dedup.evaluate(labelled, config=tuned.config, workers=1).overall.recall.value >= 0.9

    def test_wrong_calls(self, labelled):
        with pytest.raises(dedup.UsageError, match="one of both"):
            dedup.tune(labelled, precision=0.9, recall=0.9)
        with pytest.raises(dedup.InputError, match="are too few"):
            dedup.tune(gold_of(labelled.labels[:30], articles=labelled.articles), precision=0.9)
        own = dedup.Config().replace(judge={"own": OwnModel(0.0, (("log_odds", 0.0, 1.0, 1.0),))})
        with pytest.raises(dedup.ConfigError, match="hold a learnt model already"):
            dedup.tune(labelled, precision=0.9, config=own)
        with pytest.raises(dedup.UsageError, match="the labels have no texts"):
            dedup.tune(gold_of(labelled.labels), precision=0.9)
