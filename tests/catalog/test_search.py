"""What a reader finds: by any script, spacing and number form, in the right order, with the right counts."""

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.circulation import mark_copy_out
from catalog.models import Edition, Holding, MemberLibrary, SearchEntry
from catalog.search import SearchPage, SearchQuery, search, stored
from catalog.search.index import flush_pending, refresh
from catalog.search.query import PAGE_SIZE, ROUTES, SORTS, Clause
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db


def book(title: str, *, held_by: int | list[MemberLibrary] = 1, **fields: Any) -> Edition:
    """An edition with copies in so many libraries (or in these), already in the index."""
    plain = {"volume": "", "authors": [], "responsibility": "", "publisher": "", "clc": "", "isbns": [], "year": 2000}
    edition: Edition = EditionFactory.create(title=title, **(plain | fields))
    libraries = MemberLibraryFactory.create_batch(held_by) if isinstance(held_by, int) else held_by
    for library in libraries:
        HoldingFactory.create(edition=edition, library=library)
    refresh([edition.pk])
    return edition


def titles(text: str, **query: Any) -> list[str]:
    return [result.edition.full_title for result in search(SearchQuery(text, **query)).results]


# --- One word, however it is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("高等数学", "高等數學"),
        ("高等數學", "高等数学"),
        ("高等数学", "高 等 数 学"),
        ("高 等 数 学", "高等数学"),
        ("高等数学", "等数"),
        ("資治通鑑", "资治通鉴"),
        ("敎育學", "教育学"),
        ("红楼梦·上", "红楼梦上"),
        ("3D打印入门", "３Ｄ打印"),
        ("Poésie française", "poesie FRANCAISE"),
        ("Война и мир", "война"),
        ("ノルウェイの森", "ウェイの森"),
        ("채식주의자", "주의자"),
        ("新编C++程序设计", "c++程序设计"),
        ("大学英语", "大學英語"),
    ],
)
def test_script_width_case_and_spacing_do_not_matter(title: str, typed: str) -> None:
    book(title)
    book("无关的书")
    assert titles(typed) == [title]


def test_c_and_c_plus_plus_and_c_sharp_are_three_languages() -> None:
    for language in ("C", "C++", "C#"):
        book(f"{language}程序设计")
    for language in ("C", "C++", "C#"):
        assert titles(f"{language} 程序设计") == [f"{language}程序设计"]


def test_a_single_character_finds_titles_that_have_it_and_the_whole_title_first() -> None:
    book("国家与社会", held_by=3)
    book("家春秋", held_by=2)
    book("家")
    assert titles("家") == ["家", "家春秋", "国家与社会"]


@pytest.mark.parametrize(
    "typed", ["9787503717444", "978-7-5037-1744-4", "7-5037-1744-0", "7503717440", "ISBN 7503717440"]
)
@pytest.mark.parametrize("route", ["all", "isbn"])
def test_an_isbn_is_one_number_in_every_form(typed: str, route: str) -> None:
    book("统计学", isbns=["9787503717444"])
    book("别的书", isbns=["9787040396638"])
    assert titles(typed, route=route) == ["统计学"]


def test_an_issn_and_a_unified_number_are_found_by_the_number_route() -> None:
    book("数学学报", issn="0583-1431")
    book("古代汉语", unified_number="13018·123")
    assert titles("05831431", route="isbn") == ["数学学报"]
    assert titles("13018.123", route="isbn") == ["古代汉语"]


@pytest.mark.parametrize("typed", ["gaodengshuxue", "gao deng shu xue", "gdsx", "dengshu"])
def test_pinyin_and_initials_are_tried_when_nothing_else_hits(typed: str) -> None:
    book("高等数学")
    book("线性代数")
    page = search(SearchQuery(typed))
    assert [result.edition.title for result in page.results] == ["高等数学"]
    assert page.found_by in {"pinyin", "initials"}
    assert page.tried[0] == "words"


def test_words_come_before_pinyin() -> None:
    book("Li Bai in translation")
    book("李白诗选")
    assert titles("li bai") == ["Li Bai in translation"]
    assert set(titles("li bai", route="pinyin")) == {"Li Bai in translation", "李白诗选"}


def test_an_author_typed_with_a_blank_is_found_after_the_words_as_typed() -> None:
    book("子夜", authors=["茅盾"])
    page = search(SearchQuery("茅 盾"))
    assert page.found_by == "joined"
    assert page.total == 1


def test_author_and_title_in_one_box() -> None:
    book("家", authors=["巴金"])
    book("家", authors=["曹禺"])
    page = search(SearchQuery("家 巴金"))
    assert [result.edition.authors for result in page.results] == [["巴金"]]


# --- Routes --------------------------------------------------------------------------------------------


def test_each_route_looks_in_its_own_field_only() -> None:
    book("鲁迅传", authors=["王士菁"], subjects=["传记"], publisher="中国青年出版社", clc="K825")
    book("呐喊", authors=["鲁迅"], subjects=["小说"], publisher="人民文学出版社", clc="I210")
    assert titles("鲁迅", route="title") == ["鲁迅传"]
    assert titles("鲁迅", route="author") == ["呐喊"]
    assert titles("小说", route="subject") == ["呐喊"]
    assert titles("中国青年", route="publisher") == ["鲁迅传"]
    assert titles("I21", route="call_number") == ["呐喊"]
    assert titles("王", route="author") == ["鲁迅传"]


@pytest.mark.parametrize("typed", ["人民邮电出版社", "人民邮电"])
@pytest.mark.parametrize("stored", ["人民邮电出版社", "人民邮电"])
@pytest.mark.parametrize("route", ["all", "publisher"])
def test_a_publisher_is_found_with_and_without_its_suffix(typed: str, stored: str, route: str) -> None:
    book("通信原理", publisher=stored)
    book("邮电简史", publisher="人民出版社")
    assert titles(typed, route=route) == ["通信原理"]


def test_the_word_publishing_does_not_find_every_published_book() -> None:
    book("编辑出版学", publisher="中国书籍出版社")
    book("高等数学", publisher="高等教育出版社")
    assert titles("出版") == ["编辑出版学"]


def test_a_call_number_is_found_whole_by_its_parts_and_by_its_class() -> None:
    edition = book("高等数学辅导", clc="O13")
    Holding.objects.update(call_number="O13/04/1")
    refresh([edition.pk])
    for typed in ("O13/04/1", "o13/04", "O13 / 04", "O1"):
        assert titles(typed, route="call_number") == ["高等数学辅导"], typed
    assert titles("O13/0", route="call_number") == []
    assert titles("O13/04/1") == ["高等数学辅导"]


def test_a_quoted_phrase_must_stand_as_it_is() -> None:
    book("学数学")
    book("数学学数法")
    book("等数学等高数", subjects=["高等数学"])
    assert set(titles('"数学学数"')) == {"数学学数法"}
    assert titles("“高等数学”") == ["等数学等高数"]
    assert titles('"高等数学"', route="title") == []


def test_a_phrase_of_words_ends_where_words_end() -> None:
    book("Theory of sets")
    book("Sets of theory")
    book("Theory of settlements")
    assert titles('"theory of sets"') == ["Theory of sets"]


# --- Order ---------------------------------------------------------------------------------------------


def test_exact_title_then_beginning_then_phrase_then_the_rest() -> None:
    book("等数学与高等代数", held_by=5, subjects=["高等数学"])
    book("大学高等数学", held_by=4)
    book("高等数学辅导", held_by=3)
    book("高等数学", held_by=1)
    assert titles("高等数学") == ["高等数学", "高等数学辅导", "大学高等数学", "等数学与高等代数"]


def test_a_volume_of_the_title_counts_as_the_title() -> None:
    book("高等数学辅导", held_by=3)
    book("高等数学", volume="上册")
    assert titles("高等数学") == ["高等数学 上册", "高等数学辅导"]
    assert titles("高等数学上册") == ["高等数学 上册"]


def test_a_title_of_words_does_not_begin_inside_a_word() -> None:
    book("Android and friends", held_by=3)
    book("And quiet flows the Don")
    assert titles("and")[0] == "And quiet flows the Don"


def test_equal_titles_are_ordered_by_holdings_then_year_then_id() -> None:
    old = book("论语", year=1980, held_by=2)
    new = book("论语", year=2010, held_by=2)
    rare = book("论语", year=2020, held_by=1)
    twin = book("论语", year=2010, held_by=2)
    found = [result.edition.pk for result in search(SearchQuery("论语")).results]
    assert found == [new.pk, twin.pk, old.pk, rare.pk]


def test_other_orders() -> None:
    book("数学乙", year=1990, held_by=1)
    book("数学甲", year=2000, held_by=3)
    book("数学丙", year=2010, held_by=2)
    assert titles("数学", sort="year") == ["数学丙", "数学甲", "数学乙"]
    assert titles("数学", sort="holdings") == ["数学甲", "数学丙", "数学乙"]
    assert titles("数学", sort="title") == ["数学丙", "数学甲", "数学乙"]  # bing, jia, yi


# --- Counts, narrowing, pages --------------------------------------------------------------------------


def test_every_library_of_the_joint_search_is_counted_even_with_nothing(
    bupt: MemberLibrary, cumtb: MemberLibrary, bnu: MemberLibrary
) -> None:
    MemberLibraryFactory.create(code="999999", in_joint_search=False)
    book("数学分析", held_by=[bupt, cumtb])
    book("数学史", held_by=[cumtb])
    page = search(SearchQuery("数学"))
    assert page.per_library == {bupt.code: 1, cumtb.code: 2, bnu.code: 0}
    assert (page.total, page.exact) == (2, True)


def test_narrowing_by_library_keeps_the_other_libraries_counts(bupt: MemberLibrary, cumtb: MemberLibrary) -> None:
    book("数学分析", held_by=[bupt, cumtb])
    book("数学史", held_by=[cumtb])
    page = search(SearchQuery("数学", libraries=(bupt.code,)))
    assert [result.edition.title for result in page.results] == ["数学分析"]
    assert page.total == 1
    assert page.per_library == {bupt.code: 1, cumtb.code: 2}


def test_facets_count_and_narrow() -> None:
    book("数学甲", language="chi", year=1985, clc="O1")
    book("数学乙", language="chi", year=2015, clc="O1")
    book("数学丙", language="jpn", year=2012, clc="TP3", material_type="thesis")
    page = search(SearchQuery("数学"))
    assert {facet.value: facet.count for facet in page.facets["language"]} == {"chi": 2, "jpn": 1}
    assert {facet.value: facet.count for facet in page.facets["decade"]} == {"2010": 2, "1980": 1}
    assert {facet.value: facet.count for facet in page.facets["clc"]} == {"O": 2, "T": 1}
    assert {facet.value: facet.count for facet in page.facets["material_type"]} == {"book": 2, "thesis": 1}
    assert titles("数学", language="jpn") == ["数学丙"]
    assert titles("数学", decade=1980) == ["数学甲"]
    assert titles("数学", clc="T") == titles("数学", material_type="thesis") == ["数学丙"]


def test_pages_do_not_overlap_and_the_last_one_is_shown_beyond_the_end(cumtb: MemberLibrary) -> None:
    editions = EditionFactory.create_batch(45, title="数学")
    refresh([edition.pk for edition in editions])
    seen = [result.edition.pk for number in (1, 2, 3) for result in search(SearchQuery("数学", page=number)).results]
    assert sorted(seen) == [edition.pk for edition in editions]
    beyond = search(SearchQuery("数学", page=10**9))
    assert (beyond.query.page, beyond.pages, len(beyond.results)) == (3, 3, 5)


def test_deep_pages_beyond_what_is_verified() -> None:
    editions = EditionFactory.create_batch(225, title="数学")
    refresh([edition.pk for edition in editions])
    page = search(SearchQuery("数学", page=12))
    assert [result.edition.pk for result in page.results] == [edition.pk for edition in editions[220:]]


def test_a_result_says_who_holds_it_and_whether_a_copy_is_on_the_shelf(
    bupt: MemberLibrary, cumtb: MemberLibrary
) -> None:
    edition = book("数学分析", held_by=[bupt, cumtb])
    copy = edition.holdings.get(library=bupt)
    mark_copy_out(holding=copy, request_number="BUPT000001")

    (result,) = search(SearchQuery("数学")).results

    assert [(holder.library.code, holder.on_shelf) for holder in result.holders] == [
        (bupt.code, False),
        (cumtb.code, True),
    ]
    assert result.on_shelf
    assert result.call_numbers == ["O13/04/1"]


# --- The index follows the catalogue --------------------------------------------------------------------


def test_a_hidden_edition_is_not_found() -> None:
    edition = book("数学分析")
    Edition.objects.update(hidden=True)
    refresh([edition.pk])
    assert search(SearchQuery("数学")).total == 0


def test_a_merged_edition_is_found_once_under_the_survivor() -> None:
    survivor, loser = book("数学分析"), book("数学分析")
    Holding.objects.filter(edition=loser).update(edition=survivor)
    Edition.objects.filter(pk=loser.pk).update(merged_into=survivor)
    refresh([survivor.pk, loser.pk])
    (result,) = search(SearchQuery("数学")).results
    assert result.edition == survivor
    assert len(result.holders) == 2


def test_editions_that_share_hashes_only_are_left_out_of_results_and_counts() -> None:
    """32 bits collide: force it, by giving one entry the tokens of another book."""
    right, alien = book("数学分析"), book("有机化学")
    SearchEntry.objects.filter(pk=alien.pk).update(tokens=SearchEntry.objects.get(pk=right.pk).tokens)
    page = search(SearchQuery("数学"))
    assert [result.edition for result in page.results] == [right]
    assert page.total == 1
    assert sum(page.per_library.values()) == 1


def test_a_book_is_found_while_its_tokens_wait_in_the_pending_list() -> None:
    edition = Edition.objects.create(title="高等数学")
    refresh([edition.pk], flush=False)
    assert titles("高等数学") == ["高等数学"]
    flush_pending()
    assert titles("高等数学") == ["高等数学"]


def test_a_hash_that_gives_everything_the_same_token_still_answers_rightly() -> None:
    with (
        mock.patch("catalog.search.index.tokens_of", lambda texts, _further: [np.array([7], np.int32)] * len(texts)),
        mock.patch("catalog.search.plan.token", return_value=7),
    ):
        book("统计学", isbns=["9787503717444"])
        book("数学分析", isbns=["9787040396638"])
        assert titles("9787503717444") == ["统计学"]
        assert titles("数学") == ["数学分析"]


# --- Nothing found, nothing asked -----------------------------------------------------------------------


def test_nothing_found_offers_searches_that_find_something() -> None:
    book("高等数学")
    page = search(SearchQuery("高等数学 牛顿莱布尼茨"))
    assert page.total == 0
    assert [(one.query.text, one.total) for one in page.suggestions] == [("高等数学", 1)]
    assert page.tried == ("words", "joined")


def test_where_the_words_are_fine_only_wider_searches_are_offered() -> None:
    book("高等数学", year=1990)
    for query in (SearchQuery("高等数学", year_from=2030), SearchQuery("高等数学", route="author")):
        assert [one.query for one in search(query).suggestions] == [SearchQuery("高等数学")]


def test_rows_of_the_advanced_form_are_offered_alone_and_looked_for_otherwise() -> None:
    found, other = book("高等数学", clc="O13"), book("呐喊")
    page = search(SearchQuery("高等数学", clauses=(Clause("and", "呐喊"),)))
    assert [one.query for one in page.suggestions] == [SearchQuery("高等数学"), SearchQuery("呐喊")]
    page = search(SearchQuery("gaodengshuxue", clauses=(Clause("and", "O13"),)))
    in_pinyin = SearchQuery("gaodengshuxue", route="pinyin", clauses=(Clause("and", "O13"),))
    assert in_pinyin not in [one.query for one in page.suggestions]  # O13 is no word of it
    page = search(SearchQuery("高等数学", clauses=(Clause("and", "O13"), Clause("not", "呐喊"))))
    by_class = SearchQuery("高等数学", clauses=(Clause("and", "O13", "call_number"), Clause("not", "呐喊")))
    assert [one.query for one in page.suggestions] == [by_class, SearchQuery("高等数学")]
    assert [result.edition for result in search(by_class).results] == [found]
    assert other.pk not in [result.edition.pk for result in search(by_class).results]


def test_a_route_says_what_it_takes() -> None:
    assert "题名拼音途径只查拼音" in search(SearchQuery("红楼梦", route="pinyin")).problem
    assert "ISBN/ISSN途径只查号码" in search(SearchQuery("高等数学", route="isbn")).problem
    assert "请输入检索词" in search(SearchQuery(" ", route="isbn")).problem


def test_the_texts_of_few_hits_come_with_them() -> None:
    for number in range(PAGE_SIZE + 5):
        book(f"稀见书{number}", authors=["石福庆"])
    with mock.patch.object(stored, "rows_of", wraps=stored.rows_of) as asked:
        page = search(SearchQuery("稀见书"))
    assert page.total == PAGE_SIZE + 5
    assert [call.args[0] for call in asked.call_args_list] == [stored._ALL]  # what the page shows, and no texts


def test_an_edition_left_out_of_the_search_is_told() -> None:
    book("高等数学")
    page = search(SearchQuery("高等数学 第七版"))
    assert (page.total, page.found_by) == (1, "edition")
    assert any("版次不是检索词" in note for note in page.notes)


def test_volumes_are_sorted_by_their_numbers() -> None:
    for volume in ("第十册", "第二册", "第一册", ""):
        book("资治通鉴", volume=volume)
    book("资治通鉴选")
    for volume in ("下册", "中册", "上册"):
        book("资治通论", volume=volume)
    assert [f"{result.edition.title}{result.edition.volume}" for result in search(
        SearchQuery("资治", sort="title")).results] == [
        "资治通鉴", "资治通鉴第一册", "资治通鉴第二册", "资治通鉴第十册", "资治通鉴选",
        "资治通论上册", "资治通论中册", "资治通论下册",
    ]  # fmt: skip


def test_nothing_found_in_the_chosen_library_offers_all_libraries(bupt: MemberLibrary, cumtb: MemberLibrary) -> None:
    book("高等数学", held_by=[cumtb])
    page = search(SearchQuery("高等数学", libraries=(bupt.code,)))
    assert page.total == 0
    assert page.per_library[cumtb.code] == 1
    assert page.suggestions[0].query == SearchQuery("高等数学")


@pytest.mark.parametrize("text", ["", "   ", "。，！", "\x00", "\ud800", "📚📚", '""', "++", "%", "'"])
def test_a_text_with_nothing_to_look_for_is_told_so(text: str) -> None:
    page = search(SearchQuery(text))
    assert page.problem
    assert page.total == 0


def test_a_very_long_text_is_cut_with_a_note() -> None:
    page = search(SearchQuery("数学" * 5000))
    assert not page.problem
    assert page.notes


def test_codes_of_no_library_are_a_problem_told_and_not_all_libraries(cumtb: MemberLibrary) -> None:
    book("高等数学", held_by=[cumtb])
    page = search(SearchQuery("高等数学", libraries=("000000",)))
    assert page.problem
    assert not page.results


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text(alphabet="数学高 +#\"“”'%_\\/;:&|!()*<->\x00\ud800aCg7-Xx.", max_size=30),
        st.sampled_from(
            ["'; DROP TABLE catalog_edition; --", "a & !b | (c <-> d)", "978" * 40, "\\", "%%s %(x)s", "{}"]
        ),
    ),
    route=st.sampled_from([*ROUTES, "nonsense"]),
    sort=st.sampled_from([*SORTS, "nonsense"]),
    page=st.integers(-(10**9), 10**12),
    libraries=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    decade=st.none() | st.integers(0, 9990),
)
def test_nothing_a_reader_can_type_is_an_error(
    edition: Edition, text: str, route: str, sort: str, page: int, libraries: tuple[str, ...], decade: int | None
) -> None:
    refresh([edition.pk])
    answer = search(SearchQuery(text, route=route, sort=sort, page=page, libraries=libraries, decade=decade))
    assert isinstance(answer, SearchPage)
    assert answer.as_json()["total"] == answer.total >= len(answer.results) >= 0
