"""Make all model files of the package again, in the right order, with one command.

    python -m benchmarks.training.all --packs PACKS --dry-run            # print the commands and do nothing
    python -m benchmarks.training.all --packs PACKS                      # everything
    python -m benchmarks.training.all --packs PACKS --from score         # this step and all that come after it
    python -m benchmarks.training.all --packs PACKS --only score card    # these steps alone
    python -m benchmarks.training.all --packs PACKS --any-version        # with other versions than recorded
    python -m benchmarks.training.all --list                             # the steps, what they write, what they need

PACKS is the folder of the evaluation packs (`background.jsonl.gz`, `machine/`, `rewrites/`, …). A step reads what the
steps that it needs have written, so after a change begin at its step: a new feature of the score begins at `score`, a
new background at `background`. Run from the root of the repository; files go to `dedup/data`, and what is kept between
steps goes to `--scratch`: a background that has not counted the articles that everything is measured on, and their
features. The chain ends at the first step that fails. Steps read the models of earlier ones as the package does, which
refuses a model of other features by name, and the step `check` lets the package use all of them. What a step prints is
kept as STEP.txt in the scratch folder; from these the last step writes the tables of the model card.

The versions of Python and of the packages that the models depend on are those of `versions.json`, or the chain does not
begin; a whole run with `--any-version` records its own.

`build_unicode` is not part of the chain: it belongs to a version of Python, and changes every stored signature.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.training.versions import differences, record

ROOT = Path(__file__).resolve().parents[2]
WORDNET = Path("/usr/share/wordnet")  # of the Debian package wordnet-base
HELD_OUT, SAMPLES = "{scratch}/held_out.bin", "{scratch}/samples.pickle"
DOCUMENTS, NEWS = "{packs}/machine/docs.jsonl.gz", "{packs}/background.jsonl.gz"


@dataclass(frozen=True)
class Step:
    """One command of the chain; `{packs}`, `{wordnet}` and `{scratch}` stand for folders in it."""

    name: str
    command: str  # what follows "python -m"
    writes: tuple[str, ...]
    needs: tuple[str, ...] = ()  # steps whose files it reads
    stale: tuple[str, ...] = ()  # files of earlier runs that it must not find

    def words(self, folders: dict[str, str]) -> list[str]:
        """Return the command as it is run."""
        return [sys.executable, "-m", *(word.format(**folders) for word in self.command.split())]


STEPS = (
    Step(
        "frequencies",
        "benchmarks.training.build_frequencies --packs {packs} -o dedup/data/frequencies.bin",
        ("dedup/data/frequencies.bin",),
    ),
    Step(
        "background",
        f"benchmarks.training.build_background {NEWS} -o dedup/data/background.bin",
        ("dedup/data/background.bin",),
    ),
    Step(
        "spellings",
        "benchmarks.training.spellings -o dedup/data/spellings.tsv",
        ("dedup/data/spellings.tsv",),
        ("background",),
    ),
    Step("held-out", f"benchmarks.training.build_background {NEWS} --without {DOCUMENTS} -o {HELD_OUT}", (HELD_OUT,)),
    Step(
        "substitutions",
        "benchmarks.training.build_substitutions --wordnet {wordnet} --eval {packs}"
        " --output dedup/data/substitutions.npz",
        ("dedup/data/substitutions.npz",),
        ("background",),
    ),
    Step(
        "forms",
        "benchmarks.training.build_forms --wordnet {wordnet} -o dedup/data/grammar_forms.npz",
        ("dedup/data/grammar_forms.npz",),
        ("background",),
    ),
    Step(
        "alignment",
        "benchmarks.quality.alignment --packs {packs} --train",
        ("dedup/data/align.json",),
        ("frequencies",),
    ),
    Step(
        "evidence",
        f"benchmarks.training.train_evidence --wordnet {{wordnet}} --background {HELD_OUT} --eval {{packs}} "
        "--scratch {scratch}",
        ("dedup/data/tortured_ranker.json",),
        ("held-out", "substitutions"),
    ),
    Step(
        "expressions",
        "benchmarks.training.build_expressions --eval {packs}",
        ("dedup/data/expressions.npz",),
        ("background", "spellings"),
    ),
    Step(
        "replaced",
        f"benchmarks.training.train_expressions --wordnet {{wordnet}} --background {HELD_OUT} --eval {{packs}} "
        "--scratch {scratch}",
        ("dedup/data/expression_ranker.json",),
        ("held-out", "substitutions", "expressions"),
    ),
    Step(
        "grammar",
        f"benchmarks.training.train_grammar --background {HELD_OUT} --eval {{packs}} --scratch {{scratch}}",
        ("dedup/data/grammar_ranker.json",),
        ("held-out", "forms"),
    ),
    Step(
        "context-model",
        f"benchmarks.training.train_context_model {HELD_OUT} --path {NEWS} --without {DOCUMENTS} "
        "-o dedup/data/context_model.npz",
        ("dedup/data/context_model.npz",),
        ("held-out",),
    ),
    Step(
        "score",
        f"benchmarks.training.train_score {HELD_OUT} --eval {{packs}} --wordnet {{wordnet}} --cache {SAMPLES} "
        "-o dedup/data/score.json",
        ("dedup/data/score.json", SAMPLES),
        ("held-out", "spellings", "substitutions", "forms", "evidence", "replaced", "grammar", "context-model"),
        (SAMPLES,),
    ),
    Step(
        "judge",
        "benchmarks.training.train_judge --packs {packs} --wordnet {wordnet} --write",
        ("dedup/data/judge.json",),
        ("frequencies", "background", "substitutions", "alignment"),
    ),
    Step(
        "translations",
        "benchmarks.training.train_translations --packs {packs} --write",
        ("dedup/data/translation.json", "dedup/data/translation.npz"),
    ),
    Step(
        "copies",
        "benchmarks.training.train_copies --packs {packs} --write",
        ("dedup/data/judge_trees.json",),
        ("frequencies", "alignment"),
    ),
    Step(
        "check",
        "benchmarks.training.check_models",
        (),
        ("alignment", "evidence", "grammar", "score", "context-model", "judge", "copies"),
    ),
    Step(
        "spinners",
        f"benchmarks.quality.unseen_spinners {HELD_OUT} --eval {{packs}} --wordnet {{wordnet}} --scratch {{scratch}} "
        f"--cache {SAMPLES}",
        (),
        ("held-out", "score"),
    ),
    Step(
        "findings",
        f"benchmarks.quality.evidence --wordnet {{wordnet}} --background {HELD_OUT} --eval {{packs}} "
        "--scratch {scratch}",
        (),
        ("held-out", "evidence", "grammar"),
    ),
    Step(
        "mixed",
        f"benchmarks.quality.mixed {HELD_OUT} --cache {SAMPLES}",
        (),
        ("held-out", "score"),
    ),
    Step(
        "card",
        "benchmarks.training.model_card {scratch} --card docs/model-card.md",
        ("docs/model-card.md",),
        ("score", "spinners", "findings", "mixed"),
    ),
)
NAMES = tuple(step.name for step in STEPS)


def chosen(only: Iterable[str] | None, first: str | None) -> list[Step]:
    """Return the steps to run, in the order of the chain: those named, or all from one on."""
    names = set(only) if only else set(NAMES[NAMES.index(first) :] if first else NAMES)
    return [step for step in STEPS if step.name in names]


def run(step: Step, folders: dict[str, str]) -> None:
    """Run one step in the root of the repository, keep what it prints. Raises `CalledProcessError` where it fails."""
    for name in step.stale:
        Path(name.format(**folders)).unlink(missing_ok=True)
    begin, words, told = time.perf_counter(), step.words(folders), []
    kept = Path(folders["scratch"]) / f"{step.name}.txt"
    kept.unlink(missing_ok=True)
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            told.append(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    kept.write_text("".join(told), "utf-8")
    print(f"-- {step.name}: {time.perf_counter() - begin:.0f} s", flush=True)


def show_steps() -> None:
    """Print what each step writes and needs."""
    for step in STEPS:
        print(
            f"{step.name:14} writes {', '.join(step.writes) or 'nothing'}; needs {', '.join(step.needs) or 'nothing'}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, help="folder of the evaluation packs")
    parser.add_argument("--wordnet", type=Path, default=WORDNET, help="folder of index.noun, data.noun, …")
    parser.add_argument("--scratch", type=Path, default=Path("build/training"), help="for files between the steps")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", nargs="+", choices=NAMES, metavar="STEP")
    which.add_argument("--from", dest="first", choices=NAMES, metavar="STEP")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and do nothing")
    parser.add_argument("--any-version", action="store_true", help="run with other versions than the recorded ones")
    parser.add_argument("--list", action="store_true", help="print the steps")
    args = parser.parse_args()
    if args.list:
        return show_steps()
    if args.packs is None:
        parser.error("--packs is needed: the folder of the evaluation packs")
    folders = {name: str(getattr(args, name).resolve()) for name in ("packs", "wordnet", "scratch")}
    if not args.dry_run:
        if (other := differences()) and not args.any_version:
            parser.error("; ".join([*other, "--any-version runs all the same"]))
        args.scratch.mkdir(parents=True, exist_ok=True)
    for step in chosen(args.only, args.first):
        print(shlex.join(step.words(folders)), flush=True)
        if not args.dry_run:
            run(step, folders)
    if not (args.dry_run or args.only or args.first):
        record()


if __name__ == "__main__":
    main()
