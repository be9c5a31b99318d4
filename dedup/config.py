"""The settings of a scan: those of the pipeline, and the one of each stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from dedup.alignment import AlignConfig
from dedup.candidates.join import CandidateConfig
from dedup.checks import NOT_NEGATIVE, SHARE, check_settings, checked_choice, checked_part, require, shown
from dedup.errors import ConfigError
from dedup.judge import JudgeConfig
from dedup.translation.config import TranslationConfig

Part = TypeVar("Part", CandidateConfig, AlignConfig, JudgeConfig, TranslationConfig)


class Level(StrEnum):
    """How far a scan goes."""

    NEAR = "near"  # exact copies and near-duplicates by their signatures, nothing aligned
    FULL = "full"  # all kinds, aligned and judged, and a score for every article


class Pairs(StrEnum):
    """What becomes of the many matches that say one and the same thing."""

    COUNTED = "counted"  # they are counted; what they say is said once
    ALL = "all"  # each is a match of its own, too


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a scan; the defaults are what `benchmarks/README.md` measures.

    Parameters:
        level: `Level.FULL` or "full" finds all kinds of copies; `Level.NEAR` or "near" only exact copies and
            near-duplicates, much faster, with nothing aligned and no scores.
        workers: Processes and threads, 0 for one for each processor. They never change a result.
        candidates: Which pairs are looked at (`CandidateConfig`).
        align: How passages are found (`AlignConfig`).
        judge: Which pair is called what (`JudgeConfig`); `judge.threshold` is the least probability of a copy.
        scores: Whether a scan at level full gives each article its score.
        templates: What becomes of the pairs of articles on different events in one wording: "counted" (the default)
            reports them once, as a template, "all" also pair by pair.
        site_text: What becomes of the pairs within one site that share only captions, teasers and paragraphs which the
            site repeats: "counted" (the default) or "all".
        near_resemblance: Least estimated resemblance of the word 5-grams, 0 to 1, at which level near calls two
            articles near-duplicates.
        languages: Whether translations are looked for at level full, which needs the extra `languages`; None (the
            default) for wherever that is installed.
        translation: When a pair of two languages is called a translation (`TranslationConfig`).

    Level near asks no judge: it takes neither a threshold nor `related`.

    `replace` gives a copy with some settings changed:

    >>> import dedup
    >>> config = dedup.Config(site_text="all", workers=1)
    >>> config.replace(threshold=0.9, align={"reach": 40}).judge.threshold
    0.9

    Raises `ConfigError`, naming the setting and its range.
    """

    level: Level = Level.FULL  # or its value as a string
    workers: int = 0
    candidates: CandidateConfig = field(default_factory=CandidateConfig)
    align: AlignConfig = field(default_factory=AlignConfig)
    judge: JudgeConfig = field(default_factory=JudgeConfig)
    scores: bool = True  # whether a scan at level full gives each article its score
    templates: Pairs = Pairs.COUNTED  # or its value as a string
    site_text: Pairs = Pairs.COUNTED  # or its value as a string
    # Of 200 pairs at .5 and more some are templates and stubs with long boilerplate, which a full scan calls no copies;
    # at .75 none is (benchmarks/quality/background.py).
    near_resemblance: float = 0.75
    languages: bool | None = None
    translation: TranslationConfig = field(default_factory=TranslationConfig)

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", checked_choice("level", self.level, Level))
        for name in ("templates", "site_text"):
            object.__setattr__(self, name, checked_choice(name, getattr(self, name), Pairs))
        check_settings(self, {"workers": NOT_NEGATIVE, "near_resemblance": SHARE})
        checked_part("candidates", self.candidates, CandidateConfig)
        checked_part("align", self.align, AlignConfig)
        checked_part("judge", self.judge, JudgeConfig)
        checked_part("translation", self.translation, TranslationConfig)
        if self.languages not in (None, True, False):
            raise ConfigError(f"languages must be True, False or None, not {shown(self.languages)}")
        if self.level is Level.NEAR:
            usual = JudgeConfig()
            _refuse_at_near(
                threshold=self.judge.threshold != usual.threshold, related=self.judge.related != usual.related
            )

    @staticmethod
    def preset(name: str) -> Config:
        """Return the settings of a name: "balanced" (the defaults), "near", "thorough" or "no-scores".

        "near" is level near; "thorough" looks at about three times as many pairs, for rewrites that share few words;
        "no-scores" finds the same copies and gives no scores of articles. Raises `ConfigError`.
        """
        if name not in PRESETS:
            raise ConfigError(f"preset must be {' or '.join(map(repr, PRESETS))}, not {name!r}")
        return PRESETS[name]()

    def replace(
        self,
        *,
        level: Level | str | None = None,
        workers: int | None = None,
        threshold: float | None = None,
        related: bool | None = None,
        candidates: CandidateConfig | Mapping[str, Any] | None = None,
        align: AlignConfig | Mapping[str, Any] | None = None,
        judge: JudgeConfig | Mapping[str, Any] | None = None,
        templates: Pairs | str | None = None,
        site_text: Pairs | str | None = None,
        near_resemblance: float | None = None,
        languages: bool | None = None,
        translation: TranslationConfig | Mapping[str, Any] | None = None,
    ) -> Config:
        """Return these settings with some of them changed; what is not given, or None, stays.

        `threshold` and `related` are those of `judge`. The settings of a stage are given whole, or as a mapping of
        those that change: `config.replace(align={"reach": 40})`. Raises `ConfigError`, also where `threshold` or
        `related` is given for level near.
        """
        level = self.level if level is None else checked_choice("level", level, Level)
        if level is Level.NEAR:
            _refuse_at_near(threshold=threshold is not None, related=bool(related))
        verdict = _changed("judge", self.judge, judge)
        given = {"threshold": threshold, "related": related}
        return Config(
            level=level,
            workers=self.workers if workers is None else workers,
            scores=self.scores,
            candidates=_changed("candidates", self.candidates, candidates),
            align=_changed("align", self.align, align),
            judge=_changed("judge", verdict, {name: value for name, value in given.items() if value is not None}),
            templates=self.templates if templates is None else checked_choice("templates", templates, Pairs),
            site_text=self.site_text if site_text is None else checked_choice("site_text", site_text, Pairs),
            near_resemblance=self.near_resemblance if near_resemblance is None else near_resemblance,
            languages=self.languages if languages is None else languages,
            translation=_changed("translation", self.translation, translation),
        )


def _refuse_at_near(**given: bool) -> None:
    """Raise `ConfigError` for settings of the judge that are given although level near does not ask it."""
    if names := [name for name, is_given in given.items() if is_given]:
        raise ConfigError(
            f"{' and '.join(names)} need level full: level near goes by resemblance alone, set by near_resemblance"
        )


DEFAULT = Config()  # made once: checking all settings takes as long as aligning a short pair
PRESETS: dict[str, Callable[[], Config]] = {
    "near": lambda: Config(level=Level.NEAR),
    "balanced": Config,
    "thorough": lambda: Config(candidates=CandidateConfig(shared=2, rarity=0.0, window=48, best=30)),
    "no-scores": lambda: Config(scores=False),
}


def _changed(name: str, part: Part, change: Part | Mapping[str, Any] | None) -> Part:
    """Return the settings of a stage, changed by what `Config.replace` was given for it."""
    if not change:
        return part
    if not isinstance(change, Mapping):
        return change
    known = [own.name for own in fields(part)]
    if unknown := [str(key) for key in change if key not in known]:
        raise ConfigError(f"{name} has no setting {', '.join(unknown)}; it has {', '.join(known)}")
    return replace(part, **change)


def settings(
    call: str,
    config: Config | None,
    *,
    level: Level | str | None = None,
    workers: int | None = None,
    threshold: float | None = None,
    related: bool | None = None,
    templates: Pairs | str | None = None,
    site_text: Pairs | str | None = None,
    languages: bool | None = None,
) -> Config:
    """Return the settings of a call, from its `config` and the keywords that change it.

    Raises `UsageError` where `config` is something else, `ConfigError` for a value out of its range.
    """
    config = DEFAULT if config is None else config
    require(call, config, Config, "a dedup.Config as its config", "settings such as threshold=0.9 go by keyword")
    return config.replace(
        level=level, workers=workers, threshold=threshold, related=related, templates=templates, site_text=site_text,
        languages=languages,
    )  # fmt: skip
