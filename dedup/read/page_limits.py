"""What keeps the time for a page linear, whatever it is made of. Public: `of_few_attributes`, `simplify`.

The parser compares each attribute of a tag with those before it, and the extractor each piece of text in a paragraph
with the others. No page of news comes near these limits; what goes beyond loses marks, not words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NamedTuple

MOST_ATTRIBUTES = 200  # of one tag
HARMLESS = 1 << 16  # characters of a page in which even one tag of all of it takes no time
LONG_TAG = 600  # characters
MOST_INLINE = 2000  # marks inside lines, without links
MOST_LINKS = 10_000
MOST_ELEMENTS = 20_000  # more are read without asking which of them are the article
LINKED_DATA = "//script[@type='application/ld+json']"
INLINE = (
    "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
)  # fmt: skip

_INSIDE = re.compile(r"""=\s*+(?:"[^"<>]*+[<>]|'[^'<>]*+[<>])""")  # a mark of tags in the value of an attribute
_TAG = re.compile(r"<[a-zA-Z][^\s/>]*+")
# A name, and a value in quotes or without; at least one character, and nothing where the tag ends.
_ATTRIBUTE = re.compile(r"""[\s/]*+[^\s/>](?:[^\s/>="']*+\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'>]*+)|[^\s/>=]*+)""")


def of_few_attributes(html: str) -> str:
    """Return a page in which no tag has more than 200 attributes: those that follow are left out."""
    return _cut(html) if len(html) > HARMLESS and _may_have_long_tags(html) else html


def _may_have_long_tags(html: str) -> bool:
    """Whether any tag is long; "<" and ">" inside of one, in quotes or where no tag ends, do not hide that."""
    pieces = html.split("<")
    if any(len(piece) > LONG_TAG and piece.find(">", 0, LONG_TAG) < 0 for piece in pieces):
        return True
    inside = sum(">" not in piece for piece in pieces)
    return inside + sum(1 for _ in _INSIDE.finditer(html)) > MOST_ATTRIBUTES


def _cut(html: str) -> str:
    parts, copied, at = [], 0, 0
    while tag := _TAG.search(html, at):
        at, count = tag.end(), 0
        while found := _ATTRIBUTE.match(html, at):
            at, count = found.end(), count + 1
            if count == MOST_ATTRIBUTES:
                parts.append(html[copied:at])
            copied = at if count >= MOST_ATTRIBUTES else copied
    return "".join([*parts, html[copied:]])


class Simplified(NamedTuple):
    """What became of a page."""

    stripped: bool  # whether marks were taken, which leaves text in pieces
    small: bool  # whether the extractor may have it


def simplify(tree: Any) -> Simplified:
    """Take linked data that are no JSON from a page, and marks inside lines and links where they are too many."""
    from lxml.etree import strip_tags

    for script in tree.xpath(LINKED_DATA):
        if not _is_json(script.text or ""):
            script.getparent().remove(script)
    counts = Counter(element.tag for element in tree.iter() if isinstance(element.tag, str))
    inline = INLINE if sum(counts[tag] for tag in INLINE) > MOST_INLINE else ()
    taken = (*inline, "a") if counts["a"] > MOST_LINKS else inline
    if taken:
        strip_tags(tree, *taken)
    return Simplified(bool(taken), sum(counts.values()) - sum(counts[tag] for tag in taken) <= MOST_ELEMENTS)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
