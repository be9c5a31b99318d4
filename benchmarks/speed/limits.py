"""What must stay linear, and what must not break: identical articles, one template, a folder of broken files.

usage: limits.py [identical] [template] [broken] [--articles N] [--level near|full]
Each part is made in a temporary folder and scanned by the command line as a user would, in a process of its own; it
prints wall-clock seconds, peak memory and the summary.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SYLLABLES = ["ka", "lo", "mi", "ter", "van", "sol", "ne", "bri", "dor", "pel", "gan", "rus", "tia", "fe", "mon", "qui"]
HUGE_LINE = 200 << 20  # bytes


def sentences(seed: int, words: int) -> str:
    """Invented words in sentences of about fifteen."""
    draw = random.Random(seed)
    made = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(words)]
    return " ".join(w.capitalize() if i % 15 == 0 else w + "." * (i % 15 == 14) for i, w in enumerate(made))


def identical(folder: Path, articles: int) -> None:
    """One text under many ids."""
    text = sentences(1, 450)
    _write(folder / "identical.jsonl", ({"id": str(i), "text": text} for i in range(articles)))


def one_wording(articles: int) -> Iterator[dict[str, str]]:
    """Weather reports: 300 words of one template around 60 words of their own."""
    frame = sentences(2, 300)
    return ({"id": str(i), "text": f"{sentences(100 + i, 60)}\n\n{frame}"} for i in range(articles))


def template(folder: Path, articles: int) -> None:
    """`one_wording` as a file."""
    _write(folder / "template.jsonl", one_wording(articles))


def broken(folder: Path, files: int) -> None:
    """Files that cannot be used, each in its own way, and one line of 200 MB."""
    draw = random.Random(3)
    good = json.dumps({"id": "x", "text": sentences(4, 100)}).encode()
    kinds: list[tuple[str, Callable[[], bytes]]] = [
        (".txt", lambda: draw.randbytes(3000)),
        (".jsonl.gz", lambda: gzip.compress(good * 50)[: draw.randint(20, 60)]),
        (".txt", lambda: b"caf\xc3 \xff\xfe broken \x80\x81" + draw.randbytes(20)),
        (
            ".jsonl",
            lambda: draw.choice([b'{"text": 1}', b"[1, 2]", b'{"text": null}', b'{"text": ["a"]}', b'"x"', b"{"]),
        ),
        (".html", lambda: draw.randbytes(500)),
        (".txt", lambda: b""),
        (".jsonl", lambda: b'{"id": {"a": 1}, "text": "words here"}'),
        (".jsonl", lambda: b""),
    ]
    for i in range(files - 1):
        ending, make = kinds[i % len(kinds)]
        (folder / f"{i:04}{ending}").write_bytes(make())
    with (folder / "huge.jsonl").open("wb") as stream:
        stream.write(b'{"text": "')
        for _ in range(HUGE_LINE >> 20):
            stream.write(b"a " * (1 << 19))
        stream.write(b'"}\n')


def _write(path: Path, rows: Iterator[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["identical", "broken"], choices=[f.__name__ for f in PARTS])
    parser.add_argument("--articles", type=int, help="articles or files (default: 8,000; 1,000 files)")
    parser.add_argument("--level", default="full", choices=["near", "full"])
    args = parser.parse_args()
    for part in PARTS:
        if part.__name__ not in args.parts:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder, out = Path(name) / "in", Path(name) / "out"
            folder.mkdir()
            count = args.articles or (1000 if part is broken else 8000)
            part(folder, count)
            begin = time.perf_counter()
            command = [sys.executable, "-m", "dedup", "scan", str(folder), "-o", str(out), "--level", args.level]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - begin
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"## {part.__name__} {count:,}: {seconds:.1f} s, exit {done.returncode}, peak {peak:.0f} MB")
            print(done.stdout + done.stderr[-2000:])
            if out.exists():
                lines = {p.name: sum(1 for _ in p.open("rb")) for p in sorted(out.glob("*.jsonl"))}
                print("lines:", lines, "\n")


PARTS = (identical, template, broken)

if __name__ == "__main__":
    main()
