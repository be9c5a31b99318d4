"""Named columns: what stands where in a vector of features, a packed row or a table that kernels fill."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Columns(IntEnum):
    """The base of all declarations of columns: members count from 0 in the order in which they are declared.

    Compiled code may index with members as it stands. The order carries no meaning and may change at any time: files
    name columns, and `tests/test_columns.py` shuffles all declarations.
    """

    @staticmethod
    def _generate_next_value_(_name: str, _start: int, count: int, _last: list[Any]) -> int:
        return count

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the columns in lower case, in their order, as model files have them."""
        return tuple(member.name.lower() for member in sorted(cls))
