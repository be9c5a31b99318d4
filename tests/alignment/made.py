"""Invented articles, a background that knows their commonest words, and texts of numbered stems."""

from __future__ import annotations

import numpy as np

from dedup.alignment.bags import Bag, Scale, TextPair
from dedup.alignment.layout import GOLDEN
from dedup.alignment.numbering import Text
from dedup.records import Flag, Tokens
from dedup.text import tokenise

COPIED = """Rangers closed the Ostervale pass on Monday after a rockfall buried forty metres of the old toll road.
Nobody was hurt, but two lorries loaded with cheese spent the night on the mountain. The canton expects repairs
to last until the middle of October and has asked drivers to use the lake tunnel."""
RETOLD = """After a rockfall had buried forty metres of the old toll road, the Ostervale pass was closed by rangers
on Monday. Two lorries that carried cheese had to spend the night on the mountain; nobody was injured. Repairs are
expected by the canton to take until mid October, and drivers were asked to take the lake tunnel."""
ORCHESTRA = """The youth orchestra of Brannick opened its season with a concert for two hundred pupils.
Its conductor, who studied abroad, promised three new pieces by local composers before the winter holidays.
Tickets for the next evening are already hard to find, said the box office."""
BAKERY = """A bakery in the harbour quarter sells bread that is baked in a kiln built of recycled brick.
The owner learned the trade from an aunt and now teaches apprentices on Saturdays.
Neighbours complain about smoke, while the mayor praises the smell."""
RUGBY = """Fullbacks dominated the second half as the visitors ran in four tries without reply.
A yellow card cost the hosts their captain, and the referee had a busy evening under heavy rain.
Coaches of both teams blamed the turf."""
CHRONICLE = """
The town of Ostervale grew around a toll bridge that the monks of Saint Ivo built over the river Brann in 1284.
For two centuries salt traders paid a silver penny for every mule, and the abbey bought vineyards with the money.
In 1511 a flood carried away the bridge, three mills and the wooden chapel on the eastern bank.
The abbot borrowed from bankers in Veldmoor and raised five stone arches, which still carry the road today.
Weavers settled on the meadows downstream, where soft water suited their dyes, above all a deep madder red.
By 1640 their guild employed nine hundred looms and sent cloth to the fairs of Brannick every spring and autumn.
War emptied the valley twice; soldiers burned the guildhall and the plague of 1667 killed a third of the families.
Recovery came with potatoes, which a gardener named Tobias Renn planted first behind the ruined dye house.
His granddaughter Elsbeth Renn opened the earliest school for girls in the canton and taught arithmetic with beans.
The railway reached Ostervale in 1868, once engineers had drilled the Kessel tunnel through eleven kilometres of rock.
Watchmakers followed the trains, and before long the factory of Anton Lieb shipped pocket watches to four continents.
Cheap quartz ruined the factory in 1979, when two thousand workers lost their jobs within eighteen months.
A theatre collective moved into the empty halls, then a brewery, then laboratories that grow skin for burn patients.
Tourists now arrive for the madder festival, when the arches of the old bridge are hung with red banners.
"""
SUMMARY = """Ostervale owes its rise to the monks and their toll bridge, replaced by five stone arches after the
flood of 1511. Weavers with their madder red, war and plague, the potatoes of Tobias Renn, the girls' school of
Elsbeth Renn and the railway through the Kessel tunnel shaped the valley. The watch factory of Anton Lieb died of
quartz in 1979; theatre, brewery and laboratories fill its halls, and tourists come for the festival of red banners."""


class Even:
    """A background in which the commonest words are common and all others equally rare."""

    common = dict.fromkeys(
        tokenise("the of to and a in on was for by its that with are had as an is").stems.tolist(), 0.02
    )

    def stem_probability(self, stems: np.ndarray) -> np.ndarray:
        return np.array([self.common.get(s, 2e-5) for s in stems.tolist()], np.float32)


def with_boilerplate(tokens: Tokens, first: int, last: int) -> Tokens:
    flags = tokens.flags.copy()
    flags[first:last] |= np.uint8(Flag.BOILERPLATE)
    return Tokens(tokens.data, tokens.hashes, tokens.stems, tokens.starts, tokens.ends, flags, tokens.sentences)


STEMS = 10  # that the texts of numbered stems are made of


def text_of(ids: list[int], marks: list[int] | None = None) -> Text:
    return Text(np.array(ids, np.int32), np.array(marks or [0] * (len(ids) + 1), np.uint8))


def scale_of(left: list[int], right: list[int], probability: list[float], window: int = 1000) -> Scale:
    shared = np.zeros(STEMS, np.uint8)
    shared[sorted({*left} & {*right})] = 1
    return Scale(np.array(probability, np.float32), shared, np.zeros(STEMS, np.float32), 0.4, window)


def pair_of(left: Text, right: Text, probability: list[float]) -> TextPair:
    scale = scale_of(left.ids.tolist(), right.ids.tolist(), probability)
    return TextPair(left, right, Bag.empty(STEMS), Bag.empty(STEMS), scale)


def article(sentences: list[list[int]]) -> Tokens:
    """An article whose words are the given stems."""
    words = [word for sentence in sentences for word in sentence]
    stems = np.array(words, np.uint64) * GOLDEN
    n, bounds = len(words), np.cumsum([0, *map(len, sentences)])
    places = np.arange(n, dtype=np.uint32)
    return Tokens(b"-" * n, stems, stems, places, places + 1, np.zeros(n, np.uint8), bounds.astype(np.uint32))
