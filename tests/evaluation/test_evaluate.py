"""Whole evaluations: of results, of a scan, of texts that labels bring."""

import pytest

import dedup
from dedup.evaluation.gold import gold_of, gold_of_clusters
from dedup.records import Kind, Passage
from tests.made_articles import article

PILE = [article("a", 1), article("b", 1, 0.05), article("c", 2), article("d", 2, 0.02), article("e", 3)]
GOLD = gold_of([dedup.Label("a", "b", True, "edited"), dedup.Label("c", "d", True, "edited"),
                dedup.Label("a", "c", False, "other"), dedup.Label("b", "e", False, "other")])  # fmt: skip


def found(**pairs):
    return {tuple(name): dedup.Found(*value) for name, value in pairs.items()}


class TestResults:
    def test_by_kind(self):
        result = dedup.evaluate(GOLD, found(ab=(0.9, Kind.REWRITE), ac=(0.8, Kind.NEAR), cd=(0.4, Kind.PARTIAL)))
        assert (result.overall.precision.value, result.overall.recall.value) == (0.5, 0.5)
        assert result.by_kind["edited"].recall.pairs == 2
        assert result.by_kind["other"].false_alarms.value == 0.5
        assert [(row["left"], row["right"], row["error"]) for row in result.error_rows()] == [
            ("a", "c", "false alarm"), ("c", "d", "missed"),
        ]  # fmt: skip
        assert result.groups == 1  # connected by the articles that they have in common

    def test_by_threshold_and_in_either_order(self):
        said = {("b", "a"): dedup.Found(0.9), ("d", "c"): dedup.Found(0.4)}
        assert dedup.evaluate(GOLD, said).overall.recall.value == 0.5
        assert dedup.evaluate(GOLD, said, threshold=0.3).overall.recall.value == 1.0

    def test_pairs_that_nobody_labelled_count_only_where_the_labels_are_complete(self):
        said = found(ab=(0.9,), cd=(0.9,), ae=(0.9,))
        result = dedup.evaluate(GOLD, said)
        assert (result.overall.precision.value, result.unlabelled, result.clusters) == (1.0, 1, None)
        complete = gold_of_clusters("-", [["a", "b"], ["c", "d"], ["e"]])
        result = dedup.evaluate(complete, said)
        assert result.overall.precision.value == pytest.approx(2 / 3)
        assert (result.unlabelled, result.clusters.articles) == (0, 5)
        assert result.clusters.adjusted_rand < 1.0

    def test_ids_that_never_meet_are_an_error(self):
        with pytest.raises(dedup.InputError, match="no id of the results is one of the labels"):
            dedup.evaluate(GOLD, {("x/a", "x/b"): dedup.Found(1.0)})

    def test_passages_of_results(self):
        true = (Passage((0, 10), (0, 10), 1.0),)
        gold = gold_of([dedup.Label("a", "b", True)], passages={("a", "b"): true})
        assert dedup.evaluate(gold, found(ab=(0.9, Kind.REWRITE, true))).passages.plagdet == 1.0


class TestHere:
    def test_of_a_scan(self):
        result = dedup.evaluate(GOLD, articles=PILE, workers=1)
        assert (result.overall.precision.value, result.overall.recall.value) == (1.0, 1.0)
        assert set(result.by_length) == {"120 to 249 words"}
        assert result.average_precision == 1.0

    def test_what_the_scan_did_not_look_at_is_compared_by_itself(self):
        gold = gold_of([dedup.Label("a", "b", True), dedup.Label("a", "e", True)])
        result = dedup.evaluate(gold, articles=PILE, workers=1)
        (missed,) = result.error_rows()
        assert (missed["left"], missed["right"], missed["why"]) == ("a", "e", "compared by itself: none")

    def test_texts_that_labels_bring(self):
        gold = gold_of(GOLD.labels, articles={one.id: one for one in PILE})
        assert dedup.evaluate(gold, workers=1).overall.f1 == 1.0

    def test_articles_that_are_missing_are_said(self):
        result = dedup.evaluate(GOLD, articles=PILE[:4], workers=1)
        assert "1 labelled pairs name an article that was not read, such as 'e'" in result.notes[0]
        with pytest.raises(
            dedup.InputError, match="no article has an id or address of the labels: 'a' is labelled, 'z' was read"
        ):
            dedup.evaluate(GOLD, articles=[article("z", 1)])

    def test_labels_may_name_articles_by_their_addresses(self):
        pile = [dedup.Article(f"{one.id}.txt", one.text, url=f"https://{one.id}.example/") for one in PILE]
        gold = gold_of([dedup.Label("https://a.example/", "https://b.example/", True)])
        assert dedup.evaluate(gold, articles=pile, workers=1).overall.recall.value == 1.0

    def test_nothing_to_evaluate(self):
        with pytest.raises(dedup.UsageError, match="the labels have no texts"):
            dedup.evaluate(GOLD)
