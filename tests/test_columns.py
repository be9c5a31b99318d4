"""The order in which columns are declared means nothing: with all declarations shuffled, every result is the same."""

import ast
import contextlib
import io
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHOW = """
import dedup
texts = {item.id: item for item in dedup.read_articles(["fixtures"]) if isinstance(item, dedup.Article)}
story = [article for name, article in sorted(texts.items()) if name.startswith("bank/")]
for other in story[1:]:
    print(dedup.compare(story[0], other))
for article in story:
    print(dedup.score(article.text))
with dedup.open_index(None) as index:
    index.add_many(story[1:])
    print(list(index.check(story[0])))
"""


def shuffled(source: str, draw: random.Random) -> tuple[str, int]:
    """The module with the numbers of all columns drawn anew, and how many declarations it has."""
    tree, count = ast.parse(source), 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] == "Columns" for base in node.bases):
            members = [item for item in node.body if isinstance(item, ast.Assign)]
            for member, number in zip(members, draw.sample(range(len(members)), len(members)), strict=True):
                member.value = ast.Constant(number)
            count += 1
    return (ast.unparse(ast.fix_missing_locations(tree)) if count else source), count


def copy_shuffled(folder: Path) -> int:
    """Make or renew the shuffled copy of the package; returns how many declarations were shuffled.

    Files that are as they were stay, and so do the kernels beside them, which are used again where no source of theirs
    has changed. Kernels of modules that no declaration reaches are those of the package itself.
    """
    declarations, wanted = 0, set()
    for path in sorted((ROOT / "dedup").rglob("*")):
        target = folder / path.relative_to(ROOT)
        if path.suffix == ".py":
            text, count = shuffled(path.read_text("utf-8"), random.Random(path.relative_to(ROOT).as_posix()))
            data, declarations = text.encode(), declarations + count
        elif path.is_file() and path.suffix != ".pyc" and not (path.suffix == ".nbc" and target.exists()):
            data = path.read_bytes()
        else:
            continue
        wanted.add(target)
        if not target.exists() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    for path in (folder / "dedup").rglob("*.py"):
        if path not in wanted:
            path.unlink()
    return declarations


def shown(folder: Path) -> str:
    """What the copy in a folder makes of the fixtures."""
    script = f"import sys; sys.path.insert(0, {str(folder)!r})\n{SHOW}"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def shown_here(monkeypatch: pytest.MonkeyPatch) -> str:
    """What this process makes of the fixtures."""
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(SHOW, {})
    return out.getvalue()


def test_shuffled_columns_change_no_result(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pytestconfig.cache.mkdir("shuffled-columns") if pytestconfig.cache else pytest.skip("no cache")
    assert copy_shuffled(folder) > 5
    assert shown(folder) == shown_here(monkeypatch)
