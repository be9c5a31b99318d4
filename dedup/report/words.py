"""The sentences by which the pages explain themselves. Public: `KINDS`, `METHODS`, `FACTS`, `PARTS`, `kind_name`,
`reason_words`, `score_words`.
"""

from __future__ import annotations

from dedup.records import ArticleScore

KINDS = {
    "exact": "The same words; at most spaces, capitals and typographic marks differ.",
    "near": "Nearly the same words: a repost with text around it, or a copy with a few words changed.",
    "rewrite": "One is the other told again in other words: edited, spun by a program, translated or rewritten.",
    "translation": "In two languages they say the same: one is translated from the other, or both from a third.",
    "possible_translation": "In two languages they say much the same; it takes a look to tell.",
    "contains": "One is a page of several stories, and the other is one of them.",
    "shared_origin": "Both are made from one press release or agency text; neither need be a copy of the other.",
    "partial": "Some passages of one stand in the other, which otherwise tells its own story.",
    "related": "Both are about one subject; nothing was reused.",
    "none": "They have nothing in common.",
}

METHODS = {
    "edited": "edited by hand",
    "spun": "spun: words swapped by a program",
    "back_translated": "translated there and back",
    "llm": "rewritten by a language model",
    "human": "rewritten by hand",
    "unsure": "method not clear",
}

FACTS = {
    "who": "who did it",
    "how many": "how many",
    "when": "when it happened",
    "whether": "whether it happened",
    "direction": "which way it went",
    "": "fact turned",
}

PARTS = {
    "spun": "spun, with words swapped by a program",
    "corrupted": "corrupted, with broken names or words",
    "llm": "written by a language model",
    "translated": "translated by a machine",
    "tampered": "tampered with, by letters that only look alike or cannot be seen",
}


# How the reasons for an original begin (`dedup.judge.original`, `dedup.judge.origin`), with the same as sentences.
_BEGINNINGS = (
    ("more complete: the other ", "the original is more complete, the copy "),
    ("more complete: has ", "the original is more complete: it has "),
    ("carries ", "the original carries "),
    ("earlier date", "the original has the earlier date"),
    ("agency copy of ", "the original is the copy of the agency "),
)


def reason_words(reason: str) -> str:
    """Return why one of two articles is taken for the original, as a clause about "the original" and "the copy".

    >>> reason_words("more complete: has names that the other lost, although its date is later")
    "the original is more complete: it has names that the copy lost, although the original's date is later"
    """
    for beginning, clause in _BEGINNINGS:
        if reason.startswith(beginning):
            reason = clause + reason.removeprefix(beginning)
            break
    return reason.replace("the other", "the copy").replace("although its date", "although the original's date")


def kind_name(kind: str) -> str:
    """Return a kind as people are shown it."""
    return kind.replace("_", " ")


def score_words(score: ArticleScore | None) -> str:
    """Return what an article score says, in a sentence.

    >>> from dedup.records import ArticleScore
    >>> score_words(ArticleScore(0.91, {"corrupted": 0.91}, {"corrupted": 20}, None, ()))
    'Reads very much as if it were corrupted, with broken names or words (0.91 of 1).'
    """
    if score is None:
        return "This article was not scored."
    if score.overall is None:
        return f"No score: {score.abstained}."
    if score.overall < 0.2:
        return f"Reads like ordinary news ({score.overall:.2f} of 1)."
    named = {name: value for name, value in score.parts.items() if value is not None}
    part = max(named, key=lambda name: named[name], default="")
    degree = "a little" if score.overall < 0.5 else "much" if score.overall < 0.8 else "very much"
    rank = min(99, int(score.percentiles.get(part, 0.0)))
    beyond = f": more so than {rank} of 100 ordinary articles" if rank >= 50 else ""
    how = PARTS.get(part, part.replace("_", " "))
    return f"Reads {degree} as if it were {how} ({score.overall:.2f} of 1){beyond}."
