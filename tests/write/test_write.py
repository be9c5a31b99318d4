"""The input without its copies, byte for byte; and the writers of formats by themselves."""

import gzip
import io
import json

import pytest

import dedup
from dedup.write.formats import write_lines, write_parquet, write_table
from tests.made_articles import story


def without(write, data: bytes, gone: set[int]) -> bytes:
    out = io.BytesIO()
    write(io.BytesIO(data), out, gone)
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


class TestFormats:
    def test_lines_of_any_length(self):
        data = b"x" * (3 << 20) + b"\nshort\n" + b"y" * (2 << 20)
        assert without(write_lines, data, {2}) == data.replace(b"short\n", b"")
        assert without(write_lines, data, {1, 3}) == b"short\n"

    def test_records_with_line_feeds_and_quotes(self):
        data = b'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,plain\r\n3,"x\ny"'
        assert without(write_table, data, {3}) == b'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n3,"x\ny"'
        assert without(write_table, data, {2, 4}) == b"id,text\r\n\r\n2,plain\r\n"
        assert without(write_table, data, set()) == data

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
