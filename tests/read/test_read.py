"""Reading: what becomes an article, under which id, and what is skipped for which reason."""

import gzip
import io
import json
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dedup.errors import ConfigError, InputError
from dedup.read import Fields, Format, ReadOptions, read
from dedup.read.fields import AS_RECORDED, Rules
from dedup.read.rows import parse_row
from dedup.read.session import Session
from dedup.records import Article, Skipped

STORY = "The harbour board of Vellmar voted on Tuesday to move the fish market to the old customs shed."
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Fish market moves | Vellmar Post</title>
<meta property="og:site_name" content="Vellmar Post"><meta property="og:title" content="Fish market moves">
<meta property="article:published_time" content="2026-03-04T08:15:00+01:00">
<link rel="canonical" href="https://post.example/market"></head><body>
<nav><a href="/">Home</a><a href="/s">Sport</a></nav><article><h1>Fish market moves</h1>{paragraphs}</article>
<footer>Share on social media. Subscribe.</footer></body></html>"""
PARAGRAPHS = [
    "The harbour board of Vellmar voted on Tuesday to move the fish market to the old customs shed, ending a dispute.",
    "Traders had asked for a roof since the storms of last winter tore down the awnings and flooded the cold store.",
    "The chairwoman said the shed would be ready by autumn, and that no stall would pay more rent than it does today.",
    "Two members voted against the plan because the street in front of the shed is too narrow for delivery lorries.",
]


def page() -> str:
    return PAGE.replace("{paragraphs}", "".join(f"<p>{p}</p>" for p in PARAGRAPHS))


def read_all(*paths: Path | str, **options: object) -> tuple[list[Article], list[Skipped]]:
    items = list(read(paths, ReadOptions(**options)))  # type: ignore[arg-type]
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Skipped)]


def from_stdin(data: bytes, **options: object) -> list[Article | Skipped]:
    return list(read(["-"], ReadOptions(**options), io.BytesIO(data)))  # type: ignore[arg-type]


def reason(data: bytes, name: str, folder: Path) -> str:
    (folder / name).write_bytes(data)
    articles, skipped = read_all(folder / name)
    assert not articles
    assert [s.source for s in skipped] == [str(folder / name)]
    return skipped[0].reason


class TestFolder:
    def test_sorted_ids_relative_to_the_folder(self, tmp_path):
        for name in ("b/2.txt", "b/1.txt", "a.txt", "c.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(STORY + name)
        articles, skipped = read_all(tmp_path)
        assert [a.id for a in articles] == ["a.txt", "b/1.txt", "b/2.txt", "c.txt"]
        assert not skipped

    def test_same_names_and_texts_in_two_folders_are_two_articles(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for folder in ("one", "two"):
            os.mkdir(folder)
            Path(folder, "x.txt").write_text(STORY)
        articles, skipped = read_all("one", "two")
        assert [a.id for a in articles] == ["one/x.txt", "two/x.txt"]
        assert not skipped

    def test_file_given_twice_is_read_once(self, tmp_path):
        (tmp_path / "x.txt").write_text(STORY)
        articles, skipped = read_all(tmp_path, tmp_path / "x.txt")
        assert len(articles) == 1
        assert [s.reason for s in skipped] == ["the same file was read under another name"]

    def test_what_a_folder_may_hold_beside_articles(self, tmp_path):
        (tmp_path / "good.txt").write_text(STORY)
        (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4")
        (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
        (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
        (tmp_path / "loop").symlink_to(tmp_path)
        (tmp_path / ".git").mkdir()
        os.mkfifo(tmp_path / "pipe.txt")
        articles, skipped = read_all(tmp_path)
        assert [a.id for a in articles] == ["good.txt"]
        reasons = {s.source: s.reason for s in skipped}
        assert reasons.pop("self.txt")  # worded by the system
        assert reasons == {
            "notes.pdf": "a PDF, not read: `pdftotext` makes a .txt of it (.pdf)",
            "gone.txt": "broken link",
            "loop": "link to a folder, not followed",
            ".git": "hidden folder, not read",
            "pipe.txt": "not a regular file",
        }

    def test_unreadable_file(self, tmp_path, monkeypatch):
        (tmp_path / "x.txt").write_text(STORY)

        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
        assert read_all(tmp_path)[1] == [Skipped("x.txt", None, "permission denied")]

    def test_name_that_is_no_unicode(self, tmp_path):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text(STORY)
        assert [a.id for a in read_all(tmp_path)[0]] == ["caf\\xe9.txt"]

    def test_an_earlier_report_is_left_out(self, tmp_path):
        (tmp_path / "good.txt").write_text(STORY)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "report.html").write_text(page())
        articles, skipped = read_all(tmp_path, leave_out=(str(tmp_path / "." / "out"), "nowhere"))
        assert [a.id for a in articles] == ["good.txt"]
        assert skipped == [Skipped("out", None, "the report's own folder, not read")]

    def test_format_option_covers_names_that_tell_nothing(self, tmp_path):
        (tmp_path / "article-1").write_text(STORY)
        assert [a.text for a in read_all(tmp_path, format=Format.TEXT)[0]] == [STORY]

    def test_missing_path_is_an_error_before_anything_is_read(self, tmp_path):
        with pytest.raises(InputError, match=r"nowhere: no such file"):
            read([tmp_path / "nowhere"])


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
    def test_encodings(self, tmp_path, encoding):
        text = STORY + " “Nous n’avons pas le choix”, a déclaré le préfet à propos de la route côtière fermée cet été."
        (tmp_path / "x.txt").write_bytes(text.encode(encoding))
        assert [a.text for a in read_all(tmp_path)[0]] == [text]

    @pytest.mark.parametrize("encoding", ["cp1251", "koi8_r"])
    def test_cyrillic(self, tmp_path, encoding):
        text = "Власти города сообщили в среду, что мост будет закрыт до конца лета после проверки опор."
        (tmp_path / "x.txt").write_bytes(text.encode(encoding))
        assert [a.text for a in read_all(tmp_path)[0]] == [text]

    @pytest.mark.parametrize(
        ("encoding", "text"),
        [
            ("shift_jis", "市は水曜日、橋の点検のため夏の終わりまで通行止めにすると発表した。"),
            ("euc_jp", "市は水曜日、橋の点検のため夏の終わりまで通行止めにすると発表した。"),
            (
                "gb18030",
                "市政府星期三宣布，这座桥将关闭到夏天结束，因为检查发现桥墩有裂缝，有关部门正在研究修理的方法。",
            ),
            ("euc_kr", "시는 수요일 교각 점검을 위해 여름이 끝날 때까지 다리를 폐쇄한다고 발표했다."),
        ],
    )
    def test_east_asian(self, tmp_path, encoding, text):
        (tmp_path / "x.txt").write_bytes(text.encode(encoding))
        assert [a.text for a in read_all(tmp_path)[0]] == [text]

    def test_random_high_bytes_are_no_text(self, tmp_path):
        rnd = random.Random(4)
        for i in range(300):
            (tmp_path / f"{i}.txt").write_bytes(bytes(rnd.randrange(128, 256) for _ in range(rnd.randrange(8, 300))))
        assert [a.text for a in read_all(tmp_path)[0]] == []

    def test_text_is_kept_as_it_stands(self, tmp_path):
        (tmp_path / "x.txt").write_bytes(b" One line\r\n\r\nand more \n")
        assert read_all(tmp_path)[0][0].text == " One line\r\n\r\nand more \n"

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (b"", "empty file"),
            (b" \n\t\n", "nothing but white space"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary data, not text"),
            (b"\1\2\3\4\5\6\7" * 20, "binary data, not text"),
            ("Überfall".encode() + b"\xff\xff\xff tail", "invalid UTF-8 at byte 9; no other encoding fits"),
            (b"\x80\x81\x82" * 100, "invalid UTF-8 at byte 0; no other encoding fits"),
            (b"\xc3\x28" * 40, "invalid UTF-8 at byte 0; no other encoding fits"),
            (b"\xff\xfeodd", "invalid UTF-16-LE at byte 4"),
        ],
    )
    def test_reasons(self, tmp_path, data, expected):
        assert reason(data, "x.txt", tmp_path) == expected

    def test_limits(self, tmp_path):
        (tmp_path / "x.txt").write_text(STORY)
        assert "larger than 50 bytes" in str(read_all(tmp_path, max_bytes=50)[1])
        assert f"text of {len(STORY)} characters, more than 20" in str(read_all(tmp_path, max_characters=20)[1])
        assert read_all(tmp_path, max_bytes=len(STORY), max_characters=len(STORY))[0]

    @pytest.mark.parametrize("options", [{"max_bytes": 0}, {"max_characters": -1}, {"fields": Fields(text="")}])
    def test_options_out_of_range(self, options):
        with pytest.raises(ConfigError):
            ReadOptions(**options)


class TestPages:
    def test_main_text_and_what_the_page_tells(self, tmp_path):
        (tmp_path / "market.html").write_text(page())
        [article] = read_all(tmp_path)[0]
        assert article.id == "market.html"
        assert all(p in article.text for p in PARAGRAPHS)
        assert "Subscribe" not in article.text
        assert (article.title, article.source) == ("Fish market moves", "Vellmar Post")
        assert article.url == "https://post.example/market"
        assert article.published == datetime(2026, 3, 4, 7, 15, tzinfo=UTC)

    def test_date_from_linked_data(self, tmp_path):
        linked = '<script type="application/ld+json">{"@graph": [{"datePublished": "2026-05-06T07:08:09Z"}]}</script>'
        html = page().replace("article:published_time", "x").replace("</head>", linked + "</head>")
        (tmp_path / "x.htm").write_text(html)
        assert read_all(tmp_path)[0][0].published == datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)

    def test_declared_encoding(self, tmp_path):
        html = page().replace("utf-8", "windows-1252").replace("dispute", "façade à l’été")
        (tmp_path / "x.html").write_bytes(html.encode("cp1252"))
        assert "façade à l’été" in read_all(tmp_path)[0][0].text

    @pytest.mark.parametrize("html", ["<html><body></body></html>", "<", "<!-- -->", "<a>" * 3000, "]]>&#0;&bogus;"])
    def test_pages_without_an_article(self, tmp_path, html):
        assert reason(html.encode(), "x.html", tmp_path)


class TestRows:
    def test_fields_and_ids(self, tmp_path):
        rows = [
            {
                "id": "a",
                "text": STORY,
                "title": "T",
                "url": "https://u.example",
                "source": "S",
                "published": "2026-01-02",
            },
            {"id": 7, "text": STORY + " More."},
            {"text": STORY + " Most."},
        ]
        (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
        articles, skipped = read_all(tmp_path)
        assert articles[0] == Article("a", STORY, "T", "https://u.example", "S", datetime(2026, 1, 2, tzinfo=UTC), True)
        assert [a.id for a in articles] == ["a", "7", "x.jsonl:3"]
        assert not skipped

    def test_other_names_and_fields_left_out(self, tmp_path):
        row = {"uid": "a", "body": STORY, "text": 5, "source": {"name": "S"}}
        (tmp_path / "x.ndjson").write_text(json.dumps(row))
        [article] = read_all(tmp_path, fields=Fields(id="uid", text="body", source=""))[0]
        assert (article.id, article.text, article.source) == ("a", STORY, None)

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            (b'{"text": "abc"', "bad JSON: "),
            (b'{"text": "a\xffb"}', "bad JSON: invalid UTF-8 at byte 11"),
            (b'{"text": NaN}', "field 'text' is not a number, not a string"),
            (b'{"text": "\\ud800"}', "bad JSON: "),
            (b"[" * 100_000, "bad JSON: "),
            (b"[1]", "not a JSON object but a list"),
            (b"null", "not a JSON object but null"),
            (b"{}", "no field 'text'"),
            (b'{"text": null}', "field 'text' is null"),
            (b'{"text": 5}', "field 'text' is a number, not a string"),
            (b'{"text": ["a"]}', "field 'text' is a list, not a string"),
            (b'{"text": " \\n"}', "field 'text' is empty"),
        ],
    )
    def test_reasons(self, line, expected):
        item = parse_row(line, 3, Rules("x.jsonl", AS_RECORDED, 1000, Session()))
        assert isinstance(item, Skipped)
        assert (item.source, item.line) == ("x.jsonl", 3)
        assert item.reason.startswith(expected)

    def test_one_bad_line_leaves_the_others(self, tmp_path):
        (tmp_path / "x.jsonl").write_bytes(b'\xef\xbb\xbf{"text": "one"}\r\n\r\noops\n{"text": "two"}')
        articles, skipped = read_all(tmp_path)
        assert [(a.id, a.text) for a in articles] == [("x.jsonl:1", "one"), ("x.jsonl:4", "two")]
        assert [(s.source, s.line) for s in skipped] == [("x.jsonl", 3)]

    def test_long_line_is_skipped_and_counted(self, tmp_path):
        long = json.dumps({"text": "x" * 5000}).encode()
        (tmp_path / "x.jsonl").write_bytes(b'{"text": "one"}\n' + long + b'\n{"text": "two"}\n' + long)
        articles, skipped = read_all(tmp_path, max_bytes=1000)
        assert [a.id for a in articles] == ["x.jsonl:1", "x.jsonl:3"]
        assert [(s.line, s.reason) for s in skipped] == [(n, "line longer than 1000 bytes") for n in (2, 4)]
        assert len(read_all(tmp_path, max_bytes=len(long))[0]) == 4

    def test_gzip(self, tmp_path):
        rows = "".join(json.dumps({"id": i, "text": f"{STORY} {i}"}) + "\n" for i in range(2000))
        packed = gzip.compress(rows.encode())
        (tmp_path / "a.jsonl.gz").write_bytes(packed)
        (tmp_path / "b.jsonl.gz").write_bytes(packed[: len(packed) // 2])
        (tmp_path / "c.jsonl.gz").write_bytes(rows.encode()[:20])
        (tmp_path / "d.jsonl.gz").write_bytes(packed[:2000] + b"\xff" * 50 + packed[2050:])
        (tmp_path / "e.jsonl.gz").write_bytes(b"")
        (tmp_path / "f.txt.gz").write_bytes(gzip.compress(STORY.encode()))
        articles, skipped = read_all(tmp_path)
        assert {str(i) for i in range(2000)} | {"f.txt.gz"} <= {a.id for a in articles}
        reasons = {s.source: s.reason for s in skipped if s.line is None}
        assert set(reasons) == {"b.jsonl.gz", "d.jsonl.gz", "e.jsonl.gz"}
        assert reasons["b.jsonl.gz"].startswith("truncated gzip data after ")
        assert reasons["d.jsonl.gz"].startswith("damaged gzip data")
        assert [s.reason[:9] for s in skipped if s.source == "c.jsonl.gz"] == ["bad JSON:"]  # it is not compressed

    def test_empty_file(self, tmp_path):
        (tmp_path / "x.jsonl").write_text("\n \n")
        assert read_all(tmp_path)[1] == [Skipped("x.jsonl", None, "empty file")]


class TestStandardInput:
    def test_rows_and_text_are_told_apart(self):
        assert from_stdin(b' {"text": "one"}\n') == [Article("stdin:1", "one")]
        assert from_stdin(STORY.encode()) == [Article("stdin", STORY)]

    def test_format_wins(self):
        assert from_stdin(b'{"text": "one"}', format=Format.TEXT) == [Article("stdin", '{"text": "one"}')]
        assert from_stdin(page().encode(), format=Format.HTML)[0].title == "Fish market moves"  # type: ignore[union-attr]

    def test_nothing(self):
        assert from_stdin(b"") == [Skipped("stdin", None, "empty file")]
