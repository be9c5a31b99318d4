"""British spellings of the words of an American background: no swaps, though it prefers its own."""

from __future__ import annotations

import re

import numpy as np

from dedup.compiled.hashing import hash_word
from dedup.language.background import Background

LESS_COMMON = 0.5  # an American background has the British form less often than this share of its own
RULES = (
    (r"or(s|ed|ing|able|ite|ites|ful|less|hood|ly|al|er|ers)?$", r"our\1"),
    (r"iz(e|ed|es|ing|er|ers|ation|ations)$", r"is\1"),
    (r"yz(e|ed|es|ing|er|ers)$", r"ys\1"),
    (r"(cent|theat|met|lit|fib|calib|somb|lust|spect|saber?)er(s|ed|ing)?$", r"\1re\2"),
    (r"l(ed|ing|er|ers|or|ors|est)$", r"ll\1"),
    (r"ense(s|d|less)?$", r"ence\1"),
    (r"og(s)?$", r"ogue\1"),
    (r"gram(s)?$", r"gramme\1"),
    (r"ill(ment|ful)", r"il\1"),
    (r"e(d|m|s|r|n|t|g)", r"ae\1"),
    (r"gment(s)?$", r"gement\1"),
    (r"(toward|afterward|upward|backward|forward)$", r"\1s"),
)
OTHERS = (
    "grey tyre tyres cheque cheques sceptic sceptical sceptics scepticism jewellery aluminium manoeuvre "
    "manoeuvres paediatric whilst learnt spelt burnt dreamt leapt aeroplane aeroplanes mum mums programme "
    "programmes kerb pyjamas draught storey storeys licence licences practise practised practising defence "
    "defences offence offences pretence focussed focusses focussing metre metres litre litres kilometre "
    "kilometres centimetre centimetres plough ploughed mould moustache cosy instalment instalments fulfil "
    "fulfils enrol enrolment skilful wilful ageing acknowledgement advert adverts maths enquiry enquiries "
    "fuelling fuelled channelling channelled signalling signalled modelling labelled labelling cancelled "
    "cancelling travelled travelling traveller travellers towards afterwards amid amidst holidaymakers pupils "
    "pupil "
)


def british_spellings(background: Background) -> list[str]:
    """British forms of words of the background that occur in it at least once, and a list of others; sorted."""
    american = [word for word in background.spelled.values() if word.islower() and word.isascii() and len(word) > 3]
    made = sorted({(re.sub(rule, to, word), word) for word in american for rule, to in RULES if re.search(rule, word)})
    own, other = (
        background.count1(np.array([hash_word(pair[i].encode()) for pair in made], np.uint64)) for i in (0, 1)
    )
    found = {pair[0] for pair, a, b in zip(made, own, other, strict=True) if 0 < a < LESS_COMMON * b}
    return sorted(found | set(OTHERS.split()))
