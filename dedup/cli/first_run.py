"""The very first run, which compiles the kernels: said on standard error, and shared by two processes.

Public: `first_run`, `compile_verification`. Compiled kernels lie beside the package, in the user's cache folder where
that is read-only, or in `NUMBA_CACHE_DIR`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

COMPILED = "kernel.*.nbc"  # the tokeniser's, which every command needs
MESSAGE = "first run: compiling kernels, which takes up to three minutes, once (level near: a quarter of that)"

# Two reports of an event that never was, alike enough to be a match: to judge them takes every kernel there is.
ORIGINAL = """
The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months while its bearings are
replaced. Engineer Maud Tarrelin told members that two of the nine wheels had cracked during the winter storms. Ferries
will carry people across the channel every 20 minutes, and the board expects to pay 3.2 million crowns for the work.
Shopkeepers on the eastern quay said they feared for their summer trade, and asked for lower rents until it opens again.
"""
COPY = """
The port board of Vellmouth voted on Tuesday to shut the old swing bridge for 14 months while its bearings are changed.
Engineer Maud Tarelin told members that three of the nine wheels had not cracked during the winter storms. Ferries will
take people over the channel every 20 minutes, and the board expects to pay 3.2 million crowns for the job. Shopkeepers
on the eastern quay said they worried about their summer trade, and asked for lower rents until it opens again.
"""


def first_run(verification: bool = True) -> None:
    """Say why the very first run takes long, and have the kernels of the verification compiled meanwhile."""
    if any(next(folder.rglob(COMPILED), None) for folder in _caches()):
        return
    click.echo(MESSAGE, err=True)
    if verification and (os.cpu_count() or 1) > 1:
        command = [sys.executable, "-m", __name__]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _caches() -> list[Path]:
    """Where compiled kernels may lie; asking numba would cost half a second."""
    if folder := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(folder)]
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return [Path(__file__).parent.parent, home / "numba"]


def compile_verification() -> None:
    """Run everything that verifies a pair, so that its kernels are compiled and kept."""
    from dedup.config import Config
    from dedup.language.frequencies import Frequencies
    from dedup.pipeline.verifier import Verifier
    from dedup.records import Article

    verifier = Verifier(Frequencies.shipped(), Config())
    verifier.compare(*(verifier.prepare(Article(*one)) for one in (("original", ORIGINAL), ("copy", COPY))))


if __name__ == "__main__":
    compile_verification()
