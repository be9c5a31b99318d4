"""Let the package use every model that it ships: one trained on other features is refused by name.

    python -m benchmarks.training.check_models

Scans the fixtures with all stages and scores their articles. Exit code 1 where one does not fit.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dedup
from dedup.errors import DedupError
from dedup.scoring import Scorer
from dedup.text import tokenise

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def main() -> int:
    try:
        report = dedup.scan_paths([FIXTURES])
        scorer = Scorer()
        scored = [
            scorer(tokenise(path.read_text("utf-8")), path.read_text("utf-8")) for path in FIXTURES.rglob("*.txt")
        ]
    except DedupError as error:
        print(f"a model does not fit: {error}", file=sys.stderr)
        return 1
    print(f"all models fit: {len(report.matches)} matches in the fixtures, {len(scored)} texts scored")
    return 0


if __name__ == "__main__":
    sys.exit(main())
