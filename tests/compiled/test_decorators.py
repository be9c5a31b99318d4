"""Kernels and helpers: same results as their Python, whatever they call; what compiling leaves behind."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from numba import njit, types
from numba.core.errors import TypingError

from dedup.compiled.decorators import KNOWN, borrowing, borrowing_kernel, helper, helper_maker, kernel, kernel_maker
from dedup.compiled.private_numba import Helper

_PLAIN: Any = njit  # keeps nothing on disk
OURS = pytest.mark.skipif(not KNOWN, reason="numba's own way of compiling")


def _plain_square(value: Any) -> Any:
    return value * value


@borrowing
def _square(value: Any) -> Any:
    return value * value


@helper
def _squares(values: Any) -> Any:
    squares = np.empty_like(values)
    for i in range(len(values)):
        squares[i] = _square(values[i])
    return squares


@helper
def _positive(value: Any) -> Any:
    if value < 0:
        raise ValueError("less than nothing")
    return value


@kernel
def _sum_of_squares(values: Any) -> Any:
    total = values[0] * 0
    for square in _squares(values):
        total += _positive(square)
    return total


@kernel
def _roots(values: Any) -> Any:
    return [np.sqrt(_positive(value)) for value in values]


@borrowing_kernel
def _square_of(value: Any) -> Any:
    return _square(value)


@borrowing
def _times(value: Any, factor: Any) -> Any:
    return value * factor


@kernel
def _multiples(values: Any) -> Any:
    return _times(values[0], 2), _times(values[0], 3), _times(7, 2), _times(values[0], len(values))


@kernel
def _ill_typed(value: Any) -> Any:
    return _square(value) + "1"


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.uint64])
def test_helpers_of_helpers_compute_what_they_say(kind: type[np.generic]) -> None:
    values = np.arange(1, 50).astype(kind)
    assert _sum_of_squares(values) == sum(int(value) ** 2 for value in values)
    assert _square_of(values[6]) == 49


def test_errors_of_helpers_reach_the_caller() -> None:
    assert _roots(np.array([4, 9])) == [2.0, 3.0]
    with pytest.raises(ValueError, match="less than nothing"):
        _roots(np.array([4, -9]))


@pytest.mark.parametrize("collecting", [True, False])
def test_compiling_leaves_collections_as_they_were(collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        with pytest.raises(TypingError):
            _ill_typed(1)
        assert gc.isenabled() == collecting
        assert _square_of(np.float32(3) if collecting else np.int8(3)) == 9
        assert gc.isenabled() == collecting
    finally:
        (gc.enable if before else gc.disable)()


@OURS
def test_helpers_are_compiled_once_for_constants_and_integers() -> None:
    largest = 2**31 - 1
    found = _PLAIN(_multiples.py_func)(np.full(5, largest, np.int32))
    assert found == (2 * largest, 3 * largest, 14, 5 * largest)
    assert list(_times.overloads) == [(types.int64, types.int64)]


@kernel
def _cube(value: Any) -> Any:
    return value * _square(value)


@kernel
def _sixth_power(value: Any) -> Any:
    return _square(_cube(value))


@OURS
def test_a_kernel_of_a_kernel_is_compiled_for_python_only_where_python_calls_it() -> None:
    assert _sixth_power(2) == 64
    assert not _cube.overloads
    assert _cube(2) == 8
    assert list(_cube.overloads) == [(types.int64,)]


@OURS
def test_python_cannot_call_helpers() -> None:
    with pytest.raises(TypeError, match="only compiled functions call _square"):
        _square(2)


def test_helpers_of_numbas_own_way_survive_a_call_from_python() -> None:
    assert helper_maker(False, _nrt=False)(_plain_square)(2) == 4


@OURS
def test_helpers_are_compiled_without_machine_code() -> None:
    assert _has_machine_code(_PLAIN(_square.py_func))
    assert not _has_machine_code(borrowing(_square.py_func))


def _has_machine_code(function: Any) -> bool:
    function.compile((types.int64,))
    library = function.overloads[types.int64,].library
    names = [symbol.name for symbol in library.get_defined_functions()]
    assert names
    return any(library.get_pointer_to_function(name) for name in names)


@pytest.mark.parametrize("known", [True, False])
def test_a_numba_of_another_version_compiles_in_its_own_way(known: bool) -> None:
    inner, outer = helper_maker(known), kernel_maker(known, _nrt=False)
    square = inner(_square.py_func)

    def cube(value: Any) -> Any:
        return value * square(value)

    assert outer(cube)(7) == 343
    assert isinstance(square, Helper) == known
