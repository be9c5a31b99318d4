"""The shipped table of words that may belong where another stands."""

from itertools import pairwise

from dedup.compiled.hashing import hash_word
from dedup.language.substitutions import shipped


def test_the_table_of_substitutions() -> None:
    substitutions = shipped()
    assert all(left < right for left, right in pairwise(substitutions.keys[:1000].tolist()))
    assert "house" in [word for word, _ in substitutions.alternatives(hash_word(b"home"))]
    assert "force" in [word for word, _ in substitutions.alternatives(hash_word(b"pressure"))]
    assert substitutions.alternatives(hash_word(b"qqqq")) == []
