"""The edits that might heal a grammatical error, tried at every place of an article.

For each word another form (he say: says; many country: countries) or another preposition or article, a function word
put in before it, and where it is a function word itself, taken out (in the spite of). An edit is a candidate where the
pair that it makes is frequent and far more frequent than what stands there. `edit_options` finds the candidates,
`edit_features` measures them.

Public: `edits`, `Edits`, `Forms`, for compiled callers `find_edits`, and the kinds of grammatical error `AGREEMENT`,
`FORM`, `LINK`, `ARTICLE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from dedup.compiled.arrays import F32, F64, I32, I64, U64
from dedup.compiled.decorators import helper, kernel
from dedup.findings.edit_features import INFLECTION_SHIFT, VERSION, Feature, describe, likely, triples
from dedup.findings.edit_options import (
    FUNCTION_HASHES,
    Healers,
    Layout,
    Option,
    clashes,
    keep,
    marked,
    options,
)
from dedup.findings.neighbours import CLASS_TABLE, ClassTable
from dedup.findings.ranker import Ranker, load_ranker
from dedup.language.background import Background, Tables, Total
from dedup.language.lookup import Seen, look_up, singles
from dedup.language.substitutions import Substitutions, load
from dedup.records import Tokens
from dedup.resources import resource

# Bits of an alternative, as the shipped forms have them: the kind of grammatical error that it heals, its inflection.
AGREEMENT, FORM, LINK, ARTICLE = 1, 2, 4, 8
INFLECTED = {ending: n << INFLECTION_SHIFT for ending, n in (("", 0), ("s", 1), ("ed", 2), ("ing", 4))}


class Edits(NamedTuple):
    """What might heal an article: shapes `k` candidates."""

    places: I32  # (k,) index in the normalised words of the word that is changed, or before which one is put in
    edits: I32  # (k,) SWAP, PUT_IN or TAKE_OUT
    targets: I32  # (k,) row of the alternative in the forms, number of the function word for PUT_IN, -1 for TAKE_OUT
    features: F32  # (k, 26) columns of `Feature`
    clashes: I64  # (c,) index of the second of two frequent words that never meet

    @classmethod
    def of(cls, rows: I32, features: F32, clashes: I64) -> Edits:
        """Return what `find_edits` found."""
        return cls(rows[:, Option.PLACE], rows[:, Option.EDIT], rows[:, Option.TARGET], features, clashes)


@dataclass(frozen=True, eq=False)
class Forms:
    """What a background needs for this: the words that may heal, how often it has them, the trees that rank."""

    words: Substitutions
    spelled: tuple[str, ...]  # the words that may heal
    healers: Healers
    ranker: Ranker

    @classmethod
    def of(cls, background: Background, ranker: Ranker | None = None) -> Forms:
        """Return the shipped forms for a background."""
        words, tables = shipped_forms(), background.tables
        hashes = np.concatenate([words.hashes, FUNCTION_HASHES])
        healers = Healers(words, singles(tables.words, hashes, tables.counts))
        return cls(words, tuple(bytes(words.words).decode().split("\n")), healers, ranker or shipped_grammar())


@cache
def shipped_forms() -> Substitutions:
    """Return the forms that come with the package; read once."""
    return load(resource("grammar_forms.npz"))


@cache
def shipped_grammar() -> Ranker:
    """Return the trees that come with the package."""
    return load_ranker(resource("grammar_ranker.json"), Feature.names(), VERSION)


@helper
def _counted(tables: Tables) -> float:
    words = 0.0
    for layer in range(len(tables.totals)):
        words += tables.totals[layer, Total.WORDS]
    return words


@kernel
def find_edits(
    tables: Tables, bits: U64, words: U64, single: F64, double: F64, layout: Layout, healers: Healers,
    classes: ClassTable,
) -> tuple[I32, F32, I64]:  # fmt: skip
    """Rows of `Option`, their features, clashes."""
    article, counted = marked(words, single, double, layout), _counted(tables)
    found, seen = options(tables, bits, article, healers)
    found, pairs = keep(found, seen, article)
    kept = likely(found, tables, article)
    found, pairs = found[kept], pairs[kept]
    counts = triples(found, tables, words, healers)
    features = describe(found, pairs, counts, article, healers, counted, classes)
    return found, features, clashes(article, counted)


def edits(tokens: Tokens, background: Background, forms: Forms, bits: U64, seen: Seen | None = None) -> Edits:
    """Return the candidates of one article, by place.

    `bits` are the background's `frequent_pairs`, `seen` its `look_up`.
    """
    seen = seen or look_up(tokens, background)
    data = np.frombuffer(tokens.data, np.uint8)
    layout = Layout(seen.origin, tokens.flags, tokens.starts, tokens.ends, data)
    given = (background.tables, bits, seen.words, seen.singles, seen.doubles, layout, forms.healers, CLASS_TABLE)
    return Edits.of(*find_edits(*given))
