"""Build `dedup/data/grammar_forms.npz`: for a word, the other words that a grammatical error may have made it of.

    python -m benchmarks.training.build_forms --wordnet /usr/share/wordnet

Inflections of one lemma (WordNet 3.0, `wndb(5WN)`, its lists of exceptions), and the closed classes below: auxiliaries,
pronouns, demonstratives, quantities, prepositions, articles. Only forms that the background spells; hashes and words.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmarks.training.build_substitutions import WordNet
from dedup.compiled.hashing import hash_word
from dedup.findings.edits import AGREEMENT, ARTICLE, FORM, INFLECTED, LINK
from dedup.language.background import load_background, shipped_background
from dedup.resources import resource

DATA = resource("")
RAREST = 60  # uses of a word that may be expected: what is rarer makes no frequent pair
RAREST_WRONG = 5  # uses of a word that may be wrong: rarer ones are left to the swaps
CLOSED = {
    AGREEMENT: (
        "is are was were am", "be is are was were been being", "has have had having", "does do did done",
        "isn't aren't wasn't weren't", "doesn't don't didn't", "hasn't haven't hadn't", "this these", "that those",
        "much many", "less fewer", "man men", "woman women", "child children", "people person",
    ),
    FORM: (
        "he him his", "she her hers", "they them their", "we us our", "i me my", "who whom whose", "it its",
        "than then", "who which what", "good well", "each every", "another other", "it's its", "you're your",
        "they're their there", "who's whose",
    ),
    LINK: ("of in on at by for from to with into about over against as",),
    ARTICLE: ("a the", "an the"),
}  # fmt: skip


def families(words: list[str], net: WordNet) -> dict[tuple[str, str], dict[str, str]]:
    """Forms of each (part of speech, lemma) among the words, by form: its inflection."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for word in words:
        for part, lemma, inflection in net.analyses(word):
            if part in "nv":
                found[part, lemma][word] = inflection
    return found


def alternatives(words: list[str], net: WordNet) -> dict[str, dict[str, int]]:
    """For each word its alternatives, with the bits of their kinds."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for forms in families(words, net).values():
        for wrong, right in permutations(sorted(forms), 2):
            if forms[wrong] != forms[right]:
                number = {forms[wrong], forms[right]} == {"", "s"}
                found[wrong][right] |= (AGREEMENT if number else FORM) | INFLECTED[forms[right]]
    closed = {word for rows in CLOSED.values() for row in rows for word in row.split()}
    found = {w: {r: k for r, k in of.items() if r not in closed} for w, of in found.items() if w not in closed}
    for kind, rows in CLOSED.items():
        for row in rows:
            for wrong, right in permutations(row.split(), 2):
                found.setdefault(wrong, {}).setdefault(right, kind)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--background", type=Path, help="another background than the shipped one")
    parser.add_argument("-o", "--output", type=Path, default=DATA / "grammar_forms.npz")
    args = parser.parse_args()
    background = load_background(args.background) if args.background else shipped_background()
    spelled = sorted({word for word in background.spelled.values() if word.islower()})
    uses = dict(zip(spelled, background.count1([hash_word(w.encode()) for w in spelled]).tolist(), strict=True))
    found = alternatives([w for w in spelled if uses[w] >= RAREST_WRONG and w.isascii()], WordNet(args.wordnet))
    kept = {w: {r: k for r, k in of.items() if uses.get(r, 0) >= RAREST} for w, of in found.items()}
    keys = sorted((hash_word(w.encode()), w) for w, of in kept.items() if of)
    targets = sorted({r for _, w in keys for r in kept[w]})
    number = {word: k for k, word in enumerate(targets)}
    rows = [sorted((number[r], kind) for r, kind in kept[w].items()) for _, w in keys]
    np.savez_compressed(
        args.output,
        keys=np.array([key for key, _ in keys], np.uint64),
        offsets=np.cumsum([0, *map(len, rows)]).astype(np.uint32),
        targets=np.array([k for row in rows for k, _ in row], np.uint16),
        sources=np.array([kind for row in rows for _, kind in row], np.uint8),
        target_hashes=np.array([hash_word(w.encode()) for w in targets], np.uint64),
        words=np.frombuffer("\n".join(targets).encode(), np.uint8),
    )
    print(f"{len(keys)} words, {sum(map(len, rows))} alternatives, {args.output.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
