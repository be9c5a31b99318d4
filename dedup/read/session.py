"""What one call of the reader learns along the way and has to say afterwards: warnings, names of fields, dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dedup.errors import InputError
from dedup.read.dates import DateOrder
from dedup.read.options import Fields

MOST_NAMES = 40  # names of fields that an error lists


@dataclass
class Session:
    """Learnt by one call of the reader from all its inputs."""

    dates: DateOrder = field(default_factory=DateOrder)
    _warnings: dict[tuple[str, str], tuple[int | None, int]] = field(default_factory=dict)
    _mappings: dict[str, tuple[str, int]] = field(default_factory=dict)
    _names: dict[str, None] = field(default_factory=dict)  # of fields that rows have, in the order met
    _met: set[str] = field(default_factory=set)  # names given by the caller that some row has

    def warn(self, place: str, line: int | None, what: str) -> None:
        """Count something that cost a field or a character, but not the article."""
        first, count = self._warnings.get((place, what), (line, 0))
        self._warnings[place, what] = first, count + 1

    def found(self, place: str, mapping: str) -> None:
        """Note which fields of an input were taken for what ("text from 'body'")."""
        first, count = self._mappings.get(mapping, (place, 0))
        self._mappings[mapping] = first, count + 1

    def saw(self, names: Iterable[str], fields: Fields) -> None:
        """Note the names that rows have."""
        given = {getattr(fields, name) for name in Fields.__slots__}
        for name in names:
            if name in given:
                self._met.add(name)
            if len(self._names) < MOST_NAMES:
                self._names[name] = None

    def notes(self) -> Iterator[str]:
        """Yield lines for people: how fields were found, then each warning once with its count."""
        for mapping, (place, count) in self._mappings.items():
            yield f"{place}{f' and {count - 1} more' if count > 1 else ''}: {mapping}"
        for (place, what), (line, count) in sorted(
            self._warnings.items(), key=lambda item: (item[0][0], item[1][0] or 0)
        ):
            where = "" if line is None else f"line {line}" if count == 1 else f"{count} times, first in line {line}"
            yield f"{place}: {what}{f' ({where})' if where else ''}"

    def check_names(self, fields: Fields) -> None:
        """Raise `InputError` for a name that was given and that no row of any input has, listing those there are."""
        if not self._names:
            return
        for name in Fields.__slots__:
            given = getattr(fields, name)
            if given and given not in self._met:
                raise InputError(f"no row has a field {given!r} (for {name}); there are {', '.join(self._names)}")
