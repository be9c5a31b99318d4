"""Rows of hashes among sorted keys, whole ones and upper halves."""

import numpy as np
import pytest

from dedup.language.sorted_keys import rows_of, starts_of
from tests.reference.language import row_of


@pytest.mark.parametrize("kind", [np.uint64, np.uint32])
@pytest.mark.parametrize("count", [0, 1, 5000])
def test_rows_are_those_of_the_reference(kind: type, count: int) -> None:
    rng = np.random.default_rng(count)
    hashes = np.sort(rng.integers(0, 1 << 63, count, np.uint64) * np.uint64(2))
    keys = hashes if kind is np.uint64 else (hashes >> np.uint64(32)).astype(np.uint32)
    strangers = rng.integers(0, 1 << 63, 300, np.uint64) * np.uint64(2) + np.uint64(1)
    asked = np.concatenate([hashes[::7], strangers, np.arange(9, dtype=np.uint64), [np.uint64((1 << 64) - 1)]])
    starts = starts_of(keys)
    found = rows_of(starts, keys, asked).tolist()
    assert found == [row_of(starts, keys, int(one)) for one in asked]
    assert -1 in found
    assert found[: len(hashes[::7])] == list(range(0, count, 7))
