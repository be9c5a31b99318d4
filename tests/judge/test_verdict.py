"""Verdicts on invented articles: kinds, symmetry, the original, and kernels against plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.alignment import align_words
from dedup.judge import JudgeConfig, Prepared, PreparedBatch, judge, prepare
from dedup.judge.chain import chain_weights
from dedup.judge.columns import PAIR, Sided, larger, smaller
from dedup.judge.features import measure
from dedup.judge.origin import credit_odds
from dedup.judge.original import date_odds
from dedup.judge.verdict import copy_probability, mirrored
from dedup.language.frequencies import Frequencies
from dedup.records import Article, Kind, Match
from dedup.text import tokenise
from dedup.text.tokeniser import TokenBatch

STORY = """The ferry Norrvik ran aground near the lighthouse of Hallo on Tuesday night with 318 people on board.
Nobody was hurt, but the rescue took until dawn because of high waves, the coast guard of Vestland said.
Captain Ingrid Ostvedt told reporters that the steering failed when the ship left the harbour of Brunnvik.
"We heard a loud bang and then nothing worked any more," she said. "I dropped the anchor at once."
Two tugs pulled the ship off the rocks on Wednesday morning and towed it to the yard in Lindholm.
Divers found a tear of four metres below the waterline, and some oil leaked into the bay.
The company that owns the ferry promised to pay for the cleaning of three beaches.
The Norrvik was built in 1998 and carries commuters between the islands five times a day.
Passengers complained that they had waited for hours without water or news.
An inquiry led by judge Per Lindqvist will publish its findings in March."""

REWRITE = """On Tuesday night, the Norrvik ferry hit the rocks close to the Hallo lighthouse. It carried 318 people.
There were no injuries, the Vestland coast guard said, although rescuers worked until dawn in heavy waves.
According to Captain Ingrid Ostvedt, the steering broke down as the vessel was leaving Brunnvik harbour.
"We heard a loud bang and then nothing worked any more," the captain said, adding she dropped anchor immediately.
On Wednesday morning a pair of tugs pulled the vessel from the rocks and towed it to a shipyard in Lindholm.
A four-metre tear under the waterline was discovered by divers, and oil had leaked into the bay.
The ferry's owner has promised it will pay to clean up three beaches.
Built in 1998, the Norrvik takes commuters between the islands five times daily.
People on board complained they were left waiting for hours with neither water nor information.
The findings of an inquiry under judge Per Lindqvist are due to be published in March."""

OTHER = """Prices of flour rose by a fifth in Vestland after the poor harvest, and bakers fear for their shops.
In the market of Brunnvik a loaf costs more than a ticket for the tram, customers say.
"I have never seen anything like it in forty years," said the baker Olga Brandt, who may close in spring.
The ministry plans to sell grain from its stores, but farmers warn that this would hurt them.
Economists at the university expect that imports will calm the market by the summer.
A strike of lorry drivers has made things worse, because mills wait for deliveries.
The opposition wants a lower tax on bread and other daily goods until the next harvest.
Parliament will vote on the plan next week, and a majority seems likely."""

SAME_EVENT = """Commuters in the west woke up on Wednesday to cancelled departures after an accident at sea.
A passenger ship lies damaged at a yard tonight, and investigators want to know why its rudder did not answer.
Local fishermen were the first to reach the vessel, hours before any official boat, according to residents of Hallo.
"My brother carried children through the surf," said Maja Holm, who runs the kiosk at the pier.
Environment groups warn that seabirds on the nearby reserve could suffer from the spilled fuel.
The ship's operator cancelled all sailings for a week and offers buses over the bridge instead.
The transport minister called for newer vessels and said that the fleet had been neglected for years."""


def verdict(left: Article, right: Article, config: JudgeConfig | None = None) -> Match | None:
    frequencies = Frequencies.shipped()
    a, b = (prepare(article, tokenise(article.text), frequencies) for article in (left, right))
    return judge(a, b, align_words(a.tokens, b.tokens, frequencies), config)


def kind(left: str, right: str, config: JudgeConfig | None = None) -> Kind | None:
    match = verdict(Article("a", left), Article("b", right), config)
    return match.kind if match else None


def test_the_same_words_are_exact() -> None:
    assert kind(STORY, STORY.upper().replace("\n", "  ")) is Kind.EXACT


def test_a_light_edit_is_near() -> None:
    edited = STORY.replace("Two tugs", "Three tugs").replace(" at once", "") + "\nShare this story today."
    assert kind(STORY, edited) is Kind.NEAR


def test_a_paraphrase_is_a_rewrite() -> None:
    assert kind(STORY, REWRITE) is Kind.REWRITE


@pytest.mark.parametrize(("covered", "copy"), [(0.6, False), (0.8, True)])
def test_verbatim_parts_beside_two_stories_are_no_copy(covered: float, copy: bool) -> None:
    """Captions and teasers of a site can be longer than the stories below them."""
    frequencies = Frequencies.shipped()
    a, b = (prepare(Article("", text), tokenise(text), frequencies) for text in (STORY, REWRITE))
    vector = measure(a, b, align_words(a.tokens, b.tokens, frequencies)).vector
    vector[smaller(Sided.PARTIAL_REUSE)] = 0.2
    vector[larger(Sided.PASSAGES)] = covered
    assert (copy_probability(a, b, vector, JudgeConfig()) > 0.5) is copy


@pytest.mark.parametrize("change", [str, str.upper, str.title])
def test_capitals_make_no_list_of_a_text(change: Callable[[str], str]) -> None:
    """A list takes more evidence than sentences do: here more than there is."""
    assert kind(STORY, change(REWRITE), JudgeConfig(least_evidence=300.0)) is Kind.REWRITE


@pytest.mark.parametrize("other", [OTHER, SAME_EVENT])
def test_an_independent_article_is_no_match(other: str) -> None:
    assert kind(STORY, other) is None


def test_paragraphs_in_another_report_are_partial() -> None:
    lines = STORY.split("\n")
    mixed = SAME_EVENT.split("\n")
    mixed[2:2] = [lines[2], lines[4], lines[5]]
    assert kind(STORY, "\n".join(mixed)) is Kind.PARTIAL


def test_related_on_request() -> None:
    near_subject = SAME_EVENT + "\n" + "Captain Ingrid Ostvedt had left Brunnvik for Lindholm."
    assert kind(STORY, near_subject, JudgeConfig(related=True, related_stems=0.05)) is Kind.RELATED


@pytest.mark.parametrize(
    ("a", "b"), list(itertools.combinations([STORY, REWRITE, OTHER, SAME_EVENT, "", "Too short."], 2))
)
def test_the_order_of_the_articles_changes_nothing(a: str, b: str) -> None:
    assert verdict(Article("x", a), Article("y", b)) == verdict(Article("y", b), Article("x", a))


def test_an_article_is_prepared_once_and_scored_when_asked() -> None:
    frequencies, asked = Frequencies.shipped(), []
    left = Prepared(Article("a", STORY), tokenise(STORY).hashes, lambda: made(STORY), 0, asked.append)
    right = Prepared(Article("b", REWRITE), tokenise(REWRITE).hashes, lambda: made(REWRITE), 0, asked.append)

    def made(text: str) -> PreparedBatch:
        return PreparedBatch.of(TokenBatch.of(tokenise(text)), frequencies)

    words = align_words(left.tokens, right.tokens, frequencies)
    assert judge(left, right, words) == verdict(left.article, right.article)
    assert asked == [left, right]
    dated = replace(left, article=replace(left.article, published=datetime(2025, 3, 5, 9, 30)))
    other = replace(right, article=replace(right.article, published=datetime(2025, 3, 4, 9, 30)))
    assert judge(dated, other, words) is not None
    assert len(asked) == 2  # dates tell


def test_the_earlier_one_is_the_original() -> None:
    left = Article("a", STORY, published=datetime(2025, 3, 5, 9, 30))
    right = Article("b", STORY.replace(" the ", " this ", 1), published=datetime(2025, 3, 4, 9, 30))
    match = verdict(left, right)
    assert match is not None
    assert (match.original, match.original_reason.split(",")[0]) == ("b", "earlier date")
    swapped = verdict(replace(left, id="z"), right)
    assert swapped is not None
    assert swapped.original == "b"


def test_corrupted_names_tell_the_copy() -> None:
    story, rewrite = (text.replace("Brunnvik", "Copenhagen").replace("Lindholm", "Lisbon") for text in (STORY, REWRITE))
    corrupted = rewrite.replace("Copenhagen", "Kopenhagem").replace("Lisbon", "Risbon")
    for left, right in ((story, corrupted), (corrupted, story)):
        match = verdict(Article("a", left), Article("b", right))
        assert match is not None
        assert match.original == ("a" if left == story else "b")
        assert match.original_reason == "names are corrupted in the other"
        pairs = {frozenset((e.left_text, e.right_text)) for e in match.evidence if e.type == "name"}
        assert {frozenset(("Copenhagen", "Kopenhagem")), frozenset(("Lisbon", "Risbon"))} <= pairs


def test_passages_and_evidence_lie_in_the_texts() -> None:
    match = verdict(Article("a", STORY), Article("b", REWRITE))
    assert match is not None
    assert match.alignment.passages
    for p in match.alignment.passages:
        assert 0 <= p.left[0] < p.left[1] <= len(STORY)
        assert 0 <= p.right[0] < p.right[1] <= len(REWRITE)
    assert all(STORY[slice(*e.left)] == e.left_text for e in match.evidence)


texts = st.lists(st.sampled_from([*STORY.split("\n"), *REWRITE.split("\n"), "“No.” 港町 7"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_features_are_finite_and_symmetric(left: list[str], right: list[str]) -> None:
    frequencies = Frequencies.shipped()
    a, b = "\n".join(left), "\n".join(right)
    x, y = prepare(Article("a", a), tokenise(a), frequencies), prepare(Article("b", b), tokenise(b), frequencies)
    words = align_words(x.tokens, y.tokens, frequencies)
    measured, back = measure(x, y, words), measure(y, x, mirrored(words))
    assert np.isfinite(measured.vector).all()
    assert np.allclose(measured.vector, back.vector)
    assert np.allclose(measured.left, back.right)
    shares = [value for name, value in zip(PAIR, measured.vector, strict=True) if name.endswith(("_max", "_min"))]
    assert min(shares) >= 0.0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9, unique=True).map(sorted))
def test_the_chain_is_the_best_of_all(pairs: list[tuple[int, int]]) -> None:
    gain = [1.0 + 0.1 * (3 * i + 5 * j) for i, j in pairs]
    best, most = 0.0, 0
    for size in range(len(pairs) + 1):
        for chosen in itertools.combinations(range(len(pairs)), size):
            steps = itertools.pairwise(pairs[k] for k in chosen)
            if all(a[0] < b[0] and a[1] <= b[1] for a, b in steps):
                best, most = max(best, sum(gain[k] for k in chosen)), max(most, size)
    array = np.array(pairs, np.int32).reshape(-1, 2)
    gains = np.array([gain, [1.0] * len(gain)]).T.copy().reshape(-1, 2)
    assert chain_weights(array, gains, 6).tolist() == pytest.approx([best, most])


def test_quotations() -> None:
    text = 'He said "one two" and “three” but\n"four five\nsix «seven» eight'
    tokens = tokenise(text)
    plain = prepare(Article("a", text), tokens, Frequencies.shipped()).profile.plain
    assert [tokens.word(i) for i in np.flatnonzero(plain == 0)] == ["one", "two", "three", "four", "five", "seven"]


@pytest.mark.parametrize(
    ("one", "two", "odds"),
    [
        (datetime(2025, 3, 5, 9, 30), datetime(2025, 3, 9, 9, 30), 1.75),
        (datetime(2025, 3, 5, 9, 30), None, 0.0),
        (datetime(2025, 3, 5, 9, 30), datetime(2025, 3, 5), 0.0),  # some time that day
        (datetime(2025, 3, 5), datetime(2025, 3, 9), 1.75),
        (datetime(2025, 3, 5), datetime(2025, 3, 5), 0.0),
        (datetime(2025, 3, 5, 9, 30), datetime(1970, 1, 1), 0.0),
        (datetime(2025, 3, 5, 9, 30), datetime(1, 1, 1), 0.0),
        (datetime(2025, 3, 5, 9, 30), datetime(9999, 12, 31, 23, 30), 1.75),
        (datetime(2025, 3, 5, 9, 30), datetime(2025, 3, 5, 10, 30), 0.69),
    ],
)
def test_dates_are_intervals(one: datetime | None, two: datetime | None, odds: float) -> None:
    left, right = Article("a", STORY, published=one), Article("b", STORY, published=two)
    assert date_odds(left, right) == pytest.approx(odds, abs=0.01)
    assert date_odds(right, left) == -date_odds(left, right)


def test_a_day_without_a_time_covers_the_day() -> None:
    left = Article("a", STORY, published=datetime(2025, 3, 5, 6, 0), day_only=True)
    assert date_odds(left, Article("b", STORY, published=datetime(2025, 3, 6, 5, 0))) == 0.0


def test_a_date_against_the_text_is_told() -> None:
    story, copy = (text.replace("Brunnvik", "Copenhagen").replace("Lindholm", "Lisbon") for text in (STORY, REWRITE))
    corrupted = copy.replace("Copenhagen", "Kopenhagem").replace("Lisbon", "Risbon")
    match = verdict(
        Article("a", story, published=datetime(2025, 3, 9, 9, 30)),
        Article("b", corrupted, published=datetime(2025, 3, 5, 9, 30)),
    )
    assert match is not None
    assert match.date_conflict
    assert "date" in match.original_reason


def test_agency_copy_names_the_agency() -> None:
    dateline = "BRUNNVIK (Reuters) - "
    match = verdict(Article("a", dateline + STORY), Article("b", dateline + STORY))
    assert match is not None
    assert (match.original, match.original_reason) == (None, "unknown; both are copy of the agency Reuters")
    home = verdict(Article("a", dateline + STORY), Article("b", dateline + STORY, source="reuters.com"))
    assert home is not None
    assert (home.original, home.original_reason) == ("b", "agency copy of Reuters")


def test_credits_say_where_a_text_comes_from() -> None:
    one, two = Article("a", "Sure, here's a rewritten version:\n" + REWRITE), Article("b", STORY)
    assert sum(credit_odds(one, two, 1.0).values()) < -3
    assert sum(credit_odds(two, one, 1.0).values()) > 3
    agency = Article("c", "BRUNNVIK (Reuters) - " + STORY)
    assert sum(credit_odds(agency, two, 1.0).values()) == 1.5
    home = replace(agency, id="d", source="reuters.com")
    assert credit_odds(home, agency, 1.0) == {"agency copy of Reuters": 1.5}
    named = Article("e", STORY + "\nThis story originally appeared in Lindholm Post.")
    assert (
        credit_odds(replace(two, source="lindholmpost.example"), named, 0.0)["the other names it as its source"] == 3.0
    )
    assert credit_odds(replace(two, source="other.example"), named, 0.0) == {}
    assert credit_odds(two, Article("f", STORY + "\nTranslated by Anna Berg."), 1.0) == {}


def test_a_turned_fact_is_told_first() -> None:
    turned = STORY.replace("Brunnvik", "Lindholm", 1)
    match = verdict(Article("a", STORY), Article("b", turned))
    assert match is not None
    assert match.contradictions == sum(e.type == "contradiction" for e in match.evidence)
    assert 0.9 < match.shared[0] <= 1.0
