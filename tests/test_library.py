"""The library as its users meet it: names, help with examples, wrong calls, and articles that cannot be used."""

import ast
import doctest
import inspect
import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import dedup
from dedup.records import Article, Skipped

ROOT = Path(__file__).parent.parent
TREATY = ROOT / "fixtures" / "treaty"
TEXT = (TREATY / "original.txt").read_text("utf-8")
SPUN = (TREATY / "spun.txt").read_text("utf-8")
ONE, TWO = Article("one", TEXT), Article("two", SPUN)


class TestNames:
    def test_type_checkers_see_what_is_loaded_on_first_use(self):
        """The imports of `dedup/__init__.py` that only type checkers read, against its table."""
        tree = ast.parse((ROOT / "dedup" / "__init__.py").read_text("utf-8"))
        block = next(node for node in tree.body if isinstance(node, ast.If))
        seen = {
            alias.asname: (node.module, alias.name)
            for node in block.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert seen == {name: (home, name) for name, home in dedup._HOMES.items()}

    def test_every_name_is_there_and_no_module(self):
        assert sorted(dedup.__all__) == dir(dedup)
        for name in dedup.__all__:
            assert not inspect.ismodule(getattr(dedup, name)), name
        with pytest.raises(AttributeError, match="nothing_of_this_name"):
            _ = dedup.nothing_of_this_name

    def test_errors_have_one_root(self):
        errors = [value for name in dedup.__all__ if inspect.isclass(value := getattr(dedup, name))]
        errors = [value for value in errors if issubclass(value, Exception)]
        assert len(errors) == 11
        assert all(issubclass(error, dedup.DedupError) for error in errors)

    def test_star_import(self):
        names: dict[str, object] = {}
        exec("from dedup import *", names)
        assert names["scan"] is dedup.scan

    @pytest.mark.parametrize("name", dedup.__all__)
    def test_help_says_something(self, name):
        value = getattr(dedup, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert len((value.__doc__ or "").split()) > 3
            assert not (value.__doc__ or "").startswith(f"{name}(")  # what `dataclass` writes where there is nothing


FUNCTIONS = [
    *("scan", "scan_paths", "dedupe", "dedupe_paths", "write_deduped", "compare", "align", "score", "open_index"),
    *("read_articles", "write_report"),
]


class TestHelp:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_every_parameter_is_described(self, name):
        function = getattr(dedup, name)
        described = inspect.getdoc(function).split("Parameters:")[1]
        for parameter in inspect.signature(function).parameters:
            assert parameter in described, f"{name}: {parameter}"
        assert "Raises:" in described
        assert ">>> " in described

    @pytest.mark.parametrize("name", [n for n in dedup.__all__ if ">>> " in (getattr(dedup, n).__doc__ or "")])
    def test_examples_run(self, name, monkeypatch):
        monkeypatch.chdir(ROOT)
        value = getattr(dedup, name)
        examples = doctest.DocTestFinder(recurse=False).find(value, name, globs={})
        assert examples
        for example in examples:
            assert doctest.DocTestRunner(verbose=False).run(example).failed == 0


def closed() -> dedup.ArticleIndex:
    index = dedup.open_index(None)
    index.close()
    index.close()
    return index


def of_index(use):
    with dedup.open_index(None) as index:
        return use(index)


WRONG = {
    "scan takes an iterable of dedup.Article records, not 'text': use dedup.scan_paths": lambda: dedup.scan(["text"]),
    "scan takes an iterable of dedup.Article records, not 'folder': use dedup.scan_paths": lambda: dedup.scan("folder"),
    "scan takes an iterable of dedup.Article records, not a path": lambda: dedup.scan([Path("folder")]),
    "scan takes an iterable of dedup.Article records, not None": lambda: dedup.scan(None),
    "scan takes an iterable of dedup.Article records, not an Article": lambda: dedup.scan(ONE),
    "scan takes an iterable of dedup.Article records, not bytes: decode": lambda: dedup.scan([b"text"]),
    "scan takes a dedup.Config as its config, not a dict": lambda: dedup.scan([ONE], {"threshold": 0.9}),
    "scan_paths takes paths of files and folders, not an Article: for dedup.Article": lambda: dedup.scan_paths([ONE]),
    "scan_paths takes paths of files and folders, not 3": lambda: dedup.scan_paths(3),
    "scan_paths takes dedup.ReadOptions as its options": lambda: dedup.scan_paths("fixtures", {"format": "text"}),
    "read_articles takes paths of files and folders, not bytes": lambda: dedup.read_articles(b"fixtures"),
    "compare takes dedup.Article records, not 'a': .* or use dedup.align": lambda: dedup.compare("a", "b"),
    "compare cannot use this article: the text is bytes": lambda: dedup.compare(ONE, Article("b", b"x")),
    "compare cannot use this article: the id is empty": lambda: dedup.compare(Article("", TEXT), ONE),
    "align takes two texts .* not an Article: pass article.text": lambda: dedup.align(ONE, TWO),
    "align takes two texts .* not bytes: decode it to a str first": lambda: dedup.align("x", b"x"),
    "align takes a dedup.AlignConfig or dedup.Config": lambda: dedup.align("x", "y", 0.5),
    "score takes a text .* not None": lambda: dedup.score(None),
    "score takes a text .* not bytes: decode": lambda: dedup.score(b"x"),
    "score takes a dedup.Background as its background, not 'own.bin'": lambda: dedup.score("x", "own.bin"),
    "an ArticleScorer takes a dedup.Calibration or None": lambda: dedup.score("x", calibration="own.json"),
    "open_index takes the path of a folder, or None, not 5": lambda: dedup.open_index(5),
    "an index takes dedup.Article records, not 'x'": lambda: of_index(lambda index: index.add("x")),
    "an index takes dedup.Article records, not None": lambda: of_index(lambda index: index.check(None)),
    "an index cannot use this article: the id is empty": lambda: of_index(lambda index: index.add(Article("", TEXT))),
    "add_many takes dedup.Article records, not a Skipped": lambda: of_index(
        lambda index: index.add_many([Skipped("x", 1, "bad")])
    ),
    "add_many takes an iterable of dedup.Article records, not 'x'": lambda: of_index(lambda index: index.add_many("x")),
    "check takes a datetime.timedelta as since, not 5": lambda: of_index(lambda index: index.check(ONE, since=5)),
    "expire takes a datetime, not '2030'": lambda: of_index(lambda index: index.expire("2030")),
    "remove takes the id of an article, not 5": lambda: of_index(lambda index: index.remove(5)),
    "learn_background takes dedup.Article records": lambda: dedup.learn_background(["x"]),
    "calibrate takes dedup.Article records": lambda: dedup.calibrate(["x"]),
    "learn_swaps takes the dedup.Report of a scan": lambda: dedup.learn_swaps([ONE]),
    "write_report takes the dedup.Report of a scan": lambda: dedup.write_report([ONE], "out"),
    "load_background takes the path of a file, not 5": lambda: dedup.load_background(5),
    "load_calibration takes the path of a file, not None": lambda: dedup.load_calibration(None),
}  # fmt: skip


class TestWrongCalls:
    @pytest.mark.parametrize("message", WRONG)
    def test_say_what_to_do(self, message):
        with pytest.raises(dedup.UsageError, match=message) as raised:
            WRONG[message]()
        assert isinstance(raised.value, TypeError)

    @pytest.mark.parametrize(
        "call",
        [
            lambda: dedup.scan([ONE], threshold=2),
            lambda: dedup.scan([ONE], level="fast"),
            lambda: dedup.scan_paths("fixtures", workers=-1),
            lambda: dedup.compare(ONE, TWO, threshold="high"),
            lambda: dedup.open_index(None, threshold=float("nan")),
            lambda: dedup.open_index(None, durability="none"),
        ],
    )
    def test_settings_are_checked_where_they_are_given(self, call):
        with pytest.raises(dedup.ConfigError):
            call()

    @pytest.mark.parametrize(
        "use",
        [
            lambda index: index.check(ONE),
            lambda index: index.add(ONE),
            lambda index: index.add_many([ONE]),
            lambda index: index.remove("x"),
            lambda index: index.flush(),
            lambda index: index.compact(),
            lambda index: list(index),
            len,
        ],
    )
    def test_an_index_that_was_closed(self, use):
        with pytest.raises(dedup.IndexClosed, match="the index in memory was closed: open it again"):
            use(closed())

    def test_an_index_that_is_not_there(self, tmp_path):
        with pytest.raises(dedup.InputError, match="is no index"):
            dedup.open_index(tmp_path / "none", create=False)
        assert not (tmp_path / "none").exists()

    def test_a_url_is_no_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(dedup.InputError, match="s3a://bucket/archive is a URL: "):
            dedup.open_index("s3a://bucket/archive")
        assert not list(tmp_path.iterdir())


class TestArticles:
    def test_what_cannot_be_used_is_skipped_with_a_reason(self):
        bad = [Article("", TEXT), Article(None, TEXT), Article("a", None), Article("b", ""), Article("c", " \n")]
        report = dedup.scan([*bad, ONE, Skipped("feed", 9, "bad"), Article("d", TEXT, published="today")], workers=1)
        assert list(report.ids) == ["one"]
        assert [(s.source, s.line) for s in report.skipped] == [
            *(("articles", n) for n in range(1, 6)),
            ("feed", 9),
            ("articles", 8),
        ]
        assert all(s.reason for s in report.skipped)

    @pytest.mark.parametrize("level", ["near", "full"])
    def test_half_characters_do_no_harm(self, level, tmp_path):
        half = Article("a\ud800", f"\udc00 {TEXT}", "\ud800", "\udfff", "\ud800", datetime(2030, 1, 1, tzinfo=UTC))
        report = dedup.scan([half, Article("b", f"\udc00 {TEXT}", source="\ud800")], level=level, workers=1)
        assert [(m.left, m.right) for m in report.matches] == [("a\ud800", "b")]
        assert report.article("a\ud800").published == half.published
        dedup.write_report(report, tmp_path)
        assert dedup.compare(half, TWO).kind == "rewrite"
        assert dedup.align(half.text, SPUN).passages
        assert dedup.score(f"\ud800 {SPUN}").overall == dedup.score(SPUN).overall
        with dedup.open_index(tmp_path / "index") as index:
            assert index.add(half) == []
            assert [match.left for match in index.check(TWO)] == ["a\ud800"]

    @pytest.mark.parametrize("hours", [-14, 0, 14])
    def test_the_first_and_the_last_year(self, hours):
        zone = timezone(timedelta(hours=hours))
        first, last = datetime(1, 1, 1, tzinfo=zone), datetime(9999, 12, 31, 23, 59, tzinfo=zone)
        pair = Article("a", TEXT, published=first), Article("b", SPUN, published=last)
        [match] = dedup.scan(pair, workers=1).matches
        assert match.original in (None, "a", "b")
        assert dedup.compare(*pair).kind == match.kind
        with dedup.open_index(None) as index:
            index.add(pair[0])
            assert index.check(pair[1])
            assert index.check(pair[0], since=timedelta(days=3)) == []
            assert len(index.check(TWO, since=timedelta.max)) == 1


class TestSameEverywhere:
    def test_keywords_are_settings(self):
        rewritten = Article("three", (TREATY / "rewrite.txt").read_text("utf-8"))
        pair = TWO, rewritten
        probability = dedup.compare(*pair).probability
        assert 0.5 < probability < 1
        limits = probability - 1e-6, probability + 1e-6
        strict = dedup.scan(pair, dedup.Config().replace(threshold=limits[1], workers=1)).matches
        assert strict == dedup.scan(pair, threshold=limits[1], workers=1).matches
        found = [dedup.compare(*pair, threshold=limit).kind in dedup.COPIES for limit in limits]
        assert found == [True, False]
        for limit in limits:
            with dedup.open_index(None, threshold=limit) as index:
                index.add(pair[0])
                assert index.check(pair[1]) == list(dedup.scan(pair, threshold=limit, workers=1).matches)

    def test_one_path_or_several(self):
        whole = dedup.scan_paths(TREATY, level="near", workers=1)
        assert whole.ids == dedup.scan_paths([str(TREATY)], level="near", workers=1).ids
        assert [item.id for item in dedup.read_articles(TREATY)] == list(whole.ids)
        lines = dedup.scan_paths("-", stdin=io.BytesIO(b'{"id": "x", "text": "a few words"}'), level="near")
        assert list(lines.ids) == ["x"]

    def test_a_scorer_is_score_with_everything(self):
        assert dedup.ArticleScorer()(SPUN) == dedup.score(SPUN) == dedup.score(TWO)
        own = dedup.learn_background([ONE, Skipped("x", 1, "bad")])
        assert dedup.ArticleScorer(own)(SPUN) == dedup.score(SPUN, own)
        report = dedup.scan([Article("a", TEXT, published=datetime(2030, 1, 1, tzinfo=UTC)), TWO], workers=1)
        table = dedup.learn_swaps(report)
        assert dedup.score(SPUN, swaps=table) == dedup.ArticleScorer(swaps=table)(TWO)

    def test_own_counts_and_calibration_go_through_files(self, tmp_path):
        own = dedup.build_background([ONE, TWO], source="treaty")
        dedup.save_background(own, tmp_path / "own.bin")
        assert dedup.load_background(tmp_path / "own.bin").documents == own.documents == 2
        clean = [Article(str(n), f"{TEXT}\nNumber {n}.") for n in range(30)]
        dedup.save_calibration(dedup.calibrate(clean), tmp_path / "own.json")
        fitted = dedup.load_calibration(tmp_path / "own.json")
        assert dedup.score(clean[7], calibration=fitted).percentiles["spun"] < 99
        with pytest.raises(dedup.InputError, match="too few"):
            dedup.calibrate(clean[:5])


USER = """
import dedup
from dedup import Article, Config, Match, Report

articles = [Article("a", "one"), Article("b", "two")]
report: Report = dedup.scan(articles, threshold=0.9, workers=1, level="near")
for match in report.matches:
    one: Match = match
    kind: dedup.Kind = one.kind
overall: list[float | None] = [score.overall for score in report.scores.values()]
names: list[str] = [cluster.lead for cluster in report.clusters]
rows: int = len(report.matches.to_dicts())
config: Config = Config(judge=dedup.JudgeConfig(threshold=0.9)).replace(workers=2, align={"reach": 40})
with dedup.open_index(None, threshold=0.9) as index:
    found: list[Match] = index.check(articles[0])
background: dedup.Background = dedup.learn_background(index)
score: dedup.ArticleScore = dedup.score(articles[0], background)
for item in dedup.read_articles("folder", dedup.ReadOptions(format=dedup.Format.TEXT)):
    text: str = item.reason if isinstance(item, dedup.Skipped) else item.text
dedup.scan(["text"])  # error
dedup.score(None)  # error
dedup.no_such_name  # error
"""


def test_type_checkers_follow(tmp_path):
    pytest.importorskip("mypy")
    script = tmp_path / "user.py"
    script.write_text(USER)
    options = ["--strict", "--no-error-summary", "--follow-imports=silent", "--config-file="]
    options.append(f"--cache-dir={ROOT / '.mypy_cache' / 'users'}")
    done = subprocess.run([sys.executable, "-m", "mypy", *options, script], capture_output=True, text=True, cwd=ROOT)
    wrong = [number for number, line in enumerate(USER.splitlines(), 1) if line.endswith("# error")]
    lines = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [int(line.split("user.py:")[1].split(":")[0]) for line in lines] == wrong, done.stdout
