"""An invented report for the tests of the pages: two stories, hostile values, and one of everything that pages show."""

from __future__ import annotations

from datetime import UTC, datetime

from dedup.records import (
    Alignment,
    Article,
    ArticleScore,
    Cluster,
    Evidence,
    Finding,
    Kind,
    Match,
    Passage,
    Skipped,
    Template,
)
from dedup.results import ClusterTable, MatchTable, Report, ScoreTable, TemplateTable, pack_match, pack_score
from dedup.results.compositions import Compositions

FIRST = "The mayor of Ostrel 🎈 opened the new bridge over the river Vell on Friday morning."
LEFT = f"{FIRST} It cost 40 million crowns and took three years to build. The council had planned it since the flood."
RIGHT = (
    "The mayor of Ostrell 🎈 opened the new bridge over the river Vell on Friday morning. It cost 14 million crowns "
    "and took three years to construct. Share this story with your friends."
)
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
HOSTILE_ID = "../a\"b'<i>&%2F?#/\u202e.txt"
SCORE = ArticleScore(
    0.91, {"spun": 0.91, "llm": 0.1}, {"spun": 99.5}, None,
    (Finding("swap", (RIGHT.index("construct"), RIGHT.index("construct") + 9), "construct", "build", HOSTILE, True),),
)  # fmt: skip
ARTICLES = (
    Article("a", LEFT, "Bridge opens | Ostrel News", "https://ostrel.example/a", "Ostrel News",
            datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
    Article("b", RIGHT, HOSTILE, "javascript:document.title='owned'", "Newsbucket", datetime(2026, 1, 1), True),
    Article(HOSTILE_ID, LEFT, None, None, None, None),
    Article("p/1", "Rain is expected in Vellmar on Monday, says the weather office there.", "Rain", None, HOSTILE),
    Article("p/2", "Snow is expected in Tamsin on Tuesday, says the weather office there.", "Snow", None, HOSTILE),
)  # fmt: skip


def evidence(type_: str, left: str, right: str, fact: str = "") -> Evidence:
    a, b = LEFT.index(left), RIGHT.index(right)
    return Evidence(type_, (a, a + len(left)), (b, b + len(right)), left, right, fact)


def matches() -> list[Match]:
    """The proven copy, an exact one whose order is not known, and a pair with a shared passage."""
    found = (
        evidence("contradiction", "40", "14", "how many"),
        evidence("name", "Ostrel", "Ostrell"),
        evidence("swap", "build", "construct"),
    )
    end = LEFT.index(" The council"), RIGHT.index(" Share")
    passages = Alignment((Passage((0, end[0]), (0, end[1]), 0.91234567),), {"passages_max": 0.812345})
    copy = Match(
        "a", "b", Kind.REWRITE, 0.98765432, "a", "names are corrupted in the other, although its date is later",
        passages, found, 0.91, "spun", {"spun": 0.7, "llm": 0.3}, same_site=False, contradictions=1,
        shared=(0.7, 0.6), date_conflict=True,
    )  # fmt: skip
    exact = Match(HOSTILE_ID, "a", Kind.EXACT, 1.0, None, "unknown", Alignment(()))
    partly = Match(
        "p/1", "p/2", Kind.PARTIAL, 0.1, None, "unknown", Alignment((Passage((0, 20), (0, 20), 0.5),)), same_site=True,
        shared=(0.3, 0.3),
    )  # fmt: skip
    return [copy, exact, partly]


def made_report() -> Report:
    ids = [article.id for article in ARTICLES]
    clean = ArticleScore(0.05, {"spun": 0.05}, {"spun": 10.0}, None, ())
    by_id = {article.id: article for article in ARTICLES}
    found = MatchTable(map(pack_match, matches()))
    return Report(
        ids,
        found,
        ClusterTable([Cluster("0123", "a", (HOSTILE_ID, "a", "b"), (("b", "a"),))]),
        (Skipped(HOSTILE, None, "empty file"), Skipped("y.jsonl", 3, "no field 'text'")),
        ScoreTable(ids, [pack_score(SCORE if id_ == "b" else clean) for id_ in ids]),
        {"lists": 12},
        {"read": 0.5},
        by_id.__getitem__,
        ("a note",),
        TemplateTable([Template("t1", 4, ("p/1", "p/2"), ("p/1", "p/2", "p/3", "p/4"))]),
        {"site_text": 7},
        Compositions(found, by_id.__getitem__),
    )
