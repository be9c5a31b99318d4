"""Samples for the score of one article: documents of `machine/docs.jsonl.gz`, and simulated damage of clean ones.

The background that describes them must not have counted them: build one with `build_background.py --without DOCS`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from benchmarks.training.simulate import (
    Spinner,
    corrupt,
    cut,
    learnt_spinner,
    neighbour_spinner,
    with_grammatical_errors,
    wordnet_spinner,
)
from dedup.compiled.arrays import F64, U64
from dedup.compiled.hashing import hash_word
from dedup.findings.edits import shipped_forms
from dedup.findings.finder import Finder
from dedup.language.background import Background
from dedup.language.language_model import read
from dedup.language.substitutions import Substitutions
from dedup.records import Tokens
from dedup.scoring.context_head import ContextReader
from dedup.scoring.features import Description, describe
from dedup.scoring.heads import finding_rates
from dedup.text import tokenise
from dedup.text.boilerplate import mark

LEAST_WORDS = 60  # shorter documents are no articles
RATES = (0.1, 0.15, 0.2, 0.3, 0.4)
CUT_RATE = 0.3
ERROR_SHARE = 5  # one grammatical error for five words that a spinner swaps
GRAMMAR_SEED = bytes.fromhex("776f756e6473").decode()  # of the shipped heads: another draws other errors


@dataclass(frozen=True)
class Document:
    """A text with what is known of it; `group` is shared by versions of one text."""

    id: str
    text: str
    set: str
    label: str
    family: str
    generator: str
    group: str


@dataclass
class Samples:
    """Documents and their features, row by row."""

    documents: list[Document]
    words: NDArray[np.int64]  # read
    total: NDArray[np.int64]  # in the whole document
    numeric: NDArray[np.float32]
    masked: csr_matrix
    frequent: csr_matrix
    context: F64  # (documents, len(Context)) features of the context model
    found: list[dict[str, float]]  # findings for a thousand words, by kind

    def column(self, name: str) -> NDArray[np.str_]:
        """One field of all documents."""
        return np.array([getattr(d, name) for d in self.documents])


def read_documents(path: Path) -> list[Document]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Document(**{k: r[k] for k in Document.__dataclass_fields__}) for r in rows]


def read_human(path: Path) -> list[Document]:
    """Return clean news of other countries, whose `generator` is the section."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Document(r["id"], r["text"], r["set"], r["label"], r["family"], r["section"], r["group"]) for r in rows]


def words_of(text: str) -> Tokens:
    """Return the words of an article as the score reads them: boilerplate marked."""
    return mark(tokenise(text))


@lru_cache(maxsize=1 << 16)
def other_forms(word: str) -> list[str]:
    """Return what a grammatical error may make of a word."""
    return [other for other, _ in shipped_forms().alternatives(hash_word(word.encode()))]


def crop(text: str, words: int) -> str:
    """Return about the first `words` words, whole sentences where they end soon after."""
    tokens = tokenise(text)
    if len(tokens) <= words:
        return text
    ends = [int(s) for s in tokens.sentences if s >= words]
    last = ends[0] if ends and ends[0] < words + 40 else words
    return text[: tokens.span(0, last)[1]] + "."


def spinners(eval_folder: Path, wordnet: Path, news: Iterable[str]) -> dict[str, Spinner]:
    return {
        "wordnet": wordnet_spinner(wordnet),
        "learnt": learnt_spinner(eval_folder / "tortured.jsonl.gz", eval_folder / "swaps.tsv"),
        "neighbours": neighbour_spinner(news),
    }


def simulated(clean: list[Document], makers: dict[str, Spinner], seed: int = 0) -> Iterator[Document]:
    """One version of every clean document by each spinner and by each kind of damage, at rates that change in turn."""
    for i, document in enumerate(clean):
        for name, spin in makers.items():
            rng, rate = Random(f"{seed}{name}{document.id}"), RATES[i % len(RATES)]
            yield _version(document, "spun", f"{name} {rate}", spin(document.text, rng, rate))
        rng, rate = Random(f"{seed}{document.id}"), RATES[i % len(RATES)] * 2
        yield _version(document, "corrupted", f"corrupt {rate}", corrupt(document.text, rng, rate))
        rng, rate = Random(f"{seed}{GRAMMAR_SEED}{document.id}"), RATES[i % len(RATES)] / ERROR_SHARE
        text = with_grammatical_errors(document.text, rng, rate, other_forms)
        yield _version(document, "corrupted", f"grammar {rate:g}", text)
        yield _version(document, "cut", "cut", cut(document.text, rng, CUT_RATE))


def _version(document: Document, family: str, generator: str, text: str) -> Document:
    own = f"{document.id}/{generator}"
    return Document(own, text, document.set, "machine", family, generator, document.group)


def sample(
    documents: list[Document], background: Background, synonyms: Substitutions, function: U64, spared: U64
) -> Samples:
    """Describe every document of at least `LEAST_WORDS` words."""
    kept, rows, found, totals, context = [], [], [], [], []
    finder, in_context = Finder(background, synonyms), ContextReader(synonyms, function, spared)
    for document in documents:
        tokens = words_of(document.text)
        if len(tokens) >= LEAST_WORDS:
            kept.append(document)
            totals.append(len(tokens))
            reading = read(tokens, background, synonyms, finder.frequent, spared)
            found.append(finding_rates(finder(tokens, document.text), len(tokens)))
            rows.append(describe(reading, tokens, function, background.words))
            context.append(in_context(reading, tokens))
    return Samples(
        kept,
        np.array([d.words for d in rows]),
        np.array(totals),
        np.stack([d.numeric for d in rows]),
        _sparse(rows, "masked"),
        _sparse(rows, "frequent"),
        np.stack(context),
        found,
    )


def _sparse(rows: list[Description], name: str) -> csr_matrix:
    return vstack([csr_matrix(getattr(d, name)) for d in rows]).tocsr()
