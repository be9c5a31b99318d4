"""The command `score`: a line and a table for each article, what speaks for it, and its text with marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from dedup.cli.base import PATHS, Reader, backgrounds_option, reading, scorer_of
from dedup.cli.first_run import first_run
from dedup.display import harmless

if TYPE_CHECKING:
    from dedup.records import ArticleScore, Finding, Reason

SHOWN_EVIDENCE = 40  # lines of one article on a terminal; --json gives all
SHOWN_REASONS = 3  # of each kind and part
SHOWN_CHARACTERS = 90  # of a sentence
TOLD_FROM = 0.3  # probability of a part from which what speaks for it is shown
TITLES = {
    "sentence": "sentences that weigh most",
    "habit": "habits",
    "wording": "wordings",
    "substitution": "words that fit badly",
}


@click.command(
    short_help="Say how spun or corrupted an article reads.",
    epilog="Example: dedup score fixtures/ferry/spun.html --weak",
)
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each article, with all evidence.")
@click.option("--weak", is_flag=True, help="Show weak evidence too.")
@click.option("--short", is_flag=True, help="One line for each article and its evidence: no table, reasons or text.")
@backgrounds_option
@click.option("--calibration", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
              help="Calibration to your own clean articles (background calibrate).")  # fmt: skip
@click.option("--swaps", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
              help="Swaps learnt from confirmed copies (scan --learn-swaps), found three times or more.")  # fmt: skip
@reading
def score(
    paths: tuple[str, ...], as_json: bool, weak: bool, short: bool, backgrounds: tuple[str, ...],
    calibration: str | None, swaps: str | None, **options: Any,
) -> None:  # fmt: skip
    """Say for each article how spun, corrupted or machine-written it reads, without its source, and why."""
    from dedup.report import score_row, to_json

    first_run(verification=False)
    articles, scorer = Reader(paths, options), scorer_of(backgrounds, calibration, swaps)
    for article in articles:
        found = scorer(article, explained=not short)
        if as_json:
            click.echo(to_json({"id": article.id, "score": score_row(found)}))
        else:
            for line in _told(article.id, article.text, found, weak, short):
                click.echo(harmless(line))
    articles.require()


def _told(article_id: str, text: str, found: ArticleScore, weak: bool, short: bool) -> Iterator[str]:
    shown = [finding for finding in found.evidence if finding.strong or weak]
    yield from _reading(article_id, found)
    if not short:
        yield from _table(found)
    yield from _findings(shown)
    if not short:
        yield from _reasons(found)
        if shown:
            yield from marked(text, shown)


def _reading(article_id: str, found: ArticleScore) -> Iterator[str]:
    if found.overall is None:
        yield f"  -   {article_id}: no score ({found.abstained})"
    else:
        parts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in found.parts.items())
        yield f"{found.overall:4.2f}  {article_id}: {parts}"


def _table(found: ArticleScore) -> Iterator[str]:
    if found.overall is None or found.percentile is None:
        return
    yield f"      {'part':12} probability  percentile  of 100 clean articles of this length"
    rows = {"overall": (found.overall, found.percentile)}
    rows |= {name: (value, found.percentiles[name]) for name, value in found.parts.items()}
    for name, (value, percentile) in rows.items():
        yield f"      {name:12} {value:11.2f} {percentile:11.1f}  {_meaning(percentile)}"


def _meaning(percentile: float) -> str:
    """Return what a percentile says in words: "2 score higher"."""
    higher = 100 - percentile
    if higher < 1:
        return "less than 1 scores higher"
    return "1 scores higher" if round(higher) == 1 else f"{round(higher)} score higher"


def _findings(shown: list[Finding]) -> Iterator[str]:
    for finding in shown[:SHOWN_EVIDENCE]:
        expected = f", expected {finding.expected!r}" if finding.expected else ""
        strength = "" if finding.strong else " (weak)"
        yield f"      {finding.type}: {finding.found!r}{expected}: {finding.reason}{strength}"
    if len(shown) > SHOWN_EVIDENCE:
        yield f"      and {len(shown) - SHOWN_EVIDENCE} more (--json gives all)"


def _reasons(found: ArticleScore) -> Iterator[str]:
    """What speaks for each part that is likely."""
    by_kind: dict[tuple[str, str], list[Reason]] = {}
    for reason in found.explanation.reasons if found.explanation else ():
        if found.parts.get(reason.part, 0) >= TOLD_FROM:
            by_kind.setdefault((reason.part, reason.kind), []).append(reason)
    for (part, kind), reasons in by_kind.items():
        told = "; ".join(_reason(reason) for reason in reasons[:SHOWN_REASONS])
        yield f"      {part}, {TITLES[kind]}: {told}"
    if found.explanation and found.explanation.polish not in (None, "none"):
        yield f"      polish by a language model: {found.explanation.polish}"
    if found.explanation and found.explanation.machine:
        yield f"      mixed: {len(found.explanation.machine)} stretches read machine-made, the rest does not"


def _reason(reason: Reason) -> str:
    text = " ".join(reason.text.split())
    text = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1].rsplit(" ", 1)[0] + " …"
    return f"“{text}” ({reason.weight:+.1f})" if reason.span and reason.kind != "substitution" else f"{text}"


def marked(text: str, findings: list[Finding]) -> Iterator[str]:
    """Return the lines of a text with each finding in brackets and what was expected behind an arrow."""
    at, pieces = 0, []
    for finding in findings:
        expected = f" → {finding.expected}" if finding.expected else ""
        pieces += [text[at : finding.span[0]], f"[{finding.found}{expected}]"]
        at = finding.span[1]
    for line in ("".join(pieces) + text[at:]).splitlines():
        if line.strip():
            yield f"      | {line}"
