"""What a scan of ordinary news finds: matches by kind, within a site and across sites, with and without repeated text.

    python -m benchmarks.quality.background [--articles N] [--packs FOLDER]

Scans the first articles of the background pack. "Before" are all matches (`templates="all"`,
`site_text="all"`), "after" those
that are listed. Then the near-duplicates by estimated resemblance: how many of the pairs that level near could name a
full scan calls exact or near, a copy of another kind, and no copy.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import dedup
from benchmarks.quality.golden import articles
from dedup.records import COPIES, Kind
from dedup.results import Report

ROOT = Path(__file__).resolve().parents[2]
LEVELS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9)  # of estimated resemblance


def by_kind(report: Report) -> Counter[tuple[Kind, bool | None]]:
    """The matches of each kind within a site, across sites, and where a site is not known."""
    return Counter((one.kind, one.same_site) for one in report.matches.verdicts)


def near_duplicates(pile: list[dedup.Article], full: Report) -> None:
    """Print what a full scan calls the pairs of level near, by their estimated resemblance."""
    near = dedup.scan(pile, dedup.Config(level=dedup.Level.NEAR, near_resemblance=min(LEVELS)))
    kinds = {(one.left, one.right): one.kind for one in full.matches.verdicts}
    pairs = [(one.resemblance, kinds.get((one.left, one.right), Kind.NONE)) for one in near.matches]
    same = sum(kind in (Kind.EXACT, Kind.NEAR) for kind in kinds.values())
    print("resemblance  pairs  exact or near  other copies  no copies  of all exact and near")
    for least in LEVELS:
        found = [kind for resemblance, kind in pairs if resemblance is not None and resemblance >= least]
        surely = sum(kind in (Kind.EXACT, Kind.NEAR) for kind in found)
        copies = sum(kind in COPIES for kind in found)
        share = surely / max(1, same)
        print(
            f"{least:>11}  {len(found):>5}  {surely:>13}  {copies - surely:>12}  {len(found) - copies:>9}  {share:.3f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=ROOT.parent / "shared" / "eval")
    parser.add_argument("--articles", type=int, default=30_125)
    options = parser.parse_args()
    pile = list(islice(articles(options.packs / "background.jsonl.gz"), options.articles))
    everything = dedup.scan(pile, templates="all", site_text="all")
    listed = dedup.scan(pile)
    before, after = by_kind(everything), by_kind(listed)
    print("kind           site    before  after")
    for kind in Kind:
        for same, name in ((True, "within"), (False, "across"), (None, "unknown")):
            if before[kind, same]:
                print(f"{kind:<14} {name:<7} {before[kind, same]:>6}  {after[kind, same]:>5}")
    print(f"templates: {len(listed.templates)}; set aside: {dict(listed.set_aside)}")
    near_duplicates(pile, listed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
