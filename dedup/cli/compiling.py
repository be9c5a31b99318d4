"""The command `compile`: all kernels ahead of time, for images and clusters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import click

from dedup.cli.first_run import COPY, ORIGINAL
from dedup.whole_files import whole_file


@click.command(name="compile", short_help="Compile everything now instead of at the first run.")
@click.option("--level", type=click.Choice(["near", "full"]), default="full", show_default=True,
              help="near: only what scan --level near needs; full: what scan, compare and score need.")  # fmt: skip
@click.option("--to", "archive", type=click.Path(dir_okay=False), metavar="FILE",
              help="Pack the compiled code into this .tar.gz, for other machines of the same kind.")  # fmt: skip
def compile_kernels(level: str, archive: str | None) -> None:
    """Compile everything now instead of at the first run, say when an image is built; print the folder and seconds.

    Compiled code is kept beside the package, or where that cannot be written in the user's cache folder. Set
    NUMBA_CACHE_DIR to keep it in another folder, such as one that all machines of a cluster share; it must be set when
    dedup runs, too. Code is kept for one kind of processor, one version of Python and of numba, and these sources.

    Unpack what --to packs (spark-submit does: --archives FILE#kernels) and set NUMBA_CACHE_DIR to that folder.
    """
    begun = time.perf_counter()
    if archive:
        _pack(level, Path(archive))
        click.echo(f"compiled in {time.perf_counter() - begun:.1f} s, packed into {archive}")
        return
    _run_all(level)
    click.echo(f"compiled in {time.perf_counter() - begun:.1f} s, kept in {_folder()}")


def _pack(level: str, archive: Path) -> None:
    """Compile into an empty folder, by a process of its own, and pack it; the archive is replaced as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "dedup", "compile", "--level", level]
        done = subprocess.run(
            command, env=os.environ | {"NUMBA_CACHE_DIR": folder}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise click.ClickException(done.stderr.strip() or "compiling failed")
        with whole_file(archive) as out, tarfile.open(fileobj=out, mode="w:gz") as packed:
            packed.add(folder, ".")


def _run_all(level: str) -> None:
    """Send two articles of every format through a scan, which scores them too, and through a comparison."""
    from dedup.cli.first_run import compile_verification
    from dedup.config import Config, Level
    from dedup.pipeline.scan import scan_paths
    from dedup.read import ReadOptions

    backwards = " ".join(reversed(ORIGINAL.split())) + "\n"  # looks spun, and is read by what reads such texts only
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = (ORIGINAL, COPY, ORIGINAL.upper(), backwards)
        rows = [{"id": str(i), "text": 3 * text, "source": "a"} for i, text in enumerate(texts)]
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        (folder / "original.txt").write_text(ORIGINAL, "utf-8")
        (folder / "copy.txt").write_text(COPY, "utf-8")
        scan_paths([name], ReadOptions(), Config(level=Level(level), workers=1))
    if level == "full":
        compile_verification()
        _compile_pieces()


def _compile_pieces() -> None:
    """Run what only the join in pieces and the keys of archives compile, as workers of Spark do."""
    import numpy as np

    from dedup.candidates.bands import band_keys
    from dedup.candidates.join import CandidateConfig
    from dedup.candidates.keyed import best
    from dedup.compiled.hashing import CLASS_BITS

    ranks, classes = np.arange(2), np.zeros(1 << CLASS_BITS, np.uint8)
    band_keys(np.zeros((2, 128), np.uint32), 4, 2)
    best(ranks[None], ranks, np.zeros((2, 128), np.uint32), classes, CandidateConfig())


def _folder() -> str:
    from dedup.text.kernel import hash_batch

    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return chosen
    path = hash_batch.stats.cache_path
    package = Path(__file__).parent.parent
    return "no folder" if path is None else str(package if package in Path(path).parents else Path(path).parent)
