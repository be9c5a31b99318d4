"""Golden digests: shows that a change of the code changes no result.

    python -m benchmarks.quality.golden --write golden.json     # before the change
    python -m benchmarks.quality.golden --check golden.json     # after it: exit code 1 and the names of what differs
    python -m benchmarks.quality.golden --check golden.json --only fixtures seeds compare

Digests matches with their proofs, clusters, scores, skipped inputs, verdicts of `compare` and answers of an index,
over the
fixtures and, where the evaluation packs are at hand, the seeds, the rewrite pack and the first 5,000 articles of the
background.
Values are digested as they are, floating point numbers to the last bit, so that a file holds for one machine and one
set of library versions only: write it anew before each change.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import dedup

ROOT = Path(__file__).resolve().parents[2]
BACKGROUND = 5000  # articles of the background pack
COMPARED = 400  # pairs of the rewrite pack that `compare` is called on
CHECKED = 600  # articles of the rewrite pack that the index is asked for

Digests = dict[str, str]


def plain(value: Any) -> Any:
    """A record as nested lists: the digest depends on the order of its fields and not on their names."""
    if isinstance(value, Enum):
        return str(value)
    if is_dataclass(value):
        mine = fields(value)
        if getattr(value, "old", value) is None:  # says nothing in a scan without an archive
            mine = tuple(field for field in mine if field.name != "old")
        return [plain(getattr(value, field.name)) for field in mine]
    if isinstance(value, dict):
        return sorted((key, plain(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def digest(values: Iterable[Any]) -> str:
    """One digest over many records, in their order."""
    state = hashlib.sha256()
    for value in values:
        state.update(repr(plain(value)).encode("utf-8", "surrogatepass") + b"\n")
    return state.hexdigest()[:24]


def report_digests(name: str, report: Any) -> Digests:
    """The digests of all parts of a report."""
    return {
        f"{name} matches": f"{len(report.matches)} {digest(report.matches)}",
        f"{name} clusters": f"{len(report.clusters)} {digest(report.clusters)}",
        f"{name} scores": f"{len(report.scores)} {digest([*report.scores.items()])}",
        f"{name} skipped": f"{len(report.skipped)} {digest((s.line, s.reason) for s in report.skipped)}",
        f"{name} capped": digest(sorted(report.capped.items())),
    }


def articles(path: Path) -> Iterator[Any]:
    """The articles of a gzipped JSON lines file, with what fields it has."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield dedup.Article(
                row["id"], row["text"], row.get("title"), row.get("url"), row.get("source") or row.get("set")
            )


def compared(packs: Path) -> Digests:
    """Verdicts of `compare`, one pair at a time."""
    texts = {article.id: article for article in articles(packs / "rewrites" / "articles.jsonl.gz")}
    with gzip.open(packs / "rewrites" / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    step = len(pairs) // COMPARED
    verdicts = (dedup.compare(texts[pair["left"]], texts[pair["right"]]) for pair in pairs[::step])
    return {"compare": digest(verdicts)}


def indexed(packs: Path) -> Digests:
    """What an index in memory answers, with the shipped weights and with its own."""
    some = list(articles(packs / "rewrites" / "articles.jsonl.gz"))
    asked, found = some[:: len(some) // CHECKED], {}
    with dedup.open_index(None) as index:
        index.add_many(some)
        found["index"] = digest(list(index.check(article)) for article in asked)
        index.compact(relearn=True)
        found["index relearnt"] = digest(list(index.check(article)) for article in asked)
    return found


def scanned(packs: Path, name: str) -> Digests:
    """What a scan of one of the piles finds, at both levels where there are packs."""
    near = dedup.Config(level=dedup.Level.NEAR)
    if name == "background":
        news = list(islice(articles(packs / "background.jsonl.gz"), BACKGROUND))
        return report_digests(name, dedup.scan(news)) | report_digests(f"{name} near", dedup.scan(news, near))
    if name == "rewrites":
        paths = [packs / "rewrites" / "articles.jsonl.gz"]
        near_report = dedup.scan_paths(paths, config=near)
        return report_digests(name, dedup.scan_paths(paths)) | report_digests(f"{name} near", near_report)
    return report_digests(name, dedup.scan_paths([ROOT / name if name == "fixtures" else packs / name]))


PARTS: dict[str, Callable[[Path], Digests]] = {
    **{name: partial(scanned, name=name) for name in ("fixtures", "seeds", "rewrites", "background")},
    "compare": compared,
    "index": indexed,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, default=ROOT.parent / "shared" / "eval")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", type=Path)
    action.add_argument("--check", type=Path)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some parts, for a quick look")
    options = parser.parse_args()
    parts = [name for name in options.only if name == "fixtures" or options.packs.is_dir()]
    found: Digests = {}
    for name in parts:
        found |= PARTS[name](options.packs)
    if options.write:
        options.write.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return 0
    before = json.loads(options.check.read_text(encoding="utf-8"))
    before = {name: value for name, value in before.items() if name.split()[0] in parts}
    differs = [name for name in {**before, **found} if before.get(name) != found.get(name)]
    for name in differs:
        print(f"{name}: {before.get(name)} before, {found.get(name)} now")
    print(f"{len(found)} digests, {len(differs)} differ")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
