"""What is fuzzed, and what each result promises: readers, kernels, judges, the score, reports, files from elsewhere.

A target takes bytes and returns what they came to, in a few words; an exception that is none of this package, or a
broken promise (`AssertionError`), is wrong. `TARGETS` has them by name, with the share of the inputs that each gets.
"""

from __future__ import annotations

import random
import re
import shutil
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

import dedup
from benchmarks.quality.index_faults import article as index_article
from benchmarks.quality.index_faults import fill
from benchmarks.quality.mutations import FILES, TEXTS, mutated
from dedup.display import harmless
from dedup.pipeline.scorer import build_background
from dedup.read import Format, ReadOptions, Session, parse_date, read
from dedup.read.dates import DateOrder
from dedup.records import Article, Finding, Match, Skipped, Span
from dedup.report import write_report
from dedup.scoring import Scorer
from dedup.sketch import shingle_signatures
from dedup.text import hash_bytes, join_texts, tokenise, tokenise_bytes

BETWEEN = b"\n====\n"  # parts two texts of one input
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
READ_SHARES = {"auto": 30, "html": 25, "text": 30, "markdown": 30, "jsonl": 120, "json": 60, "csv": 60, "feed": 40}


class Target(NamedTuple):
    """What is fuzzed: its seeds, what runs an input, and its part of all inputs."""

    seeds: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], str]
    share: int


def text_of(data: bytes) -> str:
    """Return the bytes as text; those that are no UTF-8 become half characters."""
    return data.decode("utf-8", "surrogateescape")


def two_texts(data: bytes) -> tuple[str, str]:
    """Return two texts; where nothing parts the bytes, the second is made from the first."""
    left, mark, right = data.partition(BETWEEN)
    made = right if mark else mutated([left], random.Random(zlib.crc32(left)))
    return text_of(left), text_of(made)


def pairs() -> list[bytes]:
    """Return pairs of texts, some of them related."""
    return [*(a + BETWEEN + b for a in TEXTS[:4] for b in TEXTS[:5]), *(text + BETWEEN + text for text in TEXTS)]


def letters(number: int) -> str:
    """Return a number in letters: figures are left out of account where kinds of outcomes are told apart."""
    return "".join(chr(97 + int(figure)) for figure in str(number))


def check_span(span: Span, text: str, shown: str | None = None) -> None:
    """Raise `AssertionError` unless a span lies in a text and holds what it says."""
    start, end = span
    assert 0 <= start <= end <= len(text), f"span {span} in a text of {len(text)}"
    assert shown is None or text[start:end] == shown, f"{text[start:end]!r} is not {shown!r}"


def run_read(kind: Format, data: bytes) -> str:
    """Read an input: articles with a text and an id, or reasons."""
    session = Session()
    items = list(read(["-"], ReadOptions(format=kind, max_bytes=1 << 20), BytesIO(data), session))
    list(session.notes())
    assert items, "nothing at all"
    for item in items:
        if isinstance(item, Article):
            assert item.text.strip(), "no text"
            assert isinstance(item.id, str), item.id
            assert item.id, "no id"
        else:
            assert isinstance(item, Skipped), item
            assert item.reason, "no reason"
    reasons = sorted({item.reason for item in items if isinstance(item, Skipped)})
    return f"{letters(sum(isinstance(i, Article) for i in items))} {reasons}"


def run_tokenise(data: bytes) -> str:
    """Tokenise a text alone and between others, and hash it: one result, in order, inside the text."""
    text = text_of(data)
    tokens = tokenise(text)
    size = len(tokens.data)
    starts, ends = tokens.starts.astype(np.int64), tokens.ends.astype(np.int64)
    assert (starts < ends).all(), "an empty word"
    assert len(starts) == 0 or ends[-1] <= size, "a word beyond the text"
    assert (np.diff(starts) > 0).all(), "words out of order"
    assert int(tokens.sentences[-1]) == len(tokens), "the last bound"
    assert (np.diff(tokens.sentences.astype(np.int64)) >= 0).all(), "sentences out of order"
    batch = tokenise_bytes(*join_texts(["A text before it.", text, "and one after"]))[1]
    for name in ("hashes", "stems", "starts", "ends", "flags", "sentences"):
        assert np.array_equal(getattr(tokens, name), getattr(batch, name)), f"{name} depend on the batch"
    hashes, offsets = hash_bytes(*join_texts([text]))
    assert np.array_equal(hashes, tokens.hashes), "hashed otherwise than tokenised"
    signature = shingle_signatures(hashes, offsets)
    for i in range(0, len(tokens), 7):
        tokens.word(i)
        check_span(tokens.span(i, i + 1), text)
    flags = int(np.bitwise_or.reduce(tokens.flags, initial=0))
    return f"{letters(min(len(tokens), 20))} words, {letters(flags)} flags, {signature.shape}"


def run_align(data: bytes) -> str:
    """Align two texts: passages inside them, in order, and the same the other way round."""
    left, right = two_texts(data)
    found, other = dedup.align(left, right), dedup.align(right, left)
    for passage in found.passages:
        check_span(passage.left, left)
        check_span(passage.right, right)
        assert 0 <= passage.similarity <= 1, passage
    assert all(a.left[0] <= b.left[0] for a, b in pairwise(found.passages)), "passages out of order"
    assert len(other.passages) == len(found.passages), "another alignment the other way round"
    return f"{letters(min(len(found.passages), 9))} passages"


def check_match(match: Match, texts: dict[str, str]) -> None:
    """Raise `AssertionError` unless a match says what is so."""
    left, right = texts[match.left], texts[match.right]
    assert match.left < match.right, "left is the smaller id"
    assert 0 <= match.probability <= 1, match.probability
    assert match.original in (None, match.left, match.right), match.original
    for passage in match.alignment.passages:
        check_span(passage.left, left)
        check_span(passage.right, right)
    for one in match.evidence:
        check_span(one.left, left, one.left_text)
        check_span(one.right, right, one.right_text)


def run_compare(data: bytes) -> str:
    """Compare two articles: a verdict with proof that stands in the texts, the same either way."""
    left, right = two_texts(data)
    a, b = Article("a", left), Article("b", right)
    match = dedup.compare(a, b)
    assert match == dedup.compare(b, a), "another verdict the other way round"
    check_match(match, {"a": left, "b": right})
    return f"{match.kind} {match.method} {sorted({e.type for e in match.evidence})}"


def check_findings(findings: Sequence[Finding], text: str) -> None:
    """Raise `AssertionError` unless findings stand in a text."""
    for one in findings:
        check_span(one.span, text, one.found)


def run_score(data: bytes) -> str:
    """Score a text: probabilities, or the reason for none."""
    text = text_of(data)
    score = dedup.score(text)
    assert (score.overall is None) == (score.abstained is not None), "neither a score nor a reason"
    for value in (score.overall or 0, *score.parts.values()):
        assert 0 <= value <= 1, score.parts
    assert all(0 <= value <= 100 for value in score.percentiles.values()), score.percentiles
    check_findings(score.evidence, text)
    return f"{score.abstained} {sorted({e.type for e in score.evidence})}"


def run_report(data: bytes) -> str:
    """Write a report about articles whose every field is hostile, and read it again."""
    text = text_of(data)
    pieces = re.split(r"(?<=\s)", text)
    title, url, source, one = ("".join(pieces[i::4])[:300] for i in range(4))
    pile = [
        Article(one or "x", text + TEXTS[0].decode(), title, url, source),
        Article(f"{one}2", text + TEXTS[0].decode(), url, title, one),
        Article("c", TEXTS[1].decode(), source, url, title),
    ]
    report = dedup.scan(pile, level="near", workers=1)
    for line in dedup.summary(report):
        harmless(line).encode()
    page = write_report(report, "report", mine=[source]).read_text("utf-8")
    assert not CONTROL.search(page), "controls on the page"
    assert page.count("<script") == page.count("</script"), "scripts that the page did not write"
    for file in Path("report").glob("*.jsonl"):
        for row in file.read_bytes().splitlines():
            orjson.loads(row)
    again = dedup.load_report("report")
    assert [m.kind for m in again.matches] == [m.kind for m in report.matches], "another report when read again"
    return f"{len(report.matches)} matches, {len(report.skipped)} skipped"


def run_dates(data: bytes) -> str:
    """Read a date, alone and among others."""
    value, order = text_of(data[:200]), DateOrder()
    order.learn(value, "a.example")
    found = parse_date(value)
    assert found is None or found.tzinfo is not None, "no zone"
    return "no date" if found is None else f"{found.year // 100}"


DATES = [
    date.encode()
    for date in (
        "2026-03-01T10:00:00Z", "Sun, 01 Mar 2026 10:00:00 GMT", "1772359200", "05/12/2026", "13.5.2026 14:00",
        "3. März 2026", "2026年5月3日", "March 3rd, 2026 at 5 p.m. EST", "20260301", "2026-W09-7", "2026-060", "-1e308",
        "1e17", "0001-01-01",
    )
]  # fmt: skip


@cache
def _index() -> dict[str, bytes]:
    folder = Path("whole-index").absolute()
    fill(folder)
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    shutil.rmtree(folder)
    return files


@cache
def _answers() -> list[Any]:
    return _asked(_laid(_index()))


def _laid(files: dict[str, bytes]) -> Path:
    folder = Path("index")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def _asked(folder: Path) -> list[Any]:
    with dedup.open_index(folder) as index:
        asked = [index.check(Article("new", index_article(n).text)) for n in (0, 41, 88)]
        return [asked, len(index), [index.get(f"id-{n}") for n in (1, 30, 77)], list(index)]


def run_index(data: bytes) -> str:
    """Open an index of which one file was mutated: the right answers, or an error that names the file."""
    names = sorted(_index())
    name = names[zlib.crc32(data) % len(names)]
    draw = random.Random(data)
    changed = mutated([_index()[name]], draw) if _index()[name] else data
    if len(_index()[name]) > len(changed) and draw.random() < 0.9:  # what is cut off is told at once: mostly keep it
        at = draw.randrange(len(_index()[name]))
        changed = _index()[name][:at] + changed[: draw.choice((1, 2, 8, 64))] + _index()[name][at:]
        changed = changed[: len(_index()[name])] if draw.random() < 0.7 else changed
    expected = _answers()
    folder = _laid({**_index(), name: changed})
    try:
        found = _asked(folder)
    except dedup.DedupError as error:
        if str(folder) not in str(error):
            raise AssertionError(f"names no file: {error}") from error
        return f"{name} {type(error).__name__}"
    assert found == expected, f"{name}: other answers"
    return f"{name} right"


def _profile() -> bytes:
    dedup.save_profile(dedup.Config().replace(threshold=0.7), "profile")
    return Path("profile").read_bytes()


def _calibration() -> bytes:
    dedup.save_calibration(Scorer().calibration, "calibration")
    return Path("calibration").read_bytes()


def _background() -> bytes:
    texts = [text.decode("utf-8", "replace") for text in TEXTS]
    background = build_background([Article(str(n), text) for n, text in enumerate(texts * 3)])
    dedup.save_background(background, "background")
    return Path("background").read_bytes()


def run_profile(path: Path) -> str:
    """Compare by a profile."""
    config = dedup.load_profile(path)
    dedup.compare(Article("a", TEXTS[0].decode()), Article("b", TEXTS[1].decode()), config)
    return "a profile"


def run_calibration(path: Path) -> str:
    """Score by a calibration."""
    score = dedup.score(TEXTS[2].decode(), calibration=dedup.load_calibration(path))
    assert score.overall is None or 0 <= score.overall <= 1, score.overall
    return "a calibration"


def run_background(path: Path) -> str:
    """Score against a background."""
    background = dedup.load_background(path)
    dedup.score(TEXTS[2].decode(), background)
    return repr(background)


def run_swaps(path: Path) -> str:
    """Read a table of swaps."""
    table = dedup.SwapTable.load(path)
    return f"{len(list(table.patterns(1)))} patterns"


def run_gold(path: Path) -> str:
    """Read labelled pairs and clusters."""
    gold = dedup.load_gold(path)
    return f"{len(gold.labels)} labels, {len(gold.skipped)} skipped"


def run_stored(path: Path) -> str:
    """Read a stored report of which a file was changed, and show it."""
    shutil.rmtree("stored", ignore_errors=True)
    shutil.copytree("made", "stored")
    names = sorted(file.name for file in Path("made").glob("*.json*"))
    name = names[zlib.crc32(path.read_bytes()) % len(names)]
    draw = random.Random(path.read_bytes())
    Path("stored", name).write_bytes(mutated([Path("made", name).read_bytes()], draw))
    report = dedup.load_report("stored")
    list(dedup.summary(report))
    dedup.write_page(report, "page.html")
    return f"{name}: {len(report.matches)} matches"


def run_file(use: Callable[[Path], str], name: str, data: bytes) -> str:
    """Write the bytes to a file and use it."""
    if use is run_stored and not Path("made").exists():
        pile = [Article(str(n), text.decode("utf-8", "replace")) for n, text in enumerate(TEXTS[:4])]
        write_report(dedup.scan(pile, level="near", workers=1), "made")
    path = Path(name)
    path.write_bytes(data)
    return use(path)


GOLD = (
    b"left,right,label\na,b,1\nb,c,0\n", b'[["a","b"],["c","d","e"]]', b'{"one":["a","b"]}',
    b"id,cluster\na,1\nb,1\nc,2\n",
    b'{"left":"a","right":"b","kind":"rewrite"}\n{"left":"c","right":"d","label":0}\n',
)  # fmt: skip
SWAPS = b"# Swaps\nharbour\tport\t3\tthe|board:2\tof|is:1\n"

TARGETS: dict[str, Target] = {
    **{
        f"read {kind}": Target(FILES[kind], partial(run_read, Format(kind)), READ_SHARES.get(kind, 20))
        for kind in FILES
    },
    "tokenise": Target(lambda: TEXTS, run_tokenise, 250),
    "align": Target(pairs, run_align, 40),
    "compare": Target(pairs, run_compare, 15),
    "score": Target(lambda: TEXTS, run_score, 60),
    "dates": Target(lambda: DATES, run_dates, 60),
    "report": Target(lambda: TEXTS, run_report, 2),
    "index": Target(lambda: TEXTS, run_index, 5),
    "profile": Target(lambda: [_profile()], partial(run_file, run_profile, "p.json"), 15),
    "calibration": Target(lambda: [_calibration()], partial(run_file, run_calibration, "c.json"), 15),
    "background": Target(lambda: [_background()], partial(run_file, run_background, "b.bin"), 15),
    "swaps": Target(lambda: [SWAPS], partial(run_file, run_swaps, "s.tsv"), 15),
    "gold": Target(lambda: GOLD, partial(run_file, run_gold, "g.jsonl"), 15),
    "stored": Target(lambda: TEXTS, partial(run_file, run_stored, "x"), 4),
}
