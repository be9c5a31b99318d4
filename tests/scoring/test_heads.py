"""The heads: their file is readable text that names its features, and another one is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedup.errors import InputError, ModelMismatch
from dedup.records import Finding
from dedup.resources import resource
from dedup.scoring.calibration import BANDS, PERCENTILES
from dedup.scoring.features import Description
from dedup.scoring.hashed_features import CELLS
from dedup.scoring.heads import finding_rates, load_model, pack, unpack
from dedup.scoring.numeric_features import Numeric


def shipped() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resource("score.json").read_text("utf-8"))
    return data


def written(data: dict[str, Any], folder: Path) -> Path:
    path = folder / "score.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_hashed_weights_survive_their_text() -> None:
    weights = np.linspace(-3, 2, CELLS).astype(np.float32)
    again = unpack(json.loads(json.dumps(pack(weights))), "here")
    assert again is not None
    assert np.abs(again - weights).max() <= 3 / 127 / 2 + 1e-6
    assert unpack(None, "here") is None


def test_hashed_weights_of_another_number_are_refused() -> None:
    with pytest.raises(ModelMismatch, match=f"here: has {CELLS // 2} hashed weights"):
        unpack(pack(np.ones(CELLS // 2, np.float32)), "here")


def test_the_shipped_model_is_readable_text() -> None:
    data = shipped()
    assert set(data["features"]) == set(data["columns"]) == set(Numeric.names())
    assert set(data["heads"]) == {"spun", "corrupted", "llm", "translated", "tampered"}
    for bands in data["calibration"]["quantiles"].values():
        assert len(bands) == len(BANDS)
        assert all(len(q) == len(PERCENTILES) and q == sorted(q) for q in bands)


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="trained on features 'article-0'"):
        load_model(written(shipped() | {"feature_version": "article-0"}, tmp_path))


@pytest.mark.parametrize("part", ["numeric", "limits"])
def test_a_head_with_a_weight_for_an_unknown_feature_is_refused(part: str, tmp_path: Path) -> None:
    data = shipped()
    data["heads"]["spun"][part]["oddness"] = 1.0
    with pytest.raises(ModelMismatch, match="spun: names columns that this version does not compute: oddness"):
        load_model(written(data, tmp_path))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "score.json").write_text("[]")
    with pytest.raises(InputError):
        load_model(tmp_path / "score.json")


def test_the_order_in_which_a_file_names_its_features_changes_nothing(tmp_path: Path) -> None:
    data = shipped()
    usual = load_model(resource("score.json"))
    turned = load_model(written(data | {"columns": data["columns"][::-1]}, tmp_path))
    rng = np.random.default_rng(1)
    numeric, hashed = rng.standard_normal(len(Numeric)).astype(np.float32), np.zeros(CELLS, np.float32)
    description = Description(numeric, hashed, hashed, 300)
    assert turned.raw(description, {}) == pytest.approx(usual.raw(description, {}), rel=1e-5)


def finding(kind: str, strong: bool) -> Finding:
    return Finding(kind, (0, 3), "the", None, "twice", strong)


def test_rates_count_by_kind_and_strength() -> None:
    rates = finding_rates([finding("doubled", True), finding("doubled", False), finding("name", True)], 200)
    assert rates == {"doubled": 4.0, "doubled.strong": 2.0, "doubled.weak": 2.0, "name": 2.0, "name.strong": 2.0}
