"""What all commands share: one-line errors, and the options of everything that reads articles."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dedup.cli.running import Log, Told, ended_by_signals
from dedup.cli.settings import Settings
from dedup.display import harmless, harmless_lines
from dedup.engines.progress import watched
from dedup.errors import ConfigError, DedupError

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.engines.kept import Kept
    from dedup.pipeline.scorer import ArticleScorer
    from dedup.read import ReadOptions
    from dedup.records import Article, Skipped

Command = TypeVar("Command", bound=Callable[..., Any])

TRACEBACK = "DEDUP_TRACEBACK"  # set in the environment, a failure shows where it happened
FIELDS = ("id", "text", "title", "url", "source", "published")
FORMATS = (
    "auto", "jsonl", "json", "csv", "text", "markdown", "html", "feed", "parquet", "arrow", "warc",
)  # fmt: skip
MOST_NOTES = 20  # lines about fields and warnings on a terminal
MOST_REASONS = 3  # why nothing could be read
PATHS = click.Path(exists=True, allow_dash=True)
MEGABYTE = 1 << 20
BALANCED = "balanced"  # the preset without anybody's saying
UNFINISHED = ".unfinished"  # the name, or its ending, of the file in which work is kept while a run is under way


class Guarded(click.Group):
    """A group whose commands fail with one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what it raises becomes a message and exit code 1, or 2 for a setting out of its range."""
        log = ctx.obj = Log()
        try:
            with ended_by_signals(), watched(log):
                result = self._run(ctx)
            log.close()
        except Told as told:
            log.clear()
            ctx.exit(told.exit_code)
        except BrokenPipeError:  # who reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        finally:
            log.clear()
        return result

    def _run(self, ctx: click.Context) -> Any:
        try:
            ctx.default_map = Settings(self).defaults()
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except ConfigError as e:
            raise click.UsageError(harmless_lines(str(e))) from e
        except DedupError as e:
            raise click.ClickException(harmless_lines(str(e))) from e
        except BrokenPipeError:
            raise
        except Exception as e:
            if os.environ.get(TRACEBACK):
                raise
            message = harmless((str(e).splitlines() or [""])[0])
            what = message if isinstance(e, OSError) else f"{type(e).__name__}: {message}"
            raise click.ClickException(f"{what} (set {TRACEBACK}=1 to see where)") from e


def finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Return the value of an option; "nan" and "inf" are numbers for click."""
    if value is not None and not isfinite(value):
        raise click.BadParameter(f"{value} is no number to go by")
    return value


def parse_fields(_: click.Context, __: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return `("text=body",)` as `{"text": "body"}`."""
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
                help="Name of a field in rows, e.g. text=body, or source=site.name for one inside another; an empty "
                "name leaves it out. Common names are found without. Repeatable.",
            ),
            click.option("--id-field", metavar="NAME", help="Name of the field that holds the id, as --field id=NAME."),
            click.option(
                "--format", type=click.Choice(FORMATS), default="auto", show_default=True,
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


def read_options(
    fields: dict[str, str],
    id_field: str | None,
    format: str,  # noqa: A002
    max_mb: float,
    max_characters: int,
) -> ReadOptions:
    """Return the reader's settings from the options that `reading` adds. Raises `ConfigError`."""
    from dedup.checks import Range, checked_number
    from dedup.read import Fields, Format, ReadOptions

    if id_field:
        fields = fields | {"id": id_field}
    megabytes = checked_number("--max-mb", max_mb, Range(0, ends=False))
    return ReadOptions(Fields(**fields), Format(format), max(1, int(megabytes * MEGABYTE)), max_characters)


def _quiet(_ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    log().quiet = wanted


def _verbose(_ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    log().verbose = wanted


def _log_format(_ctx: click.Context, _: click.Parameter, wanted: str) -> None:
    log().as_json = wanted == "json"


def logged(command: click.Command) -> None:
    """Add the options that say what goes to standard error to a command, or to all commands of a group."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            logged(inner)
        return
    command.params += [
        click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_quiet,
                     help="No progress, no messages, no summary: results and errors only."),
        click.Option(["-v", "--verbose"], is_flag=True, expose_value=False, callback=_verbose,
                     help="Also say how long each stage took."),
        click.Option(["--log-format"], type=click.Choice(["text", "json"]), default="text", show_default=True,
                     expose_value=False, callback=_log_format, help="How progress and messages are written."),
    ]  # fmt: skip


level_option = click.option(
    "--level", type=click.Choice(["near", "full"]), default=None, show_default="full",
    help="near: only exact and near-duplicates, nothing aligned; full: rewrites and scores too.",
)  # fmt: skip

preset_option = click.option(
    "--preset", type=click.Choice(["near", "balanced", "thorough", "no-scores"]), default=BALANCED, show_default=True,
    help="Settings to begin with: near (as --level near), thorough (looks at more pairs), no-scores (of articles).",
)  # fmt: skip

profile_option = click.option(
    "--profile", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Settings to begin with from a file that tune wrote, instead of a preset.",
)  # fmt: skip


def config_of(preset: str, profile: str | None) -> Config:
    """Return the settings to begin with. Raises `click.UsageError` where a preset and a profile are given."""
    from dedup.config import Config
    from dedup.profiles import load_profile

    if profile is None:
        return Config.preset(preset)
    if preset != BALANCED:
        raise click.UsageError("give either --preset or --profile")
    return load_profile(profile)


workers_option = click.option(
    "--workers", type=click.IntRange(min=0), default=0, show_default="all processors",
    help="Processes and threads; never changes the result.",
)  # fmt: skip

languages_option = click.option(
    "--languages/--no-languages", default=None,
    help="Look for translations too, by the extra [languages].  [default: where it is installed; on Spark, off]",
)  # fmt: skip

resume_option = click.option(
    "--resume", is_flag=True,
    help="Go on where a run with the same input and options was killed; what it has done is kept in OUT till the end.",
)  # fmt: skip

backgrounds_option = click.option(
    "--background", "backgrounds", multiple=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Counts of your own news (background build), on top of those that ship. Repeatable.",
)  # fmt: skip


def kept_work(path: Path | None, resume: bool) -> Kept:
    """Return what a run keeps of its work in a file; of an earlier run only where it is to be resumed."""
    from dedup.engines.kept import Kept

    if path is not None and not resume:
        path.unlink(missing_ok=True)
    return Kept(path)


def scorer_of(backgrounds: tuple[str, ...], calibration: str | None, swaps: str | None = None) -> ArticleScorer:
    """Return the scorer of single articles with the user's own counts, calibration and learnt swaps."""
    from dedup.evidence.learnt_swaps import SwapTable
    from dedup.language.background import stacked
    from dedup.pipeline.scorer import ArticleScorer
    from dedup.scoring import load_calibration

    learnt = SwapTable.load(Path(swaps)) if swaps else None
    return ArticleScorer(stacked(*backgrounds), load_calibration(calibration) if calibration else None, learnt)


def report_notes(notes: Iterable[str]) -> None:
    """A line on standard error for each thing that was found out, or left out of articles, while reading."""
    lines = list(notes)
    for line in lines[:MOST_NOTES]:
        log().message(harmless(line), event="note")
    if len(lines) > MOST_NOTES:
        log().message(f"... and {len(lines) - MOST_NOTES:,} more notes", event="note")


class NothingRead(click.ClickException):
    """No input could be read as an article."""

    exit_code = 4


def require_read(articles: int, skipped: int, why: Iterable[Skipped] = ()) -> None:
    """Fail with exit code 4 where nothing at all could be read; `why` are those whose reasons were not told yet."""
    if not articles:
        reasons = list(dict.fromkeys(harmless(one.reason) for one in why))
        told = ": " + "; ".join(reasons[:MOST_REASONS] + ["..."] * (len(reasons) > MOST_REASONS)) if reasons else ""
        said = f"all {skipped:,} inputs were skipped{told}" if skipped else "the input is empty"
        raise NothingRead(f"no article could be read: {said}")


def log() -> Log:
    """Return what the running command says things with."""
    found = click.get_current_context().find_object(Log)
    return found if found is not None else Log()


def say(text: str, aside: bool = False) -> None:
    """Print a line of a summary, unless `--quiet`; `aside` on standard error, where results go to standard output."""
    if aside:
        log().message(text)
    elif not log().quiet:
        click.echo(harmless(text))


def report_skipped(item: Skipped) -> None:
    """Print one line on standard error for an input that cannot be used."""
    place = item.source if item.line is None else f"{item.source}:{item.line}"
    text = f"skipped {place}: {item.reason}"
    log().message(text, event="skipped", source=item.source, line=item.line, reason=item.reason)


class Reader:
    """Articles of some paths; counts them, and reports what is skipped."""

    def __init__(self, paths: tuple[str, ...], options: dict[str, Any]) -> None:
        self._paths, self._options = paths, read_options(**options)
        self.read = self.skipped = 0

    def __iter__(self) -> Iterator[Article]:
        from dedup.read import Session, read
        from dedup.records import Skipped

        session = Session()
        for item in read(self._paths, self._options, session=session):
            if isinstance(item, Skipped):
                self.skipped += 1
                report_skipped(item)
            else:
                self.read += 1
                yield item
        report_notes(session.notes())

    def require(self) -> None:
        """Fail where nothing at all could be read."""
        require_read(self.read, self.skipped)
