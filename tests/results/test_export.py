"""Tables of results as other tables: the same rows whatever library holds them; a missing library is named."""

import sys

import pytest

from dedup.errors import MissingPackage
from dedup.records import Alignment, ArticleScore, Cluster, Evidence, Finding, Kind, Match, Passage
from dedup.report import match_row
from dedup.results import ClusterTable, MatchTable, ScoreTable, pack_match, pack_score

MATCH = Match(
    "a\ud800", "b", Kind.REWRITE, 0.987654, "b", "earlier date",
    Alignment((Passage((0, 40), (3, 47), 0.5),)), (Evidence("name", (4, 9), (5, 11), "Brask", "Brusque"),),
    0.9, "spun", {"spun": 0.75, "human": 0.25},
)  # fmt: skip
PLAIN = Match("c", "d", Kind.EXACT, 1.0, None, "unknown", Alignment(()))
FINDING = Finding("swap", (3, 9), "x", None, "rare", True)
MATCHES = MatchTable(map(pack_match, [MATCH, PLAIN]))
SCORES = ScoreTable(
    ["a", "b"],
    map(
        pack_score,
        [
            ArticleScore(0.5, {"spun": 0.25}, {"spun": 97.5}, None, (FINDING,)),
            ArticleScore(None, {}, {}, "too short", ()),
        ],
    ),
)
CLUSTERS = ClusterTable([Cluster("1", "a", ("a", "b"))])
TABLES = [MATCHES, SCORES, CLUSTERS, MatchTable(()), ScoreTable(()), ClusterTable(())]


def test_dicts_are_the_lines_of_the_report():
    assert MATCHES.to_dicts() == [match_row(MATCH) | {"left": "a\ufffd"}, match_row(PLAIN)]
    assert [(row["id"], row["overall"], row["parts"]) for row in SCORES.to_dicts()] == [
        ("a", 0.5, {"spun": 0.25}),
        ("b", None, {}),
    ]
    assert CLUSTERS.to_dicts() == [{"id": "1", "lead": "a", "members": ["a", "b"], "parents": []}]


@pytest.mark.parametrize("table", TABLES, ids=repr)
def test_columns_are_those_of_the_rows(table):
    assert all(list(row) == list(table.columns) for row in table.to_dicts())


@pytest.mark.parametrize("table", TABLES, ids=repr)
def test_arrow(table):
    pytest.importorskip("pyarrow")
    rows = table.to_arrow().to_pylist(maps_as_pydicts="strict")
    assert rows == table.to_dicts()
    assert table.to_arrow().column_names == list(table.columns)


@pytest.mark.parametrize("table", TABLES, ids=repr)
def test_pandas(table):
    pytest.importorskip("pandas")
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.columns)
    assert frame[frame.columns[0]].tolist() == [next(iter(row.values())) for row in table.to_dicts()]


@pytest.mark.parametrize("table", TABLES, ids=repr)
def test_polars(table):
    pytest.importorskip("polars")
    frame = table.to_polars()
    assert frame.columns == list(table.columns)
    assert len(frame) == len(table)
    if table is MATCHES:
        assert frame["method_probabilities"][0].to_list() == [
            {"key": "spun", "value": 0.75},
            {"key": "human", "value": 0.25},
        ]


@pytest.mark.parametrize("name", ["pyarrow", "pandas", "polars"])
def test_a_missing_package_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    call = {"pyarrow": "to_arrow"}.get(name, f"to_{name}")
    with pytest.raises(MissingPackage, match=f"{call} needs the package {name}: pip install {name}") as raised:
        getattr(CLUSTERS, call)()
    assert isinstance(raised.value, ImportError)
