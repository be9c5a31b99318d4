"""`dedup label`: in a terminal, in a browser, and the gold that comes of it."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.cli.label_page import LabelServer
from dedup.evaluation.answers import Answer, Answers
from dedup.evaluation.picking import NEAR, Picked, save_picked
from tests.made_articles import edited, story

PAIRS = [Picked(f"a{n}", f"b{n}", f"One text {n}.", "<script>alert(1)</script>", None, f"Title {n}", NEAR, 0.9)
         for n in range(3)]  # fmt: skip


def run(*arguments: object, keys: str | None = None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=keys)


@pytest.fixture
def pairs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_picked(PAIRS, tmp_path / "pairs.jsonl")
    return tmp_path / "pairs.jsonl"


class TestTerminal:
    def test_answers_back_and_again(self, pairs):
        first = run("label", "judge", pairs, "--by", "ann", keys="cmnbuq")
        assert first.exit_code == 0, first.output
        assert "=== 1 of 3" in first.output
        assert "0.9" not in first.output  # what the program thinks sways nobody
        assert "2 of 3 pairs have an answer" in first.output
        given = Answers(pairs, "ann").given
        assert given == {("a0", "b0"): Answer.COPY, ("a1", "b1"): Answer.UNSURE}
        again = run("label", "judge", pairs, "--by", "ann", keys="n")
        assert "=== 1 of 3" not in again.output
        assert "3 of 3 pairs have an answer" in again.output

    def test_export_and_evaluate(self, pairs):
        assert "nobody has answered yet" in run("label", "export", pairs, "-o", "gold.jsonl").output
        run("label", "judge", pairs, "--by", "ann", keys="cnn")
        run("label", "judge", pairs, "--by", "bob", keys="cnc")
        result = run("label", "export", pairs, "-o", "gold.jsonl")
        assert "ann and bob: the same answer to 2 of 3 pairs, Cohen's kappa 0.40" in result.output
        assert "disputed, left out: a2 and b2" in result.output
        gold = dedup.load_gold("gold.jsonl")
        assert [(one.left, one.copy, one.kind) for one in gold.labels] == [("a0", True, NEAR), ("a1", False, NEAR)]
        assert gold.articles["a0"].text == "One text 0."

    def test_pick(self, pairs):
        rows = [
            {"id": f"{n}{side}", "text": text} for n in range(3) for side, text in (("a", story(n)), ("b", edited(n)))
        ]
        (pairs.parent / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        result = run("label", "pick", "news.jsonl", "-o", "mine.jsonl", "--near", 1, "--random", 5, "--workers", 1)
        assert result.exit_code == 0, result.output
        assert "3 pairs to label in mine.jsonl" in result.output


class TestPage:
    @pytest.fixture
    def server(self, pairs):
        with LabelServer(PAIRS, Answers(pairs, "ann")) as made:
            thread = threading.Thread(target=made.serve_forever, args=(0.05,))
            thread.start()
            yield made
            made.shutdown()
            thread.join()

    def ask(self, address: str, host: str | None = None, **form: object):
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(address, data, {"Host": host} if host else {})
        with urllib.request.urlopen(request) as reply:
            return reply.read().decode(), reply.headers

    def test_answers(self, server):
        text, headers = self.ask(server.address)
        assert "&lt;script&gt;alert(1)" in text
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        text, _ = self.ask(server.address, number=0, answer="copy")
        assert "Title 1" in text
        text, _ = self.ask(server.address, number=1, answer="back")
        assert "Title 0" in text
        for number, answer in enumerate(("no copy", "unsure", "copy")):
            text, _ = self.ask(server.address, number=number, answer=answer)
        assert "All pairs have an answer" in text
        assert list(server.answers.given.values()) == [Answer.NONE, Answer.UNSURE, Answer.COPY]
        assert "keydown" in self.ask(server.address + "keys.js")[0]

    @pytest.mark.parametrize(
        ("path", "host", "form", "status"),
        [
            ("/", None, {}, 404),
            ("/wrong/", None, {"number": 0, "answer": "copy"}, 404),
            (None, "news.example", {}, 403),
            (None, "news.example", {"number": 0, "answer": "copy"}, 403),
            (None, None, {"number": 0, "answer": "perhaps"}, 400),
            (None, None, {"number": 99, "answer": "copy"}, 400),
            (None, None, {"number": "x", "answer": "copy"}, 400),
        ],
    )
    def test_what_is_refused(self, server, path, host, form, status):
        address = server.address if path is None else f"http://127.0.0.1:{server.server_port}{path}"
        with pytest.raises(urllib.error.HTTPError) as refused:
            self.ask(address, host, **form)
        assert refused.value.code == status
        assert not server.answers.given
