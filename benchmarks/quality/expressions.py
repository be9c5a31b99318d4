"""Set expressions and names with a word or two replaced: how many are found, and whether the right words are expected.

    python -m benchmarks.training.build_substitutions --wordnet /usr/share/wordnet --eval PACKS --half --output HALF.npz
    python -m benchmarks.quality.expressions --packs PACKS --wordnet /usr/share/wordnet --substitutions HALF.npz

In clean news, pairs of words that stand in several articles of the set are told as expressions; in a fifth of their
places one word or both are replaced. Two spinners: WordNet, and the swaps of real spinners that the table HALF was not
made with. `--substitutions` left out, the shipped table is used, which knows all of them. Last come real tortured
phrases of science, each in one plain sentence, where one swap alone can hardly be strong.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.training.build_substitutions import FUNCTION_WORDS, WordNet, held_back, inflect, tortured_pairs
from benchmarks.training.score_data import words_of
from benchmarks.training.simulate import SHORTEST, WORD
from benchmarks.training.train_evidence import articles
from dedup.compiled.hashing import hash_word
from dedup.findings.finder import Finder
from dedup.findings.tortured import FREQUENT_PAIR
from dedup.language.background import Background, shipped_background
from dedup.language.substitutions import load, shipped
from dedup.records import Finding

LEAST_ARTICLES, LEAST_ASSOCIATION = 6, 20  # of a pair: articles of its set, times as often as by chance
RATE = 0.2  # of the places of expressions
BOTH = 0.4  # of them, where both words are replaced if both can be
EVERY, LEAST_WORDS, SENSES, SEED = 3, 100, 2, 4

SENTENCE = "The committee spoke about {} on Monday."  # of a tortured phrase

Swaps = Mapping[str, Sequence[str]]
Pair = tuple[str, str]


class Swap(NamedTuple):
    """An expression that was replaced: its place in the new text, what stood there, how many words were replaced."""

    start: int
    end: int
    was: str
    words: int


def expressions_of(texts: Iterable[str]) -> set[Pair]:
    """Pairs of content words, in lower case, that stand side by side in several texts, more often than by chance."""
    pairs, words, total = Counter[Pair](), Counter[str](), 0
    for text in texts:
        found = [m.group().lower() for m in WORD.finditer(text)]
        words.update(found)
        total += len(found)
        pairs.update(set(pairwise(found)))

    def kept(pair: Pair, n: int) -> bool:
        plain = not FUNCTION_WORDS.intersection(pair) and min(map(len, pair)) >= SHORTEST
        return plain and n >= LEAST_ARTICLES and n * total >= LEAST_ASSOCIATION * words[pair[0]] * words[pair[1]]

    return {pair for pair, n in pairs.items() if kept(pair, n)}


def _written(replacement: str, original: str) -> str:
    return replacement[:1].upper() + replacement[1:] if original[:1].isupper() else replacement


def replace(text: str, known: set[Pair], swaps: Swaps, rng: Random) -> tuple[str, list[Swap]]:
    """Replace words of expressions; each place is touched once."""
    words, out, done, at, length, i = list(WORD.finditer(text)), list[str](), list[Swap](), 0, 0, 0
    while i + 1 < len(words):
        pair = words[i], words[i + 1]
        lower = pair[0].group().lower(), pair[1].group().lower()
        can = [k for k in (0, 1) if swaps.get(lower[k])]
        gap = text[pair[0].end() : pair[1].start()]
        if lower in known and can and gap in (" ", "-") and rng.random() < RATE:
            chosen = can if len(can) == 2 and rng.random() < BOTH else [rng.choice(can)]
            new = [_written(rng.choice(swaps[w]), m.group()) if k in chosen else m.group()
                   for k, (w, m) in enumerate(zip(lower, pair, strict=True))]  # fmt: skip
            out += [text[at : pair[0].start()], gap.join(new)]
            start = length + len(out[-2])
            length, at = start + len(out[-1]), pair[1].end()
            done.append(Swap(start, length, " ".join(lower), len(chosen)))
            i += 1
        i += 1
    return "".join(out) + text[at:], done


def wordnet_swaps(folder: Path, words: Iterable[str]) -> Swaps:
    """Members of the first senses of each word, in its inflection."""
    net, found = WordNet(folder), defaultdict[str, list[str]](list)
    for word in words:
        for part, lemma, inflection in sorted(net.analyses(word)):
            for members in net.senses[part, lemma][:SENSES]:
                others = [m.replace("_", " ") for m in members if m.islower() and m != lemma]
                found[word] += [inflect(m, inflection) for m in others if " " not in m]
    return found


def learnt_swaps(packs: Path) -> Swaps:
    """The swaps of real spinners that are kept back."""
    found = defaultdict[str, list[str]](list)
    for wrong, expected in tortured_pairs(packs / "tortured.jsonl.gz"):
        if held_back(expected) and len(expected) >= SHORTEST and expected not in FUNCTION_WORDS:
            found[expected].append(wrong)
    return found


def told(found: Sequence[Finding], swap: Swap) -> tuple[bool, bool, bool]:
    """Whether a strong finding touches a swap, any finding does, and one expects what stood there."""
    here = [f for f in found if f.span[0] < swap.end and f.span[1] > swap.start]
    right = any(swap.was in (f.expected or "").lower().replace("-", " ") for f in here)
    return any(f.strong for f in here), bool(here), right


def row(name: str, counts: Counter[str]) -> str:
    """A line of the table: shares of the swaps."""
    swaps = max(1, counts["swaps"])
    shares = " | ".join(f"{counts[kind] / swaps:.3f}" for kind in ("strong", "any", "right"))
    return f"| {name} | {counts['swaps']} | {shares} |"


def real_phrases(packs: Path, background: Background) -> Iterator[tuple[list[str], list[str]]]:
    """Tortured phrases of science and what they stand for, of as many words, where news has the latter often."""
    for one in articles(packs / "tortured.jsonl.gz"):
        wrong, right = (re.findall("[a-z]+", one[kind].lower()) for kind in ("tortured", "expected"))
        if len(wrong) == len(right) in (2, 3) and wrong != right:
            hashes = [hash_word(word.encode()) for word in right]
            if background.count2(hashes[:-1], hashes[1:]).min() >= FREQUENT_PAIR:
                yield wrong, right


def of_real_phrases(packs: Path, finder: Finder) -> dict[str, Counter[str]]:
    """The same counts for tortured phrases, each in a sentence of its own; are their swaps in the table?"""
    counts = defaultdict[str, Counter[str]](Counter)
    for wrong, right in real_phrases(packs, finder.background):
        text = SENTENCE.format(" ".join(wrong))
        differ = [e for w, e in zip(wrong, right, strict=True) if w != e]
        swap = Swap(SENTENCE.index("{"), SENTENCE.index("{") + len(" ".join(wrong)), " ".join(right), len(differ))
        part = "some kept back" if any(map(held_back, differ)) else "none kept back"
        strong, either, fits = told(finder(words_of(text), text), swap)
        counts[f"{part}, {'one word' if len(differ) == 1 else 'more words'}"].update(
            swaps=1, strong=int(strong), any=int(either), right=int(fits)
        )
    return counts


def measure(
    rows: Sequence[Mapping[str, Any]], spinners: Mapping[str, Swaps], finder: Finder
) -> dict[str, Counter[str]]:
    """Counts of swaps and of what was told of them, by spinner and number of words replaced."""
    known, rng, counts = (
        expressions_of(row["text"] for row in rows),
        Random(SEED),
        defaultdict[str, Counter[str]](Counter),
    )
    for number, one in enumerate(rows):
        if number % EVERY:
            continue
        for name, swaps in spinners.items():
            text, done = replace(one["text"], known, swaps, rng)
            found = finder(words_of(text), text) if done else []
            for swap in done:
                strong, either, right = told(found, swap)
                counts[f"{name}, {'one word' if swap.words == 1 else 'both words'}"].update(
                    swaps=1, strong=int(strong), any=int(either), right=int(right)
                )
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True, help="folder of index.noun, data.noun, …")
    parser.add_argument("--substitutions", type=Path, help="a table made with --half")
    args = parser.parse_args()
    rows = articles(args.packs / "machine" / "docs.jsonl.gz") + articles(args.packs / "human" / "docs.jsonl.gz")
    rows = [one for one in rows if one["label"] == "human" and len(one["text"].split()) >= LEAST_WORDS]
    finder = Finder(shipped_background(), load(args.substitutions) if args.substitutions else shipped())
    print("| news, spinner | swaps | strong | strong or weak | the words expected |\n|---|---|---|---|---|")
    for name, part in (
        ("allsides", [one for one in rows if one["set"] == "allsides"]),
        ("other sets", [one for one in rows if one["set"] != "allsides"]),
    ):
        words = {word for pair in expressions_of(one["text"] for one in part) for word in pair}
        spinners = {"WordNet": wordnet_swaps(args.wordnet, sorted(words)), "kept back": learnt_swaps(args.packs)}
        for spinner, counts in sorted(measure(part, spinners, finder).items()):
            print(row(f"{name}, {spinner}", counts))
    for kind, counts in sorted(of_real_phrases(args.packs, finder).items()):
        print(row(f"tortured phrases of science, {kind}", counts))


if __name__ == "__main__":
    main()
