"""The deeper head: its parts equal their definition, spun text scores higher with it, files and calibrations fit."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.compiled.arrays import F32, F64
from dedup.errors import ConfigError, InputError
from dedup.findings.finder import Finder
from dedup.language.language_model import Reading, read
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.resources import resource
from dedup.scoring import Scorer, calibrated, load_calibration, save_calibration, shipped_background, shipped_deep
from dedup.scoring.context_model import (
    CLASSES,
    FLAT,
    NONE,
    SIDE,
    WIDE,
    Slots,
    _all_words,
    _alternatives,
    _by_type,
    _expected,
    kinds_of,
    load_slots,
    measure,
    numbered,
    reference_expected,
    save_slots,
)
from dedup.scoring.deep_head import load_deep
from dedup.scoring.features import describe
from dedup.scoring.heads import hashes, shipped_model
from dedup.text import tokenise
from tests.sample_texts import CLEAN, SPUN

SIZE, DIMENSIONS, HIDDEN = CLASSES + 80, 6, 5
WORDS = sorted(hashes(f"word{i}" for i in range(SIZE - CLASSES)).tolist())


def made(seed: int = 0, sample: int = 64) -> Slots:
    """A model of random weights."""
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> F32:
        return rng.standard_normal(shape).astype(np.float32)

    share = np.log(rng.dirichlet(np.ones(SIZE))).astype(np.float32)
    drawn = np.cumsum(np.exp(FLAT * share) / np.exp(FLAT * share).sum())
    numbers = np.searchsorted(drawn, (np.arange(sample) + 0.5) / sample).clip(0, SIZE - 1).astype(np.int32)
    inputs = DIMENSIONS * (2 * SIDE + 1) + 1
    return Slots(
        np.array(WORDS, np.uint64), weights(SIZE, DIMENSIONS), weights(SIZE, DIMENSIONS + 1), weights(inputs, HIDDEN),
        weights(HIDDEN + 1, DIMENSIONS), share, numbers,
    )  # fmt: skip


def reading_of(text: str) -> Reading:
    model = shipped_model()
    finder = Finder(shipped_background(), shipped_synonyms())
    return read(tokenise(text), shipped_background(), shipped_synonyms(), finder.frequent, model.spared)


@given(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=3 * WIDE), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_what_a_slot_expects_is_what_the_definition_says(numbers: list[int], seed: int) -> None:
    model, text = made(seed), np.array(numbers, np.int64)
    found = _expected(model, text, np.arange(len(text)))
    for slot in range(len(text)):
        assert found[slot] == pytest.approx(reference_expected(model, text, slot), abs=1e-3, rel=1e-3)


def test_what_lies_beyond_the_window_changes_nothing() -> None:
    model, rng = made(), np.random.default_rng(1)
    text = rng.integers(0, SIZE, 4 * WIDE)
    far, near = text.copy(), text.copy()
    far[0], near[WIDE] = (text[0] + 1) % SIZE, (text[WIDE] + 1) % SIZE
    slot = np.array([WIDE + 1])
    assert _expected(model, far, slot) == pytest.approx(_expected(model, text, slot), abs=1e-4)
    assert _expected(model, near, slot) != pytest.approx(_expected(model, text, slot), abs=1e-4)


def test_a_sample_stands_for_all_words() -> None:
    model = made(sample=20_000)
    expected = _expected(model, np.arange(SIZE), np.arange(SIZE))
    exact = np.logaddexp.reduce((expected @ model.wanted.T).astype(np.float64), axis=1)
    assert _all_words(model, expected) == pytest.approx(exact, abs=0.05)


def test_alternatives_weigh_what_each_of_them_weighs() -> None:
    synonyms, deep = shipped_synonyms(), shipped_deep()
    words = np.concatenate([synonyms.keys[::997], hashes(["zyxword"])])
    rng = np.random.default_rng(2)
    expected = (0.1 * rng.standard_normal((len(words), deep.slots.wanted.shape[1]))).astype(np.float32)
    own = rng.standard_normal(len(words)).astype(np.float32)
    found = _alternatives(deep.slots, synonyms, deep.targets, words, expected, own)
    for i, word in enumerate(words.tolist()):
        others = deep.slots.number(hashes(w for w, _ in synonyms.alternatives(word)))
        weights = np.exp(deep.slots.wanted[others[others >= 0]] @ expected[i] - own[i])
        assert found[i] == (pytest.approx(np.log(weights.mean()), abs=1e-3) if len(weights) else -np.inf)


def test_plain_words_are_slots_and_names_numbers_and_function_words_are_not() -> None:
    text = "The council of Washington voted on 12 plans, and the swimming pool was closed by Zqxvthorp."
    tokens, deep, model = tokenise(text), shipped_deep(), shipped_model()
    reading = reading_of(text)
    numbers, slots = numbered(deep.slots, reading, tokens, model.function_words)
    shown = [tokens.word(int(at)) for at in reading.origin[slots]]
    assert {"voted", "plans", "swimming", "pool", "closed"} <= set(shown)
    assert not {"The", "of", "Washington", "12", "and", "was", "by"} & set(shown)
    assert (numbers[reading.origin < 0] == 0).all()
    known = np.stack([reading.frequency, reading.capital])
    kinds, again = kinds_of(reading.words, reading.origin, known, tokens, model.function_words)
    assert (again == slots).all()
    assert (kinds < CLASSES).all()


def test_a_word_counts_once_however_often_it_comes() -> None:
    pool, roof, council = hashes(["pool", "roof", "council"]).tolist()
    words = np.array([roof, pool, roof, council, roof], np.uint64)
    assert _by_type(words, np.array([1.0, 0.5, 2.0, -0.25, 6.0])) == pytest.approx((3.0 + 0.5 - 0.25) / 3)
    assert _by_type(words[:0], np.zeros(0)) == NONE


def test_words_out_of_place_raise_the_features() -> None:
    deep, model = shipped_deep(), shipped_model()

    def features(text: str) -> F64:
        lists = (model.function_words, model.spared)
        return measure(deep.slots, deep.synonyms, deep.targets, reading_of(text), tokenise(text), *lists)

    assert (features(SPUN) > features(CLEAN)).all()
    assert (features(CLEAN)[:2] >= NONE).all()
    assert features("") == pytest.approx([NONE, NONE, 0])
    assert features("It was what they did.") == pytest.approx([NONE, NONE, 0])


def test_spun_news_scores_higher_and_clean_news_does_not() -> None:
    plain, deep = Scorer(), Scorer(deep=shipped_deep())
    for scorer in (plain, deep):
        clean, spun = (scorer(tokenise(text), text) for text in (CLEAN, SPUN))
        assert spun.percentiles["spun"] > 99
        assert spun.parts["spun"] > 0.5
        assert clean.percentiles["spun"] < 95
    parts = [scorer(tokenise(CLEAN), CLEAN).parts for scorer in (plain, deep)]
    assert {k: v for k, v in parts[0].items() if k != "spun"} == {k: v for k, v in parts[1].items() if k != "spun"}


def test_the_value_is_linear_in_the_features() -> None:
    deep, model, tokens, reading = shipped_deep(), shipped_model(), tokenise(SPUN), reading_of(SPUN)
    description = describe(reading, tokens, model.function_words, shipped_background().words)
    lists = (model.function_words, model.spared)
    more = deep.added(reading, description, tokens, *lists)
    values = [s.measure(tokens, SPUN).values["spun"] for s in (Scorer(), Scorer(deep=deep))]
    assert values[1] - values[0] == pytest.approx(more)
    assert more > 0


def test_the_deeper_head_was_made_for_the_shipped_one() -> None:
    over = json.loads(resource("slots.json").read_text("utf-8"))["over"]
    spun = json.loads(resource("score.json").read_text("utf-8"))["heads"]["spun"]
    assert over == spun, "run benchmarks/training/train_deep.py again"


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    model = made()
    save_slots(model, tmp_path / "slots.npz")
    again = load_slots(tmp_path / "slots.npz")
    assert (again.words == model.words).all()
    assert (again.sample == model.sample).all()
    for name in ("given", "wanted", "hidden", "output"):
        before, after = getattr(model, name), getattr(again, name)
        assert np.abs(before - after).max() <= np.abs(before).max() / 127
    save_slots(again, tmp_path / "twice.npz")
    assert (load_slots(tmp_path / "twice.npz").given == again.given).all()


def test_files_that_are_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_slots(tmp_path / "missing.npz")
    (tmp_path / "slots.npz").write_bytes(b"no model")
    with pytest.raises(InputError):
        load_slots(tmp_path / "slots.npz")
    np.savez(tmp_path / "slots.npz", format=np.array(0))
    with pytest.raises(InputError, match="format"):
        load_slots(tmp_path / "slots.npz")
    with pytest.raises(InputError):
        load_deep(tmp_path, shipped_synonyms())
    (tmp_path / "slots.json").write_text('{"format": 0}')
    with pytest.raises(InputError, match="version"):
        load_deep(tmp_path, shipped_synonyms())


def test_a_calibration_belongs_to_the_head_that_it_was_made_with(tmp_path: Path) -> None:
    rng, deep = Random(1), Scorer(deep=shipped_deep())
    sentences = CLEAN.replace("\n", " ").split(". ")
    texts = [". ".join(rng.sample(sentences, len(sentences))) for _ in range(40)]
    fitted, _ = calibrated([(tokenise(text), text) for text in texts], deep)
    save_calibration(fitted, tmp_path / "own.json")
    again = load_calibration(tmp_path / "own.json")
    assert again == fitted
    assert Scorer(calibration=again, deep=shipped_deep()).calibration.deep
    with pytest.raises(ConfigError):
        Scorer(calibration=again)
    with pytest.raises(ConfigError):
        Scorer(calibration=Scorer().calibration, deep=shipped_deep())
