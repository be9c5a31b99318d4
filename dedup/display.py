"""How records show themselves: short on one line, and as a small table in notebooks.

Public: `brief`, `plural`, `size`, `table_html`, `harmless`, `harmless_lines`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

MOST_CHARACTERS = 48  # of a text or an id that is shown on one line
MOST_ROWS = 40  # of a table
MOST_IN_CELL = 200  # characters

# What does something where it is printed: controls (ESC begins the commands of a terminal), ends of lines, marks that
# turn the direction of writing, and half characters, which no terminal takes.
_ACTS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return a text for one line of a terminal or a log: characters that would act become escapes such as `\\x1b`."""
    return _ACTS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def harmless_lines(text: str) -> str:
    """Return a text of several lines in which nothing but these ends of lines acts."""
    return "\n".join(map(harmless, text.splitlines()))


def brief(value: object) -> str:
    """Return a string as `repr` gives it, cut after some characters; of anything else the type."""
    if not isinstance(value, str):
        return f"<{type(value).__name__}>"
    return repr(value if len(value) <= MOST_CHARACTERS else cut(value, MOST_CHARACTERS))


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, to the end of a word where one ends near the limit, and an ellipsis."""
    start = text[: most - 2]
    words = start.rsplit(maxsplit=1)
    return f"{words[0] if len(words) == 2 and 2 * len(words[0]) > most else start} …"


def size(value: object) -> int:
    """Return the length of a string, 0 for anything else."""
    return len(value) if isinstance(value, str) else 0


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table_html(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table of at most 40 rows with everything in it escaped."""
    shown = [_row("td", row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        shown.append(_row("td", [f"… and {len(rows) - MOST_ROWS:,} more"]))
    body = "".join([_row("th", head), *shown]) if rows else ""
    return f"<table><caption>{_cell(caption)}</caption>{body}</table>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_cell(cell)}</{tag}>' for cell in cells)}</tr>"


def _cell(text: str) -> str:
    """Return a text for HTML: escaped, cut, without the half characters that no encoding of a page can hold."""
    short = text if len(text) <= MOST_IN_CELL else cut(text, MOST_IN_CELL)
    return escape(short.encode("utf-8", "replace").decode("utf-8"))
