"""One number from the heads: it rises with each of them, follows a calibration, and hears what no clean text has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ModelMismatch
from dedup.scoring.calibration import BANDS, NORMAL, PERCENTILES, Calibration
from dedup.scoring.heads import shipped_model
from dedup.scoring.overall import LONGEST, MOST, VERSION, Combination, Evidence, evidence

WORDS = 400
QUANTILES = [[-9.0, *(3 * z for z in NORMAL), 9.0]] * len(BANDS)  # of a head with standard deviation 3
SURE = {"swap.strong": 4.0}
COLUMNS = list(Evidence.names())


def calibration(shift: float = 0.0) -> Calibration:
    quantiles = {head: [[v + shift for v in band] for band in QUANTILES] for head in ("spun", "llm")}
    quantiles["tampered"] = [[0.0] * len(PERCENTILES)] * len(BANDS)
    curves = {"tampered": [[4.0, -3.0]] * len(BANDS)}
    return Calibration(quantiles, curves, {head: [0.0] * len(BANDS) for head in quantiles}, 0.1)


def stairs(head: str) -> list[list[list[float]]]:
    """Trees of one step each: a head adds 2 from 1.5, from 2.5 and from 3.5 standard deviations on."""
    at = COLUMNS.index(head)
    return [[[at, step, 1, 2, 0], [0, 0, -1, -1, 0.0], [0, 0, -1, -1, 2.0]] for step in (1.5, 2.5, 3.5)]


def combination(**changes: object) -> Combination:
    data = {
        "feature_version": VERSION, "features": COLUMNS, "bias": -2.0, "trees": [*stairs("spun"), *stairs("llm")],
        "ratios": ["tampered"], "even": 2.2,
    }  # fmt: skip
    return Combination.of(data | changes, "a test")


def odds(
    spun: float, llm: float, tampered: float = 0.0, shift: float = 0.0, rates: dict[str, float] | None = None
) -> float:
    values = {"spun": spun, "llm": llm, "tampered": tampered}
    return combination().odds(values, WORDS, calibration(shift), SURE if rates is None else rates)


@pytest.mark.parametrize("deviation", [-3.0, -1.0, 0.0, 0.5, 2.0, 2.5, 4.0])
def test_deviations_of_a_normal_head_are_its_standard_deviations(deviation: float) -> None:
    assert calibration().deviation("spun", WORDS, 3 * deviation) == pytest.approx(deviation, abs=0.15)


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_deviations_rise_with_the_value(one: float, other: float) -> None:
    low, high = (calibration().deviation("llm", WORDS, v) for v in sorted((one, other)))
    assert low <= high + 1e-9


def test_one_head_is_enough_and_two_are_more() -> None:
    assert odds(0, 0) < 0 < odds(12, 0)
    assert odds(0, 0) < 0 < odds(0, 12)
    assert odds(12, 12) > max(odds(12, 0), odds(0, 12))
    assert odds(0, 0, tampered=3.0) > 5


def test_what_is_usual_in_ones_own_news_is_no_sign() -> None:
    assert odds(12, 0, shift=12) == pytest.approx(odds(0, -12), abs=1e-6)


def test_a_head_without_a_value_counts_as_the_middle() -> None:
    known = combination().odds({"spun": 12.0}, WORDS, calibration(), SURE)
    assert known == pytest.approx(odds(12.0, 0.0), abs=0.05)


def test_without_strong_findings_swapped_words_lift_no_text_over_even_odds() -> None:
    none, some = odds(15, 0, rates={}), odds(15, 0)
    assert none <= 0 < some
    assert none == pytest.approx(0, abs=0.15)
    assert odds(15, 0, rates={"name.strong": 5.0}) == none
    assert odds(3, 0, rates={}) == odds(3, 0)
    assert odds(12, 0, rates={}) < none  # order stays


def test_trees_over_other_columns_are_refused() -> None:
    with pytest.raises(ModelMismatch, match="moon"):
        combination(features=[*COLUMNS[:-1], "moon"])
    with pytest.raises(ModelMismatch, match="overall-0"):
        combination(feature_version="overall-0")


def shipped(far: dict[str, float], words: int = WORDS, **rates: float) -> float:
    model = shipped_model().overall
    curves = {"tampered": [[4.0, -3.0]] * len(BANDS)}
    plain = [[-99.0, *NORMAL, 99.0]] * len(BANDS)
    quantiles = dict.fromkeys(("spun", "corrupted", "llm", "translated", "tampered"), plain)
    read = Calibration(quantiles, curves, {head: [0.0] * len(BANDS) for head in quantiles}, 0.1)
    return model.odds(far, words, read, {f"{kind}.strong": rate for kind, rate in rates.items()})


class TestShipped:
    """What the trees that ship have learnt must hold whatever they were fitted to."""

    @given(st.sampled_from(["spun", "corrupted", "llm"]), st.floats(-3, 8), st.floats(0, 4), st.integers(120, 2000))
    def test_more_of_a_head_never_lowers_the_value(self, head: str, low: float, more: float, words: int) -> None:
        assert shipped({head: low}, words) <= shipped({head: low + more}, words) + 1e-6

    @given(st.sampled_from(["swap", "article", "doubled", "name", "agreement", "form"]), st.floats(0.1, 20))
    def test_a_strong_finding_never_lowers_the_value(self, kind: str, rate: float) -> None:
        assert shipped({"spun": 1.0}) <= shipped({"spun": 1.0}, **{kind: rate}) + 1e-6

    @pytest.mark.parametrize("words", [120, 200, 400, 900])
    def test_unfamiliar_wording_alone_is_not_called(self, words: int) -> None:
        assert shipped({"spun": MOST}, words) <= 0.05 < shipped({"spun": MOST}, words, swap=5.0)

    @pytest.mark.parametrize("head", ["corrupted", "llm"])
    def test_a_head_far_out_is_called_by_itself(self, head: str) -> None:
        assert shipped({head: 5.0}) > 0

    def test_beyond_some_length_it_says_nothing(self) -> None:
        assert shipped({"llm": 2.5}, LONGEST) == shipped({"llm": 2.5}, 3 * LONGEST)

    def test_rates_are_named_as_findings_are(self) -> None:
        row = evidence({}, WORDS, {"clash.strong": 2.0, "name.weak": 9.0})
        assert row[Evidence.GRAMMAR] > 0 == row[Evidence.NAMES]
