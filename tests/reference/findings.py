"""Candidates of tortured phrases and of grammatical errors by single look-ups of the shipped background."""

import numpy as np

from dedup.compiled.hashing import hash_word
from dedup.findings import edit_options as options
from dedup.findings import edits, tortured
from dedup.language.background import BREAK, normalised, shipped_background
from dedup.language.substitutions import shipped
from dedup.records import Tokens

TORTURED = (
    "The mayor of Norwell asserted on Monday that the city assembly would not pay the jurisprudence office any more. "
    "In an assertion, the chief of the harbour authority told that human rights maltreatments would have outcomes, and "
    "that the central bank had raised interest tariffs. Folks in the metropolis were dismayed; the crest court, quite "
    "than wait, made its determination on Friday. At the White Home, aides declined to remark, but the price range "
    "deficit has grown, and a joint assertion about local weather change is on prime of the pile."
)
HURT = (
    "They was in the spite of storm at sea. Two man has make many promise in the a council, and he say that the United "
    "State must depends of them. An mayor spoke at night about other hand of the city council which were close in by "
    "decision. Prime minister of the of Norwell have been ask to wait for as long it is need, she told to reporters."
)


def expected_candidates(tokens: Tokens) -> set[tuple[int, str, int]]:
    """Single words only: token, alternative, sides, by the background's own look-ups."""
    background, substitutions = shipped_background(), shipped()
    words, origin = normalised(tokens)
    found = set()

    def pair(left: np.uint64, right: np.uint64) -> float:
        return 0.0 if BREAK in (left, right) else float(background.count2(left, right)[0])

    for i in range(1, len(words)):
        if words[i] == BREAK or background.capital_share(words[i])[0] > tortured.NAME_SHARE:
            continue
        before, after = words[i - 1], words[i + 1] if i + 1 < len(words) else BREAK
        for expected, _ in substitutions.alternatives(int(words[i])):
            e = np.uint64(hash_word(expected.encode()))
            left, right = pair(before, e), pair(e, after)
            sides = (
                before != BREAK and pair(before, words[i]) < tortured.RARE and left >= tortured.FREQUENT_PAIR
            ) + 2 * (after != BREAK and pair(words[i], after) < tortured.RARE and right >= tortured.FREQUENT_PAIR)
            if sides:
                found.add((int(origin[i]), expected, int(sides)))
    return found


def expected_edits(tokens: Tokens) -> set[tuple[int, int, str]]:
    """Edits of words without a hyphen beside them, by the background's own look-ups: word, edit, word that heals."""
    background, forms = shipped_background(), edits.shipped_forms()
    words, origin = normalised(tokens)
    function = [np.uint64(hash_word(w.encode())) for w in options.FUNCTION_WORDS]

    def pair(left: np.uint64, right: np.uint64) -> float:
        return 0.0 if right == BREAK else float(background.count2(left, right)[0])

    def frequent(count: float, than: float) -> bool:
        return count >= options.FREQUENT and count >= options.TIMES * than

    found = set()
    for i in range(1, len(words)):
        if words[i] == BREAK:
            continue
        before, after = words[i - 1], words[i + 1] if i + 1 < len(words) else BREAK
        left, right = pair(before, words[i]), options.USUAL if after == BREAK else pair(words[i], after)
        if left < options.RARE and before != BREAK:
            for k in range(options.PUT):
                between = float(background.count3(before, function[k], words[i])[0])
                if frequent(min(pair(before, function[k]), pair(function[k], words[i]), between), left):
                    found.add((int(origin[i]), options.PUT_IN, options.FUNCTION_WORDS[k]))
        if min(left, right) >= options.USUAL:
            continue
        if background.capital_share(words[i])[0] <= options.NAME_SHARE:
            for word, _ in forms.alternatives(int(words[i])):
                e = np.uint64(hash_word(word.encode()))
                one, two = pair(before, e), pair(e, after)
                better = (left < options.USUAL and frequent(one, left)) or (
                    right < options.USUAL and frequent(two, right)
                )
                if better and one >= left / options.LOSS and (after == BREAK or two >= right / options.LOSS):
                    found.add((int(origin[i]), options.SWAP, word))
        taken = words[i] in function and BREAK not in (before, after) and words[i] not in (before, after)
        if taken and frequent(pair(before, after), min(left, right)):
            found.add((int(origin[i]), options.TAKE_OUT, ""))
    return found
