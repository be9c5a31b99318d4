"""Facts that a copy turned: who, how many, whether, which way. Public: `contradictions`."""

from __future__ import annotations

from collections.abc import Iterable

from dedup.records import Evidence

CONTRADICTION = "contradiction"
FACTS = {"exchange": "who", "name": "who", "number": "how many", "negation": "whether", "direction": "direction"}
ALIKE = 0.5  # of the longer name's letters at both ends in common: another spelling, not another person


def contradictions(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the differences that turn a fact of the story, each as evidence of type `contradiction` with its `fact`.

    A name counts where it is another name, not another spelling.
    """
    return tuple(
        Evidence(CONTRADICTION, *each[1:5], FACTS[each.type])
        for each in evidence
        if each.type in FACTS and not (each.type == "name" and _alike(each.left_text.lower(), each.right_text.lower()))
    )


def _alike(a: str, b: str) -> bool:
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    return start + end >= ALIKE * max(len(a), len(b))


def _common(a: str, b: str) -> int:
    """Return how many letters two words have in common from the start."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
