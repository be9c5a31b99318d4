"""Differences of a match for people, each once. Public: `counted`."""

from __future__ import annotations

from collections.abc import Iterable

from dedup.records import Evidence


def counted(evidence: Iterable[Evidence]) -> list[tuple[str, str, str, int]]:
    """Return evidence as (type, left text, right text, times), each difference once, most frequent first."""
    times: dict[tuple[str, str, str], int] = {}
    for e in evidence:
        key = (e.type, e.left_text, e.right_text)
        times[key] = times.get(key, 0) + 1
    return sorted(((*key, n) for key, n in times.items()), key=lambda row: (row[0], -row[3]))
