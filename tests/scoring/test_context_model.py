"""The context model: its features equal their definition, words out of place raise them, its file is kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedup.compiled.arrays import F64
from dedup.errors import InputError, ModelMismatch
from dedup.findings.finder import Finder
from dedup.language.language_model import read
from dedup.language.substitutions import shipped as shipped_synonyms
from dedup.scoring import shipped_background
from dedup.scoring.context_head import ContextReader
from dedup.scoring.context_model import (
    CLASSES,
    NONE,
    Context,
    classes_of,
    in_steps,
    load_context_model,
    measure,
    save_context_model,
    shipped_context_model,
)
from dedup.scoring.heads import hashes, shipped_model
from dedup.text import tokenise
from tests.reference import scoring as reference
from tests.sample_texts import CLEAN, SPUN


def article(text: str) -> tuple[Any, ...]:
    """What `classes_of` takes of a text."""
    finder, tokens = Finder(shipped_background(), shipped_synonyms()), tokenise(text)
    reading = read(tokens, shipped_background(), shipped_synonyms(), finder.frequent, shipped_model().spared)
    text_of = (np.frombuffer(tokens.data, np.uint8), tokens.starts, tokens.ends)
    return reading.words, reading.origin, reading.frequency, reading.capital, text_of


def features(given: tuple[Any, ...]) -> F64:
    model, synonyms, lists = shipped_context_model(), shipped_synonyms(), shipped_model()
    targets = model.number(synonyms.hashes)
    return measure(tuple(model), tuple(synonyms), targets, given, lists.function_words, lists.spared)


@pytest.mark.parametrize("text", [CLEAN, SPUN, "The council voted.", "It was what they did.", ""])
def test_features_are_what_the_definition_says(text: str) -> None:
    model, synonyms, lists = shipped_context_model(), shipped_synonyms(), shipped_model()
    given, spared = article(text), set(lists.spared.tolist())
    classes, plain = classes_of(*given, lists.function_words)
    known = model.number(given[0])
    numbers, words = np.where(known >= 0, known, classes).tolist(), given[0].tolist()
    others = {
        word: [n for n in model.number(hashes(w for w, _ in synonyms.alternatives(word))).tolist() if n >= 0]
        for word, number in zip(words, numbers, strict=True)
        if number >= CLASSES and word not in spared
    }
    expected = reference.in_context(model, numbers, words, plain.tolist(), others)
    assert features(given) == pytest.approx(expected, abs=1e-4)


def test_a_reader_measures_what_is_measured() -> None:
    lists, tokens = shipped_model(), tokenise(SPUN)
    finder = Finder(shipped_background(), shipped_synonyms())
    reading = read(tokens, shipped_background(), shipped_synonyms(), finder.frequent, lists.spared)
    reader = ContextReader(shipped_synonyms(), lists.function_words, lists.spared)
    assert (reader(reading, tokens) == features(article(SPUN))).all()


def test_plain_words_are_places_and_names_numbers_and_function_words_are_not() -> None:
    text = "The council of Washington voted on 12 plans, and the swimming pool was closed by Zqxvthorp."
    tokens, given = tokenise(text), article(text)
    classes, plain = classes_of(*given, shipped_model().function_words)
    origin = given[1]
    shown = [tokens.word(int(at)) for at in origin[plain]]
    assert {"voted", "plans", "swimming", "pool", "closed"} <= set(shown)
    assert not {"The", "of", "Washington", "12", "and", "was", "by"} & set(shown)
    assert (classes[origin < 0] == 0).all()
    assert (classes < CLASSES).all()


def test_words_out_of_place_raise_the_features() -> None:
    assert (features(article(SPUN)) > features(article(CLEAN))).all()
    assert min(features(article(CLEAN))[[Context.STRANGE, Context.SWAPPED]]) >= NONE
    for text in ("", "It was what they did."):
        none = dict(zip(Context.names(), features(article(text)).tolist(), strict=True))
        assert none == pytest.approx({"strange": NONE, "swapped": NONE, "typical": 0})


def test_vectors_are_kept_to_a_step() -> None:
    weights = np.random.default_rng(1).standard_normal((9, 5)).astype(np.float32)
    steps, step = in_steps(weights)
    assert np.abs(steps * step[:, None] - weights).max() <= step.max() / 2 + 1e-6


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    model = shipped_context_model()
    save_context_model(model, tmp_path / "context_model.npz")
    again = load_context_model(tmp_path / "context_model.npz")
    assert all((mine == other).all() for mine, other in zip(model, again, strict=True))


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
