"""The column reader gives what the row-by-row definition gives, whatever the lines and the chunks."""

import gzip
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup.read.fields import Names, Rules
from dedup.read.lines import Buffers, read_columns
from dedup.read.options import Fields, ReadOptions
from dedup.read.rows import read_rows
from dedup.read.session import Session
from dedup.records import Article, Skipped

Item = tuple[int, Article | Skipped]

PIECES = [
    b'{"text":"hello"}', b'{"text": "a\\nb\\u00e9\\ud83d\\ude00\\/\\"", "id": 5}', '{"id":"é","text":"é’x"}'.encode(),
    b"{", b"}", b"[]", b"{}", b"null", b"", b"  ", b"\r", b'{"text":null}', b'{"text":1}', b'{"text":"a","text":"b"}',
    b'{"text":"\\ud800"}', b'{"text":"\\ude00\\ud83d"}', b'{"te\\u0078t":"z"}', b'{"text":"t","n":[1,{"a":2}]}',
    b'{"n":[],"o":{},"text":"t","m":[[{"a":[1,-2.5,"x\\n"],"b":{"c":null}},[]],true,false]}', b'{"text":"t","n":[1,]}',
    b'{"text":"t","n":{"a":1,}}', b'{"text":"t","n":[1}}', b'{"text":"t","n":{"a" 1}}', b'{"text":"t","n":[1 2]}',
    b'{"n":' + b"[" * 70 + b"]" * 70 + b',"text":"t"}', b'{"n":' + b"[" * 1500 + b"]" * 1500 + b',"text":"t"}',
    b'{"n":{"\\u00e9":"\\ud83d"},"text":"t"}', b'{"text":["a"]}', b'{"text":"t","id":{"a":1}}',
    b'{"text":"t","n":1.5,"b":true,"c":false,"d":null}', b'{"text":"t","n":1e5}', b'{"text":"t","n":1e400}',
    b'{"text":"t","n":-0}', b'{"text":"t","n":01}', b'{"text":"t","n":1.}', b'{"text":"t","id":-5}',
    b'{"text":"t","id":-0}', b'{"text":"t","id":00}', b'{"text":"t","id":12345678901234567890}',
    b'{"text":"t","id":1.0}', b'{"":"x","text":"t"}',
    b'{"text":"t","title":"T","url":"u","source":"s","published":"2020-01-02"}',
    b'{"text":"t","published":1577836800}',
    b'{"text":"t","published":true}', b'{"text":"t","title":5}', b'{"text":"t","id":"","title":""}', b'{"text":" "}',
    b'{"text":""}', '{"text":"\u3000\u00a0"}'.encode(), b'{"text":"x"}\r', b'{"text":"t"} x', b'{"text":"t",}',
    b'{"text" :\t"t" , "k":"\\q"}', b'{"text":"t","k":"\\u12"}', '{"é":"x","text":"y"}'.encode(), b'{"text":"a\tb"}',
    b'{"text":"\xff"}', b'{"text":"\xed\xa0\x80"}', b'{"text":"\xc0\x80"}', b'{"text":"t","k":"\xe2\x82"}',
    b"\x00", b"\xef\xbb\xbf",
    b'{"text":"' + b"word " * 60 + b'"}', ('{"text":"' + "x" * 63 + "é" * 9 + '"}').encode(), b'"text"',
]  # fmt: skip
NAMES = st.sampled_from(["text", "id", "title", "url", "source", "published", "other", "té", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
STRINGS = st.dictionaries(NAMES, st.text(max_size=90) | st.none() | st.integers(), max_size=7)


def dumped(row: dict[str, Any], ascii_only: bool, spaced: bool) -> bytes:
    text = json.dumps(row, ensure_ascii=ascii_only, separators=(" , ", " : ") if spaced else (",", ":"))
    return text.encode("utf-8", "replace")


JSON_LINES = st.builds(dumped, STRINGS | st.dictionaries(NAMES, VALUES, max_size=7), st.booleans(), st.booleans())
FILES = st.lists(st.sampled_from(PIECES) | JSON_LINES | st.binary(max_size=12), max_size=8)
CHUNKS = st.sampled_from([1, 7, 64, 1 << 16])
OPTIONS = st.builds(
    ReadOptions,
    max_bytes=st.sampled_from([20, 60, 1 << 20]),
    max_characters=st.sampled_from([4, 50, 1 << 20]),
    fields=st.sampled_from(
        [Fields(), Fields(id="", title="other"), Fields(text="other", source=""), Fields(title="source")]
    ),
)


def names_of(fields: Fields) -> Names:
    given = {name: getattr(fields, name) for name in Fields.__slots__}
    return Names(**{name: name if value is None else value for name, value in given.items()})


def by_rows(data: bytes, options: ReadOptions) -> list[Item]:
    rules = Rules("place", names_of(options.fields), options.max_characters, Session())
    return sorted(read_rows(io.BytesIO(data), rules, options.max_bytes), key=lambda item: item[0])


def by_columns(data: bytes, options: ReadOptions, chunk: int) -> list[Item]:
    found: list[Item] = []
    for rows in read_columns(io.BytesIO(data), "place", options, chunk, names=names_of(options.fields)):
        texts = rows.text.strings()
        for i in range(len(rows)):
            optional = [getattr(rows, name)[i] or None for name in ("title", "url", "source")]
            date = rows.published[i]
            told = rows.rules.when(date, 0, optional[2], optional[1]) if date else None
            article = Article(rows.ids[i], texts[i], *optional, *(told or (None, False)))
            found.append((int(rows.lines[i]), article))
            assert data[rows.starts[i] : rows.starts[i] + rows.lengths[i]] == rows.line(i)
        found += [(skipped.line or 0, skipped) for skipped in rows.skipped]
    return sorted(found, key=lambda item: item[0])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    FILES,
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
    st.booleans(),
    OPTIONS,
    st.sampled_from([1, 7, 64, 1 << 16]),
)
@example([b'{"text":"t","published":0}'] * 5, b"\n", True, False, ReadOptions(), 64)
def test_columns_are_the_rows(
    lines: list[bytes], feed: bytes, last: bool, mark: bool, options: ReadOptions, chunk: int
) -> None:
    data = (b"\xef\xbb\xbf" if mark else b"") + feed.join(lines) + (feed if last else b"")
    assert by_columns(data, options, chunk) == by_rows(data, options)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("broken", [0x22, 0x5C, 0x7D, 0xFF, 0x00])
def test_one_changed_byte(piece: bytes, broken: int) -> None:
    for at in range(min(len(piece), 100)):
        data = piece[:at] + bytes([broken]) + piece[at + 1 :]
        assert by_columns(data, ReadOptions(), 1 << 12) == by_rows(data, ReadOptions())


def test_plain_lines_are_not_left_to_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a plain line went the slow way")

    monkeypatch.setattr("dedup.read.lines.parse_row", refuse)
    data = '{"id":"é","n":[1,{"a":[]}],"x":null,"text":"a\\n\\u00e9 “b”","f":-1.5,"t":true,"title":null}\r\n'
    rows = next(read_columns(io.BytesIO(data.encode()), "place", ReadOptions()))
    assert rows.text.strings() == ["a\né “b”"]


def test_text_is_ready_for_the_kernels() -> None:
    rows = next(read_columns(io.BytesIO(b'{"text":"a b"}\n{"text":"c"}'), "place", ReadOptions()))
    assert rows.text.offsets.tolist() == [0, 3, 4]
    assert rows.text.offsets.dtype == np.uint64
    assert len(rows.text.blob) >= 4 + 64
    assert rows.ids == ["place:1", "place:2"]


def test_a_line_that_is_far_too_long_is_refused_in_little_memory() -> None:
    data = b'{"text":"a"}\n{"text":"' + b"x" * 5_000_000 + b'"}\n{"text":"b"}\n'
    options = ReadOptions(max_bytes=1000)
    found = by_columns(data, options, 4096)
    assert found == by_rows(data, options)
    assert [line for line, _ in found] == [1, 2, 3]


def test_a_gzip_stream_reads_like_its_contents() -> None:
    data = b"\n".join(PIECES)
    stream = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)))
    ids = [name for rows in read_columns(stream, "place", ReadOptions(), 100) for name in rows.ids]
    assert ids == [item.id for _, item in by_rows(data, ReadOptions()) if isinstance(item, Article)]


def test_a_truncated_gzip_stream_raises_after_what_could_be_read() -> None:
    packed = gzip.compress(b'{"text":"hello"}\n' * 50_000)
    rows = read_columns(gzip.GzipFile(fileobj=io.BytesIO(packed[:-20])), "place", ReadOptions(), 1 << 14)
    assert len(next(rows)) > 0
    with pytest.raises(EOFError):
        list(rows)


def test_an_empty_stream_has_no_chunks() -> None:
    assert list(read_columns(io.BytesIO(b""), "place", ReadOptions())) == []


def test_memory_does_not_grow_with_the_file():
    line = json.dumps({"id": "x", "text": "words " * 40}).encode() + b"\n"
    stream = io.BytesIO(line * 3000)
    sizes = [len(rows.text.blob) for rows in read_columns(stream, "x", ReadOptions(), chunk_bytes=20_000)]
    assert len(sizes) > 30
    assert max(sizes[2:]) < 2 * min(sizes[:-1])


def test_memory_is_used_again_only_after_the_last_view_of_it_is_gone():
    buffers = Buffers()
    first = buffers.take(100)
    address, view = first.ctypes.data, memoryview(first[10:20])
    del first
    second = buffers.take(100)
    assert second.ctypes.data != address
    part, taken = second[5:][3:], second.ctypes.data
    del second
    view.release()
    del view
    assert buffers.take(120).ctypes.data == address
    assert [len(part), buffers.take(100).ctypes.data] == [92, address] != [92, taken]
