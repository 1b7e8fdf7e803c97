"""The public pages: home, news, texts, announcements beside the login."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import MemberLibrary
from notices.models import Announcement, News, Page
from notices.pages import load_page_file

pytestmark = pytest.mark.django_db

HOME = reverse("notices:home")


@pytest.fixture
def pages() -> None:
    for path in (Path(settings.BASE_DIR) / "balis" / "demo" / "pages").glob("*.md"):
        load_page_file(path)


def news(count: int) -> list[News]:
    now = timezone.now()
    return [
        News.objects.create(title=f"通知{number}", text="正文", published_at=now - timedelta(days=number))
        for number in range(count)
    ]


def test_home_has_the_entries_of_the_old_portal(client: Client, pages: None, bupt: MemberLibrary) -> None:
    news(2)
    response = client.get(HOME)

    for label in (
        "首页", "管理办法", "使用指南", "成员馆目录", "常见问题", "下载空间", "电子地图", "特色馆藏展", "关于我们",
        "最新动态", "更多", "BALIS馆际互借中心介绍", "联合检索", "用户服务系统", "馆际互借事务管理系统", "注册",
    ):  # fmt: skip
        assertContains(response, label)
    assertNotContains(response, "北京地区高等教育文献保障系统")  # the consortium has one name in every place
    assertContains(response, f'action="{reverse("catalog:search")}"')
    assertContains(response, 'name="q"')


def test_home_can_be_found_by_search_engines(client: Client) -> None:
    response = client.get(HOME)

    assertContains(response, '<meta name="description" content="北京地区高校图书馆馆际互借')
    assertContains(response, '<link rel="canonical" href="http://localhost:8000/">')
    assertNotContains(response, "noindex")


def test_home_asks_the_database_little_and_never_more_with_more_news(
    client: Client, pages: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    news(1)
    with django_assert_num_queries(3):  # news, number of libraries, pages of the navigation
        client.get(HOME)
    news(30)
    with django_assert_num_queries(3):
        client.get(HOME)


def test_news_of_tomorrow_is_not_shown_today(client: Client) -> None:
    tomorrow = News.objects.create(title="明天的通知", text="", published_at=timezone.now() + timedelta(days=1))

    assertNotContains(client.get(HOME), "明天的通知")
    assertNotContains(client.get(reverse("notices:news_list")), "明天的通知")
    assert client.get(reverse("notices:news_detail", args=[tomorrow.pk])).status_code == 404


def test_news_are_listed_by_page(client: Client) -> None:
    news(25)

    first = client.get(reverse("notices:news_list"))
    assertContains(first, "通知0<")
    assertNotContains(first, "通知24")
    assertContains(first, "第1页，共2页")
    assertContains(client.get(reverse("notices:news_list"), {"page": "2"}), "通知24")


def test_news_without_news_says_so(client: Client) -> None:
    assertContains(client.get(reverse("notices:news_list")), "还没有动态")


def test_one_piece_of_news_is_shown_safely(client: Client) -> None:
    item = News.objects.create(title="放假<通知>", text="## 时间\n1月15日起\n\n<script>")

    response = client.get(reverse("notices:news_detail", args=[item.pk]))
    assertContains(response, "放假&lt;通知&gt;")
    assertContains(response, "<h2>时间</h2>", html=True)
    assertNotContains(response, "<script>")


def test_a_page_has_its_own_description(client: Client, pages: None) -> None:
    response = client.get(reverse("notices:page", args=["guide"]))

    assertContains(response, "<h1>使用指南</h1>", html=True)
    assertContains(response, '<meta name="description" content="从注册到还书')
    assertContains(response, '<a href="/catalog/">联合检索</a>', html=True)


def test_an_unknown_page_is_not_there(client: Client) -> None:
    assert client.get(reverse("notices:page", args=["nothing"])).status_code == 404


def test_announcements_stand_beside_the_login(client: Client, bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    now = timezone.now()
    Announcement.objects.create(library=bupt, title="暑假放假暂停服务通知", text="- 7月12日起", published_at=now)
    Announcement.objects.create(library=bupt, title="明天才公布", published_at=now + timedelta(days=1))
    bnu.left_on = timezone.localdate()
    bnu.save()
    Announcement.objects.create(library=bnu, title="已经退出的馆", published_at=now)

    response = client.get(reverse("readers:login"))
    assertContains(response, "公告信息")
    assertContains(response, "暑假放假暂停服务通知")
    assertContains(response, "北京邮电大学图书馆")
    assertContains(response, "<li>7月12日起</li>", html=True)
    assertNotContains(response, "明天才公布")
    assertNotContains(response, "已经退出的馆")


def test_pages_work_while_the_cache_is_away(client: Client, pages: None, settings: object) -> None:
    """The first screen of the portal must not depend on anything but the database."""
    settings.CACHES = {"default": {"BACKEND": "tests.notices.test_portal.NoCache"}}  # type: ignore[attr-defined]

    assertContains(client.get(HOME), "管理办法")
    assert Page.objects.exists()


class NoCache:
    def __init__(self, *args: object, **kwargs: object) -> None:
        raise ConnectionError("the cache is away")
