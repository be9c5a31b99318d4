from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment.clusters import SortScratch, label_seeds
from dedup.compiled.decorators import borrowing_kernel
from tests.reference import alignment as reference


@borrowing_kernel
def _label_seeds(seeds, gap, scratch):  # type: ignore[no-untyped-def]
    """A way in from Python."""
    return label_seeds(seeds, gap, scratch)


@settings(max_examples=100, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30), st.integers(1, 4))
def test_clusters_equal_their_reference(seeds: set[tuple[int, int]], gap: int) -> None:
    array = np.array(sorted(seeds), np.int32)
    scratch = SortScratch.empty(len(seeds), max(21, len(seeds)))
    count = _label_seeds(array, gap, scratch)
    found = [sorted(map(tuple, array[scratch.labels == k].tolist())) for k in range(count)]
    assert sorted(found) == reference.cluster_seeds(array, gap)
