"""How the compiled code is compiled: helpers only as part of the kernels that call them, and without collections.

numba optimises each function together with all that it calls and makes machine code of it, so a helper of a helper of a
kernel is optimised three times and assembled three times, although only kernels are ever called. Here a helper is
lowered and no more; a kernel gets what it calls as it is and is optimised once. Nor is a function compiled again for
each constant and each width of a signed integer that compiled functions call it with.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from numba import types
from numba.core import codegen, compiler, registry

_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler
_Dispatcher: Any = registry.CPUDispatcher
_types: Any = types


class _General(_Dispatcher):  # type: ignore[misc]
    """A compiled function to which the constants and int32 of compiled callers are int64."""

    compiler: Any

    def __init__(self, function: Callable[..., Any], variables: Any = None, targetoptions: Any = None) -> None:
        super().__init__(function, variables or {}, targetoptions or {}, self.compiler)

    def get_call_template(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """What numba asks of a function that is called with these types."""
        return super().get_call_template(tuple(map(_wide, args)), {name: _wide(kind) for name, kind in kws.items()})


def _wide(kind: Any) -> Any:
    general = _types.unliteral(kind)
    return _types.int64 if general == _types.int32 else general


class _PausedCompiler(_Compiler):  # type: ignore[misc]
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


class _HelperCompiler(_PausedCompiler):
    """Compiles up to the code that is linked into that of the callers."""

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any) -> None:
        super().__init__(typing, target, library or _Linked(target.codegen(), "helper"), *rest)


class Kernel(_General):
    """A function that Python calls too."""

    compiler = _PausedCompiler


class Helper(_General):
    """A function that only compiled functions call."""

    compiler = _HelperCompiler

    def __call__(self, *args: Any, **kws: Any) -> Any:
        """Raises `TypeError`: there is no code that Python could call."""
        raise TypeError(f"only compiled functions call {self.py_func.__qualname__}")


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
