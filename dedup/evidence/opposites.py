"""Words that say the opposite: rose and fell, accepted and rejected, legal and illegal.

Public: `opposite`, `has_meaning` and `is_denied_form`, all compiled; `SWAPPED`, `TURNED`, `DENIED`; `RISES`, `BOUNDS`.
"""

from __future__ import annotations

import numpy as np

from dedup.compiled.arrays import U8
from dedup.compiled.decorators import Int, borrowing
from dedup.compiled.hashing import hash_word

SWAPPED, TURNED, DENIED = 0, 1, 2  # what two words come to: an ordinary swap, another direction, a denial
RISES, BOUNDS = 0, 1  # groups that tell of a number which way it goes, and on which side of it something is
SHORTEST = 4  # letters of a word that a prefix can deny
PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non")

# Groups of opposites: a word of one line and a word of the next cannot both be true of one thing.
_DIRECTIONS = (
    ("rise rises rose risen rising increase increases increased increasing climb climbs climbed climbing grow grows "
     "grew grown growing gain gains gained gaining jump jumps jumped soar soars soared surge surges surged up upward "
     "upwards higher highest more rally rallied double doubled raise raises raised raising expand expands expanded "
     "advance advances advanced advancing appreciate appreciates appreciated accelerate accelerates accelerated "
     "stronger strengthened firmer firmed",
     "fall falls fell fallen falling decrease decreases decreased decreasing drop drops dropped dropping shrink "
     "shrinks shrank shrunk shrinking lose loses lost losing plunge plunges plunged tumble tumbled sink sank slump "
     "slumps slumped down downward downwards lower lowest less fewer decline declines declined declining halve halved "
     "cut cuts cutting reduce reduces reduced reducing contract contracts contracted slipped slid dip dips dipped "
     "depreciate depreciates depreciated slow slows slowed slowing decelerate decelerates decelerated "
     "weaker weakened softer"),
    ("above over exceeding more", "below under beneath less fewer"),  # what bounds a number: "more than", "under"
    ("improve improves improved improving better best strengthen strengthened stronger",
     "worsen worsens worsened worsening worse worst weaken weakened weaker"),
    ("win wins won winning", "lose loses lost losing"),
    ("before", "after"),
    ("earlier", "later"),
    ("first", "last second third fourth"),
    ("second", "third fourth"),
    ("third", "fourth"),
    ("morning mornings", "evening evenings"),
    ("victory victories", "defeat defeats"),
    ("buy buys bought buying", "sell sells sold selling"),
    ("open opens opened opening", "close closes closed closing shut shuts"),
    ("begin begins began begun start starts started starting", "end ends ended ending finish finished stop stopped"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("maximum most", "minimum least"),
    ("majority", "minority"),
    ("profit profits profitable surplus", "loss losses deficit"),
)  # fmt: skip
_DENIALS = (
    ("accept accepts accepted accepting agree agrees agreed agreeing approve approves approved approving admit admits "
     "admitted admitting confirm confirms confirmed confirming allow allows allowed allowing permit permits permitted "
     "support supports supported supporting back backs backed endorse endorsed grant granted",
     "reject rejects rejected rejecting refuse refuses refused refusing deny denies denied denying ban bans banned "
     "forbid forbids forbade forbidden prohibit prohibits prohibited oppose opposes opposed opposing decline "
     "declined"),
    ("succeed succeeds succeeded manage manages managed", "fail fails failed failing"),
    ("guilty convicted", "innocent acquitted"),
    ("upheld", "overturned quashed"),
    ("true", "false"),
    ("alive", "dead"),
    ("everybody everyone everything everywhere all always", "nobody none nothing nowhere never"),
    ("with", "without"),
)  # fmt: skip


def _entries() -> list[tuple[int, int]]:
    """Return the hash of each word in each group, with what it means there: 4 x group + 2 x denial + side, sorted."""
    found = []
    for group, (lines, denial) in enumerate([(g, 0) for g in _DIRECTIONS] + [(g, 1) for g in _DENIALS]):
        for side, words in enumerate(lines):
            found += [(hash_word(word.encode()), 4 * group + 2 * denial + side) for word in words.split()]
    return sorted(found)


KEYS = np.array([key for key, _ in _entries()], np.uint64)
MEANINGS = np.array([meaning for _, meaning in _entries()], np.int64)
LOWER = 0x20  # the bit of a lower-case ASCII letter
_PACKED = np.zeros((len(PREFIXES), max(map(len, PREFIXES))), np.uint8)
for _row, _prefix in enumerate(PREFIXES):
    _PACKED[_row, : len(_prefix)] = np.frombuffer(_prefix.encode(), np.uint8)
PREFIX_LETTERS, PREFIX_SIZES = _PACKED, np.array([len(prefix) for prefix in PREFIXES])


@borrowing
def opposite(a: np.uint64, b: np.uint64) -> int:
    """Return what two hashed words come to in each other's place: SWAPPED, TURNED or DENIED."""
    at = np.searchsorted(KEYS, a)
    while at < len(KEYS) and KEYS[at] == a:
        other = np.searchsorted(KEYS, b)
        while other < len(KEYS) and KEYS[other] == b:
            if MEANINGS[at] ^ MEANINGS[other] == 1:
                return DENIED if MEANINGS[at] & 2 else TURNED
            other += 1
        at += 1
    return SWAPPED


@borrowing
def has_meaning(word: np.uint64, group: Int) -> bool:
    """Return whether a hashed word is in a group of opposites, on either side."""
    at = np.searchsorted(KEYS, word)
    while at < len(KEYS) and KEYS[at] == word:
        if MEANINGS[at] // 4 == group:
            return True
        at += 1
    return False


@borrowing
def is_denied_form(data: U8, start: Int, end: Int, other: U8, other_start: Int, other_end: Int) -> bool:
    """Return whether the first word is the other with a prefix that denies it: illegal and legal."""
    size, rest = end - start, other_end - other_start
    if rest < SHORTEST or size <= rest:
        return False
    for k in range(len(PREFIX_SIZES)):
        prefix = PREFIX_SIZES[k]
        same = size == rest + prefix
        for i in range(size):
            if not same:
                break
            letter = np.int64(PREFIX_LETTERS[k, i]) if i < prefix else np.int64(other[other_start + i - prefix] | LOWER)
            same = letter == np.int64(data[start + i] | LOWER)
        if same:
            return True
    return False
