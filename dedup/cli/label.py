"""The commands `label pick|judge|export`: labelled pairs of one's own."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import (
    PATHS,
    Reader,
    config_of,
    preset_option,
    profile_option,
    reading,
    say,
    workers_option,
)
from dedup.cli.first_run import first_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dedup.evaluation.answers import Answers
    from dedup.evaluation.picking import Picked

PICKED = click.argument("pairs", type=click.Path(exists=True, dir_okay=False))
WIDTH, SHOWN = 100, 1_500  # of a text on a terminal, in characters
ASKED = "c copy, n no copy, u unsure, m more of the texts, b back, q quit: "


@click.group(short_help="Label pairs of your own articles.")
def label() -> None:
    """Label pairs of your own articles, for evaluate and tune.

    pick chooses pairs, judge asks for one answer a pair, export makes gold of the answers.
    """


@label.command(
    short_help="Choose pairs to label.", epilog="Example: dedup label pick fixtures/ferry -o pairs.jsonl --near 10"
)
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", type=click.Path(dir_okay=False), required=True, metavar="FILE", help="File to write.")
@click.option("--near", type=click.IntRange(min=0), default=40, show_default=True,
              help="Pairs nearest to the threshold.")  # fmt: skip
@click.option("--random", "drawn", type=click.IntRange(min=0), default=40, show_default=True,
              help="Other candidate pairs, drawn at random.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another number draws other pairs.")
@click.option(
    "--known", type=click.Path(exists=True), metavar="GOLD", help="Leave out the pairs that are labelled here."
)
@preset_option
@profile_option
@workers_option
@reading
def pick(
    *, paths: tuple[str, ...], output: str, near: int, drawn: int, seed: int, known: str | None, preset: str,
    profile: str | None, workers: int, **options: Any,
) -> None:  # fmt: skip
    """Choose pairs of the articles of files and folders that are worth labelling.

    Those near the threshold decide where it should be; those at random tell how good the others are.
    """
    from dedup.display import plural
    from dedup.evaluation import load_gold
    from dedup.evaluation.picking import pick as pick_pairs
    from dedup.evaluation.picking import save_picked

    first_run()
    articles = Reader(paths, options)
    labelled = [one.pair for one in load_gold(known).labels] if known else ()
    pairs = pick_pairs(articles, near, drawn, config_of(preset, profile).replace(workers=workers), seed, labelled)
    save_picked(pairs, output)
    say(f"{plural(len(pairs), 'pair')} to label in {output}; answer with: dedup label judge {output} --by NAME")


@label.command(short_help="Answer for pairs.", epilog="Example: dedup label judge pairs.jsonl --by ann")
@PICKED
@click.option("--by", required=True, metavar="NAME", help="Who answers; each person has a file beside the pairs.")
@click.option("--page", is_flag=True, help="In a browser on this machine instead of the terminal.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Of the page.")
def judge(pairs: str, by: str, page: bool, port: int) -> None:
    """Answer for one pair after the other, by single keys; what has an answer is not asked again.

    What the program thinks of a pair is not shown, so that it sways nobody.
    """
    from dedup.evaluation.answers import Answers
    from dedup.evaluation.picking import load_picked

    answers, picked = Answers(pairs, by), load_picked(pairs)
    if page:
        _serve(picked, answers, port)
    else:
        _ask(picked, answers)
    done = sum(one.pair in answers.given for one in picked)
    say(f"{done:,} of {len(picked):,} pairs have an answer, in {answers.path}")


def _serve(pairs: Sequence[Picked], answers: Answers, port: int) -> None:
    from dedup.cli.label_page import LabelServer

    with LabelServer(pairs, answers, port) as server:
        click.echo(f"Open {server.address} in a browser; Ctrl-C ends.")
        server.serve_forever()


def _ask(pairs: Sequence[Picked], answers: Answers) -> None:
    from dedup.evaluation.answers import Answer

    keys = {"c": Answer.COPY, "n": Answer.NONE, "u": Answer.UNSURE}
    waiting = [number for number, one in enumerate(pairs) if one.pair not in answers.given]
    passed: list[int] = []
    while waiting:
        number = waiting[0]
        for line in _shown(pairs[number], number, len(pairs), SHOWN):
            click.echo(line)
        key = _key(pairs[number])
        if key == "q":
            return
        if key == "b":
            waiting[:0] = [passed.pop()] if passed else []
            continue
        answers.give(pairs[number].pair, keys[key])
        passed.append(waiting.pop(0))


def _key(pair: Picked) -> str:
    """Return the key of an answer; the texts are shown in full where that is asked for."""
    while True:
        click.echo(ASKED, nl=False)
        try:
            key = click.getchar().lower()
        except (EOFError, KeyboardInterrupt):
            key = ""
        click.echo(key)
        if key == "m":
            click.echo("\n".join((pair.left_text, "-" * WIDTH, pair.right_text)))
        elif not key:  # no more is coming
            return "q"
        elif key in "cnubq":
            return key


def _shown(pair: Picked, number: int, total: int, most: int) -> Iterator[str]:
    yield f"\n=== {number + 1} of {total}"
    for title, text in (
        (pair.left_title or pair.left, pair.left_text),
        (pair.right_title or pair.right, pair.right_text),
    ):
        yield f"--- {title}"
        body = text if len(text) <= most else text[:most] + " …"
        yield from (line for part in body.splitlines() for line in textwrap.wrap(part, WIDTH))


@label.command(short_help="Make gold of the answers.", epilog="Example: dedup label export pairs.jsonl -o gold.jsonl")
@PICKED
@click.option("-o", "--output", type=click.Path(dir_okay=False), required=True, metavar="FILE", help="Gold to write.")
def export(pairs: str, output: str) -> None:
    """Bring the answers of everybody together as labelled pairs, and say how far two people agree.

    A pair gets the label that most people gave it; where as many said the one as the other it is left out and named.
    """
    from pathlib import Path

    from dedup.display import plural
    from dedup.evaluation.answers import agreed, answers_of
    from dedup.evaluation.picking import load_picked
    from dedup.report import write_lines

    people = answers_of(pairs)
    if not people:
        raise click.ClickException(f"nobody has answered yet: dedup label judge {pairs} --by NAME")
    found = agreed(load_picked(pairs), people)
    write_lines(Path(output), found.rows)
    for one in found.agreements:
        told = "not to be told" if one.kappa is None else f"{one.kappa:.2f}"
        say(f"{one.one} and {one.other}: the same answer to {one.same:,} of {one.pairs:,} pairs, Cohen's kappa {told}")
    for left, right in found.disputed:
        say(f"disputed, left out: {left} and {right}")
    say(f"{plural(len(found.rows), 'labelled pair')} in {output}, {found.unsure:,} without an answer")
