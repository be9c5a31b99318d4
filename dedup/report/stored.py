"""A report from the files that a scan left behind. Public: `load_report`, `scan_row`, `stored_ours`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from dedup.checks import require
from dedup.errors import InputError
from dedup.records import Article, ArticleScore
from dedup.results import Report, ScoreTable, pack_match, pack_score
from dedup.results.compositions import Compositions
from dedup.results.rows import Row
from dedup.results.stored import article_of, cluster_of, match_of, score_of, skipped_of, template_of
from dedup.results.tables import ClusterTable, MatchTable, TemplateTable

FORMAT = 1  # of `scan.json`
SCAN = "scan.json"
TEXTS = "texts.jsonl"
# What a scan's file holds besides its format: of what kind the values of each field are.
HOLDS: dict[str, type | tuple[type, ...]] = {
    "capped": int,
    "set_aside": int,
    "seconds": (int, float),
    "notes": str,
    "mine": str,
    "made_by": str,
}


def scan_row(report: Report, ours: tuple[str, ...] = ()) -> Row:
    """Return what `scan.json` holds: all of a report that is no list of records."""
    return {
        "format": FORMAT,
        "capped": dict(report.capped),
        "set_aside": dict(report.set_aside),
        "seconds": {stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
        "notes": list(report.notes),
        "mine": list(ours),
        "made_by": dict(report.made_by),
    }


def load_report(folder: str | os.PathLike[str]) -> Report:
    """Return the report that `write_report` wrote into a folder, its numbers rounded as they stand there.

    `report.article` gives the articles of `texts.jsonl`, which are those of matches, examples of templates, and those
    that read worst; for any other id it raises `InputError`.

    Parameters:
        folder: What `dedup scan -o` or `write_report` made.

    Raises:
        InputError: A file is missing, or a line of it is not what a scan writes.
        UsageError: An argument is of the wrong type.

    >>> import dedup, tempfile
    >>> report = dedup.scan_paths("fixtures/treaty", level="near", workers=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = dedup.write_report(report, folder)
    ...     len(dedup.load_report(folder).matches) == len(report.matches)
    True
    """
    require("load_report", folder, (str, os.PathLike), "the path of a folder")
    folder = Path(folder)
    told = _scan(folder)
    ids: list[str] = []
    scores: list[bytes] = []
    for id_, score in _each(folder / "articles.jsonl", _scored):
        ids.append(id_)
        if score is not None:
            scores.append(pack_score(score))
    matches = MatchTable(map(pack_match, _each(folder / "matches.jsonl", match_of)))
    named = _Texts(folder / TEXTS).article
    return Report(
        ids,
        matches,
        ClusterTable(_each(folder / "clusters.jsonl", cluster_of)),
        tuple(_each(folder / "skipped.jsonl", skipped_of)),
        ScoreTable(ids, scores),
        told["capped"],
        told["seconds"],
        named,
        tuple(told["notes"]),
        TemplateTable(_each(folder / "templates.jsonl", template_of)),
        told["set_aside"],
        Compositions(matches, named) if any(match.alignment.passages for match in matches) else None,
        told["made_by"],
    )


def stored_ours(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the reader's own sources and folders, as the scan was told them. Raises `InputError`."""
    return tuple(_scan(Path(folder))["mine"])


def _scored(row: Row) -> tuple[str, ArticleScore | None]:
    if not isinstance(row["id"], str):
        raise TypeError("an id is a text")
    return row["id"], None if row["score"] is None else score_of(row["score"])


def _scan(folder: Path) -> Mapping[str, Any]:
    path = folder / SCAN
    if not path.is_file():
        raise InputError(f"{folder} is no report: it holds no {SCAN} (scans leave one since version 0.2)")
    told: Mapping[str, Any] = next(_each(path, dict), {})
    if told.get("format") != FORMAT:
        raise InputError(f"{path}: format {told.get('format')!r}, this version reads {FORMAT}")
    told = {"made_by": {}, **told}  # which older versions did not say
    if wrong := [name for name, kind in HOLDS.items() if not _holds(told.get(name), kind)]:
        raise InputError(f"{path}: has no usable {', '.join(wrong)}")
    return told


def _holds(values: object, kind: type | tuple[type, ...]) -> bool:
    """Return whether something is a list, or an object, of such values."""
    items = list(values.values()) if isinstance(values, dict) else values
    return isinstance(items, list) and all(isinstance(one, kind) for one in items)


def _each(path: Path, record: Callable[[Row], Any]) -> Iterator[Any]:
    for number, (_, line) in enumerate(_lines(path), 1):
        yield _record(path, number, line, record)


def _record(path: Path, number: int, line: bytes, record: Callable[[Row], Any]) -> Any:
    try:
        return record(orjson.loads(line))
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise InputError(f"{path}:{number}: not a line of a report ({type(e).__name__}: {e})") from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Return an iterator over the lines of a file, each with where it begins."""
    try:
        with path.open("rb") as stream:
            start = 0
            for line in stream:
                yield start, line
                start += len(line)
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({(e.strerror or str(e)).lower()})") from None


class _Texts:
    """The articles of `texts.jsonl`, by id: read again one at a time, their places in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts = {
            _record(path, number, line, lambda row: row["id"]): start
            for number, (start, line) in enumerate(_lines(path), 1)
        }

    def article(self, id_: str) -> Article:
        """Return an article. Raises `InputError` where the report did not keep it."""
        if id_ not in self._starts:
            raise InputError(f"{self._path}: holds no article {id_!r}")
        with self._path.open("rb") as stream:
            stream.seek(self._starts[id_])
            found: Article = _record(self._path, 0, stream.readline(), article_of)
        return found
