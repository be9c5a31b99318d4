"""The score of one article: clean, spun and damaged texts are told apart, and what cannot be judged abstains."""

import re
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.language.language_model import read
from dedup.records import ArticleScore, Flag, Tokens
from dedup.scoring import Background, Scorer, build_background, calibrated, score_tokens, shipped_background
from dedup.scoring.calibration import HIGHEST
from dedup.scoring.scorer import LEAST_WORDS
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN

DOUBLED = re.sub(r"\b(council|money|meeting|repairs|officials|petition)\b", r"\1 \1", CLEAN)


def score(text: str) -> ArticleScore:
    return score_tokens(tokenise(text), text)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


def test_clean_news_scores_low_and_spun_news_high() -> None:
    clean, spun = score(CLEAN), score(SPUN)
    assert clean.overall is not None
    assert spun.overall is not None
    assert clean.overall < 0.3
    assert spun.overall > 0.9
    assert spun.parts["spun"] > 0.9
    assert spun.percentiles["spun"] > 99
    assert clean.percentiles["spun"] < 95


def test_doubled_words_raise_corrupted() -> None:
    damaged, clean = score(DOUBLED), score(CLEAN)
    assert damaged.parts["corrupted"] > 0.5 > clean.parts["corrupted"]
    assert damaged.percentiles["corrupted"] > 98


def test_parts_and_percentiles_are_in_range() -> None:
    for text in (CLEAN, SPUN, DOUBLED):
        result = score(text)
        assert set(result.parts) == set(result.percentiles) == {"spun", "corrupted", "tampered", "llm", "translated"}
        assert all(0 <= value <= 1 for value in result.parts.values())
        assert all(0 <= value <= HIGHEST for value in result.percentiles.values())
        assert result.overall is not None
        assert 0 <= result.overall <= 1
        assert result.percentile is not None
        assert 0 <= result.percentile <= HIGHEST


def test_typography_does_not_matter() -> None:
    """Quotes, dashes, spaces and line ends are normalised away."""
    other = CLEAN.replace('"', "\u201d").replace("'", "\u2019").replace("\n", " ").replace(", ", ",  ")
    assert score(other).parts == score(CLEAN).parts


def test_short_texts_abstain_but_keep_their_evidence() -> None:
    result = score("The Ministry of of Fish met at the the harbour. It was a unusual meeting, said an minister.")
    assert result.overall is None
    assert result.parts == {}
    assert result.abstained is not None
    assert str(LEAST_WORDS) in result.abstained
    assert result.evidence


def test_length_of_abstention() -> None:
    words = CLEAN.split()
    assert score(" ".join(words[: LEAST_WORDS - 10])).abstained
    assert not score(" ".join(words[: LEAST_WORDS + 10])).abstained


@pytest.mark.parametrize(
    "sentence",
    [
        "Der Gemeinderat hat am Dienstag beschlossen, das alte Schwimmbad an der Kanalstraße zu schließen, weil es "
        "nicht mehr sicher ist und die Reparatur viel Geld kosten würde, sagte die Bürgermeisterin nach der Sitzung. ",
        "Le conseil municipal a décidé mardi soir de fermer la vieille piscine de la rue du Canal, parce que le "
        "bâtiment est devenu dangereux et que les travaux coûteraient plus cher qu'une neuve, a déclaré la maire. ",
        "Городской совет решил во вторник закрыть старый бассейн на улице Канальной, потому что "
        "здание больше не безопасно. ",
        "市议会星期二晚上决定关闭运河街的旧游泳池，因为这座建筑已经不安全，维修费用太高。",
    ],
)
def test_other_languages_abstain(sentence: str) -> None:
    result = score(sentence * 12)
    assert result.overall is None
    assert result.abstained is not None
    assert "background" in result.abstained


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_scored_or_abstains(text: str) -> None:
    result = score_tokens(tokenise(text), text)
    assert (result.overall is None) == (result.abstained is not None)
    for finding in result.evidence:
        assert 0 <= finding.span[0] < finding.span[1] <= len(text)


def test_the_best_alternative_is_found(scorer: Scorer) -> None:
    text = "A spokesman for the White Home said on Tuesday that the president would visit the base."
    tokens = tokenise(text)
    reading = read(tokens, scorer.background, scorer.synonyms, scorer.finder.frequent, scorer.model.spared)
    best = int(reading.gain.argmax())
    assert tokens.word(int(reading.origin[best])) == "Home"
    assert scorer.synonyms.word(int(reading.best[best])) == "house"
    spared = tokens.hashes[[5]]
    assert tokens.word(5) == "Home"
    calm = read(tokens, scorer.background, scorer.synonyms, scorer.finder.frequent, spared)
    assert calm.gain[best] == 0


def test_boilerplate_is_not_read() -> None:
    tokens = tokenise(CLEAN + " Share this on Facebook. Leave a reply. Post a comment. " * 5)
    own = len(tokenise(CLEAN))
    flags = tokens.flags.copy()
    flags[own:] |= np.uint8(Flag(64))  # boilerplate
    marked = Tokens(tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences)
    text = tokens.data.decode()
    assert Scorer().measure(marked, text).words == own


def test_an_own_background_can_be_stacked() -> None:
    text = CLEAN.replace("swimming pool", "frobnitz basin")
    own = build_background(tokenise(text) for _ in range(30))
    both = Background.stack(shipped_background(), own)
    plain = score_tokens(tokenise(text), text)
    known = score_tokens(tokenise(text), text, both)
    assert plain.overall is not None
    assert known.overall is not None
    assert known.percentiles["spun"] <= plain.percentiles["spun"]


WHO = [
    "El ayuntamiento",
    "La alcaldesa",
    "El ministro",
    "La asociación de vecinos",
    "La policía",
    "El tribunal",
    "El sindicato",
]
SAID = ["anunció", "confirmó", "explicó", "aseguró", "indicó", "recordó", "advirtió"]
WHEN = ["el martes por la noche", "este lunes", "durante la reunión", "en una rueda de prensa", "al final del pleno"]
WHAT = [
    "cerrará la vieja piscina de la calle del Canal",
    "abrirá una nueva biblioteca en el centro",
    "reparará el puente sobre el río",
    "reducirá el tráfico en el barrio antiguo",
    "contratará a más médicos en el hospital",
]
WHY = ["porque las obras costarían demasiado", "a pesar de las críticas", "para mejorar la vida de los vecinos"]


def spanish(rng: Random, swapped: float = 0.0) -> str:
    parts = [f"{rng.choice(WHO)} {rng.choice(SAID)} {rng.choice(WHEN)} que {rng.choice(WHAT)} {rng.choice(WHY)}."]
    parts += [f"{rng.choice(WHO)} {rng.choice(SAID)} que {rng.choice(WHAT)}, {rng.choice(WHY)}." for _ in range(11)]
    plain = [w for phrase in (*WHAT, *WHY) for w in phrase.split() if len(w) > 4]
    words = " ".join(parts).split()
    return " ".join(rng.choice(plain) if len(w) > 4 and w.islower() and rng.random() < swapped else w for w in words)


def test_another_language_with_its_own_background_and_calibration() -> None:
    rng = Random(0)
    own = build_background(tokenise(spanish(rng)) for _ in range(150))
    both = Background.stack(shipped_background(), own)
    text = spanish(rng)
    assert "calibration" in str(Scorer(both)(tokenise(text), text).abstained)
    clean = [(tokenise(text), text) for text in (spanish(rng) for _ in range(60))]
    calibration, _ = calibrated(clean, Scorer(both, any_language=True))
    scorer = Scorer(both, calibration)
    for swapped, low, high in ((0.0, 0, 90), (0.2, 99, 100)):
        scores = [scorer(tokenise(text), text) for text in (spanish(rng, swapped) for _ in range(20))]
        assert set(scores[0].parts) == {"spun", "corrupted", "tampered"}
        assert low <= np.median([score.percentiles["spun"] for score in scores]) <= high
