"""Searching in a real browser: with the keyboard, on a phone, with and without JavaScript."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from catalog.models import Edition, MemberLibrary
from catalog.search import SearchPage, SearchQuery, search
from catalog.search.index import refresh
from tests.factories import EditionFactory, HoldingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Person = Callable[..., Page]


@pytest.fixture
def shelf(bupt: MemberLibrary, cumtb: MemberLibrary, bnu: MemberLibrary) -> list[Edition]:
    """45 editions of 高等数学 at CUMTB from 1980 to 2024; every ninth at BNU too."""
    editions = [EditionFactory.create(title="高等数学", volume="", year=1980 + n) for n in range(45)]
    for number, edition in enumerate(editions):
        HoldingFactory.create(edition=edition, library=cumtb)
        if number % 9 == 0:
            HoldingFactory.create(edition=edition, library=bnu)
    refresh([edition.pk for edition in editions])
    return editions


def count(page: Page) -> str:
    return page.locator("#result-count strong").inner_text()


def test_narrowing_and_turning_pages_say_what_came_and_the_way_back_works(shelf: list[Edition], person: Person) -> None:
    page = person()
    page.goto("/catalog/")
    page.get_by_label("检索词").fill("高等数学")
    page.keyboard.press("Enter")
    expect(page.locator("#result-count strong")).to_have_text("45")
    expect(page.locator("h1")).to_be_focused()

    page.get_by_role("link", name="1990年代").click()
    expect(page.locator("#result-count strong")).to_have_text("10")
    expect(page).to_have_url(re.compile(r"decade=1990"))
    expect(page.locator("#search-status")).to_have_text(re.compile("共检索出10个"))
    expect(page.locator("h1")).to_be_focused()
    expect(page.get_by_role("link", name="1990年代", exact=True)).to_have_attribute("aria-current", "true")

    page.get_by_role("link", name="北京师范大学图书馆").click()
    expect(page.locator("#result-count strong")).to_have_text("1")
    page.go_back()
    expect(page.locator("#result-count strong")).to_have_text("10")
    page.go_back()
    expect(page.locator("#result-count strong")).to_have_text("45")

    page.get_by_role("link", name="下页").click()
    expect(page.locator("#result-count")).to_contain_text("当前第2/3页")
    page.get_by_label("跳转到").fill("3")
    page.get_by_role("button", name="确定").click()
    expect(page.locator("#result-count")).to_contain_text("当前第3/3页")
    page.reload()
    expect(page.locator("#result-count")).to_contain_text("当前第3/3页")


def test_libraries_are_chosen_by_one_click(shelf: list[Edition], person: Person) -> None:
    page = person()
    page.goto("/catalog/")
    expect(page.get_by_role("button", name="全选", exact=True)).to_be_hidden()
    page.get_by_label("只检索选中的图书馆").check()
    page.get_by_role("button", name="全选", exact=True).click()
    expect(page.locator("[data-picked]")).to_have_text("已选 3 / 3")
    page.get_by_role("button", name="全不选").click()
    expect(page.locator("[data-picked]")).to_have_text("已选 0 / 3")
    page.get_by_label("工科类").check()
    expect(page.locator("[data-picked]")).to_have_text("已选 2 / 3")
    page.locator("[data-library-group]", has_text="工科类").locator("summary").click()
    page.get_by_label("中国矿业大学（北京）图书馆").uncheck()
    assert page.get_by_label("工科类").evaluate("box => box.indeterminate")
    page.get_by_label("师范类").check()
    page.get_by_label("检索词").fill("高等数学")
    page.keyboard.press("Enter")
    expect(page.locator("#result-count strong")).to_have_text("5")
    expect(page.locator("#result-count")).to_contain_text("等2个图书馆")

    page.get_by_role("button", name="选择图书馆").click()  # keeps what is being typed
    expect(page.get_by_label("检索词")).to_have_value("高等数学")
    expect(page.locator("[data-picked]")).to_have_text("已选 2 / 3")
    page.goto("/catalog/")
    expect(page.locator("[data-picked]")).to_have_text("已选 2 / 3")


def middle(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["y"] + box["height"] / 2


@pytest.mark.parametrize("width", [390, 1280])
def test_an_open_category_takes_the_whole_row_and_says_how_to_fold_it(
    shelf: list[Edition], person: Person, width: int
) -> None:
    page = person(viewport={"width": width, "height": 844})
    page.goto("/catalog/?pick=none")
    group = page.locator("[data-library-group]", has_text="工科类")
    summary = group.locator("summary")
    expect(summary).to_have_text(re.compile("展开"), use_inner_text=True)
    summary.click()
    expect(summary).to_have_text(re.compile("收起"), use_inner_text=True)
    expect(summary).not_to_have_text(re.compile("展开"), use_inner_text=True)
    assert abs(middle(summary) - middle(group.get_by_text("工科类(2)"))) < 4
    whole = page.locator(".picker-groups").evaluate("groups => groups.clientWidth")
    assert group.evaluate("group => group.offsetWidth") == whole


def test_rows_come_and_go_in_the_advanced_form(shelf: list[Edition], person: Person) -> None:
    page = person()
    page.goto("/catalog/")
    page.get_by_label("检索词").fill("高等数学")
    page.get_by_role("button", name="高级检索").click()
    expect(page).to_have_url(re.compile("/catalog/advanced/"))
    rows = page.locator("[data-clause]")
    expect(rows).to_have_count(3)
    expect(rows.nth(0).get_by_label("检索词")).to_have_value("高等数学")
    for _ in range(3):
        page.get_by_role("button", name="增加一行").click()
    expect(rows).to_have_count(6)
    expect(page.get_by_role("button", name="增加一行")).to_be_hidden()
    expect(rows.nth(5).get_by_label("检索词")).to_be_focused()
    rows.nth(5).get_by_label("与前面各行的关系").select_option("or")
    rows.nth(5).get_by_label("检索词").fill("辅导")
    rows.nth(1).get_by_role("button", name="删除此行").click()
    expect(rows).to_have_count(5)
    assert rows.nth(4).get_by_label("检索词").get_attribute("name") == "q5"
    page.get_by_label("从哪一年").fill("1990")
    page.get_by_role("button", name="检索", exact=True).click()
    expect(page.locator("#result-count strong")).to_have_text("35")
    expect(page.locator("#result-count")).to_contain_text("全部字段：高等数学 或 全部字段：辅导")
    page.get_by_role("link", name="修改检索条件").click()
    expect(page.get_by_label("从哪一年")).to_have_value("1990")
    expect(page.locator("[data-clause]")).to_have_count(3)


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("field", ["检索词", "从哪一年"])
def test_enter_searches_from_any_field_of_the_advanced_form(
    shelf: list[Edition], person: Person, javascript: bool, field: str
) -> None:
    page = person(java_script_enabled=javascript)
    page.goto("/catalog/advanced/?q=高等数学&from=1990")
    page.get_by_label(field).first.press("Enter")
    expect(page.locator("#result-count strong")).to_have_text("35")
    expect(page.locator("#result-count")).to_contain_text("检索 全部成员馆")


def test_everything_works_without_javascript(shelf: list[Edition], person: Person) -> None:
    page = person(java_script_enabled=False)
    page.goto("/catalog/")
    page.get_by_label("只检索选中的图书馆").check()
    page.get_by_label("检索词").fill("高等数学")
    page.get_by_role("button", name="全选", exact=True).click()
    expect(page.locator("[data-picked]")).to_have_text("已选 3 / 3")
    expect(page.get_by_label("检索词")).to_have_value("高等数学")
    page.get_by_role("button", name="全不选").click()
    page.get_by_label("师范类").check()
    page.get_by_role("button", name="检索", exact=True).click()
    assert count(page) == "5"
    page.get_by_role("link", name="1990年代").click()
    assert count(page) == "1"
    page.goto("/catalog/advanced/")
    rows = page.locator("[data-clause]")
    rows.nth(0).get_by_label("检索词").fill("高等数学")
    rows.nth(1).get_by_label("与前面各行的关系").select_option("not")
    rows.nth(1).get_by_label("检索词").fill("习题")
    page.get_by_label("全部成员馆").check()
    page.get_by_role("button", name="检索", exact=True).click()
    assert count(page) == "45"


def test_the_exact_count_comes_in_place_and_the_reading_goes_on(
    shelf: list[Edition], person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def estimating(query: SearchQuery) -> SearchPage:
        page = search(query)
        return page if query.count else replace(page, total=51_234, exact=False, reachable=10_000)

    monkeypatch.setattr("catalog.views.run_search", estimating)
    page = person()
    page.goto("/catalog/?q=高等数学")
    expect(page.locator("#result-count strong")).to_have_text("约 5.1 万")
    page.get_by_role("link", name="精确计数").click()
    expect(page.locator("#result-count strong")).to_have_text("45")
    expect(page).to_have_url(re.compile("count=1"))
    expect(page.locator("#search-status")).to_have_text(re.compile("共检索出45个"))


def test_each_fact_has_its_place_whatever_a_book_lacks(
    shelf: list[Edition], person: Person, bnu: MemberLibrary
) -> None:
    rich = EditionFactory.create(title="高等数学", volume="", isbns=["9787503717444"], year=2032)
    poor = EditionFactory.create(title="高等数学", volume="", authors=[], responsibility="", publisher="", year=2031)
    HoldingFactory.create(edition=rich, library=bnu)
    HoldingFactory.create(edition=poor, library=bnu, call_number="")
    refresh([rich.pk, poor.pk])
    page = person(viewport={"width": 1280, "height": 900})
    page.goto("/catalog/?q=高等数学&sort=year")

    def lefts(fact: str) -> list[float]:
        places = page.locator(f"dt.fact-{fact}").all()[:3]
        return [place.evaluate("place => place.getBoundingClientRect().left") for place in places]

    expect(page.locator(".hit").nth(1).locator(".fact-author, .fact-call-number")).to_have_count(0)
    assert len(lefts("isbn")) == 1
    for fact in ("year", "type", "details", "call-number"):
        assert len(set(lefts(fact))) == 1, fact
    assert lefts("details")[0] > lefts("call-number")[0]


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_phone_the_counts_stay_open_while_a_reader_narrows(
    shelf: list[Edition], person: Person, javascript: bool
) -> None:
    page = person(viewport={"width": 390, "height": 844}, java_script_enabled=javascript)
    page.goto("/catalog/?q=高等数学")
    page.get_by_text("各馆命中数与筛选").click()
    page.get_by_role("link", name="1990年代").click()
    expect(page.locator("#result-count strong")).to_have_text("10")
    page.get_by_role("link", name="北京师范大学图书馆").click()
    expect(page.locator("#result-count strong")).to_have_text("1")
    expect(page.get_by_role("heading", name="出版年代")).to_be_visible()
    if javascript:
        page.get_by_text("各馆命中数与筛选").click()
        page.get_by_role("link", name="取消全部限定").click()
        expect(page.locator("#result-count strong")).to_have_text("45")
        expect(page.get_by_role("heading", name="出版年代")).to_be_hidden()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_on_a_phone_words_have_room_and_stay_whole(shelf: list[Edition], person: Person, language: str) -> None:
    page = person(viewport={"width": 390, "height": 844}, extra_http_headers={"Accept-Language": language})
    page.goto("/catalog/?q=高等数学")
    box = page.locator("#search-text").bounding_box()
    assert box is not None
    assert box["width"] > 150
    assert page.locator(".sorts > *").evaluate_all("all => all.every(one => one.getClientRects().length === 1)")
    Edition.objects.filter(pk=shelf[0].pk).update(isbns=["9787503717444"], price="")
    page.goto(f"/catalog/editions/{shelf[0].pk}/")
    isbn = page.locator(".facts dd", has_text="978-7-5037-1744-4")
    assert isbn.evaluate("dd => dd.clientHeight < 1.9 * parseFloat(getComputedStyle(dd).lineHeight)")
    page.goto("/catalog/libraries/")
    expect(page.locator(".mainnav [aria-current]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("height", [844, 667])
def test_on_a_phone_the_first_hit_is_seen_at_once(shelf: list[Edition], person: Person, height: int) -> None:
    page = person(viewport={"width": 390, "height": height})
    page.goto("/catalog/?q=高等数学")
    title = page.locator(".hit").first.locator("h2").bounding_box()
    assert title is not None
    assert title["y"] + title["height"] < height
    assert not page.locator(".narrowing").evaluate("details => details.open")
