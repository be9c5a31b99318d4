"""Percentiles and probabilities of a head: quantiles rise, own calibrations are used and round-trip."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import ConfigError, InputError
from dedup.scoring import Scorer, calibrated, load_calibration, save_calibration
from dedup.scoring.calibration import FORMAT, HIGHEST, band_of, calibrate, quantiles_of
from dedup.scoring.heads import shipped_model
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50))
def test_quantiles_rise(values: list[float]) -> None:
    quantiles = quantiles_of(np.array(values))
    assert quantiles == sorted(quantiles)
    assert min(values) - 1e-3 <= quantiles[0]
    assert quantiles[-1] <= max(values) + 1e-3


def test_bands() -> None:
    assert [band_of(w) for w in (5, 100, 149, 150, 299, 300, 600, 9999)] == [0, 0, 0, 1, 1, 2, 3, 3]


def test_a_probability_rises_with_the_value(scorer: Scorer) -> None:
    for head in shipped_model().heads:
        found = [scorer.calibration.probability(head, 400, value) for value in np.linspace(-10, 30, 20)]
        assert found == sorted(found)


def own_articles() -> list[str]:
    sentences = [s.strip() + "." for s in CLEAN.replace("\n", " ").split(".") if s.strip()]
    rng = np.random.default_rng(3)
    return [" ".join(rng.permutation(sentences)[:9].tolist()) for _ in range(40)]


def test_calibration_to_own_articles(scorer: Scorer, tmp_path: Path) -> None:
    articles = [(tokenise(text), text) for text in own_articles()]
    measured = [scorer.measure(*article) for article in articles]
    own, counts = calibrated([*articles, (tokenise("Too short."), "Too short.")], scorer)
    assert sum(counts) == 40
    values = sorted(m.values["spun"] for m in measured)
    assert own.percentile("spun", 200, values[20]) == pytest.approx(50, abs=5)
    assert own.percentile("spun", 400, values[20]) == scorer.calibration.percentile("spun", 400, values[20])
    save_calibration(own, tmp_path / "own.json")
    assert load_calibration(tmp_path / "own.json") == own
    again = Scorer(calibration=load_calibration(tmp_path / "own.json"))
    assert again(tokenise(SPUN), SPUN).percentiles["spun"] == HIGHEST


def test_too_few_articles_cannot_calibrate(scorer: Scorer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too few"):
        calibrate([(200, dict.fromkeys(scorer.model.heads, 0.0))] * 5, scorer.calibration)
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "missing.json"):
        with pytest.raises(InputError):
            load_calibration(tmp_path / name)


def test_a_calibration_of_another_format_is_told_from_no_calibration(scorer: Scorer, tmp_path: Path) -> None:
    save_calibration(scorer.calibration, tmp_path / "own.json")
    data = json.loads((tmp_path / "own.json").read_text())
    (tmp_path / "own.json").write_text(json.dumps(data | {"dedup_calibration": 3, "deep": False}))
    with pytest.raises(InputError, match=f"of format 3, this version needs {FORMAT}: make it again"):
        load_calibration(tmp_path / "own.json")
    (tmp_path / "own.json").write_text(json.dumps(data | {"dedup_calibration": "x"}))
    with pytest.raises(InputError, match="not a calibration of this version"):
        load_calibration(tmp_path / "own.json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantiles", {}), ("quantiles", {"spun": [[0.0] * 15] * 3}), ("curves", None), ("shift", {"spun": ["a"] * 4}),
        ("prior", 0), ("prior", float("nan")), ("prior", True),
    ],
)  # fmt: skip
def test_a_calibration_that_cannot_be_used_is_named(scorer: Scorer, tmp_path: Path, field: str, value: object) -> None:
    save_calibration(scorer.calibration, tmp_path / "own.json")
    data = json.loads((tmp_path / "own.json").read_text())
    (tmp_path / "own.json").write_text(json.dumps(data | {field: value}))
    with pytest.raises((InputError, ConfigError), match="calibration"):
        Scorer(calibration=load_calibration(tmp_path / "own.json"))
