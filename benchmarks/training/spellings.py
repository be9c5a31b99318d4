"""British spellings of the words of an American background: `dedup/data/spellings.tsv`.

    python -m benchmarks.training.spellings -o dedup/data/spellings.tsv

The rules are those of any style guide; the words are those that the shipped background spells out. A rule that makes a
form which nobody writes does no harm: the form is never met.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from dedup.compiled.hashing import hash_word
from dedup.language.background import Background, shipped_background
from dedup.language.spellings import LESS_COMMON

_OUR = (
    "arb|ard|arm|behavi|cand|clam|col|demean|discol|dishon|disfav|dol|enam|endeav|fav|ferv|flav|glam|harb|hon|hum|lab|"
    "misdemean|neighb|od|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig"
)
_RE = "cent|epicent|theat|met|kilomet|centimet|millimet|lit|millilit|fib|calib|somb|lust|spect|sab|meag|och"
_AE = (
    (r"^(an)e(mi|sthe)", r"\1ae\2"),
    (r"^(arch)e(olog)", r"\1aeo\2"),
    (r"^(encyclop)e(di)", r"\1ae\2"),
    (r"^f(e)t(us|al|uses)$", r"foet\2"),
    (r"^(gyn)e(co)", r"\1ae\2"),
    (r"^(h)e(mo|mato)", r"\1ae\2"),
    (r"^(leuk)e(mi)", r"\1ae\2"),
    (r"^(orthop|p)e(di[ac])", r"\1ae\2"),
    (r"^(p)e(dophil)", r"\1ae\2"),
    (r"^(diarrh)ea", r"\1oea"),
    (r"^e(strogen|sophag)", r"oe\1"),
    (r"^man(eu)v(er)(s?)$", r"manoeuvre\3"),
)
RULES = (
    (rf"^({_OUR})or(s|ed|ing|able|ably|ite|ites|ful|less|hood|hoods|ly|al|er|ers|ism)?$", r"\1our\2"),
    (
        r"(?<!^s)(?<!^pr)(?<!^se)(?<!^caps)(?<!^downs)(?<!^overs)(?<!^res)iz(e|ed|es|ing|er|ers|ation|ations|ational)$",
        r"is\1",
    ),
    (r"yz(e|ed|es|ing|er|ers)$", r"ys\1"),
    (rf"^({_RE})er(s)?$", r"\1re\2"),
    (rf"^({_RE})er(ed|ing)$", r"\1r\2"),
    (r"([aeiouy][^aeiou]+[aeiou]|[fd]u[ae]|di[a]|[jw]e[w]e)l(ed|ing|er|ers|or|ors|ery|ous|ously)$", r"\1ll\2"),
    (r"^(def|off|lic|pret)ense(s|d|less)?$", r"\1ence\2"),
    (r"^(catal|dial|anal|monol|epil|prol)og(s)?$", r"\1ogue\2"),
    (r"^(skil|wil)l(ful|fully)$", r"\1\2"),
    (r"^(fulfil|enrol|instal|distil|appal|instil)l(s|ment|ments)?$", r"\1\2"),
    (r"(judg|lodg|abridg)ment(s)?$", r"\1ement\2"),
    (r"^(toward|afterward|upward|downward|backward|forward|inward|outward|onward)$", r"\1s"),
    (r"^skepti", "scepti"),
    (r"^(m|sm)old(s|y|ed|ing|er)?$", r"\1ould\2"),
    (r"^plow(s|ed|ing)?$", r"plough\1"),
    (r"^sulf", "sulph"),
    *_AE,
)
OTHERS = """
gray grey|tire tyre|tires tyres|check cheque|checks cheques|jewelry jewellery|aluminum aluminium|maneuvered manoeuvred
maneuvering manoeuvring|while whilst|among amongst|amid amidst|learned learnt|spelled spelt|burned burnt|dreamed dreamt
leaped leapt|spoiled spoilt|spilled spilt|airplane aeroplane|airplanes aeroplanes|mom mum|moms mums|program programme
programs programmes|curb kerb|curbs kerbs|pajamas pyjamas|draft draught|drafts draughts|practiced practised
practicing practising|practice practise|focused focussed|focuses focusses|focusing focussing|mustache moustache
cozy cosy|aging ageing|acknowledgment acknowledgement|ads adverts|ad advert|math maths|inquiry enquiry
inquiries enquiries|specialty speciality|whiskey whisky|yogurt yoghurt|benefited benefitted|artifact artefact
artifacts artefacts|disk disc|disks discs|councilor councillor|councilors councillors|woolen woollen|chili chilli
tranquility tranquillity|siphoned syphoned|cipher cypher|donut doughnut|donuts doughnuts|mommy mummy|tidbits titbits
license licence|licenses licences|analog analogue|worshiping worshipping
"""


def spelling_pairs(background: Background) -> list[tuple[str, str]]:
    """Return (American, British) forms of the words that a background spells out, and of a list of others; sorted."""
    american = [word for word in background.spelled.values() if word.islower() and word.isascii() and len(word) > 3]
    found = {(word, re.sub(rule, to, word)) for word in american for rule, to in RULES if re.search(rule, word)}
    found |= {tuple(pair.split()) for pair in re.split(r"[|\n]", OTHERS.strip())}
    return sorted(pair for pair in found if pair[0] != pair[1])


def british_spellings(background: Background) -> list[str]:
    """Return the British forms that an American background has less often than its own, sorted."""
    pairs = spelling_pairs(background)
    american, british = (
        background.count1(np.array([hash_word(pair[i].encode()) for pair in pairs], np.uint64)) for i in (0, 1)
    )
    return sorted({p[1] for p, a, b in zip(pairs, american, british, strict=True) if b < LESS_COMMON * a})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("dedup/data/spellings.tsv"))
    args = parser.parse_args()
    pairs = spelling_pairs(shipped_background())
    head = "# American spelling, British spelling; made by benchmarks/training/spellings.py\n"
    args.output.write_text(head + "".join(f"{a}\t{b}\n" for a, b in pairs), "utf-8")
    print(f"{len(pairs)} pairs")


if __name__ == "__main__":
    main()
