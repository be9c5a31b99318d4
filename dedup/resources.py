"""The only place that knows where `dedup/data` is: models, tables and templates that ship with the package."""

from __future__ import annotations

from pathlib import Path

_DATA = Path(__file__).parent / "data"


def resource(name: str) -> Path:
    """Return the path of a shipped file. It is a path because the largest of them is mapped into memory."""
    return _DATA / name
