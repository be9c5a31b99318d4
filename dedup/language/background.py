"""What ordinary news looks like: how often words, pairs and triples occur, and how names are written.

A background is read-only, memory-mapped and stackable: the shipped one, the user's own, that of an index. Words are
identified by `Tokens.hashes`; every number is one word, `NUMBER`, and every break (a comma, a full stop, a new line)
one word, `BREAK`, that is only ever followed, never predicted, so that no n-gram spans it (`normalised`).

The document frequencies of `frequencies` stay apart from these counts. They are read by every scan, 1.6 MB that also
hold stems and the classes of all features; this is 8.9 MB that only the score of single articles reads. One file would
make every scan map the n-grams, tie the weights inside stored signatures to counts that users replace, and take 69 ns
a word for a document count instead of 15.

Public: `Background`, `Tables`, `WordColumn`, `PairColumn`, `Total`, `normalised`, `load_background`, `save_background`,
`shipped_background`, `stacked`, `NUMBER`, `BREAK`.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dedup.checks import require
from dedup.compiled.arrays import F32, F64, I64, U8, U32, U64
from dedup.compiled.decorators import Fields, helper, inlined, kernel
from dedup.compiled.hashing import NORMALISER, join, mixed
from dedup.errors import ConfigError, InputError
from dedup.language.tables import COUNTS, FIRST_COUNT, Table, find, is_sound, stack_tables
from dedup.records import Flag, Tokens
from dedup.resources import resource
from dedup.whole_files import whole_file

MAGIC = b"dedup-background\n"
FORMAT = 1
DISCOUNT = 0.75  # absolute discount of every stored count (Ney, Essen, Kneser 1994)
ALIGNMENT = 64  # bytes; arrays start on cache lines

NUMBER = np.uint64(0x9AE16A3B2F90404F)  # arbitrary: stand for any number and for any break, and for no word
BREAK = np.uint64(0xC3A5C85C97CB3127)
_DIGIT, _LINE, _BOILERPLATE, _BROKEN = (int(f) for f in (Flag.DIGIT, Flag.LINE, Flag.BOILERPLATE, Flag.BREAK))


# Files hold the columns, so that their values are kept. A rest is the probability that a context leaves to the words
# that are not stored after it.
class WordColumn(IntEnum):
    """Columns of the table of words."""

    COUNT = 0  # class
    DOCUMENTS = 1  # class
    CAPITAL = 2  # share of the uses inside sentences, in 255ths
    REST = 3  # in 255ths


class PairColumn(IntEnum):
    """Columns of the table of pairs; that of triples has the first alone."""

    COUNT = 0  # class
    REST = 1  # in 255ths


class Total(IntEnum):
    """Columns of `Tables.totals`."""

    WORDS = 0  # counted
    UNKNOWN = 1  # probability of all unknown words together


class Tables(NamedTuple):
    """The arrays that compiled code works on."""

    words: Table  # columns of `WordColumn`
    pairs: Table  # columns of `PairColumn`
    triples: Table
    totals: F64  # (layers, 2) columns of `Total`
    counts: F32  # (256,) count of each class


def fields_of(tables: Tables) -> Fields:
    """Return the fields of tables for a kernel, which makes `tables_of` them."""
    return tuple(tables.words), tuple(tables.pairs), tuple(tables.triples), tables.totals, tables.counts


@inlined
def tables_of(fields: Fields) -> Tables:
    """The tables of what `fields_of` gave."""
    return Tables(Table(*fields[0]), Table(*fields[1]), Table(*fields[2]), fields[3], fields[4])


@dataclass(frozen=True, eq=False, repr=False)
class Background:
    """Counts over a pile of news, or over several piles stacked. Look-ups take hashes, one or an array of them."""

    tables: Tables
    headers: tuple[dict[str, Any], ...]
    spellings: tuple[tuple[U64, bytes], ...] = field(repr=False, default=())  # sorted hashes; words joined by newlines

    def __repr__(self) -> str:
        return f"<Background of {self.documents:,} articles, {self.words:,} words>"

    @property
    def documents(self) -> int:
        """Return the number of articles counted."""
        return sum(int(header["documents"]) for header in self.headers)

    @cached_property
    def words(self) -> int:
        """Return the number of words counted."""
        return int(self.tables.totals[:, Total.WORDS].sum())

    def count1(self, word: ArrayLike) -> F32:
        """Return how often each word occurs, within 4 % above 20; 0 where it is unknown."""
        return _column(self.tables.words, _keys(word), WordColumn.COUNT)

    def word_documents(self, word: ArrayLike) -> F32:
        """Return in how many articles each word occurs."""
        return _column(self.tables.words, _keys(word), WordColumn.DOCUMENTS)

    def count2(self, first: ArrayLike, second: ArrayLike) -> F32:
        """Return how often each pair of words occurs side by side; 0 where it is rare or unknown."""
        return _column(self.tables.pairs, _keys(first, second), PairColumn.COUNT)

    def count3(self, first: ArrayLike, second: ArrayLike, third: ArrayLike) -> F32:
        """Return how often each triple of words occurs; 0 where it is rare or unknown."""
        return _column(self.tables.triples, _keys(first, second, third), FIRST_COUNT)

    def capital_share(self, word: ArrayLike) -> F32:
        """Return the share, 0..1, of a word's uses inside a sentence that are capitalised; NaN where it is unknown."""
        share: F32 = _capital(self.tables.words, _keys(word), self.tables.counts)
        return share

    def spell(self, word: int) -> str | None:
        """Return a frequent word as it is mostly written, from its hash; None where it is rare."""
        return self.spelled.get(int(word))

    @cached_property
    def spelled(self) -> dict[int, str]:
        """Return the frequent words as they are mostly written, by hash."""
        found: dict[int, str] = {}
        for hashes, joined in self.spellings:
            for word, spelled in zip(hashes.tolist(), joined.decode().split("\n"), strict=False):
                found.setdefault(word, spelled)
        return found

    @cached_property
    def names(self) -> tuple[tuple[str, int, float], ...]:
        """Return spelling, hash and count of the frequent words mostly capitalised inside sentences, sorted by hash."""
        words = sorted(self.spelled)
        share, count = self.capital_share(np.array(words, np.uint64)), self.count1(np.array(words, np.uint64))
        return tuple((self.spelled[w], w, float(c)) for w, s, c in zip(words, share, count, strict=True) if s > 0.5)

    @staticmethod
    def stack(*backgrounds: Background) -> Background:
        """Return one background that counts what all the given ones count. Raises `ConfigError` where none is given."""
        if not backgrounds:
            raise ConfigError("Background.stack needs at least one background")
        if len(backgrounds) == 1:
            return backgrounds[0]
        parts = [b.tables for b in backgrounds]
        tables = Tables(
            stack_tables([p.words for p in parts]),
            stack_tables([p.pairs for p in parts]),
            stack_tables([p.triples for p in parts]),
            np.concatenate([p.totals for p in parts]),
            COUNTS,
        )
        headers = tuple(header for b in backgrounds for header in b.headers)
        return Background(tables, headers, tuple(s for b in backgrounds for s in b.spellings))


def _keys(*words: ArrayLike) -> U64:
    if len(words) == 1:
        return mixed(np.atleast_1d(np.asarray(words[0], np.uint64)))
    parts = np.broadcast_arrays(*[np.atleast_1d(np.asarray(w, np.uint64)) for w in words])
    keys: U64 = _join_keys(np.ascontiguousarray(np.stack(parts, axis=1)))
    return keys


@kernel
def _join_keys(words: U64) -> U64:
    keys = np.empty(len(words), np.uint64)
    for i in range(len(words)):
        key = words[i, 0]
        for j in range(1, words.shape[1]):
            key = join(key, words[i, j])
        keys[i] = key
    return keys


@kernel
def _sum_column(table: Table, keys: U64, column: int, values: F32) -> F32:
    total = np.zeros(len(keys), np.float32)
    for i in range(len(keys)):
        for layer in range(len(table.layers)):
            at = find(table, np.int64(layer), keys[i])
            if at >= 0:
                total[i] += values[table.columns[at, column]]
    return total


def _column(table: Table, keys: U64, column: int) -> F32:
    result: F32 = _sum_column(table, keys, column, COUNTS)
    return result


@kernel
def _capital(table: Table, keys: U64, values: F32) -> F32:
    """Capital shares, weighted by the counts of the layers."""
    shares = np.full(len(keys), np.nan, np.float32)
    for i in range(len(keys)):
        uses, capitals = np.float32(0), np.float32(0)
        for layer in range(len(table.layers)):
            at = find(table, np.int64(layer), keys[i])
            if at >= 0:
                count = values[table.columns[at, WordColumn.COUNT]]
                uses += count
                capitals += count * table.columns[at, WordColumn.CAPITAL] / np.float32(255)
        if uses > 0:
            shares[i] = capitals / uses
    return shares


@helper
def _only_space(data: U8, start: np.int64, end: np.int64) -> bool:
    """Whether the bytes are spaces, tabs and line ends: a line broken inside a sentence."""
    marks = 0
    for at in range(start, end):
        marks += data[at] != 32 and (data[at] < 9 or data[at] > 13)
    return marks == 0


@kernel
def normalise(hashes: U64, flags: U8, sentences: U32, data: U8, starts: U32, ends: U32) -> tuple[U64, I64]:
    """Kernel of `normalised`."""
    words = np.empty(2 * len(hashes) + 1, np.uint64)
    origin = np.empty(2 * len(hashes) + 1, np.int64)
    n, sentence, broken = 0, 0, True
    for i in range(len(hashes)):
        while sentence < len(sentences) and np.int64(sentences[sentence]) <= i:
            sentence, broken = sentence + 1, True
        if not broken and flags[i] & _BROKEN != 0:
            broken = flags[i] & _LINE == 0 or not _only_space(data, np.int64(ends[i - 1]), np.int64(starts[i]))
        if flags[i] & _BOILERPLATE != 0:
            broken = True
            continue
        if broken:
            words[n], origin[n] = BREAK, -1
            n, broken = n + 1, False
        words[n], origin[n] = NUMBER if flags[i] & _DIGIT != 0 else hashes[i], i
        n += 1
    return words[:n], origin[:n]


def normalised(tokens: Tokens) -> tuple[U64, I64]:
    """Return the words of an article as the background counts them, and the token that each comes from.

    Two arrays of one length: hashes, with `NUMBER` for words with a digit and `BREAK` before each unbroken run
    (a line that ends inside a sentence breaks nothing); and indices into `tokens`, -1 for a break. Boilerplate is left
    out.
    """
    data = np.frombuffer(tokens.data, np.uint8)
    words, origin = normalise(tokens.hashes, tokens.flags, tokens.sentences, data, tokens.starts, tokens.ends)
    return words, origin


def _arrays(background: Background) -> dict[str, NDArray[Any]]:
    tables = background.tables
    arrays: dict[str, NDArray[Any]] = {"totals": tables.totals}
    for name in ("words", "pairs", "triples"):
        for part, array in getattr(tables, name)._asdict().items():
            arrays[f"{name}.{part}"] = array
    for i, (hashes, joined) in enumerate(background.spellings):
        arrays[f"spellings.{i}.hashes"] = hashes
        arrays[f"spellings.{i}.text"] = np.frombuffer(joined, np.uint8)
    return arrays


def save_background(background: Background, path: str | Path) -> None:
    """Write a background to one file: a line of magic, a line of JSON that describes the arrays, then the arrays."""
    arrays = {name: np.ascontiguousarray(array) for name, array in _arrays(background).items()}
    at, layout = 0, {}
    for name, array in arrays.items():
        layout[name] = {"at": at, "shape": array.shape, "dtype": array.dtype.newbyteorder("<").str}
        at += -(-array.nbytes // ALIGNMENT) * ALIGNMENT
    header = {"format": FORMAT, "normaliser": NORMALISER, "layers": background.headers, "arrays": layout, "bytes": at}
    line = MAGIC + json.dumps(header, sort_keys=True).encode() + b"\n"
    with whole_file(path) as out:
        out.write(line + b"\0" * (-len(line) % ALIGNMENT))
        for array in arrays.values():
            raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
            out.write(raw + b"\0" * (-len(raw) % ALIGNMENT))


def _header(path: Path, view: mmap.mmap) -> tuple[dict[str, Any], int]:
    """Return the header of a file and where its arrays start. Raises `InputError` where it is no background."""
    if view[: len(MAGIC)] != MAGIC:
        raise InputError(f"{path}: not a background file of dedup")
    end = view.find(b"\n", len(MAGIC))
    header: dict[str, Any] = json.loads(view[len(MAGIC) : end])
    for name, wanted in (("format", FORMAT), ("normaliser", NORMALISER)):
        if header[name] != wanted:
            raise InputError(f"{path}: {name} is {header[name]!r}, this version needs {wanted!r}: build it again")
    first = -(-(end + 1) // ALIGNMENT) * ALIGNMENT
    if len(view) < first + header["bytes"]:
        raise InputError(f"{path}: shorter than its header says; build it again")
    return header, first


def load_background(path: str | Path) -> Background:
    """Return a background file mapped into memory.

    Raises `InputError` where it is missing, damaged or of another version.
    """
    require("load_background", path, (str, Path), "the path of a file")
    path = Path(path)
    try:
        with open(path, "rb") as opened:
            view = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a background: {error}") from error
    try:
        return _background(path, view)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(f"{path}: a background file that is damaged ({error!r}); build it again") from None


def _background(path: Path, view: mmap.mmap) -> Background:
    header, first = _header(path, view)
    arrays = {name: _array(view, first, spec) for name, spec in header["arrays"].items()}
    words, pairs, triples = (
        Table(*(arrays[f"{name}.{part}"] for part in Table._fields)) for name in ("words", "pairs", "triples")
    )
    tables = Tables(words, pairs, triples, arrays["totals"], COUNTS)
    count = sum(name.startswith("spellings.") for name in arrays) // 2
    spellings = tuple((arrays[f"spellings.{i}.hashes"], arrays[f"spellings.{i}.text"].tobytes()) for i in range(count))
    made = Background(tables, tuple(header["layers"]), spellings)
    _check(made)
    return made


def _check(background: Background) -> None:
    """Raise `ValueError` unless the parts of a file fit together."""
    tables, layers = background.tables, len(background.headers)
    widths = (tables.words, len(WordColumn)), (tables.pairs, len(PairColumn)), (tables.triples, 1)
    if not all(is_sound(table, layers, width) for table, width in widths):
        raise ValueError("its tables do not fit together")
    totals = tables.totals
    if (
        totals.dtype != np.float64
        or totals.shape != (layers, len(Total))
        or not (np.isfinite(totals) & (totals >= 0)).all()
    ):
        raise ValueError("its totals are no counts")
    if background.documents < 0 or any(
        hashes.dtype != np.uint64 or hashes.ndim != 1 for hashes, _ in background.spellings
    ):
        raise ValueError("its spellings cannot be read")
    for _, joined in background.spellings:
        joined.decode()


def _array(view: mmap.mmap, first: int, spec: dict[str, Any]) -> NDArray[Any]:
    count = int(np.prod(spec["shape"], dtype=np.int64))
    if count == 0:
        return np.empty(spec["shape"], spec["dtype"])
    return np.frombuffer(view, spec["dtype"], count, first + spec["at"]).reshape(spec["shape"])


def stacked(*paths: str | Path, shipped: bool = True) -> Background:
    """Return the shipped background (unless `shipped` is false) with the files of `paths` on top."""
    own: Sequence[Background] = [load_background(path) for path in paths]
    return Background.stack(*([shipped_background()] if shipped else []), *own)


@lru_cache(maxsize=1)
def shipped_background() -> Background:
    """Return the background that comes with the package, loaded once."""
    return load_background(resource("background.bin"))
