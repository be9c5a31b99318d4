"""Clean texts of other countries and sections, on invented events, are not called spun, corrupted or machine-made."""

from pathlib import Path

import pytest

from dedup.scoring import score_tokens
from dedup.text import tokenise

TEXTS = dict(
    part.strip().split("\n", 1)
    for part in (Path(__file__).parent / "clean_texts.txt").read_text("utf-8").split("## ")
    if part.strip()
)


def test_there_are_thirty() -> None:
    assert len(TEXTS) == 30


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_clean_news_of_other_countries_and_sections_stays_low(name: str) -> None:
    score = score_tokens(tokenise(TEXTS[name]), TEXTS[name])
    assert score.overall is not None
    assert score.overall < 0.5, (score.parts, score.evidence)
    assert sum(finding.strong for finding in score.evidence) <= 1
