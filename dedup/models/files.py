"""Model files: JSON that names its columns and the version of the features it was trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.errors import InputError, ModelMismatch


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a model file. Raises `InputError` where it cannot be read as one."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as a model: {error}") from error
    if not isinstance(data, dict):
        raise InputError(f"{path}: cannot be read as a model: it holds no JSON object")
    return data


def check_version(entry: Mapping[str, Any], version: str, where: str) -> None:
    """Raise `ModelMismatch` unless a model was trained on this version of the features, such as "pair-1".

    A version is raised whenever a feature comes to mean something else under the same name.
    """
    found = entry.get("feature_version")
    if found != version:
        raise ModelMismatch(
            f"{where}: trained on features {found!r}, this version computes {version!r}: train it again"
        )


def positions(names: Iterable[str], columns: tuple[str, ...], where: str) -> NDArray[np.intp]:
    """Return where the columns that a model names stand in `columns`. Raises `ModelMismatch` naming the unknown
    ones."""
    wanted = list(names)
    unknown = sorted(set(wanted) - set(columns))
    if unknown:
        raise ModelMismatch(f"{where}: names columns that this version does not compute: {', '.join(unknown)}")
    return np.array([columns.index(name) for name in wanted], np.intp)
