"""The data beside a page: whole, in pieces, found again, and cleaned up."""

import json
import re

from dedup.report.chunks import PIECE, Chunks, inline_json, remove_others


def test_records_come_back_by_their_numbers(tmp_path):
    with Chunks() as chunks:
        for number in range(30):
            chunks.add("text", {"n": number, "text": "x" * (PIECE // 10)})
        chunks.add("list", {"a": [1]})
        chunks.close()
        files = chunks.write(tmp_path / "data")
        firsts = chunks.firsts["text"]
    assert len(firsts) == 3
    seen = []
    for number, first in enumerate(firsts):
        script = (tmp_path / "data" / files[f"text-{number}"]).read_text()
        name, data = re.fullmatch(r'dedupData\("(.+?)",(.*)\)\n', script, re.S).groups()
        assert name == f"text-{number}"
        assert json.loads(data)[0]["n"] == first
        seen += [record["n"] for record in json.loads(data)]
    assert seen == list(range(30))


def test_pieces_of_earlier_pages_go_and_other_files_stay(tmp_path):
    for name in ("text-0-0123456789ab.js", "text-1-0123456789ab.js", "mine.js", "my-own-script.js"):
        (tmp_path / name).write_text("")
    remove_others(tmp_path, {"text-1-0123456789ab.js"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.js", "my-own-script.js", "text-1-0123456789ab.js"]
    remove_others(tmp_path / "nowhere", set())


def test_nothing_in_json_ends_a_script():
    text = inline_json(json.dumps("</script><!--").encode())
    assert "<" not in text
    assert json.loads(text) == "</script><!--"
