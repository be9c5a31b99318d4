"""Versions of what the models depend on: the shipped ones were made with those of `versions.json`.

With others a retrained model may differ in its last digits, so that the chain says so before it begins.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

RECORD = Path(__file__).with_name("versions.json")
PACKAGES = ("numba", "numpy", "scikit-learn", "scipy")


def installed() -> dict[str, str]:
    """Return the versions of Python, without its last number, and of the packages that are installed."""
    return {"python": ".".join(platform.python_version_tuple()[:2])} | {name: version(name) for name in PACKAGES}


def differences(path: Path = RECORD) -> list[str]:
    """Return what is installed in another version than the shipped models were made with."""
    made: dict[str, str] = json.loads(path.read_text("utf-8"))
    return [
        f"{name} {own}: the shipped models were made with {made.get(name)}"
        for name, own in installed().items()
        if own != made.get(name)
    ]


def record(path: Path = RECORD) -> None:
    """Write the installed versions as those that the models were made with."""
    path.write_text(json.dumps(installed(), indent=1, sort_keys=True) + "\n", "utf-8")
