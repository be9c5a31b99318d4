"""What counts as boilerplate, and what must not."""

import random
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.records import Flag, Tokens
from dedup.text import boilerplate, tokenise, tokenise_bytes
from dedup.text import boilerplate_kernel as lines
from dedup.text.boilerplate import RepeatedLines, line_hashes, mark, mark_batch

BODY = "\n\n".join(
    [
        "The harbour council of Lower Wexcombe voted on Tuesday to close the old swing bridge for eleven weeks.",
        "Engineers had warned in March that two of its four bearings were cracked, and that a third would follow.",
        "“We would rather be late than wet,” said Orla Tindrum, who chairs the works committee, to some laughter.",
        "Ferries will run every twenty minutes until the bridge opens again, and the fare stays at two crowns.",
        "Shopkeepers on the northern quay fear for the summer trade, and have asked for relief from the market levy.",
    ]
)


def flagged(text: str, source: str | None = None, repeated: np.ndarray = boilerplate.NO_LINES) -> list[str]:
    tokens = mark(tokenise(text), source, repeated)
    return [tokens.word(i) for i in np.flatnonzero(tokens.flags & Flag.BOILERPLATE).tolist()]


def words(text: str) -> list[str]:
    tokens = tokenise(text)
    return [tokens.word(i) for i in range(len(tokens))]


@pytest.mark.parametrize(
    "line",
    [
        "Share", "Tweet", "SHARE THIS ARTICLE", "12 Comments", "3 hours ago", "5 min read", "Advertisement",
        "Follow us on Facebook and Twitter", "Sign up for our morning newsletter and never miss a bridge",
        "Read more: Ferry captain wins prize for longest whistle", "Photo: R. Quillby / WNA",
        "Tags: bridges, harbour, Wexcombe, council, ferries", "Please enter your comment!",
        "The old bridge at dusk. Getty Images", "© 2031 The Wexcombe Bugle. All rights reserved.", "Teilen",
        "Lesen Sie auch: Die Brücke am Hafen", "Partager sur Facebook", "Suscríbete a nuestro boletín",
        "Читайте также: мост",
    ],
)  # fmt: skip
def test_lines_of_boilerplate(line: str) -> None:
    paragraphs = BODY.split("\n\n")
    page = "\n".join([*paragraphs[:2], line, *paragraphs[2:]])
    assert flagged(page) == words(line)


@pytest.mark.parametrize(
    "line",
    [
        "Share prices of the ferry company rose by a tenth on the news.",
        "Comments by the harbour master were not welcome.",
        "Read the report, she said, before you shout at me.",
        "Photographs of the cracked bearings went round the town within hours.",
        "Related charges against the builder were dropped last year.",
        "He follows us on our way to the quay every single morning, rain or shine.",
        "The image of the town suffered.",
        "The source of the leak (a valve) was found.",
    ],
)
def test_sentences_are_not_boilerplate(line: str) -> None:
    assert flagged(f"{BODY}\n\n{line}\n\n{BODY}") == []
    assert flagged(f"{line}\n\n{BODY}") == []


@pytest.mark.parametrize("heading", ["LEAVE A REPLY", "Post a Comment", "Comments", "Kommentare", "Deja un comentario"])
def test_everything_after_a_comment_form_is_boilerplate(heading: str) -> None:
    tail = f"{heading}\nA reader wrote that the bridge was never painted properly in the first place.\nSubscribe"
    assert flagged(f"{BODY}\n{tail}") == words(tail)


def test_teasers_after_the_article_are_boilerplate() -> None:
    tail = "More like this\nRelated\nGoat wins seat\nThe goat, who is four, was not available...\nRain stops play"
    assert flagged(f"{BODY}\n{tail}") == words(tail)


def test_a_box_of_teasers_does_not_cut_the_text() -> None:
    first, rest = BODY.split("\n\n", 3)[:3], BODY.split("\n\n", 3)[3]
    box = "Related\nGoat elected to parish board\nMayor returns from long walk"
    page = "\n\n".join([*first, box, rest, rest.replace("Ferries", "Boats"), rest.replace("bridge", "lock")])
    assert flagged(page) == words(box)


def test_a_heading_at_the_top_does_not_cut_the_text() -> None:
    assert flagged(f"Leave a comment\n{BODY}") == words("Leave a comment")
    assert flagged(f"Comments\n{BODY}") == words("Comments")


def test_credits_inside_a_paragraph() -> None:
    text = f"{BODY} (Image: O. Tindrum/WNA) The bridge (built in 1931) is green. (AP Photo/Ona Birk)\n{BODY}"
    assert flagged(text) == words("Image O Tindrum WNA AP Photo Ona Birk")


@pytest.mark.parametrize("text", ["Share\nTweet\nEmail", "Photo: A goat on a bridge.", ""])
def test_no_article_vanishes(text: str) -> None:
    assert flagged(text) == []


def sites(pages: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    vocabulary = [f"{a}{b}" for a in ("bri", "quo", "ster", "val", "mon") for b in ("dle", "rim", "tok", "wex", "lan")]
    made = []
    for _ in range(pages):
        body = [" ".join(draw.choices(vocabulary, k=12)) + "." for _ in range(6)]
        made.append("\n".join([*body[:3], "The Bugle is printed on the ferry and read on land.", *body[3:]]))
    return made


def repeated_in(pages: list[str], source: str | None = "Bugle", batch: int = 7) -> np.ndarray:
    found = RepeatedLines()
    for i in range(0, len(pages), batch):
        part = [page.encode() for page in pages[i : i + batch]]
        offsets = np.cumsum([0, *map(len, part)]).astype(np.uint64)
        tokens = tokenise_bytes(np.frombuffer(b"".join(part), np.uint8), offsets)
        found.add(tokens, [source] * len(part))
    return found.find()


def test_lines_that_come_back_on_a_site_are_boilerplate() -> None:
    pages = sites(5)
    repeated = repeated_in(pages)
    line = "The Bugle is printed on the ferry and read on land."
    assert len(repeated) == 1
    assert flagged(pages[0], "Bugle", repeated) == words(line)
    assert flagged(pages[0], "BUGLE", repeated) == words(line)
    assert flagged(pages[0], "Trumpet", repeated) == []
    assert flagged(pages[0], None, repeated) == []


def test_two_pages_are_not_enough() -> None:
    assert len(repeated_in(sites(2))) == 0


def test_copies_of_one_article_have_no_repeated_lines() -> None:
    page = sites(1)[0]
    rows = page.split("\n")
    versions = ["\n".join([*rows[:i], f"An update numbered {i}.", *rows[i:]]) for i in range(len(rows))]
    assert len(repeated_in([page] * 500)) == 0
    assert len(repeated_in([page] * 20 + versions * 5)) == 0


def test_articles_without_a_source_are_left_out() -> None:
    assert len(repeated_in(sites(5), None)) == 0
    assert len(RepeatedLines().find()) == 0


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False), st.integers(1, 9))
def test_order_and_batches_do_not_matter(shuffle: random.Random, batch: int) -> None:
    pages = sites(6) + sites(1) * 3
    expected = repeated_in(pages).tolist()
    shuffle.shuffle(pages)
    assert repeated_in(pages, batch=batch).tolist() == expected


def test_a_batch_is_marked_like_its_articles() -> None:
    pages = [BODY, f"Share\n{BODY}", "", f"{BODY}\nLeave a reply\nName"]
    blob = np.frombuffer("".join(pages).encode(), np.uint8)
    batch = tokenise_bytes(blob, np.cumsum([0, *(len(p.encode()) for p in pages)]).astype(np.uint64))
    mark_batch(batch)
    for tokens, page in zip(batch, pages, strict=True):
        assert tokens.flags.tolist() == mark(tokenise(page)).flags.tolist()


def test_marking_twice_is_marking_once_and_other_flags_stay() -> None:
    plain = tokenise(f"Share\n{BODY}")
    once = mark(plain)
    assert mark(once).flags.tolist() == once.flags.tolist()
    assert (once.flags & ~np.uint8(Flag.BOILERPLATE)).tolist() == plain.flags.tolist()


def test_line_hashes_are_those_that_marking_looks_for() -> None:
    page = sites(1)[0]
    assert len(line_hashes(tokenise(page), "Bugle")) == 7
    assert words(page) == flagged(f"{page}\n{BODY}", "Bugle", np.sort(line_hashes(tokenise(page), "Bugle")))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(alphabet="ab .:()\n'©é/", max_size=80))
def test_any_text_can_be_marked(text: str) -> None:
    tokens: Tokens = mark(tokenise(text))
    assert len(tokens.flags) == len(tokens)


def test_phrases_fit_their_table_and_the_limits() -> None:
    rows = files("dedup").joinpath("data/boilerplate.tsv").read_text("utf-8").splitlines()
    phrases = [row.split("\t") for row in rows if not row.startswith("#")]
    assert {kind for kind, _ in phrases} == set(boilerplate.KINDS)
    assert len(phrases) == len({tuple(p) for p in phrases}) < (1 << lines.TABLE_BITS) / 3
    limit = {"start": lines.LONGEST_PREFIX, "colon": lines.LONGEST_PREFIX, "end": lines.LONGEST_SUFFIX, "credit": 3}
    for kind, phrase in phrases:
        assert 0 < len(words(phrase.replace("#", "1"))) <= limit.get(kind, lines.LONGEST_LINE), phrase
