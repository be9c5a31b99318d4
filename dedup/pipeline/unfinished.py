"""What a long call depends on, as one key: so that work kept from a call that was killed is never stale.

Public: `key_of_work`, `package_digest`.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from dedup.config import Config
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.made_by import LIBRARIES

PACKAGE = Path(__file__).parent.parent
CHUNK = 1 << 20


def key_of_work(store: ArticleStore, new: int, config: Config) -> bytes:
    """Return a digest of all articles, the settings but for the number of workers, and this version with its models."""
    whole = blake2b(digest_size=32)
    whole.update(package_digest() + repr((new, replace(config, workers=0))).encode())
    for id_ in store.ids:
        whole.update(id_.encode("utf-8", "surrogatepass") + b"\0")
    for data in store.raw():
        whole.update(data)
    return whole.digest()


@lru_cache(maxsize=1)
def package_digest() -> bytes:
    """Return a digest of the package, its data and what else may change a result."""
    whole = blake2b(repr((platform.python_version(), platform.machine())).encode())
    for name in LIBRARIES:
        whole.update(version(name).encode() + b"\0")
    for path in _files():
        whole.update(str(path.relative_to(PACKAGE)).encode() + b"\0")
        with path.open("rb") as stream:
            while data := stream.read(CHUNK):
                whole.update(data)
    return whole.digest()


def _files() -> Iterable[Path]:
    found = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(found)
