"""Build `dedup/data/expressions.npz`: pairs of words that stand side by side in news far more often than by chance.

    python -m benchmarks.training.build_expressions --eval ../shared/eval

Counted in the articles of the news background; `dedup/data/expressions_curated.tsv` adds names and set phrases of other
countries and of sport, which that news hardly has. Nothing of a running text is kept: a table of word pairs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.training.build_background import rows
from benchmarks.training.build_substitutions import FUNCTION_WORDS
from dedup.compiled.arrays import F64, U64
from dedup.compiled.hashing import hash_word
from dedup.language.background import BREAK, NUMBER, Background, shipped_background
from dedup.language.expressions import FUNCTION_SHARE
from dedup.language.lookup import look_up
from dedup.language.tables import encode_counts
from dedup.records import Flag
from dedup.resources import resource
from dedup.text import tokenise

DATA = resource("")
LEAST_ARTICLES = 20
LEAST_ASSOCIATION = np.log(15.0)  # side by side fifteen times as often as by chance
NAME_SHARE = 0.5  # both words capitalised in more of the articles: a name
CURATED_ARTICLES = 100  # what a pair of the list counts for
CAPITAL = int(Flag.CAPITAL)

Found = dict[tuple[str, str], tuple[int, bool]]  # both words in lower case -> articles, whether it is a name


def pairs_of(text: str, background: Background, known: U64) -> U64:
    """Distinct pairs (k, 3) of one article: rows of both words in the sorted `known`, and whether both are capitals."""
    tokens = tokenise(text)
    seen = look_up(tokens, background)
    at = np.searchsorted(known, seen.words).clip(max=len(known) - 1)
    plain = (known[at] == seen.words) & (seen.words != BREAK) & (seen.words != NUMBER)
    capital = (tokens.flags[seen.origin] & CAPITAL != 0).astype(np.uint64)
    both = plain[:-1] & plain[1:]
    first, second = at[:-1][both].astype(np.uint64), at[1:][both].astype(np.uint64)
    named = (capital[:-1] & capital[1:])[both]
    packed: U64 = np.unique(first << np.uint64(33) | second << np.uint64(1) | named)
    return packed


def counted(texts: Iterable[str], background: Background, known: U64) -> tuple[U64, F64, F64]:
    """Packed pairs, the articles that have each, and the share of these that capitalise both words."""
    packed = np.sort(np.concatenate([pairs_of(text, background, known) for text in texts]))
    pairs, named = packed >> np.uint64(1), packed & np.uint64(1)
    starts = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    articles = np.diff(np.append(starts, len(pairs))).astype(np.float64)
    return pairs[starts], articles, np.add.reduceat(named.astype(np.float64), starts) / articles


def vocabulary(background: Background) -> dict[int, str]:
    """The words that an expression may have, by hash: no function words, no marks in them."""
    most = FUNCTION_SHARE * background.words
    spelled = background.spelled.items()
    words = {h: w for h, w in spelled if w.isalpha() and len(w) > 1 and w.lower() not in FUNCTION_WORDS}
    counts = background.count1(np.array(list(words), np.uint64))
    return {h: w for (h, w), n in zip(words.items(), counts.tolist(), strict=True) if n < most}


def from_news(path: Path, background: Background) -> Found:
    """The expressions of a pile of news, in how many articles they stand, and whether they are names."""
    words = vocabulary(background)
    known = np.array(sorted(words), np.uint64)
    texts = (row["text"] for row in rows(path))
    pairs, articles, named = counted(texts, background, known)
    first, second = (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    uses = background.count1(known).astype(np.float64)
    association = np.log(articles * background.words / (uses[first] * uses[second]))
    found: Found = {}
    for k in np.flatnonzero((articles >= LEAST_ARTICLES) & (association >= LEAST_ASSOCIATION)).tolist():
        pair = words[int(known[first[k]])].lower(), words[int(known[second[k]])].lower()
        found[pair] = int(articles[k]), bool(named[k] > NAME_SHARE)
    return found


def from_list(path: Path, background: Background) -> Found:
    """The pairs of the hand-written list, which has expressions of two words and more, a line each.

    Pairs with function words or marks are left out. What the news has is counted there, capitals included.
    """
    found: Found = {}
    for line in path.read_text("utf-8").splitlines():
        words = [] if line.startswith("#") else line.split()
        for first, second in pairwise(words):
            pair = first.lower(), second.lower()
            counts = background.count1([hash_word(word.encode()) for word in pair])
            plain = all(word.isalpha() and word not in FUNCTION_WORDS for word in pair)
            if plain and max(counts) < FUNCTION_SHARE * background.words:
                found[pair] = CURATED_ARTICLES, first.istitle() and second.istitle()
    return found


def write(path: Path, found: Found) -> None:
    """Write the words once, sorted by hash, and the pairs by their rows."""
    hashes = {word: hash_word(word.encode()) for pair in found for word in pair}
    words = sorted(hashes, key=lambda w: hashes[w])
    row = {word: n for n, word in enumerate(words)}
    ordered = sorted(found, key=lambda pair: (row[pair[0]], row[pair[1]]))
    np.savez_compressed(
        path,
        hashes=np.array([hashes[w] for w in words], np.uint64),
        pairs=np.array([(row[a], row[b]) for a, b in ordered], np.uint16),
        counts=encode_counts(np.array([found[pair][0] for pair in ordered])),
        names=np.array([found[pair][1] for pair in ordered], np.uint8),
        words=np.frombuffer("\n".join(words).encode(), np.uint8),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--output", type=Path, default=DATA / "expressions.npz")
    given = parser.parse_args()
    background = shipped_background()
    listed = from_list(DATA / "expressions_curated.tsv", background)
    found = listed | from_news(given.eval / "background.jsonl.gz", background)
    write(given.output, found)
    print(f"{len(found)} expressions, {given.output.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
