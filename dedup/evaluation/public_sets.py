"""Public sets of labelled pairs in their own formats: PAN, NEWS-COPY, and lists of clusters.

Public: `load_pan`, `load_pairs_or_clusters`, `news_copy_articles`. `docs/evaluation.md` says where to get them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dedup.errors import InputError
from dedup.evaluation.gold import Gold, Label, Pair, gold_of, gold_of_clusters, pair_of
from dedup.records import Article, Passage, Skipped


def load_pan(folder: Path) -> Gold:
    """Return the pairs of a PAN corpus for text alignment (2012 to 2015, 2025), with their texts and true passages.

    `pairs` lists a suspicious and a source document a line; the texts stand in `susp` and `src`, the truth in XML files
    named after both, in folders named by how the passages were hidden, or in a folder beside this one that ends in
    `_truth`. The name of the folder is the kind. A pair with a passage counts as a copy. Raises `InputError`.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    labels: list[Label] = []
    articles: dict[str, Article] = {}
    passages: dict[Pair, tuple[Passage, ...]] = {}
    skipped: list[Skipped] = []
    truths = {path.stem: path for place in _truth_folders(folder) for path in sorted(place.rglob("*.xml"))}
    for number, (suspicious, source) in _pan_pairs(folder):
        name = f"{Path(suspicious).stem}-{Path(source).stem}"
        if name not in truths:
            skipped.append(Skipped(str(folder / "pairs"), number, f"there is no {name}.xml"))
            continue
        for document, place in ((suspicious, "susp"), (source, "src")):
            if document not in articles:
                articles[document] = Article(document, _document(folder / place / document))
        try:
            found = tuple(_pan_passages(etree.parse(truths[name], parser), source))
        except (etree.XMLSyntaxError, KeyError, ValueError) as error:
            raise InputError(f"{truths[name]}: is no truth of a PAN corpus ({error})") from None
        pair = pair_of(suspicious, source)
        passages[pair] = tuple(sorted(_turned(found) if pair[0] == source else found))
        labels.append(Label(suspicious, source, bool(found), _pan_kind(truths[name], folder)))
    return gold_of(labels, False, articles, passages, skipped)


def _truth_folders(folder: Path) -> list[Path]:
    beside = [place for place in folder.parent.iterdir() if place.is_dir() and place.name.startswith(folder.name)]
    return [folder, *sorted(place for place in beside if "truth" in place.name.removeprefix(folder.name))]


def _pan_pairs(folder: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    try:
        lines = (folder / "pairs").read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{folder}: holds no list of pairs ({(error.strerror or str(error)).lower()})") from None
    for number, line in enumerate(lines, 1):
        match line.split():
            case [suspicious, source]:
                yield number, (suspicious, source)
            case []:
                continue
            case _:
                raise InputError(f"{folder / 'pairs'}:{number}: is not the names of two documents")


def _document(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:  # offsets count line ends as they are
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None


def _pan_passages(tree: Any, source: str) -> Iterator[Passage]:
    """Return the passages of a truth file, the suspicious document on the left."""
    for feature in tree.getroot().iter("feature"):
        if feature.get("name") == "plagiarism" and feature.get("source_reference", source) == source:
            first, second = int(feature.attrib["this_offset"]), int(feature.attrib["source_offset"])
            left = first, first + int(feature.attrib["this_length"])
            yield Passage(left, (second, second + int(feature.attrib["source_length"])), 1.0)


def _turned(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    return tuple(Passage(one.right, one.left, one.similarity) for one in passages)


def _pan_kind(path: Path, folder: Path) -> str:
    name = path.parent.name
    return "" if path.parent == folder or "truth" in name else name.lstrip("0123456789-")


def load_pairs_or_clusters(path: Path, data: Any) -> Gold | None:
    """Return gold of JSON that lists copies only: arrays of ids, or an object of such arrays; None for anything else.

    Arrays of two are the pairs of copies, as in NEWS-COPY; others, and those of an object, are clusters. What is not
    listed is no copy.
    """
    groups = list(data.values()) if isinstance(data, dict) else data
    if not isinstance(groups, list) or not groups or not all(map(_ids, groups)):
        return None
    return gold_of_clusters(str(path), (map(str, group) for group in groups))


def _ids(group: object) -> bool:
    return isinstance(group, list) and all(isinstance(name, str | int) and not isinstance(name, bool) for name in group)


def news_copy_articles(path: Path) -> dict[str, Article] | None:
    """Return the articles of a file of NEWS-COPY: an object of objects with an `article`; None for anything else."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not data:
        return None
    rows = list(data.values())
    if not all(isinstance(row, dict) and isinstance(row.get("article"), str) for row in rows):
        return None
    return {
        name: Article(name, "\n\n".join(filter(None, (row.get("byline"), row["article"]))), row.get("headline") or None)
        for name, row in data.items()
        if row["article"].strip()
    }
