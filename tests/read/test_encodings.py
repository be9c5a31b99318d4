"""Encodings: what browsers do, wrong labels found out, and nothing made up."""

import random

import pytest

from benchmarks.quality.encodings import FLOOR, PARTS, TEXTS, texts, told
from dedup.read.encodings import Undecodable, codec_of, decode


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("Shift_JIS", "cp932"), ("x-sjis", "cp932"), ("windows-31j", "cp932"), ("iso-8859-1", "cp1252"),
        ("ISO_8859-1", "cp1252"), ("cp819", "cp1252"), ("latin1", "cp1252"), ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"), ("euc-kr", "cp949"), ("gb2312", "gb18030"), ("tis-620", "cp874"),
        ("big5", "big5hkscs"), ("utf8", "utf-8"), ("nonsense", None), ("hex", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_labels_mean_what_they_mean_to_browsers(label, codec):
    assert codec_of(label) == codec


RUSSIAN = "Городской совет объявил о закрытии старого моста."
POLISH = "Władze Dąbrowy ogłosiły zamknięcie starego mostu po zimowej powodzi."


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        (RUSSIAN, "cp1251", "windows-1252"),
        (POLISH, "cp1250", "iso-8859-1"),
        (RUSSIAN, "utf-8", "windows-1251"),
        (POLISH, "cp1250", "utf-8"),
        (POLISH, "utf-8", "gb2312"),
    ],
)
def test_a_wrong_label_is_found_out(text, encoding, label):
    assert decode(text.encode(encoding), label=label).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "koi8-r"),
        ("市は水曜日、橋の点検のため夏の終わりまで通行止めにすると発表した。", "iso2022_jp"),
        ("市は水曜日、橋の点検のため夏の終わりまで通行止めにすると発表した。", "euc_jp"),
        ("市政府星期三宣布，這座橋將關閉到夏天結束，因為檢查發現橋墩有裂縫。", "big5"),
        ("רשות העיר הודיעה על סגירת הגשר הישן עד סוף הקיץ.", "cp1255"),
        ("เทศบาลประกาศปิดสะพานเก่าจนถึงสิ้นฤดูร้อน", "cp874"),
    ],
)
def test_rarer_encodings_without_a_label(text, encoding):
    assert decode(text.encode(encoding)).text == text


def test_a_broken_byte_costs_a_character_and_is_counted():
    text = "Håldane told the mëeting that “we cannot keep patching a wall”."
    data = text.encode()
    found = decode(data[:10] + b"\xff" + data[10:])
    assert (found.encoding, found.lost) == ("utf-8", 1)
    assert found.text.replace("\ufffd", "") == text
    assert decode(text.encode() + b" \xa9 2026").lost == 1


def test_too_many_broken_bytes_are_no_text():
    rnd = random.Random(3)
    for size in (40, 400, 4000):
        data = bytearray("Håldane told the meeting that the wall would fall. ".encode() * (size // 40))
        for _ in range(size // 8):
            data[rnd.randrange(len(data))] = rnd.randrange(0xF8, 0x100)
        with pytest.raises(Undecodable):
            decode(bytes(data))


def test_short_texts_without_a_label():
    kinds = [told(text.encode(parts["encoding"]), text) for name, parts in PARTS.items() for text in texts(name)[:20]]
    assert kinds.count("wrong") <= (1 - FLOOR) * len(kinds)
    assert kinds.count("right") >= FLOOR * len(kinds)
    assert len(PARTS) == 15
    assert TEXTS == 100
