"""An archive in Parquet as an index of this process: `ParquetArchive` without Spark. Public: `open_archive`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dedup.compiled.arrays import U32
from dedup.compiled.hashing import NORMALISER
from dedup.config import Config
from dedup.engines.arrow import articles, matrix
from dedup.errors import IndexMismatch, InputError
from dedup.index.articles import ArticleIndex
from dedup.pipeline.indexes import IndexStages
from dedup.read.dates import DateOrder
from dedup.records import Article

FORMAT = "dedup-archive-1"
WEIGHTS = pa.schema({"format": pa.string(), "specification": pa.string(), "weights": pa.binary()})
AT_ONCE = 4096  # articles


def specification_of(stages: IndexStages) -> dict[str, Any]:
    """Return all that decides the keys and the lists of an archive, by name."""
    return {**stages.specification(), "window": stages.rule.window, "normaliser": NORMALISER}


def check_specification(folder: str, form: str, theirs: dict[str, Any], weights: bytes, config: Config) -> IndexStages:
    """Return the stages of an archive. Raises `IndexMismatch` naming each field that differs."""
    stages = IndexStages.stored(config, weights)
    ours = json.loads(json.dumps({**specification_of(stages), "format": FORMAT}))
    theirs = {**theirs, "format": form}
    wrong = [f"{name} is {theirs.get(name)!r}, not {ours.get(name)!r}"
             for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]  # fmt: skip
    if wrong:
        raise IndexMismatch(f"{folder} was made differently: {'; '.join(wrong)}")
    return stages


def open_archive(folder: str | Path, config: Config | None = None) -> ArticleIndex:
    """Return an archive in Parquet as an index in memory: the same keys, weights and order, so the same answers.

    Takes the memory of all its texts, compressed, and keys. Raises `InputError`, `IndexMismatch`.

    Parameters:
        folder: A folder of this machine that the engine on Spark has written.
        config: The settings of a scan, as for `open_index`.
    """
    from pyarrow import parquet

    at, chosen = Path(folder), config or Config()
    if not (at / "0" / "done").is_dir():
        raise InputError(f"{at} is no archive in Parquet: it holds no finished part 0")
    row = parquet.read_table(at / "0" / "weights").to_pylist()[0]
    stages = check_specification(str(at), row["format"], json.loads(row["specification"]), row["weights"], chosen)
    index = ArticleIndex(None, lambda _: stages)
    part = 0
    while (at / str(part) / "done" / "_SUCCESS").exists():
        index.add_keyed(_rows_of(parquet.read_table(at / str(part) / "articles").sort_by("number")))
        part += 1
    return index


def _rows_of(rows: pa.Table) -> Iterator[tuple[list[Article], U32]]:
    for first in range(0, len(rows), AT_ONCE):
        some = rows.slice(first, AT_ONCE).combine_chunks()
        yield articles(some, DateOrder()), np.ascontiguousarray(matrix(some.column("keys"), np.uint32))
