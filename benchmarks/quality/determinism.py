"""The same articles give the same bytes, whatever the order, the split, the machine's settings, Python and processor.

    python -m benchmarks.quality.determinism [--python python3.12 ...] [--only order workers] [--keep FOLDER]

Scans some 300 articles, made of the fixtures by cutting and shuffling sentences, by `dedup scan` in a process of its
own for each variant: rows in other orders and split over files, numbers of workers, hash seeds, locales, time zones,
threads of numpy, vector instructions switched off in numpy (`NPY_DISABLE_CPU_FEATURES`) and other processors for the
kernels (`NUMBA_CPU_NAME`, compiled anew: minutes each), numba's own way of compiling, and other Pythons, which need the
dependencies. Compares `matches.jsonl`, `clusters.jsonl` and `templates.jsonl` byte for byte, and the lines of
`articles.jsonl` (the scores), which stand in the order read. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import dedup

ROOT = Path(__file__).resolve().parents[2]
MADE = 7  # articles made of each fixture: above 256 in all, work is spread over processes
FILES = ("matches.jsonl", "clusters.jsonl", "templates.jsonl", "articles.jsonl")
NO_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"

Row = dict[str, Any]


class Variant(NamedTuple):
    """One way to do the same: rows in an order, in so many files, by a Python with an environment and arguments."""

    name: str
    order: int = 0  # seed of the shuffling, 0 for none
    files: int = 1
    environment: Mapping[str, str] = MappingProxyType({})
    workers: int = 1
    python: str = sys.executable


def rows() -> list[Row]:
    """Return the articles of the fixtures and what is made of each: its sentences cut, shuffled, doubled."""
    found: list[Row] = []
    for article in dedup.read_articles(ROOT / "fixtures"):
        if not isinstance(article, dedup.Article):
            continue
        draw = random.Random(article.id)
        sentences = re.split(r"(?<=[.!?])\s+", article.text)
        day = f"2026-03-{draw.randrange(1, 28):02}"
        found.append({"id": article.id, "text": article.text, "source": f"s{draw.randrange(9)}", "published": day})
        for number in range(MADE):
            kept = [one for one in sentences if draw.random() < 0.75] or sentences
            if number % 3 == 0:
                draw.shuffle(kept)
            row: Row = {"id": f"{article.id}~{number}", "text": " ".join(kept), "title": kept[0][:60]}
            found.append(row if number % 2 else row | {"published": f"2026-03-{draw.randrange(1, 28):02}T10:00:00"})
    return found


def variants(pythons: list[str]) -> Iterator[Variant]:
    """Yield what is varied, the plain way first."""
    yield Variant("as it is")
    yield from (Variant(f"order {seed}", order=seed) for seed in (1, 2))
    yield Variant("split over 7 files, another order", order=3, files=7)
    yield from (Variant(f"workers {count}", workers=count) for count in (2, 3))
    yield from (Variant(f"hash seed {seed}", environment={"PYTHONHASHSEED": seed}) for seed in ("0", "77"))
    for name in ("C", "POSIX", "C.UTF-8", "tr_TR.UTF-8"):
        yield Variant(f"locale {name}", environment={"LC_ALL": name, "LANG": name, "PYTHONUTF8": "0"})
    for zone in ("Pacific/Kiritimati", "America/St_Johns"):
        yield Variant(f"time zone {zone}", environment={"TZ": zone})
    for count in ("1", "8"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        yield Variant(f"threads {count}", environment=dict.fromkeys(names, count))
    yield Variant("numpy without AVX-512", environment={"NPY_DISABLE_CPU_FEATURES": NO_AVX512})
    yield Variant(
        "numpy without AVX-512, AVX2, FMA", environment={"NPY_DISABLE_CPU_FEATURES": f"{NO_AVX512} AVX2 FMA3 X86_V3"}
    )
    for core in ("Haswell", "Nehalem"):
        yield Variant(f"BLAS for {core}", environment={"OPENBLAS_CORETYPE": core})
    yield from (Variant(f"Python {name}", python=name) for name in pythons)
    for cpu in ("generic", "haswell", "skylake-avx512"):
        yield Variant(f"kernels for {cpu}", environment={"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": FEATURES[cpu]})
    yield Variant("kernels in numba's own way", environment={"DEDUP_PLAIN_NUMBA": "1"})


# Of the processors that kernels are compiled for; numba takes those of the machine where none are named.
FEATURES = {
    "generic": "",
    "haswell": "+sse4.2,+popcnt,+avx,+avx2,+bmi,+bmi2,+fma,+lzcnt",
    "skylake-avx512": "+sse4.2,+popcnt,+avx,+avx2,+bmi,+bmi2,+fma,+lzcnt,+avx512f,+avx512bw,+avx512cd,+avx512dq,"
    "+avx512vl",
}


def digests(variant: Variant, folder: Path, made: list[Row]) -> dict[str, str]:
    """Return a digest of each file that a variant writes."""
    shuffled = list(made)
    if variant.order:
        random.Random(variant.order).shuffle(shuffled)
    inputs = []
    for number in range(variant.files):
        inputs.append(path := folder / f"{number}.jsonl")
        path.write_text("".join(json.dumps(row) + "\n" for row in shuffled[number :: variant.files]))
    out = folder / "out"
    command = [variant.python, "-m", "dedup", "scan", *map(str, inputs), "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variant.environment}
    done = subprocess.run(
        [*command, "--workers", str(variant.workers)],
        env=environment, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if not (out / "scan.json").exists():
        return {"failed": done.stderr[-300:]}
    found = {}
    for name in FILES:
        data = (out / name).read_bytes()
        if name == "articles.jsonl":
            data = b"".join(sorted(data.splitlines(keepends=True)))
        found[name] = f"{hashlib.sha256(data).hexdigest()[:12]} {data.count(10)}"
    return found


def main() -> int:
    """Print a line for each variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="*", default=[], help="other Pythons that have the dependencies")
    parser.add_argument("--only", nargs="*", default=[], help="variants with one of these in their names")
    parser.add_argument("--keep", type=Path, help="folder for what each variant writes")
    options = parser.parse_args()
    made, plain, differ = rows(), dict[str, str](), 0
    for variant in variants(options.python):
        if plain and options.only and not any(word in variant.name for word in options.only):
            continue
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as name:
            folder = options.keep / variant.name.replace("/", " ") if options.keep else Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            found = digests(variant, folder, made)
        plain = plain or found
        wrong = [name for name in found if found[name] != plain.get(name)]
        differ += bool(wrong)
        said = "DIFFERS: " + ", ".join(f"{name} {found[name]}" for name in wrong) if wrong else "the same"
        print(f"{variant.name:36} {said}  ({time.monotonic() - begin:.0f} s)", flush=True)
        if variant.name == "as it is":
            print(f"{'':4}{len(made)} articles: {found}", flush=True)
    return bool(differ or "failed" in plain)


if __name__ == "__main__":
    sys.exit(main())
