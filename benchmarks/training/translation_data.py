"""Labelled pairs of articles of two languages, whole, cut and mixed, for training and measuring.

Public: `Pack`, `load_pack`, `Example`, `all_examples`, `text_of`.
"""

from __future__ import annotations

import gzip
import json
import pickle
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup.records import Article, Span
from dedup.translation.chain import Side
from dedup.translation.encoder import I8, SentenceEncoder, quantise
from dedup.translation.features import Text
from dedup.translation.model import centred
from dedup.translation.sentences import split

SEED = 20261129
NEAREST = 3  # articles of other languages that are no translation and look most like one, taken for each
# Groups that report one event without being labelled so: a parade, the weather of one day, a plan (told by reading).
ONE_EVENT = (
    {"wmt21-ru/kp.235507", "wmt21-ru/xinhua-zh.21311"},
    {"wmt21-ru/aif.321259", "wmt21-ru/xinhua-zh.21311"},
    {"wmt21-ru/bbc-russian.43692", "wmt21-ru/xinhua-zh.21311"},
    {"wmt21-ru/argumenti.ru.186903", "wmt21-ru/gazeta.ru.151338"},
    {"wmt21-fr/croix.158936", "wmt21-fr/lemondefr.110265"},
)
Row = dict[str, Any]
Vectors = dict[str, tuple[list[Span], I8]]  # sentences and what the encoder makes of them, by the article's id


@dataclass(frozen=True, eq=False)
class Pack:
    """The articles of `crosslang` in the languages that the encoder knows, and the labelled pairs of those."""

    articles: Mapping[str, Row]
    pairs: list[Row]
    vectors: Vectors
    means: dict[str, np.ndarray] = field(default_factory=dict)  # of each language, (d,)

    @cached_property
    def labelled(self) -> set[frozenset[str]]:
        """The ids of each labelled pair."""
        return {frozenset((pair["left"], pair["right"])) for pair in self.pairs}


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def load_pack(packs: Path, encoder: SentenceEncoder, cache: Path | None) -> Pack:
    """Return the pack, encoded; vectors are kept in `cache`, where that is given, for the next time."""
    rows = {row["id"]: row for row in read_rows(packs / "crosslang/articles.jsonl.gz")}
    covered = {id_: row for id_, row in rows.items() if row["lang"] in encoder.languages}
    vectors: Vectors = pickle.loads(cache.read_bytes()) if cache and cache.exists() else {}
    for id_, row in covered.items():
        if id_ not in vectors:
            spans = split(row["text"])
            vectors[id_] = spans, quantise(encoder.encode([row["text"][a:b] for a, b in spans]))
    if cache:
        cache.write_bytes(pickle.dumps(vectors))
    pairs = [
        pair
        for pair in read_rows(packs / "crosslang/pairs.jsonl.gz")
        if {pair["left"], pair["right"]} <= covered.keys()
        and covered[pair["left"]]["lang"] != covered[pair["right"]]["lang"]
    ]
    return Pack(covered, pairs, vectors, language_means(covered, vectors))


def language_means(articles: Mapping[str, Row], vectors: Vectors) -> dict[str, np.ndarray]:
    """Return the mean sentence of each language; every article counts once."""
    means: dict[str, list[np.ndarray]] = {}
    for id_, row in articles.items():
        wide = vectors[id_][1].astype(np.float64)
        wide /= np.sqrt(np.maximum((wide * wide).sum(axis=1, keepdims=True), 1.0))
        means.setdefault(row["lang"], []).append(wide.mean(axis=0))
    return {language: np.mean(rows, axis=0).astype(np.float32) for language, rows in sorted(means.items())}


def text_of(pack: Pack, id_: str, first: int = 0, last: int | None = None) -> Text:
    """Return the sentences of an article from `first` up to, not including, `last`, ready for all pairs."""
    row, (spans, vectors) = pack.articles[id_], pack.vectors[id_]
    last = len(spans) if last is None else last
    begin, end = spans[first][0], spans[last - 1][1]
    text = row["text"][begin:end]
    inside = [(a - begin, b - begin) for a, b in spans[first:last]]
    side = _side(pack, row["lang"], vectors[first:last], inside)
    return Text(Article(id_, text), row["lang"], inside, side)


def _side(pack: Pack, language: str, vectors: I8, spans: list[Span]) -> Side:
    return Side.of(centred(vectors, pack.means[language]), [b - a for a, b in spans], language)


def mixed(one: Text, two: Text) -> Text:
    """Return two texts of one language, one after the other."""
    text = one.article.text + "\n" + two.article.text
    shift = len(one.article.text) + 1
    spans = [*one.spans, *((a + shift, b + shift) for a, b in two.spans)]
    side = Side(np.vstack([one.side.vectors, two.side.vectors]), np.concatenate([one.side.weights, two.side.weights]))
    article = Article(f"{one.article.id}+{two.article.id}", text)
    return Text(article, one.language, spans, side)


class Example(NamedTuple):
    """Two texts, whether they are translations, and how they were made."""

    left: Text
    right: Text
    label: bool
    form: str  # whole | half | mixed | short
    kind: str  # translation | sibling | other | same_event | near
    domain: str  # news | other
    languages: str  # "en-ja", sorted


def examples(pack: Pack, forms: tuple[str, ...] = ("whole", "half", "mixed")) -> Iterator[Example]:
    """Return every labelled pair as it is, with one side cut to a half, and with a half between other text.

    Which half, which side and which other text are drawn with a fixed seed. A look-alike stays one in any form.
    """
    whole = {id_: text_of(pack, id_) for pair in pack.pairs for id_ in (pair["left"], pair["right"])}
    by_language: dict[str, list[str]] = {}
    for id_ in sorted(whole):
        by_language.setdefault(pack.articles[id_]["lang"], []).append(id_)
    for pair in pack.pairs:
        draw = random.Random(f"{SEED} {pair['left']} {pair['right']}")
        kind = "sibling" if pair["kind"] == "sibling" else pair["label"]
        tongues = _tongues(whole[pair["left"]], whole[pair["right"]])
        domain = "news" if pair.get("domain") == "news" else "other"
        for form in forms:
            ids = [pair["left"], pair["right"]]
            draw.shuffle(ids)
            changed = _changed(pack, whole, by_language, ids, form, draw)
            if changed is not None:
                yield Example(whole[ids[0]], changed, pair["label"] == "translation", form, kind, domain, tongues)


def all_examples(pack: Pack) -> list[Example]:
    """Return the labelled pairs in all their forms, and those that only look like translations to the encoder."""
    return [*examples(pack), *near_examples(pack), *short_examples(pack)]


def near_examples(pack: Pack) -> Iterator[Example]:
    """Return the pairs that a scan would look at although they are no translations: the nearest of each article.

    The labelled look-alikes share numbers and names; these share what the encoder goes by, in every language.
    """
    texts = [text_of(pack, id_) for id_ in sorted(pack.articles)]
    alike = _alike(texts, texts)
    found = set()
    for one in range(len(texts)):
        fit = islice(_unrelated(pack, texts, one, alike[one]), NEAREST)
        found |= {(min(one, other), max(one, other)) for other in fit}
    for a, b in sorted(found):
        yield _no_translation(texts[a], texts[b], "whole")


def short_examples(pack: Pack) -> Iterator[Example]:
    """Return texts of one or two sentences: with their translations, and with the texts that look most like one."""
    texts = [text_of(pack, id_) for id_ in sorted(pack.articles)]
    shorts = [text_of(pack, text.article.id, 0, _few(text)) for text in texts]
    for pile in (texts, shorts):
        alike = _alike(shorts, pile)
        for one, short in enumerate(shorts):
            for other in islice(_unrelated(pack, texts, one, alike[one]), 1):
                yield _no_translation(short, pile[other], "short")
    at = {text.article.id: number for number, text in enumerate(texts)}
    for pair in pack.pairs:
        one, two = at[pair["left"]], at[pair["right"]]
        if pair["label"] == "translation" and len(texts[one].spans) == len(texts[two].spans):
            both = shorts[one], text_of(pack, pair["right"], 0, len(shorts[one].spans))
            kind = "sibling" if pair["kind"] == "sibling" else "translation"
            domain = "news" if pair.get("domain") == "news" else "other"
            yield Example(*both, True, "short", kind, domain, _tongues(*both))


def _few(text: Text) -> int:
    """Return how many sentences a short text has: one or two, as many as are told the language of."""
    return next((count for count in (1, 2) if text.spans[count - 1 : count] and text.spans[count - 1][1] > 150), 2)


def _alike(some: Sequence[Text], others: Sequence[Text]) -> np.ndarray:
    """Return the cosines of mean sentences, (n, m)."""
    cosines: np.ndarray = _mean_sentences(some) @ _mean_sentences(others).T
    return cosines


def _mean_sentences(texts: Sequence[Text]) -> np.ndarray:
    means = np.array([text.side.vectors.sum(axis=0, dtype=np.float64) for text in texts])
    means /= np.sqrt((means * means).sum(axis=1, keepdims=True)).clip(1.0)
    return means


def _unrelated(pack: Pack, texts: Sequence[Text], one: int, alike: np.ndarray) -> Iterator[int]:
    """Return the texts of other languages that are no translations of one, the most alike first."""
    group = pack.articles[texts[one].article.id]["group"]
    for other in np.argsort(-alike, kind="stable").tolist():
        groups = {group, pack.articles[texts[other].article.id]["group"]}
        ids = frozenset((texts[one].article.id, texts[other].article.id))
        apart = len(groups) == 2 and groups not in ONE_EVENT and ids not in pack.labelled
        if apart and texts[other].language != texts[one].language:
            yield other


def _no_translation(one: Text, two: Text, form: str) -> Example:
    return Example(one, two, False, form, "near", "other", _tongues(one, two))


def _tongues(one: Text, two: Text) -> str:
    return "-".join(sorted((one.language, two.language)))


def _changed(
    pack: Pack,
    whole: Mapping[str, Text],
    by_language: Mapping[str, list[str]],
    ids: list[str],
    form: str,
    draw: random.Random,
) -> Text | None:
    """Return the second of two texts in a form, None where it has too few sentences for it."""
    text = whole[ids[1]]
    if form == "whole":
        return text
    half = _half(pack, text, draw)
    if form == "half" or half is None:
        return half
    groups = {_group(pack, id_) for id_ in ids}
    others = [
        other
        for other in by_language[text.language]
        if _group(pack, other) not in groups and len(whole[other].spans) > 3
    ]
    beside = _half(pack, whole[draw.choice(others)], draw) if others else None
    if beside is None:
        return None
    return mixed(beside, half) if draw.random() < 0.5 else mixed(half, beside)


def _group(pack: Pack, id_: str) -> tuple[str, str]:
    return pack.articles[id_]["set"], pack.articles[id_]["group"]


def _half(pack: Pack, text: Text, draw: random.Random) -> Text | None:
    """Return the first or the second half of a text's sentences."""
    count = len(text.spans)
    if count < 4:
        return None
    middle = count // 2
    return text_of(pack, text.article.id, 0, middle) if draw.random() < 0.5 else text_of(pack, text.article.id, middle)
