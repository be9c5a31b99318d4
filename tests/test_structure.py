"""The shape of the code, held by a test: sizes, and one word for each thing."""

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "dedup").rglob("*.py"))
KERNELS = {"kernel", "helper", "inlined", "borrowing", "borrowing_kernel"}

# Words that have given way to the field's own (docs/glossary.md), with what they were replaced by.
RETIRED = {
    r"\bfurniture\b": "boilerplate",
    r"\bwounds?\b|\bwounded\b": "grammatical error",
    r"\blittle[ _]words?\b": "function words",
    r"\bmisfits?\b": "substitution gain",
    r"\bunmet\b": "unseen-pair surprisal",
    r"\bpatchy\b": "partial reuse",
    r"\boutbid\b": "top-k overflow",
    r"\bdoubtful\b": "borderline",
    r"\bupkeep\b": "compaction",
    r"\bshelf\b": "segment set",
    r"\bskeletons?\b": "phonetic key",
    r"\brewrite[ _]scores?\b|\bRewriteScore\b": "article score",
}
SPOKEN = [
    path
    for folder in ("dedup", "benchmarks", "docs", "tests", ".")
    for suffix in ("py", "tsv", "jinja", "md")
    for path in ROOT.joinpath(folder).glob(f"*.{suffix}" if folder in ("docs", ".") else f"**/*.{suffix}")
    if path != Path(__file__)
]


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]


def is_compiled(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(d).split("(")[0] in KERNELS | {"intrinsic"} for d in function.decorator_list)


def test_functions_are_short():
    sizes = sorted((f.end_lineno or 0) - f.lineno + 1 for path in PACKAGE for f in functions(path))
    assert statistics.median(sizes) <= 10
    assert sizes[int(len(sizes) * 0.9)] <= 25


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_no_function_and_no_list_of_parameters_is_long(path):
    assert path.read_text("utf-8").count("\n") <= 400
    for function in functions(path):
        parameters = function.args
        count = len(parameters.posonlyargs) + len(parameters.args)  # settings that go by keyword are no list
        assert (function.end_lineno or 0) - function.lineno < 60, function.name
        assert count <= 9 or is_compiled(function), function.name


@pytest.mark.parametrize("path", SPOKEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_retired_words_are_gone(path):
    text = path.read_text("utf-8").lower()
    found = {word: better for word, better in RETIRED.items() if re.search(word.lower(), text)}
    assert not found


def test_commands_of_the_benchmarks_exist():
    text = "".join(
        path.read_text("utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "benchmarks/README.md"]
    )
    for name in set(re.findall(r"python -m (benchmarks(?:\.\w+)+)", text)):
        assert ROOT.joinpath(*name.split(".")).with_suffix(".py").is_file(), name
