"""How the compiled code is compiled: helpers only as part of the kernels that call them, and without collections.

numba optimises each function together with all that it calls and makes machine code of it, so a helper of a helper of a
kernel is optimised three times and assembled three times, although only kernels are ever called. Here a helper is
lowered and no more; a kernel gets what it calls as it is and is optimised once. Nor is a function compiled again for
each constant and each width of a signed integer that compiled functions call it with.
"""

from __future__ import annotations

import gc
import os
import pickle
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from numba import __version__, types
from numba.core import caching, codegen, compiler, registry
from numba.core.serialize import dumps

from dedup.compiled import sources
from dedup.compiled.kept import unkept
from dedup.compiled.private_lowering import passes
from dedup.compiled.turns import Turn

SEAL = 16  # bytes of the digest at the beginning of a file

_dumps: Any = dumps
_CacheBase: Any = caching._Cache
_Locators: Any = caching.CompileResultCacheImpl
_UserProvided: Any = caching.UserProvidedCacheLocator
_UserWide: Any = caching.UserWideCacheLocator
_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler
_Dispatcher: Any = registry.CPUDispatcher
_PlainFlags: Any = compiler.Flags
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


class _Flags(_PlainFlags):  # type: ignore[misc]
    """Options of a function that are equal where what is compiled for it by the way, such as `np.empty`, is."""

    def _inherited(self) -> tuple[bool, bool]:
        return self.nrt, self.forceinline

    def __hash__(self) -> int:
        return hash(self._inherited())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Flags) and self._inherited() == other._inherited()


class _Typing:
    """The types of calls, each worked out once: numba tries every implementation of `+` at every `+`."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, function: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        """The signature of a function called with these types; raises what numba raises where there is none."""
        if kws or not isinstance(function, _BUILT_IN) or not all(map(_is_settled, args)):
            return self._context.resolve_function_type(function, args, kws)
        key = function, args
        if (found := _signatures.get(key)) is None:
            found = self._context.resolve_function_type(function, args, kws)
            _signatures[key] = found
        return found


_BUILT_IN = (_types.Function, _types.NumberClass)
_signatures: dict[Any, Any] = {}


def _is_settled(kind: Any) -> bool:
    """Whether a type says all of itself, as numbers and arrays of numbers do."""
    return isinstance(kind, (_types.Number, _types.Boolean, _types.Array))


class _PausedCompiler(_Compiler):  # type: ignore[misc]
    """Compiles without garbage collections, which take a sixth of the time: its objects live until it is done.

    What numba compiles by the way, such as `np.empty`, is linked like a helper.
    """

    library_class: Any = _Library

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, return_type: Any, flags: Any, variables: Any
    ) -> None:
        if library is None:
            library = self.library_class(target.codegen(), "function")
            library.enable_object_caching()
        super().__init__(typing, target, library, args, return_type, _Flags(copy_from=flags), variables)
        self.state.typingctx = _Typing(typing)
        self.state.type_annotation = ""

    def define_pipelines(self) -> list[Any]:
        """What is done to a function, step by step."""
        return [passes(self.state)]

    def compile_extra(self, function: Callable[..., Any]) -> Any:
        """The compiled function."""
        collecting, codegen = gc.isenabled(), self.state.targetctx.codegen()
        before = codegen._library_class
        gc.disable()
        codegen._library_class = _Linked
        try:
            return super().compile_extra(function)
        finally:
            codegen._library_class = before
            if collecting:
                gc.enable()


class Kernel(_General):
    """A function that Python calls too; to compiled callers it is a helper, which is optimised with them only."""

    compiler = _PausedCompiler

    def __init__(self, function: Callable[..., Any], variables: Any = None, targetoptions: Any = None) -> None:
        super().__init__(function, variables, targetoptions)
        self._inside = Helper(function, variables, {**self.targetoptions, "no_cpython_wrapper": True})

    @property
    def _numba_type_(self) -> Any:
        """What compiled callers take this for."""
        return self._inside._numba_type_

    def enable_caching(self) -> None:
        """Keep the compiled code on disk, unless it depends on the variables of a function around it."""
        if self.py_func.__closure__ is None:
            self._cache = Store(self.py_func)


class Helper(_General):
    """A function that only compiled functions call."""

    @property
    def compiler(self) -> Any:
        """Compiles up to the code that is linked into that of the callers."""
        return _HelperCompiler

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

    def _optimize_functions(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _HelperCompiler(_PausedCompiler):
    library_class = _Linked


class _Chosen(_UserProvided):  # type: ignore[misc]
    """`NUMBA_CACHE_DIR`, where the kernels of this package lie the same wherever it is installed: it can be sent on."""

    @classmethod
    def get_suitable_cache_subpath(cls, file: str) -> str:
        """Return the folder of a source: of one of this package by its name in it."""
        folder = Path(os.path.abspath(file)).parent
        if sources.PACKAGE in (folder, *folder.parents):
            return ".".join((sources.PACKAGE.name, *folder.relative_to(sources.PACKAGE).parts))
        found: str = super().get_suitable_cache_subpath(file)
        return found


class _Temporary(_UserWide):  # type: ignore[misc]
    """A folder among the temporary files that is this user's own: workers of a cluster may have no other."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
        self._own = Path(os.environ.get("TMPDIR") or tempfile.gettempdir()) / f"dedup-kernels-{user}"
        self._cache_path = str(self._own / self.get_suitable_cache_subpath(file))

    def ensure_cache_path(self) -> None:
        """Raises `OSError` where the folder cannot be written, or others can write it."""
        self._own.mkdir(mode=0o700, exist_ok=True)
        state = self._own.lstat()
        if hasattr(os, "getuid") and (state.st_uid != os.getuid() or state.st_mode & 0o22):
            raise PermissionError(f"{self._own} is not this user's alone")
        super().ensure_cache_path()


_HOME_KNOWN = Path("~").expanduser().is_absolute()


class _Place(_Locators):  # type: ignore[misc]
    """Where a kernel is kept; the first that is writable.

    `NUMBA_CACHE_DIR`, beside its source, the user's cache folder, or a folder among the temporary files.
    """

    _locator_classes: ClassVar[list[Any]] = [
        _Chosen if locator is caching.UserProvidedCacheLocator else locator
        for locator in _Locators._locator_classes
        if locator is not caching.UserWideCacheLocator or _HOME_KNOWN
    ] + [_Temporary]


class Store(_CacheBase):  # type: ignore[misc]
    """One file for each kernel and the types it was compiled for; one that cannot be used counts as missing.

    Its name has a digest of the sources (`sources.digest`) and one of the types and the processor, and it begins with
    a digest of the rest. So what was cut off, overwritten or made of other sources is not used. What another process
    is compiling just now is waited for; where that cannot be seen, both compile, and the file of the last one stays.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._source = function.__code__.co_filename
        self._sources = sources.digest(self._source)  # now, not when it is compiled: the file may change meanwhile
        self._folder: Path | None = None
        with suppress(RuntimeError):  # no folder can be written
            self._place = _Place(function)
            self._folder = Path(self._place.locator.get_cache_path())
        self._turn = Turn()

    @property
    def cache_path(self) -> str | None:
        """The folder, None where there is none."""
        return str(self._folder) if self._folder else None

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The compiled function for a signature, None where no usable file has it and this process is to make it."""
        target.refresh()
        if self._folder is None:
            return None
        found = self._load(self._folder, signature, target)
        if found is None:
            self._turn.take(self._folder / f"{self._place.filename_base}.lock")
            found = self._load(self._folder, signature, target)  # another process may have made it meanwhile
            if found is not None:
                self._turn.give_back()
        return found

    def _load(self, folder: Path, signature: Any, target: Any) -> Any:
        codegen = target.codegen()
        before, codegen._library_class = codegen._library_class, _Library
        try:
            data = (folder / self._name(signature, codegen)).read_bytes()
            whole = blake2b(data[SEAL:], digest_size=SEAL).digest() == data[:SEAL]
            return self._place.rebuild(target, pickle.loads(data[SEAL:])) if whole else None
        except Exception:
            return None
        finally:
            codegen._library_class = before

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep a compiled function; where that is not possible, say so once."""
        if self._folder is None:
            unkept(self._source, "no folder can be written")
        elif self._place.check_cachable(compiled):
            data: bytes = _dumps(self._place.reduce(compiled))
            name = self._name(signature, compiled.library.codegen)
            try:
                self._write(self._folder, name, blake2b(data, digest_size=SEAL).digest() + data)
            except OSError as e:
                unkept(str(self._folder), e.strerror or str(e))
        self._turn.give_back()

    @staticmethod
    def _write(folder: Path, name: str, data: bytes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{name}.{os.getpid()}.tmp"
        try:
            part.write_bytes(data)
            part.replace(folder / name)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise

    def _name(self, signature: Any, codegen: Any) -> str:
        what = f"{signature} {codegen.magic_tuple()} {__version__} {self._sources}"
        return f"{self._place.filename_base}.{blake2b(what.encode(), digest_size=8).hexdigest()}.nbc"

    def enable(self) -> None:
        """Nothing: a store is always on."""

    def disable(self) -> None:
        """Nothing: a store is always on."""

    def flush(self) -> None:
        """Nothing: files that were made of other sources are not used."""


class _NoEnvironment:
    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        pass
