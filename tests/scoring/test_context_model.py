"""The context model: its parts equal their definition, words out of place raise its features, its file is kept."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.compiled.arrays import F32, F64
from dedup.errors import InputError, ModelMismatch
from dedup.findings.finder import Finder
from dedup.language.language_model import Reading, read
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring import shipped_background, shipped_deep
from dedup.scoring.context_model import (
    CLASSES,
    FLAT,
    NONE,
    SIDE,
    WIDE,
    Context,
    ContextModel,
    _all_words,
    _alternatives,
    _by_type,
    _expected,
    classes_of,
    load_context_model,
    measure,
    numbered,
    save_context_model,
)
from dedup.scoring.heads import hashes, shipped_model
from dedup.text import tokenise
from tests.reference import scoring as reference
from tests.sample_texts import CLEAN, SPUN

SIZE, DIMENSIONS, HIDDEN = CLASSES + 80, 6, 5
WORDS = sorted(hashes(f"word{i}" for i in range(SIZE - CLASSES)).tolist())


def made(seed: int = 0, sample: int = 64) -> ContextModel:
    """A model of random weights."""
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> F32:
        return rng.standard_normal(shape).astype(np.float32)

    share = np.log(rng.dirichlet(np.ones(SIZE))).astype(np.float32)
    drawn = np.cumsum(np.exp(FLAT * share) / np.exp(FLAT * share).sum())
    numbers = np.searchsorted(drawn, (np.arange(sample) + 0.5) / sample).clip(0, SIZE - 1).astype(np.int32)
    inputs = DIMENSIONS * (2 * SIDE + 1) + 1
    return ContextModel(
        np.array(WORDS, np.uint64), weights(SIZE, DIMENSIONS), weights(SIZE, DIMENSIONS + 1), weights(inputs, HIDDEN),
        weights(HIDDEN + 1, DIMENSIONS), share, numbers,
    )  # fmt: skip


def reading_of(text: str) -> Reading:
    model = shipped_model()
    finder = Finder(shipped_background(), shipped_synonyms())
    return read(tokenise(text), shipped_background(), shipped_synonyms(), finder.frequent, model.spared)


@given(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=3 * WIDE), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_what_a_place_expects_is_what_the_definition_says(numbers: list[int], seed: int) -> None:
    model, text = made(seed), np.array(numbers, np.int64)
    found = _expected(model, text, np.arange(len(text)))
    for place in range(len(text)):
        assert found[place] == pytest.approx(reference.expected(model, text, place), abs=1e-3, rel=1e-3)


def test_what_lies_beyond_the_window_changes_nothing() -> None:
    model, rng = made(), np.random.default_rng(1)
    text = rng.integers(0, SIZE, 4 * WIDE)
    far, near = text.copy(), text.copy()
    far[0], near[WIDE] = (text[0] + 1) % SIZE, (text[WIDE] + 1) % SIZE
    place = np.array([WIDE + 1])
    assert _expected(model, far, place) == pytest.approx(_expected(model, text, place), abs=1e-4)
    assert _expected(model, near, place) != pytest.approx(_expected(model, text, place), abs=1e-4)


def test_a_sample_stands_for_all_words() -> None:
    model = made(sample=20_000)
    expected = _expected(model, np.arange(SIZE), np.arange(SIZE))
    exact = np.logaddexp.reduce((expected @ model.wanted.T).astype(np.float64), axis=1)
    assert _all_words(model, expected) == pytest.approx(exact, abs=0.05)


def test_alternatives_weigh_what_each_of_them_weighs() -> None:
    synonyms, deep = shipped_synonyms(), shipped_deep()
    words = np.concatenate([synonyms.keys[::997], hashes(["zyxword"])])
    rng = np.random.default_rng(2)
    expected = (0.1 * rng.standard_normal((len(words), deep.model.wanted.shape[1]))).astype(np.float32)
    own = rng.standard_normal(len(words)).astype(np.float32)
    found = _alternatives(deep.model, synonyms, deep.targets, words, expected, own)
    for i, word in enumerate(words.tolist()):
        others = deep.model.number(hashes(w for w, _ in synonyms.alternatives(word)))
        weights = np.exp(deep.model.wanted[others[others >= 0]] @ expected[i] - own[i])
        assert found[i] == (pytest.approx(np.log(weights.mean()), abs=1e-3) if len(weights) else -np.inf)


def test_plain_words_are_places_and_names_numbers_and_function_words_are_not() -> None:
    text = "The council of Washington voted on 12 plans, and the swimming pool was closed by Zqxvthorp."
    tokens, deep, model = tokenise(text), shipped_deep(), shipped_model()
    reading = reading_of(text)
    numbers, plain = numbered(deep.model, reading, tokens, model.function_words)
    shown = [tokens.word(int(at)) for at in reading.origin[plain]]
    assert {"voted", "plans", "swimming", "pool", "closed"} <= set(shown)
    assert not {"The", "of", "Washington", "12", "and", "was", "by"} & set(shown)
    assert (numbers[reading.origin < 0] == 0).all()
    known = (reading.frequency, reading.capital)
    classes, again = classes_of(reading.words, reading.origin, *known, tokens, model.function_words)
    assert (again == plain).all()
    assert (classes < CLASSES).all()


def test_a_word_counts_once_however_often_it_comes() -> None:
    pool, roof, council = hashes(["pool", "roof", "council"]).tolist()
    words = np.array([roof, pool, roof, council, roof], np.uint64)
    assert _by_type(words, np.array([1.0, 0.5, 2.0, -0.25, 6.0])) == pytest.approx((3.0 + 0.5 - 0.25) / 3)
    assert _by_type(words[:0], np.zeros(0)) == NONE


def test_words_out_of_place_raise_the_features() -> None:
    deep, model = shipped_deep(), shipped_model()

    def features(text: str) -> F64:
        lists = (model.function_words, model.spared)
        return measure(deep.model, deep.synonyms, deep.targets, reading_of(text), tokenise(text), *lists)

    assert (features(SPUN) > features(CLEAN)).all()
    assert min(features(CLEAN)[[Context.STRANGE, Context.SWAPPED]]) >= NONE
    for text in ("", "It was what they did."):
        none = dict(zip(Context.names(), features(text).tolist(), strict=True))
        assert none == pytest.approx({"strange": NONE, "swapped": NONE, "typical": 0})


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    model = made()
    save_context_model(model, tmp_path / "context_model.npz")
    again = load_context_model(tmp_path / "context_model.npz")
    assert (again.words == model.words).all()
    assert (again.sample == model.sample).all()
    for name in ("given", "wanted", "hidden", "output"):
        before, after = getattr(model, name), getattr(again, name)
        assert np.abs(before - after).max() <= np.abs(before).max() / 127
    save_context_model(again, tmp_path / "twice.npz")
    assert (load_context_model(tmp_path / "twice.npz").given == again.given).all()


def test_files_that_are_no_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "context_model.npz"
    with pytest.raises(InputError):
        load_context_model(path)
    path.write_bytes(b"no model")
    with pytest.raises(InputError):
        load_context_model(path)
    np.savez(path, format=np.array(0))
    with pytest.raises(ModelMismatch, match="format 0"):
        load_context_model(path)
