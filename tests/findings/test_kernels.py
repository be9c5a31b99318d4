"""The compiled parts of the findings against plain Python, and the tables that they read."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dedup.compiled.hashing import hash_word
from dedup.errors import ConfigError
from dedup.findings import edits, grammar, ranker, tortured
from dedup.findings.names import one_edit, skeleton
from dedup.findings.phrases import Pattern, find_phrases, read_patterns
from dedup.language.background import BREAK, normalised, shipped_background
from dedup.language.lookup import look_up, rows_of
from dedup.language.substitutions import buckets, row_of, shipped
from dedup.records import Tokens
from dedup.text import tokenise

TEXT = (
    "The mayor of Norwell asserted on Monday that the city assembly would not pay the jurisprudence office any more. "
    "In an assertion, the chief of the harbour authority told that human rights maltreatments would have outcomes, and "
    "that the central bank had raised interest tariffs. Folks in the metropolis were dismayed; the crest court, quite "
    "than wait, made its determination on Friday. At the White Home, aides declined to remark, but the price range "
    "deficit has grown, and a joint assertion about local weather change is on prime of the pile."
)


def expected_candidates(tokens: Tokens) -> set[tuple[int, str, int]]:
    """Single words only: token, alternative, sides, by the background's own look-ups."""
    background, synonyms = shipped_background(), shipped()
    words, origin = normalised(tokens)
    found = set()

    def pair(left: np.uint64, right: np.uint64) -> float:
        return 0.0 if BREAK in (left, right) else float(background.count2(left, right)[0])

    for i in range(1, len(words)):
        if words[i] == BREAK or background.capital_share(words[i])[0] > tortured.NAME_SHARE:
            continue
        before, after = words[i - 1], words[i + 1] if i + 1 < len(words) else BREAK
        for expected, _ in synonyms.alternatives(int(words[i])):
            e = np.uint64(hash_word(expected.encode()))
            left, right = pair(before, e), pair(e, after)
            sides = (
                before != BREAK and pair(before, words[i]) < tortured.RARE and left >= tortured.FREQUENT_PAIR
            ) + 2 * (after != BREAK and pair(words[i], after) < tortured.RARE and right >= tortured.FREQUENT_PAIR)
            if sides:
                found.add((int(origin[i]), expected, int(sides)))
    return found


def test_candidates_are_those_of_the_reference() -> None:
    tokens, background, synonyms = tokenise(TEXT), shipped_background(), shipped()
    bits = tortured.frequent_pairs(background.tables)
    found = tortured.candidates(tokens, background, synonyms, bits)
    single = {
        (int(place), synonyms.word(int(target)), int(sides))
        for place, last, target, sides in zip(found.places, found.lasts, found.targets, found.sides, strict=True)
        if place == last and sides
    }
    assert single == expected_candidates(tokens)
    assert len(single) > 5
    assert found.features.shape == (len(found.places), len(tortured.FEATURES))
    assert np.isfinite(found.features).all()


def test_rows_found_at_once_are_those_found_singly() -> None:
    synonyms = shipped()
    words = np.concatenate([synonyms.keys[::97], synonyms.hashes[:300], np.arange(9, dtype=np.uint64)])
    single = [int(row_of(synonyms.first, synonyms.keys, word)) for word in words]
    assert rows_of(synonyms.first, synonyms.keys, words).tolist() == single
    assert -1 in single


def test_trees_are_walked_as_in_python() -> None:
    trees = tortured.shipped_ranker().trees
    rows = np.random.default_rng(3).normal(3, 4, (50, len(tortured.FEATURES))).astype(np.float32)

    def walk(row: np.ndarray, at: int) -> float:
        column, left, right = trees.links[at].tolist()
        if left == at:
            return float(trees.thresholds[at])
        return walk(row, left if row[column] <= trees.thresholds[at] else right)

    plain = [trees.bias + sum(walk(row, root) for root in trees.roots.tolist()) for row in rows]
    assert np.allclose(trees.log_odds(rows), plain, atol=1e-3)


def test_scores_are_those_of_numpy() -> None:
    found = tortured.candidates(
        tokenise(TEXT), shipped_background(), shipped(), tortured.frequent_pairs(shipped_background().tables)
    )
    trees = tortured.shipped_ranker()
    odds = ranker.rank(found.features, trees).astype(float)
    places = np.unique(found.places)
    best = np.array([odds[found.places == place].max() for place in places])
    likely = 1 / (1 + np.exp(1 - best))
    others = (likely.sum() - likely + ranker.PRIOR_SWAPS) / (100 + ranker.PRIOR_WORDS) * 1000
    chosen, scores = ranker.score_places(found.places, odds.astype(np.float32), 100)
    assert found.places[chosen].tolist() == places.tolist()
    assert np.allclose(scores, best + ranker.OTHERS_WEIGHT * np.log(others), atol=1e-4)


def test_anchors_find_what_trying_every_place_finds() -> None:
    tokens = tokenise(TEXT)
    tried = {tokens.span(i, i + len(p.found)) for p in read_patterns() for i in range(len(tokens)) if p.fits(tokens, i)}
    assert {f.span for f in find_phrases(tokens)} == tried
    assert len(tried) >= 5


def test_rows_of_hashes() -> None:
    keys = np.sort(np.random.default_rng(1).integers(0, 1 << 63, 5000, np.uint64) * np.uint64(2))
    first = buckets(keys)
    assert [row_of(first, keys, k) for k in keys[::97]] == list(range(0, 5000, 97))
    assert all(row_of(first, keys, k + np.uint64(1)) == -1 for k in keys[::97])


def test_the_table_of_synonyms() -> None:
    synonyms = shipped()
    assert all(left < right for left, right in pairwise(synonyms.keys[:1000].tolist()))
    assert "house" in [word for word, _ in synonyms.alternatives(hash_word(b"home"))]
    assert "force" in [word for word, _ in synonyms.alternatives(hash_word(b"pressure"))]
    assert synonyms.alternatives(hash_word(b"qqqq")) == []


@pytest.mark.parametrize("line", ["", "strong\ta\tb", "loud\t\ta b\t\tc", "weak\t\t\t\tc"])
def test_a_bad_line_of_the_table_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        Pattern.parse(line)


def test_the_shipped_patterns_are_read(tmp_path: Path) -> None:
    table = tmp_path / "swaps.tsv"
    table.write_text("# comment\nstrong\tthe\t^old|new _bridge\tover|.\tOld Bridge\n", "utf-8")
    (pattern,) = read_patterns(table)
    assert pattern.strong
    assert len(read_patterns()) > 200
    for text, fits in (("the Old bridge", True), ("the old bridge", False), ("the New bridge is", False)):
        assert pattern.fits(tokenise(text), 1) is fits, text


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [("witkov", "witkow", True), ("abcd", "abdc", True), ("abcd", "abc", True), ("abcd", "abcd", False),
     ("ab", "ba", True), ("abcd", "badc", False), ("norwell", "norvel", False)],
)  # fmt: skip
def test_one_edit(left: str, right: str, near: bool) -> None:
    assert one_edit(left, right) is near
    assert one_edit(right, left) is near


def test_skeletons_survive_a_change_of_script() -> None:
    assert skeleton("Ukraine") == skeleton("Ugolaina")
    assert skeleton("Norwell") == skeleton("Norvel")
    assert skeleton("Khamzat") != skeleton("Kianzad")


def expected_edits(tokens: Tokens) -> set[tuple[int, int, str]]:
    """Edits of words without a hyphen beside them, by the background's own look-ups: word, edit, word that heals."""
    background, forms = shipped_background(), edits.shipped_forms()
    words, origin = normalised(tokens)
    little = [np.uint64(hash_word(w.encode())) for w in edits.LITTLE_WORDS]

    def pair(left: np.uint64, right: np.uint64) -> float:
        return 0.0 if right == BREAK else float(background.count2(left, right)[0])

    def frequent(count: float, than: float) -> bool:
        return count >= edits.FREQUENT and count >= edits.TIMES * than

    found = set()
    for i in range(1, len(words)):
        if words[i] == BREAK:
            continue
        before, after = words[i - 1], words[i + 1] if i + 1 < len(words) else BREAK
        left, right = pair(before, words[i]), edits.USUAL if after == BREAK else pair(words[i], after)
        if left < edits.RARE and before != BREAK:
            for k in range(edits.PUT):
                between = float(background.count3(before, little[k], words[i])[0])
                if frequent(min(pair(before, little[k]), pair(little[k], words[i]), between), left):
                    found.add((int(origin[i]), edits.PUT_IN, edits.LITTLE_WORDS[k]))
        if min(left, right) >= edits.USUAL:
            continue
        if background.capital_share(words[i])[0] <= edits.NAME_SHARE:
            for word, _ in forms.alternatives(int(words[i])):
                e = np.uint64(hash_word(word.encode()))
                one, two = pair(before, e), pair(e, after)
                better = (left < edits.USUAL and frequent(one, left)) or (right < edits.USUAL and frequent(two, right))
                if better and one >= left / edits.LOSS and (after == BREAK or two >= right / edits.LOSS):
                    found.add((int(origin[i]), edits.SWAP, word))
        taken = words[i] in little and BREAK not in (before, after) and words[i] not in (before, after)
        if taken and frequent(pair(before, after), min(left, right)):
            found.add((int(origin[i]), edits.TAKE_OUT, ""))
    return found


WOUNDED = (
    "They was in the spite of storm at sea. Two man has make many promise in the a council, and he say that the United "
    "State must depends of them. An mayor spoke at night about other hand of the city council which were close in by "
    "decision. Prime minister of the of Norwell have been ask to wait for as long it is need, she told to reporters."
)


def test_edits_are_those_of_the_reference() -> None:
    tokens, background = tokenise(WOUNDED), shipped_background()
    forms = edits.Forms.of(background)
    seen = look_up(tokens, background)
    found = edits.edits(tokens, background, forms, tortured.frequent_pairs(background.tables), seen)
    rows = zip(seen.origin[found.places].tolist(), found.edits.tolist(), found.targets.tolist(), strict=True)

    def word(edit: int, target: int) -> str:
        if edit == edits.PUT_IN:
            return edits.LITTLE_WORDS[target]
        return forms.words.word(int(forms.words.targets[target])) if edit == edits.SWAP else ""

    assert {(place, edit, word(edit, target)) for place, edit, target in rows} == expected_edits(tokens)
    assert {edit for _, edit, _ in expected_edits(tokens)} == {edits.SWAP, edits.PUT_IN, edits.TAKE_OUT}
    assert found.features.shape == (len(found.places), len(edits.FEATURES))
    assert (np.diff(found.places) >= 0).all()


def test_the_odds_of_a_place_add_up() -> None:
    features = np.zeros((4, len(edits.FEATURES)), np.float32)
    places = np.array([3, 3, 3, 9], np.int32)
    found = edits.Edits(places, np.zeros(4, np.int32), np.arange(4, dtype=np.int32), features, np.empty(0, np.int64))
    trees = edits.shipped_grammar()
    _, scores = grammar.ranked(found, trees, 300)
    _, single = grammar.ranked(edits.Edits(*(part[2:] for part in found[:4]), found.clashes), trees, 300)
    assert scores[0] - scores[1] > single[0] - single[1] + 0.9 * np.log(3)
