"""Build `dedup/data/unicode.npz`, the class and fold of every code point, from Python's Unicode database.

Run it again only to move to a newer Unicode version or to other folds, and then rename
`dedup.compiled.hashing.NORMALISER`.
"""

from __future__ import annotations

import argparse
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np

from dedup.compiled.arrays import U32
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

# Vowel signs and marks that writers of Arabic and Hebrew may leave out, and the stroke that stretches Arabic words.
OPTIONAL_RANGES = (
    (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x0652), (0x0656, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC),
    (0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED), (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2),
    (0x05C4, 0x05C5), (0x05C7, 0x05C7),
)  # fmt: skip
MARK_RANGES = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
# Letters in circles, squares and brackets: symbols to Unicode, letters to whoever reads them.
ENCLOSED_RANGES = (
    (0x249C, 0x24B5), (0x24B6, 0x24E9), (0x1F110, 0x1F129), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189),
)  # fmt: skip
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
VOICED = "\u3099\u309a\uff9e\uff9f"  # marks of kana that stand by themselves in decomposed and half-width text
BARS = dict(zip("đħłøŧƀɨʉ", "dhlotbiu", strict=True))  # strokes are no marks to Unicode

# Letters of Cyrillic, Armenian and Greek that are drawn like Latin ones.
LOOKALIKES = (
    ("авсԁеһіјкӏմոорԛѕтухԝѵгпь", "abcdehijklmnopqstyxwvrnb"),
    ("АВСЕНІЈКМОРЅТУХԜѴ", "abcehijkmopstyxwv"),
    ("αεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeikvoptuxabezhikmnoptyx"),
)
# Those that are taken for Latin ones in both cases, so that a word of nothing else may be either.
ALIKE_ALWAYS = "асеһіјорԛѕухԝѵ" + "АСЕҺІЈОРԚЅУХԜѴ" + "ονΟΝ"
ALIKE_AS_WRITTEN = "ВНКМТ" + "αΑΒΕΖΗΙΚΜΡΤΥΧ"  # in this case only: they count as Latin beside Latin letters
# What a Latin letter stands for inside a word of another script.
CYRILLIC = ("aceopxyijsABCEHKMOPTXYIJS", "асеорхуіјѕавсенкмортхуіјѕ")
GREEK = ("ovapikxuABEZHIKMNOPTYX", "οναρικχυαβεζηικμνορτυχ")


def within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def class_of(character: str) -> int:
    for kind, members in (
        (u.APOSTROPHE, APOSTROPHES), (u.POINT, "."), (u.COMMA, ","), (u.END, ENDS), (u.WIDE_END, WIDE_ENDS),
        (u.NEWLINE, NEWLINES), (u.RETURN, "\r"), (u.IGNORED, FILLERS),
    ):  # fmt: skip
        if character in members:
            return kind
    category, code = unicodedata.category(character), ord(character)
    if category in ("Cf", "Me") or within(code, VARIATION_SELECTORS) or within(code, OPTIONAL_RANGES):
        return u.IGNORED
    if category == "Mn" and within(code, MARK_RANGES) and character not in composing():
        return u.IGNORED
    if within(code, ENCLOSED_RANGES):
        return u.LETTER
    if category[0] in "LMN" and within(ord(character), GRAM_RANGES):
        return u.GRAM
    if category[0] in "LM":
        return u.LETTER
    return u.DIGIT if category == "Nd" else u.LETTER if category[0] == "N" else u.OTHER


@cache
def composing() -> frozenset[str]:
    """Return the marks that make one character with some letter."""
    found = set(VOICED)
    for character in map(chr, range(CODE_POINTS)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            whole = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", whole) == character:
                found.add(whole[1])
    return frozenset(found)


def base(character: str) -> str:
    """Return a letter without its marks."""
    return BARS.get(character, unicodedata.normalize("NFD", character)[0])


def is_greek(character: str) -> bool:
    return 0x370 <= ord(character) <= 0x3FF or 0x1F00 <= ord(character) <= 0x1FFF


def enclosed(character: str) -> str:
    """Return the letter in a circle, a square or brackets, else the character itself."""
    for first, last in ENCLOSED_RANGES:
        if first <= ord(character) <= last:
            return ALPHABET[(ord(character) - first) % 26]
    return character


def fold_one(character: str) -> str:
    """Return the fold of a character that stays one: lower case, and Greek without accents as capitals are written."""
    low = character.lower()
    low = low if len(low) == 1 else low[0] if character == "İ" else character
    low = base(low) if is_greek(low) and unicodedata.category(low)[0] == "L" else low
    return {"ς": "σ", "ı": "i"}.get(low, low)


@cache
def expansion(character: str) -> str:
    """Return the folded letters of a ligature or digraph, "" for any other character."""
    parts = unicodedata.normalize("NFKC", character)
    if (
        class_of(character) != u.LETTER
        or not 1 < len(parts) <= u.LONGEST_EXPANSION
        or within(ord(character), ENCLOSED_RANGES)
    ):
        return ""
    if not all(unicodedata.category(part)[0] == "L" for part in parts):
        return ""
    return "".join(map(fold_one, parts)) if unicodedata.normalize("NFC", character) != parts else ""


@cache
def expanding() -> tuple[str, ...]:
    return tuple(filter(expansion, map(chr, range(CODE_POINTS))))


@cache
def expansion_numbers() -> dict[str, int]:
    return {character: number for number, character in enumerate(expanding())}


def fold(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    if character in expansion_numbers():
        return chr(u.EXPANSIONS_START + expansion_numbers()[character])
    plain = SMALL_CAPITALS.get(character) or unicodedata.normalize("NFKC", enclosed(character))
    if unicodedata.category(character)[0] == "L" and len(plain) > 1:
        bare = [part for part in plain if class_of(part) != u.IGNORED]
        plain = bare[0] if len(bare) == 1 else plain
    return fold_one(plain if len(plain) == 1 else character)


def record(character: str, marks: set[str]) -> int:
    kind, folded, code = class_of(character), ord(fold(character)), ord(character)
    letter = kind == u.LETTER
    value = kind
    value |= u.CAPITAL * (character.isupper() or character.istitle())
    value |= u.LOWER * character.islower()
    value |= u.SPACE * (character.isspace() or character == "_")
    value |= u.LATIN * (letter and (0x61 <= folded <= 0x7A or 0xC0 <= folded <= 0x24F))
    value |= u.LOOKALIKE * (letter and u.LOOKALIKE_START <= code < u.LOOKALIKE_END)
    jamo = 0x1161 <= folded <= 0x1175 or 0x11A8 <= folded <= 0x11C2
    value |= u.COMBINING * (character in marks or character in VOICED or jamo)
    soft = kind == u.IGNORED or character in HYPHENS + "\t_" or unicodedata.category(character) == "Zs"
    return value | u.SOFT * soft


def compositions() -> dict[tuple[str, str], str]:
    """Folded letter and mark to folded composition, from the canonical decompositions that NFC undoes."""
    found = {}
    for character in map(chr, range(CODE_POINTS)):
        parts = unicodedata.decomposition(character).split()
        if len(parts) != 2 or parts[0].startswith("<"):
            continue
        letter, mark = (chr(int(part, 16)) for part in parts)
        wanted = u.GRAM if mark in VOICED else u.LETTER
        if unicodedata.normalize("NFC", letter + mark) == character and class_of(letter) == wanted:
            found[fold(letter), mark] = fold(character)
    return found


def lookalikes() -> U32:
    table = np.zeros(u.LOOKALIKE_END - u.LOOKALIKE_START, np.uint32)
    for looks, latins in LOOKALIKES:
        for look, latin in zip(looks, latins, strict=True):
            bits = u.ALIKE_ALWAYS * (look in ALIKE_ALWAYS) | u.ALIKE_AS_WRITTEN * (look in ALIKE_AS_WRITTEN)
            table[ord(look) - u.LOOKALIKE_START] = ord(latin) | bits
    for code in range(0x386, 0x3CF):  # accents of Greek are folded away
        bare = unicodedata.normalize("NFD", chr(code))
        if len(bare) > 1:
            table[code - u.LOOKALIKE_START] = table[ord(bare[0]) - u.LOOKALIKE_START]
    return table


def reverse() -> U32:
    table = np.zeros((2, 128), np.uint32)
    for row, (latins, looks) in enumerate((CYRILLIC, GREEK)):
        for latin, look in zip(latins, looks, strict=True):
            table[row, ord(latin)] = ord(look)
    return table


def bases() -> U32:
    codes = (*range(u.LATIN_1, u.LATIN_1_END), *range(u.LATIN_2, u.LATIN_2_END))
    return np.array([ord(fold_one(base(fold_one(chr(code))))) for code in codes], np.uint32)


def expansions() -> U32:
    rows = [[*map(ord, expansion(c)), *[0] * (u.LONGEST_EXPANSION - len(expansion(c)))] for c in expanding()]
    return np.array(rows, np.uint32)


def build() -> u.Tables:
    pairs = compositions()
    marks = {mark for _, mark in pairs}
    records = np.fromiter((record(chr(c), marks) for c in range(CODE_POINTS)), np.uint16, CODE_POINTS)
    deltas = np.fromiter((ord(fold(chr(c))) - c for c in range(CODE_POINTS)), np.int32, CODE_POINTS)
    whole = np.column_stack([records.reshape(-1, u.PAGE).astype(np.int32), deltas.reshape(-1, u.PAGE)])
    _, first, page = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # pages in the order of their first use: ASCII is page 0
    rank = np.argsort(order)
    keys = sorted((ord(letter) << 32 | ord(mark), ord(whole)) for (letter, mark), whole in pairs.items())
    return u.Tables(
        pages=rank[page.ravel()].astype(np.uint16),
        records=records.reshape(-1, u.PAGE)[first[order]].ravel(),
        deltas=deltas.reshape(-1, u.PAGE)[first[order]].ravel(),
        lookalikes=lookalikes(),
        reverse=reverse(),
        bases=bases(),
        expansions=expansions(),
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
