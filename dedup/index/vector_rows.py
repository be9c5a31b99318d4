"""What an index keeps of each article for the search across languages: a row of vectors, made by the stages.

An index keeps such rows for all of its articles or for none. One whose vectors are not made yet, or were made by
another encoder or model, waits (`waiting`) for the next `add_many` or for `compact` with `rebuild`.

Public: `VectorRow`, `insert`, `keeps`, `after`, `vectors`, `waiting`, `mark_waiting`, `languages`, `check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dedup.errors import IndexDamaged
from dedup.index.entries import Value, checksum
from dedup.index.folder import REBUILD
from dedup.index.manifest import PART, Manifest

TABLES = ("sketches", "vectors")
# Those before a stamp and those behind it, which the index of stamps finds; "<>" would read the whole table.
WAITING = "SELECT number FROM sketches WHERE stamp < ?1 UNION ALL SELECT number FROM sketches WHERE stamp > ?1"


class VectorRow(NamedTuple):
    """The vectors of an article. `stamp` says what made them, `published` is in microseconds since 1970."""

    number: int
    stamp: bytes = b""  # of one that waits
    language: str = ""
    published: int | None = None
    sketch: bytes = b""  # by which it is found
    vectors: bytes = b""  # of its sentences, by which it is verified


def insert(manifest: Manifest, rows: Iterable[VectorRow]) -> None:
    """Keep rows, instead of those that the articles have, inside a transaction."""
    for row in rows:
        for table, fields in (("sketches", row[:-1]), ("vectors", (row.number, row.vectors))):
            marks = ", ".join("?" * (len(fields) + 1))
            manifest.run(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*fields, checksum(*fields)))


def keeps(manifest: Manifest) -> bool:
    """Return whether there are rows."""
    return bool(manifest.rows("SELECT EXISTS(SELECT 1 FROM sketches)")[0][0])


def _checked(manifest: Manifest, row: tuple[Value, ...], table: str) -> tuple[Value, ...]:
    try:
        if checksum(*row[:-1]) == row[-1]:
            return row[:-1]
    except TypeError:
        pass
    raise manifest.damaged(f"a row of the table {table!r} fails its checksum", REBUILD)


def after(manifest: Manifest, last: int) -> Iterator[list[VectorRow]]:
    """Yield the rows of a higher number, some at a time, in order, without their vectors. Raises `IndexDamaged`."""
    while rows := manifest.rows(f"SELECT * FROM sketches WHERE number > ? ORDER BY number LIMIT {PART}", (last,)):
        some = [VectorRow(*_checked(manifest, row, "sketches")) for row in rows]  # type: ignore[arg-type]
        yield some
        last = some[-1].number


def vectors(manifest: Manifest, number: int, stamp: bytes) -> bytes:
    """Return the vectors of the sentences of an article, none where they were made otherwise. Raises `IndexDamaged`."""
    rows = manifest.rows(
        "SELECT stamp, vectors.* FROM vectors JOIN sketches USING (number) WHERE number = ?", (number,)
    )
    if not rows:
        raise manifest.damaged(f"the vectors of article {number} are missing", REBUILD)
    made_by, *row = rows[0]
    body = _checked(manifest, tuple(row), "vectors")[1]
    assert isinstance(body, bytes)
    return body if made_by == stamp else b""


def waiting(manifest: Manifest, stamp: bytes) -> list[int]:
    """Return the numbers of the articles whose vectors were not made by what a stamp says."""
    if not keeps(manifest):
        return [number for (number,) in manifest.rows("SELECT number FROM articles ORDER BY number")]
    return sorted(number for (number,) in manifest.rows(WAITING, (stamp,)))


def mark_waiting(manifest: Manifest) -> None:
    """Let each article wait whose rows are missing or fail their checksums, inside a transaction."""
    for table in TABLES:
        manifest.run(f"DELETE FROM {table} WHERE number NOT IN (SELECT number FROM articles)")
    numbers = manifest.rows("SELECT number FROM articles ORDER BY number")
    insert(manifest, (VectorRow(number) for (number,) in numbers if not _sound(manifest, number)))


def _sound(manifest: Manifest, number: int) -> bool:
    """Return whether an article has both rows, as they were written."""
    found = {table: manifest.rows(f"SELECT * FROM {table} WHERE number = ?", (number,)) for table in TABLES}
    try:
        return all([_checked(manifest, row, table) for row in rows] for table, rows in found.items())
    except IndexDamaged:
        return False


def languages(manifest: Manifest, stamp: bytes | None) -> dict[str, int]:
    """Return how many articles there are in each language; "" is that of those that wait for vectors of a stamp."""
    told = "CASE WHEN stamp = coalesce(?, stamp) THEN language ELSE '' END"
    found = manifest.rows(f"SELECT {told}, count(*) FROM sketches GROUP BY 1 ORDER BY 1", (stamp,))
    return {str(language): int(count) for language, count in found}


def check(manifest: Manifest) -> None:
    """Read everything once. Raises `IndexDamaged`."""
    if not keeps(manifest):
        return
    numbers = list[int]()
    for row in (row for some in after(manifest, 0) for row in some):
        vectors(manifest, row.number, row.stamp)
        numbers.append(row.number)
    if numbers != [number for (number,) in manifest.rows("SELECT number FROM articles ORDER BY number")]:
        raise manifest.damaged("its vectors are not those of its articles", REBUILD)
