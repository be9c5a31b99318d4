"""One number from the heads: it rises with each of them, follows a calibration, and hears what no clean text has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.scoring.calibration import BANDS, NORMAL, PERCENTILES, Calibration
from dedup.scoring.overall import Combination

WORDS = 400
QUANTILES = [[-9.0, *(3 * z for z in NORMAL), 9.0]] * len(BANDS)  # of a head with standard deviation 3
CAPS = {"spun": {"findings": ["swap", "article"], "limits": [2.0, 2.5]}}
SURE = {"swap": 2}


def calibration(shift: float = 0.0) -> Calibration:
    quantiles = {head: [[v + shift for v in band] for band in QUANTILES] for head in ("spun", "llm")}
    quantiles["tampered"] = [[0.0] * len(PERCENTILES)] * len(BANDS)
    curves = {"tampered": [[4.0, -3.0]] * len(BANDS)}
    return Calibration(quantiles, curves, {head: [0.0] * len(BANDS) for head in quantiles}, 0.1)


def combination() -> Combination:
    kinds = {
        "spun": {"bias": -4.0, "weights": {"spun": 2.0, "llm": 0.0}},
        "llm": {"bias": -4.0, "weights": {"spun": -0.2, "llm": 2.0}},
    }
    return Combination.of({"kinds": kinds, "ratios": ["tampered"], "caps": CAPS})


def odds(
    spun: float, llm: float, tampered: float = 0.0, shift: float = 0.0, strong: dict[str, int] | None = None
) -> float:
    values = {"spun": spun, "llm": llm, "tampered": tampered}
    return combination().odds(values, WORDS, calibration(shift), SURE if strong is None else strong)


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
    assert odds(12, 12) > max(odds(12, 0), odds(0, 12)) - 2  # the kinds add up, less what one speaks against another
    assert odds(0, 0, tampered=3.0) > 5


def test_what_is_usual_in_ones_own_news_is_no_sign() -> None:
    assert odds(12, 0, shift=12) == pytest.approx(odds(0, -12), abs=1e-6)


def test_a_head_without_a_value_counts_as_the_middle() -> None:
    known = combination().odds({"spun": 12.0}, WORDS, calibration(), SURE)
    assert known == pytest.approx(odds(12.0, 0.0), abs=0.05)


def test_without_strong_findings_swapped_words_count_up_to_a_limit() -> None:
    none, one, two = (odds(15, 0, strong={"swap": n}) for n in range(3))
    assert none < one < two
    assert none == pytest.approx(odds(6, 0), abs=0.1)
    assert odds(15, 0, strong={"name": 5}) == none
    assert odds(3, 0, strong={}) == odds(3, 0)
    assert odds(12, 0, strong={}) < none  # order stays
