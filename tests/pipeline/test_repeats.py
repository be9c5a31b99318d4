"""Templates, site text and sites: what is counted instead of listed, on invented articles."""

import random
from itertools import pairwise

import pytest

import dedup
from dedup.errors import ConfigError
from dedup.pipeline.site_text import site_text_matches
from dedup.pipeline.sites import same_site, site_of
from dedup.pipeline.templates import facts_of, find_templates, one_wording, template_matches
from dedup.records import Alignment, Article, Kind, Match, Passage
from dedup.results import MatchTable, Verdict, pack_match
from dedup.text import tokenise


def verdict(left, right, kind=Kind.PARTIAL, share=0.9, one_wording=True):
    return Verdict(left, right, kind, 0.1, None, share=share, one_wording=one_wording)


def all_pairs(ids, **changes):
    return [verdict(a, b, **changes) for i, a in enumerate(ids) for b in ids[i + 1 :]]


class TestTemplates:
    def test_four_linked_articles_are_one_template(self):
        (found,) = find_templates([*all_pairs("abcd"), verdict("d", "x"), verdict("x", "y")])
        assert (found.members, found.count, found.example) == (("a", "b", "c", "d"), 4, ("a", "b"))

    def test_three_are_pairs(self):
        assert find_templates(all_pairs("abc")) == []

    def test_a_chain_is_no_template(self):
        ids = "abcdefghij"
        assert find_templates([verdict(a, b) for a, b in pairwise(ids)]) == []

    def test_the_order_of_matches_makes_no_difference(self):
        pairs = [*all_pairs("abcde"), *all_pairs("pqrst", share=0.7), verdict("a", "p", one_wording=False)]
        shuffled = random.Random(1).sample(pairs, len(pairs))
        assert find_templates(shuffled) == find_templates(pairs)
        assert [found.members[0] for found in find_templates(pairs)] == ["a", "p"]

    def test_copies_are_never_set_aside(self):
        pairs = [*all_pairs("abcd"), verdict("a", "b", Kind.NEAR, one_wording=False)]
        hidden = template_matches(pairs, find_templates(pairs))
        assert hidden == set(range(6))

    def test_a_link_needs_one_wording_and_other_facts(self):
        report = "The profit of {} in {} was {} million, the board of {} told shareholders in {}, up {} percent."
        one, two = (
            facts_of(tokenise(report.format(*own)))
            for own in (
                ("Pellworth", "May", 31, "Pellworth", "Ostrel", 7),
                ("Quarrow", "June", 84, "Quarrow", "Lume", 9),
            )
        )

        def match(kind, smaller):
            return Match("a", "b", kind, 0.2, None, "", Alignment((), {"passages_min": smaller}))

        assert one_wording(match(Kind.PARTIAL, 0.8), one, two)
        assert not one_wording(match(Kind.PARTIAL, 0.3), one, two)
        assert not one_wording(match(Kind.REWRITE, 0.8), one, two)
        assert not one_wording(match(Kind.PARTIAL, 0.8), one, one)


CAPTION = "Watch now how the ferries of three harbours race through the fog of an early morning in the northern sound"
CAPTION = (
    f"{CAPTION}, with our reporters on board and the crews telling what went wrong when the bell rang too late again."
)


class Store:
    def __init__(self, articles):
        self._articles = {article.id: article for article in articles}

    def named(self, id_):
        return self._articles[id_]


def sharing(text, ids, site="Harbour News", kind=Kind.PARTIAL, shared=(0.6, 0.3)):
    articles = [Article(id_, f"Story {id_}. {text} And so on.", source=site) for id_ in ids]
    matches = []
    for i, one in enumerate(articles):
        for two in articles[i + 1 :]:
            spans = [(a.text.index(text), a.text.index(text) + len(text)) for a in (one, two)]
            proof = Alignment((Passage(*spans, 1.0),))
            match = Match(one.id, two.id, kind, 0.0, None, "", proof, same_site=True, shared=shared)
            matches.append(pack_match(match))
    return Store(articles), MatchTable(matches)


class TestSiteText:
    def test_what_stands_in_three_articles_of_a_site_is_its_own(self):
        store, matches = sharing(CAPTION, "abc")
        assert site_text_matches(store.named, matches, ()) == {0, 1, 2}

    def test_two_articles_are_a_match(self):
        store, matches = sharing(CAPTION, "ab")
        assert site_text_matches(store.named, matches, ()) == set()

    def test_pages_that_share_captions_contain_nothing(self):
        store, matches = sharing(CAPTION, "abc", kind=Kind.CONTAINS)
        assert site_text_matches(store.named, matches, ()) == {0, 1, 2}

    def test_pages_that_hold_an_article_whole_do(self):
        store, matches = sharing(CAPTION, "abc", kind=Kind.CONTAINS, shared=(1.0, 0.3))
        assert site_text_matches(store.named, matches, ()) == set()

    def test_copies_of_one_article_count_once(self):
        store, matches = sharing(CAPTION, "abc")
        assert site_text_matches(store.named, matches, [dedup.Cluster("1", "a", ("a", "b"))]) == set()


@pytest.mark.parametrize(
    ("article", "site"),
    [
        (Article("a", "x", source=" Harbour News "), "harbour news"),
        (Article("a", "x", url="https://www.news.example/1", source="Post"), "post"),
        (Article("a", "x", url="https://www.News.example:80/1"), "news.example"),
        (Article("a", "x", url="news.example/1"), "news.example"),
        (Article("a", "x", url="http://[broken"), None),
        (Article("a", "x"), None),
    ],
)
def test_site(article, site):
    assert site_of(article) == site
    assert same_site(article, Article("b", "x", source="other.example")) is (None if site is None else False)


TEXT = "The harbour board of Vellmouth voted on Tuesday to close the old swing bridge for 14 months. " * 3


@pytest.mark.parametrize("level", ["near", "full"])
def test_a_scan_says_whether_a_pair_is_of_one_site(level):
    pile = [
        Article(i, TEXT, source=source) for i, source in (("a", "Post"), ("b", "post"), ("c", "Herald"), ("d", None))
    ]
    found = dedup.scan(pile, level=level, workers=1).matches
    assert {(m.left, m.right): m.same_site for m in found} == {("a", "b"): True, ("a", "c"): False, ("a", "d"): None}


def test_level_near_tells_resemblance_and_takes_no_threshold():
    pile = [Article("a", TEXT), Article("b", TEXT)]
    (match,) = dedup.scan(pile, level="near", workers=1).matches
    assert (match.resemblance, match.share) == (1.0, 1.0)
    for change in ({"threshold": 0.9}, {"related": True}):
        with pytest.raises(ConfigError, match="level full"):
            dedup.scan(pile, level="near", **change)
    with pytest.raises(ConfigError, match="level full"):
        dedup.Config(level="near", judge=dedup.JudgeConfig(threshold=0.9))


def test_partial_matches_show_their_share():
    proof = Alignment((), {"passages_max": 0.341})
    assert Match("a", "b", Kind.PARTIAL, 0.0, None, "", proof).strength == "34 %"
    assert Match("a", "b", Kind.REWRITE, 0.97, None, "", proof).strength == "0.97"
    assert Match("a", "b", Kind.RELATED, 0.0, None, "", Alignment(())).strength == ""
