"""The input without its copies, byte for byte; and the writers of formats by themselves."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pytest

import dedup
from dedup.read.containers import open_zstd
from dedup.write import check_writable
from dedup.write.columns import write_arrow, write_parquet
from dedup.write.feed import write_feed
from dedup.write.formats import write_lines, write_table
from dedup.write.json_array import NothingLeft, write_json
from dedup.write.warc import write_warc
from tests.made_articles import story


def without(write, data: bytes, gone: set[int]) -> bytes:
    out = io.BytesIO()
    write(io.BufferedReader(io.BytesIO(data), 1 << 18), out, gone)
    return out.getvalue()


def row(**fields) -> bytes:
    return json.dumps(fields).encode() + b"\n"


ROWS = [
    row(id="a", text=story(1), extra=[1, {"x": None}]),
    b"\n",
    b'{"broken": \n',
    row(text=story(2), id=7),
    b"  " + row(id="b", text=story(1)),
    row(id="a", text=story(1)),
    row(id="c", text=story(3)).rstrip(),
]
CLEAN = b"".join(ROWS[:4] + ROWS[6:])


def deduped(paths, out, **options):
    result = dedup.dedupe_paths(paths, level="near", workers=1, **options)
    return dedup.write_deduped(result, paths, out)


class TestFiles:
    @pytest.mark.parametrize("packed", [False, True])
    def test_json_lines_stay_as_they_are(self, tmp_path, packed):
        name = "news.jsonl.gz" if packed else "news.jsonl"
        (tmp_path / name).write_bytes(gzip.compress(b"".join(ROWS)) if packed else b"".join(ROWS))
        listed = deduped(tmp_path / name, tmp_path / f"clean-{name}")
        written = (tmp_path / f"clean-{name}").read_bytes()
        assert (gzip.decompress(written) if packed else written) == CLEAN
        assert listed.name == "clean-news.removed.jsonl"
        removed = [json.loads(line) for line in listed.read_bytes().splitlines()]
        assert [(one["id"], one["line"], one["kept"]) for one in removed] == [("b", 5, "a"), ("a", 6, "a")]
        assert dedup.dedupe_paths(tmp_path / f"clean-{name}", level="near", workers=1).removed == ()

    def test_a_folder_of_texts_pages_and_rows(self, tmp_path):
        source = tmp_path / "in"
        (source / "deep").mkdir(parents=True)
        (source / "0.txt").write_text(story(1))
        (source / "deep" / "copy.txt").write_text(story(1))
        (source / "deep" / "page.html").write_text(f"<html><body><article><p>{story(4)}</p></article></body></html>")
        (source / "empty.txt").write_text("")
        (source / "rows.jsonl").write_bytes(b"".join(ROWS))
        deduped(source, tmp_path / "out")
        names = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
        assert names == ["0.txt", "deep/page.html", "empty.txt", "rows.jsonl"]
        assert (tmp_path / "out" / "deep" / "page.html").read_bytes() == (source / "deep" / "page.html").read_bytes()

    def test_several_inputs_and_two_of_one_name(self, tmp_path):
        for folder in ("one", "two"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "x.txt").write_text(story(len(folder) + ord(folder[0])))
        deduped([tmp_path / "one", tmp_path / "two" / "x.txt"], tmp_path / "out")
        assert (tmp_path / "out" / "one" / "x.txt").exists()
        assert (tmp_path / "out" / "x.txt").exists()

    def test_an_input_is_not_written_over(self, tmp_path):
        path = tmp_path / "news.jsonl"
        path.write_bytes(b"".join(ROWS))
        with pytest.raises(dedup.InputError, match="choose another output"):
            deduped(path, path)

    def test_an_archive_in_the_folder_of_the_input_is_only_compared_with(self, tmp_path):
        (tmp_path / "news" / "old").mkdir(parents=True)
        (tmp_path / "news" / "today.jsonl").write_bytes(b"".join(ROWS))
        (tmp_path / "news" / "old" / "x.txt").write_text(story(3))
        deduped(tmp_path / "news", tmp_path / "out", against=tmp_path / "news" / "old")
        assert (tmp_path / "out" / "today.jsonl").read_bytes() == b"".join(ROWS[:4])


PAIRS = [("a", 1), ("b", 2), ("copy", 1), ("c", 3)]  # ids and stories; one of two with the same story goes
MADE = [{"id": id_, "text": story(n), "url": f"https://post.example/{id_}", "n": None} for id_, n in PAIRS]


def page(text: str) -> bytes:
    return f"<html><body><article><p>{text}</p></article></body></html>".encode()


def warc() -> bytes:
    writer = pytest.importorskip("warcio.warcwriter")
    headers = pytest.importorskip("warcio.statusandheaders").StatusAndHeaders
    out = io.BytesIO()
    archive = writer.WARCWriter(out, gzip=False)
    archive.write_record(archive.create_warcinfo_record("made.warc", {"software": "a test"}))
    for row in MADE:
        http = headers("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        archive.write_record(
            archive.create_warc_record(row["url"], "response", payload=io.BytesIO(page(row["text"])), http_headers=http)
        )
    return out.getvalue()


def table() -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, MADE[0], delimiter=";")
    writer.writeheader()
    writer.writerows(MADE)
    return out.getvalue().encode()


def feed() -> bytes:
    items = (f"<item><guid>{one['id']}</guid><description>{one['text']}</description></item>\n" for one in MADE)
    return f"<rss><channel><title>x</title>\n{''.join(items)}</channel></rss>".encode()


def parquet() -> bytes:
    arrow, library = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    library.write_table(arrow.Table.from_pylist(MADE), out)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"kept"
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    out = io.BytesIO()
    with open_zstd(out, "wb") as stream:
        stream.write(data)
    return out.getvalue()


def lines() -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in MADE)


CONTENT = {
    "a.jsonl": lines,
    "a.json": lambda: json.dumps(MADE, indent=1).encode(),
    "object.json": lambda: json.dumps({"count": 4, "articles": MADE}).encode(),
    "a.csv": table,
    "a.rss": feed,
    "a.warc": warc,
    "a.parquet": parquet,
    "a.zip": lambda: zipped({"x/1.txt": story(1).encode(), "x/2.csv": table(), "x/": b"", "logo.png": b"\x89PNG"}),
    "a.tar": lambda: tarred({"1.txt": story(2).encode(), "2.html": page(story(2)), "3.zip": CONTENT["a.zip"]()}),
}
PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}


def articles(path) -> list[tuple[str, str]]:
    """All articles of a file by their texts, and what else was read; ids may be numbers of rows."""
    return [(getattr(item, "text", ""), getattr(item, "reason", "")) for item in dedup.read_articles(path)]


class TestWhatIsPacked:
    @pytest.mark.parametrize("packed", PACKED)
    @pytest.mark.parametrize("name", CONTENT)
    def test_all_but_the_copies_is_there_in_the_same_form(self, tmp_path, name, packed):
        before, after = tmp_path / (name + packed), tmp_path / f"clean-{name}{packed}"
        before.write_bytes(PACKED[packed](CONTENT[name]()))
        result = dedup.dedupe_paths(before, level="near", workers=1)
        assert result.removed
        kept = [article.text for article in result.kept]
        listed = dedup.write_deduped(result, before, after)
        assert listed.name == f"clean-{name.partition('.')[0]}.removed.jsonl"
        assert [text for text, reason in articles(after) if not reason] == kept
        assert [reason for _, reason in articles(after)].count("") == len(kept)
        assert after.read_bytes()[:3] == before.read_bytes()[:3]
        assert dedup.dedupe_paths(after, level="near", workers=1).removed == ()

    def test_archives_keep_what_is_no_article(self, tmp_path):
        deduped_from(tmp_path, "a.zip", CONTENT["a.zip"]())
        with zipfile.ZipFile(tmp_path / "clean-a.zip") as archive:
            assert archive.namelist() == ["x/1.txt", "x/2.csv", "x/", "logo.png"]
            assert archive.comment == b"kept"
            assert archive.read("x/2.csv").count(b"post.example") == 2  # the story of 1.txt and its copy are gone

    def test_records_of_a_packed_web_archive_are_packed_one_by_one(self, tmp_path):
        deduped_from(tmp_path, "a.warc.gz", gzip.compress(warc()))
        archive = pytest.importorskip("warcio.archiveiterator")
        with (tmp_path / "clean-a.warc.gz").open("rb") as stream:  # refuses a file that is one piece
            urls = [record.rec_headers.get_header("WARC-Target-URI") for record in archive.ArchiveIterator(stream)]
        assert urls == [None, *(f"https://post.example/{id_}" for id_ in "abc")]

    @pytest.mark.parametrize(
        ("name", "data", "why"),
        [
            ("a.wacz", lambda: zipped({"archive/a.warc": warc()}), "WACZ"),
            ("twice.zip", lambda: twice(), "two members of one name"),
            ("a.rss", lambda: feed().replace(b"</channel>", b""), "no strict XML"),
        ],
    )
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_what_cannot_be_written_is_named_before_the_work(self, tmp_path, name, data, why):
        (tmp_path / name).write_bytes(data())
        with pytest.raises(dedup.UsageError, match=f"{name}: .*{why}"):
            check_writable(tmp_path / name, tmp_path / "out")

    def test_a_folder_that_cannot_be_written_to_is_told_before_the_work(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(dedup.InputError, match="no folder that can be written to"):
            check_writable(tmp_path, tmp_path / "file" / "out")


def deduped_from(folder, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    deduped(folder / name, folder / f"clean-{name}")


def twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", story(1))
        archive.writestr("a.txt", story(2))
    return out.getvalue()


class TestFormats:
    def test_lines_of_any_length(self):
        data = b"x" * (3 << 20) + b"\nshort\n" + b"y" * (2 << 20)
        assert without(write_lines, data, {2}) == data.replace(b"short\n", b"")
        assert without(write_lines, data, {1, 3}) == b"short\n"

    def test_records_with_line_feeds_and_quotes(self):
        data = b'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,plain\r\n3,"x\ny"'
        assert without(write_table, data, {4}) == b'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n3,"x\ny"'
        assert without(write_table, data, {2, 5}) == b"id,text\r\n\r\n2,plain\r\n"
        assert without(write_table, data, set()) == data

    def test_a_quote_inside_a_cell_begins_nothing(self):
        data = b'id,text\n1,a 5" nail\n2,b\n3,c\n'
        assert without(write_table, data, {3}) == b'id,text\n1,a 5" nail\n3,c\n'

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "cp932"])
    def test_tables_and_lines_of_any_encoding(self, encoding):
        japanese = "委員会は火曜日に市場の拡張を決定しました。来年の春に始まる予定です。"
        word = japanese if encoding == "cp932" else "La commission a décidé d’élargir le marché à l’été."
        rows = [f'{n};"{word}\r\n{n}"\r\n' for n in range(6)]
        table = ("id;text\r\n" + "".join(rows)).encode(encoding)
        assert without(write_table, table, {3, 7}) == ("id;text\r\n" + rows[0] + "".join(rows[2:5])).encode(encoding)
        objects = [json.dumps({"id": n, "text": word}, ensure_ascii=False) + "\n" for n in range(4)]
        lines = "".join(objects).encode(encoding)
        assert without(write_lines, lines, {1, 3}) == (objects[1] + objects[3]).encode(encoding)
        array = f"[\n{', '.join(objects)}]\n".encode(encoding)
        assert without(write_json, array, {1, 2, 4}) == f"[\n{objects[2]}]\n".encode(encoding)

    @pytest.mark.parametrize(
        ("gone", "left"),
        [
            (set(), '[ {"id":"a]"} ,\n {"id":"b"}, null , {"id":"c"} ] tail'),
            ({1}, '[ {"id":"b"}, null , {"id":"c"} ] tail'),
            ({2}, '[ {"id":"a]"}, null , {"id":"c"} ] tail'),
            ({3}, '[ {"id":"a]"} ,\n {"id":"b"}, null  ] tail'),
            ({1, 2, 3}, "[ null  ] tail"),
        ],
    )
    def test_arrays_keep_what_stands_between(self, gone, left):
        data = '[ {"id":"a]"} ,\n {"id":"b"}, null , {"id":"c"} ] tail'
        assert without(write_json, data.encode(), gone).decode() == left
        inner = f'{{"meta": {{"n": [1, 2]}}, "rows" : {data.removesuffix(" tail")}, "more": 1.50}}'
        numbers = {4 if n == 3 else n for n in gone}  # of a list inside an object all values are counted
        found = without(write_json, inner.encode(), numbers).decode()
        assert json.loads(found)["rows"] == json.loads(left.removesuffix(" tail"))
        assert found.startswith('{"meta": {"n": [1, 2]}, "rows" : [ ')
        assert found.endswith(' ], "more": 1.50}')

    def test_one_article_is_no_list(self):
        with pytest.raises(NothingLeft):
            without(write_json, b'{"text": "one article"}', {1})

    def test_records_of_web_archives(self):
        records = [
            f"WARC/1.0\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n\r\n".encode()
            for text in ("a\r\n\r\n", "bb", "")
        ]
        data = b"".join(records)
        assert without(write_warc, data, {2}) == records[0] + records[2]
        assert without(write_warc, data + b"damaged", {1}) == records[1] + records[2] + b"damaged"

    def test_entries_of_feeds(self):
        feed = (
            '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n <entry a=">">1</entry>\n\n <entry/>\n'
        )
        feed += " <x:entry xmlns:x='y'><![CDATA[</entry>]]></x:entry>\n</feed>"
        left = feed.replace('\n <entry a=">">1</entry>', "")
        assert without(write_feed, feed.encode(), {1}).decode() == left
        assert without(write_feed, feed.encode(), {2}).decode() == feed.replace("\n\n <entry/>", "")
        assert "CDATA" not in without(write_feed, feed.encode(), {3}).decode()
        for wrong in ("<feed><entry></feed>", '<!DOCTYPE x [<!ENTITY a "b">]><feed><entry>&a;</entry></feed>'):
            with pytest.raises(dedup.UsageError, match="no strict XML"):
                without(write_feed, wrong.encode(), {1})

    def test_parquet_keeps_its_schema(self):
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        table = arrow.table({"id": [1, 2, 3], "when": arrow.array([1, 2, 3], arrow.timestamp("ms"))})
        source, target = io.BytesIO(), io.BytesIO()
        parquet.write_table(table.replace_schema_metadata({"made": "here"}), source)
        source.seek(0)
        write_parquet(source, target, {2})
        found = parquet.read_table(io.BytesIO(target.getvalue()))
        assert found.column("id").to_pylist() == [1, 3]
        assert found.schema.equals(parquet.read_schema(io.BytesIO(source.getvalue())), check_metadata=True)

    @pytest.mark.filterwarnings("ignore:Feather V1")
    @pytest.mark.parametrize("version", [1, 2])
    def test_feather_stays_feather(self, version):
        arrow, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
        source = io.BytesIO()
        feather.write_feather(
            arrow.table({"id": list(range(3000)), "text": ["x" * 30] * 3000}), source, version=version
        )
        left = without(write_arrow, source.getvalue(), {1, 3000})
        assert feather.read_table(io.BytesIO(left)).column("id").to_pylist() == list(range(1, 2999))
        assert left[:4] == source.getvalue()[:4]
        assert len(left) < 1.1 * len(source.getvalue())
