import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.translation.sentences import LONGEST, LONGEST_THAI, split


def pieces(text):
    return [text[a:b] for a, b in split(text)]


def test_sentences_end_at_the_marks_of_their_script():
    assert pieces("The harbour is closed today. Nobody knows for how long! Really nobody knows?") == [
        "The harbour is closed today.",
        "Nobody knows for how long!",
        "Really nobody knows?",
    ]
    assert pieces("港は火曜日に閉鎖された。再開の見通しは立っていない。") == [
        "港は火曜日に閉鎖された。",
        "再開の見通しは立っていない。",
    ]


def test_lines_are_sentences_and_abbreviations_are_not():
    text = "Harbour closed\nThe head of the board, Dr. M. Olsen, said so to reporters. No. 3 pier stays open."
    assert pieces(text) == [
        "Harbour closed",
        "The head of the board, Dr. M. Olsen, said so to reporters.",
        "No. 3 pier stays open.",
    ]


@pytest.mark.parametrize(("clause", "longest"), [("ท่าเรือปิดทำการ ", LONGEST_THAI), ("the harbour is closed ", LONGEST)])
def test_a_long_line_without_marks_is_cut_at_spaces(clause, longest):
    text = clause * 60
    assert all(longest / 2 <= len(piece) <= longest for piece in pieces(text)[:-1])
    assert " ".join(pieces(text)) == text.strip()


def test_thai_without_a_space_where_it_is_cut_goes_on_to_the_next():
    long = "ท่าเรือปิดทำการ" * 10
    assert pieces(f"{long} {long}") == [long, long]
    english = (
        "The sign at the gate of the harbour said "
        + "ปิด" * 20
        + " to everybody who came there and wanted to go aboard."
    )
    assert pieces(english) == [english]


@given(st.text(alphabet="ab .!?\n。 A1ปิ", max_size=900))
def test_nothing_but_marks_and_space_is_lost(text):
    spans = split(text)
    assert all(a < b for a, b in spans)
    assert spans == sorted(spans)
    outside = "".join(text[a:b] for (_, a), (b, _) in zip([(0, 0), *spans], [*spans, (len(text), 0)], strict=True))
    assert not any(map(str.isalnum, outside))
