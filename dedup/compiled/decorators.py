"""How functions are compiled: `kernel` for those that Python calls, `helper` and its kin for those that kernels call.

Only kernels are kept on disk; one that another kernel calls is a helper to it. What numba is made to do beyond its
documented interface stands in `private_numba` and `private_lowering` and holds for the versions that were tried; with
any other version the decorators are numba's own, and compiling takes longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from numba import jit, version_info

from dedup.compiled.kept import unkept

# Names for the types of compiled code, which no annotation can hold to: numba infers them.
Int = Any  # int64
Bits = Any  # uint64
Array = Any
Address = Any  # int64, from `address_of`
# The fields of a struct (NamedTuple) as a plain tuple, of which a kernel makes the struct again: at each call from
# Python numba takes 1 us to find out the type of a named tuple, and .1 us for that of a plain one.
Fields = Any

_jit: Any = jit

_SHARED = {"nogil": True, "nopython": True}
# Only kernels are called from Python and kept on disk; wrappers and cache files for the others double the compile time.
# Without its wrapper, a function of numba's own that Python calls all the same ends the process.
_OUTER = {**_SHARED, "no_cfunc_wrapper": True}
_INNER = {**_OUTER, "no_cpython_wrapper": True}
_BORROWING = {"_nrt": False}
# What is known of numba's inside holds for these versions; with any other it compiles in its own way, half as fast.
# `DEDUP_PLAIN_NUMBA` set has it so with these too.
KNOWN: bool = (0, 62) <= version_info.short <= (0, 68) and not os.environ.get("DEDUP_PLAIN_NUMBA")


def kernel_maker(known: bool, **options: bool) -> Callable[[Any], Any]:
    """A decorator for functions that Python calls too, kept on disk.

    `known`: with the compilers of this project. Others get no options, which only make things faster.
    """

    def make(function: Callable[..., Any]) -> Any:
        if known:
            from dedup.compiled.private_numba import Kernel

            made: Any = Kernel(function, targetoptions={**_OUTER, **options})
        else:
            made = _jit(**_SHARED)(function)
        try:
            made.enable_caching()
        except RuntimeError as e:  # numba's own way found no folder
            unkept(function.__code__.co_filename, str(e))
        return made

    return make


def helper_maker(known: bool, **options: bool) -> Callable[[Any], Any]:
    """A decorator for functions that only compiled functions call."""
    if not known:
        own: Callable[[Any], Any] = _jit(**_SHARED)
        return own
    from dedup.compiled.private_numba import Helper

    return partial(Helper, targetoptions={**_INNER, **options})


kernel, helper, inlined = kernel_maker(KNOWN), helper_maker(KNOWN), helper_maker(KNOWN, forceinline=True)
# Functions that allocate nothing and count no references: their arrays are their caller's. Otherwise tuples of arrays
# cost an atomic count for each array at every call, and often at every access, which took most of the time.
borrowing, borrowing_kernel = helper_maker(KNOWN, **_BORROWING), kernel_maker(KNOWN, **_BORROWING)
borrowing_inlined = helper_maker(KNOWN, **_BORROWING, forceinline=True)  # for what is called once a word
