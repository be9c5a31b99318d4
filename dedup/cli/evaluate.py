"""The commands `evaluate` and `tune`: labelled pairs on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import (
    PATHS,
    config_of,
    finite,
    preset_option,
    profile_option,
    read_options,
    reading,
    say,
    workers_option,
)
from dedup.cli.first_run import first_run

if TYPE_CHECKING:
    from dedup.evaluation import Gold
    from dedup.tuning import Tuned

COLUMNS = ("left", "right", "left_text", "right_text", "label", "kind", "group")
GOLD = click.argument("gold", type=click.Path(exists=True))


def parse_columns(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return `("label=dup",)` as `{"label": "dup"}`."""
    names: dict[str, str] = {}
    for pair in pairs:
        ours, mark, theirs = pair.partition("=")
        if not mark or ours not in COLUMNS or not theirs:
            raise click.BadParameter(f"{pair!r} is not COLUMN=NAME with COLUMN one of {', '.join(COLUMNS)}")
        names[ours] = theirs
    return names


gold_format_option = click.option(
    "--gold-format", type=click.Choice(["auto", "table", "pan", "clusters"]), default="auto", show_default=True,
    help="How the labels are written, where their file does not tell it.",
)  # fmt: skip
column_option = click.option(
    "--column", "columns", multiple=True, metavar="COLUMN=NAME", callback=parse_columns,
    help="Name of a column of the labels, e.g. label=dup, left=ID1, right_text=TextB. Common names are found without. "
    "Repeatable.",
)  # fmt: skip


@click.command(
    short_help="Say how good results are by labelled pairs.",
    epilog="Example: dedup evaluate fixtures/pairs.gold fixtures -o evaluation",
)
@GOLD
@click.argument("found", metavar="[RESULT_OR_INPUT]", required=False, type=PATHS)
@click.option("-o", "--output", type=click.Path(file_okay=False), metavar="DIR",
              help="Folder for evaluation.html, evaluation.json and errors.jsonl; made if missing.")  # fmt: skip
@click.option("--articles", type=PATHS, metavar="INPUT",
              help="With results: the articles, for figures by the length of their texts.")  # fmt: skip
@click.option("--complete", is_flag=True, default=None,
              help="Pairs that are not labelled are no copies; without, they count for nothing.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1), default=None, callback=finite,
              help="Least probability or score of a copy.  [default: by kind, else .5]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@gold_format_option
@column_option
@preset_option
@profile_option
@workers_option
@reading
def evaluate(
    *,
    gold: str,
    found: str | None,
    output: str | None,
    articles: str | None,
    complete: bool | None,
    threshold: float | None,
    as_json: bool,
    gold_format: str,
    columns: dict[str, str],
    preset: str,
    profile: str | None,
    workers: int,
    **options: Any,
) -> None:
    """Say how good results are: precision, recall and more on the labelled pairs of GOLD, with 95 % intervals.

    GOLD is a table (csv, tsv, JSON lines, JSON) with a row a pair, of ids or texts, and a label; a table with a
    cluster for each article; or the folder of a PAN corpus.

    The second argument is the folder of a scan's results, a table of pairs with a score by any tool, or files and
    folders of articles, which are scanned. Without it, the texts in GOLD are compared pair by pair.
    """
    from dedup.evaluation import evaluate as evaluate_pairs
    from dedup.evaluation.loaders import is_result
    from dedup.report import to_json
    from dedup.report.evaluation import evaluation_lines, write_evaluation
    from dedup.report.links import pair_links

    labelled = _gold(gold, gold_format, columns, complete)
    given = found is not None and is_result(found)
    if not given:
        first_run()
    result = evaluate_pairs(
        labelled, found if given else None, articles=articles if given else found,
        config=config_of(preset, profile), options=read_options(**options), threshold=threshold, workers=workers,
    )  # fmt: skip
    page = None
    if output is not None:
        page = write_evaluation(result, output, pair_links(found, output) if given and found else None)
    if as_json:
        click.echo(to_json(result.to_dict()))
        return
    for line in evaluation_lines(result):
        say(line)
    if page is not None:
        say(f"Page: {page}")


def _gold(path: str, gold_format: str, columns: dict[str, str], complete: bool | None = None) -> Gold:
    from dedup.evaluation import load_gold

    return load_gold(path, gold_format, columns, complete)


@click.command(
    short_help="Find the threshold for a wished precision or recall.",
    epilog="Example: dedup tune fixtures/pairs.gold fixtures --recall 0.95 -o own.json",
)
@GOLD
@click.argument("articles", metavar="[INPUT]", required=False, type=PATHS)
@click.option("--precision", type=click.FloatRange(0, 1, min_open=True, max_open=True), callback=finite,
              help="Wished share of copies among what is called one.")  # fmt: skip
@click.option("--recall", type=click.FloatRange(0, 1, min_open=True, max_open=True), callback=finite,
              help="Wished share of the copies that are called one.")  # fmt: skip
@click.option("--learn", type=click.Choice(["auto", "nothing", "calibration", "weights"]), default="auto",
              show_default=True, help="What is learnt besides the threshold.")  # fmt: skip
@click.option("--sure/--likely", default=None, show_default="sure where so many pairs can show it",
              help="Ask it of the lower end of the interval, or of the share itself.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False), required=True, metavar="FILE",
              help="Profile to write, for --profile.")  # fmt: skip
@gold_format_option
@column_option
@preset_option
@profile_option
@workers_option
@reading
def tune(
    *,
    gold: str,
    articles: str | None,
    precision: float | None,
    recall: float | None,
    learn: str,
    sure: bool | None,
    output: str,
    gold_format: str,
    columns: dict[str, str],
    preset: str,
    profile: str | None,
    workers: int,
    **options: Any,
) -> None:
    """Find the threshold that gives a wished precision or recall on the labelled pairs of GOLD, and write a profile.

    INPUT has the articles that the labels name; it is not needed where GOLD has the texts. The figures printed are
    of pairs that neither the threshold nor the model was learnt from.
    """
    from dedup.profiles import save_profile
    from dedup.tuning import tune as tune_pairs

    if (precision is None) == (recall is None):
        raise click.UsageError("give either --precision or --recall")
    first_run()
    tuned = tune_pairs(
        _gold(gold, gold_format, columns), articles, precision=precision, recall=recall, learn=learn, sure=sure,
        config=config_of(preset, profile), options=read_options(**options), workers=workers,
    )  # fmt: skip
    save_profile(tuned.config, output, tuned.about())
    _tell(tuned)
    say(f"Profile: {output} (use it with --profile)")


def _tell(tuned: Tuned) -> None:
    name, wished = next(iter(tuned.wanted.items()))
    say(f"{tuned.pairs:,} labelled pairs in {tuned.groups:,} independent groups")
    rule = "the lower end of its interval reaches" if tuned.sure else "itself reaches"
    say(f"threshold {tuned.threshold:g}, at which the {name} {rule} {wished:g}; learnt besides: {tuned.learnt.value}")
    say("on pairs that were not learnt from (cross-validation by groups, 95 % intervals):")
    say(f"  precision {tuned.precision}")
    say(f"  recall    {tuned.recall}")
    if not tuned.shown:
        say(f"  these pairs do not show a {name} of {wished:g} beyond doubt: the interval begins below it")
    losses = ", ".join(f"{learnt} {loss:.4f}" for learnt, loss in tuned.losses.items())
    say(f"  logarithmic loss (less is better): {losses}")
