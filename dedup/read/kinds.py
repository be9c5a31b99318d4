"""What a file is: by the ending of its name, and by its first bytes where the name says nothing."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter

import orjson

from dedup.read.fields import KNOWN, plain_name
from dedup.read.options import Format

BOM = b"\xef\xbb\xbf"
ENDINGS = {
    ".txt": Format.TEXT, ".text": Format.TEXT, ".md": Format.MARKDOWN, ".markdown": Format.MARKDOWN,
    ".html": Format.HTML, ".htm": Format.HTML, ".xhtml": Format.HTML,
    ".jsonl": Format.JSONL, ".ndjson": Format.JSONL, ".jsonlines": Format.JSONL, ".json": Format.JSON,
    ".csv": Format.CSV, ".tsv": Format.CSV, ".tab": Format.CSV,
    ".parquet": Format.PARQUET, ".pq": Format.PARQUET,
    ".arrow": Format.ARROW, ".feather": Format.ARROW, ".ipc": Format.ARROW, ".arrows": Format.ARROW,
    ".warc": Format.WARC, ".wet": Format.WARC,
    ".rss": Format.FEED, ".atom": Format.FEED,
}  # fmt: skip
# What is not read, by its endings, and what would make something of it that is.
_REFUSED = {
    "a PDF, not read: `pdftotext` makes a .txt of it": ".pdf",
    "a document, not read: `pandoc -t plain` makes a .txt of it": ".doc .docx .odt .rtf .epub .tex",
    "a spreadsheet, not read: save it as .csv": ".xls .xlsx .xlsm .ods .numbers",
    "mail or a saved page, not read: save the page as .html": ".mht .mhtml .eml .mbox .msg",
    "an archive, not read: pack it as .zip or .tar": ".7z .rar .cab .iso .dmg",
    "a database, not read: export it as .csv or .jsonl": ".db .sqlite .sqlite3 .mdb .duckdb",
    "a table, not read: write it as .parquet": ".avro .orc .h5 .hdf5 .pkl .pickle .npy .npz .dta .sav .sas7bdat",
    "an image, not read": ".png .jpg .jpeg .gif .webp .svg .ico .tif .tiff .bmp .heic .avif .psd",
    "sound or film, not read": ".mp3 .mp4 .wav .ogg .m4a .mov .avi .mkv .webm .flac",
    "a font, not read": ".woff .woff2 .ttf .otf .eot",
    "a program or its settings, not read": ".exe .dll .so .bin .class .jar .pyc .py .js .mjs .ts .css .scss .map .sh "
    ".php .java .c .h .cpp .rs .go .rb .toml .yaml .yml .ini .cfg .conf .lock .wasm",
    "an index of an archive, not read": ".cdx .cdxj .idx",
}
REFUSED = {ending: reason for reason, endings in _REFUSED.items() for ending in endings.split()}
DELIMITERS = "\t,;|"
TABLE_LINES = 12  # lines by which a table is told
LEAST_COLUMNS = 3  # of a table that nothing but its shape tells
LEAST_WORDS = 6  # in the longest line of a text that has an unknown ending

_HTML = re.compile(rb"<!doctype html|<html|<head[\s>]|<body[\s>]", re.I)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|urlset)[\s>]", re.I)


def kind_of(name: str, head: bytes, told: Format) -> Format | str:
    """Return the format of a file, or why it is not read; `head`: its first bytes, decompressed; `told`: an option."""
    ending = os.path.splitext(name.lower())[1]
    known = ENDINGS.get(ending)
    if known in (Format.TEXT, Format.JSON):
        return _more_exactly(known, head)
    if known:
        return known
    if told is not Format.AUTO:
        return told
    if ending in REFUSED:
        return f"{REFUSED[ending]} ({ending})"
    content = kind_by_content(head)
    if not ending or content not in (Format.TEXT, Format.CSV, Format.JSONL, Format.JSON):
        return content
    # What an ending nobody knows stands for is taken for articles only where it surely holds some.
    fits = _is_prose(head) if content is Format.TEXT else _has_text_field(head, content)
    return content if fits else f"unknown kind of file ({ending})"


def _more_exactly(known: Format, head: bytes) -> Format | str:
    """A .txt may hold a table, a .json lines of JSON."""
    content = kind_by_content(head)
    if known is Format.JSON:
        several = head.removeprefix(BOM).strip().partition(b"\n")[2].lstrip().startswith(b"{")
        return Format.JSONL if content is Format.JSONL and several else Format.JSON
    return Format.CSV if content is Format.CSV and _has_text_field(head, content) else Format.TEXT


def kind_by_content(head: bytes) -> Format | str:
    """Return the format that the first bytes of a file tell, plain text where they tell nothing."""
    for magic, found in (
        (b"PAR1", Format.PARQUET), (b"ARROW1", Format.ARROW), (b"FEA1", Format.ARROW),
        (b"\xff\xff\xff\xff", Format.ARROW), (b"WARC/", Format.WARC),
        (b"%PDF-", REFUSED[".pdf"]), (b"\xd0\xcf\x11\xe0", REFUSED[".doc"]), (b"SQLite format 3\0", REFUSED[".db"]),
        (b"7z\xbc\xaf\x27\x1c", REFUSED[".7z"]), (b"Rar!", REFUSED[".rar"]), (b"Obj\x01", REFUSED[".avro"]),
    ):  # fmt: skip
        if head.startswith(magic):
            return found
    start = head.removeprefix(BOM).lstrip(b" \t\r\n")
    if start.startswith(b"<"):
        return Format.HTML if _HTML.search(start[:2048]) else Format.FEED if _FEED.search(start[:2048]) else Format.TEXT
    if start.startswith(b"{"):
        return Format.JSONL if _is_object(start.partition(b"\n")[0]) or b"\n" not in start else Format.JSON
    if start.startswith(b"[") and start[1:].lstrip(b" \t\r\n")[:1] in (b"{", b"]"):
        return Format.JSON
    return Format.CSV if delimiter_of(head.decode("utf-8", "replace")) else Format.TEXT


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return b'":' in line and not line.rstrip().endswith((b"{", b",", b"["))  # a broken row of lines


def delimiter_of(text: str, least: int = LEAST_COLUMNS) -> str | None:
    """Return the character that parts the columns of a table; None for a text that is no table.

    In a table all rows but the last one seen have as many columns; quoted ones may hold anything.
    """
    found: list[tuple[int, str]] = []
    for mark in DELIMITERS:
        lines = (line for line in text.splitlines(keepends=True))
        try:
            rows = [row for row, _ in zip(csv.reader(lines, delimiter=mark), range(TABLE_LINES), strict=False) if row]
        except csv.Error:
            continue
        sizes = Counter(len(row) for row in (rows[:-1] if len(rows) > 2 else rows))
        if len(rows) > 1 and len(sizes) == 1 and (columns := next(iter(sizes))) >= least:
            found.append((columns, mark))
    return max(found)[1] if found else None


def _has_text_field(head: bytes, kind: Format | str) -> bool:
    text = head.decode("utf-8", "replace")
    if kind is Format.CSV:
        first = next(csv.reader([text.partition("\n")[0]], delimiter=delimiter_of(text) or ","), [])
        return any(plain_name(name) in KNOWN["text"] for name in first)
    names = re.findall(r'"([^"]{2,40})"\s*:', text)
    return any(plain_name(name) in KNOWN["text"] for name in names)


def _is_prose(head: bytes) -> bool:
    return any(len(line.split()) >= LEAST_WORDS for line in head.decode("utf-8", "replace").splitlines())
