"""Profiles: settings in a file, as the presets hold them. Public: `load_profile`, `save_profile`, `profile_of`.

A profile is JSON: `dedup_profile` (the version), `settings` (what differs from the defaults, the settings of a stage as
an object under its name), and `about`, which is for people. `judge.own` holds a model made by `dedup.tune`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from dedup.alignment import AlignConfig
from dedup.candidates.join import CandidateConfig
from dedup.checks import require
from dedup.config import DEFAULT, Config
from dedup.errors import ConfigError, InputError
from dedup.judge import JudgeConfig
from dedup.judge.own import OwnModel
from dedup.translation.config import TranslationConfig
from dedup.whole_files import whole_file

VERSION = 1
PARTS: dict[str, type] = {
    "candidates": CandidateConfig,
    "align": AlignConfig,
    "judge": JudgeConfig,
    "translation": TranslationConfig,
}
OWN = "own"


def profile_of(config: Config) -> dict[str, Any]:
    """Return the settings that differ from the defaults, as a profile has them."""
    return _changed(config, DEFAULT)


def _changed(settings: Any, usual: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields(settings):
        value, default = getattr(settings, field.name), getattr(usual, field.name)
        if value == default:
            continue
        if isinstance(value, OwnModel):
            found[field.name] = value.entry()
        elif is_dataclass(value):
            found[field.name] = _changed(value, default)
        else:
            found[field.name] = value.value if isinstance(value, Enum) else value
    return found


def save_profile(config: Config, path: str | os.PathLike[str], about: Mapping[str, Any] | None = None) -> None:
    """Write settings as a profile; `about` says how they were found. Raises `InputError` where it cannot be written."""
    require("save_profile", config, Config, "a dedup.Config")
    data = {"dedup_profile": VERSION, "settings": profile_of(config), "about": dict(about or {})}
    with whole_file(path) as out:
        out.write(json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n")


def load_profile(path: str | os.PathLike[str]) -> Config:
    """Return the settings of a profile.

    Raises:
        InputError: The file cannot be read, or is no profile.
        ConfigError: A setting is unknown, or out of its range.
        ModelMismatch: Its model was made for other features than this version has.

    >>> import dedup, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "strict.json")
    ...     dedup.save_profile(dedup.Config().replace(threshold=0.7), path)
    ...     dedup.load_profile(path).judge.threshold
    0.7
    """
    require("load_profile", path, (str, os.PathLike), "the path of a profile")
    where = os.fspath(path)
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: cannot be read as a profile ({error})") from None
    if not isinstance(data, dict) or not isinstance(data.get("settings"), dict):
        raise InputError(f"{where}: is no profile: it needs dedup_profile and settings")
    if data.get("dedup_profile") != VERSION:
        raise InputError(f"{where}: is a profile of version {data.get('dedup_profile')!r}, not {VERSION}")
    try:
        return _config(data["settings"], where)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _config(settings: Mapping[str, Any], where: str) -> Config:
    known = [field.name for field in fields(Config)]
    if unknown := [name for name in settings if name not in known]:
        raise ConfigError(f"there is no setting {', '.join(unknown)}; there are {', '.join(known)}")
    parts = {name: _part(name, settings[name], where) for name in PARTS if name in settings}
    return Config(**{**settings, **parts})


def _part(name: str, given: object, where: str) -> Any:
    if not isinstance(given, dict):
        raise ConfigError(f"{name} must be an object of settings")
    values, known = dict(given), [field.name for field in fields(PARTS[name])]
    if unknown := [key for key in values if key not in known]:
        raise ConfigError(f"{name} has no setting {', '.join(unknown)}; it has {', '.join(known)}")
    if values.get(OWN) is not None:
        values[OWN] = OwnModel.read(values[OWN], f"{where}, {name}.{OWN}")
    return PARTS[name](**values)
