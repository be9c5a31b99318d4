"""The pages in Chromium, opened by `file://` as editors do: what they show, what keys do, that nothing hostile runs."""

from urllib.parse import quote

import pytest

from dedup.records import Article, Kind, Match
from dedup.report import write_page
from dedup.results import Report
from tests.made_report import HOSTILE, HOSTILE_ID, made_report
from tests.report.test_page import many

PAIR = "#/pair/a/b"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_page(made_report(), tmp_path_factory.mktemp("pages") / "x.html", mine=["Ostrel News"])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A page whose data lie beside it."""
    return write_page(many(300), tmp_path_factory.mktemp("large") / "x.html")


class Opened:
    """One page, with what it complained about and what it asked for."""

    def __init__(self, browser, path, **context):
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.path = path
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def show(self, fragment: str) -> str:
        """Go to a page, wait until it is drawn, and return what it says."""
        self.page.evaluate("document.querySelector('#page').firstChild?.setAttribute('data-old', '')")
        self.page.evaluate("hash => { location.hash = hash }", fragment)
        self.page.wait_for_selector("#page > div:not([data-old])")
        return self.text()

    def text(self) -> str:
        return self.page.locator("main").inner_text()


@pytest.fixture
def opened(browser, written):
    one = Opened(browser, written)
    yield one
    assert one.said == []
    assert all(url.startswith("file:") for url in one.asked)
    assert one.page.title() != "owned"
    one.context.close()


def test_overview_leads_to_stories_and_lists(opened):
    assert opened.page.locator("h1").first.inner_text() == "Copies among 5 articles"
    opened.page.get_by_role("link", name="Bridge opens").first.click()
    opened.page.wait_for_selector("#page h1")
    assert opened.page.locator("#page h1").inner_text() == "Bridge opens"
    assert not opened.page.locator("#overview").is_visible()
    opened.page.go_back()
    opened.page.wait_for_selector("#overview h1")
    assert opened.page.title() == "Copies among 5 articles"


def test_story_shows_the_tree_with_reasons_conflicts_and_time(opened):
    text = opened.show("#/story/0123")
    assert "Probable original: Bridge opens" in text
    assert (
        "Why the one above came first: names are corrupted in the copy, although the original's date is later." in text
    )
    assert "Dates and wording disagree" in text
    assert "Not clear what it was copied from" in text
    assert opened.page.locator(".tree > li > ul > li").count() == 1
    first = opened.page.locator("#page table tbody tr").first.inner_text()
    assert "2026-01-01" in first
    assert HOSTILE in first


def test_pair_keeps_sides_level_and_shows_changes_in_place(opened):
    text = opened.show(PAIR)
    assert "Shared: 70\u00a0% of the original, 60\u00a0% of the copy." in text
    assert "How it was made, probably: spun: words swapped by a program." in text
    rows = [row.locator("td").all_inner_texts() for row in opened.page.locator("table.sides tbody tr").all()]
    assert [bool(left) for left, _ in rows] == [True, True, True]
    assert rows[0][0].startswith("The mayor of Ostrel 🎈")
    assert rows[0][1].startswith("The mayor of Ostrel → Ostrell 🎈")
    assert "40 → 14 million" in rows[1][1]
    assert rows[2] == ["The council had planned it since the flood.", "Share this story with your friends."]
    assert opened.page.locator("tr.only").count() == 1
    runs = opened.page.locator("td:first-child mark.run").all_inner_texts()
    assert runs == ["opened the new bridge over the river Vell on Friday morning"]
    assert opened.page.locator("td:nth-child(2) mark.contradiction del").all_inner_texts() == ["40"]


def test_keys_jump_from_change_to_change(opened):
    opened.show(PAIR)

    def at():
        return opened.page.locator("td:nth-child(2) mark.at ins").all_inner_texts()

    seen = []
    for key in ("n", "n", "n", "p"):
        opened.page.keyboard.press(key)
        seen += at()
    assert seen == ["Ostrell", "14", "Ostrell", "14"], "swapped words are passed over while there are facts"
    assert "Change 2 of 2, turned fact: 40 → 14" in opened.page.locator(".tools").inner_text()
    opened.page.get_by_label("stop at swapped words too").check()
    opened.page.locator("h1:visible").click()
    seen = []
    for _ in range(3):
        opened.page.keyboard.press("n")
        seen += at()
    assert seen == ["Ostrell", "14", "construct"]


def test_list_filters_and_its_address_says_so(opened):
    opened.show("#/matches")
    found = opened.page.locator(".found")
    assert found.inner_text() == "3 matches of 3"
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("NEWSBUCKET")
    assert found.inner_text() == "1 match of 3"
    assert opened.page.url.endswith("#/matches?q=NEWSBUCKET")
    opened.page.locator("select[name=kind]").select_option("partial")
    assert "No match fits" in found.inner_text()
    opened.page.get_by_role("button", name="Clear all").click()
    opened.page.wait_for_selector("text='3 matches of 3'")


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("kind=copies", ["a-b", "x-a"]), ("kind=partial", ["1-2"]), ("source=ostrel", ["a-b", "x-a"]),
        ("of=Ostrel+News&by=Newsbucket", ["a-b"]), ("of=Newsbucket", []), ("by=source+not+known", ["x-a"]),
        ("after=2026-01-02", ["a-b", "x-a"]), ("before=2026-01-01", ["a-b"]), ("share=65", ["a-b", "x-a"]),
        ("only=turned", ["a-b"]), ("only=name", ["a-b"]),
        ("pairs=steps&kind=copies", ["a-b", "x-a"]), ("only=negation", []),
        ("only=conflicts", ["a-b"]), ("only=within", ["1-2"]), ("only=across", ["a-b"]),
        ("who=ours", ["a-b", "x-a"]), ("who=taken", ["a-b"]), ("who=given", []), ("story=0123", ["a-b", "x-a"]),
        ("q=ostrel+news+bridge", ["a-b", "x-a"]), ("q=" + quote(HOSTILE_ID), ["x-a"]),
    ],
)  # fmt: skip
def test_every_filter(opened, query, pairs):
    found = opened.page.evaluate(
        """async query => { const data = await load();
        const ids = n => [data.matches.left[n], data.matches.right[n]].map(a => data.articles.id[a]);
        return select(data, new URLSearchParams(query)).map(ids) }""",
        query,
    )
    names = {HOSTILE_ID: "x", "p/1": "1", "p/2": "2"}
    assert sorted("-".join(names.get(id_, id_) for id_ in pair) for pair in found) == sorted(pairs)


@pytest.mark.parametrize(
    ("order", "first"), [("shared", "x"), ("turned", "a"), ("newest", "x"), ("headline", "a"), ("", "x")]
)
def test_orders(opened, order, first):
    found = opened.page.evaluate(
        "async order => { const data = await load(); return select(data, new URLSearchParams({sort: order}))"
        ".map(n => data.articles.id[data.matches.left[n]]) }",
        order,
    )
    assert {HOSTILE_ID: "x"}.get(found[0], found[0]) == first
    assert len(found) == 3


def test_article_says_its_score_in_words_with_the_evidence_in_place(opened):
    text = opened.show("#/article/b")
    assert "Reads very much as if it were spun" in text
    assert opened.page.locator(".story mark.finding").all_inner_texts() == ["construct → build"]
    assert HOSTILE in text


@pytest.mark.parametrize(
    "fragment",
    [f"#/article/{quote(HOSTILE_ID, safe='')}", f"#/pair/{quote(HOSTILE_ID, safe='')}/a", "#/matches",
     "#/story/0123", "#/article/p%2F1"],
)  # fmt: skip
def test_hostile_titles_texts_and_ids_stay_text(opened, fragment):
    assert "cannot be shown" not in opened.show(fragment)
    assert (
        opened.page.evaluate("document.querySelectorAll('img, iframe, #page script, a[href^=\"javascript\" i]').length")
        == 0
    )


@pytest.mark.parametrize("fragment", ["#/pair/a/zz", "#/story/none", "#/article/%E0%A4", "#/nowhere"])
def test_what_is_not_there_is_said(opened, fragment):
    assert "Not in this report" in opened.show(fragment)


def test_without_scripts_the_overview_is_there(browser, written):
    one = Opened(browser, written, java_script_enabled=False)
    text = one.text()
    assert "Without scripts this page shows the overview only" in text
    assert "Stories with the most copies" in text
    one.context.close()


def test_data_beside_the_page_are_loaded_when_they_are_needed(browser, large):
    one = Opened(browser, large)
    assert len(one.asked) == 1, "the overview needs none"
    one.show("#/pair/00020/00021")
    assert one.page.locator("table.sides tbody tr").count() > 2
    parts = sorted(url.rpartition("/")[2].rpartition("-")[0] for url in one.asked[1:])
    assert [part for part in parts if not part.startswith("list")] == ["proof-0", "text-0"]
    one.show("#/matches?page=2")
    assert "page 2 of" in one.page.locator(".found").inner_text()
    assert one.said == []
    one.context.close()


def test_missing_data_are_an_error_that_people_understand(browser, tmp_path):
    path = write_page(many(300), tmp_path / "x.html")
    for file in (tmp_path / "x-data").iterdir():
        file.unlink()
    one = Opened(browser, path)
    assert "the folder must stay beside this page" in one.show("#/matches")
    one.context.close()


@pytest.mark.parametrize("fragment", ["#/", "#/matches", "#/story/0123", PAIR, "#/article/b"])
def test_phones_show_everything_without_scrolling_sideways(browser, written, fragment):
    one = Opened(browser, written, viewport={"width": 360, "height": 740})
    if fragment != "#/":
        one.show(fragment)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= 360
    if fragment == "#/matches":
        labels = one.page.evaluate(
            "[...document.querySelectorAll('.list tr:nth-child(2) td')].map(td => td.dataset.label)"
        )
        assert labels == ["Original", "Copy", "Shared", "Kind", "Method", "Changes"]
    one.context.close()


def test_two_articles_that_were_compared_are_shown_at_once(browser, tmp_path):
    articles = [Article("one.txt", "The bridge at Norrby is open again."), Article("two.txt", "A cup was won.")]
    from dedup.records import Alignment

    match = Match("one.txt", "two.txt", Kind.NONE, 0.0, None, "unknown", Alignment(()))
    one = Opened(browser, write_page(Report.of(articles, [match]), tmp_path / "x.html"))
    one.page.wait_for_selector("#page h1")
    assert "They have nothing in common." in one.text()
    assert one.page.locator("table.sides tr.only").count() == 1
    one.context.close()


def equal(page, left: str, right: str) -> list:
    """The rows that two texts give when all of both is one passage."""
    return page.evaluate(
        "([left, right]) => tableOf(left, right, [[0, left.length, 0, right.length]], [])"
        ".map(row => [row.left && left.slice(...row.left), row.right && right.slice(...row.right)])",
        [left, right],
    )


def test_sentences_are_paired_one_to_two_and_alone(opened):
    rows = [
        ["The mayor opened the bridge on Friday."] * 2,
        ["The band of the fire brigade played two songs, and children sang.",
         "The band of the fire brigade played two songs. Then children sang."],
        ["Rain fell all day.", "Fireworks ended it all."],
    ]  # fmt: skip
    left, right = (" ".join(row[side] for row in rows) for side in (0, 1))
    assert equal(opened.page, left, right) == rows


def test_rows_hold_every_word_once(opened):
    left = "One two three four five. Six seven eight nine ten. Eleven twelve thirteen."
    right = "Six seven eight nine ten. One two three four five."
    rows = opened.page.evaluate(
        "([left, right]) => tableOf(left, right, [[0, 24, 26, 50], [25, 50, 0, 25]], [])"
        ".map(row => [row.left && left.slice(...row.left), row.right && right.slice(...row.right), row.moved])",
        [left, right],
    )
    assert rows == [
        ["One two three four five.", "One two three four five.", False],
        ["Six seven eight nine ten.", "Six seven eight nine ten.", True],
        ["Eleven twelve thirteen.", None, False],
    ]


def test_what_an_article_is_made_of(opened):
    own = made_report().composition("b").own
    assert 0.1 < own < 0.9
    shown = opened.show("#/article/b")
    assert "What it is made of" in shown
    assert f"{100 * own:.0f}\xa0%" in shown.partition("Found in none of them")[2][:20]
    assert "What it is made of" not in opened.show("#/article/p%2F1"), "what little it shares is no source"
