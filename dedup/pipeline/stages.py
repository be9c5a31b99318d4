"""What the engines do with articles, as plain functions on arrays and records: the same for one machine and for many.

    sketch_texts -> (learn) -> weighted_signatures -> candidates -> score_texts, verify_articles or near_verdicts

Each takes some articles or pairs, in any order, and gives the same for each whatever else is among them. The stages
that need all of a key stand where they belong: `candidates.keyed`, `boilerplate.repeated_lines`, `clusters`,
`templates`, `site_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.candidates.join import Stage
from dedup.compiled.arrays import I64, U8, U32, U64
from dedup.pipeline.single import score_prepared
from dedup.pipeline.templates import KINDS, Facts, one_wording
from dedup.pipeline.verifier import Score, Verifier, exact_match, signature_match
from dedup.records import Article
from dedup.results import PackedMatch, pack_match, pack_score
from dedup.scoring import score_tokens
from dedup.sketch import digests, shingle_signatures
from dedup.text import hash_bytes, tokenise_bytes
from dedup.text.boilerplate import mark_batch
from dedup.text.tokeniser import TokenBatch

Sources = Sequence[str | None]


class Sketched(NamedTuple):
    """What the first pass makes of n articles."""

    words: U64  # hashes of all words
    offsets: I64  # (n + 1,) where each article's words begin
    digests: U64  # (n, 2)
    shingles: U32  # (n, slots)
    tokens: TokenBatch | None  # where there are lines to learn


def sketch_texts(blob: U8, offsets: U64, sources: Sources, full: bool) -> Sketched:
    """Return the digests and signatures of some texts, as `ArticleStore.texts` gives them.

    They are tokenised only for what a full scan learns from the lines of a source, else hashed.
    """
    tokens = tokenise_bytes(blob, offsets) if full and any(sources) else None
    words, starts = hash_bytes(blob, offsets) if tokens is None else (tokens.hashes, tokens.word_offsets)
    return Sketched(words, starts, digests(words, starts), shingle_signatures(words, starts), tokens)


def score_texts(blob: U8, offsets: U64, sources: Sources, repeated: U64) -> list[bytes]:
    """Return the packed scores of some texts, the `repeated` lines of their sources marked."""
    batch = tokenise_bytes(blob, offsets)
    mark_batch(batch, sources, repeated)
    return [pack_score(score_tokens(tokens, tokens.data.decode("utf-8", "surrogatepass"))) for tokens in batch]


def verify_articles(
    verifier: Verifier,
    articles: Sequence[Article],
    texts: tuple[U8, U64],
    pairs: Iterable[tuple[int, int, Stage]],
    scores: Sequence[Score] | None = None,
) -> list[PackedMatch]:
    """Return the verdicts on pairs of some articles that are more than nothing; `texts`: as `ArticleStore.read`.

    `scores` give the score of each article where a verdict asks; without them it is made.
    """
    places = list(pairs)
    packed = [pack_match(exact_match(articles[a], articles[b])) for a, b, stage in places if stage is Stage.EXACT]
    if len(packed) < len(places):
        prepared = verifier.prepare_all(articles, *texts, scores or [score_prepared] * len(articles))
        facts = Facts(prepared)
        for match in verifier.match_all(prepared, [(a, b) for a, b, stage in places if stage is not Stage.EXACT]):
            link = match.kind in KINDS and one_wording(match, facts[match.left], facts[match.right])
            packed.append(pack_match(match, link))
    return packed


def near_verdicts(pairs: Iterable[tuple[Article, Article, Stage, float]], least: float) -> list[PackedMatch]:
    """Return the verdicts of level near on pairs with their estimated resemblance; texts are not looked at."""
    return [
        pack_match(signature_match(left, right, None if stage is Stage.EXACT else resemblance))
        for left, right, stage, resemblance in pairs
        if stage is Stage.EXACT or resemblance >= least
    ]
