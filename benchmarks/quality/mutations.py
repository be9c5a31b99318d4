"""Mutations of bytes and seeds for fuzzing: what hurts readers and kernels, put into what they read every day.

Public: `mutated`, `TEXTS`, `FILES` (by format), `packed`. Everything is drawn from the generator that is handed in.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from urllib.parse import quote

MOST = 1 << 16  # bytes of an input
LONG_ONE_IN = 40  # inputs of which one is repeated to thousands of bytes
# Pieces that mean something to a tokeniser, a parser, a table, a page or a kernel.
PIECES = [
    piece.encode("utf-8", "surrogatepass")
    for piece in (
        " ", "\n", "\r\n", "\t", "\0", "\x1b[2J", "\u0301", "\u200b", "\u200d", "\ufeff", "\u202e", "\u2028", "\u0336",
        "\ud800", "\udfff", "\U0001f384", "\u0130", "ß", "ﬁ", "市场", "สวัสดี", "'", "’", "''",
        '"', '\\"', "\\", "-", "--",
        ".", "...", ". ", "?!", "1", "-1", "0", "1e999", "9223372036854775808", "00000000000000000000001",
        "½", "1.2.3,4",
        "NaN", "null", "true", "{", "}", "[", "]", "{}", "[]", "[[[[[[[[", ":", ",", ";", "|", "\\u0000", "\\ud800",
        "<", ">", "<p>", "</p>", "<span>", "<a href='", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>",
        "<br>", "<td>", "<table>", "<article>", "<time datetime='", "&", "&amp;", "&#0;", "&#x110000;", "&lt;b&gt;",
        "#", "# ", "```", "**", "__", "[a](b)", "![", "not ", "no ", "The ", "Mr. ", "Ann Olsen ", "on Tuesday ",
        '"text":', '"id":', '"published":"', '"url":"http://[', "2024-02-30", "0001-01-01", "9999-12-31T24:00:00Z",
        "WARC/1.0\r\n", "Content-Length: 99999999999\r\n", "Content-Length: -1\r\n", "\r\n\r\n",
        "<?xml version='1.0'?>",        "<!DOCTYPE a [<!ENTITY b '", "&b;", "encoding='utf-7'",
        "charset=utf-16", "=cmd|' /C calc'!A0", "../", "%00",
    )
]  # fmt: skip
PIECES += [
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc3",
    b"\xf0\x9f\x8e",
    b"\x80\x80",
    b"\x1f\x8b",
]

STORY = (
    "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. “Repairs will cost "
    "$4.2 million,” said Ann Olsen, who has led the board since 2019. The bridge carries 9,000 cars a day; half of "
    "them will not be allowed to cross the dam at Tamsin.\n\nDr. Piet Karlsen, of the town's museum, called the vote "
    "a mistake. “Nobody asked the shops,” he said. Work begins on 3 March, unless the court in Ostrel stops it.\n"
)
REWRITE = (
    "Vellmouth’s port authority decided Tuesday that the ageing swing bridge would shut for fourteen months. Fixing it "
    "is to cost 4.2 million dollars, according to board chair Anne Olsen. Some 9,000 vehicles use the crossing daily, "
    "and half of those won't be let over the Tamsin dam.\n\nPiet Karlsen of the local museum said it was wrong: no "
    "shop had been consulted. Work starts March 13 unless an Ostrel judge steps in.\n"
)
TEXTS = [
    text.encode("utf-8", "surrogatepass")
    for text in (
        STORY, REWRITE, STORY * 3, STORY.upper(), STORY.lower(), "", " ", "a", "a b", "word " * 60, "…", "1 2 3 " * 20,
        "市场将于五月迁往旧海关大楼。" * 9, "ตลาดจะย้ายไปที่อาคารศุลกากรเก่า " * 5,
        "Рынок переедет в старое здание таможни. " * 6,
        "T h e   b o a r d   v o t e d . " * 9, "Ann\u0301e\u0336 O\u200blsen " * 9,
        "<b>The</b> <i>board</i> voted. " * 9,
        "Thé bòard vøted. " * 9, "ᴛʜᴇ ʙᴏᴀʀᴅ ⓥⓞⓣⓔⓓ 𝐭𝐨 " * 9, "He said: ‘No.’ " * 40, "\n".join(["* one point"] * 30),
        " ".join(STORY.replace(" ", "  ")), "-".join(REWRITE), quote(STORY), STORY.replace("e", "&#101;"),
        REWRITE.replace("a", "<!-- -->a"), STORY.replace(" ", "=20").replace("s", "=\n"), STORY.replace("o", "**o**"),
    )
]  # fmt: skip

_ROWS = [
    {"id": "a", "text": STORY, "title": "Bridge closes", "published": "2026-03-01T10:00:00Z", "source": "Ostrel News"},
    {"id": "b", "text": REWRITE, "url": "https://b.example/1", "published": 1772359200, "tags": ["x", {"y": None}]},
    {"id": "c", "content": {"text": "Short."}, "published": "05/12/2026"},
]
_PAGE = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Bridge closes | Ostrel News</title>"
    '<meta property="article:published_time" content="2026-03-01T10:00:00Z"><link rel=canonical href=/a>'
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Bridge","datePublished":"2026-03-01",'
    '"articleBody":"The bridge is closed."}</script></head><body><nav><a href=/x>Home</a></nav><article><h1>Bridge '
    f"closes</h1><p>{STORY}</p><ul><li>one</li><li>two</li></ul><table><tr><td>1</td></tr></table><p>{REWRITE}</p>"
    "</article><footer>Share this</footer></body></html>"
)
_FEED = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
    "<title>Ostrel</title><item><title>Bridge</title><guid>1</guid><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>"
    f"<description>Closed.</description><content:encoded><![CDATA[<p>{STORY}</p>]]></content:encoded></item>"
    f"<item><title>Two</title><description>{REWRITE}</description></item></channel></rss>"
)
_WARC = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-03-01T10:00:00Z\r\n"
    "WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {length}\r\n"
    "\r\n"
)


def _lines() -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _ROWS).encode()


def _table(mark: str) -> bytes:
    body = '"' + STORY.replace('"', '""') + '"'
    rows = ("id", "title", "text", "date"), ("a", "Bridge", body, "2026-03-01"), ("b", "", "Short one.", "")
    return "".join(mark.join(row) + "\n" for row in rows).encode()


def _warc() -> bytes:
    page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{_PAGE}".encode()
    return _WARC.replace("{length}", str(len(page))).encode() + page + b"\r\n\r\n"


def _arrow(stream: bool) -> bytes:
    import pyarrow as pa

    table = pa.table({"id": ["a", "b"], "text": [STORY, REWRITE], "published": [1, 2]})
    out = io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["a", "b"], "text": [STORY, REWRITE]}), out)
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", _lines())
        archive.writestr("b/b.txt", STORY)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("a.jsonl", _lines()), ("b.html", _PAGE.encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def packed() -> list[bytes]:
    """Return containers and compressions of rows."""
    from backports import zstd

    rows = _lines()
    return [_zip(), _tar(), gzip.compress(rows), bz2.compress(rows), lzma.compress(rows), zstd.compress(rows)]


FILES: dict[str, Callable[[], list[bytes]]] = {
    "auto": packed,
    "jsonl": lambda: [_lines(), _lines().replace(b'"text":', b'"text" : ')],
    "json": lambda: [json.dumps(_ROWS).encode(), json.dumps({"articles": _ROWS}, indent=1).encode()],
    "csv": lambda: [_table(","), _table(";"), _table("\t")],
    "text": lambda: TEXTS,
    "markdown": lambda: [f"# Bridge\n\n{STORY}\n\n* one\n* **two** [c](d)\n\n```\ncode\n```\n{REWRITE}".encode()],
    "html": lambda: [_PAGE.encode(), f"<p>{STORY}".encode(), f"<div><br>{REWRITE}</div>".encode("utf-16")],
    "feed": lambda: [_FEED.encode(), _FEED.replace("rss", "feed").replace("item", "entry").encode()],
    "parquet": lambda: [_parquet()],
    "arrow": lambda: [_arrow(True), _arrow(False)],
    "warc": lambda: [_warc(), _warc() * 2],
}


def _cut(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    at = draw.randrange(len(data) + 1)
    del data[at : at + draw.choice((1, 2, 4, 16, 64, 256))]


def _flip(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _byte(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[draw.randrange(len(data))] = draw.choice((0, 1, 10, 32, 34, 60, 127, 128, 255, draw.randrange(256)))


def _piece(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    at = draw.randrange(len(data) + 1)
    data[at:at] = draw.choice(PIECES) * draw.choice((1, 1, 1, 2, 9))


def _again(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    at, to = draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)
    data[to:to] = data[at : at + draw.choice((1, 4, 16, 64, 256))] * draw.choice((1, 1, 2, 5))


def _move(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    at, size = draw.randrange(len(data) + 1), draw.choice((4, 16, 64, 256))
    moved = data[at : at + size]
    del data[at : at + size]
    to = draw.randrange(len(data) + 1)
    data[to:to] = moved


def _other(data: bytearray, draw: random.Random, corpus: Sequence[bytes]) -> None:
    other = draw.choice(corpus)
    at = draw.randrange(len(other) + 1)
    to = draw.randrange(len(data) + 1)
    data[to : to + draw.choice((0, 8, 64))] = other[at : at + draw.choice((8, 64, 512))]


def _words(data: bytearray, draw: random.Random, _: Sequence[bytes]) -> None:
    words = data.split(b" ")
    for _i in range(draw.choice((1, 3, 9))):
        one, other = draw.randrange(len(words)), draw.randrange(len(words))
        words[one], words[other] = words[other], words[one]
    data[:] = b" ".join(words)


CHANGES = (_cut, _flip, _byte, _piece, _piece, _again, _move, _other, _words)


def mutated(corpus: Sequence[bytes], draw: random.Random) -> bytes:
    """Return an input made of one of the corpus by one to eight changes; one in forty is repeated to 64 KB at most."""
    data = bytearray(draw.choice(corpus))
    for _ in range(draw.choice((1, 1, 2, 2, 3, 4, 8))):
        draw.choice(CHANGES)(data, draw, corpus)
    if data and draw.randrange(LONG_ONE_IN) == 0:
        data *= min(draw.choice((4, 16, 64)), MOST // len(data) + 1)
    return bytes(data[:MOST])
