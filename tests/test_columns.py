"""The order in which columns are declared means nothing: with all declarations shuffled, every result is the same."""

import ast
import random
import shutil
import subprocess
import sys
from pathlib import Path

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


def results(folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_shuffled_columns_change_no_result(tmp_path):
    shutil.copytree(ROOT / "dedup", tmp_path / "dedup", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    draw, declarations = random.Random(7), 0
    for path in sorted((tmp_path / "dedup").rglob("*.py")):
        text, count = shuffled(path.read_text("utf-8"), draw)
        path.write_text(text, "utf-8")
        declarations += count
    assert declarations > 5
    assert results(tmp_path) == results(ROOT)
