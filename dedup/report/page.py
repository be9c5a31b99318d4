"""`report.html`: an overview that needs no script, and the list, story, pair and article pages, which a script draws.

Public: `Pages`, `Worst`.

The data of those pages stand inside the page or, where they are many, beside it (`dedup.report.chunks`).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import heappush, heappushpop
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.records import Article, ArticleScore, Cluster, Kind
from dedup.report.chunks import Chunks, inline_json, remove_others
from dedup.report.files import to_json
from dedup.report.headlines import Headline, headline, tidied
from dedup.report.lines import MOST_TEMPLATES, Chosen, Line, choose, line_of
from dedup.report.links import pair_fragment, part
from dedup.report.overview import Overview, figures, overview, steps_of
from dedup.report.records import (
    Offsets,
    article_columns,
    made_record,
    match_columns,
    proof_record,
    story_columns,
    text_record,
)
from dedup.report.summary import SITES, by_site, limits, set_aside
from dedup.report.words import FACTS, KINDS, METHODS, PARTS, kind_name, score_words
from dedup.resources import resource
from dedup.results import Report
from dedup.results.compositions import Compositions
from dedup.results.rows import score_row
from dedup.results.stored import score_of
from dedup.whole_files import whole_file

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = "report/page.html.jinja"
STYLE = "report/style.css"
SCRIPTS = ("report/data.js", "report/compare.js", "report/list.js", "report/pages.js")  # one script, in this order

# What a page cannot hold (NUL, ESC): replacement marks stand for it.
CONTROLS = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}
MOST_SUSPECTS = 50  # articles that read as spun or corrupted
MOST_SKIPPED = 500
MOST_REASONS = 20
LEAST_SUSPECT = 0.5  # overall score from which an article is listed


class Worst:
    """The articles that read worst among those noted, so that all scores need to be unpacked only once."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []

    def note(self, number: int, score: ArticleScore) -> None:
        """Remember an article, by its number in the order read, if its score is among the worst."""
        if score.overall is None or score.overall < LEAST_SUSPECT:
            return
        (heappush if len(self._heap) < MOST_SUSPECTS else heappushpop)(self._heap, (score.overall, -number))

    def numbers(self) -> list[int]:
        """Return the worst first; equals in the order read."""
        return [-number for _, number in sorted(self._heap, reverse=True)]


class Pages:
    """The pages of a report, in two steps: `articles` reads the articles that they show, `write` writes the pages."""

    def __init__(self, report: Report, worst: Worst, ours: Sequence[str] = ()) -> None:
        self._report, self._ours = report, tuple(ours)
        self._suspects = [report.ids[number] for number in worst.numbers()]
        self._chosen: Chosen = choose(report, self._suspects)
        self._chunks = Chunks()
        self._headlines: list[Headline] = []
        self._offsets: list[Offsets] = []

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self._chunks.__exit__()

    def articles(self) -> Iterator[Article]:
        """Return an iterator over the articles shown, which must be used up before the pages are written."""
        for id_ in self._chosen.ids:
            article = self._report.article(id_)
            score = score_of(score_row(self._report.scores[id_])) if self._report.scores else None  # as it is stored
            self._headlines.append(headline(article, score.overall if score else None, self._ours))
            self._offsets.append(Offsets(article.text))
            self._chunks.add("text", text_record(article, score, self._offsets[-1]))
            yield article

    def write(self, path: Path) -> None:
        """Write the page, and the folder of its data where they do not fit inside."""
        headlines = tidied(self._headlines)
        lines = list(self._lines())
        self._add_made(headlines)
        self._add_columns(headlines, lines)
        folder = path.with_name(f"{path.stem}-data")
        files = {} if self._chunks.fit_inside else self._chunks.write(folder)
        shown = self._shown(headlines, overview(headlines, lines, self._report.clusters), files, folder.name)
        with whole_file(path) as out:
            page = _environment().get_template(TEMPLATE).stream(shown)
            page.enable_buffering(256)
            page.dump(out, encoding="utf-8", errors="replace")
        remove_others(folder, set(files.values()))

    def _lines(self) -> Iterator[Line]:
        numbers = {id_: number for number, id_ in enumerate(self._chosen.ids)}
        for number, cluster in zip(self._chosen.matches, self._chosen.clusters, strict=True):
            match = self._report.matches[number]
            line = line_of(match, numbers, cluster)
            self._chunks.add("proof", proof_record(match, self._offsets[line.left], self._offsets[line.right]))
            yield line

    def _add_made(self, headlines: list[Headline]) -> None:
        """Add what each article is made of, as `Report.composition` tells it."""
        left_out = set(range(len(self._report.matches))).difference(self._chosen.matches)
        matches = self._report.matches.without(left_out) if left_out else self._report.matches
        composed, numbers = Compositions(matches, self._report.article), {h.id: n for n, h in enumerate(headlines)}
        dated = {h.id: Article(h.id, "", published=h.published, day_only=h.day_only) for h in headlines}
        for id_ in numbers:
            found = composed(id_, dated.__getitem__) if composed.asked(id_) else None
            self._chunks.add("made", made_record(found, numbers))

    def _start(self) -> str:
        """Return where the page opens: two articles that were compared are shown at once, side by side."""
        if len(self._report.ids) != 2 or len(self._chosen.matches) != 1:
            return "#/"
        match = self._report.matches[self._chosen.matches[0]]
        return pair_fragment(match.left, match.right)

    def _add_columns(self, headlines: list[Headline], lines: list[Line]) -> None:
        clusters: Sequence[Cluster] = self._report.clusters
        stories = {member: number for number, cluster in enumerate(clusters) for member in cluster.members}
        numbers = {each.id: number for number, each in enumerate(headlines)}
        self._chunks.add("list", article_columns(headlines, stories))
        self._chunks.add("list", match_columns(lines, steps_of(lines, numbers, clusters)))
        self._chunks.add("list", story_columns(clusters, numbers))
        self._chunks.close()

    def _shown(self, headlines: list[Headline], found: Overview, files: dict[str, str], folder: str) -> dict[str, Any]:
        report = self._report
        by_id = {each.id: each for each in headlines}
        manifest = {
            "firsts": dict(self._chunks.firsts),
            "files": {name: f"{folder}/{file}" for name, file in files.items()},
            "ours": list(self._ours),
            "kinds": KINDS,
            "methods": METHODS,
            "facts": FACTS,
            "parts": PARTS,
            "start": self._start(),
        }
        reasons = Counter(skipped.reason for skipped in report.skipped)
        return {
            "report": report,
            "found": found,
            "figures": figures(len(report.ids), found, report.clusters, len(report.skipped)),
            "ours": self._ours,
            "facts": FACTS,
            "templates": [(t, [by_id[id_] for id_ in t.example]) for t in report.templates[:MOST_TEMPLATES]],
            "templates_left_out": max(0, len(report.templates) - MOST_TEMPLATES),
            "set_aside": set_aside(report),
            "sites": _sites(report),
            "limits": list(limits(report)),
            "suspects": [(by_id[id_], score_words(score_of(score_row(report.scores[id_])))) for id_ in self._suspects],
            "reasons": sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS],
            "reasons_left_out": max(0, len(reasons) - MOST_REASONS),
            "skipped": report.skipped[:MOST_SKIPPED],
            "skipped_left_out": max(0, len(report.skipped) - MOST_SKIPPED),
            "matches_left_out": self._chosen.left_out,
            "manifest": inline_json(to_json(manifest)),
            "inside": [] if files else ((name, inline_json(data)) for name, data in self._chunks.pieces()),
        } | _dress()


def _sites(report: Report) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return how many matches there are of each kind within a site and across sites; nothing where no site is known."""
    counts = by_site(report)
    if not counts.keys() - {None}:
        return []
    return [
        (SITES[same], [(kind_name(kind), found[kind]) for kind in Kind if found[kind]])
        for same, found in counts.items()
    ]


def _dress() -> dict[str, str]:
    """Return style and script, with the digests by which the page allows them and nothing else."""
    style = resource(STYLE).read_text("utf-8")
    script = "".join(resource(name).read_text("utf-8") for name in SCRIPTS)
    return {"style": style, "style_hash": _digest(style), "script": script, "script_hash": _digest(script)}


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(lambda name: resource(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_without_controls,
    )
    environment.filters["part"] = part
    return environment


def _without_controls(value: Any) -> Any:
    """Return a value of the template without what a page cannot hold."""
    return value.translate(CONTROLS) if isinstance(value, str) else value
