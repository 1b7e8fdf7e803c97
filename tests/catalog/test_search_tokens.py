"""One tokeniser for index and query: what counts as one word, and what does not tell two words apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.models import Edition
from catalog.search.pinyin import readings, title_syllables
from catalog.search.plan import plans_for
from catalog.search.query import SearchQuery
from catalog.search.tokens import (
    call_number_prefixes,
    class_prefixes,
    normal_form,
    pieces,
    pieces_by_route,
    publisher_form,
    runs,
    texts_of,
    token,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高等數學（上冊）", ["高等数学", "上册"]),
        ("C++程序设计", ["c++", "程序设计"]),
        ("C#入门", ["c#", "入门"]),
        ("C 语言", ["c", "语言"]),
        ("A+B", ["a", "b"]),
        ("３Ｄ打印", ["3d", "打印"]),
        ("Война и мир", ["война", "и", "мир"]),
        ("ノルウェイの森", ["ノルウェイの森"]),
        ("채식주의자", ["채식주의자"]),
        ("Poésie", ["poesie"]),
        ("……？！", []),
        ("📚", []),
    ],
)
def test_a_text_is_cut_into_runs(text: str, expected: list[str]) -> None:
    assert runs(text) == expected


def test_scripts_without_blanks_are_cut_into_pairs_and_words_stay_whole() -> None:
    assert pieces("高等数学") == ["高等", "等数", "数学"]
    assert pieces("家") == ["家"]
    assert pieces("c++") == ["c++"]


@pytest.mark.parametrize("text", ["高 等 数 学", "高等·数学", "高等数学", "高等數學"])
def test_blanks_and_points_between_han_characters_do_not_count(text: str) -> None:
    assert normal_form(text) == "高等数学"


def test_words_stand_apart_in_the_normal_form() -> None:
    assert normal_form("C++程序设计：from A to Z") == "c++ 程序设计 from a to z"


@pytest.mark.parametrize("name", ["人民邮电出版社", "人民邮电出版社有限公司", "人民邮电出版"])
def test_a_publisher_is_the_same_with_any_suffix(name: str) -> None:
    assert publisher_form(name) == "人民邮电出"


def test_a_word_that_is_nothing_but_the_suffix_stays() -> None:
    assert publisher_form("出版社") == "出版社"


def test_class_numbers_are_found_by_every_prefix_and_call_numbers_by_their_parts() -> None:
    assert class_prefixes("TP312.8") == {"t", "tp", "tp3", "tp31", "tp312", "tp312.8"}
    assert {"o13", "o13/04", "o13/04/1"} <= call_number_prefixes("O13 / 04 / 1")
    assert "o13/0" not in call_number_prefixes("O13/04/1")
    assert {"o13/t794", "o13/t794:1"} <= call_number_prefixes("O13/T794:1")
    assert {"o13/t794", "o13/t794(2)"} <= call_number_prefixes("O13/T794（2）")
    assert "o13/t79" not in call_number_prefixes("O13/T794:1")


@pytest.mark.parametrize(
    ("typed", "syllables"),
    [
        ("gao deng shu xue", ["gao deng shu xue"]),
        ("gaodengshuxue", ["gao deng shu xue", "gao deng shu xu e", "ga o deng shu xue"]),
        ("lvxing", ["lu xing"]),
        ("xian", ["xian", "xi an"]),
        ("changan", ["chang an", "chan gan"]),
        ("c yuyan", ["c yu yan"]),
        ("3d dayin", ["3d da yin"]),
        ("gdsx", []),
        ("python", []),
        ("a" * 1000, []),
    ],
)
def test_typed_pinyin_is_cut_into_syllables_the_likeliest_first(typed: str, syllables: list[str]) -> None:
    assert [" ".join(reading) for reading in readings(typed.split())] == syllables


def test_a_title_in_pinyin_keeps_its_latin_words() -> None:
    assert title_syllables("C语言程序设计") == ["c", "yu", "yan", "cheng", "xu", "she", "ji"]


def test_tokens_fit_a_signed_four_byte_integer() -> None:
    assert all(-(2**31) <= token(gram) < 2**31 for gram in ("t高等", "xpython", "=家", ""))
    assert token("t高等") != token("x高等")


words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


@given(title=words)
@example(title="com\u00adputer")
def test_every_title_is_found_by_itself(title: str) -> None:
    """What the query asks for is among what the index holds, whatever the script."""
    edition = Edition(title=title)
    held = {route + piece for route, pieces in pieces_by_route(edition, texts_of(edition)).items() for piece in pieces}
    for route in ("all", "title"):
        plan = next((plan for plan in plans_for(SearchQuery(title, route=route)) if plan.name == "words"), None)
        assert plan is None or set(plan.grams) <= held


@given(text=words)
def test_the_normal_form_is_stable(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)
