"""How often the encoding of a short text without a label is told: 15 languages, 100 invented texts each.

    python -m benchmarks.quality.encodings          # one line a language: right, refused, wrong
    python -m benchmarks.quality.encodings --wrong  # and what was made of those that went wrong

A text is put together from three parts, one or two sentences of 30 to 150 characters, and written in the encoding that
its language usually had before UTF-8. Right is the text itself; a refusal costs the article, a wrong text would be
worse.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
from pathlib import Path
from typing import Any

from dedup.read.encodings import Undecodable, decode

TEXTS = 100
FLOOR = 0.98  # of the texts that are right or refused

# By language its encoding, and three lists of parts: who, what, and what follows.
PARTS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("encoding_texts.json").read_text("utf-8"))


def texts(language: str) -> list[str]:
    """A hundred texts of a language, always the same."""
    lists = (PARTS[language][name] for name in ("who", "what", "then"))
    every = [" ".join(parts).replace("、 ", "、").replace("。 ", "。") for parts in itertools.product(*lists)]
    return random.Random(language).sample(every, TEXTS)


def told(data: bytes, text: str) -> str:
    """What became of a text: right, refused or wrong."""
    try:
        return "right" if decode(data).text == text else "wrong"
    except Undecodable:
        return "refused"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="show what was made of the texts that went wrong")
    options = parser.parse_args()
    wrong = 0
    print("| language | encoding | right | refused | wrong |\n|---|---|---|---|---|")
    for language, parts in PARTS.items():
        encoding = parts["encoding"]
        found = {text: told(text.encode(encoding), text) for text in texts(language)}
        counts = [sum(kind == name for kind in found.values()) for name in ("right", "refused", "wrong")]
        wrong += counts[2]
        print(f"| {language} | {encoding} | {counts[0]} | {counts[1]} | {counts[2]} |")
        for text in (text for text, kind in found.items() if kind == "wrong" and options.wrong):
            print(f"    {decode(text.encode(encoding)).encoding}: {decode(text.encode(encoding)).text}")
    share = 1 - wrong / (TEXTS * len(PARTS))
    print(f"right or refused: {share:.4f}")
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
