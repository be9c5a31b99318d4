"""The command line: parse, call the library, print, exit code.

Exit codes: 0 done (whatever was found or skipped), 1 failed, 2 wrong usage, 3 a match was found (`index check` only),
4 no article could be read, 130 interrupted (SIGINT), 143 terminated (SIGTERM).
Nothing but click is imported at the top, so that `--version` and `--help` answer at once.
"""

from __future__ import annotations

import warnings

import click

from dedup import __version__
from dedup.cli.background import background
from dedup.cli.base import Guarded, logged, say
from dedup.cli.commands import compare, scan
from dedup.cli.compiling import compile_kernels
from dedup.cli.dedupe import dedupe
from dedup.cli.evaluate import evaluate, tune
from dedup.cli.index import index
from dedup.cli.label import label
from dedup.cli.report import report
from dedup.cli.score import score
from dedup.cli.settings import config
from dedup.cli.trace import trace


def version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version and leave."""
    if wanted and not ctx.resilient_parsing:
        click.echo(f"dedup {__version__}")
        ctx.exit()


def _show_warning(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
    """Say what the library warns of; what other packages tell programmers is nothing for whoever runs a command."""
    if not issubclass(category, (DeprecationWarning, PendingDeprecationWarning, ResourceWarning)):
        say(f"Warning: {message}", aside=True)


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, callback=version, expose_value=False, is_eager=True, help="Show the version.")
def main() -> None:
    """Find every copy of a news story: near-duplicates and machine rewrites, with the proof.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a match (index check only), 4 nothing to read,
    130 interrupted, 143 terminated.
    """
    click.get_current_context().with_resource(warnings.catch_warnings())
    warnings.showwarning = _show_warning


for command in (
    scan, report, dedupe, compare, trace, score, background, index, evaluate, tune, label, config, compile_kernels,
):  # fmt: skip
    main.add_command(command)
logged(main)
