"""What an engine past one machine does with pairs of articles after they were compared."""

import pytest

import dedup
from dedup.results import pack_match
from tests.made_articles import story

pa = pytest.importorskip("pyarrow")

from dedup.engines import result_steps as steps  # noqa: E402 - what comes without pyarrow was skipped above

NAMED = {
    id_: dedup.Article(id_, text, source="Courier")
    for id_, text in {
        "story": story(40),
        "other": story(41),
        "part": f"{' '.join(story(40).split()[:110])}\n\n{story(42)}",  # a page with a part of the story
        "whole": f"{story(40)}\n\n{story(41)}",
    }.items()
}


def rows(*pairs):
    found = [dedup.compare(NAMED[left], NAMED[right]) for left, right in pairs]
    return pa.Table.from_batches([steps.packed_rows(list(map(pack_match, found)), NAMED)]), found


def test_a_page_with_a_part_of_an_article_is_looked_at_for_site_text_and_one_with_all_of_it_is_not():
    compared, found = rows(("part", "story"), ("story", "whole"), ("other", "whole"))
    assert {one.kind for one in found} == {dedup.Kind.CONTAINS}
    settled = steps.contain(compared).to_pylist()
    assert {(row["left"], row["right"]): row["site"] for row in settled} == {
        ("part", "story"): "courier",
        ("story", "whole"): None,
        ("other", "whole"): None,
    }
    kept = next(row for row in settled if row["site"])
    assert len(kept["places"]) == len(kept["runs"]) > 0
