"""Picking pairs, keeping answers, and bringing them together."""

import pytest

import dedup
from dedup.evaluation.answers import Answer, Answers, agreed, answers_of
from dedup.evaluation.picking import NEAR, RANDOM, Picked, load_picked, pick, save_picked
from tests.made_articles import article

PILE = [article(f"{n}{side}", n, share) for n in range(6) for side, share in (("a", None), ("b", 0.05 + 0.08 * n))]


def pair(number: int) -> Picked:
    return Picked(f"a{number}", f"b{number}", "One text.", "Other text.", None, "A title", NEAR, 0.5)


class TestPick:
    def test_the_nearest_and_some_of_the_others(self):
        pairs = pick(PILE, near=2, random=2)
        assert sorted(one.picked for one in pairs) == [RANDOM, RANDOM, NEAR, NEAR]
        near, others = ([abs(one.said - 0.5) for one in pairs if one.picked == why] for why in (NEAR, RANDOM))
        assert max(near) <= min(others)
        assert pairs[0].left_text in [one.text for one in PILE]

    def test_the_same_pairs_from_any_order_and_others_by_another_seed(self):
        first = pick(PILE, near=1, random=2)
        assert pick(PILE[::-1], near=1, random=2) == first
        drawn = {frozenset(one.pair for one in pick(PILE, near=0, random=2, seed=seed)) for seed in range(4)}
        assert len(drawn) > 1

    def test_what_is_known_is_left_out(self):
        first = pick(PILE, near=1, random=0)
        (left, right) = first[0].pair
        assert pick(PILE, near=1, random=0, known=[(right, left)])[0].pair != (left, right)

    def test_nothing_to_label(self):
        with pytest.raises(dedup.InputError, match="no two of these articles"):
            pick([article("a", 1)])
        with pytest.raises(dedup.ConfigError, match="level full"):
            pick(PILE, config=dedup.Config(level="near"))


class TestFiles:
    def test_pairs_are_written_and_read(self, tmp_path):
        save_picked([pair(1), pair(2)], tmp_path / "pairs.jsonl")
        assert load_picked(tmp_path / "pairs.jsonl") == [pair(1), pair(2)]
        (tmp_path / "pairs.jsonl").write_text('{"left": "a"}\n', "utf-8")
        with pytest.raises(dedup.InputError, match=r"pairs\.jsonl:1: is no pair"):
            load_picked(tmp_path / "pairs.jsonl")

    def test_answers_are_taken_up_again_and_the_last_one_counts(self, tmp_path):
        first = Answers(tmp_path / "pairs.jsonl", "ann")
        first.give(("a1", "b1"), Answer.COPY)
        first.give(("a2", "b2"), Answer.UNSURE)
        first.give(("a1", "b1"), Answer.NONE)
        (again,) = answers_of(tmp_path / "pairs.jsonl")
        assert again.by == "ann"
        assert again.given == {("a1", "b1"): Answer.NONE, ("a2", "b2"): Answer.UNSURE}

    def test_a_name_is_no_path(self, tmp_path):
        with pytest.raises(dedup.InputError, match="is no name for a file"):
            Answers(tmp_path / "pairs.jsonl", "../ann")

    def test_a_broken_file_of_answers(self, tmp_path):
        (tmp_path / "pairs.ann.jsonl").write_text('{"left": "a", "right": "b", "answer": "maybe"}\n', "utf-8")
        with pytest.raises(dedup.InputError, match="is no answer"):
            Answers(tmp_path / "pairs.jsonl", "ann")


class TestAgreement:
    def test_of_two(self, tmp_path):
        pairs = [pair(number) for number in range(6)]
        told = {"ann": "ccnnuc", "bob": "ccncnu"}
        for name, answers in told.items():
            kept = Answers(tmp_path / "pairs.jsonl", name)
            for one, key in zip(pairs, answers, strict=True):
                kept.give(one.pair, {"c": Answer.COPY, "n": Answer.NONE, "u": Answer.UNSURE}[key])
        found = agreed(pairs, answers_of(tmp_path / "pairs.jsonl"))
        assert [(row["left"], row["label"]) for row in found.rows] == [
            ("a0", 1),
            ("a1", 1),
            ("a2", 0),
            ("a4", 0),
            ("a5", 1),
        ]
        assert found.disputed == (("a3", "b3"),)
        (agreement,) = found.agreements
        assert (agreement.one, agreement.other, agreement.pairs, agreement.same) == ("ann", "bob", 4, 3)
        assert agreement.kappa == pytest.approx(dedup.kappa([True, True, False, False], [True, True, False, True]))

    def test_what_nobody_answered_is_counted(self, tmp_path):
        found = agreed([pair(1)], [Answers(tmp_path / "pairs.jsonl", "ann")])
        assert (found.rows, found.unsure) == ((), 1)
