"""The pages of the catalogue: joint search, 馆藏信息, 成员馆目录, and the command that answers the same."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Edition, Holding, MemberLibrary, PauseKind, ServicePause, SourceRecord
from catalog.search.rebuild import rebuild
from readers.models import Reader
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db

SEARCH = reverse("catalog:search")


# --- JSON and the command ------------------------------------------------------------------------------


def test_json_and_command_give_the_same_answer(
    client: Client, shelf: list[Edition], bnu: MemberLibrary, cumtb: MemberLibrary
) -> None:
    answer = client.get(reverse("catalog:search_json"), {"q": "高等数学", "library": bnu.code}).json()
    out = StringIO()
    call_command("search", "高等数学", "--library", bnu.code, "--json", stdout=out)
    said = json.loads(out.getvalue())
    assert {**said, "ms": 0} == {**answer, "ms": 0}
    assert said["total"] == 1
    assert said["exact"] is True
    assert said["per_library"] == {bnu.code: 1, cumtb.code: 25}
    (result,) = said["results"]
    assert result["title"] == "高等数学"
    assert result["libraries"] == [bnu.code, cumtb.code]
    assert result["publisher"] == "中国铁道出版社"
    assert result["year"] == 2000


def test_the_command_reads_well_and_refuses_unknown_libraries(shelf: list[Edition]) -> None:
    out = StringIO()
    call_command("search", "高等数学", "--page", "2", "--sort", "year", stdout=out)
    assert out.getvalue().startswith("25 editions, page 2/2")
    with pytest.raises(CommandError, match="000000"):
        call_command("search", "高等数学", "--library", "000000", stdout=out)


def test_the_command_knows_rows_years_and_the_exact_count(client: Client, shelf: list[Edition]) -> None:
    def total(*options: str) -> int:
        out = StringIO()
        call_command("search", "高等数学", "--json", *options, stdout=out)
        return int(json.loads(out.getvalue())["total"])

    assert total("--from", "2005", "--to", "2009", "--language", "chi", "--type", "book", "--clc", "O") == 5
    assert total("--decade", "2020", "--count") == 5
    assert total("--row", "and", "author", "石福庆", "--row", "not", "title", "高等数学") == 0
    asked = {
        "q": "高等数学",
        "op2": "not",
        "q2": "石福庆",
        "route2": "author",
        "op3": "or",
        "q3": "石福庆",
        "from": 2020,
    }
    assert client.get(reverse("catalog:search_json"), asked).json()["total"] == 5
    for wrong in (("--row", "nor", "title", "x"), ("--row", "and", "shelf", "x"), ("--row", "and", "all", "x") * 6):
        with pytest.raises(CommandError):
            total(*wrong)


def test_rebuild_search_says_how_far_it_is(edition: Edition) -> None:
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert "1/1" in out.getvalue()
    assert "1 entries in" in out.getvalue()


# --- 馆藏信息 -------------------------------------------------------------------------------------------


def test_the_edition_page_shows_the_card_and_every_copy(client: Client, edition: Edition, copy: Holding) -> None:
    html = client.get(reverse("catalog:edition", args=[edition.pk])).content.decode()
    for text in (
        "ISBN/价格", "￥1.50", "作品语种", "中文", "出版国别", "中国", "题名责任者项", "高等数学辅导. 上册 / 石福庆",
        "出版发行项", "北京 : 中国铁道出版社, 1982", "分类号", "O13", "个人名称等项", "石福庆",
        "索书号", "条形码", "馆藏地址", "流通情况", "架位信息", "委托借阅",
        "O13/04/1", "C6024202", "流通部", "在架", "截至",
    ):  # fmt: skip
        assert text in html, text
    assert "丛书" not in html  # the record has none
    assert f"{reverse('requests:new')}?holding={copy.pk}" in html


def test_a_merged_edition_leads_to_the_survivor_for_ever(client: Client, edition: Edition) -> None:
    middle = EditionFactory.create(merged_into=edition)
    oldest = EditionFactory.create(merged_into=middle)
    response = client.get(reverse("catalog:edition", args=[oldest.pk]))
    assert response.status_code == 301
    assert response["Cache-Control"] == "no-cache", "a merge can be taken back: no browser may remember it"
    assert response.headers["Location"] == reverse("catalog:edition", args=[edition.pk])


def test_a_hidden_edition_does_not_exist_not_even_by_a_merged_id(client: Client) -> None:
    hidden = EditionFactory.create(hidden=True)
    merged = EditionFactory.create(merged_into=hidden)
    for pk in (hidden.pk, merged.pk, 999_999):
        assert client.get(reverse("catalog:edition", args=[pk])).status_code == 404


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"loanable": False}, "按该馆规定，此册不外借。"),
        ({"circulation_status": "reference"}, "此册只供馆内阅览，不外借。"),
        ({"circulation_status": "lost"}, "此册已遗失。"),
    ],
)
def test_a_copy_that_cannot_be_lent_says_which_rule(
    client: Client, copy: Holding, change: dict[str, object], rule: str
) -> None:
    Holding.objects.filter(pk=copy.pk).update(**change)
    html = client.get(reverse("catalog:edition", args=[copy.edition_id])).content.decode()
    assert rule in html
    assert "?holding=" not in html


def test_a_lender_that_pauses_lending_says_until_when(client: Client, copy: Holding) -> None:
    today = timezone.localdate()
    ServicePause.objects.create(
        library=copy.library, kind=PauseKind.LENDING, starts_on=today, ends_on=today + timedelta(days=3)
    )
    html = client.get(reverse("catalog:edition", args=[copy.edition_id])).content.decode()
    assert f"该馆暂停借出服务，至{today + timedelta(days=3)}。" in html
    assert "?holding=" not in html


def test_a_member_that_does_not_lend_says_so(client: Client, copy: Holding) -> None:
    MemberLibrary.objects.filter(pk=copy.library_id).update(lends=False)
    assert "该馆不对外借出图书。" in client.get(reverse("catalog:edition", args=[copy.edition_id])).content.decode()


def test_a_copy_on_loan_may_be_asked_for_with_a_warning(client: Client, copy: Holding) -> None:
    Holding.objects.filter(pk=copy.pk).update(out_on_request="KD00000001")
    html = client.get(reverse("catalog:edition", args=[copy.edition_id])).content.decode()
    assert "已借出" in html
    assert "此册已借出，提交后可能无法满足。" in html
    assert f"?holding={copy.pk}" in html


def test_the_own_library_comes_first_and_is_no_lender(
    client: Client, reader: Reader, edition: Edition, copy: Holding, bupt: MemberLibrary
) -> None:
    own = HoldingFactory.create(edition=edition, library=bupt)
    address = reverse("catalog:edition", args=[edition.pk])
    assert "您所在的" not in client.get(address).content.decode()

    client.force_login(reader.user)
    html = client.get(address).content.decode()

    assert "您所在的北京邮电大学图书馆有此书，1 册在架，请直接到本馆借阅。" in html
    assert "这是您所在图书馆的馆藏，请直接到馆借阅。" in html
    assert f"?holding={own.pk}" not in html
    assert f"?holding={copy.pk}" in html
    assert html.index('id="library-211130"') < html.index('id="library-232060"')


def test_withdrawn_copies_and_libraries_outside_the_joint_search_are_not_shown(
    client: Client, edition: Edition, copy: Holding
) -> None:
    HoldingFactory.create(edition=edition, barcode="GONE1", withdrawn=True)
    HoldingFactory.create(edition=edition, barcode="APART1", library=MemberLibraryFactory.create(in_joint_search=False))
    html = client.get(reverse("catalog:edition", args=[edition.pk])).content.decode()
    assert "GONE1" not in html
    assert "APART1" not in html


def test_a_library_that_sent_a_record_without_copies_is_named(
    client: Client, edition: Edition, bnu: MemberLibrary
) -> None:
    SourceRecord.objects.create(
        library=bnu, local_id="1", syntax="cnmarc", encoding="utf-8", raw=b"", sha256="", edition=edition
    )
    html = client.get(reverse("catalog:edition", args=[edition.pk])).content.decode()
    assert "北京师范大学图书馆" in html
    assert "该馆收藏此书，但没有提供复本清单。" in html


def test_the_edition_page_needs_the_same_statements_for_any_number_of_copies(client: Client, edition: Edition) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("catalog:edition", args=[edition.pk]))
        return len(queries)

    HoldingFactory.create(edition=edition)
    few = statements()
    for _number in range(5):
        HoldingFactory.create_batch(3, edition=edition, library=MemberLibraryFactory.create())
    assert statements() == few <= 6


# --- 成员馆目录 -----------------------------------------------------------------------------------------


def test_the_directory_lists_members_by_category_and_marks_invented_codes(
    client: Client, bupt: MemberLibrary, nlc: MemberLibrary
) -> None:
    MemberLibrary.objects.filter(pk=nlc.pk).update(code_is_example=True)
    MemberLibraryFactory.create(code="922222", name="离开的图书馆", left_on="2020-01-01")
    html = client.get(reverse("catalog:libraries")).content.decode()
    assert html.index("公共馆(1)") < html.index("工科类(1)")
    assert "010-62281970" in html
    assert "ill@bupt.example" in html
    assert "只借出" in html
    assert html.count('<span class="library-chip">示例</span>') == 1
    assert "离开的图书馆" not in html


def test_pages_refuse_writes(client: Client, edition: Edition) -> None:
    list(rebuild())
    for address in (SEARCH, reverse("catalog:edition", args=[edition.pk]), reverse("catalog:libraries")):
        assert client.post(address).status_code == 405


def test_editions_are_for_search_engines_and_searches_are_not(client: Client, edition: Edition, copy: Holding) -> None:
    address = reverse("catalog:edition", args=[edition.pk])
    html = client.get(address).content.decode()
    assert "noindex" not in html
    assert f'<link rel="canonical" href="http://localhost:8000{address}">' in html
    description = "高等数学辅导 上册 · 石福庆 · 中国铁道出版社 · 1982 · 北京地区高校图书馆1馆收藏，可申请馆际互借。"
    assert f'<meta name="description" content="{description}">' in html
    robots = client.get("/robots.txt")
    assert robots.headers["Content-Type"] == "text/plain"
    for closed in ("/catalog/?", "/catalog/search.json", "/backoffice/"):
        assert f"Disallow: {closed}\n" in robots.content.decode()
