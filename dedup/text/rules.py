"""The rules of words and sentences that are numbers and lists: used by the tokeniser and its plain reference."""

from __future__ import annotations

STEM_LENGTH = 5  # code points; five-letter prefixes equal stems for alignment
SHORTEST_SENTENCE = 3  # words; a shorter one joins the next
LONGEST_SENTENCE = 80  # words; a longer one is cut here
LONGEST_UNMARKED = 24  # words; the same in an article whose sentences are longer than that in the mean: it has no marks
LEAST_SPELLED = 3  # single ASCII letters, each a space apart, that are read as one word
LEAST_DIGITS = 2  # single digits, the same, behind a character of a script without spaces and a space
# An article that is spelled out has so many single letters with the same bytes between them; a sample rules out others.
LEAST_LETTERS, LEAST_LETTERS_SHARE = 20, 0.5
LONGEST_SEPARATOR = 4  # bytes
SAMPLE = 32  # words
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

# Leet: digits for letters. An article with so many English function words in leet is read with the letters.
LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"}
LEAST_LEET, LEAST_LEET_SHARE = 4, 0.015

# Markup that stands in a text as it is written.
TAGS = frozenset(
    {
        *("a", "abbr", "b", "big", "blockquote", "br", "cite", "code", "del", "div", "em", "figcaption", "figure"),
        *("font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "mark", "ol", "p", "pre", "q"),
        *("s", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "th", "tr", "tt", "u", "ul"),
    }
)
INLINE_TAGS = frozenset(
    {
        *("a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "mark", "q", "s", "small", "span"),
        *("strike", "strong", "sub", "sup", "tt", "u"),
    }
)
SOFT_ENTITIES = frozenset({"shy", "zwj", "zwnj"})
SPACE_ENTITIES = frozenset({"nbsp", "ensp", "emsp", "thinsp"})
SIGN_ENTITIES = frozenset(
    {
        *("quot", "amp", "lt", "gt", "apos", "lsquo", "rsquo", "sbquo", "ldquo", "rdquo", "bdquo", "laquo", "raquo"),
        *("ndash", "mdash", "hellip", "bull", "middot", "shy", "copy", "reg", "trade"),
    }
)
UNITS = frozenset({*("st", "nd", "rd", "th", "am", "pm", "km", "kg", "cm", "mm", "mph", "bn", "x", "s", "d", "k", "m")})
# What a name means: a tag, white space, another sign, a unit, a tag that goes inside lines, a sign that nobody sees.
TAG, SPACE_NAME, SIGN_NAME, UNIT, INLINE_TAG, SOFT_NAME = range(6)
LONGEST_NAME, LONGEST_TAG = 16, 300  # bytes of a name, and of a tag behind it
LEAST_ESCAPES = 10  # of one kind in an article that is read without them
BYTES_A_PERCENT = 20  # at most, in an article that is written as addresses are; others may quote long addresses
LEAST_LINE = (
    50  # bytes of a line that mail has broken, at 76 (RFC 2045, 6.7); lines of code that end in "=" are shorter
)
MOST_STARS = 6  # of emphasis in one place, where one may end and the next begin
MOST_MARKS = 4  # tags and comments in one place
