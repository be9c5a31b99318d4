"""The pages of a report in a browser: how soon the overview, a filter, a search and a pair are there, and how large.

    python -m benchmarks.speed.report_page [--matches 10000 50000] [--folder DIR] [--axe FILE]

Stories of three invented articles, three matches each, are written as `write_report` does and opened in Chromium by
`file://`. A filter or search is timed from the key to the end of the layout that follows; a pair, a story and an
article from the click to the drawn page. Other work on the machine makes all of it slower: the least time tells most.
`--axe FILE` names `axe.min.js` (npm: `axe-core`), and then the five kinds of page are checked for accessibility as
well, light and dark, wide and narrow; any violation makes the exit code 1.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.browser import chromium
from dedup.records import SHARE_FEATURE, Alignment, Article, Cluster, Evidence, Kind, Match, Passage
from dedup.report import write_report
from dedup.results import ClusterTable, MatchTable, Report, ScoreTable, pack_match

WORDS, CHANGED = 350, 0.08  # of an article; share of words that a copy has changed
SOURCES = [f"{name} {kind}" for name in ("Ostrel", "Vellmar", "Norrby", "Tamsin", "Quell") for kind in
           ("Courier", "Echo", "Post", "Wire", "Herald", "Observer", "Mirror", "Times")]  # fmt: skip
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "er")]
FIRST_DAY = datetime(2026, 1, 5, 6, tzinfo=UTC)
ROUNDS, PAIRS = 3, 8  # fresh pages, and pairs that each opens
TYPED = ["b", "ba", "bar", "Norrby", "echo", "tam", ""]
FILTERS = [("kind", "copies"), ("source", "Echo"), ("after", "2026-02-01"), ("share", "50"), ("sort", "newest")]

# Waits until the page is drawn anew: what is timed ends with the layout after the last change.
OPEN = """async hash => {
  const start = performance.now();
  const page = document.getElementById("page");
  const drawn = new Promise(done => new MutationObserver(done).observe(page, {childList: true}));
  location.hash = hash;
  await drawn;
  document.body.offsetHeight;
  return performance.now() - start;
}"""
TYPE = """([name, value]) => {
  const field = document.querySelector(`[name=${name}]`), start = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  document.body.offsetHeight;
  return performance.now() - start;
}"""


def invented(seed: int, matches: int) -> Report:
    """Return a report of stories of three articles: an original and two copies, with every changed word as evidence."""
    draw = random.Random(seed)
    vocabulary = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(5_000)]
    articles: dict[str, Article] = {}
    found, clusters = [], []
    for story in range(-(-matches // 3)):
        three = list(_story(story, draw, vocabulary))
        articles |= {article.id: article for article, _ in three}
        first, second, third = (article.id for article, _ in three)
        for one, other in ((0, 1), (0, 2), (1, 2)):
            found.append(pack_match(_match(three[one], three[other])))
        clusters.append(Cluster(f"{story:016x}", first, (first, second, third), ((second, first), (third, first))))
    ids = list(articles)
    return Report(
        ids, MatchTable(found[:matches]), ClusterTable(clusters), (), ScoreTable(ids), {}, {}, articles.__getitem__
    )


def _story(number: int, draw: random.Random, vocabulary: list[str]) -> Iterator[tuple[Article, list[str]]]:
    words = draw.choices(vocabulary, k=WORDS)
    day = FIRST_DAY + timedelta(hours=draw.randrange(24 * 60))
    for copy in range(3):
        own = [draw.choice(vocabulary) if copy and draw.random() < CHANGED else word for word in words]
        sentences = [" ".join(own[at : at + 14]).capitalize() + "." for at in range(0, WORDS, 14)]
        title = " ".join(own[:8]).capitalize()
        source = draw.choice(SOURCES)
        yield (
            Article(f"{number:06}-{copy}", " ".join(sentences), title, None, source, day + timedelta(hours=7 * copy)),
            own,
        )


def _match(one: tuple[Article, list[str]], other: tuple[Article, list[str]]) -> Match:
    (left, left_words), (right, right_words) = one, other
    evidence: list[Evidence] = []
    a = b = 0
    for old, new in zip(left_words, right_words, strict=True):
        if old != new:
            spans = (a, a + len(old)), (b, b + len(new))
            texts = left.text[slice(*spans[0])], right.text[slice(*spans[1])]
            evidence.append(Evidence("number" if len(evidence) % 9 == 8 else "swap", *spans, *texts))
        a, b = a + len(old) + 1, b + len(new) + 1
        a, b = a + (left.text[a - 1 : a] == "."), b + (right.text[b - 1 : b] == ".")
    alignment = Alignment((Passage((0, len(left.text)), (0, len(right.text)), 0.9),), {SHARE_FEATURE: 1.0})
    return Match(
        left.id, right.id, Kind.REWRITE, 0.99, left.id, "earlier date", alignment, tuple(evidence), 0.9, "spun",
        {"spun": 0.8}, same_site=left.source == right.source, shared=(1.0, 0.97),
    )  # fmt: skip


# When the first text or picture was painted, which may be after the page was loaded.
PAINT = """new Promise(done => new PerformanceObserver(list => {
  for (const one of list.getEntriesByName("first-contentful-paint")) done(one.startTime);
}).observe({ type: "paint", buffered: true }))"""


def measure(browser: Any, path: Path, report: Report) -> dict[str, list[float]]:
    """Return milliseconds by what was done, each as often as it was done."""
    draw = random.Random(7)
    found: dict[str, list[float]] = {
        name: [] for name in ("overview", "list", "search", "filter", "pair", "story", "article")
    }
    for _ in range(ROUNDS):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(path.as_uri())
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        found["overview"].append(max(page.evaluate(PAINT), loaded))
        found["list"].append(page.evaluate(OPEN, "#/matches"))
        found["search"] += [page.evaluate(TYPE, ["q", text]) for text in TYPED]
        found["filter"] += [page.evaluate(TYPE, list(each)) for each in FILTERS]
        for match in (report.matches[draw.randrange(len(report.matches))] for _ in range(PAIRS)):
            found["pair"].append(page.evaluate(OPEN, pair_of(match)))
        found["story"].append(page.evaluate(OPEN, f"#/story/{draw.choice(report.clusters).id}"))
        found["article"].append(page.evaluate(OPEN, f"#/article/{draw.choice(report.ids)}"))
        page.close()
    return found


def pair_of(match: Match) -> str:
    """Return the fragment of a pair page."""
    return f"#/pair/{quote(match.left, safe='')}/{quote(match.right, safe='')}"


def violations(browser: Any, path: Path, routes: list[str], axe: str) -> list[str]:
    """Return what axe finds wrong with pages, light and dark, wide and narrow; empty where all is well."""
    found = []
    for scheme in ("light", "dark"):
        for width in (1400, 390):
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
            )
            page = context.new_page()
            for route in routes:
                page.goto("about:blank")
                page.goto(path.as_uri() + route)
                page.wait_for_selector("#page h1" if len(route) > 2 else "#overview h1")
                page.evaluate(axe)
                for wrong in page.evaluate("axe.run().then(found => found.violations)"):
                    nodes = "; ".join(node["html"][:120] for node in wrong["nodes"][:3])
                    found.append(f"{route} {scheme} {width}: {wrong['id']}, {len(wrong['nodes'])} times: {nodes}")
            context.close()
    return found


def routes_of(report: Report) -> list[str]:
    """Return a page of each of the five kinds."""
    match = report.matches[0]
    pages = ["#/", "#/matches", pair_of(match), f"#/article/{quote(match.right, safe='')}"]
    return [*pages, *(f"#/story/{cluster.id}" for cluster in report.clusters[:1])]


def main() -> int:
    """Print the table; the exit code is 1 where axe finds a violation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matches", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--folder", type=Path, help="where the reports go and stay")
    parser.add_argument("--axe", type=Path, help="axe.min.js of npm's axe-core")
    given = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        for matches in given.matches:
            report = invented(matches, matches)
            folder = (given.folder or Path(temporary)) / str(matches)
            begin = time.process_time()
            path = write_report(report, folder)
            seconds = time.process_time() - begin
            data = list((folder / "report-data").glob("*.js")) if (folder / "report-data").is_dir() else []
            page, beside = path.stat().st_size / 1e6, sum(file.stat().st_size for file in data) / 1e6
            print(f"{matches:,} matches: written in {seconds:.1f} s of processor time")
            print(f"  page {page:.2f} MB, data beside it {beside:.0f} MB in {len(data)} files")
            for what, times in measure(browser, path, report).items():
                least, middle, most = min(times), statistics.median(times), max(times)
                print(f"  {what:<9} least {least:5.0f}, median {middle:5.0f}, most {most:5.0f} ms")
            if given.axe:
                wrong += violations(browser, path, routes_of(report), given.axe.read_text("utf-8"))
    for line in wrong:
        print(line)
    if given.axe:
        print(f"axe: {len(wrong)} violations")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
