from hypothesis import given
from hypothesis import strategies as st

from dedup.translation.sentences import LONGEST, split


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


def test_a_long_line_without_marks_is_cut_at_spaces():
    text = "ท่าเรือปิดทำการ " * 60
    assert all(len(piece) <= LONGEST for piece in pieces(text))
    assert " ".join(pieces(text)) == text.strip()


@given(st.text(alphabet="ab .!?\n。 A1", max_size=900))
def test_nothing_but_marks_and_space_is_lost(text):
    spans = split(text)
    assert all(a < b for a, b in spans)
    assert spans == sorted(spans)
    outside = "".join(text[a:b] for (_, a), (b, _) in zip([(0, 0), *spans], [*spans, (len(text), 0)], strict=True))
    assert not any(map(str.isalnum, outside))
