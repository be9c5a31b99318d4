"""Models as data: columns by name, versions, logistic regressions and trees."""

import numpy as np
import pytest

from dedup.errors import InputError, ModelMismatch
from dedup.models import Columns, Logistic, Trees, read_json


class Shape(Columns):
    WIDTH = 0
    HEIGHT = 1


ENTRY = {
    "feature_version": "shape-1",
    "intercept": 0.5,
    "features": {
        "height": {"mean": 1.0, "scale": 2.0, "weight": 3.0},
        "width": {"mean": 0.0, "scale": 1.0, "weight": -1.0},
    },
}
STUMP = {
    "feature_version": "shape-1",
    "features": ["width", "height"],
    "bias": 0.25,
    "trees": [[[1, 2.0, 1, 2, 0], [0, 0, -1, -1, -1.0], [0, 0, -1, -1, 1.0]]],
}


def test_no_trees_give_the_bias() -> None:
    assert Trees.of([], 0.5, []).log_odds(np.zeros((3, 2), np.float32)).tolist() == [0.5, 0.5, 0.5]


def test_columns_count_from_nought_and_are_named_in_lower_case() -> None:
    assert Shape.names() == ("width", "height")
    assert list(Shape) == [0, 1]


@pytest.mark.parametrize("columns", [("width", "height"), ("height", "depth", "width")])
def test_a_regression_finds_its_columns_by_name(columns: tuple[str, ...]) -> None:
    values = {"width": 2.0, "height": 5.0, "depth": 7.0}
    row = np.array([values[name] for name in columns])
    model = Logistic.read(ENTRY, columns, "shape-1", "here")
    odds = 0.5 + 3.0 * (5.0 - 1.0) / 2.0 - 2.0
    assert float(model.logit(row)) == pytest.approx(odds)
    assert model.probability(np.stack([row, row])) == pytest.approx([1 / (1 + np.exp(-odds))] * 2)


def test_trees_find_their_columns_by_name() -> None:
    rows = np.array([[1.0, 2.0], [1.0, 2.5]], np.float32)
    assert Trees.read(STUMP, ("width", "height"), "shape-1", "here").log_odds(rows).tolist() == [-0.75, 1.25]
    turned = np.ascontiguousarray(rows[:, ::-1])
    assert Trees.read(STUMP, ("height", "width"), "shape-1", "here").log_odds(turned).tolist() == [-0.75, 1.25]


@pytest.mark.parametrize("read", [Logistic.read, Trees.read])
def test_what_does_not_fit_is_named(read: object) -> None:
    entry = STUMP if read is Trees.read else ENTRY
    with pytest.raises(ModelMismatch, match=r"there.*'shape-1'.*'shape-2'"):
        read(entry, ("width", "height"), "shape-2", "there")  # type: ignore[operator]
    with pytest.raises(ModelMismatch, match=r"there.*width"):
        read(entry, ("height",), "shape-1", "there")  # type: ignore[operator]


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff"])
def test_a_file_that_is_no_model_is_refused(tmp_path, content: bytes) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.json"):
        read_json(path)
