"""The pages of the joint search: forms, results, numbers, nothing found, too slow, and what no address can break."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest
from django.db import connections
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.links import query_from
from catalog.models import Edition, MemberLibrary
from catalog.search import SearchPage, SearchQuery, SearchTimeout, search
from catalog.search.index import refresh
from readers.models import Reader
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db

SEARCH, ADVANCED = reverse("catalog:search"), reverse("catalog:advanced")


def chips(html: str) -> str:
    """What the page says it is narrowed by."""
    return html.partition('<p class="chips"')[2].partition("</p>")[0]


def page_of(client: Client, path: str = SEARCH, **parameters: object) -> str:
    response = client.get(path, parameters)
    assert response.status_code == 200
    return response.content.decode()


# --- 联合检索 -------------------------------------------------------------------------------------------


def test_the_entrance_offers_routes_and_libraries_by_category(
    client: Client, bupt: MemberLibrary, nlc: MemberLibrary
) -> None:
    html = page_of(client)
    for route in ("全部字段", "题名", "作者", "主题", "出版社", "ISBN/ISSN", "索书号"):
        assert f">{route}</option>" in html
    assert '公共馆<span class="text-secondary">(1)</span>' in html
    assert '工科类<span class="text-secondary">(1)</span>' in html
    assert "高级检索" in html
    assert "联合检索成员馆列表</summary>" not in html
    assert "联合检索成员馆列表(2)" in html


def test_members_outside_the_joint_search_stand_apart_with_their_own_catalogue(client: Client) -> None:
    MemberLibraryFactory.create(
        code="911111", name="某学院图书馆", in_joint_search=False, catalogue_url="https://opac.example.org/"
    )
    html = page_of(client)
    assert "联合检索成员馆列表(0)" in html
    assert "https://opac.example.org/" in html
    assert f"{reverse('requests:new')}?lender=911111" in html


def test_choosing_some_libraries_but_none_is_told_and_keeps_the_words(client: Client, bupt: MemberLibrary) -> None:
    html = page_of(client, q="高等数学", scope="some")
    assert "您还没有选择要检索的图书馆" in html
    assert 'value="高等数学"' in html


def test_the_result_page_speaks_as_the_old_portal_did(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, q="高等数学")
    assert "根据关键字“高等数学”，检索 全部成员馆，共检索出<strong>25</strong>个，当前第1/2页" in html
    assert html.count('class="panel hit"') == 20
    for word in (
        "首页",
        "上页",
        "下页",
        "末页",
        "跳转到",
        "确定",
        "书名",
        "作者",
        "出版社",
        "出版年份",
        "类型",
        "索书号",
        "详细信息",
        "馆藏信息",
        "在架",
    ):
        assert word in html, word


def test_more_call_numbers_than_are_shown_are_no_call_number(client: Client, shelf: list[Edition]) -> None:
    for number in range(4):
        HoldingFactory.create(edition=shelf[0], call_number=f"O13/{number}")
    refresh([shelf[0].pk])
    html = page_of(client, q="高等数学")
    assert re.search(r'<span class="spine">[^<]+</span> …</dd>', html)
    assert '<span class="spine">…</span>' not in html


def test_one_library_is_named_and_several_are_counted(
    client: Client, shelf: list[Edition], cumtb: MemberLibrary, bnu: MemberLibrary
) -> None:
    assert "检索 北京师范大学图书馆，共检索出<strong>1</strong>个" in page_of(client, q="高等数学", library=bnu.code)
    both = page_of(client, q="高等数学", library=[bnu.code, cumtb.code])
    assert "等2个图书馆，共检索出<strong>25</strong>个" in both


def test_nobody_says_that_no_copy_is_there_when_the_library_does_not_tell(
    client: Client, cumtb: MemberLibrary, shelf: list[Edition]
) -> None:
    silent, lent = EditionFactory.create(title="古籍版本学"), EditionFactory.create(title="古籍编目学")
    HoldingFactory.create(edition=silent, library=cumtb, circulation_status="unknown")
    HoldingFactory.create(edition=lent, library=cumtb, circulation_status="on_loan")
    refresh([silent.pk, lent.pk])
    told, untold = "目前无在架复本", "是否在架以各馆目录为准"
    for query, shown, absent in (("古籍版本学", untold, told), ("古籍编目学", told, untold)):
        html = page_of(client, q=query)
        assert shown in html
        assert absent not in html
    assert untold in client.get(reverse("catalog:edition", args=[silent.pk])).content.decode()
    assert told in client.get(reverse("catalog:edition", args=[lent.pk])).content.decode()


def test_a_category_stands_for_its_members(client: Client, shelf: list[Edition]) -> None:
    assert "检索 北京师范大学图书馆，共检索出<strong>1</strong>个" in page_of(client, q="高等数学", group="normal")


def test_pages_are_addresses(client: Client, shelf: list[Edition]) -> None:
    assert "当前第2/2页" in page_of(client, q="高等数学", page=2)
    assert "当前第2/2页" in page_of(client, q="高等数学", page=10**9)
    assert f"q={quote('高等数学')}&amp;page=2" in page_of(client, q="高等数学")


def test_a_click_on_a_facet_narrows_and_a_second_lets_go(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, q="高等数学")
    narrowed = f"{SEARCH}?q={quote('高等数学')}&amp;decade=2010"
    assert narrowed in html
    html = page_of(client, q="高等数学", decade=2010)
    assert "共检索出<strong>10</strong>个" in html
    assert f'href="{SEARCH}?q={quote("高等数学")}" rel="nofollow" aria-current="true"' in html
    assert "2010年代" in chips(html)


def test_result_pages_are_not_for_search_engines(client: Client, shelf: list[Edition]) -> None:
    assert "noindex" in page_of(client, q="高等数学")
    assert "noindex" in page_of(client, ADVANCED, q="高等数学")
    for path in (SEARCH, ADVANCED):
        html = page_of(client, path)
        assert "noindex" not in html
        assert f'<link rel="canonical" href="http://localhost:8000{path}">' in html


def test_nothing_found_says_what_was_tried_and_offers_the_blank_form(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, q="高等数学 qqqq")
    assert "没有找到符合的图书" in html
    assert "只检索“高等数学”" in html
    assert reverse("requests:new") in html


def test_nothing_found_has_no_pages_and_says_what_the_search_was_narrowed_to(
    client: Client, shelf: list[Edition], bnu: MemberLibrary
) -> None:
    asked = {"q": "没有这样的书", "route": "title", "library": bnu.code, "language": "chi", "from": 2005, "to": 2009}
    html = page_of(client, **asked)
    assert "共检索出<strong>0</strong>个（检索途径：题名）</p>" in html
    assert "当前第" not in html
    assert "已在 北京师范大学图书馆 中查找（检索途径：题名；限定：中文、2005–2009年），不分简体繁体" in html
    rows = page_of(client, q="没有这样的书", q2="也没有")
    assert "已在 全部成员馆 中查找，不分简体繁体" in rows


def test_what_was_typed_is_shown_escaped(client: Client, shelf: list[Edition]) -> None:
    assert "<script>alert" not in page_of(client, q="<script>alert(1)</script>")


def test_a_library_in_force_is_let_go_by_a_second_click(
    client: Client, shelf: list[Edition], bnu: MemberLibrary
) -> None:
    html = page_of(client, q="高等数学", library=bnu.code)
    assert f'href="{SEARCH}?q={quote("高等数学")}" rel="nofollow" aria-current="true">北京师范大学图书馆' in html


def test_every_library_is_counted_those_without_hits_too(
    client: Client, shelf: list[Edition], bupt: MemberLibrary
) -> None:
    html = page_of(client, q="高等数学")
    assert "中国矿业大学（北京）图书馆</a><span>25</span>" in html
    assert "北京师范大学图书馆</a><span>1</span>" in html
    assert "没有命中的图书馆(1)" in html
    assert "<li>北京邮电大学图书馆<span>0</span></li>" in html


def test_a_reader_sees_the_own_library_first_and_who_does_not_lend(
    client: Client, reader: Reader, cumtb: MemberLibrary, bupt: MemberLibrary
) -> None:
    archive = MemberLibraryFactory.create(code="100000", short_name="档案馆", lends=False)
    edition = EditionFactory.create(title="电路")
    for library, status in ((archive, "available"), (cumtb, "available"), (bupt, "on_loan")):
        HoldingFactory.create(edition=edition, library=library, circulation_status=status)
    refresh([edition.pk])

    def order(names: list[str]) -> list[int]:
        html = page_of(client, q="电路").partition('class="hit-holders"')[2]
        return [html.index(name) for name in names]

    assert order(["矿大（北京）", "档案馆（不外借）", "北邮"]) == sorted(
        order(["矿大（北京）", "档案馆（不外借）", "北邮"])
    )
    client.force_login(reader.user)
    mine = order(["北邮（本馆）", "矿大（北京）", "档案馆（不外借）"])
    assert mine == sorted(mine)


# --- Estimated numbers -----------------------------------------------------------------------------------


@pytest.fixture
def estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches answer as they do where very many match, unless the exact numbers are asked for."""

    def estimating(query: SearchQuery) -> SearchPage:
        page = search(query)
        if query.count:
            return page
        facets = {name: [replace(value, count=123_456) for value in values] for name, values in page.facets.items()}
        per_library = {code: number * 8_512 for code, number in page.per_library.items()}
        return replace(
            page, total=213_456, exact=False, reachable=10_000, path="sample", facets=facets, per_library=per_library
        )

    monkeypatch.setattr("catalog.views.run_search", estimating)


def test_every_estimated_number_says_so_and_one_click_gives_the_exact_ones(
    client: Client, shelf: list[Edition], bupt: MemberLibrary, estimated: None
) -> None:
    html = page_of(client, q="高等数学")
    assert "共检索出<strong>约 21 万</strong>个，当前第1/500页" in html
    assert "中国矿业大学（北京）图书馆</a><span>约 21 万</span>" in html
    assert "北京师范大学图书馆</a><span>约 8,500</span>" in html
    assert "估计没有命中的图书馆(1)" in html
    assert "<li>北京邮电大学图书馆<span>约 0</span></li>" in html
    numbers = re.findall(r"<span>([^<]*)</span></li>", html.partition("<aside")[2].partition("</aside>")[0])
    assert numbers.count("约 12 万") > 2
    assert [number for number in numbers if not number.startswith("约")] == []
    exact = f"{SEARCH}?q={quote('高等数学')}&amp;count=1"
    assert f'href="{exact}" rel="nofollow" hx-get="{exact}"' in html

    html = page_of(client, q="高等数学", count=1)
    assert "共检索出<strong>25</strong>个，当前第1/2页" in html
    assert "约" not in html.partition('<main id="main"')[2].partition("</main>")[0]
    assert "精确计数" not in html


def test_where_the_pages_are_estimated_they_say_so(
    client: Client, shelf: list[Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "catalog.views.run_search", lambda query: replace(search(query), total=5_300, exact=False, reachable=5_300)
    )
    assert "共检索出<strong>约 5,300</strong>个，当前第1/约 260页" in page_of(client, q="高等数学")


# --- 高级检索 --------------------------------------------------------------------------------------------


def test_the_advanced_form_has_three_rows_and_keeps_what_the_simple_one_had(
    client: Client, bnu: MemberLibrary, bupt: MemberLibrary
) -> None:
    html = page_of(client, ADVANCED, q="高等数学", route="title", scope="some", library=bnu.code)
    assert html.count("data-clause>") == 3
    assert 'name="q" type="search" value="高等数学"' in html
    assert '<option value="title" selected>' in html
    assert f'value="{bnu.code}" id="library-{bnu.code}" checked' in html
    for word in ("与", "或", "非", "出版年", "语种", "类型"):
        assert f">{word}</" in html, word


def test_the_advanced_form_belongs_to_the_joint_search(client: Client, reader: Reader) -> None:
    here = f'<a href="{SEARCH}" aria-current="true">'
    assert page_of(client, ADVANCED).count(here) == 1
    client.force_login(reader.user)
    assert page_of(client, ADVANCED).count(here) == 2  # in the navigation, and under the thumb


def test_rows_are_combined_and_said_in_words(client: Client, shelf: list[Edition]) -> None:
    other = EditionFactory.create(title="高等数学习题集", volume="", authors=["吉米多维奇"])
    HoldingFactory.create(edition=other, library=MemberLibrary.objects.get(code="232060"))
    refresh([other.pk])
    asked = {"q": "高等数学", "route": "title", "op2": "not", "q2": "习题", "route2": "title"}
    html = page_of(client, **asked)
    assert "根据检索条件“题名：高等数学 非 题名：习题”，检索 全部成员馆，共检索出<strong>25</strong>个" in html
    edit = f"{ADVANCED}?q={quote('高等数学')}&amp;route=title&amp;op2=not&amp;q2={quote('习题')}&amp;route2=title"
    assert f'href="{edit}"' in html
    assert "共检索出<strong>1</strong>个" in page_of(client, **{**asked, "op2": "and"})


def test_years_language_and_type_narrow_and_can_be_let_go(client: Client, shelf: list[Edition]) -> None:
    asked = {"q": "高等数学", "from": 2005, "to": 2009, "language": "chi", "material_type": "book"}
    html = page_of(client, **asked)
    assert "共检索出<strong>5</strong>个" in html
    for chip in ("2005–2009年", "中文", "图书"):
        assert chip in chips(html)
    without_years = f"{SEARCH}?q={quote('高等数学')}&amp;language=chi&amp;material_type=book"
    assert f'href="{without_years}"' in html
    assert "2005年及以后" in chips(page_of(client, **{**asked, "to": ""}))
    assert "2009年及以前" in chips(page_of(client, **{**asked, "from": ""}))
    assert "2005年" in chips(page_of(client, **{**asked, "to": 2005}))


NARROWED = {
    "q": "高等数学", "sort": "year", "language": "chi", "material_type": "book", "decade": "2000", "clc": "O",
    "from": "2001", "to": "2009", "library": "232060",
}  # fmt: skip


def sent_by(html: str) -> QueryDict:
    """What the search form of this page sends as it stands: hidden inputs, ticks, texts and selections."""
    form = re.search(r'<form[^>]* role="search".*?</form>', html, re.DOTALL)
    assert form is not None
    sent = QueryDict(mutable=True)
    for tag in re.findall(r"<input [^>]*>", form[0]):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") not in ("checkbox", "radio") or tag.endswith(" checked>"):
            sent.appendlist(given["name"], given.get("value", ""))
    for name, options in re.findall(r'<select [^>]*name="(\w+)">(.*?)</select>', form[0], re.DOTALL):
        if selected := re.search(r'value="([^"]*)" selected', options):
            sent.appendlist(name, selected[1])
    return sent


@pytest.mark.parametrize(
    ("path", "pressed"),
    [
        pytest.param(SEARCH, {}, id="new words"),
        pytest.param(SEARCH, {"pick": "libraries"}, id="选择图书馆"),
        pytest.param(ADVANCED, {}, id="高级检索"),
    ],
)
def test_what_narrows_goes_along_wherever_a_reader_goes_on_from_the_results(
    client: Client, shelf: list[Edition], path: str, pressed: dict[str, str]
) -> None:
    asked = QueryDict(urlencode(NARROWED))
    from_results = sent_by(page_of(client, **NARROWED))
    assert query_from(from_results) == query_from(asked)
    if pressed or path == ADVANCED:
        form = page_of(client, path, **{**from_results.dict(), **pressed})
        assert query_from(sent_by(form)) == query_from(asked)


def test_what_has_no_field_is_shown_ticked_and_can_be_taken_off(client: Client, shelf: list[Edition]) -> None:
    advanced = page_of(client, ADVANCED, **NARROWED)
    assert re.findall(r'id="kept-(\w+)" checked', advanced) == ["decade", "clc"]
    assert "2000年代</label>" in advanced
    assert "O 数理科学和化学</label>" in advanced
    simple = page_of(client, **NARROWED, pick="libraries")
    assert re.findall(r'id="kept-(\w+)" checked', simple) == [
        "language",
        "material_type",
        "decade",
        "clc",
        "from",
        "to",
    ]
    assert "2001年及以后</label>" in simple
    assert 'id="kept-' not in page_of(client, ADVANCED, q="高等数学", **{"from": "2001"})


def test_a_language_without_a_word_of_ours_stays_chosen(client: Client, shelf: list[Edition]) -> None:
    assert '<option value="vie" selected>' in page_of(client, ADVANCED, q="高等数学", language="vie")


def test_all_that_narrows_is_let_go_at_once(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, **NARROWED)
    everything = f'href="{SEARCH}?q={quote("高等数学")}&amp;sort=year" rel="nofollow">取消全部限定</a>'
    assert everything in chips(html)
    assert "取消全部限定" not in page_of(client, q="高等数学", language="chi")


def test_a_year_that_is_none_is_told(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, q="高等数学", **{"from": "<去年>"})
    assert "年份“&lt;去年&gt;”不是四位数字，没有按它限定。" in html
    assert "共检索出<strong>25</strong>个" in html


def test_an_empty_advanced_form_comes_back_as_it_was(client: Client, shelf: list[Edition]) -> None:
    html = page_of(client, q="", q2=" ", op2="and", q3="", **{"from": "1990"})
    assert "请输入检索词" in html
    assert html.count("data-clause>") == 3
    assert 'name="from" value="1990"' in html


# --- Too slow --------------------------------------------------------------------------------------------


@pytest.fixture
def too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(query: SearchQuery) -> SearchPage:
        raise SearchTimeout

    monkeypatch.setattr("catalog.views.run_search", stopped)


def test_a_search_that_was_stopped_keeps_the_form_and_says_how_to_narrow(
    client: Client, bnu: MemberLibrary, bupt: MemberLibrary, too_slow: None
) -> None:
    response = client.get(SEARCH, {"q": "理论", "route": "subject", "scope": "some", "library": bnu.code})
    html = response.content.decode()
    assert response.status_code == 503
    assert "检索用时太长" in html
    assert 'value="理论"' in html
    assert '<option value="subject" selected>' in html
    assert f'id="library-{bnu.code}" checked' in html
    response = client.get(SEARCH, {"q": "理论", "q2": "实践"})
    assert response.status_code == 503
    assert 'name="q2" type="search" value="实践"' in response.content.decode()


def test_an_exact_count_that_was_stopped_leads_back_to_the_estimate(client: Client, too_slow: None) -> None:
    response = client.get(SEARCH, {"q": "理论", "count": 1, "page": 3})
    assert response.status_code == 503
    assert f'href="{SEARCH}?q={quote("理论")}&amp;page=3">回到约数的检索结果' in response.content.decode()


def test_json_says_the_same(client: Client, too_slow: None) -> None:
    response = client.get(reverse("catalog:search_json"), {"q": "理论"})
    assert response.status_code == 503
    assert response.json() == {"problem": "检索用时太长，请缩小检索范围。"}


# --- Few statements --------------------------------------------------------------------------------------


def statements(ask: Callable[[], object]) -> int:
    """How many statements were sent, over all connections."""
    captured = [CaptureQueriesContext(connections[alias]) for alias in connections]
    for capture in captured:
        capture.__enter__()
    ask()
    for capture in captured:
        capture.__exit__(None, None, None)
    return sum(map(len, captured))


def test_the_result_page_needs_few_statements_and_no_more_for_more_hits(client: Client, shelf: list[Edition]) -> None:
    for title in ("高等数学", "高等数学 石福庆"):
        assert statements(lambda title=title: page_of(client, q=title)) <= 8  # type: ignore[misc]


def test_a_reader_costs_five_more_for_the_frame_of_the_page(
    client: Client, shelf: list[Edition], reader: Reader
) -> None:
    stranger = statements(lambda: page_of(client, q="高等数学"))
    client.force_login(reader.user)
    assert statements(lambda: page_of(client, q="高等数学")) <= stranger + 5  # session, account, reader twice, messages
