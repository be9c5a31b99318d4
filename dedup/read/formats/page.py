"""A web page: one article a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dedup.read.encodings import decode
from dedup.read.html import parse_page
from dedup.read.inputs import Input, Placed


def read(stream: BinaryIO, source: Input) -> Iterator[Placed]:
    """The article of a page."""
    if data := source.whole(stream):
        found = decode(data, html=True)
        source.lost(found.lost)
        yield None, source.checked(parse_page(found.text, source))
