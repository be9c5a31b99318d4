"""Translations in an index: the same verdicts as in a scan, kept with the articles, and nothing where they are off."""

import json
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import dedup
from dedup.cli import main
from dedup.errors import IndexDamaged, MissingPackage
from dedup.index import compaction, vector_rows
from dedup.index.folder import FILE
from dedup.records import TRANSLATIONS, Article, Kind
from dedup.translation.config import TranslationConfig
from dedup.translation.translator import Translator, installed
from tests.translation.test_translations import pile
from tests.translation.texts import FERRY, REPORT

needs_extra = pytest.mark.skipif(not installed(), reason="the extra [languages] is not installed")


def across(matches):
    return {(match.left, match.right): match for match in matches if match.kind in TRANSLATIONS}


def checked(index, articles):
    return across(match for article in articles for match in index.check(article))


@pytest.fixture(scope="module")
def articles():
    return [article for article in pile() if article.id != "copy"]  # of near copies a scan pairs the first only


@pytest.fixture(scope="module")
def scanned(articles):
    return across(dedup.scan(articles, workers=1).matches)


@needs_extra
def test_an_index_finds_what_a_scan_of_the_same_articles_finds(tmp_path, articles, scanned):
    with dedup.open_index(tmp_path, languages=True) as index:
        added = [match for article in articles[:4] for match in index.add(article)]
        index.add_many(articles[4:])
        assert checked(index, articles) == scanned
        assert across(added) == {pair: match for pair, match in scanned.items() if pair in across(added)}
        assert len(across(added)) == 6
    with dedup.open_index(tmp_path) as index:  # goes on with what it does
        assert checked(index, articles) == scanned
        assert index.info(verify=True).languages == {"de": 1, "en": 3, "es": 1, "fr": 1, "ja": 1, "ru": 1, "sv": 1}


@needs_extra
def test_an_archive_is_asked_for_translations_by_a_scan(articles, scanned):
    with dedup.open_index(None, languages=True) as index:
        index.add_many(articles[1:])
        report = dedup.scan(articles[:1], against=index, workers=1)
        assert set(across(report.matches)) == {pair for pair in scanned if articles[0].id in pair}
        assert not across(dedup.scan(articles[:1], against=index, workers=1, languages=False).matches)


@needs_extra
def test_articles_that_are_there_already_are_encoded_by_the_next_load(tmp_path, articles, scanned):
    with dedup.open_index(tmp_path) as index:
        index.add_many(articles[1:])
        assert not checked(index, articles)
    with dedup.open_index(tmp_path, languages=True) as index:
        with pytest.warns(UserWarning, match="8 articles .* index add --languages"):
            index.add(articles[0])
        assert index.info(verify=True).languages == {"": len(articles) - 1, "en": 1}
        assert index.add_many([]) == 0
        assert checked(index, articles) == scanned


class Killed(BaseException):
    pass


def after_each_commit(index, monkeypatch, what):
    """Let something be done after each commit of an index, which is told how many there were."""
    commit, done = index._core.commit, []

    def told():
        commit()
        done.append(None)
        what(len(done))

    monkeypatch.setattr(index._core, "commit", told)


def killed_at_the_second(count):
    if count == 2:
        raise Killed


@pytest.fixture
def four(tmp_path, monkeypatch):
    """An index of four articles without vectors, which are made of two at a time."""
    monkeypatch.setattr(compaction, "CHUNK", 2)
    with dedup.open_index(tmp_path) as index:
        index.add_many([Article(code, FERRY[code]) for code in ("de", "ru", "ja", "es")])
    return tmp_path


@needs_extra
def test_readers_find_what_is_encoded_while_the_rest_waits(four, monkeypatch):
    found = []
    with dedup.open_index(four) as reader, dedup.open_index(four, languages=True) as writer:
        after_each_commit(
            writer, monkeypatch, lambda _: found.append(len(across(reader.check(Article("en", FERRY["en"])))))
        )
        writer.add_many([])
    assert found[0] == 0
    assert 2 in found
    assert found[-1] == 4
    assert found == sorted(found)


@needs_extra
def test_what_another_encoder_has_made_anew_is_not_read(four, monkeypatch):
    monkeypatch.setattr(compaction, "CHUNK", 1)
    other, found = dedup.Config().replace(translation=TranslationConfig(sentences=18)), list[int]()
    with dedup.open_index(four, languages=True) as index:
        index.add_many([])
    with dedup.open_index(four) as reader, dedup.open_index(four, config=other) as writer:
        after_each_commit(
            writer, monkeypatch, lambda _: found.append(len(across(reader.check(Article("en", FERRY["en"])))))
        )
        writer.add_many([])
    assert list(dict.fromkeys(found)) == [4, 3, 2, 1, 0]


@needs_extra
def test_a_rebuild_without_the_encoder_keeps_the_vectors(four, monkeypatch):
    with dedup.open_index(four, languages=True) as index:
        index.add_many([])
    with sqlite3.connect(four / FILE) as database:
        database.execute("UPDATE vectors SET body = zeroblob(512) WHERE number = 1")
    with dedup.open_index(four, languages=False) as index:
        index.compact(rebuild=True)
        assert index.info(verify=True).languages == {"": 1, "es": 1, "ja": 1, "ru": 1}
    with dedup.open_index(four) as index:
        assert len(across(index.check(Article("en", FERRY["en"])))) == 3


@needs_extra
def test_translations_that_are_asked_for_and_cannot_be_found_are_told(four):
    english = Article("en", FERRY["en"])
    with dedup.open_index(four) as index, pytest.warns(UserWarning, match="4 articles .* index add --languages"):
        dedup.scan([english], against=index, languages=True, workers=1)
    with dedup.open_index(four) as index, pytest.warns(UserWarning, match="4 articles .* index add --languages"):
        dedup.trace(english, index, languages=True)
    with dedup.open_index(four, languages=True) as index:
        index.add_many([])
    with dedup.open_index(four, config=dedup.Config().replace(translation=TranslationConfig(sentences=18))) as index:
        assert index.info().languages == {"": 4}


@needs_extra
def test_a_passage_in_common_is_found_beside_a_translation_that_is_not_asked_for():
    mixed, english = Article("mixed", f"{FERRY['de']}\n\n{FERRY['en'][:260]}"), Article("en", FERRY["en"])
    found = list[Kind]()
    for kept in (True, False):
        with dedup.open_index(None, languages=kept) as index:
            index.add_many([mixed])
            matches = dedup.scan([english], against=index, languages=False, workers=1).matches
            found += [match.kind for match in matches]
    assert found == [Kind.PARTIAL] * 2


@needs_extra
def test_an_empty_index_that_is_to_keep_vectors_can_be_rebuilt(tmp_path):
    with dedup.open_index(tmp_path, languages=True) as index:
        index.compact(rebuild=True)
        index.add_many([Article("de", FERRY["de"])])
        assert index.info(verify=True).languages == {"de": 1}


@needs_extra
def test_encoding_that_is_killed_is_gone_on_with_by_the_next_load(four, monkeypatch):
    writer = dedup.open_index(four, languages=True)
    after_each_commit(writer, monkeypatch, killed_at_the_second)
    with pytest.raises(Killed):
        writer.add_many([])
    monkeypatch.undo()
    writer.close()
    with dedup.open_index(four) as index:
        assert len(across(index.check(Article("en", FERRY["en"])))) == 2
        assert index.info(verify=True).languages == {"": 2, "de": 1, "ru": 1}
        index.add_many([])
        assert len(across(index.check(Article("en", FERRY["en"])))) == 4


@needs_extra
def test_what_is_removed_replaced_or_out_of_scope_is_not_found(articles):
    german, english = Article("de", FERRY["de"], source="s"), Article("en", FERRY["en"])
    with dedup.open_index(None, languages=True) as index:
        index.add_many([german, Article("ru", FERRY["ru"], published=datetime(2020, 1, 1))])
        assert set(across(index.check(english))) == {("de", "en"), ("en", "ru")}
        assert set(across(index.check(english, exclude_source="s"))) == {("en", "ru")}
        late = Article("en", FERRY["en"], published=datetime(2024, 1, 1))
        assert set(across(index.check(late))) == {("de", "en")}
        index.add(Article("de", FERRY["en"], source="s"))
        index.remove("ru")
        assert not across(index.check(english))
        assert set(across(index.check(Article("other", FERRY["es"])))) == {("de", "other")}


@needs_extra
def test_without_the_encoder_new_articles_wait_and_are_not_lost(tmp_path, articles, scanned, monkeypatch):
    with dedup.open_index(tmp_path, languages=True) as index:
        index.add_many(articles[:-2])
    with dedup.open_index(tmp_path, languages=False) as index:
        index.add(articles[-2])
        assert not checked(index, articles)
    with monkeypatch.context() as patched:
        patched.setattr("dedup.translation.translator.find_spec", lambda _: None)
        with dedup.open_index(tmp_path) as index:
            index.add(articles[-1])
        with pytest.raises(MissingPackage):
            dedup.open_index(tmp_path / "new", languages=True)
        assert not (tmp_path / "new").exists()
    with dedup.open_index(tmp_path) as index:
        index.compact(rebuild=True)
        assert checked(index, articles) == scanned


@needs_extra
def test_what_waits_is_found_without_reading_all(four):
    with dedup.open_index(four, languages=True) as index:
        index.add_many([])
        plan = index._core.manifest.rows("EXPLAIN QUERY PLAN " + vector_rows.WAITING, (b"",))
        assert not [step for *_, step in plan if step.startswith("SCAN sketches")]


@needs_extra
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sketches SET language = 'fr' WHERE number = 1",
        "UPDATE sketches SET body = zeroblob(3) WHERE number = 1",
        "UPDATE vectors SET body = zeroblob(512) WHERE number = 1",
        "DELETE FROM sketches WHERE number = 1",
        "DELETE FROM vectors WHERE number = 1",
    ],
)
def test_damage_is_told_and_mended_by_a_rebuild(tmp_path: Path, statement):
    with dedup.open_index(tmp_path, languages=True) as index:
        index.add_many([Article("a", FERRY["de"]), Article("b", FERRY["ru"])])
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute(statement)
    with dedup.open_index(tmp_path) as index:
        with pytest.raises(IndexDamaged, match="--rebuild"):
            index.check(Article("c", FERRY["en"]))
        with pytest.raises(IndexDamaged):
            index.info(verify=True)
        index.compact(rebuild=True)
        assert len(across(index.check(Article("c", FERRY["en"])))) == 2


def test_an_index_that_keeps_no_vectors_pays_nothing(monkeypatch):
    monkeypatch.setattr("dedup.pipeline.indexes.translator", None)  # whoever asks fails
    monkeypatch.setattr(vector_rows, "insert", None)
    with dedup.open_index(None) as index:
        index.add_many([Article("a", FERRY["de"])])
        index.add(Article("b", FERRY["en"]))
        assert [match.kind for match in index.check(Article("c", FERRY["en"]))] == [Kind.EXACT]
        assert index.info().languages == {}


@needs_extra
def test_trace_names_sources_in_other_languages_in_a_pile_and_in_an_index():
    own = "Nobody in the town hall of Vellmouth wanted to say on Thursday what will become of the old harbour crane. "
    made = Article("made", f"{own * 2}\n\n{FERRY['en']}", published=datetime(2026, 3, 2))
    others = [Article("de", FERRY["de"]), Article("later", FERRY["ru"], published=datetime(2026, 3, 9)), *pile()[5:8]]
    found = dedup.trace(made, others)
    assert [source for source, _ in found.sources] == ["de"]
    assert found.own < 0.4
    assert found.later == ("later",)
    (stretch, *_) = [one for one in found.stretches if one.source]
    assert made.text[slice(*stretch.span)].startswith("The ferry Nordlys ran aground")
    assert FERRY["de"][slice(*stretch.source_span)].startswith("Die Fähre Nordlys")
    assert dedup.trace(made, others, languages=False).sources == ()
    with dedup.open_index(None, languages=True) as index:
        index.add_many(others)
        assert dedup.trace(made, index) == found
        assert dedup.trace(made, index, languages=False).sources == ()


@needs_extra
def test_sketches_of_what_is_removed_are_let_go():
    english = Article("en", FERRY["en"])
    with dedup.open_index(None, languages=True) as index:
        index.add_many([Article(code, FERRY[code]) for code in ("es", "ru")])
        for number in range(12):
            index.add(Article("again", f"{FERRY['de']} {number}"))
        held = sum(len(part.numbers) for part in index._core.across._parts)
        assert len(index) <= held <= 2 * len(index) + 1
        assert set(across(index.check(english))) == {("again", "en"), ("en", "es"), ("en", "ru")}
        index.remove("ru")
        index.remove("again")
        assert set(across(index.check(english))) == {("en", "es")}


@needs_extra
def test_trace_passes_over_what_is_removed_from_an_index_meanwhile(monkeypatch):
    with dedup.open_index(None, languages=True) as index:
        index.add_many([Article("de", FERRY["de"]), Article("ru", FERRY["ru"])])
        get = index.get
        monkeypatch.setattr(index, "get", lambda id_: None if id_ == "de" else get(id_))
        assert [source for source, _ in dedup.trace(Article("made", FERRY["en"]), index).sources] == ["ru"]


@needs_extra
def test_trace_encodes_only_what_is_near_in_time(monkeypatch):
    first, encoded = Translator.first, list[str]()
    monkeypatch.setattr(Translator, "first", lambda self, text: encoded.append(text) or first(self, text))
    made = Article("made", FERRY["en"], published=datetime(2026, 3, 2))
    days = {"de": datetime(2026, 3, 1), "ru": datetime(2020, 3, 1), "es": None, "ja": datetime(2026, 6, 1)}
    found = dedup.trace(made, [Article(code, FERRY[code], published=day) for code, day in days.items()])
    assert {source for source, _ in found.sources} | {id_ for one in found.stretches for id_ in one.also} == {
        "de",
        "es",
    }
    assert encoded == [FERRY["en"], FERRY["de"], FERRY["es"]]


@needs_extra
def test_commands_keep_vectors_and_name_translations(tmp_path: Path):
    archive, run = str(tmp_path / "archive"), CliRunner().invoke
    for name, text in (("de", FERRY["de"]), ("en", FERRY["en"]), ("report", REPORT)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    english = str(tmp_path / "en.txt")
    assert run(main, ["index", "add", archive, str(tmp_path / "de.txt"), str(tmp_path / "report.txt")]).exit_code == 0
    assert run(main, ["index", "check", archive, english]).output == ""
    assert run(main, ["index", "add", archive, str(tmp_path / "de.txt"), "--languages"]).exit_code == 0
    (line,) = run(main, ["index", "check", archive, english]).output.splitlines()
    assert "translation 1.00 of" in line
    assert run(main, ["index", "check", archive, english, "--no-languages"]).output == ""
    told = run(main, ["trace", english, "--against", archive, "--json"])
    assert [source["source"] for source in json.loads(told.output)["sources"]] == [str(tmp_path / "de.txt")]
    told = run(main, ["trace", english, "--against", str(tmp_path / "de.txt"), "--no-languages", "--json"])
    assert json.loads(told.output)["sources"] == []
