"""Tables of results as lists of dictionaries, and as tables of Arrow, pandas and Polars where those are installed.

Public: `Exported`, `arrow_schema`, `arrow_table`, and the columns of each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from dedup.errors import MissingPackage
from dedup.results.rows import Row, storable

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

# Types of columns: `str`, `float`, `bool`, `int`; [type], a list; {name: type}, a record; MAP, numbers by name.
MAP = {str: float}
SPAN = [int]
MATCH_COLUMNS = {
    "left": str,
    "right": str,
    "kind": str,
    "probability": float,
    "original": str,
    "original_reason": str,
    "original_confidence": float,
    "method": str,
    "method_probabilities": MAP,
    "passages": [{"left": SPAN, "right": SPAN, "similarity": float}],
    "evidence": [{"type": str, "left": SPAN, "right": SPAN, "left_text": str, "right_text": str, "fact": str}],
    "resemblance": float,
    "share": float,
    "same_site": bool,
    "contradictions": int,
    "shared": [float],
    "date_conflict": bool,
    "container": str,
}
FINDING = {"type": str, "span": SPAN, "found": str, "expected": str, "reason": str, "strong": bool}
SCORE_COLUMNS = {
    "id": str,
    "overall": float,
    "parts": MAP,
    "percentiles": MAP,
    "abstained": str,
    "evidence": [FINDING],
    "percentile": float,
}
CLUSTER_COLUMNS = {"id": str, "lead": str, "members": [str], "parents": [{"copy": str, "parent": str}]}
ARTICLE_COLUMNS = {"id": str, "cluster": str, "score": {k: v for k, v in SCORE_COLUMNS.items() if k != "id"}}
TEMPLATE_COLUMNS = {"id": str, "count": int, "example": [str], "members": [str]}


class Terms(NamedTuple):
    """What a library calls the types of columns."""

    plain: Mapping[type, Any]
    list_of: Callable[[Any], Any]
    record_of: Callable[[list[tuple[str, Any]]], Any]
    numbers: Any  # its type for MAP

    def columns(self, kinds: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """Return the names and types of some columns in the terms of the library."""
        return [(name, self.of(kind)) for name, kind in kinds.items()]

    def of(self, kind: Any) -> Any:
        """Return one type in the terms of the library."""
        if kind is MAP:
            return self.numbers
        if isinstance(kind, list):
            return self.list_of(self.of(kind[0]))
        return self.record_of(self.columns(kind)) if isinstance(kind, dict) else self.plain[kind]


class Exported:
    """A table of results that turns into other tables; the columns are the fields of the report's JSON lines.

    Probabilities and scores have four digits, spans are lists `[start, end]`, half characters are replacement marks.
    """

    columns: ClassVar[Mapping[str, Any]]

    def rows(self) -> Iterator[Row]:
        """Return an iterator over the rows as plain data."""
        raise NotImplementedError

    def to_dicts(self) -> list[Row]:
        """Return one dictionary for each row, as in the report's JSON lines."""
        return [cast(Row, storable(row)) for row in self.rows()]

    def to_arrow(self) -> pyarrow.Table:
        """Return a `pyarrow.Table`; numbers by name are maps. Raises `MissingPackage` without pyarrow."""
        return arrow_table(self.columns, self.rows())

    def to_pandas(self) -> pandas.DataFrame:
        """Return a `pandas.DataFrame`; lists and numbers by name are objects.

        Raises `MissingPackage` without pandas.
        """
        return _package("pandas", "to_pandas").DataFrame(self.to_dicts(), columns=list(self.columns))

    def to_polars(self) -> polars.DataFrame:
        """Return a `polars.DataFrame`; numbers by name are lists of key and value, as Arrow's maps are in Polars.

        Raises `MissingPackage` without polars.
        """
        package = _package("polars", "to_polars")
        plain = {str: package.String, float: package.Float64, int: package.Int64, bool: package.Boolean}
        pair = package.Struct({"key": package.String, "value": package.Float64})
        terms = Terms(plain, package.List, lambda fields: package.Struct(dict(fields)), package.List(pair))
        rows = self._without_maps(lambda numbers: [{"key": k, "value": v} for k, v in numbers.items()])
        frame: polars.DataFrame = package.DataFrame(rows, schema=dict(terms.columns(self.columns)))
        return frame

    def _without_maps(self, listed: Callable[[dict[str, float]], list[Any]]) -> list[Row]:
        """Return the rows with the numbers by name as lists."""
        maps = [name for name, kind in self.columns.items() if kind is MAP]
        return [row | {name: listed(row[name]) for name in maps} for row in self.to_dicts()]


def arrow_schema(columns: Mapping[str, Any]) -> pyarrow.Schema:
    """Return the schema of some columns in Arrow; numbers by name are maps. Raises `MissingPackage` without pyarrow."""
    arrow = _package("pyarrow", "to_arrow")
    plain = {str: arrow.string(), float: arrow.float64(), int: arrow.int64(), bool: arrow.bool_()}
    return arrow.schema(
        Terms(plain, arrow.list_, arrow.struct, arrow.map_(plain[str], plain[float])).columns(columns)
    )  # fmt: skip


def arrow_table(columns: Mapping[str, Any], rows: Iterable[Row]) -> pyarrow.Table:
    """Return rows as a table of Arrow with these columns. Raises `MissingPackage` without pyarrow."""
    schema = arrow_schema(columns)
    listed = [_with_items(columns, storable(row)) for row in rows]
    return _package("pyarrow", "to_arrow").Table.from_pylist(listed, schema=schema)


def _with_items(kind: Any, value: Any) -> Any:
    """Return a row, or a part of one, with the numbers by name as pairs, as Arrow takes them."""
    if kind is MAP and value is not None:
        return list(value.items())
    if isinstance(kind, Mapping) and isinstance(value, dict):
        return {name: _with_items(kind.get(name), part) for name, part in value.items()}
    return value


def _package(name: str, call: str) -> ModuleType:
    """Return a module that need not be installed. Raises `MissingPackage`."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingPackage(f"{call} needs the package {name}: pip install {name}", name=name) from error
