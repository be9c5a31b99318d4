import pytest

from dedup.translation.facts import facts_of, same_number, significant

pytest.importorskip("anyascii")


def keys(facts):
    return [fact.key for fact in facts]


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("They sold 1,234 tickets.", "en", "1234"),
        ("Es wurden 1.234 Karten verkauft.", "de", "1234"),
        ("Ils ont vendu 1\u202f234 billets.", "fr", "1234"),
        ("１２３４枚が売れた。", "ja", "1234"),
        ("بيعت ١٢٣٤ تذكرة.", "ar", "1234"),
        ("Es fehlen 12,5 Meter.", "de", "12.5"),
    ],
)
def test_numbers_are_read_as_each_language_writes_them(text, language, number):
    (fact,) = facts_of(text, language).numbers
    assert fact.key == number
    assert text[slice(*fact.span)].strip("()") == text[slice(*fact.span)]


def test_small_whole_numbers_are_left_to_words():
    assert not facts_of("Three of 12 boats sank.", "en").numbers


def test_ten_thousands_and_millions_may_be_one_number():
    assert same_number("12", "1200")
    assert not same_number("12", "13")
    assert significant("3.50") == "35"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("On Thursday, in July.", "en"),
        ("Am Donnerstag im Juli.", "de"),
        ("Le jeudi, en juillet.", "fr"),
        ("木曜日、7月に。", "ja"),
        ("在七月的星期四。", "zh"),
        ("目前是7月，周四。", "zh"),
        ("В четверг, 9 июля.", "ru"),
    ],
)
def test_months_and_weekdays_have_one_key_in_all_languages(text, language):
    assert sorted(keys(facts_of(text, language).dates)) == ["d3", "m7"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Капитан Холвик вышел из Карсунда.", "ru"),
        ("ホルビク船長はカルスンを出た。", "ja"),
        ("홀비크 선장은 카르순을 떠났다.", "ko"),
        ("El capitán Holvik salió de Karsund.", "es"),
    ],
)
def test_a_name_is_known_by_its_sound_in_another_script(text, language):
    names = list(facts_of("The ship of captain Holvik sailed.", "en").names)
    assert [fact.key for fact in names] == ["rbk"]
    assert facts_of(text, language).says("rbk")
    assert not facts_of(text, language).says("bstn")


def test_weekdays_and_words_that_begin_a_sentence_are_no_names():
    assert keys(facts_of("Divers came on Friday. Nobody saw Brandvold.", "en").names) == ["brntbrt"]
