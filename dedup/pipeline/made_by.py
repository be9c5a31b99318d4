"""What a result was made by: the version, the settings, the models, and the libraries that may change a digit.

Public: `made_by`, `settings_digest`, `LIBRARIES`.
"""

from __future__ import annotations

import platform
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version

from dedup.config import Config
from dedup.resources import resource

LIBRARIES = ("numpy", "numba", "scikit-learn", "orjson")  # whose versions may change a digit of a result
DIGEST = 6  # bytes that are shown


def made_by(config: Config) -> dict[str, str]:
    """Return what results were made by: two reports that agree in it, of the same articles, agree in everything."""
    found = {"dedup": _version("dedup-news"), "settings": settings_digest(config), "models": _models()}
    return found | {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def settings_digest(config: Config) -> str:
    """Return a digest of all settings but the number of workers, which changes no result."""
    return blake2b(repr(replace(config, workers=0)).encode(), digest_size=DIGEST).hexdigest()


@lru_cache(maxsize=1)
def _models() -> str:
    """Return a digest of all shipped models and tables."""
    whole = blake2b(digest_size=DIGEST)
    for path in sorted(resource("").rglob("*")):
        if path.is_file() and path.suffix in (".json", ".bin", ".npz", ".tsv"):
            whole.update(path.name.encode() + b"\0" + blake2b(path.read_bytes()).digest())
    return whole.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # put on the path without its metadata
        return "unknown"
