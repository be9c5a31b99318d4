"""What callers give wrong: settings and records, each refused with a word on what would be right."""

import math
from dataclasses import fields
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from dedup.alignment import AlignConfig
from dedup.candidates.join import CandidateConfig
from dedup.checks import EMPTY, Range, shown, unfit
from dedup.config import Config, settings
from dedup.errors import ConfigError, UsageError
from dedup.judge import JudgeConfig
from dedup.read import Fields, ReadOptions
from dedup.records import Article

NUMBERS = [
    (kind, field.name)
    for kind in (AlignConfig, CandidateConfig, JudgeConfig, ReadOptions, Config)
    for field in fields(kind)
    if field.type in ("int", "float")
]
SWITCHES = [(AlignConfig, "summaries"), (JudgeConfig, "related"), (ReadOptions, "full_names")]


class TestSettings:
    @pytest.mark.parametrize(("kind", "name"), NUMBERS)
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1", None, True, -1, [1], Decimal(1), 10**400])
    def test_a_number_is_a_finite_number_in_its_range(self, kind, name, value):
        with pytest.raises(ConfigError, match=f"^{name} must be "):
            kind(**{name: value})

    @pytest.mark.parametrize(("kind", "name"), SWITCHES)
    @pytest.mark.parametrize("value", [1, 0, "yes", None])
    def test_a_switch_is_true_or_false(self, kind, name, value):
        with pytest.raises(ConfigError, match=f"^{name} must be True or False"):
            kind(**{name: value})

    def test_numbers_of_other_libraries_become_plain_ones(self):
        judge = JudgeConfig(threshold=np.float32(0.5), partial_words=np.int64(50))
        assert (type(judge.threshold), type(judge.partial_words)) == (float, int)
        assert type(AlignConfig(locality=16).locality) is float

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (lambda: JudgeConfig(threshold=2), "threshold must be 0 to 1, not 2"),
            (lambda: AlignConfig(alpha=1.0), "alpha must be 0 to 1, ends excluded, not 1.0"),
            (lambda: CandidateConfig(band_rows=5), "band_rows must divide the 128 slots"),
            (lambda: ReadOptions(format="pdf"), "format must be 'auto' or 'jsonl' or 'json'"),
            (lambda: ReadOptions(fields={"text": "body"}), "fields must be a dedup.Fields, not a dict"),
            (lambda: ReadOptions(leave_out="out"), "leave_out must be a tuple"),
            (lambda: ReadOptions(fields=Fields(text="")), "fields.text must name"),
            (lambda: Fields(title=7), "fields.title must be the name of a field"),
            (lambda: Config(level="fast"), "level must be 'near' or 'full', not 'fast'"),
            (lambda: Config(judge=0.9), "judge must be a dedup.JudgeConfig, not 0.9"),
            (lambda: Config().replace(align={"breadth": 3}), "align has no setting breadth; it has seed_cosine, "),
        ],
    )
    def test_messages_name_the_setting_and_its_range(self, wrong, message):
        with pytest.raises(ConfigError) as raised:
            wrong()
        assert str(raised.value).startswith(message)
        assert isinstance(raised.value, ValueError)

    def test_ranges_in_words(self):
        assert str(Range(0, 1)) == "0 to 1"
        assert str(Range(1)) == "1 or more"
        assert str(Range(0, ends=False)) == "more than 0"


class TestConfig:
    def test_a_level_by_its_name(self):
        assert Config(level="near") == Config().replace(level="near")
        assert Config(level="near").level.name == "NEAR"

    def test_replace_reaches_every_stage(self):
        config = Config(workers=3).replace(threshold=0.9, related=True, align={"reach": 40}, candidates={"best": 5})
        assert (config.workers, config.judge) == (3, JudgeConfig(threshold=0.9, related=True))
        assert (config.align, config.candidates) == (AlignConfig(reach=40), CandidateConfig(best=5))
        assert config.replace(judge=JudgeConfig()).judge.threshold == JudgeConfig().threshold
        assert config.replace() == config

    def test_keywords_change_the_settings_of_a_call(self):
        assert settings("scan", Config(workers=3), threshold=0.9) == Config(workers=3).replace(threshold=0.9)
        assert settings("scan", None) == Config()
        with pytest.raises(UsageError, match=r"scan takes a .* as its config, not a dict"):
            settings("scan", {"threshold": 0.9})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("article", "reason"),
    [
        (Article("", "x"), "the id is empty"),
        (Article(None, "x"), "the id is None, not a string"),
        (Article(7, "x"), "the id is int, not a string"),
        (Article("a", None), "the text is None, not a string"),
        (Article("a", b"x"), "the text is bytes, not a string"),
        (Article("a", ""), EMPTY),
        (Article("a", " \n\u2003"), EMPTY),
        (Article("a", "x", title=5), "the title is int, not a string"),
        (Article("a", "x", published="2030-01-01"), "the field published is str, not a datetime"),
        (Article("a", "x", published=date(2030, 1, 1)), "the field published is date, not a datetime"),
        (Article("a\ud800", "\udfff"), None),
    ],
)
def test_unfit_articles(article, reason):
    assert unfit(article) == reason


def test_wrong_values_are_shown_in_short():
    assert [shown(v) for v in ("x", 2, None, b"x", [1], "y" * 100)] == ["'x'", "2", "None", "bytes", "a list", "a str"]
