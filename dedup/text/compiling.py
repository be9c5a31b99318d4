"""How the compiled code is compiled: helpers only as part of the kernels that call them, and without collections.

numba optimises each function together with all that it calls and makes machine code of it, so a helper of a helper of a
kernel is optimised three times and assembled three times, although only kernels are ever called. Here a helper is
lowered and no more; a kernel gets what it calls as it is and is optimised once. Classes for `njit(pipeline_class=)`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from numba.core import codegen, compiler

_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler


class KernelCompiler(_Compiler):  # type: ignore[misc]
    """Compiles without garbage collections, which take a sixth of the time: its objects live until it is done."""

    def compile_extra(self, function: Callable[..., Any]) -> Any:
        """The compiled function."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collecting:
                gc.enable()


class HelperCompiler(KernelCompiler):
    """Compiles a function that only compiled functions call, up to the code that is linked into theirs."""

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any) -> None:
        super().__init__(typing, target, library or _Linked(target.codegen(), "helper"), *rest)


class _Linked(_Library):  # type: ignore[misc]
    """Code of a helper and of what it calls, to be linked into other code: neither optimised nor made executable."""

    @property
    def codegen(self) -> Any:
        """Asked only to fill the function's environment, the Python objects that it needs: helpers have none."""
        return _NoEnvironment

    def get_pointer_to_function(self, name: str) -> int:
        """Address of the wrapper for callers in Python: none."""
        return 0

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _NoEnvironment:
    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        pass
