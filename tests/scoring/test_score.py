"""The score of one article: features equal their definition, parts behave, it abstains, calibrations round-trip."""

import json
import re
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.language.language_model import read
from dedup.language.lookup import look_up
from dedup.records import ArticleScore, Tokens
from dedup.scoring import (
    Background,
    Scorer,
    build_background,
    calibrated,
    load_calibration,
    save_calibration,
    score_tokens,
    shipped_background,
)
from dedup.scoring.calibration import BANDS, HIGHEST, PERCENTILES, band_of, calibrate, quantiles_of
from dedup.scoring.features import NAMES, SLOTS, _masks, describe, language, reference_numeric
from dedup.scoring.heads import finding_rates, load_model, pack, shipped_model, unpack
from dedup.scoring.scorer import LEAST_WORDS
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN

# The same story as a spinner leaves it: words swapped for others that do not belong there.

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
        assert set(result.parts) == set(result.percentiles) == {"spun", "corrupted", "llm", "translated"}
        assert all(0 <= value <= 1 for value in result.parts.values())
        assert all(0 <= value <= HIGHEST for value in result.percentiles.values())
        assert result.overall is not None
        assert max(v for part, v in result.parts.items() if part != "translated") <= result.overall + 1e-3


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


@pytest.mark.parametrize("text", [CLEAN, SPUN, DOUBLED, "One.", "", "1, 2, 3 said said.", "Fish " * 1500])
def test_features_are_their_definition(text: str, scorer: Scorer) -> None:
    tokens = tokenise(text)
    reading = read(tokens, scorer.background, scorer.synonyms, scorer.finder.frequent, scorer.model.spared)
    words = scorer.model.function_words
    described = describe(reading, tokens, words, scorer.background.words)
    data = np.frombuffer(tokens.data, np.uint8)
    arrays = (reading.words, reading.origin, data, tokens.starts, tokens.ends, reading.frequency, reading.capital)
    function = _masks(*arrays, words)[1]
    slow = np.array(reference_numeric(reading, tokens, function, scorer.background.words))
    assert np.allclose(described.numeric, slow, atol=1e-5)
    n, unknown, functions = language(look_up(tokens, scorer.background), words)
    shares = described.numeric[[NAMES.index("unknown"), NAMES.index("function")]].tolist()
    assert (n, [unknown, functions]) == (described.words, shares)
    assert set(reading.words[function].tolist()) <= set(words.tolist())
    for group in (described.masked, described.frequent):
        assert group.shape == (SLOTS,)
        assert np.linalg.norm(group) <= 1.0001


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


def test_furniture_is_not_read() -> None:
    tokens = tokenise(CLEAN + " Share this on Facebook. Leave a reply. Post a comment. " * 5)
    own = len(tokenise(CLEAN))
    flags = tokens.flags.copy()
    flags[own:] |= 64
    marked = Tokens(tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences)
    text = tokens.data.decode()
    assert Scorer().measure(marked, text).words == own


def test_hashed_weights_survive_their_text() -> None:
    weights = np.linspace(-3, 2, SLOTS).astype(np.float32)
    again = unpack(json.loads(json.dumps(pack(weights))))
    assert again is not None
    assert np.abs(again - weights).max() <= 3 / 127 / 2 + 1e-6
    assert unpack(None) is None


def test_the_shipped_model_is_readable_text() -> None:
    path = Path(__file__).parents[2] / "dedup" / "data" / "score.json"
    data = json.loads(path.read_text("utf-8"))
    assert set(data["features"]) == set(NAMES)
    assert set(data["heads"]) == {"spun", "corrupted", "llm", "translated"}
    for bands in data["calibration"]["quantiles"].values():
        assert len(bands) == len(BANDS)
        assert all(len(q) == len(PERCENTILES) and q == sorted(q) for q in bands)


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    path.write_text('{"format": 99}')
    with pytest.raises(InputError, match="not a model of this version"):
        load_model(path)


def test_rates_count_by_kind_and_strength() -> None:
    found = score(DOUBLED).evidence
    rates = finding_rates(found, 200)
    assert rates["doubled"] == pytest.approx(rates["doubled.strong"] + rates.get("doubled.weak", 0))
    assert rates["doubled.strong"] + rates.get("doubled.weak", 0) >= 5 * 1000 / (200 + 300)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50))
def test_quantiles_rise(values: list[float]) -> None:
    quantiles = quantiles_of(np.array(values))
    assert quantiles == sorted(quantiles)
    assert min(values) - 1e-3 <= quantiles[0]
    assert quantiles[-1] <= max(values) + 1e-3


def test_bands() -> None:
    assert [band_of(w) for w in (5, 100, 149, 150, 299, 300, 600, 9999)] == [0, 0, 0, 1, 1, 2, 3, 3]


def test_a_probability_rises_with_the_value(scorer: Scorer) -> None:
    for head in shipped_model().heads:
        found = [scorer.calibration.probability(head, 400, value) for value in np.linspace(-10, 30, 20)]
        assert found == sorted(found)


def own_articles() -> list[str]:
    sentences = [s.strip() + "." for s in CLEAN.replace("\n", " ").split(".") if s.strip()]
    rng = np.random.default_rng(3)
    return [" ".join(rng.permutation(sentences)[:9].tolist()) for _ in range(40)]


def test_calibration_to_own_articles(scorer: Scorer, tmp_path: Path) -> None:
    articles = [(tokenise(text), text) for text in own_articles()]
    measured = [scorer.measure(*article) for article in articles]
    own, counts = calibrated([*articles, (tokenise("Too short."), "Too short.")], scorer)
    assert sum(counts) == 40
    values = sorted(m.values["spun"] for m in measured)
    assert own.percentile("spun", 200, values[20]) == pytest.approx(50, abs=5)
    assert own.percentile("spun", 400, values[20]) == scorer.calibration.percentile("spun", 400, values[20])
    save_calibration(own, tmp_path / "own.json")
    assert load_calibration(tmp_path / "own.json") == own
    again = Scorer(calibration=load_calibration(tmp_path / "own.json"))
    assert again(tokenise(SPUN), SPUN).percentiles["spun"] == HIGHEST


def test_too_few_articles_cannot_calibrate(scorer: Scorer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too few"):
        calibrate([(200, dict.fromkeys(scorer.model.heads, 0.0))] * 5, scorer.calibration)
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "missing.json"):
        with pytest.raises(InputError):
            load_calibration(tmp_path / name)


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
        assert set(scores[0].parts) == {"spun", "corrupted"}
        assert low <= np.median([score.percentiles["spun"] for score in scores]) <= high
