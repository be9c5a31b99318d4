"""How soon a fresh worker of Spark is ready that finds the kernels which `dedup compile --to` packed.

    dedup compile --to kernels.tar.gz
    python -m benchmarks.speed.fresh_worker kernels.tar.gz [--runs 5]

Each run is a process of its own whose home cannot be written, not even by root, and whose `NUMBA_CACHE_DIR` is the
unpacked archive. It imports the steps and sends four articles, some of them copies, through those with kernels:
sketches, what is learnt, weights, near-duplicates, rewrites, verdicts, scores and the keys of archives. Left out are
the reading of files, and what has no kernels of its own: clusters, templates, site text, removals and the meetings of
archives. Prints the seconds of each run, by the clock and by the processor, from the start of the process on, and the
kernels that it had to compile: none where the archive fits.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

NO_HOME = "/proc/none"
BITS = 8  # of a rank
WORK = "work"  # what a run is told to be one


def work() -> None:
    """Send four articles through the steps that workers run."""
    import pyarrow as pa

    from dedup.cli.first_run import COPY, ORIGINAL
    from dedup.config import Config
    from dedup.engines import archive_steps, result_steps, steps
    from dedup.engines.arrow import FIELDS

    texts = [3 * text for text in (ORIGINAL, COPY, ORIGINAL.upper(), f"{COPY}{ORIGINAL}")]
    rows = pa.RecordBatch.from_pylist([{"id": str(n), "text": text, "source": "A"} for n, text in enumerate(texts)])
    told, config = steps.Told(), Config()
    chosen, sketches = config.candidates, steps.sketch(rows, True)
    list(steps.sample([rows]))
    lined = {name: sketches.column(name) for name in ("lines", "bodies")} | {
        "size": pa.array([len(texts)] * len(texts))
    }
    steps.repeat(_table(steps.line_keys(pa.RecordBatch.from_pydict(lined), 1)))
    ranked = {"rank": pa.array(range(len(texts))), "shingles": sketches.column("shingles")}
    steps.share(_table(steps.bands(pa.RecordBatch.from_pydict(ranked), chosen, BITS, 1)), BITS)
    steps.near(pa.table(ranked), chosen)
    weighed = pa.RecordBatch.from_pydict(ranked | {"weighted": steps.weigh(rows, told).column("weighted")})
    met = steps.meet(_table(steps.post(weighed, BITS, 1)), BITS, chosen.window, len(texts), 1).slice(0, 1)
    steps.best(steps.fetch(steps.often(met, chosen.shared, 1), _table(weighed), 1), _table(weighed), told, chosen)
    sides = [{**dict.fromkeys(FIELDS), "id": str(n), "text": text, "old": False} for n, text in enumerate(texts)]
    pairs = [{"a": sides[0], "b": other, "stage": 3} for other in sides[1:]]
    if not list(result_steps.verify([pa.RecordBatch.from_pylist(pairs)], told, config)):
        raise SystemExit("no verdict")
    result_steps.score(rows, told)
    archive_steps.key(rows, archive_steps.Frozen(archive_steps.frozen_weights(told, config).weights(), config))


def _table(rows: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_batches([rows])


def main() -> None:
    """Run the command; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path, help="what `dedup compile --to` wrote")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(args.archive) as packed:
        packed.extractall(folder, filter="data")
        given = _kernels(folder)
        environment = {**os.environ, "HOME": NO_HOME, "XDG_CACHE_HOME": NO_HOME, "NUMBA_CACHE_DIR": folder}
        for _ in range(args.runs):
            clock, before = time.perf_counter(), _used()
            subprocess.run([sys.executable, "-m", __spec__.name, WORK], env=environment, check=True)
            print(f"{time.perf_counter() - clock:.1f} s, {_used() - before:.1f} s of the processor", flush=True)
        print("compiled:", ", ".join(sorted(_kernels(folder) - given)) or "nothing")


def _kernels(folder: str) -> set[str]:
    return {path.name for path in Path(folder).rglob("*.nbc")}


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    work() if sys.argv[1:] == [WORK] else main()
