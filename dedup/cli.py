"""The command line: parse, call the library, print, exit code.

Exit codes: 0 done (whatever was found or skipped), 1 failed, 2 wrong usage. Only click is imported at the top, so that
`--version` and `--help` answer at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup import __version__
from dedup.errors import ConfigError, DedupError

if TYPE_CHECKING:
    from dedup.read import ReadOptions
    from dedup.records import Article, Match, RewriteScore

Command = TypeVar("Command", bound=Callable[..., Any])

TRACEBACK = "DEDUP_TRACEBACK"  # set in the environment, a failure shows where it happened
FIELDS = ("id", "text", "title", "url", "source", "published")
PATHS = click.Path(exists=True, allow_dash=True)
MEGABYTE = 1 << 20
SHOWN_EVIDENCE = 40  # lines of one pair or article on a terminal; --json gives all


class Guarded(click.Group):
    """A group whose commands fail with one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what it raises becomes a message and exit code 1, or 2 for a setting out of its range."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except ConfigError as e:
            raise click.UsageError(str(e)) from e
        except DedupError as e:
            raise click.ClickException(str(e)) from e
        except BrokenPipeError:
            raise
        except Exception as e:
            if os.environ.get(TRACEBACK):
                raise
            what = str(e) if isinstance(e, OSError) else f"{type(e).__name__}: {e}"
            raise click.ClickException(f"{what} (set {TRACEBACK}=1 to see where)") from e


def version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and leave."""
    if wanted and not ctx.resilient_parsing:
        click.echo(f"dedup {__version__}")
        ctx.exit()


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, callback=version, expose_value=False, is_eager=True, help="Show the version.")
def main() -> None:
    """Find every copy of a news story: near-duplicates and machine rewrites, with the proof.

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """


def parse_fields(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """`("text=body",)` as `{"text": "body"}`."""
    names: dict[str, str] = {}
    for pair in pairs:
        ours, mark, theirs = pair.partition("=")
        if not mark or ours not in FIELDS or (ours == "text" and not theirs):
            raise click.BadParameter(f"{pair!r} is not FIELD=NAME with FIELD one of {', '.join(FIELDS)}")
        names[ours] = theirs
    return names


def reading(command: Command) -> Command:
    """Add the options of everything that reads articles; they arrive as `options`."""
    for add in reversed(
        (
            click.option(
                "--field", "fields", multiple=True, metavar="FIELD=NAME", callback=parse_fields,
                help="Name of a field in JSON rows, e.g. text=body; an empty name leaves it out. Repeatable.",
            ),
            click.option(
                "--format", type=click.Choice(["auto", "jsonl", "text", "html"]), default="auto", show_default=True,
                help="Format of standard input and of files whose name does not tell it.",
            ),
            click.option(
                "--max-mb", type=click.FloatRange(min=0, min_open=True), default=16.0, show_default=True,
                help="Largest file of one article and longest JSON line, in MiB.",
            ),
            click.option(
                "--max-characters", type=click.IntRange(min=1), default=1_000_000, show_default=True,
                help="Longest article text.",
            ),
        )
    ):  # fmt: skip
        command = add(command)
    return command


def read_options(fields: dict[str, str], format: str, max_mb: float, max_characters: int) -> ReadOptions:  # noqa: A002
    """The reader's settings from the options that `reading` adds."""
    from dedup.read import Fields, Format, ReadOptions

    return ReadOptions(Fields(**fields), Format(format), max(1, int(max_mb * MEGABYTE)), max_characters)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("-o", "--output", type=click.Path(file_okay=False), default="dedup-report", show_default=True,
              help="Folder for the report; made if missing, its files replaced.")  # fmt: skip
@click.option("--level", type=click.Choice(["near", "full"]), default="full", show_default=True,
              help="near: only exact and near-duplicates, nothing aligned; full: rewrites and scores too.")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=0), default=0, show_default="all processors",
              help="Processes and threads; never changes the result.")  # fmt: skip
@click.option("--threshold", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.5, show_default=True,
              help="Least probability at which a pair is called a copy.")  # fmt: skip
@click.option("--related", is_flag=True, help="Also report pairs on one subject that reuse nothing.")
@reading
def scan(
    paths: tuple[str, ...],
    output: str,
    level: str,
    workers: int,
    threshold: float,
    related: bool,
    **options: Any,
) -> None:
    """Find the copies among the articles of files and folders (- is standard input).

    Reads .txt, .html, .htm, .xhtml, .jsonl and .ndjson, each also as .gz. Writes matches.jsonl, clusters.jsonl,
    articles.jsonl, skipped.jsonl and report.html, and prints a summary.
    """
    from dedup.config import Config, Level
    from dedup.pipeline import scan_paths
    from dedup.report import summary, write_report

    config = Config(level=Level(level), threshold=threshold, workers=workers, related=related)
    report = scan_paths(paths, replace(read_options(**options), leave_out=(output,)), config)
    page = write_report(report, output)
    for line in summary(report):
        click.echo(line)
    click.echo(f"Report: {page}")


@main.command()
@click.argument("left", type=PATHS)
@click.argument("right", type=PATHS)
@click.option("--json", "as_json", is_flag=True, help="Print the match as one JSON line, as in matches.jsonl.")
@reading
def compare(left: str, right: str, as_json: bool, **options: Any) -> None:
    """Say how two articles are related, and show the proof. Each path holds one article."""
    from dedup.pipeline import compare as compare_articles
    from dedup.report import match_row, to_json

    a, b = (_only_article(path, read_options(**options)) for path in (left, right))
    match = compare_articles(a, b)
    if as_json:
        click.echo(to_json(match_row(match)))
    else:
        for line in _verdict(match):
            click.echo(line)


def _only_article(path: str, options: ReadOptions) -> Article:
    """The one article of a path, with the path as its id."""
    from dedup.read import read
    from dedup.records import Skipped

    items = list(read([path], options))
    if len(items) != 1:
        raise click.ClickException(f"{path} holds {len(items)} articles, not one")
    if isinstance(items[0], Skipped):
        raise click.ClickException(f"{path}: {items[0].reason}")
    return replace(items[0], id=path)


def _verdict(match: Match) -> Iterator[str]:
    from dedup.report.marks import counted

    method = f", {match.method.replace('_', ' ')}" if match.method else ""
    yield f"{match.kind.value.replace('_', ' ')} (probability of a copy {match.probability:.2f}){method}"
    yield f"original: {match.original or 'unknown'} ({match.original_reason})"
    yield f"{len(match.alignment.passages)} aligned passages"
    for passage in match.alignment.passages:
        (a, b), (c, d) = passage.left, passage.right
        yield f"  {a}-{b}  {c}-{d}  similarity {passage.similarity:.2f}"
    differences = counted(match.evidence)
    for kind, before, after, times in differences[:SHOWN_EVIDENCE]:
        yield f"  {kind}: {before or '(nothing)'} -> {after or '(nothing)'}" + (f"  x{times}" if times > 1 else "")
    if len(differences) > SHOWN_EVIDENCE:
        yield f"  and {len(differences) - SHOWN_EVIDENCE} more (--json gives all)"


@main.command()
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each article, with all evidence.")
@click.option("--weak", is_flag=True, help="Show weak evidence too.")
@reading
def score(paths: tuple[str, ...], as_json: bool, weak: bool, **options: Any) -> None:
    """Say for each article how spun, corrupted or machine-written it reads, without its source."""
    from dedup.pipeline import score as score_text
    from dedup.read import read
    from dedup.records import Skipped
    from dedup.report import score_row, to_json

    scored = 0
    for item in read(paths, read_options(**options)):
        if isinstance(item, Skipped):
            place = item.source if item.line is None else f"{item.source}:{item.line}"
            click.echo(f"skipped {place}: {item.reason}", err=True)
            continue
        found = score_text(item.text)
        scored += 1
        if as_json:
            click.echo(to_json({"id": item.id, "score": score_row(found)}))
        else:
            for line in _reading(item.id, found, weak):
                click.echo(line)
    if not scored:
        raise click.ClickException("no article could be read")


def _reading(article_id: str, found: RewriteScore, weak: bool) -> Iterator[str]:
    if found.overall is None:
        yield f"  -   {article_id}: no score ({found.abstained})"
    else:
        parts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in found.parts.items())
        yield f"{found.overall:4.2f}  {article_id}: {parts}"
    shown = [finding for finding in found.evidence if finding.strong or weak]
    for finding in shown[:SHOWN_EVIDENCE]:
        expected = f", expected {finding.expected!r}" if finding.expected else ""
        strength = "" if finding.strong else " (weak)"
        yield f"      {finding.type}: {finding.found!r}{expected}: {finding.reason}{strength}"
    if len(shown) > SHOWN_EVIDENCE:
        yield f"      and {len(shown) - SHOWN_EVIDENCE} more (--json gives all)"
