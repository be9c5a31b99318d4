"""Build `dedup/data/unicode.npz`, the class and fold of every code point, from Python's Unicode database.

Run it again only to move to a newer Unicode version, and then rename `dedup.text.unicode.NORMALISER`.
"""

from __future__ import annotations

import argparse
import unicodedata
from pathlib import Path

import numpy as np

from dedup.text import unicode as u

CODE_POINTS = 0x110000
APOSTROPHES = "'\u2019\u2018\u02bc\uff07\u00b4"
ENDS = "!?\u2026\u203c\u2047\u2048\u2049"
WIDE_ENDS = "\u3002\uff01\uff1f\uff61"
NEWLINES = "\n\x0b\x0c\x85\u2028\u2029"
HYPHENS = "-\u2010\u2011"
FILLERS = "\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5"  # blank by definition (Default_Ignorable_Code_Point)

# Scripts written without spaces between words: kana, Han, Thai, Lao, Burmese, Khmer.
GRAM_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x20000, 0x3FFFD),
)  # fmt: skip
VARIATION_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))

# Letters of Cyrillic, Armenian and Greek that are drawn like Latin ones.
LOOKALIKES = (
    ("авсԁеһіјкӏմոорԛѕтухԝѵгпь", "abcdehijklmnopqstyxwvrnb"),
    ("АВСЕНІЈКМОРЅТУХԜѴ", "abcehijkmopstyxwv"),
    ("αεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeikvoptuxabezhikmnoptyx"),
)


def within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def class_of(character: str) -> int:
    for kind, members in (
        (u.APOSTROPHE, APOSTROPHES), (u.POINT, "."), (u.COMMA, ","), (u.END, ENDS), (u.WIDE_END, WIDE_ENDS),
        (u.NEWLINE, NEWLINES), (u.RETURN, "\r"), (u.IGNORED, FILLERS),
    ):  # fmt: skip
        if character in members:
            return kind
    category = unicodedata.category(character)
    if category in ("Cf", "Me") or within(ord(character), VARIATION_SELECTORS):
        return u.IGNORED
    if category[0] in "LMN" and within(ord(character), GRAM_RANGES):
        return u.GRAM
    if category[0] in "LM":
        return u.LETTER
    return u.DIGIT if category == "Nd" else u.LETTER if category[0] == "N" else u.OTHER


def fold(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    plain = unicodedata.normalize("NFKC", character)
    plain = plain if len(plain) == 1 else character
    low = plain.lower()
    return "σ" if low == "ς" else low if len(low) == 1 else low[0] if plain == "İ" else plain


def record(character: str, marks: set[str]) -> int:
    kind, folded, code = class_of(character), ord(fold(character)), ord(character)
    letter = kind == u.LETTER
    value = kind
    value |= u.CAPITAL * (character.isupper() or character.istitle())
    value |= u.LOWER * character.islower()
    value |= u.SPACE * character.isspace()
    value |= u.LATIN * (letter and (0x61 <= folded <= 0x7A or 0xC0 <= folded <= 0x24F))
    value |= u.LOOKALIKE * (letter and u.LOOKALIKE_START <= code < u.LOOKALIKE_END)
    value |= u.COMBINING * (character in marks)
    soft = kind == u.IGNORED or character in HYPHENS + "\t" or unicodedata.category(character) == "Zs"
    return value | u.SOFT * soft


def compositions() -> dict[tuple[str, str], str]:
    """Folded letter and mark to folded composition, from the canonical decompositions that NFC undoes."""
    found = {}
    for character in map(chr, range(CODE_POINTS)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) != 2 or parts[0].startswith("<"):
            continue
        letter, mark = (chr(int(part, 16)) for part in parts)
        if unicodedata.normalize("NFC", letter + mark) == character and class_of(letter) == u.LETTER:
            found[fold(letter), mark] = fold(character)
    return found


def build() -> u.Tables:
    pairs = compositions()
    marks = {mark for _, mark in pairs}
    records = np.fromiter((record(chr(c), marks) for c in range(CODE_POINTS)), np.uint16, CODE_POINTS)
    deltas = np.fromiter((ord(fold(chr(c))) - c for c in range(CODE_POINTS)), np.int32, CODE_POINTS)
    whole = np.column_stack([records.reshape(-1, u.PAGE).astype(np.int32), deltas.reshape(-1, u.PAGE)])
    _, first, page = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # pages in the order of their first use: ASCII is page 0
    rank = np.argsort(order)
    lookalikes = np.zeros(u.LOOKALIKE_END - u.LOOKALIKE_START, np.uint32)
    for looks, latins in LOOKALIKES:
        for look, latin in zip(looks, latins, strict=True):
            lookalikes[ord(look) - u.LOOKALIKE_START] = ord(latin)
    keys = sorted((ord(letter) << 32 | ord(mark), ord(whole)) for (letter, mark), whole in pairs.items())
    return u.Tables(
        pages=rank[page.ravel()].astype(np.uint16),
        records=records.reshape(-1, u.PAGE)[first[order]].ravel(),
        deltas=deltas.reshape(-1, u.PAGE)[first[order]].ravel(),
        lookalikes=lookalikes,
        pairs=np.array([key for key, _ in keys], np.uint64),
        composed=np.array([whole for _, whole in keys], np.uint32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/unicode.npz"))
    output = parser.parse_args().output
    made = build()
    np.savez_compressed(output, version=np.array(unicodedata.unidata_version), **made._asdict())
    print(
        f"{output}: Unicode {unicodedata.unidata_version}, {len(made.records) // u.PAGE} pages, {len(made.pairs)} pairs"
    )


if __name__ == "__main__":
    main()
