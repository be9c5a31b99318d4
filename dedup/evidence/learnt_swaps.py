"""Swaps learnt from confirmed pairs: what a copy put in the place of which words, how often, and between which words.

The same spinner swaps the same words again and again. `SwapTable.learn` counts the swaps of a scan's copies whose
original is known; `save` and `load` keep the table as readable text; `patterns` writes the frequent ones in the grammar
of `dedup/data/tortured_phrases.tsv`, so that the score of a single article can look for them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dedup.errors import InputError
from dedup.records import COPIES, Match
from dedup.whole_files import whole_file

SURE = 0.8  # least confidence in the original of a pair that is learnt from
MOST_CONTEXTS = 12  # words before (and after) that a pattern lists
HEADER = "# Swaps learnt from confirmed copies: expected, found, copies, then the words before|after each place.\n"

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PHRASE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?: [^\W\d_]+(?:['’][^\W\d_]+)*)*")
_REACH = 40  # characters in which the word before or after is looked for


@dataclass(frozen=True, slots=True)
class Swap:
    """One substitution: in `pairs` copies `found` stands where `expected` stood, between the words of `contexts`."""

    expected: str
    found: str
    pairs: int
    contexts: tuple[tuple[str, str], ...]  # the word before and after in the copy, empty at an edge; commonest first


class SwapTable:
    """Counts of substitutions, many to one, in context. All words are in lower case."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._contexts: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"<SwapTable of {len(self):,} swaps>"

    def learn(self, matches: Iterable[Match], text: Callable[[str], str]) -> int:
        """Count the swaps of all copies whose original is sure; `text` gives the text of an id. Returns how many."""
        learnt = 0
        for match in matches:
            if match.kind not in COPIES or match.original is None or match.original_confidence < SURE:
                continue
            swapped = match.original == match.right
            copy = text(match.left if swapped else match.right)
            for e in match.evidence:
                if e.type != "swap":
                    continue
                place = e.left if swapped else e.right
                expected, found = (e.right_text, e.left_text) if swapped else (e.left_text, e.right_text)
                learnt += self._add(_folded(expected), _folded(found), _around(copy, *place))
        return learnt

    def _add(self, expected: str, found: str, context: tuple[str, str], pairs: int = 1) -> bool:
        if not (_PHRASE.fullmatch(expected) and _PHRASE.fullmatch(found)) or expected == found:
            return False
        self._pairs[expected, found] += pairs
        self._contexts[expected, found][context] += pairs
        return True

    def swaps(self, least: int = 1) -> Iterator[Swap]:
        """Substitutions seen in at least `least` copies, commonest first, then by their words."""
        for (expected, found), pairs in sorted(self._pairs.items(), key=lambda item: (-item[1], item[0])):
            if pairs >= least:
                contexts = sorted(self._contexts[expected, found].items(), key=lambda item: (-item[1], item[0]))
                yield Swap(expected, found, pairs, tuple(context for context, _ in contexts))

    def save(self, path: str | Path) -> None:
        """Write the table: tab-separated lines, UTF-8."""
        with whole_file(path) as file:
            file.write(HEADER.encode())
            for swap in self.swaps():
                counts = self._contexts[swap.expected, swap.found]
                contexts = [f"{before}|{after}:{counts[before, after]}" for before, after in swap.contexts]
                file.write(("\t".join([swap.expected, swap.found, str(swap.pairs), *contexts]) + "\n").encode())

    @staticmethod
    def load(path: str | Path) -> SwapTable:
        """Read a table; raises `InputError` where there is none, and for a line that is not of one, with its number."""
        table = SwapTable()
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as a table of swaps: {error}") from error
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith("#") or not line:
                continue
            try:
                expected, found, _, *contexts = line.split("\t")
                for context in contexts:
                    words, count = context.rsplit(":", 1)
                    before, after = words.split("|")
                    table._add(expected, found, (before, after), int(count))
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not a line of a table of swaps") from error
        return table

    def patterns(self, least: int = 3) -> Iterator[str]:
        """Lines in the grammar of `tortured_phrases.tsv` for what stands in at least `least` copies.

        A single word needs its neighbours: it gets two lines, one with the words seen before it, one with those after.
        """
        for swap in self.swaps(least):
            if " " in swap.found:
                yield "\t".join(["weak", "", swap.found, "", swap.expected])
                continue
            for side in (0, 1):
                words = _words(context[side] for context in swap.contexts)
                if words:
                    before, after = (words, "") if side == 0 else ("", words)
                    yield "\t".join(["weak", before, swap.found, after, swap.expected])


def _words(contexts: Iterable[str]) -> str:
    """The first different words of some contexts as alternatives."""
    kept = list(dict.fromkeys(word for word in contexts if _PHRASE.fullmatch(word)))
    return "|".join(kept[:MOST_CONTEXTS])


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").replace("-", " ").split())


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """The word before and the word after a place, in lower case; empty where none stands close by."""
    before = _WORD.findall(text[max(0, start - _REACH) : start])
    after = _WORD.search(text[end : end + _REACH])
    return _folded(before[-1]) if before else "", _folded(after.group()) if after else ""
