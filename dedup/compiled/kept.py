"""The one line on standard error where compiled kernels cannot be kept on disk."""

from __future__ import annotations

import sys

_said: list[str] = []


def unkept(folder: str, reason: str) -> None:
    """Say, once in a process, that kernels are not kept and what that costs; they work all the same."""
    if not _said:
        _said.append(folder)
        sys.stderr.write(
            f"dedup: compiled kernels cannot be kept in {folder} ({reason}), so every run compiles them again; "
            "set NUMBA_CACHE_DIR to a folder that can be written\n"
        )
