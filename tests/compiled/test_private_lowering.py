"""Arrays and variables, written in fewer lines than numba's: the same results for every layout, index and type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from dedup.compiled.decorators import borrowing_kernel, kernel

_PLAIN: Any = njit


@kernel
def _read(values: Any, at: Any) -> Any:
    return values[at], values[-1], values[0], values.shape[0], len(values)


@kernel
def _read_rows(rows: Any, i: Any, j: Any) -> Any:
    return rows[i, j], rows[-1, j], rows[i][j], rows[i, -2], rows.shape


@kernel
def _write(rows: Any, i: Any, j: Any, value: Any) -> None:
    rows[i, j] = value
    rows[-1, 0] += 1
    rows[0][j] = rows[i, j]


@borrowing_kernel
def _lives(values: Any, most: Any) -> Any:
    """Variables that are assigned once, before a loop, inside it, and on some ways only."""
    first, size = values[0], len(values)
    best, found = first, -1
    for i in range(size):
        here = values[i]
        if here > first:
            gain = here - first
            if gain > best:
                best, found = gain, i
        if i == most:
            break
        last = i + size
        while last > i + most:
            last -= 1
        found = max(found, last - most)
    return first, size, best, found


def _layouts(rows: Any) -> list[Any]:
    """The same rows without gaps, as every second row and third column of others, and by columns."""
    wide = np.zeros((2 * len(rows), 3 * rows.shape[1]), rows.dtype)
    wide[::2, 1::3] = rows
    return [rows.copy(), wide[::2, 1::3], np.asfortranarray(rows)]


ROWS = np.array([[3, 1, 200, 7], [0, 255, 2, 9], [5, 6, 1, 0]])
TYPES = [np.uint8, np.int32, np.uint64, np.float32, np.bool_]


def _are_those_of_numpy(rows: Any, at: Any) -> None:
    values, column = rows[0], int(at) % 3
    assert _read(values, at) == (values[at], values[-1], values[0], 4, 4)
    single = rows[at, column], rows[-1, column], rows[at][column], rows[at, -2]
    assert _read_rows(rows, at, column) == (*single, (3, 4))


@pytest.mark.parametrize("kind", TYPES)
def test_elements_are_those_of_numpy(kind: Any) -> None:
    for rows in _layouts(ROWS.astype(kind)):
        _are_those_of_numpy(rows, 1)
        _are_those_of_numpy(rows, -2)


@pytest.mark.parametrize("at", [np.int32(-1), np.uint8(2), np.uint64(1)])
def test_an_index_may_be_of_any_width(at: Any) -> None:
    _are_those_of_numpy(ROWS.copy(), at)


@pytest.mark.parametrize("kind", TYPES[:-1])
def test_elements_are_set_as_numpy_sets_them(kind: Any) -> None:
    for rows in _layouts(ROWS.astype(kind)):
        expected = rows.copy()
        _write(rows, -2, 3, 41)
        _write.py_func(expected, -2, 3, kind(41))
        assert np.array_equal(rows, expected)


def test_a_view_that_cannot_be_written_is_read() -> None:
    rows = ROWS.copy()
    rows.flags.writeable = False
    assert _read_rows(rows, 1, 2)[0] == 2


@pytest.mark.parametrize("most", [0, 1, 3, 9])
def test_variables_keep_their_values_on_every_way(most: int) -> None:
    for values in (ROWS.ravel(), ROWS.ravel()[::-1], ROWS[1]):
        assert _lives(values, most) == _lives.py_func(values, most) == _PLAIN(_lives.py_func)(values, most)
