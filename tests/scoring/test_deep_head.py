"""The deeper head: spun text scores higher with it, it belongs to its head, features and calibration."""

import json
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import pytest

from dedup.errors import ConfigError, InputError, ModelMismatch
from dedup.findings.finder import Finder
from dedup.language.language_model import read
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.resources import resource
from dedup.scoring import Scorer, calibrated, load_calibration, save_calibration, shipped_background, shipped_deep
from dedup.scoring.deep_head import load_deep
from dedup.scoring.features import describe
from dedup.scoring.heads import shipped_model
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN


def test_spun_news_scores_higher_and_clean_news_does_not() -> None:
    plain, deep = Scorer(), Scorer(deep=shipped_deep())
    for scorer in (plain, deep):
        clean, spun = (scorer(tokenise(text), text) for text in (CLEAN, SPUN))
        assert spun.percentiles["spun"] > 99
        assert spun.parts["spun"] > 0.5
        assert clean.percentiles["spun"] < 95
    parts = [scorer(tokenise(CLEAN), CLEAN).parts for scorer in (plain, deep)]
    assert {k: v for k, v in parts[0].items() if k != "spun"} == {k: v for k, v in parts[1].items() if k != "spun"}


def test_the_value_is_linear_in_the_features() -> None:
    deep, model, tokens = shipped_deep(), shipped_model(), tokenise(SPUN)
    frequent = Finder(shipped_background(), shipped_synonyms()).frequent
    reading = read(tokens, shipped_background(), shipped_synonyms(), frequent, model.spared)
    description = describe(reading, tokens, model.function_words, shipped_background().words)
    lists = (model.function_words, model.spared)
    more = deep.added(reading, description, tokens, *lists)
    values = [s.measure(tokens, SPUN).values["spun"] for s in (Scorer(), Scorer(deep=deep))]
    assert values[1] - values[0] == pytest.approx(more)
    assert more > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature_version": "context-0"}, "trained on features 'context-0'"),
        ({"weights": {"oddness": 1.0}}, "names columns that this version does not compute: oddness"),
        ({"over": {}}, "made over another head 'spun'"),
    ],
)
def test_a_head_of_other_features_or_over_another_head_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    for name in ("score.json", "context_model.npz"):
        copy(resource(name), tmp_path)
    data = json.loads(resource("context_model.json").read_text("utf-8"))
    (tmp_path / "context_model.json").write_text(json.dumps(data))
    assert load_deep(tmp_path, shipped_synonyms()).bias == shipped_deep().bias
    (tmp_path / "context_model.json").write_text(json.dumps(data | change))
    with pytest.raises(ModelMismatch, match=message):
        load_deep(tmp_path, shipped_synonyms())


def test_a_folder_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_deep(tmp_path, shipped_synonyms())


def test_a_calibration_belongs_to_the_head_that_it_was_made_with(tmp_path: Path) -> None:
    rng, deep = Random(1), Scorer(deep=shipped_deep())
    sentences = CLEAN.replace("\n", " ").split(". ")
    texts = [". ".join(rng.sample(sentences, len(sentences))) for _ in range(40)]
    fitted, _ = calibrated([(tokenise(text), text) for text in texts], deep)
    save_calibration(fitted, tmp_path / "own.json")
    again = load_calibration(tmp_path / "own.json")
    assert again == fitted
    assert Scorer(calibration=again, deep=shipped_deep()).calibration.deep
    with pytest.raises(ConfigError):
        Scorer(calibration=again)
    with pytest.raises(ConfigError):
        Scorer(calibration=Scorer().calibration, deep=shipped_deep())
