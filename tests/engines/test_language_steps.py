"""What the driver of an engine past one machine does for translations."""

import pytest

import dedup
from dedup.errors import ConfigError

pa = pytest.importorskip("pyarrow")

from dedup.engines import language_steps as steps  # noqa: E402 - what comes without pyarrow was skipped above


def told(*rows):
    columns = zip(*rows, strict=True)
    return pa.table(dict(zip(steps.TOLD.names, map(list, columns), strict=True)), steps.TOLD)


def test_only_articles_with_a_counterpart_near_in_time_are_encoded():
    rows = told(
        ("d", "en", 3.0, False), ("a", "de", 1.0, True), ("c", "en", 90.0, False), ("b", "fr", None, False)
    )  # fmt: skip
    assert steps.worth(rows, dedup.Config()).column("id").to_pylist() == ["a", "b", "c", "d"]
    dated = rows.filter(pa.compute.is_valid(rows.column("day")))
    assert steps.worth(dated, dedup.Config()).column("id").to_pylist() == ["a", "d"]
    assert len(steps.worth(steps.TOLD.empty_table(), dedup.Config())) == 0


def test_more_articles_than_the_driver_takes_are_refused(monkeypatch):
    monkeypatch.setattr(steps, "MOST_SOUGHT", 1)
    with pytest.raises(ConfigError, match="2 articles have one of another language"):
        steps.worth(told(("a", "de", None, False), ("b", "en", None, False)), dedup.Config())
