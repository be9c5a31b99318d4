"""Rows of labelled pairs, from any table: which columns hold the ids, the texts and the label, and what a label means.

Public: `Columns`, `has_labels`, `read_rows`, `labelled`, `MEANINGS`.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError, InputError
from dedup.evaluation.gold import Gold, Label, gold_of, gold_of_clusters
from dedup.records import COPIES, Article, Kind, Skipped

Row = Mapping[str, Any]

# Common names of columns, compared in lower case with everything but letters and digits left out.
LEFT = (
    "left",
    "leftid",
    "id1",
    "ida",
    "idleft",
    "1id",
    "qid1",
    "a",
    "article1",
    "doc1",
    "url1",
    "urla",
    "lefturl",
    "sourceid",
)
RIGHT = (
    "right",
    "rightid",
    "id2",
    "idb",
    "idright",
    "2id",
    "qid2",
    "b",
    "article2",
    "doc2",
    "url2",
    "urlb",
    "righturl",
    "targetid",
)
LEFT_TEXT = ("lefttext", "textleft", "text1", "texta", "1string", "sentence1", "question1", "string1")
RIGHT_TEXT = ("righttext", "textright", "text2", "textb", "2string", "sentence2", "question2", "string2")
LABEL = (
    "label",
    "labels",
    "copy",
    "iscopy",
    "duplicate",
    "isduplicate",
    "quality",
    "gold",
    "same",
    "class",
    "dup",
    "isdup",
    "match",
    "ismatch",
)
KIND = ("kind", "type", "relation", "category")
GROUP = ("group", "event", "topic", "groupid")

# What a label says, in lower case. Kinds of matches are copies or not, as everywhere.
MEANINGS: dict[str, bool] = {
    **{kind.value: kind in COPIES for kind in Kind},
    **dict.fromkeys(("1", "1.0", "true", "t", "yes", "y", "copy", "duplicate", "same", "positive", "paraphrase"), True),
    **dict.fromkeys(
        ("0", "0.0", "false", "f", "no", "n", "not", "no copy", "different", "negative", "unrelated", "independent",
         "same_event", "contains", "template"),
        False,
    ),
}  # fmt: skip
BIGGEST_FIELD = 1 << 30  # of a table, in characters: articles are longer than csv allows by itself


@dataclass(frozen=True)
class Columns:
    """The names of columns, where they are none of the common ones."""

    left: str | None = None
    right: str | None = None
    left_text: str | None = None
    right_text: str | None = None
    label: str | None = None
    kind: str | None = None
    group: str | None = None

    @staticmethod
    def of(names: Mapping[str, str]) -> Columns:
        """Return the names as given by `{"label": "dup"}`. Raises `ConfigError` for what is no column."""
        known = [field.name for field in fields(Columns)]
        if unknown := [name for name in names if name not in known]:
            raise ConfigError(f"there is no column {', '.join(unknown)}; there are {', '.join(known)}")
        return Columns(**names)


COMMON = {"left": LEFT, "right": RIGHT, "left_text": LEFT_TEXT, "right_text": RIGHT_TEXT, "label": LABEL, "kind": KIND,
          "group": GROUP}  # fmt: skip


def _plain(name: object) -> str:
    return "".join(character for character in str(name).lower() if character.isalnum())


def has_labels(names: Iterable[str]) -> bool:
    """Return whether one of the names of columns is a common one of labels."""
    return any(_plain(name) in LABEL for name in names)


def read_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Return the rows of a table with their numbers from 1: csv, tsv, JSON lines, or JSON, also with .gz behind.

    JSON may be an array of objects, or an object of columns. Raises `InputError` where it is none of these.
    """
    text = _text_of(path)
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    start = text.lstrip()[:1]
    if ending in (".csv", ".tsv", ".tab") or start not in ("{", "["):
        return _table(path, text)
    if ending == ".json":
        return enumerate(_objects(path, text), 1)
    return _lines(path, text)


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no UTF-8; labelled pairs must be") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read ({reason.lower()})") from None


def _table(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    head = text.split("\n", 1)[0]
    if not head.strip():
        raise InputError(f"{path}: is empty")
    delimiter = max("\t,;|", key=head.count)
    csv.field_size_limit(BIGGEST_FIELD)
    stream = io.StringIO(text, newline="")
    if delimiter == "\t" and '"' not in head:  # the paraphrase corpora of Microsoft have marks that quote nothing
        rows = csv.DictReader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.DictReader(stream, delimiter=delimiter)
    return ((rows.line_num, row) for row in rows)


def _lines(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, _object(path, number, line)


def _object(path: Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: is no JSON ({error})") from None
    if not isinstance(row, dict):
        raise InputError(f"{path}:{number}: is no object with a left, a right and a label")
    return row


def _objects(path: Path, text: str) -> list[Row]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON ({error})") from None
    if isinstance(data, dict) and data and all(isinstance(column, list) for column in data.values()):
        return [dict(zip(data, row, strict=False)) for row in zip(*data.values(), strict=False)]
    if isinstance(data, list) and all(isinstance(row, dict) for row in data):
        return data
    raise InputError(f"{path}: is neither an array of objects nor an object of columns")


class _Names:
    """Which column of the rows is which."""

    def __init__(self, row: Row, wanted: Columns, where: Path) -> None:
        by_plain = {_plain(name): name for name in reversed(list(row))}
        self.names: dict[str, str | None] = {}
        for field, common in COMMON.items():
            asked = getattr(wanted, field)
            if asked is not None and asked not in row:
                raise InputError(f"{where}: has no column {asked!r}; it has {', '.join(map(str, row))}")
            found = next((by_plain[name] for name in common if name in by_plain), None)
            self.names[field] = asked or found
        self.has_texts = bool(self.names["left_text"] and self.names["right_text"])
        ids = self.names["left"] and self.names["right"]
        if not (ids or self.has_texts) or not (self.names["label"] or self.names["kind"] or "kinds" in row):
            raise InputError(
                f"{where}: needs the ids or the texts of two articles and a label, such as the columns left, right and "
                f"label; it has {', '.join(map(str, row))}. Name them: --column left=NAME --column label=NAME"
            )

    def value(self, row: Row, field: str) -> str:
        """Return a field of a row as it is written, "" where there is none."""
        name = self.names[field]
        value = None if name is None else row.get(name)
        return "" if value is None else str(value).strip()


def meaning(value: str) -> bool | None:
    """Return whether a label says that two articles are copies, None where it says neither."""
    return MEANINGS.get(value.strip().lower())


def _copy(row: Row, names: _Names) -> bool | None:
    if names.names["label"] is None and isinstance(row.get("kinds"), list):
        return any(meaning(str(kind)) for kind in row["kinds"])
    told = meaning(names.value(row, "label" if names.names["label"] else "kind"))
    return told


def labelled(path: Path, rows: Iterable[tuple[int, Row]], columns: Columns, complete: bool = False) -> Gold:
    """Return the labels of rows; a row without a label that can be understood is skipped with the reason."""
    labels: list[Label] = []
    articles: dict[str, Article] = {}
    skipped: list[Skipped] = []
    names: _Names | None = None
    for number, row in rows:
        if names is None and (clusters := _clusters(row, rows)) is not None:
            return gold_of_clusters(str(path), clusters)
        names = names or _Names(row, columns, path)
        label = _label(row, names, articles)
        if isinstance(label, str):
            skipped.append(Skipped(str(path), number, label))
        else:
            labels.append(label)
    if names is None:
        raise InputError(f"{path}: is empty")
    return gold_of(labels, complete, articles, None, skipped)


def _clusters(first: Row, rest: Iterable[tuple[int, Row]]) -> list[list[str]] | None:
    """Return the clusters of rows with `members`, or of rows with an `id` and a `cluster`; None for other rows."""
    rows = [first] if isinstance(first.get("members"), list) or {"id", "cluster"} <= first.keys() else None
    if rows is None:
        return None
    rows += [row for _, row in rest]
    if "members" in first:
        return [[str(member) for member in row.get("members") or ()] for row in rows]
    clusters: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        known = row.get("cluster")
        name = f"\0{number}" if known in (None, "") else str(known)  # without one an article stands alone
        clusters.setdefault(name, []).append(str(row.get("id")))
    return list(clusters.values())


def _label(row: Row, names: _Names, articles: dict[str, Article]) -> Label | str:
    """Return the label of a row, or why there is none; its texts are kept."""
    left, right = (_identified(row, names, side, articles) for side in ("left", "right"))
    if not left or not right:
        return "a row without two articles"
    if left == right:
        return "a pair of an article with itself"
    copy = _copy(row, names)
    if copy is None:
        value = names.value(row, "label") or names.value(row, "kind")
        return f"the label {value!r} says neither copy nor no copy" if value else "a row without a label"
    told = names.value(row, "label")
    kind = names.value(row, "kind") or ("" if told.lower() in _YES_NO else told)
    return Label(left, right, copy, kind, names.value(row, "group"))


_YES_NO = {word for word in MEANINGS if len(word) <= 5 and word not in {kind.value for kind in Kind}}


def _identified(row: Row, names: _Names, side: str, articles: dict[str, Article]) -> str:
    """Return the id of one side; a text without one is known by its digest, so that the same text is one article."""
    text = names.value(row, f"{side}_text") if names.has_texts else ""
    given = names.value(row, side)
    if not text:
        return given
    name = given or f"text-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    articles.setdefault(name, Article(name, text))
    return name
