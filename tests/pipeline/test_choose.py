"""Choosing what is kept: properties over random groups, with an oracle that knows which pairs are copies."""

import random

import pytest

from dedup.pipeline.choose import Link, groups_of, originals, settle
from dedup.records import Kind


def linked(pairs, kind=Kind.REWRITE, originals_of=None, confidence=0.9):
    links: dict[int, dict[int, Link]] = {}
    for a, b in pairs:
        link = Link(kind, 0.9, (originals_of or {}).get((a, b)), confidence)
        links.setdefault(a, {})[b] = link
        links.setdefault(b, {})[a] = link
    return links


def decide(order, links, truth, fixed=lambda n: False):
    """What goes; `truth` are the pairs that are copies when they are compared. Also the pairs that were asked."""
    decision, asked_all, answers = settle(order, links, fixed), [], None
    while True:
        try:
            asked = next(decision) if answers is None else decision.send(answers)
        except StopIteration as done:
            return done.value, asked_all
        asked_all += asked
        answers = [Link(Kind.REWRITE, 0.9, None, 0.5) if frozenset(p) in truth else None for p in asked]


@pytest.mark.parametrize("seed", range(200))
def test_what_goes_is_a_copy_of_what_is_kept_and_no_two_linked_articles_stay(seed):
    draw = random.Random(seed)
    size = draw.randint(2, 12)
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    truth = {frozenset(p) for p in pairs if draw.random() < 0.4}
    links = linked([tuple(sorted(p)) for p in sorted(map(sorted, truth)) if draw.random() < 0.6])
    for group in groups_of(links):
        order = draw.sample(group, len(group))
        gone, _ = decide(order, links, truth)
        kept = set(group) - set(gone)
        assert all(keeper in kept and frozenset((n, keeper)) in truth for n, (keeper, _) in gone.items())
        assert not any(b in links[a] for a in kept for b in kept)
        assert order[0] in kept


def test_a_chain_is_not_followed_through_what_goes():
    gone, asked = decide([0, 1, 2], linked([(0, 1), (1, 2)]), {frozenset((0, 1)), frozenset((1, 2))})
    assert set(gone) == {1}
    assert asked == [(0, 2)]


def test_direct_copies_and_same_words_are_not_asked_about():
    links = linked([(0, n) for n in range(1, 6)], Kind.EXACT)
    gone, asked = decide([3, 0, 1, 2, 4, 5], links, set())
    assert set(gone) == {0, 1, 2, 4, 5}
    assert {keeper for keeper, _ in gone.values()} == {3}
    assert asked == []


def test_fixed_articles_stay():
    gone, _ = decide([8, 9, 0], linked([(0, 8), (0, 9)]), set(), lambda n: n > 5)
    assert set(gone) == {0}


def test_the_original_that_most_name_comes_first():
    links = linked([(0, 1), (1, 2), (1, 3)], originals_of={(0, 1): 1, (1, 2): 1, (1, 3): 3}, confidence=0.7)
    assert originals([0, 1, 2, 3], links, str)[0] == 1


def test_a_sure_link_outweighs_the_votes_of_a_hub():
    links = linked([(0, n) for n in range(1, 6)], originals_of={(0, n): 0 for n in range(1, 5)} | {(0, 5): 5})
    assert originals(list(range(6)), links, str)[:2] == [5, 0]


def test_originals_in_a_circle_are_ordered_all_the_same():
    links = linked([(0, 1), (1, 2), (0, 2)], originals_of={(0, 1): 0, (1, 2): 1, (0, 2): 2})
    assert sorted(originals([0, 1, 2], links, str)) == [0, 1, 2]
