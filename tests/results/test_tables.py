"""Matches and scores as they wait in memory: packed, and the same again when they are asked for."""

import pickle

from dedup.records import Alignment, Article, ArticleScore, Cluster, Evidence, Finding, Kind, Match, Passage
from dedup.results import ClusterTable, MatchTable, Report, ScoreTable, pack_score, verdicts
from dedup.results import pack_match as pack
from dedup.results import unpack_match as unpack


def match(left: str, right: str, kind: Kind = Kind.REWRITE) -> Match:
    return Match(
        left, right, kind, 0.875, left, "earlier date",
        Alignment((Passage((0, 40), (3, 47), 0.5), Passage((50, 90), (60, 99), 0.25)), {"chain_max": 0.75}),
        (Evidence("name", (4, 9), (5, 11), "Brask", "Brusque"), Evidence("negation", (7, 7), (8, 11), "", "not")),
        0.9, "spun", {"spun": 0.75, "human": 0.25},
    )  # fmt: skip


MATCHES = [match("b", "c"), match("a", "z", Kind.EXACT), match("a", "b"), match("ä\ud800", "ö")]


class TestMatches:
    def test_nothing_is_lost(self):
        assert [unpack(pack(one)) for one in MATCHES] == MATCHES

    def test_a_table_is_the_sorted_sequence(self):
        table, wanted = MatchTable(map(pack, MATCHES)), sorted(MATCHES, key=lambda m: (m.left, m.right))
        assert list(table) == wanted
        assert (table[0], table[-1], table[1:3]) == (wanted[0], wanted[-1], tuple(wanted[1:3]))
        assert len(table) == 4
        assert wanted[1] in table

    def test_tables_compare_by_what_they_hold(self):
        one, other = MatchTable(map(pack, MATCHES)), MatchTable(map(pack, reversed(MATCHES)))
        assert one == other == sorted(MATCHES, key=lambda m: (m.left, m.right))
        assert one != MatchTable(map(pack, MATCHES[1:]))
        assert one != MatchTable(map(pack, [*MATCHES[1:], match("b", "d")]))

    def test_verdicts_are_the_matches_without_their_proof(self):
        table = MatchTable(map(pack, MATCHES))
        fields = [(v.left, v.right, v.kind, v.probability, v.original) for v in verdicts(table)]
        assert fields == [(m.left, m.right, m.kind, m.probability, m.original) for m in table]
        assert verdicts(MATCHES) is MATCHES


def test_scores_come_back_by_id_and_by_number():
    finding = Finding("swap", (3, 9), "white home", "white house", "never seen", True)
    scores = [
        ArticleScore(0.5, {"spun": 0.25, "llm": 0.1}, {"spun": 97.5, "llm": 3.0}, None, (finding,)),
        ArticleScore(None, {}, {}, "5 words are too few", ()),
    ]
    table = ScoreTable(["x", "y"], map(pack_score, scores))
    assert [table["x"], table.at(1), *table.values()] == [scores[0], scores[1], *scores]
    assert dict(table) == dict(zip("xy", scores, strict=True))
    assert not ScoreTable(["x", "y"])
    assert list(ScoreTable(["x", "y"])) == []


def scores() -> ScoreTable:
    return ScoreTable(["x", "y"], map(pack_score, [ArticleScore(n, {}, {}, None, ()) for n in (0.5, 0.75)]))


def test_iterating_gives_records():
    assert [one.left for one in MatchTable(map(pack, MATCHES))] == ["a", "a", "b", "ä\ud800"]
    assert [(id_, score.overall) for id_, score in scores().items()] == [("x", 0.5), ("y", 0.75)]
    assert [score.overall for score in scores().values()] == [0.5, 0.75]
    assert len(scores().values()) == 2


def test_clusters_are_a_tuple():
    clusters = [Cluster("1", "a", ("a", "b")), Cluster("2", "d", ("c", "d", "e"))]
    assert ClusterTable(clusters) == tuple(clusters)
    assert pickle.loads(pickle.dumps(ClusterTable(clusters))) == ClusterTable(clusters)


def test_tables_show_how_much_they_hold():
    clusters = ClusterTable([Cluster("1", "a", ("a", "b")), Cluster("2", "d", ("c", "d", "e"))])
    matches = MatchTable(map(pack, MATCHES))
    assert repr(matches) == "<MatchTable of 4 matches: 1 exact, 3 rewrite>"
    assert repr(MatchTable(())) == "<MatchTable of 0 matches>"
    assert repr(scores()) == "<ScoreTable of 2 scores>"
    assert repr(clusters) == "<ClusterTable of 2 clusters of 5 articles>"
    report = Report(["x", "y"], matches, clusters, (), scores(), {}, {}, lambda id_: Article(id_, ""))
    assert repr(report) == "<Report of 2 articles, 4 matches, 2 clusters, 2 scores, 0 skipped>"
