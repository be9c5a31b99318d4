"""Files of labelled pairs and of results. Public: `GoldFormat`, `load_gold`, `load_found`, `is_result`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from dedup.checks import checked_choice, require
from dedup.errors import InputError
from dedup.evaluation.gold import Gold, Pair, pair_of
from dedup.evaluation.label_rows import Columns, Row, has_labels, labelled, read_rows
from dedup.evaluation.public_sets import load_pairs_or_clusters, load_pan
from dedup.records import Kind, Passage

MATCHES = "matches.jsonl"
SCORES = ("probability", "score", "similarity")
Path_ = str | os.PathLike[str]


class GoldFormat(StrEnum):
    """How labelled pairs are written."""

    AUTO = "auto"  # by what the file holds
    TABLE = "table"  # csv, tsv, JSON lines or JSON with a row a pair, or a row an article with its cluster
    PAN = "pan"  # a folder of the PAN corpora for text alignment
    CLUSTERS = "clusters"  # JSON: arrays of the ids of copies, or an object of such arrays


def load_gold(
    path: Path_, format: GoldFormat | str = GoldFormat.AUTO, columns: Mapping[str, str] | None = None,  # noqa: A002
    complete: bool | None = None,
) -> Gold:  # fmt: skip
    """Return the labelled pairs of a file or of the folder of a PAN corpus.

    Parameters:
        path: A table (csv, tsv, JSON lines, JSON; also `.gz`) with a row a pair, which has two ids or two texts and a
            label; a table with a row an article, which has an `id` and a `cluster`; JSON arrays of ids; or a folder.
        format: "auto" goes by what the file holds.
        columns: Names of columns, `{"left": "ID1", "label": "dup"}`; common names are found without.
        complete: Whether pairs that are not listed are known to be no copies; by default only for clusters.

    Returns:
        A `Gold`. Rows that cannot be used are in `skipped`, each with its line and the reason.

    Raises:
        InputError: The file does not exist, is of no known format, or labels a pair in two ways.
        ConfigError: There is no such format or column.

    >>> import dedup
    >>> gold = dedup.load_gold("fixtures/pairs.gold")
    >>> gold.labels[0].left, gold.labels[0].copy
    ('bank/edited.html', False)
    """
    require("load_gold", path, (str, os.PathLike), "the path of a file or folder")
    chosen, place = checked_choice("format", format, GoldFormat), Path(path)
    if not place.exists():
        raise InputError(f"{place}: does not exist")
    gold = _load(place, chosen, Columns.of(columns or {}))
    if not gold.labels:
        why = f": {gold.skipped[0].reason}" if gold.skipped else ""
        raise InputError(f"{place}: no row is a labelled pair{why}")
    return gold if complete is None else replace(gold, complete=complete)


def _load(path: Path, chosen: GoldFormat, columns: Columns) -> Gold:
    if chosen is GoldFormat.PAN or (chosen is GoldFormat.AUTO and path.is_dir()):
        return load_pan(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder, and only a PAN corpus is one")
    if chosen is GoldFormat.CLUSTERS or (chosen is GoldFormat.AUTO and path.suffix == ".json"):
        try:
            data = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read as JSON ({error})") from None
        labels = isinstance(data, dict) and chosen is GoldFormat.AUTO and has_labels(data)
        found = None if labels else load_pairs_or_clusters(path, data)
        if found is not None:
            return found
        if chosen is GoldFormat.CLUSTERS:
            raise InputError(f"{path}: holds no arrays of ids")
    return labelled(path, read_rows(path), columns)


@dataclass(frozen=True)
class Found:
    """What a tool says of a pair."""

    probability: float  # or a score: the higher, the surer
    kind: Kind | None = None  # None where the tool knows no kinds
    passages: tuple[Passage, ...] = ()


def is_result(path: Path_) -> bool:
    """Return whether a path is the folder of a scan's results, or a table of pairs with a score."""
    place = Path(path)
    if place.is_dir():
        return (place / MATCHES).is_file()
    if Path(place.name.removesuffix(".gz")).suffix.lower() not in (".jsonl", ".csv", ".tsv"):
        return False
    try:
        first = next(iter(read_rows(place)), None)
    except InputError:
        return False
    return first is not None and {"left", "right"} <= first[1].keys()


def load_found(path: Path_) -> dict[Pair, Found]:
    """Return the pairs of a scan's folder, or of a table with `left`, `right` and a score, `kind` where it has one.

    The score is the column `probability`, `score` or `similarity`; without any, each pair listed counts 1. Raises
    `InputError`.
    """
    place = Path(path)
    place = place / MATCHES if place.is_dir() else place
    found: dict[Pair, Found] = {}
    for number, row in read_rows(place):
        try:
            pair, one = _found(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{place}:{number}: is no pair with a score ({error})") from None
        before = found.get(pair)
        if before is None or one.probability > before.probability:
            found[pair] = one
    return found


def _found(row: Row) -> tuple[Pair, Found]:
    left, right = str(row["left"]), str(row["right"])
    pair = pair_of(left, right)
    score = next((float(row[name]) for name in SCORES if row.get(name) not in (None, "")), 1.0)
    kind = Kind(row["kind"]) if row.get("kind") in list(Kind) else None
    passages = tuple(_passage(one, turned=pair[0] != left) for one in row.get("passages") or ())
    return pair, Found(score, kind, passages)


def _passage(one: Mapping[str, Any], turned: bool) -> Passage:
    (a, b), (c, d) = one["left"], one["right"]
    sides = ((int(c), int(d)), (int(a), int(b))) if turned else ((int(a), int(b)), (int(c), int(d)))
    return Passage(*sides, float(one.get("similarity", 1.0)))
