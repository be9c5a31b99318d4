"""The same articles in every format and compression give the same matches.

    python -m benchmarks.quality.formats --articles background.jsonl.gz --count 5000

Writes the articles into a temporary folder in each format, plain and compressed, scans each file and compares digests
of the matches. One line a file: digest, articles a second of the whole scan.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dedup
from benchmarks.quality.golden import digest

Rows = list[dict[str, Any]]


def lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: Rows, delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def parquet(rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def feather(rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.feather as library

    out = io.BytesIO()
    library.write_feather(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def zipped(rows: Rows) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", lines(rows[: len(rows) // 2]))
        archive.writestr("b.csv", table(rows[len(rows) // 2 :], ";"))
    return out.getvalue()


def tarred(rows: Rows) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in (("a.jsonl", lines(rows[:1000])), ("b.parquet", parquet(rows[1000:]))):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    from backports import zstd as library

    return library.compress(data)


FORMATS: dict[str, Callable[[Rows], bytes]] = {
    "a.jsonl": lines,
    "a.json": lambda rows: json.dumps(rows).encode(),
    "a.csv": lambda rows: table(rows, ","),
    "a.tsv": lambda rows: table(rows, "\t"),
    "a.parquet": parquet,
    "a.feather": feather,
}
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lambda data: lzma.compress(data, preset=1),
    ".zst": zstd,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, required=True, help="JSON lines, gzipped")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--level", choices=[str(level) for level in dedup.Level], default="near")
    options = parser.parse_args()
    with gzip.open(options.articles, "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line, _ in zip(stream, range(options.count), strict=False)]
    rows += [row | {"id": f"copy-{row['id']}"} for row in rows[::10]]
    files = {
        f"{name}{ending}": pack(make(rows)) for name, make in FORMATS.items() for ending, pack in COMPRESSIONS.items()
    }
    files |= {"a.zip": zipped(rows), "a.tar.gz": tarred(rows)}
    found = set()
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.write_bytes(data)
            begin = time.perf_counter()
            report = dedup.scan_paths([path], config=dedup.Config(level=dedup.Level(options.level)))
            seconds = time.perf_counter() - begin
            found.add(mark := digest([*report.matches, *report.ids]))
            rate = len(report.ids) / seconds
            print(f"{mark}  {name:16} {len(report.ids):,} articles, {rate:,.0f} a second", flush=True)
            path.unlink()
    print("the same" if len(found) == 1 else f"{len(found)} DIFFERENT results")
    return 0 if len(found) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
