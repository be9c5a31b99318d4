"""A command that works for a minute in two processes, for the tests of how long work ends."""

import os
import sys
import time

import click

from dedup.cli.base import Guarded
from dedup.engines.local import map_chunks


def work(state: str, chunk: list[int]) -> int:
    if chunk == [0]:
        return 0
    with open(state, "a") as stream:
        stream.write(f"{os.getpid()}\n")
    time.sleep(60)
    return 1


@click.group(cls=Guarded)
def main() -> None:
    pass


@main.command()
@click.argument("path")
def long(path: str) -> None:
    print(sum(map_chunks(work, path, [[n] for n in range(9)], 2)))


if __name__ == "__main__":
    main(sys.argv[1:])
