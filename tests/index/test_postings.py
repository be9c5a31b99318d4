"""The compiled search finds what its plain definition finds, in a memtable, in segments and merged segments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.candidates.bands import NO_KEY
from dedup.errors import IndexDamaged
from dedup.index.compaction import FANOUT, FREEZE, mergeable
from dedup.index.layout import ALWAYS, KeyColumns, Rows, Scope, shared_slots
from dedup.index.memtable import Memtable
from dedup.index.segment_files import build_segment, merge_segments, open_segment
from dedup.index.segment_set import SegmentSet
from tests.reference.search import search_rows

COLUMNS = KeyColumns(10, 2)


def random_rows(count: int, values: int, seed: int) -> Rows:
    draw = np.random.default_rng(seed)
    keys = (draw.integers(0, values, (count, len(COLUMNS))) * 0x1F35A7BD % NO_KEY).astype(np.uint32)
    keys[draw.random(keys.shape) < 0.1] = NO_KEY
    numbers = np.cumsum(draw.integers(1, 4, count)).astype(np.uint32)
    return Rows(numbers, draw.integers(0, 50, count), draw.integers(0, 4, count).astype(np.uint32), keys)


def set_of(rows: Rows, cuts: list[int], merged: bool) -> SegmentSet:
    made = SegmentSet(COLUMNS)
    parts = [rows.only(slice(a, b)) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    made.segments = [build_segment(f"part-{i}", part, COLUMNS) for i, part in enumerate(parts[:-1])]
    for i in range(len(parts[-1])):
        made.memtable.add(parts[-1].only(slice(i, i + 1)))
    if merged and made.segments:
        made.segments = [merge_segments("merged", made.segments, COLUMNS)]
    return made


@settings(max_examples=40, deadline=None)
@given(
    st.integers(3, 900),
    st.sampled_from([2, 30, 2000]),
    st.integers(0, 1 << 16),
    st.lists(st.floats(0.1, 0.9), max_size=3),
    st.booleans(),
    st.integers(1, 40),
)
def test_search_equals_its_definition(
    count: int, values: int, seed: int, cuts: list[float], merged: bool, window: int
) -> None:
    rows, draw = random_rows(count, values, seed), np.random.default_rng(seed + 1)
    made = set_of(rows, sorted({int(c * count) for c in cuts} - {0}), merged)
    gone = draw.random(count) < 0.2
    made.remove(rows.numbers[gone].tolist())
    alive = (~gone).astype(np.uint8)
    for place in draw.integers(0, count, 5).tolist():
        keys = rows.keys[place]
        scope = Scope(int(draw.integers(0, 50)) if place % 2 else ALWAYS, place % 5, int(rows.numbers[place]))
        found = made.search(keys, scope, window)
        listed = [found.numbers[c, : found.counts[c]].tolist() for c in range(len(COLUMNS))]
        assert listed == search_rows(keys, rows, alive, scope, window)
        other = int(draw.integers(0, count))
        if not gone[other]:
            number = int(rows.numbers[other])
            expected = shared_slots(keys[: COLUMNS.slots], rows.keys[other, : COLUMNS.slots])
            assert np.array_equal(made.shared(number, keys), expected)
            assert made.digest(number) == rows.keys[other, COLUMNS.digest]


def test_a_segment_is_the_same_from_its_file(tmp_path: Path) -> None:
    rows = random_rows(700, 40, 3)
    written, held = build_segment(tmp_path / "segment", rows, COLUMNS), build_segment("held", rows, COLUMNS)
    again = open_segment(tmp_path / "segment", COLUMNS, "")
    for segment in (written, again):
        assert np.array_equal(segment.postings.posts, held.postings.posts)
        assert np.array_equal(segment.postings.sums, held.postings.sums)
        assert np.array_equal(segment.full, held.full)
        segment.verify()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.9, 0.999])
def test_every_damaged_byte_is_noticed(tmp_path: Path, share: float) -> None:
    path = tmp_path / "segment"
    build_segment(path, random_rows(700, 40, 3), COLUMNS)
    data = bytearray(path.read_bytes())
    place = int(share * len(data))
    data[place] ^= 0x10
    path.write_bytes(data)
    if 200 < place < 4096:
        return  # the rest of the first page holds nothing
    with pytest.raises(IndexDamaged, match=r"segment.*compact"):
        open_segment(path, COLUMNS, "").verify()


def test_damaged_postings_are_noticed_by_the_search_that_meets_them(tmp_path: Path) -> None:
    path, rows = tmp_path / "segment", random_rows(700, 40, 3)
    build_segment(path, rows, COLUMNS)
    data = bytearray(path.read_bytes())
    for place in range(4096, 4096 + 700 * 8 * 5, 512):
        data[place] ^= 1
    path.write_bytes(data)
    made = SegmentSet(COLUMNS)
    made.segments = [open_segment(path, COLUMNS, "")]
    with pytest.raises(IndexDamaged, match="chunk"):
        made.search(rows.keys[0], Scope(), 4)


@pytest.mark.parametrize("size", [0, 10, 5000])
def test_a_cut_segment_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "segment"
    build_segment(path, random_rows(700, 40, 3), COLUMNS)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(IndexDamaged):
        open_segment(path, COLUMNS, "")


def test_a_memtable_grows() -> None:
    rows, memtable = random_rows(1500, 100, 5), Memtable(COLUMNS)
    memtable.add(rows.only(slice(0, 10)))
    memtable.remove(int(rows.numbers[4]))
    memtable.add(rows.only(slice(10, None)))
    assert len(memtable) == 1500
    assert np.array_equal(memtable.living().numbers, np.delete(rows.numbers, 4))


def test_few_segments_hold_many_articles() -> None:
    sizes: list[int] = []
    for _ in range(3000):
        sizes.append(FREEZE)
        while run := mergeable(sizes):
            sizes[-run:] = [sum(sizes[-run:])]
    assert sum(sizes) == 3000 * FREEZE
    assert len(sizes) <= 4 * FANOUT
