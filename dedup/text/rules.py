"""The rules of words and sentences that are numbers and lists: used by the tokeniser and its plain reference."""

from __future__ import annotations

STEM_LENGTH = 5  # code points; five-letter prefixes equal stems for alignment
SHORTEST_SENTENCE = 3  # words; a shorter one joins the next
LONGEST_SENTENCE = 80  # words; a longer one is cut here
LONGEST_UNMARKED = 24  # words; the same in an article whose sentences are longer than that in the mean: it has no marks
LEAST_SPELLED = 3  # single ASCII letters, each a space apart, that are read as one word
LEAST_DIGITS = 2  # single digits, the same, behind a character of a script without spaces and a space
LEAST_NATIVE_SHARE = 0.5  # of the words are Cyrillic, or Greek: what may be a word of that script is one
MOST_CAPITALS = 0.02  # capitalised words for each other one in an article without capitals

# Accents of Latin letters mean nothing in an article with more Vietnamese letters than this share of its words, nor in
# one with so many English function words that wear accents.
LEAST_VIETNAMESE_SHARE = 0.1
LEAST_ACCENTED, LEAST_ACCENTED_SHARE = 4, 0.03
# No word that is one of another language with accents: för, här, åt, öf.
FUNCTION_WORDS = frozenset(
    {
        *("the", "and", "that", "with", "was", "from", "this", "have", "had", "were", "will", "which", "their", "they"),
        *("been", "said", "but", "would", "about", "who", "after", "what", "there", "than", "other", "when", "his"),
    }
)

ABBREVIATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "sen", "rep", "gov", "gen", "lt", "col", "sgt", "capt", "rev", "hon"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
        *("jr", "sr", "vs", "no", "inc", "ltd", "co", "corp", "dept", "est", "fig"),
    }
)
