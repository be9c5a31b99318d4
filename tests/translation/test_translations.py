"""Translations by the encoder of the extra `languages`, in small invented stories."""

from datetime import datetime

import pytest

import dedup
from dedup.errors import ConfigError, MissingPackage
from dedup.records import Article, Kind
from dedup.translation.language import name_of
from dedup.translation.translator import first_sentences, installed, translator
from tests.translation.texts import BUDGET, FERRY, NAMED, REPORT, SWEDISH

needs_extra = pytest.mark.skipif(not installed(), reason="the extra [languages] is not installed")


def pile():
    made = [Article(f"ferry-{language}", text) for language, text in FERRY.items()]
    made += [Article(f"budget-{language}", text) for language, text in BUDGET.items()]
    return [*made, Article("report", REPORT), Article("ferry-sv", SWEDISH), Article("copy", FERRY["en"] + " ")]


def named():
    return [Article(f"named-{language}", text) for language, text in NAMED.items()]


@pytest.fixture(scope="module")
def report():
    return dedup.scan(pile(), workers=1)


@needs_extra
def test_a_scan_pairs_translations_and_nothing_else(report):
    found = {(match.left, match.right) for match in report.matches if match.kind is Kind.TRANSLATION}
    tongues = sorted(FERRY)
    wanted = {(f"ferry-{a}", f"ferry-{b}") for a in tongues for b in tongues if a < b and "en" not in (a, b)}
    wanted |= {("copy", f"ferry-{language}") for language in tongues if language != "en"}  # the first of the same words
    assert found == wanted | {("budget-en", "budget-fr")}
    assert not [match for match in report.matches if match.kind is Kind.POSSIBLE_TRANSLATION]


@needs_extra
def test_translations_join_no_cluster_and_unknown_languages_are_counted(report):
    assert [cluster.members for cluster in report.clusters] == [("copy", "ferry-en")]
    assert report.capped["language_sv"] == 1
    assert any("in Swedish" in line for line in dedup.summary(report))
    assert not [match for match in report.matches if "ferry-sv" in (match.left, match.right)]


@needs_extra
def test_a_translation_with_the_same_names_is_no_rewrite_and_joins_no_cluster():
    pair = named()
    assert [match.kind for match in dedup.scan(pair, workers=1, languages=False).matches] == [Kind.REWRITE]
    report = dedup.scan(pair, workers=1)
    assert [match.kind for match in report.matches] == [Kind.TRANSLATION]
    assert not report.clusters
    assert dedup.compare(*pair) == report.matches[0]
    with dedup.open_index(None, languages=True) as index:
        index.add(pair[0])
        assert index.check(pair[1]) == list(report.matches)


@needs_extra
def test_the_same_articles_give_the_same_translations_in_any_order(report):
    again = dedup.scan(pile()[::-1], workers=2)
    assert list(again.matches) == list(report.matches)


@needs_extra
def test_compare_proves_a_translation_as_a_scan_does(report):
    texts = {article.id: article for article in pile()}
    match = dedup.compare(texts["ferry-ru"], texts["ferry-ja"])
    assert match == next(one for one in report.matches if (one.left, one.right) == ("ferry-ja", "ferry-ru"))
    assert len(match.alignment.passages) == 6
    assert match.shared == (1.0, 1.0)
    for one in match.evidence:
        assert texts["ferry-ja"].text[slice(*one.left)] == one.left_text
        assert texts["ferry-ru"].text[slice(*one.right)] == one.right_text
    agreed = {(one.left_text, one.right_text) for one in match.evidence if one.type == "agreement"}
    assert {("214", "214"), ("3400", "3400"), ("マルテン", "Мартен")} <= agreed


@needs_extra
def test_changed_numbers_and_dates_are_told():
    changed = FERRY["de"].replace("214", "241").replace("Freitag", "Samstag")
    match = dedup.compare(Article("a", FERRY["en"]), Article("b", changed))
    told = {(one.type, one.left_text, one.right_text) for one in match.evidence if one.type != "agreement"}
    assert match.kind is Kind.TRANSLATION
    assert told == {("number", "214", "241"), ("date", "Friday", "Samstag")}


@needs_extra
def test_dates_far_apart_are_not_compared_and_tell_the_original():
    early, late = datetime(2024, 3, 1, 12), datetime(2024, 3, 2, 12)
    pair = [Article("a", FERRY["en"], published=late), Article("b", FERRY["de"], published=early)]
    (match,) = dedup.scan(pair, workers=1).matches
    assert match.original == "b"
    assert match.original_reason == "earlier date"
    apart = [pair[0], Article("b", FERRY["de"], published=datetime(2023, 3, 1))]
    assert not dedup.scan(apart, workers=1).matches


@needs_extra
def test_dedupe_keeps_translations_unless_they_are_named():
    some = [article for article in pile() if article.id in ("ferry-en", "ferry-de", "report")]
    assert len(dedup.dedupe(some, workers=1).kept) == 3
    removed = dedup.dedupe(some, kinds="exact,near,rewrite,translation", workers=1).removed
    assert [(one.kind, one.kept in ("ferry-en", "ferry-de")) for one in removed] == [(Kind.TRANSLATION, True)]


@needs_extra
def test_nothing_is_looked_for_where_it_is_not_wanted(monkeypatch):
    monkeypatch.setattr("dedup.pipeline.languages._matched", None)  # whoever asks fails
    assert {match.kind for match in dedup.scan(pile(), workers=1, languages=False).matches} == {Kind.EXACT}
    english = [article for article in pile() if article.id in ("ferry-en", "report", "budget-en")]
    assert not dedup.scan(english, workers=1).matches


def test_without_the_extra_it_is_off_and_asking_for_it_names_the_extra(monkeypatch):
    monkeypatch.setattr("dedup.translation.translator.find_spec", lambda _: None)
    assert translator(None, dedup.Config().translation) is None
    with pytest.raises(MissingPackage, match=r"\[languages\]"):
        dedup.compare(Article("a", FERRY["en"]), Article("b", FERRY["de"]), languages=True)


def test_level_near_takes_no_translations():
    with pytest.raises(ConfigError, match="level full"):
        dedup.dedupe([], kinds=["translation"], level="near")
    with pytest.raises(ConfigError, match="threshold"):
        dedup.Config().replace(translation={"threshold": 2})


def test_a_long_article_is_found_by_blocks_spread_over_it():
    assert first_sentences(20, 24) == list(range(20))
    chosen = first_sentences(100, 24)
    assert len(chosen) == 24
    assert chosen[:3] == [0, 1, 2]
    assert chosen[-3:] == [97, 98, 99]
    assert len(first_sentences(25, 24)) <= 24
    assert name_of("is") == "Icelandic"
