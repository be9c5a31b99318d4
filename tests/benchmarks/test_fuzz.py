"""What fuzzing found once, and some new inputs on each cheap target: results or reasons, never anything else."""

import io
import zipfile

import pytest

from benchmarks.quality.fuzz import BLOCK, WRONG, inputs, outcome
from benchmarks.quality.fuzz_targets import TARGETS
from benchmarks.quality.mutations import FILES
from dedup.read import Format, ReadOptions, read
from dedup.records import Skipped

CHEAP = ["read auto", "read jsonl", "read json", "read csv", "read feed", "read parquet", "read arrow", "read warc"]


def reasons(data: bytes, kind: Format = Format.AUTO) -> list[str]:
    return [
        item.reason for item in read(["-"], ReadOptions(format=kind), io.BytesIO(data)) if isinstance(item, Skipped)
    ]


@pytest.mark.parametrize("name", [*CHEAP, "tokenise", "dates", "swaps", "gold"])
def test_mutated_inputs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrong = []
    for number, (data, told) in enumerate(inputs(TARGETS[name], name, 2026, 0)):
        said = outcome(TARGETS[name], data)
        told(said)
        wrong += [f"{name}:0:{number} {said}"] if said.startswith(WRONG) else []
        if number == 60:
            break
    assert not wrong
    assert number < BLOCK


def test_a_zip_entry_before_its_file():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "The bridge is closed.")
        archive.writestr("b.txt", "The bridge is open, says the board.")
    cut = data.getvalue()[40:]
    assert all("negative" in reason or reason for reason in reasons(cut))
    assert reasons(cut)


def test_a_web_archive_whose_record_has_no_address():
    data = FILES["warc"]()[0].replace(b"WARC-Target-URI: http://a.example/\r\n", b"")
    assert any(reason.startswith("damaged web archive") for reason in reasons(data, Format.WARC))


@pytest.mark.parametrize("stream", [0, 1])
def test_arrow_columns_that_hold_no_text_or_lead_out_of_their_buffers(stream):
    data = bytearray(FILES["arrow"]()[stream])
    at = data.index(b"Vellmouth")
    data[at] = 0xFF
    assert any("damaged columns" in reason for reason in reasons(bytes(data), Format.ARROW))
    for place in range(0, len(data), 7):
        broken = bytearray(FILES["arrow"]()[stream])
        broken[place : place + 4] = b"\xff\xff\xff\x7f"
        reasons(bytes(broken), Format.ARROW)
