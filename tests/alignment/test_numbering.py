from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.layout import ArticleStart, StemColumn, batch_of, lay_out
from dedup.alignment.numbering import PairStart, number_pairs
from tests.alignment.made import article
from tests.reference import alignment as reference

articles = st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=8), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(articles, min_size=2, max_size=4), st.data())
def test_numbering_equals_its_reference(texts: list[list[list[int]]], data: st.DataObject) -> None:
    tokens = [article(text) for text in texts]
    place = st.integers(0, len(texts) - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(place, place), min_size=1, max_size=5)), np.int64)
    laid, known = lay_out(batch_of(*tokens), np.arange(len(tokens)))
    background = known.astype(np.float32) / np.float32(2.0**64) + np.float32(0.01)
    found = number_pairs(laid, background, pairs, 0.5).numbering
    for p, (a, b) in enumerate(pairs.tolist()):
        left, right, stems, counts = reference.number_stems(tokens[a].stems, tokens[b].stems)
        ends = laid.offsets[:, ArticleStart.WORDS]
        assert laid.ids[ends[a] : ends[a + 1]].tolist() == left.tolist()
        rows = {column: slice(*found.offsets[p : p + 2, column]) for column in PairStart}
        assert found.right_ids[rows[PairStart.RIGHT_WORDS]].tolist() == right.tolist()
        assert found.shared[rows[PairStart.STEMS]].tolist() == [
            int({i} <= {*left} & {*right}) for i in range(len(stems))
        ]
        own = laid.stems[slice(*laid.offsets[b : b + 2, ArticleStart.STEMS]), StemColumn.NUMBER]
        partners = found.to_right[rows[PairStart.LEFT_STEMS]].tolist()
        assert [int(known[own[j]]) if j >= 0 else None for j in partners] == [
            int(stems[i]) if i in right else None for i in range(len(partners))
        ]
        share = stems.astype(np.float32) / np.float32(2.0**64) + np.float32(0.01)
        wanted = 0.5 * share + 0.5 * counts / max(1, counts.sum())
        assert np.allclose(found.probability[rows[PairStart.STEMS]], wanted, rtol=1e-6)
