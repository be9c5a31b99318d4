"""A command under way: what it says on standard error, and how it ends when it is told to.

Public: `Log` (progress and messages), `ended_by_signals`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import click

from dedup.display import harmless_lines

EVERY_TERMINAL, EVERY_LINE = 0.2, 60.0  # seconds between two signs of progress
GRACE = 0.5  # seconds in which a command that was told to end may put its files in order
LEAST_SECONDS = 1.0  # of a stage, before its rate says something
SIGNALS = (signal.SIGINT, signal.SIGTERM)
COUNTED = {"read": "articles", "score": "articles", "verify": "pairs", "languages": "articles and pairs"}


class Log:
    """What a command says on standard error: progress, and messages as text or as JSON lines."""

    def __init__(self) -> None:
        self.quiet = self.verbose = self.as_json = False
        self._terminal = sys.stderr.isatty()
        self._stage, self._total, self._done = "", 0, 0
        self._begin = self._said = time.monotonic()
        self._shown = False

    def begin(self, stage: str, total: int | None) -> None:
        """Begin a stage; without a name it is the same, which now knows how much it has to do."""
        if stage:
            self._finished()
            self._stage, self._total = stage, 0
        if total is not None:
            self._total, self._done, self._begin = total, 0, time.monotonic()

    def advance(self, count: int) -> None:
        """Count what is done, and tell where it is time to."""
        self._done += count
        now = time.monotonic()
        if now - self._said >= (EVERY_TERMINAL if self._terminal and not self.as_json else EVERY_LINE):
            self._said = now
            self._tell()

    def _finished(self) -> None:
        if self._stage and self.verbose:
            seconds = time.monotonic() - self._begin
            self.message(f"{self._stage}: {seconds:.1f} s", event="stage", stage=self._stage, seconds=round(seconds, 3))
        self._done, self._begin = 0, time.monotonic()

    def _tell(self) -> None:
        if self.quiet:
            return
        seconds = time.monotonic() - self._begin
        rate = self._done / seconds if seconds >= LEAST_SECONDS else None
        left = (self._total - self._done) / rate if rate and self._total > self._done else None
        if self.as_json:
            self.message("", event="progress", stage=self._stage, done=self._done, total=self._total or None,
                         rate=rate and round(rate, 1), seconds_left=left and round(left))  # fmt: skip
            return
        total = f" of {self._total:,}" if self._total else ""
        text = f"{self._stage}: {self._done:,}{total} {COUNTED.get(self._stage, 'done')}"
        text += f", {rate:,.0f} a second" if rate else ""
        text += f", {_clock(left)} left" if left else ""
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._shown = True
        else:
            click.echo(text, err=True)

    def message(self, text: str, **fields: Any) -> None:
        """Say something, unless all is quiet; `fields` are what the JSON line has besides the time."""
        self.clear()
        if self.quiet:
            return
        if self.as_json:
            told = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **({"message": text} if text else {})}
            click.echo(json.dumps(told | fields, ensure_ascii=False), err=True)
        else:
            click.echo(harmless_lines(text), err=True)

    def clear(self) -> None:
        """Take the line of progress from the terminal."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def close(self) -> None:
        """End the last stage."""
        self._finished()
        self.clear()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Told(BaseException):
    """The process was told to end by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise `Told` in the block on SIGINT and SIGTERM; what does not end by that within half a second is ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _told) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(number: int, _: FrameType | None) -> None:
    for other in SIGNALS:
        signal.signal(other, _end_now)
    _end_workers()
    timer = threading.Timer(GRACE, _end_now, (number, None))
    timer.daemon = True
    timer.start()
    raise Told(number)


def _end_workers() -> None:
    multiprocessing = sys.modules.get("multiprocessing")
    for process in multiprocessing.active_children() if multiprocessing else ():
        process.kill()


def _end_now(number: int, _: FrameType | None) -> None:
    """End this process without waiting for its threads, but remove its temporary folders."""
    import atexit

    with suppress(BaseException):
        _end_workers()
        atexit._run_exitfuncs()
    os._exit(128 + number)
