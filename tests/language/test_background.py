"""The background model: counts come back, files are checked, backgrounds stack, look-ups equal their definition."""

import json
from pathlib import Path

import numpy as np
import pytest

from dedup.compiled.hashing import NORMALISER as TEXT_NORMALISER
from dedup.compiled.hashing import pair_key
from dedup.errors import ConfigError, InputError
from dedup.language.background import (
    BREAK,
    NORMALISER,
    NUMBER,
    Background,
    load_background,
    normalised,
    save_background,
    shipped_background,
)
from dedup.language.counting import Counter, build_background
from dedup.language.language_model import log_probability
from dedup.language.lookup import find_all
from dedup.language.tables import COUNTS, build_table, encode_counts, find, stack_tables
from dedup.text import tokenise
from tests.reference import language as reference

TEXTS = [
    f"On day {i} the harbour council of Velmark met again. The harbour council, led by Mayor Ildiko Brandt, voted to "
    f"repair the old ferry pier for {i * 1000} crowns. Critics in Velmark said that the ferry pier is not safe."
    for i in range(9)
]


def word(text: str) -> int:
    return int(tokenise(text).hashes[0])


@pytest.fixture(scope="module")
def background() -> Background:
    return build_background((tokenise(text) for text in TEXTS), source="invented")


def test_counts(background: Background) -> None:
    assert background.documents == 9
    assert background.count1(word("harbour"))[0] == 18
    assert background.count1([word("council"), word("zebra")]).tolist() == [18, 0]
    assert background.count2(word("ferry"), word("pier"))[0] == 18
    assert background.count2(word("pier"), word("ferry"))[0] == 0
    assert background.count3(word("the"), word("ferry"), word("pier"))[0] == 9
    assert background.word_documents(word("harbour"))[0] == 9


def test_case_and_spelling(background: Background) -> None:
    assert background.capital_share(word("velmark"))[0] == 1
    assert background.capital_share(word("pier"))[0] == 0
    assert np.isnan(background.capital_share(word("zebra"))[0])
    assert background.spell(word("velmark")) == "Velmark"
    assert background.spell(word("zebra")) is None
    assert {name for name, _, _ in background.names} >= {"Velmark", "Brandt", "Mayor"}
    assert "pier" not in {name for name, _, _ in background.names}


def test_no_word_pair_spans_a_break(background: Background) -> None:
    assert background.count2(word("again"), word("the"))[0] == 0
    assert background.count2(BREAK, word("critics"))[0] == 9
    words, origin = normalised(tokenise("In 2021, on 3 May."))
    assert words[0] == BREAK
    assert words[2] == NUMBER
    assert origin.tolist() == [-1, 0, 1, -1, 2, 3, 4]


def test_file_round_trip(background: Background, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "own.bin"
    save_background(background, path)
    again = load_background(path)
    words = tokenise(TEXTS[0]).hashes
    assert np.array_equal(again.count1(words), background.count1(words))
    assert np.array_equal(again.count2(words[:-1], words[1:]), background.count2(words[:-1], words[1:]))
    assert again.headers[0]["source"] == "invented"
    assert again.names == background.names
    save_background(again, tmp_path / "second.bin")
    assert path.read_bytes() == (tmp_path / "second.bin").read_bytes()


def test_counting_order_does_not_matter(background: Background, tmp_path) -> None:  # type: ignore[no-untyped-def]
    other = build_background((tokenise(text) for text in reversed(TEXTS)), source="invented")
    save_background(background, tmp_path / "a")
    save_background(other, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_chunks_add_up(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.language.counting.CHUNK_WORDS", 50)
    counter = Counter()
    for text in TEXTS:
        counter.add(tokenise(text))
    words = tokenise(TEXTS[3]).hashes
    assert np.array_equal(counter.finish().count1(words), background.count1(words))


def test_rejects_other_files(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x"
    path.write_bytes(b"something else")
    with pytest.raises(InputError, match="not a background"):
        load_background(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_background(tmp_path / "missing")


def test_rejects_cut_and_older_files(background: Background, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x"
    save_background(background, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(InputError, match="shorter"):
        load_background(path)
    path.write_bytes(whole.replace(b'"normaliser": "words-4"', b'"normaliser": "words-0"'))
    with pytest.raises(InputError, match="normaliser is 'words-0'"):
        load_background(path)


def test_stacking_adds_counts(background: Background) -> None:
    own = build_background(tokenise(text.replace("Velmark", "Ostrava")) for text in TEXTS)
    both = Background.stack(background, own)
    for text in ("harbour", "velmark", "ostrava", "zebra"):
        assert both.count1(word(text))[0] == pytest.approx(background.count1(word(text))[0] + own.count1(word(text))[0])
    assert both.count2(word("in"), word("ostrava"))[0] == 9
    assert both.spell(word("ostrava")) == "Ostrava"
    assert both.documents == 18
    deeper = Background.stack(both, own)
    assert deeper.count1(word("ostrava"))[0] == pytest.approx(2 * own.count1(word("ostrava"))[0])
    with pytest.raises(ConfigError):
        Background.stack()


def test_language_model_is_its_definition(background: Background) -> None:
    words, _ = normalised(tokenise(TEXTS[0] + " A zebra met the council."))
    compiled = log_probability(background, words)
    for i in range(1, len(words)):
        if words[i] != BREAK:
            slow = reference.log_probability(background, int(words[i - 2]), int(words[i - 1]), int(words[i]))
            assert compiled[i] == pytest.approx(slow, abs=1e-5)


def test_probabilities_sum_to_one(background: Background) -> None:
    vocabulary = np.unique(np.concatenate([normalised(tokenise(text))[0] for text in TEXTS]))
    vocabulary = vocabulary[vocabulary != BREAK]
    for text in ("the ferry", "harbour council", "zebra zebra"):
        start = np.concatenate([[BREAK], tokenise(text).hashes])
        total = sum(10 ** float(log_probability(background, np.append(start, w))[-1]) for w in vocabulary)
        assert 0.9 < total <= 1.05  # counts are rounded to 4 %, and unknown words keep their share


def test_count_classes() -> None:
    counts = np.arange(1, 100_000)
    stored = COUNTS[encode_counts(counts)]
    assert np.array_equal(stored[:20], counts[:20])
    assert (np.abs(stored / counts - 1) < 0.04).all()
    assert encode_counts(np.array([0]))[0] == 0
    assert encode_counts(np.array([10**12]))[0] == 255


def test_tables_find_what_they_hold() -> None:
    rng = np.random.default_rng(0)
    keys = np.unique(rng.integers(0, 1 << 63, 5000, dtype=np.uint64) * np.uint64(2) + np.uint64(1))
    keys = pair_key(keys, keys)
    table = build_table(keys, encode_counts(np.arange(1, len(keys) + 1))[:, None])
    assert all(find(table, np.int64(0), key) >= 0 for key in keys)
    strangers = pair_key(keys, keys[::-1])
    assert sum(find(table, np.int64(0), key) >= 0 for key in strangers) < 10  # about one in 8,000
    empty = build_table(keys[:0], np.zeros((0, 1), np.uint8))
    assert find(empty, np.int64(0), keys[0]) == -1


@pytest.mark.parametrize("entries", [0, 1, 5, 40, 700, 5000])
def test_many_look_ups_at_once_find_what_single_ones_find(entries: int) -> None:
    rng = np.random.default_rng(entries)
    keys = np.unique(rng.integers(1, 1 << 63, 2 * entries + 300, dtype=np.uint64))
    keys = pair_key(keys, keys)
    crowded = keys.copy()
    crowded[: entries // 2] &= np.uint64((1 << 40) - 1)  # long first buckets
    table = build_table(crowded[:entries], np.ones((entries, 1), np.uint8))
    stacked = stack_tables([table, build_table(keys[:entries], np.ones((entries, 1), np.uint8))])
    for one, layers in ((table, 1), (stacked, 2)):
        for layer in map(np.int64, range(layers)):
            for asked in (keys, crowded, keys[::-1].copy(), keys[:0]):
                assert find_all(one, layer, asked).tolist() == [int(find(one, layer, key)) for key in asked]
            assert find_all(one, layer, np.zeros(3, np.uint64)).tolist() == [-1] * 3


def test_a_background_whose_tables_do_not_fit_together_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.bin"
    save_background(build_background([tokenise("The harbour board voted on Tuesday. " * 40)] * 9), path)
    data = path.read_bytes()
    end = data.index(b"\n", len(b"dedup-background\n"))
    header = json.loads(data[len(b"dedup-background\n") : end])
    first = -(-(end + 1) // 64) * 64
    for name in ("words", "pairs"):
        for part, change in (("layers", b"\x7f"), ("offsets", b"\xff")):
            at = first + header["arrays"][f"{name}.{part}"]["at"] + 2
            path.write_bytes(data[:at] + change + data[at + 1 :])
            with pytest.raises(InputError, match=r"own.bin.*tables do not fit together"):
                load_background(path)
    path.write_bytes(data.replace(b'"layers"', b'"lairs!"', 1))
    with pytest.raises(InputError, match="damaged"):
        load_background(path)


def test_the_shipped_background() -> None:
    background = shipped_background()
    assert TEXT_NORMALISER == NORMALISER
    assert background.count2(word("white"), word("house"))[0] > 1000
    assert background.capital_share(word("obama"))[0] > 0.9
    assert background.capital_share(word("table"))[0] < 0.1
    assert background.headers[0]["licence"]
