"""What an article is made of, from passages: shares, stretches, which of several sources, what is its own."""

import random
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.records import SHARE_FEATURE, Alignment, Article, Kind, Match, Passage
from dedup.results import MatchTable, pack_match
from dedup.results.composition import LEAST_PIECE, compose
from dedup.results.compositions import MOST_SOURCES, Compositions

TEXT = "a" * 300 + " " + "b" * 300 + " " + "c" * 399 + "."


def passage(start, end, similarity=0.9, there=0):
    return Passage((start, end), (there, there + end - start), similarity)


def test_each_stretch_has_its_source_and_the_rest_is_its_own():
    made = compose("x", TEXT, {"one": [passage(0, 300)], "two": [passage(301, 601, there=50)]})
    assert [(s.span, s.source, s.source_span) for s in made.stretches] == [
        ((0, 300), "one", (0, 300)),
        ((301, 601), "two", (50, 350)),
        ((602, 1001), None, None),
    ]
    assert (made.sources, made.own) == ((("one", 0.3003), ("two", 0.3003)), 0.3994)


def test_the_source_that_explains_most_comes_first():
    made = compose("x", TEXT, {"most": [passage(0, 600, 0.8)], "part": [passage(0, 300, 0.9)]})
    assert made.sources == (("most", 0.5996),)
    assert [s.also for s in made.stretches] == [(), ()]
    same = compose("x", TEXT, {"b": [passage(0, 300, 0.8)], "a": [passage(0, 290, 0.9)]})
    assert [(s.source, s.also) for s in same.stretches if s.source] == [("a", ("b",))]


def test_what_another_source_has_is_not_counted_twice():
    made = compose("x", TEXT, {"one": [passage(0, 600)], "two": [passage(500, 1000)]})
    assert sum(share for _, share in made.sources) + made.own == 1.0
    assert [s.span for s in made.stretches if s.source == "two"] == [(602, 1000)] or made.stretches[1].span[0] >= 600


def test_letters_and_digits_of_any_script_count():
    text = "ab1 é- Ж。漢字 \U0001f388\U00020000\ud800 "
    made = compose("x", text, {})
    assert [s.span for s in made.stretches] == [(0, text.index("\U00020000") + 1)]
    assert compose("x", "漢" * 100 + "。" * 50, {"one": [passage(0, 75)]}).sources == (("one", 0.75),)


def test_a_few_letters_are_no_source():
    assert compose("x", TEXT, {"one": [passage(0, LEAST_PIECE - 5)]}).sources == ()


def test_a_text_without_letters_has_no_shares():
    made = compose("x", " .. ", {})
    assert (made.stretches, made.sources, made.own) == ((), (), 0.0)


SPANS = st.tuples(st.integers(0, 950), st.integers(30, 500), st.floats(0.2, 1.0))


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("pqrst"), st.lists(SPANS, min_size=1, max_size=4)), st.integers(0, 9))
def test_stretches_cover_the_text_once_in_any_order(found, seed):
    shared = {k: [passage(a, min(1001, a + n), s) for a, n, s in v if a < 1001] for k, v in found.items()}
    made = compose("x", TEXT, shared)
    covered = [i for s in made.stretches for i in range(*s.span) if TEXT[i].isalnum()]
    assert sorted(covered) == [i for i, c in enumerate(TEXT) if c.isalnum()]
    assert abs(sum(share for _, share in made.sources) + made.own - 1.0) < 1e-3
    order = random.Random(seed).sample(sorted(shared), len(shared))
    assert compose("x", TEXT, {k: shared[k] for k in order}) == made


def composed(*found, **days):
    """Compositions of some matches between articles of one text; `days` are the dates of some."""
    ids = {id_ for match in found for id_ in (match.left, match.right)}
    articles = {
        id_: Article(id_, TEXT, published=datetime(2026, 1, days[id_], tzinfo=UTC) if id_ in days else None)
        for id_ in ids
    }
    return Compositions(MatchTable(map(pack_match, found)), articles.__getitem__)


def match(left, right, original=None, kind=Kind.REWRITE, end=600):
    passages = () if kind is Kind.EXACT else (passage(0, end),)
    alignment = Alignment(passages, {SHARE_FEATURE: end / 1000})
    return Match(left, right, kind, 1.0, original, "unknown", alignment, (), 0.5, None)


def test_an_original_and_what_came_later_are_no_copies():
    made = composed(match("a", "b", "a"))
    assert (made("a").sources, made("b").sources) == ((), (("a", 0.5996),))
    made = composed(match("a", "b"), a=1, b=2)
    assert (made("a").sources, made("a").later, made("b").sources) == ((), ("b",), (("a", 0.5996),))
    assert composed(match("a", "b", "a"), a=2, b=1)("b").sources, "the match has weighed the dates already"


def test_an_exact_copy_is_all_of_its_original():
    made = composed(match("a", "b", "a", Kind.EXACT))("b")
    assert (made.sources, made.own) == ((("a", 1.0),), 0.0)


def test_those_that_share_most_are_asked():
    others = [match("a", f"b{n:03}", f"b{n:03}", end=100 + n) for n in range(MOST_SOURCES + 60)]
    made = composed(*others)
    assert made("a").sources[0][0] == f"b{len(others) - 1:03}"
    assert len(made.asked("a")) == MOST_SOURCES
