"""Build `dedup/data/substitutions.npz`: for a word that may stand where another belongs, the words that may belong.

    python -m benchmarks.training.build_substitutions --wordnet /usr/share/wordnet --eval ../shared/eval

Four sources: WordNet 3.0 (the Debian package `wordnet-base`; words of one synset, same inflection), word swaps learnt
from the tortured phrases of the Problematic Paper Screener (aligned word by word), the hand-written
`dedup/data/substitutions_curated.tsv`, and nearest neighbours by co-occurrence in the news background. Only word forms
that the
background knows are kept, and nothing of a running text: a table of words.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.hashing import hash_word, join
from dedup.language.substitutions import CURATED, LEARNT, NEIGHBOUR, WORDNET
from dedup.resources import resource

DATA = resource("")
WORD = re.compile(r"[^\W_]+(?:['’‘`][^\W_]+|(?<=\d)[.,]\d+)*")
FORM = re.compile(r"[a-zà-ÿ]{2,}")

RAREST_KEY = 2  # a form seen in capitals as often as this is a name
LONGEST_KEY = 4  # words of a phrase that may stand for one word
INFLECTIONS = {"n": ("", "s"), "v": ("", "s", "ed", "ing"), "a": ("", "er", "est"), "r": ("",)}
RAREST_TARGET = 60  # an expected word must be able to make phrases that are frequent
MOST_TARGETS = 14  # alternatives kept for one word
MOST_NEIGHBOURS = 4
NAME_SHARE = 0.5  # capitalised mid-sentence in more than half of its uses: a name …
COMMON_USES = 20  # … unless it is a common word as well, seen so often in lower case (house, street, navy)
RAREST_VECTOR = 300  # words rarer than this have no trustworthy neighbours
CONTEXT_WORDS = 4000  # columns of the co-occurrence matrix
CONTEXT_POWER = 0.75  # smoothing of context counts (Levy, Goldberg & Dagan 2015, section 3.2)
DIMENSIONS = 100
LEAST_COSINE = 0.55
_FUNCTION = (
    "a an the and or but nor so yet if then than that this these those of in on at by for from to with without into "
    "onto over under up down out off as is are was were be been being am do does did done doing has have had having "
    "will would shall should can could may might must not no it its he him his she her hers they them their theirs "
    "we us our ours you your yours i me my mine who whom whose which what when where why how there here all any "
    "both each few more most other some such only own same too very just also about after again against because "
    "before between during through until while s t don ll ve re d m "
)
FUNCTION_WORDS = frozenset(_FUNCTION.split())

Pair = tuple[str, str]  # wrong word, expected word


class News(NamedTuple):
    """The background as word numbers, most frequent first: `stream` holds -1 between sentences and articles."""

    words: list[str]
    counts: NDArray[np.int64]
    name: NDArray[np.bool_]
    stream: NDArray[np.int32]


def read_news(path: Path) -> News:
    """Count words, and mid-sentence capitals, of the articles of a gzipped JSONL file."""
    number: dict[str, int] = {}
    pieces: list[int] = []
    capital: Counter[int] = Counter()
    inner: Counter[int] = Counter()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            text, before = json.loads(line)["text"], 0
            for found in WORD.finditer(text):
                start, end = found.span()
                word = text[start:end]
                k = number.setdefault(re.sub("[’‘`]", "'", word.lower()), len(number))
                if before and text[before:start].strip(" -"):
                    pieces.append(-1)
                else:
                    inner[k] += 1
                    capital[k] += word[0].isupper()
                pieces.append(k)
                before = end
            pieces.append(-1)
    return _by_frequency(list(number), np.array(pieces, np.int32), inner, capital)


def _by_frequency(words: list[str], stream: NDArray[np.int32], inner: Counter[int], capital: Counter[int]) -> News:
    counts = np.bincount(stream[stream >= 0], minlength=len(words))
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(words) + 1, np.int32)
    rank[order], rank[-1] = np.arange(len(words)), -1
    lower = [inner[int(k)] - capital[int(k)] for k in order]
    share = [capital[int(k)] > NAME_SHARE * inner[int(k)] for k in order]
    name = np.array([s and n < COMMON_USES for s, n in zip(share, lower, strict=True)], bool)
    return News([words[k] for k in order], counts[order].astype(np.int64), name, rank[stream])


def inflect(lemma: str, inflection: str) -> str:
    """A regular English inflection."""
    if not inflection:
        return lemma
    if lemma.endswith("y") and lemma[-2:-1] not in "aeiou" and inflection != "ing":
        return lemma[:-1] + "i" + ("es" if inflection == "s" else inflection)
    if inflection == "s":
        return lemma + ("es" if lemma.endswith(("s", "x", "z", "ch", "sh")) else "s")
    return (lemma[:-1] if lemma.endswith("e") else lemma) + inflection


def key_of(written: str) -> int:
    """Hash of one word, or of several joined as the background joins them."""
    hashes = [np.uint64(hash_word(w.encode())) for w in written.split(" ")]
    key = hashes[0]
    for word in hashes[1:]:
        key = np.uint64(join(key, word))
    return int(key)


class WordNet:
    """Lemmas, senses and inflections as the database files give them (wndb(5WN), morphy(7WN))."""

    PARTS = (("noun", "n"), ("verb", "v"), ("adj", "a"), ("adv", "r"))
    ENDINGS = (
        ("n", "s", (("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("ies", "y"))),
        ("v", "s", (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""))),
        ("v", "ed", (("ed", "e"), ("ed", ""))),
        ("v", "ing", (("ing", "e"), ("ing", ""))),
        ("a", "er", (("er", ""), ("er", "e"))),
        ("a", "est", (("est", ""), ("est", "e"))),
    )

    def __init__(self, folder: Path) -> None:
        self.senses: dict[tuple[str, str], list[tuple[str, ...]]] = {}
        self.synsets: list[tuple[str, tuple[str, ...]]] = []
        self.irregular: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for file, part in self.PARTS:
            synsets = dict(self._synsets(folder / f"data.{file}"))
            self.synsets += [(part, members) for members in synsets.values()]
            for line in self._lines(folder / f"index.{file}"):
                fields = line.split()
                places = [f for f in fields[4:] if len(f) == 8 and f.isdigit()]
                self.senses[part, fields[0]] = [synsets[p] for p in places]
            exceptions = folder / f"{file}.exc"
            for line in exceptions.read_text("utf-8").splitlines() if exceptions.exists() else ():
                form, *lemmas = line.split()
                self.irregular[form] += [(part, lemma) for lemma in lemmas if (part, lemma) in self.senses]

    @staticmethod
    def _lines(path: Path) -> Iterator[str]:
        yield from (line for line in path.read_text("utf-8").splitlines() if not line.startswith("  "))

    @classmethod
    def _synsets(cls, path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
        for line in cls._lines(path):
            fields = line.split(" ")
            members = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
            yield fields[0], tuple(re.sub(r"\(.*\)", "", m) for m in members)

    @staticmethod
    def _irregular_feature(part: str, form: str) -> str:
        if part == "n":
            return "s"
        if part == "v":
            return "ing" if form.endswith("ing") else "s" if form.endswith("s") else "ed"
        return "er" if form.endswith(("er", "se")) else "est"

    @lru_cache(maxsize=1 << 18)  # noqa: B019 - one instance lives as long as the script
    def analyses(self, form: str) -> frozenset[tuple[str, str, str]]:
        """Every (part of speech, lemma, inflection) that a form may be."""
        found = {(part, form, "") for _, part in self.PARTS if (part, form) in self.senses}
        for part, lemma in self.irregular.get(form, ()):
            found.add((part, lemma, self._irregular_feature(part, form)))
        for part, inflection, rules in self.ENDINGS:
            for suffix, stem in rules:
                lemma = form[: -len(suffix)] + stem
                if form.endswith(suffix) and len(lemma) > 1 and (part, lemma) in self.senses:
                    found.add((part, lemma, inflection))
        return frozenset(found)


class Forms:
    """The word forms of the background, by lemma and inflection."""

    def __init__(self, net: WordNet, news: News) -> None:
        self.net = net
        known = list(zip(news.words, news.counts.tolist(), news.name.tolist(), strict=True))
        self.names = {w for w, c, name in known if name and c >= RAREST_KEY}
        self.count: dict[str, int] = {
            w: c for w, c, name in known if not name and FORM.fullmatch(w) and w not in FUNCTION_WORDS
        }
        self.of: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for word in self.count:
            for analysis in net.analyses(word):
                self.of[analysis].append(word)

    def may_be_wrong(self, written: str) -> bool:
        """Whether it is no name and no function word; several words must not all be function words."""
        words = written.split(" ")
        plain = all(w.isalpha() and w not in self.names for w in words) and len(words) <= LONGEST_KEY
        return plain and not all(w in FUNCTION_WORDS for w in words) and len(written) > 1

    def related(self, left: str, right: str) -> bool:
        """Whether they are forms of one lemma."""
        lemmas = [{lemma for _, lemma, _ in self.net.analyses(w)} for w in (left, right)]
        return not lemmas[0].isdisjoint(lemmas[1])

    def wrong(self, part: str, lemma: str, inflection: str) -> set[str]:
        """The forms of a lemma that a spinner writes: those in use, and the regular ones even where they are wrong."""
        regular = {inflect(lemma, inflection)}
        if " " in lemma:
            head, rest = lemma.split(" ", 1)
            regular.add(f"{inflect(head, inflection)} {rest}")
        return regular.union(self.of.get((part, lemma, inflection), ()))

    def wordnet_pairs(self) -> Iterator[Pair]:
        """Wrong words (one to four) and the expected word of one synset and one inflection."""
        for part, members in self.net.synsets:
            plain = [m.replace("_", " ").replace("-", " ") for m in members if m.islower()]
            for expected in (m for m in plain if " " not in m):
                for inflection in INFLECTIONS[part]:
                    targets = self.of.get((part, expected, inflection), ())
                    wrongs = (w for m in plain if m != expected for w in self.wrong(part, m, inflection))
                    yield from ((w, e) for w in wrongs for e in targets if e != w)

    def inflected(self, pair: Pair) -> Iterator[Pair]:
        """The pair itself, and its other inflections where both words can be read as the same form."""
        yield pair
        wrong, expected = (self.net.analyses(w) for w in pair)
        for part, lemma, inflection in sorted(wrong):
            for part2, lemma2, inflection2 in sorted(expected):
                if (part, inflection) != (part2, inflection2) or part == "r":
                    continue
                for other in ("", "s", "ed", "ing"):
                    for w in self.of.get((part, lemma, other), ()):
                        yield from ((w, e) for e in self.of.get((part, lemma2, other), ()) if e != w)


def tortured_pairs(path: Path) -> Iterator[Pair]:
    """Words at the same place of phrases of one length: pairs seen twice, or once where nothing else differs."""
    seen: Counter[Pair] = Counter()
    sure: set[Pair] = set()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            tortured, expected = (re.findall(r"[a-z]+", row[k].lower()) for k in ("tortured", "expected"))
            differ = [(t, e) for t, e in zip(tortured, expected, strict=False) if t != e]
            if len(tortured) == len(expected) and differ:
                seen.update(differ)
                sure.update(differ if len(differ) == 1 and len(tortured) > 1 else ())
    yield from sorted(pair for pair, n in seen.items() if n > 1 or pair in sure)


def curated_pairs(path: Path) -> Iterator[Pair]:
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            expected, wrong = line.split("\t")
            yield from ((w.replace("_", " "), expected) for w in wrong.split() if w != expected)


def held_back(expected: str) -> bool:
    """Whether what spinners put for a word is kept back from a table that is measured with it: half of all words."""
    return bool(crc32(expected[:4].encode()) & 1)  # all inflections together


def neighbour_pairs(news: News) -> Iterator[Pair]:
    """Nearest words by cosine of truncated SVD over positive pointwise mutual information, two words to each side."""
    from scipy.sparse import coo_matrix
    from sklearn.utils.extmath import randomized_svd

    rows = int(np.searchsorted(-news.counts, -RAREST_VECTOR))
    blocks = []
    for gap in (1, 2):
        before, after = news.stream[:-gap], news.stream[gap:]
        for word, context, shift in ((before, after, 0), (after, before, CONTEXT_WORDS)):
            keep = (word >= 0) & (context >= 0) & (word < rows) & (context < CONTEXT_WORDS)
            blocks.append((word[keep], context[keep] + shift))
    row, column = (np.concatenate([b[i] for b in blocks]) for i in (0, 1))
    matrix = coo_matrix((np.ones(len(row), np.float32), (row, column)), (rows, 2 * CONTEXT_WORDS)).tocsr()
    by_row, by_column = np.asarray(matrix.sum(1)).ravel(), np.asarray(matrix.sum(0)).ravel() ** CONTEXT_POWER
    matrix = matrix.tocoo()
    value = np.log(matrix.data * by_column.sum() / (by_row[matrix.row] * by_column[matrix.col]))
    positive = coo_matrix((np.maximum(value, 0), (matrix.row, matrix.col)), matrix.shape).tocsr()
    u, s, _ = randomized_svd(positive, DIMENSIONS, n_iter=3, random_state=0)
    vectors = u * np.sqrt(s)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    usable = np.array([i for i in range(rows) if not news.name[i] and FORM.fullmatch(news.words[i])])
    for block in np.array_split(usable, 40):
        cosine = vectors[block] @ vectors[usable].T
        best = np.argsort(-cosine, axis=1)[:, 1 : MOST_NEIGHBOURS + 1]
        for i, row_best in enumerate(best):
            yield from ((news.words[block[i]], news.words[usable[j]]) for j in row_best if cosine[i, j] >= LEAST_COSINE)


def _rank(source: int) -> int:
    return 0 if source & (CURATED | LEARNT) else 1 if source & WORDNET else 2


def collect(sources: Iterable[tuple[int, Iterable[Pair]]], forms: Forms) -> dict[str, list[tuple[str, int]]]:
    """The alternatives of each wrong word, best-founded and most frequent first, with the bits of their sources."""
    bits: dict[str, Counter[str]] = defaultdict(Counter)
    for source, pairs in sources:
        for wrong, expected in pairs:
            related = source == NEIGHBOUR and forms.related(wrong, expected)
            if forms.count.get(expected, 0) >= RAREST_TARGET and forms.may_be_wrong(wrong) and not related:
                bits[wrong][expected] |= source
    order = {
        wrong: sorted(targets.items(), key=lambda t: (_rank(t[1]), -forms.count[t[0]], t[0]))
        for wrong, targets in bits.items()
    }
    return {wrong: targets[:MOST_TARGETS] for wrong, targets in order.items()}


def write(path: Path, table: dict[str, list[tuple[str, int]]], header: dict[str, str]) -> None:
    targets = sorted({e for row in table.values() for e, _ in row})
    number = {e: i for i, e in enumerate(targets)}
    hashed = sorted((key_of(w), row) for w, row in table.items())
    np.savez_compressed(
        path,
        keys=np.array([h for h, _ in hashed], np.uint64),
        offsets=np.cumsum([0] + [len(row) for _, row in hashed]).astype(np.uint32),
        targets=np.array([number[e] for _, row in hashed for e, _ in row], np.uint16),
        sources=np.array([s for _, row in hashed for _, s in row], np.uint8),
        target_hashes=np.array([hash_word(e.encode()) for e in targets], np.uint64),
        words=np.frombuffer("\n".join(targets).encode(), np.uint8),
        header=np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--wordnet", type=Path, required=True, help="folder of index.noun, data.noun, …")
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--output", type=Path, default=DATA / "substitutions.npz")
    parser.add_argument(
        "--half", action="store_true", help="keep back half of the swaps: benchmarks/quality/expressions"
    )
    given = parser.parse_args()
    news = read_news(given.eval / "background.jsonl.gz")
    forms = Forms(WordNet(given.wordnet), news)
    phrases, noted = given.eval / "tortured.jsonl.gz", DATA / "substitutions_curated.tsv"
    learnt, curated = (
        (p for pair in pairs if not (given.half and held_back(pair[1])) for p in forms.inflected(pair))
        for pairs in (tortured_pairs(phrases), curated_pairs(noted))
    )
    sources = (
        (CURATED, curated),
        (LEARNT, learnt),
        (WORDNET, forms.wordnet_pairs()),
        (NEIGHBOUR, neighbour_pairs(news)),
    )
    table = collect(sources, forms)
    header = {
        "what": "wrong word -> words that may belong there",
        "sources": "WordNet 3.0 (c) Princeton University; Problematic Paper Screener, CC BY 4.0; "
        "see substitutions.LICENCE",
        "background": f"{len(news.words)} word forms of {given.eval.name}/background.jsonl.gz",
    }
    write(given.output, table, header)
    print(
        f"{len(table)} words, {sum(map(len, table.values()))} alternatives, {given.output.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
