"""What two articles of different languages agree on, what was changed, and what only one of them says.

Public: `evidence_of`. Names are only shown where they agree: one name has many forms in two languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dedup.records import Evidence, Span
from dedup.translation.chain import Bead
from dedup.translation.facts import LEAST_KEY, Fact, consonants, same_number
from dedup.translation.features import Text, within

SURE = 0.5  # cosine of a bead whose numbers and dates should agree
MOST_NAMES = 20  # that agree; each is told once
_WORD = re.compile(r"[ァ-ヺー]+|[^\W\d_ァ-ヺー]+")


def evidence_of(left: Text, right: Text, beads: Sequence[Bead]) -> tuple[Evidence, ...]:
    """Return changed numbers and dates, then what was left out or added, then the facts that agree."""
    changed, agreed, named = list[Evidence](), list[Evidence](), dict[str, Evidence]()
    for bead in beads:
        for type_, fact in (("number", "how many"), ("date", "when")):
            mine, theirs = (_facts(text, type_, bead, n) for n, text in enumerate((left, right)))
            same, apart = _matched(mine, theirs)
            agreed += [_row("agreement", left, right, a.span, b.span, fact) for a, b in same]
            if apart and bead.cosine > SURE:
                changed.append(_row(type_, left, right, apart[0].span, apart[1].span))
        for row in _names(left, right, bead):
            if row.right_text.casefold() not in {one.right_text.casefold() for one in named.values()}:
                named.setdefault(row.left_text.casefold(), row)
    missing = [*_alone(left, right, beads)]
    return (*changed, *missing, *agreed, *list(named.values())[:MOST_NAMES])


def _facts(text: Text, type_: str, bead: Bead, side: int) -> list[Fact]:
    facts = text.facts.numbers if type_ == "number" else text.facts.dates
    first, count = (bead.right, bead.rights) if side else (bead.left, bead.lefts)
    return within(text, facts, first, count)


def _matched(mine: list[Fact], theirs: list[Fact]) -> tuple[list[tuple[Fact, Fact]], tuple[Fact, Fact] | None]:
    """Return the facts that agree, and the two that are left where that is one on either side."""
    same, left, rest = [], list[Fact](), list(theirs)
    for fact in mine:
        other = next((one for one in rest if one.key == fact.key), None)
        other = other or next((one for one in rest if fact.type == "number" and same_number(one.key, fact.key)), None)
        if other is None:
            left.append(fact)
        else:
            rest.remove(other)
            same.append((fact, other))
    return same, (left[0], rest[0]) if len(left) == len(rest) == 1 else None


def _names(left: Text, right: Text, bead: Bead) -> Iterator[Evidence]:
    for one, other, turned in ((left, right, False), (right, left, True)):
        spans = [(bead.left, bead.lefts), (bead.right, bead.rights)]
        mine, theirs = spans[::-1] if turned else spans
        names = within(one, one.facts.names, *mine)
        begin, end = other.spans[theirs[0]][0], other.spans[theirs[0] + theirs[1] - 1][1]
        sounds = [
            (consonants(word.group()), (word.start(), word.end()))
            for word in (_WORD.finditer(other.article.text, begin, end) if names else ())
        ]
        for name in names:
            span = next((span for sound, span in sounds if _alike(name.key, sound)), None)
            if span is not None:
                both = (span, name.span) if turned else (name.span, span)
                yield _row("agreement", left, right, *both, "who")


def _alike(name: str, sound: str) -> bool:
    """Return whether a word sounds like a name, one of them with an ending."""
    short, long = sorted((name, sound), key=len)
    return long.startswith(short) and (
        len(long) == len(short) or (len(short) > LEAST_KEY and len(long) <= len(short) + 2)
    )


def _alone(left: Text, right: Text, beads: Sequence[Bead]) -> Iterator[Evidence]:
    """Return the stretches of sentences that are in no bead, each with the place on the other side."""
    ends = [(0, 0), *((bead.left + bead.lefts, bead.right + bead.rights) for bead in beads)]
    begins = [*((bead.left, bead.right) for bead in beads), (len(left.spans), len(right.spans))]
    for (a, c), (b, d) in zip(ends, begins, strict=True):
        places = _place(left, a), _place(right, c)
        if a < b:
            yield _row("omission", left, right, (left.spans[a][0], left.spans[b - 1][1]), (places[1],) * 2)
        if c < d:
            yield _row("omission", left, right, (places[0],) * 2, (right.spans[c][0], right.spans[d - 1][1]))


def _place(text: Text, sentence: int) -> int:
    """Return the character at which a sentence begins, or the text of all sentences ends."""
    return text.spans[sentence][0] if sentence < len(text.spans) else text.spans[-1][1] if text.spans else 0


def _row(type_: str, left: Text, right: Text, one: Span, two: Span, fact: str = "") -> Evidence:
    texts = left.article.text[slice(*one)], right.article.text[slice(*two)]
    return Evidence(type_, one, two, *texts, fact)
