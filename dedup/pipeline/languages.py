"""Translations among the articles of a scan: which language each is in, which are worth a look, and the verdicts.

Public: `find_translations`, `with_translations`, `taken_for_rewrites`, `with_counterparts`, `day_of`, `verdicts`,
`Translations`.

A pile of one language pays for telling the language and nothing more. Of articles with the same or nearly the same
words only the first by id is looked at, and none that has no article of another language within the window of dates.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.compiled.arrays import F64
from dedup.config import Config, Level
from dedup.engines.kept import NOTHING_KEPT, Codec, Kept
from dedup.engines.local import worker_count
from dedup.engines.scratch import Scratch
from dedup.pipeline.article_store import ArticleStore
from dedup.pipeline.preference import moment
from dedup.pipeline.sites import same_site
from dedup.records import SAME_WORDS, Article, Kind
from dedup.results import MatchTable, PackedMatch, Verdict, pack_match
from dedup.results.packing import from_bytes, to_bytes
from dedup.translation.candidates import Sketches, candidates
from dedup.translation.encoder import I8
from dedup.translation.features import Text
from dedup.translation.translator import Translator, translator

TELL_CHUNK, ENCODE_CHUNK = 512, 32  # articles that a worker takes at a time
SIEVE_CHUNK, PAIR_CHUNK = 1024, 64  # pairs
LEAST_SHARED_WORK = 64  # below which starting processes costs more than it saves
DAY = 86400.0  # seconds
REFUSED = "language_"  # in `Report.capped`, before the code of a language that the encoder does not know
KEPT_TEXTS = 256  # articles that stay ready for their next pair
KEPT_VECTORS = 4096  # articles whose first vectors do: 44 MB
_LISTS = Codec[list[bytes]](marshal.dumps, marshal.loads)
_NAMES = Codec[list[str]](marshal.dumps, marshal.loads)
Pair = tuple[int, int]  # numbers of articles in the store
_PAIRS = Codec[list[Pair]](marshal.dumps, marshal.loads)
_MATCHES = Codec(to_bytes, from_bytes)


class Translations(NamedTuple):
    """What was found across languages, and how many articles are in languages that are not looked at, by `REFUSED`."""

    matches: list[PackedMatch]
    refused: dict[str, int]


NOTHING = Translations([], {})


class _Vectors:
    """Sentence vectors of many articles on disk; where each stands in memory. Pickles for worker processes."""

    def __init__(self, width: int) -> None:
        self._folder: Scratch | None = Scratch()
        self._path, self._width = Path(self._folder.name) / "vectors", width
        self._places: dict[int, tuple[int, int]] = {}
        self._size = 0

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_folder": None}

    def add(self, numbers: Sequence[int], rows: Sequence[bytes]) -> None:
        """Keep the vectors of some articles."""
        with self._path.open("ab") as stream:
            for number, data in zip(numbers, rows, strict=True):
                stream.write(data)
                self._places[number] = self._size, len(data)
                self._size += len(data)

    def read(self, number: int) -> I8:
        """Return the vectors of an article, (n, width); none where none were kept."""
        start, length = self._places.get(number, (0, 0))
        if not length:
            return np.empty((0, self._width), np.int8)
        return np.fromfile(self._path, np.int8, length, offset=start).reshape(-1, self._width)


@dataclass(frozen=True, eq=False)
class _State:
    """What a worker needs."""

    store: ArticleStore
    translator: Translator
    languages: Sequence[str]
    first: _Vectors
    rest: _Vectors
    label: bytes  # of what is kept


_Work = Callable[[_State, Sequence[int]], list[bytes]]


def find_translations(
    store: ArticleStore,
    copies: Iterable[Verdict],
    config: Config,
    new: int | None = None,
    kept: Kept = NOTHING_KEPT,
    label: bytes = b"",
) -> Translations:
    """Return the translations among the articles of a store, each with one of the first `new` in it.

    `copies` are the verdicts of the same scan; `label` tells apart, in what is kept, others of the same numbers.
    Raises `MissingPackage` where translations are asked for and the extra `languages` is not installed.
    """
    chosen = translator(config.languages, config.translation) if config.level is Level.FULL else None
    if chosen is None:
        return NOTHING
    nothing = _Vectors(chosen.encoder.width), _Vectors(chosen.encoder.width)
    state = _State(store, chosen, (), *nothing, label)
    processes = worker_count(config.workers) if len(store) >= LEAST_SHARED_WORK else 1
    told = kept.map(b"language" + label, _tell, state, _chunks(range(len(store)), TELL_CHUNK), processes, _NAMES)
    languages = [language for some in told for language in some]
    refused = Counter(code for code in languages if code and not chosen.knows(code))
    numbers = _worth_encoding(store, languages, chosen, _repeats(copies, store, new or len(store)))
    if len({languages[n] for n in numbers}) > 1:
        matches = _matched(replace(state, languages=languages), numbers, new, processes, kept)
    else:
        matches = []
    known = any(map(chosen.knows, languages))
    return Translations(matches, {REFUSED + code: count for code, count in sorted(refused.items())} if known else {})


def with_translations(matches: MatchTable, found: Sequence[PackedMatch]) -> MatchTable:
    """Return the matches with the translations among them; a sure one takes the place of all but the same words."""
    if not found:
        return matches
    sure = _sure(found)
    copies = {verdict[:2] for verdict in matches.verdicts if verdict.kind in SAME_WORDS}
    weaker = {n for n, one in enumerate(matches.verdicts) if one[:2] in sure - copies}
    taken = {one[:2] for one in matches.verdicts} - (sure - copies)
    return matches.without(weaker).joined(one for one in found if one.verdict[:2] not in taken)


def taken_for_rewrites(matches: MatchTable, found: Sequence[PackedMatch]) -> set[int]:
    """Return the numbers of the matches that are rewrites by their names and numbers, and are sure translations."""
    sure = _sure(found)
    return {n for n, one in enumerate(matches.verdicts) if one.kind is Kind.REWRITE and one[:2] in sure}


def _sure(found: Sequence[PackedMatch]) -> set[tuple[str, str]]:
    return {one.verdict[:2] for one in found if one.verdict.kind is Kind.TRANSLATION}


def _pieces(pairs: Sequence[Pair], size: int) -> list[Sequence[Pair]]:
    return [pairs[i : i + size] for i in range(0, len(pairs), size)]


def _chunks(numbers: Sequence[int], size: int) -> list[Sequence[int]]:
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]


def _tell(state: _State, numbers: Sequence[int]) -> list[str]:
    return [state.translator.language(article.text) for article in state.store.read(numbers)[0]]


def _repeats(copies: Iterable[Verdict], store: ArticleStore, new: int) -> set[int]:
    """Return the articles that have the same or nearly the same words as one of their side with a smaller id."""
    pairs = (
        [store.numbers.get(id_) for id_ in sorted((one.left, one.right))] for one in copies if one.kind in SAME_WORDS
    )
    return {b for a, b in pairs if a is not None and b is not None and (a < new) == (b < new)}


def _worth_encoding(store: ArticleStore, languages: Sequence[str], chosen: Translator, repeats: set[int]) -> list[int]:
    """Return the articles that may have a counterpart, by id."""
    known = [n for n in range(len(store)) if chosen.knows(languages[n]) and n not in repeats]
    if len({languages[n] for n in known}) < 2:
        return []
    known.sort(key=store.ids.__getitem__)
    worth = with_counterparts([languages[n] for n in known], _days(store, known), chosen.config.days)
    return list(compress(known, worth.tolist()))


def with_counterparts(languages: Sequence[str], days: F64, most: float) -> NDArray[np.bool_]:
    """Return which articles have one of another language within `most` days; a day that is not known is NaN."""
    codes = np.unique(np.array(languages), return_inverse=True)[1]
    near = _near(days, days, most)
    for code in np.unique(codes):
        near[codes == code] -= _near(days[codes == code], days[codes == code], most)
    return near > 0


def _days(store: ArticleStore, numbers: Sequence[int]) -> F64:
    """Return when articles were published, in days, NaN where that is not known."""
    if not store.attributed:
        return np.full(len(numbers), np.nan)
    articles = (article for some in _chunks(numbers, TELL_CHUNK) for article in store.read(some)[0])
    return np.array([day_of(article) for article in articles], np.float64)


def day_of(article: Article) -> float:
    """Return when an article was published, in days; NaN where that is not known."""
    at = moment(article.published)
    return np.nan if at is None else at / DAY


def _near(days: F64, others: F64, most: float) -> NDArray[np.int64]:
    """Return how many of the others are near enough to each day; who has no date is near to all."""
    dated = np.sort(others[~np.isnan(others)])
    found = np.full(len(days), len(others), np.int64)
    has = ~np.isnan(days)
    within = np.searchsorted(dated, days[has] + most, "right") - np.searchsorted(dated, days[has] - most, "left")
    found[has] = within + len(others) - len(dated)
    return found


def _matched(state: _State, numbers: Sequence[int], new: int | None, processes: int, kept: Kept) -> list[PackedMatch]:
    """Return the translations among articles that are worth encoding; `numbers` are in the order of their ids."""
    pairs = _candidates(state, numbers, processes, kept)
    if new is not None:
        pairs = [pair for pair in pairs if min(pair) < new]
    sieved = kept.map(b"partners" + state.label, _sieve, state, _pieces(pairs, SIEVE_CHUNK), processes, _PAIRS)
    pairs = [pair for some in sieved for pair in some]
    longer = sorted({n for pair in pairs for n in pair}, key=state.store.ids.__getitem__)
    _encode_all(state, state.rest, _encode_rest, b"rest", longer, processes, kept)
    found = kept.map(b"translation" + state.label, _judge, state, _pieces(pairs, PAIR_CHUNK), processes, _MATCHES)
    return [match for some in found for match in some]


def _sieve(state: _State, pairs: Sequence[Pair]) -> list[Pair]:
    """Return the candidates that are worth reading as a whole."""
    centred, languages = state.translator.model.centred, state.languages
    first = lru_cache(KEPT_VECTORS)(lambda number: centred(state.first.read(number), languages[number]))
    return [(a, b) for a, b in pairs if state.translator.worth_reading(first(a), first(b))]


def _candidates(state: _State, numbers: Sequence[int], processes: int, kept: Kept) -> list[Pair]:
    """Return the pairs worth a comparison, by numbers in the store."""
    _encode_all(state, state.first, _encode_first, b"encode", numbers, processes, kept)
    made, at = [], []
    for place, number in enumerate(numbers):
        first = state.first.read(number)
        if len(first):
            made.append(state.translator.sketch(first, state.languages[number]))
            at.append(place)
    days = _days(state.store, numbers)
    sketches = Sketches.of(at, [state.languages[numbers[n]] for n in at], days[at].tolist(), made)
    return [(numbers[a], numbers[b]) for a, b in candidates(sketches, state.translator.config)]


def _encode_all(
    state: _State, into: _Vectors, work: _Work, label: bytes, numbers: Sequence[int], processes: int, kept: Kept
) -> None:
    chunks = _chunks(numbers, ENCODE_CHUNK)
    for some, rows in zip(chunks, kept.map(label + state.label, work, state, chunks, processes, _LISTS), strict=True):
        into.add(some, rows)


def _encode_first(state: _State, numbers: Sequence[int]) -> list[bytes]:
    return [state.translator.first(article.text).tobytes() for article in state.store.read(numbers)[0]]


def _encode_rest(state: _State, numbers: Sequence[int]) -> list[bytes]:
    return [state.translator.rest(article.text).tobytes() for article in state.store.read(numbers)[0]]


def _judge(state: _State, pairs: Sequence[Pair]) -> Sequence[PackedMatch]:
    ready = lru_cache(KEPT_TEXTS)(lambda number: _ready(state, number))
    return verdicts(state.translator, ((ready(a), ready(b)) for a, b in pairs))


def verdicts(chosen: Translator, pairs: Iterable[tuple[Text, Text]]) -> list[PackedMatch]:
    """Return the translations among pairs of articles of two languages."""
    found = ((one, two, chosen.match(one, two)) for one, two in pairs)
    return [
        pack_match(replace(match, same_site=same_site(one.article, two.article)))
        for one, two, match in found
        if match is not None
    ]


def _ready(state: _State, number: int) -> Text:
    article = state.store.article(number)
    vectors = state.first.read(number), state.rest.read(number)
    return state.translator.text(article, state.languages[number], *vectors)
