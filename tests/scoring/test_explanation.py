"""What speaks for a part: sentences weigh what leaving them out takes away; wordings stand where they say."""

import numpy as np
import pytest

from dedup.records import ArticleScore, Reason
from dedup.scoring import Scorer
from dedup.scoring.explanation import polish_of
from dedup.scoring.hashed_features import CELLS, hashed_runs, run_cells
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN

POLISHED = """
Furthermore, the initiative underscores the council's unwavering commitment to fostering a vibrant and inclusive
community, highlighting the pivotal role that collaborative planning plays in shaping a sustainable future for
generations to come. Moreover, stakeholders emphasized the significance of transparent engagement, ensuring that
diverse perspectives are thoughtfully incorporated into every stage of this transformative process. Ultimately, the
decision serves as a powerful testament to the resilience of the region, paving the way for meaningful progress
while addressing the multifaceted challenges that lie ahead. By leveraging innovative strategies and strengthening
partnerships, leaders aim to enhance accessibility, promote well-being, and cultivate a renewed sense of belonging,
demonstrating that thoughtful investment can drive lasting change. This comprehensive approach not only reflects
evolving priorities but also reinforces the importance of balancing fiscal responsibility with long-term vision,
offering a compelling blueprint for communities facing similar issues. In addition, experts noted that the project
exemplifies how strategic foresight can unlock significant opportunities, creating a dynamic environment where
families, businesses, and visitors alike can thrive together in the years and decades ahead.
"""


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


def explained(scorer: Scorer, text: str) -> ArticleScore:
    return scorer(tokenise(text), text, explained=True)


def reasons(score: ArticleScore, part: str, kind: str) -> list[Reason]:
    assert score.explanation is not None
    return [reason for reason in score.explanation.reasons if (reason.part, reason.kind) == (part, kind)]


def test_only_asked_for_and_the_score_is_the_same(scorer: Scorer) -> None:
    plain, told = scorer(tokenise(SPUN), SPUN), explained(scorer, SPUN)
    assert plain.explanation is None
    assert told.explanation is not None
    assert (plain.overall, plain.parts, plain.evidence) == (told.overall, told.parts, told.evidence)


@pytest.mark.parametrize("text", [CLEAN, SPUN, POLISHED])
def test_spans_say_what_they_stand_for(scorer: Scorer, text: str) -> None:
    told = explained(scorer, text)
    assert told.explanation is not None
    for reason in told.explanation.reasons:
        assert (reason.span is None) == (reason.kind == "habit")
        if reason.span and reason.kind != "substitution":
            assert text[slice(*reason.span)] == reason.text


def test_machine_sentences_between_others_weigh_most(scorer: Scorer) -> None:
    sentences = CLEAN.strip().split(". ")
    machine = POLISHED.strip().split(". ")[0]
    told = explained(scorer, ". ".join([*sentences[:4], machine, *sentences[4:]]))
    assert reasons(told, "llm", "sentence")[0].text.startswith("Furthermore")


def test_gains_are_the_swapped_words(scorer: Scorer) -> None:
    told = reasons(explained(scorer, SPUN), "spun", "substitution")
    assert told
    words = {reason.text.split(" ")[0].lower() for reason in told}
    assert not words & set(CLEAN.lower().split())


def test_a_text_of_one_kind_is_not_mixed(scorer: Scorer) -> None:
    for text in (CLEAN, POLISHED):
        told = explained(scorer, text)
        assert told.explanation is not None
        assert told.explanation.machine == ()


def test_a_mixed_text_is_told_where(scorer: Scorer) -> None:
    text = CLEAN.strip() + "\n\n" + POLISHED.strip()
    told = explained(scorer, text)
    assert told.explanation is not None
    assert told.explanation.machine
    start, end = told.explanation.machine[-1]
    assert "testament" in text[start:end]
    assert "swimming pool on Canal Street" not in text[start:end]


def test_a_short_text_has_no_explanation(scorer: Scorer) -> None:
    assert explained(scorer, "The board voted on Tuesday.").explanation is None


def test_runs_are_those_that_are_hashed() -> None:
    draw = np.random.default_rng(3)
    symbols, used = draw.integers(1, 9, 60).astype(np.uint64), draw.random(60) < 0.8
    for longest in (1, 2, 3):
        rows = run_cells(symbols, used, longest)
        counts = np.bincount(rows[:, 2], minlength=CELLS)
        vector = np.log1p(counts)
        assert hashed_runs(symbols, used, longest) == pytest.approx(vector / max(1.0, np.linalg.norm(vector)), abs=1e-6)
        assert all(used[first : first + size].all() for first, size, _ in rows.tolist())


def test_polish_is_told_by_degree(scorer: Scorer) -> None:
    degrees = [told.polish for text in (CLEAN, POLISHED) if (told := explained(scorer, text).explanation)]
    assert degrees == ["none", "heavy"]
    assert [polish_of(percentile) for percentile in (50.0, 93.9, 94.0, 99.5, 99.6, 99.95)] == [
        *("none", "none", "light", "light", "heavy", "heavy")
    ]
