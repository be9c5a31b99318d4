"""Runs one function over chunks of work: here, or in worker processes, with the same results in the same order."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from threading import Thread
from typing import Any, TypeVar

from dedup.engines import progress
from dedup.errors import WorkerLost

State = TypeVar("State")
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

AHEAD = 4  # chunks in flight for each worker: enough to keep it busy, few enough to bound memory

LOST = (
    "a worker process was killed from outside, most often because memory ran out: use fewer (--workers 1, workers=1), "
    "or give the machine more memory"
)

_state: Any = None


def worker_count(wanted: int) -> int:
    """`wanted`, or where it is 0 the processors that this process may use."""
    if wanted > 0:
        return wanted
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def release_memory() -> None:
    """Give what was freed back to the system where the C library would keep it (glibc, between pieces still in use).

    After the signatures of 500,000 articles that is 270 MB, in 10 ms.
    """
    import ctypes

    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG


def _end_with(parent: int) -> None:
    """Have this worker end when its parent does, even where that is killed: it waits for work otherwise."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    else:
        Thread(target=_wait_for_end, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _wait_for_end(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _keep(state: Any, parent: int) -> None:
    global _state
    _state = state
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with(parent)
    gc.freeze()  # a collection would look at, and so copy, all that the worker shares with its parent


def _call(work: Callable[[Any, Any], Any], chunk: Any) -> Any:
    return work(_state, chunk)


def _context() -> multiprocessing.context.BaseContext:
    """Fork where it is safe: the state is then shared instead of pickled, and no main module is imported again."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def map_chunks(
    work: Callable[[State, Chunk], Result], state: State, chunks: Iterable[Chunk], workers: int
) -> Iterator[Result]:
    """`work(state, chunk)` for each chunk, in order; `workers` <= 1 stays in this process.

    `work` must be a module-level function; `state` goes to each worker once. Raises `WorkerLost` where a worker is
    killed from outside. Progress counts what is in the chunks that are done.
    """
    if not isinstance(chunks, Sequence):
        yield from _map_chunks(work, state, chunks, workers)
        return
    progress.begin("", sum(map(len, chunks)))
    for chunk, result in zip(chunks, _map_chunks(work, state, chunks, workers), strict=True):
        progress.advance(len(chunk))
        yield result


def _map_chunks(
    work: Callable[[State, Chunk], Result], state: State, chunks: Iterable[Chunk], workers: int
) -> Iterator[Result]:
    waiting = iter(chunks)
    # The first chunk is done here: it compiles or loads the kernels once, and forked workers have them from the start.
    yield from (work(state, chunk) for chunk in islice(waiting, 1 if workers > 1 else None))
    if workers <= 1:
        return
    others = set(multiprocessing.active_children())
    try:
        pool = ProcessPoolExecutor(workers, _context(), _keep, (state, os.getpid()))
    except (OSError, ImportError) as e:  # no /dev/shm: what several processes share has no place
        progress.warn(f"worker processes cannot be started ({e}); all work is done in this one")
        yield from (work(state, chunk) for chunk in waiting)
        return
    try:
        running: list[Future[Result]] = [pool.submit(_call, work, c) for c in islice(waiting, AHEAD * workers)]
        while running:
            yield running.pop(0).result()
            running += [pool.submit(_call, work, c) for c in islice(waiting, 1)]
    except BrokenProcessPool:
        raise WorkerLost(LOST) from None
    except BaseException:  # interrupted, or the caller wants no more: nobody waits for what is under way
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
