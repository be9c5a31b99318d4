"""The rules of words and sentences that are numbers and lists: used by the tokeniser and its plain reference."""

from __future__ import annotations

STEM_LENGTH = 5  # code points; five-letter prefixes equal stems for alignment (DESIGN finding 4)
SHORTEST_SENTENCE = 3  # words; a shorter one joins the next
LONGEST_SENTENCE = 80  # words; text without punctuation is cut here

ABBREVIATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "sen", "rep", "gov", "gen", "lt", "col", "sgt", "capt", "rev", "hon"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("jr", "sr", "vs", "no", "inc", "ltd", "co", "corp", "dept", "est", "fig"),
    }
)
