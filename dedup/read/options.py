"""What a reader is told: names of the fields, limits of size, and the format where the name does not tell it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from dedup.checks import UNLIMITED, Range, check_settings, checked_choice, checked_part
from dedup.errors import ConfigError

MAX_BYTES = 16 << 20  # a news page with its scripts and pictures inline runs to a few MB
MAX_CHARACTERS = 1_000_000  # about 170,000 words, ten times the longest debate transcripts


class Format(StrEnum):
    """How the bytes of an input are to be understood."""

    AUTO = "auto"  # by the name, and by the content where the name says nothing
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"  # with any delimiter
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    FEED = "feed"  # RSS, Atom, news sitemaps
    PARQUET = "parquet"
    ARROW = "arrow"  # streams and files; Feather is one of them
    WARC = "warc"


@dataclass(frozen=True, slots=True)
class Fields:
    """Under which name a row keeps each field: None for one that is found by itself, "" to leave it out (not `text`).

    "a.b" is the field b of the object a.
    """

    id: str | None = None
    text: str | None = None
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: str | None = None

    def __post_init__(self) -> None:
        for column in fields(self):
            value = getattr(self, column.name)
            if value is not None and not isinstance(value, str):
                raise ConfigError(f"fields.{column.name} must be the name of a field or None, not {value!r}")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Settings of the reader.

    max_bytes: the largest file of one article, and the longest line of a JSONL file, in bytes as stored
    (decompressed); such files themselves may be of any size. max_characters: the longest article text. leave_out:
    folders that are not entered, such as the one that an earlier report was written to. full_names: files of a folder
    given alone go by its path too, so that two folders never give one name to two files. Raises `ConfigError` when a
    limit is below 1 or of the wrong type, or the text field has no name.
    """

    fields: Fields = field(default_factory=Fields)
    format: Format = Format.AUTO
    max_bytes: int = MAX_BYTES
    max_characters: int = MAX_CHARACTERS
    leave_out: tuple[str, ...] = ()
    full_names: bool = False

    def __post_init__(self) -> None:
        check_settings(self, {}, default=Range(1, UNLIMITED))
        checked_part("fields", self.fields, Fields)
        object.__setattr__(self, "format", checked_choice("format", self.format, Format))
        if isinstance(self.leave_out, str):
            raise ConfigError(f"leave_out must be a tuple of folders, not {self.leave_out!r}")
        if self.fields.text == "":
            raise ConfigError("fields.text must name the field that holds the text")
