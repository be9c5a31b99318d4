"""How far a long call is: stages tell here, and whoever wants to know watches. Nothing is done where nobody does.

Public: `Watcher`, `watched`, `begin`, `advance`, `warn`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Watcher(Protocol):
    """What is told of stages."""

    def begin(self, stage: str, total: int | None) -> None:
        """Take note that a stage begins, or that it is known by now how many things it has to do."""

    def advance(self, count: int) -> None:
        """Take note that so many more things of the stage are done."""

    def message(self, text: str) -> None:
        """Say something that the user should know and that is no error."""


_watcher: Watcher | None = None


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell a watcher of all stages inside the block."""
    global _watcher  # noqa: PLW0603 - one for the process: stages deep inside a call tell it how far they are
    before, _watcher = _watcher, watcher
    try:
        yield
    finally:
        _watcher = before


def begin(stage: str, total: int | None = None) -> None:
    """Say that a stage begins."""
    if _watcher is not None:
        _watcher.begin(stage, total)


def advance(count: int = 1) -> None:
    """Say that some things of the stage are done."""
    if _watcher is not None:
        _watcher.advance(count)


def warn(text: str) -> None:
    """Say what the user should know: to who watches, else as a warning of Python."""
    if _watcher is not None:
        _watcher.message(text)
    else:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
