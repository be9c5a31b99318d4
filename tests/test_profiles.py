"""Profiles: settings in a file."""

import json

import pytest

import dedup
from dedup.judge.own import OwnModel

OWN = OwnModel(0.25, (("log_odds", 0.5, 2.0, 1.5), ("stems_max", 0.4, 0.2, -0.75)))
CHANGED = dedup.Config().replace(
    threshold=0.7, align={"reach": 40}, candidates={"shared": 2}, judge={"own": OWN}, templates="all"
)


@pytest.mark.parametrize(
    "config", [dedup.Config(), CHANGED, *map(dedup.Config.preset, ("near", "thorough", "no-scores"))]
)
def test_what_is_written_is_read(config, tmp_path):
    dedup.save_profile(config, tmp_path / "own.json", {"by": "me"})
    assert dedup.load_profile(tmp_path / "own.json") == config


def test_only_what_differs_is_written(tmp_path):
    dedup.save_profile(dedup.Config().replace(threshold=0.7), tmp_path / "own.json")
    assert json.loads((tmp_path / "own.json").read_text("utf-8"))["settings"] == {"judge": {"threshold": 0.7}}


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("{", dedup.InputError, "cannot be read as a profile"),
        ("[]", dedup.InputError, "is no profile"),
        ('{"dedup_profile": 2, "settings": {}}', dedup.InputError, "of version 2, not 1"),
        ('{"dedup_profile": 1, "settings": {"treshold": 1}}', dedup.ConfigError, "there is no setting treshold"),
        (
            '{"dedup_profile": 1, "settings": {"judge": {"treshold": 1}}}',
            dedup.ConfigError,
            "judge has no setting treshold",
        ),
        (
            '{"dedup_profile": 1, "settings": {"judge": {"threshold": 7}}}',
            dedup.ConfigError,
            "threshold must be 0 to 1",
        ),
        ('{"dedup_profile": 1, "settings": {"judge": 7}}', dedup.ConfigError, "judge must be an object"),
        ('{"dedup_profile": 1, "settings": {"judge": {"own": {}}}}', dedup.ModelMismatch, "no model of the judge"),
    ],
)
def test_what_is_no_profile(text, error, told, tmp_path):
    path = tmp_path / "own.json"
    path.write_text(text, "utf-8")
    with pytest.raises(error, match=told):
        dedup.load_profile(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"feature_version": "pair-0"}, "pair-0"),
        ({"features": {"nothing_known": {"mean": 0, "scale": 1, "weight": 1}}}, "nothing_known"),
        ({"intercept": float("nan")}, "must be finite"),
        ({"features": {"log_odds": {"mean": 0, "scale": 0, "weight": 1}}}, "scales above 0"),
    ],
)
def test_a_model_of_other_features_is_refused(change, told, tmp_path):
    entry = OWN.entry() | change
    profile = {"dedup_profile": 1, "settings": {"judge": {"own": entry}}}
    (tmp_path / "own.json").write_text(json.dumps(profile), "utf-8")
    with pytest.raises(dedup.ModelMismatch, match=told):
        dedup.load_profile(tmp_path / "own.json")


def test_a_model_is_no_number():
    with pytest.raises(dedup.ConfigError, match="own must be"):
        dedup.Config().replace(judge={"own": 7})
