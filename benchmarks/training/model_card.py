"""Write the tables of the model card from what the steps of the chain printed.

    python -m benchmarks.training.model_card SCRATCH [--card docs/model-card.md] [--check]

`benchmarks.training.all` keeps what each step prints as `SCRATCH/STEP.txt`. Such a text has sections: an empty line, a
line that begins with the section's name, rows. In the card a section stands between `<!-- figures: STEP, NAME -->` and
`<!-- end of figures -->`: as a table where its rows are names with counts, AUC and shares found, and as it is
otherwise (a Markdown table, or text). A block whose step has not run stays as it is. `--check` writes nothing and fails
where a block would change.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"(<!-- figures: (?P<step>[\w-]+), (?P<name>[^>]+?) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
# As `score_figures.line` prints them: name, texts of the kind, clean texts, AUC, found at 1 % and at 5 %.
ROW = re.compile(r"(?P<name>\S.*?)\s+(?P<found>\d+)\s+(?P<clean>\d+)\s+(?P<figures>[01]\.\d+  \d\.\d+  \d\.\d+)")
HEADER = "| {title} | AUC | 1 % | 5 % |\n|---|---|---|---|\n"


def sections(text: str) -> list[tuple[str, list[str]]]:
    """Return the sections of what a step printed: title and rows, without empty ones."""
    found = []
    for part in re.split(r"\n[ \t]*\n", text):
        title, *rows = part.strip("\n").split("\n")
        if rows:
            found.append((title.strip(), [row.rstrip() for row in rows]))
    return found


def as_markdown(title: str, rows: list[str]) -> str:
    """Return a section as Markdown: a table where all rows are figures of a head, or where it was printed as one."""
    if title.startswith("|"):
        return "\n".join([title, *rows]) + "\n"
    matches = [ROW.fullmatch(row.strip()) for row in rows]
    told = [match for match in matches if match is not None]
    if len(told) < len(rows):
        return "```text\n" + "\n".join([title, *rows]) + "\n```\n"
    lines = (
        f"| {match['name']} ({int(match['found']):,} texts, {int(match['clean']):,} clean) "
        f"| {' | '.join(match['figures'].split())} |"
        for match in told
    )
    return HEADER.format(title=title.replace(" |", ";")) + "\n".join(lines) + "\n"


def filled(card: str, printed: dict[str, str]) -> str:
    """Return a card with its blocks made from what the steps printed, by step.

    Raises ValueError for a block whose step ran without printing its section.
    """

    def block(match: re.Match[str]) -> str:
        if match["step"] not in printed:
            return match[0]
        found = [part for part in sections(printed[match["step"]]) if part[0].startswith(match["name"])]
        if not found:
            raise ValueError(f"the step {match['step']} printed no section {match['name']!r}")
        return match[1] + "\n".join(as_markdown(*part) for part in found) + match[4]

    return BLOCK.sub(block, card)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outputs", type=Path, help="folder of what the steps printed")
    parser.add_argument("--card", type=Path, default=Path("docs/model-card.md"))
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a figure differs")
    args = parser.parse_args()
    card = args.card.read_text("utf-8")
    made = filled(card, {path.stem: path.read_text("utf-8") for path in sorted(args.outputs.glob("*.txt"))})
    if args.check:
        print(f"{args.card}: {'as measured' if made == card else 'differs from what was measured'}")
        return int(made != card)
    args.card.write_text(made, "utf-8")
    print(f"{args.card}: {len(BLOCK.findall(card))} blocks of figures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
