"""Corrupted names: what is one edit away, what sounds alike."""

import pytest

from dedup.findings.names import one_edit
from dedup.language.phonetic_key import consonant_key


@pytest.mark.parametrize(
    ("left", "right", "near"),
    [("witkov", "witkow", True), ("abcd", "abdc", True), ("abcd", "abc", True), ("abcd", "abcd", False),
     ("ab", "ba", True), ("abcd", "badc", False), ("norwell", "norvel", False)],
)  # fmt: skip
def test_one_edit(left: str, right: str, near: bool) -> None:
    assert one_edit(left, right) is near
    assert one_edit(right, left) is near


def test_phonetic_keys_survive_a_change_of_script() -> None:
    assert consonant_key("Ukraine") == consonant_key("Ugolaina")
    assert consonant_key("Norwell") == consonant_key("Norvel")
    assert consonant_key("Khamzat") != consonant_key("Kianzad")
