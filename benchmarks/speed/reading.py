"""How fast pages are read, and in how much memory: a folder of small pages, and a web archive.

    python -m benchmarks.speed.reading folder [--pages 200000] [--folder DIR]
    python -m benchmarks.speed.reading warc [--gigabytes 5] [--folder DIR]

Pages are those of `fixtures/` with the words of their text changed from page to page; they are written into a
temporary folder (inside DIR), read by a process of its own, and removed. The archive is as large uncompressed.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fixtures"
A_FOLDER = 1000  # pages in one folder
SHOWN = 10_000  # pages after which a line is printed
_WORD = re.compile(r"(?<=[ >])[a-z]{4,}(?=[ ,.])")
CHANGED = 0.5  # share of the longer words


def pages(padded: int = 0) -> Iterator[bytes]:
    """Yield pages without end, no two alike; `padded` adds so many bytes of scripts, as pages of news have."""
    sources = [path.read_text("utf-8", "replace") for path in sorted(FIXTURES.rglob("*.html"))]
    script = f"<script>{'var x = [1, 2, 3]; ' * (padded // 20)}</script>"
    for number in itertools.count():
        draw = random.Random(number)
        html = _WORD.sub(lambda m, d=draw: _word(m, d), sources[number % len(sources)])  # type: ignore[misc]
        yield html.replace("</head>", f"{script}</head>", 1).encode()


def _word(found: re.Match[str], draw: random.Random) -> str:
    if draw.random() > CHANGED:
        return found[0]
    letters = list(found[0])
    draw.shuffle(letters)
    return "".join(letters)


def write_folder(folder: Path, count: int) -> int:
    """Write small pages; return their bytes."""
    written = 0
    for number, page in zip(range(count), pages(), strict=False):
        inner = folder / f"{number // A_FOLDER:04}"
        inner.mkdir(exist_ok=True)
        (inner / f"{number % A_FOLDER:03}.html").write_bytes(page)
        written += len(page)
    return written


def write_warc(path: Path, size: int) -> int:
    """Write a web archive of so many bytes uncompressed; return its pages."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    written = number = 0
    with path.open("wb") as out:
        archive = WARCWriter(out, gzip=True)
        for number, page in enumerate(pages(60_000), 1):
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            url = f"https://site{number % 50}.example/{number}"
            archive.write_record(archive.create_warc_record(url, "response", payload=BytesIO(page), http_headers=head))
            written += len(page) + 400
            if written >= size:
                break
    return number


def read(path: str) -> None:
    """Read all of a path and print what came of it, now and then and at the end."""
    import dedup

    begin, counts = time.perf_counter(), [0, 0]
    for item in dedup.read_articles(path):
        counts[isinstance(item, dedup.Skipped)] += 1
        if sum(counts) % SHOWN == 0:
            print(told(counts, time.perf_counter() - begin), flush=True)
    print(told(counts, time.perf_counter() - begin), flush=True)


def told(counts: list[int], taken: float) -> str:
    """Return how many articles were read and skipped, how fast, and the most memory so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = sum(used[:2]), used.ru_maxrss / 1024
    rate = f"{sum(counts) / taken:,.0f} a second, {sum(counts) / cpu:,.0f} a second of processor time"
    return f"{counts[0]:,} articles, {counts[1]:,} skipped, {taken:,.0f} s: {rate}; {peak:,.0f} MiB"


def main() -> None:
    """Make the pages, and read them in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("folder", "warc", "read"))
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--gigabytes", type=float, default=5.0)
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    if options.part == "read":
        read(options.folder)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        target = Path(name)
        if options.part == "folder":
            print(f"{options.pages:,} pages, {write_folder(target, options.pages) / 1e9:.2f} GB")
        else:
            target /= "made.warc.gz"
            made = write_warc(target, int(options.gigabytes * 1e9))
            print(f"{made:,} pages, {options.gigabytes} GB, {target.stat().st_size / 1e9:.2f} GB compressed")
        command = [sys.executable, "-m", "benchmarks.speed.reading", "read", "--folder", str(target)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
