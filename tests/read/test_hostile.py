"""Input made to hurt: whatever it is, it is read in a time that grows with its size, or refused with a reason.

None of these tests measures time: what they give to the reader took from minutes to days before.
"""

import gzip
import io
import json
import os
import socket
import subprocess
import tarfile
import zipfile

import pytest

from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.intake import store_paths
from dedup.read import ReadOptions, Session, read
from dedup.read.fields import AS_RECORDED
from dedup.read.formats.text import plain
from dedup.read.html import fragment_text, parse_page
from dedup.read.inputs import Input
from dedup.read.page_limits import MOST_ATTRIBUTES, of_few_attributes
from dedup.records import Article, Skipped

BODY = "<p>The harbour board of Vellmar voted on Tuesday to move the fish market to the old customs shed.</p>" * 3
SIZE = 300_000  # characters


def page(inside: str, head: str = "") -> Article:
    html = f"<html><head>{head}</head><body><article>{BODY}{inside}</article></body></html>"
    return parse_page(html, Input("page.html", ReadOptions(), Session()))


class TestPages:
    @pytest.mark.parametrize("text", ['\\"' * (SIZE // 2), "[" * SIZE, '{"a":' * (SIZE // 5)])
    def test_linked_data_that_are_no_json(self, text):
        found = page("", f'<script type="application/ld+json">{text}</script><title>Market moves</title>')
        assert found.text.count("fish market") == 3 or found.text.count("fish market") == 1
        assert found.title == "Market moves"

    @pytest.mark.parametrize(
        "mark", ["<span>w</span> ", "<em>w</em> <b>x</b> ", '<a href="x">w</a> ', "<p>w x y</p>", "w<br>", "<li>w"]
    )
    def test_many_small_elements(self, mark):
        assert "fish market" in page(f"<div>{mark * (SIZE // len(mark))}</div>").text

    def test_so_many_elements_that_the_extractor_is_left_out(self):
        found = page("<p>Word by word.</p>" * 21_000)
        assert found.text.count("\nWord by word.") == 21_000

    @pytest.mark.parametrize(
        "attribute", ['a{}="1" ', "a{} ", "a{}='<b>' ", 'a{}="<" ', 'a{} = "x>" ', "a{}\n=\n'\"'\n"]
    )
    def test_one_tag_of_many_attributes(self, attribute):
        many = "".join(attribute.format(n) for n in range(30_000))
        html = f"{BODY}<p {many}>and so on</p>{BODY}"
        short = of_few_attributes(html)
        first = "".join(attribute.format(n) for n in range(MOST_ATTRIBUTES)).rstrip(" \n/")
        assert short.startswith(f"{BODY}<p {first}")
        assert short.endswith(f">and so on</p>{BODY}")
        assert len(short) < 10_000
        assert "and so on" in fragment_text(html)

    @pytest.mark.parametrize("junk", ["<a b='", "<", '<a "', "<p /", "<a ", '="<'])
    def test_tags_that_do_not_end(self, junk):
        assert len(of_few_attributes(junk * (SIZE // len(junk)))) <= SIZE

    def test_pages_of_news_stay_as_they_are(self):
        html = f'<div data-x="{"y" * 5000}">{BODY * 300}</div><img src="data:{"z" * 50_000}"> if (a<b && c<d) it’s "so"'
        assert of_few_attributes(html) == html


class TestMarkdown:
    @pytest.mark.parametrize("junk", ["<!--", "![", "[", "**a ", "__a ", "[a](", "[a][", "*a", "_a", "`a", "# #", " "])
    def test_marks_that_do_not_end(self, junk):
        line = junk * (100_000 // len(junk))
        assert plain(f"# {line}x\n\nThe bridge is closed.").endswith(("The bridge is closed.\n", "\n"))

    def test_headings_lose_their_marks(self):
        assert plain("# Bridge closed ##  \n\n## By road # now\ntext") == "Bridge closed\n\nBy road # now\ntext\n"


class TestLines:
    def test_lines_that_the_scanner_does_not_know(self, tmp_path):
        """Each took a look at all that followed it: 31 KB, unpacked 4 MB, took hours."""
        rows = b'{"text":7}\n' * 30_000 + b'{"text":"The bridge is closed."}\n'
        (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(rows))
        found = list(read([tmp_path / "rows.jsonl.gz"]))
        assert [item.text for item in found if isinstance(item, Article)] == ["The bridge is closed."]
        assert len(found) == 30_001

    def test_odd_lines_longer_than_a_piece_that_is_looked_at(self, tmp_path):
        texts = ["x " * 3000, "y", "z " * 9000]
        (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"text": text, "id": 1.0}) + "\n" for text in texts))
        assert [item.text for item in read([tmp_path / "rows.jsonl"])] == texts

    def test_a_file_that_grows_out_of_nothing(self, tmp_path):
        (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(b'{"text":"%s"}\n' % (b"a" * 4000) * 5000))
        *_, last = read([tmp_path / "bomb.jsonl.gz"])
        assert isinstance(last, Skipped)
        assert "grow more than 250 times" in last.reason


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_any_byte_of_an_archive_may_be_wrong(tmp_path, kind):
    """A version that nobody knows, an entry without a name, sizes and places beyond the file."""
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "The bridge is closed.")
    else:
        with tarfile.open(fileobj=out, mode="w") as archive:
            entry = tarfile.TarInfo("a.txt")
            entry.size = 21
            archive.addfile(entry, io.BytesIO(b"The bridge is closed."))
    whole, path = out.getvalue(), tmp_path / f"x.{kind}"
    outcomes = set()
    for at in range(min(len(whole), 300)):
        for value in {0, 255, whole[at] ^ 128} - {whole[at]}:
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            found = list(read([path]))
            assert found
            outcomes |= {type(item) for item in found}
    assert outcomes == {Article, Skipped}


class TestFiles:
    def test_more_files_than_descriptors(self, tmp_path):
        resource = pytest.importorskip("resource")
        for number in range(300):
            (tmp_path / f"{number:03}.jsonl").write_text(json.dumps({"text": f"Bridge {number} is closed."}))
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, limits[1]))
        try:
            store = store_paths([tmp_path], ReadOptions()).store
            assert [store.article(number).text for number in range(300)] == [
                f"Bridge {number} is closed." for number in range(300)
            ]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    def test_more_files_than_two_bytes_count(self, tmp_path):
        store = ArticleStore()
        for number in range(66_000):
            last = store.add_file(tmp_path / str(number), AS_RECORDED)
        (tmp_path / str(last)).write_text('{"text": "The last one."}')
        store.add_place("last", last, 0, 25)
        assert store.article(0).text == "The last one."

    def test_folders_in_one_another(self, tmp_path):
        folder = tmp_path
        os.chdir(tmp_path)
        try:
            for _ in range(1100):
                os.mkdir("d")
                os.chdir("d")
            with open("a.txt", "w") as stream:
                stream.write("Deep down the bridge is closed.")
        finally:
            os.chdir(folder)
        found = list(read([tmp_path]))
        subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # shutil.rmtree does not get to the bottom
        assert len(found) == 1
        assert isinstance(found[0], Article) or found[0].reason == "file name too long"

    def test_links_pipes_sockets_and_devices(self, tmp_path):
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        (tmp_path / "up").symlink_to(tmp_path)
        (tmp_path / "null").symlink_to("/dev/zero")
        os.mkfifo(tmp_path / "pipe.txt")
        with socket.socket(socket.AF_UNIX) as server:
            os.chdir(tmp_path)
            server.bind("socket.txt")
            reasons = {item.source: item.reason for item in read([tmp_path]) if isinstance(item, Skipped)}
        assert reasons == {
            "loop": "too many levels of symbolic links",
            "null": "not a regular file",
            "pipe.txt": "not a regular file",
            "socket.txt": "not a regular file",
            "up": "link to a folder, not followed",
        }

    def test_a_link_that_leads_out_of_the_folder_is_told(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "secret.txt").write_text("The bridge is closed, says a file elsewhere.")
        (tmp_path / "in" / "own.txt").write_text("The bridge is open.")
        (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
        (tmp_path / "in" / "same.txt").symlink_to(tmp_path / "in" / "own.txt")
        session = Session()
        assert len(list(read([tmp_path / "in"], session=session))) == 3
        assert list(session.notes()) == ["link.txt: a link to a file outside the folder, which was read"]


class TestArchives:
    @pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "C:\\out.txt", "..\\out.txt"])
    def test_names_that_lead_out(self, tmp_path, name):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(name, "The bridge is closed.")
        with tarfile.open(tmp_path / "a.tar", "w") as tar:
            (tmp_path / "x").write_text("The bridge is closed.")
            tar.add(tmp_path / "x", name)
        found = list(read([tmp_path / "a.zip", tmp_path / "a.tar"]))
        assert {item.reason for item in found if isinstance(item, Skipped)} <= {"a name that leads out of the archive"}
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tar", "a.zip", "x"]

    def test_entities_that_multiply(self, tmp_path):
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        feed = f'<!DOCTYPE rss [<!ENTITY e0 "lol">{entities}]><rss><item><description>&e11;</description></item></rss>'
        (tmp_path / "bomb.rss").write_text(feed)
        assert all(isinstance(item, Skipped) for item in read([tmp_path / "bomb.rss"]))

    def test_archives_in_one_another(self, tmp_path):
        data = b"The bridge is closed."
        for _ in range(12):
            data = gzip.compress(data)
        (tmp_path / "a.gz").write_bytes(data)
        assert [item.reason for item in read([tmp_path / "a.gz"])] == ["too many containers in one another"]
