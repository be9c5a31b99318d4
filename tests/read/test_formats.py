"""The same articles in every format give the same records."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from dedup.cli import base
from dedup.read import Fields, ReadOptions, Session, read
from dedup.read.containers import open_zstd
from dedup.read.options import Format
from dedup.read.reader import FORMATS as READERS
from dedup.records import Article, Skipped

ROWS = [
    {
        "id": f"story-{i}",
        "text": f"The harbour board of Vellmar voted on Tuesday, “{word}”, to move the market.\nIt opens in May.",
        "title": f"Market moves, part {i}",
        "url": f"https://post.example/{i}",
        "source": "Vellmar Post",
        "published": f"2026-03-0{i}T08:15:00+00:00",
    }
    for i, word in enumerate(["à l’été", "naïve", "plain"], 1)
]
ARTICLES = [Article(**row | {"published": datetime.fromisoformat(row["published"])}) for row in ROWS]  # type: ignore[arg-type]


def read_all(*paths: Path, **options: object) -> SimpleNamespace:
    session = Session()
    items = list(read(paths, ReadOptions(**options), session=session))  # type: ignore[arg-type]
    return SimpleNamespace(
        articles=[i for i in items if isinstance(i, Article)],
        skipped=[i for i in items if isinstance(i, Skipped)],
        notes=list(session.notes()),
    )


def lines(rows=ROWS) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(delimiter: str, rows=ROWS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def parquet() -> bytes:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    typed = [row | {"published": datetime.fromisoformat(row["published"])} for row in ROWS]
    pq.write_table(pa.Table.from_pylist(typed), out, row_group_size=2)
    return out.getvalue()


def arrow(kind: str) -> bytes:
    pa = pytest.importorskip("pyarrow")
    out = io.BytesIO()
    whole = pa.Table.from_pylist(ROWS)
    if kind == "feather":
        pytest.importorskip("pyarrow.feather").write_feather(whole, out)
        return out.getvalue()
    with getattr(pa.ipc, f"new_{kind}")(out, whole.schema) as writer:
        writer.write_table(whole)
    return out.getvalue()


FORMATS = {
    "a.jsonl": lines,
    "wide.jsonl": lambda: lines().decode().encode("utf-16"),
    "western.jsonl": lambda: lines().decode().encode("cp1252"),
    "wide.json": lambda: json.dumps(ROWS).encode("utf-16"),
    "a.json": lines,
    "array.json": lambda: json.dumps(ROWS, indent=1).encode(),
    "inner.json": lambda: json.dumps({"status": "ok", "more": [1], "articles": ROWS}).encode(),
    "first.json": lambda: json.dumps({"articles": ROWS, "status": "ok"}).encode(),
    "a.csv": lambda: table(",").encode(),
    "marked.csv": lambda: table(";").encode("utf-8-sig"),
    "wide.csv": lambda: table("\t").encode("utf-16"),
    "western.csv": lambda: table(";").encode("cp1252"),
    "a.tsv": lambda: table("\t").encode(),
    "a.txt": lambda: table("|").encode(),
    "export": lambda: table(",").encode(),
    "a.parquet": parquet,
    "a.feather": lambda: arrow("feather"),
    "a.arrow": lambda: arrow("file"),
    "stream.arrow": lambda: arrow("stream"),
    "b.dat": parquet,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_articles(tmp_path, name):
    (tmp_path / name).write_bytes(FORMATS[name]())
    for given in (tmp_path, tmp_path / name):
        found = read_all(given)
        assert found.articles == ARTICLES
        assert not found.skipped
        assert not found.notes


def zstd(data: bytes) -> bytes:
    try:
        from compression import zstd as library
    except ImportError:
        from backports import zstd as library
    return library.compress(data)


PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("name", ["a.jsonl", "array.json", "a.csv", "a.parquet", "a.arrow"])
def test_compressed(tmp_path, name, ending):
    (tmp_path / (name + ending)).write_bytes(PACKED[ending](FORMATS[name]()))
    assert read_all(tmp_path).articles == ARTICLES
    (tmp_path / "unnamed").write_bytes((tmp_path / (name + ending)).read_bytes())
    assert read_all(tmp_path / "unnamed").articles == ARTICLES


def test_frames_after_one_another(tmp_path):
    for name, pack in PACKED.items():
        (tmp_path / f"a.jsonl{name}").write_bytes(pack(lines(ROWS[:1])) + pack(lines(ROWS[1:])))
        assert read_all(tmp_path / f"a.jsonl{name}").articles == ARTICLES


@pytest.mark.parametrize("cut", [0.5, 0.9])
@pytest.mark.parametrize("ending", PACKED)
def test_a_truncated_file_gives_what_could_be_read_and_a_reason(tmp_path, ending, cut):
    data = PACKED[ending](
        b"".join(json.dumps({"id": i, "text": f"text {i * i} " * 9}).encode() + b"\n" for i in range(9999))
    )
    (tmp_path / f"x.jsonl{ending}").write_bytes(data[: int(len(data) * cut)])
    found = read_all(tmp_path)
    assert found.skipped
    assert "truncated" in found.skipped[-1].reason or "damaged" in found.skipped[-1].reason
    assert open_zstd  # public, for `index export`


def archived(kind: str, files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode=f"w:{kind.partition('.')[2]}") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_archives(tmp_path, kind):
    files = {
        "may/a.jsonl": lines(),
        "may/b.jsonl.gz": gzip.compress(lines([ROWS[0] | {"id": "gz"}])),
        "c.txt": b"A text of some words about a bridge.",
        "p.parquet": parquet(),
        "inner.zip": archived("zip", {"d.txt": b"Another text of words about a bridge."}),
        "../evil.txt": b"x",
        "/etc/evil.txt": b"x",
        ".hidden/e.txt": b"x",
        "f.pdf": b"%PDF-1.4",
        "g.txt": b"",
    }
    (tmp_path / f"news.{kind}").write_bytes(archived(kind, files))
    found = read_all(tmp_path)
    top = f"news.{kind}"
    assert sorted(a.id for a in found.articles) == sorted(
        [*(row["id"] for row in ROWS * 2), "gz", f"{top}/c.txt", f"{top}/inner.zip/d.txt"]
    )
    assert {s.source.removeprefix(top): s.reason.partition(",")[0] for s in found.skipped} == {
        "/../evil.txt": "a name that leads out of the archive",
        "//etc/evil.txt": "a name that leads out of the archive",
        "/.hidden/e.txt": "hidden",
        "/f.pdf": "a PDF",
        "/g.txt": "empty file",
    }


class TestBombs:
    def test_of_zeros(self, tmp_path, monkeypatch):
        monkeypatch.setattr("dedup.read.containers.LARGE", 1 << 20)
        for ending, pack in PACKED.items():
            (tmp_path / f"x.jsonl{ending}").write_bytes(pack(b"\n" * (30 << 20)))
        (tmp_path / "x.zip").write_bytes(archived("zip", {"x.jsonl": b"\n" * (30 << 20)}))
        found = read_all(tmp_path)
        assert not found.articles
        assert all("grow" in skipped.reason for skipped in found.skipped)
        assert len(found.skipped) == len(PACKED) + 1

    def test_of_containers(self, tmp_path):
        data = b"A text of some words about a bridge."
        for _ in range(9):
            data = gzip.compress(data)
        (tmp_path / "x.txt.gz").write_bytes(data)
        assert [s.reason for s in read_all(tmp_path).skipped] == ["too many containers in one another"]


class TestTables:
    def test_names_are_found_and_said(self, tmp_path):
        rows = [{"No": "7", "Headline": "T", "Body": "One two", "pub_date": "2026-05-03", "Link": "u"}]
        (tmp_path / "x.csv").write_text(table(",", rows))
        found = read_all(tmp_path)
        assert found.articles == [Article("x.csv:2", "One two", "T", "u", None, datetime(2026, 5, 3, tzinfo=UTC), True)]
        assert found.notes == [
            "x.csv: text from 'Body', title from 'Headline', url from 'Link', published from 'pub_date'"
        ]

    def test_is_never_an_article(self, tmp_path):
        numbers = [{"place": "Vellmar", "year": str(i), "people": str(i * i)} for i in range(30)]
        (tmp_path / "x.csv").write_text(table(",", numbers))
        (tmp_path / "y.tsv").write_text(table("\t", numbers))
        (tmp_path / "z.csv").write_text("just\none\ncolumn\n")
        found = read_all(tmp_path)
        assert not found.articles
        assert [s.reason for s in found.skipped[:2]] == ["rows without a text; name its field: place, year, people"] * 2

    def test_quotes_that_do_not_end(self, tmp_path):
        (tmp_path / "x.csv").write_text('id,text\n1,one two\n2,"three\n' + "x,y\n" * 50)
        found = read_all(tmp_path, max_bytes=100)
        assert [a.id for a in found.articles][:1] == ["1"]

    def test_text_with_commas_is_no_table(self, tmp_path):
        text = "Red, green, blue.\nOne, two, three.\nThe text, which goes on, ends."
        (tmp_path / "x.txt").write_text(text)
        assert [a.text for a in read_all(tmp_path).articles] == [text]


class TestJson:
    def test_one_object_is_an_article(self, tmp_path):
        (tmp_path / "x.json").write_text(json.dumps(ROWS[0], indent=2))
        assert read_all(tmp_path).articles == ARTICLES[:1]

    def test_a_large_array_in_pieces(self, tmp_path, monkeypatch):
        monkeypatch.setattr("dedup.read.formats.json_values.CHUNK", 64)
        (tmp_path / "x.json").write_text(json.dumps([row | {"n": [{"a": ["}]"]}]} for row in ROWS]))
        assert read_all(tmp_path).articles == ARTICLES

    @pytest.mark.parametrize("text", ["", "[", '[{"text": "a"', "[1, 2]", "7", '{"a": 1', "[{]"])
    def test_broken(self, tmp_path, text):
        (tmp_path / "x.json").write_text(text)
        found = read_all(tmp_path)
        assert not found.articles
        assert found.skipped


class TestMarkdown:
    def test_marks_are_taken_away(self, tmp_path):
        (tmp_path / "x.md").write_text(
            "---\ntitle: The market\ndate: 2026-05-03\nsource: Post\n---\n"
            "# Head\n\nA **bold** [link](u://x) and `code`.\n\n"
            "- one\n- two_three_four\n\n> said *she*\n\n![pic](a.png)\n"
        )
        expected = "Head\n\nA bold link and code.\n\none\ntwo_three_four\n\nsaid she\n"
        day = datetime(2026, 5, 3, tzinfo=UTC)
        assert read_all(tmp_path).articles == [Article("x.md", expected, "The market", None, "Post", day, True)]


RSS = """<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Post</title>
<item><title>One &amp; two</title><link>https://p.example/1</link><guid>g1</guid><pubDate>Tue, 03 Mar 2026 08:15:00 GMT
</pubDate><description>Short</description><content:encoded><![CDATA[<p>First <b>part</b>.</p><p>Second.</p>]]>
</content:encoded></item><item><title>Empty</title></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title><entry><title>One</title><id>g1</id>
<link rel="self" href="https://p.example/feed"/><link href="https://p.example/1"/><updated>2026-03-03T08:15:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>First.</p><p>Second.</p></div></content>
</entry></feed>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://p.example/1</loc></url>
<url><loc>https://p.example/2</loc></url></urlset>"""


class TestFeeds:
    def test_rss(self, tmp_path):
        (tmp_path / "feed.xml").write_text(RSS)
        found = read_all(tmp_path)
        when = datetime(2026, 3, 3, 8, 15, tzinfo=UTC)
        assert found.articles == [
            Article("g1", "First part.\nSecond.", "One & two", "https://p.example/1", "Post", when)
        ]
        assert [s.reason for s in found.skipped] == ["an entry without a text"]

    def test_atom(self, tmp_path):
        (tmp_path / "feed").write_text(ATOM)
        [article] = read_all(tmp_path).articles
        assert (article.id, article.text, article.url, article.source) == (
            "g1", "First.\nSecond.", "https://p.example/1", "Post",
        )  # fmt: skip

    def test_sitemap(self, tmp_path):
        (tmp_path / "news.xml").write_text(SITEMAP)
        found = read_all(tmp_path)
        assert [s.reason for s in found.skipped] == ["a sitemap: names 2 pages and holds no text of theirs"]

    def test_other_xml_and_outside_entities(self, tmp_path):
        (tmp_path / "a.rss").write_text("<a><b>x</b></a>")
        evil = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><rss><channel><item><description>&e; x'
        (tmp_path / "b.rss").write_text(evil + "</description></item></channel></rss>")
        found = read_all(tmp_path)
        assert [a.text.strip() for a in found.articles] in ([], ["x"], ["&e; x"])


PAGE = """<!DOCTYPE html><html><head><title>Fish market moves | Post</title></head><body><article><p>{0}</p><p>{0}</p>
</article></body></html>""".format(
    "The harbour board of Vellmar voted on Tuesday to move the fish market to the old shed. " * 3
)


def record(kind: str, address: str, block: bytes, content: str) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:12345678-1234-1234-1234-1234567890ab>\r\n"
        f"WARC-Target-URI: {address}\r\nWARC-Date: 2026-05-03T10:00:00Z\r\nContent-Type: {content}\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def answer(body: bytes, kind: str = "text/html", status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def crawl() -> list[bytes]:
    http = "application/http; msgtype=response"
    page = PAGE.replace("Vellmar", "Vëllmar")
    return [
        record("response", "https://p.example/1", answer(page.encode("cp1252"), "text/html; charset=iso-8859-1"), http),
        record(
            "response",
            "https://p.example/2",
            answer(gzip.compress(page.encode()), more="Content-Encoding: gzip\r\n"),
            http,
        ),
        record("response", "https://p.example/x.png", answer(b"\x89PNG", "image/png"), http),
        record("response", "https://p.example/y.png", answer(b"\x89PNG", "image/png"), http),
        record("response", "https://p.example/gone", answer(b"<p>gone", status="404 Not Found"), http),
        record("conversion", "https://p.example/3", b"The text of a page about a bridge.", "text/plain"),
    ]


class TestWebArchives:
    @pytest.fixture(autouse=True)
    def _library(self):
        pytest.importorskip("warcio")

    @pytest.mark.parametrize("packed", [False, True])
    def test_pages_and_what_is_none(self, tmp_path, packed):
        records = crawl()
        data = b"".join(map(gzip.compress, records)) if packed else b"".join(records)
        (tmp_path / ("x.warc.gz" if packed else "x.warc")).write_bytes(data)
        found = read_all(tmp_path)
        assert [a.id for a in found.articles] == [f"https://p.example/{i}" for i in (1, 2, 3)]
        assert all("Vëllmar" in a.text and a.title == "Fish market moves" for a in found.articles[:2])
        assert sorted(s.reason for s in found.skipped) == ["1 records: status 404", "2 records: image/png, no page"]

    def test_wacz(self, tmp_path):
        files = {"archive/data.warc.gz": b"".join(map(gzip.compress, crawl())), "pages/pages.jsonl": b'{"id": 1}\n'}
        (tmp_path / "x.wacz").write_bytes(archived("zip", files))
        assert len(read_all(tmp_path).articles) == 3


class TestKinds:
    def test_by_content_where_the_name_says_nothing(self, tmp_path):
        (tmp_path / "page").write_text(PAGE)
        (tmp_path / "story.de").write_text("Der Rat hat am Dienstag beschlossen, die Brücke zu schließen.")
        (tmp_path / "rows.out").write_bytes(lines())
        found = read_all(tmp_path)
        assert [a.id for a in found.articles] == ["page", "story-1", "story-2", "story-3", "story.de"]

    def test_what_nobody_can_tell(self, tmp_path):
        (tmp_path / "pairs.gold").write_text('{"left": "a", "right": "b"}\n' * 3)
        (tmp_path / "x.docx").write_bytes(b"PK\x03\x04")
        (tmp_path / "y.py").write_text("print('a b c d e f g h')")
        for given in ([tmp_path], sorted(tmp_path.iterdir())):
            reasons = [s.reason for s in read_all(*given).skipped]
            assert reasons == [
                "unknown kind of file (.gold)",
                "a document, not read: `pandoc -t plain` makes a .txt of it (.docx)",
                "a program or its settings, not read (.py)",
            ]


class TestNames:
    def test_a_given_name_that_no_row_has(self, tmp_path):
        (tmp_path / "a.jsonl").write_bytes(lines())
        with pytest.raises(Exception, match=r"no row has a field 'boddy' \(for text\); there are id, text, title"):
            read_all(tmp_path, fields=Fields(text="boddy"))
        with pytest.raises(Exception, match="no row has a field 'writer'"):
            read_all(tmp_path, fields=Fields(source="writer"))

    def test_in_one_of_two_files_is_enough(self, tmp_path):
        (tmp_path / "a.jsonl").write_bytes(lines())
        (tmp_path / "b.jsonl").write_text('{"body": "One two three"}\n')
        assert len(read_all(tmp_path, fields=Fields(text="body")).articles) == 1

    def test_paths(self, tmp_path):
        rows = [
            {"doc": {"id": i, "parts": [{"text": f"Text {i}"}]}, "source": {"id": 1, "name": "Post"}} for i in range(3)
        ]
        (tmp_path / "a.jsonl").write_bytes(lines(rows))
        found = read_all(tmp_path, fields=Fields(text="doc.parts.0.text", id="doc.id"))
        assert [(a.id, a.text, a.source) for a in found.articles] == [(str(i), f"Text {i}", "Post") for i in range(3)]

    def test_rows_that_keep_their_text_elsewhere(self, tmp_path):
        rows = [{"text": "one"}, {"content": "two"}, {"text": None, "content": "three"}, {"title": "none"}]
        (tmp_path / "a.jsonl").write_bytes(lines(rows))
        found = read_all(tmp_path)
        assert [a.text for a in found.articles] == ["one", "two", "three"]
        assert len(found.skipped) == 1

    def test_a_bad_side_field_costs_that_field(self, tmp_path):
        bad = [
            {"text": "a", "id": 7.0},
            {"text": "b", "id": True, "title": 1984},
            {"text": "c", "title": ["x"], "published": "soon"},
            {"text": "d", "published": 0, "title": 5},
        ]
        (tmp_path / "a.jsonl").write_bytes(
            lines(bad) + b'{"text": "e", "views": NaN, "title": NaN}\n{"text": "f\xc3\xa9\xff"}\n'
        )
        found = read_all(tmp_path)
        assert [(a.id, a.text, a.title, a.published) for a in found.articles] == [
            (name, text, None, None)
            for name, text in zip(
                ["7", *(f"a.jsonl:{i}" for i in range(2, 7))], ["a", "b", "c", "d", "e", "fé�"], strict=True
            )
        ]
        assert found.notes == [
            "a.jsonl: field 'id' is a boolean, no id (line 2)",
            "a.jsonl: field 'title' is a number, not a string: no title (2 times, first in line 2)",
            "a.jsonl: a date that is left out: no date (line 3)",
            "a.jsonl: field 'title' is a list, not a string: no title (line 3)",
            "a.jsonl: a date that is left out: the first second of 1970 stands for no date (line 4)",
            "a.jsonl: field 'title' is not a number, not a string: no title (line 5)",
            "a.jsonl: bytes that are no UTF-8, replaced (line 6)",
        ]


class TestPaths:
    def test_two_spellings_are_one_article(self, tmp_path, monkeypatch):
        (tmp_path / "x.txt").write_text("A text of some words.")
        monkeypatch.chdir(tmp_path)
        for given in (["x.txt"], ["./x.txt"], [str(tmp_path / "x.txt")], ["x.txt", "../" + tmp_path.name + "/x.txt"]):
            found = read_all(*map(Path, given))
            assert [a.id for a in found.articles] == ["x.txt"]
            assert not found.skipped

    def test_deep_folders(self, tmp_path):
        deep = tmp_path
        for _ in range(200):
            deep = deep / "d"
            deep.mkdir()
        (deep / "x.txt").write_text("A text of some words.")
        assert len(read_all(tmp_path).articles) == 1


def test_every_format_has_a_reader_and_is_an_option() -> None:
    assert set(READERS) == set(Format) - {Format.AUTO, Format.JSONL}
    assert set(base.FORMATS) == set(Format)
