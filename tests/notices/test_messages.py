"""系统消息: a reader's own messages, and nobody else's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog.models import MemberLibrary
from notices.models import SystemMessage
from readers.models import Reader, User
from tests.factories import ReaderFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("notices:messages")


def message(reader: Reader, number: int = 0, sender: MemberLibrary | None = None) -> SystemMessage:
    return SystemMessage.objects.create(
        key=f"{reader.pk}/{number}", reader=reader, sender=sender, title="文献到馆", text=f"第{number}本书已经到馆。",
        request_number="KD00000001", created_at=timezone.now() - timedelta(minutes=number),
    )  # fmt: skip


@pytest.fixture
def other_reader(bupt: MemberLibrary) -> Reader:
    return ReaderFactory.create(library=bupt, name="王茜", user=UserFactory.create(username="wangqian"))


@pytest.fixture
def as_reader(client: Client, reader: Reader) -> Client:
    client.force_login(reader.user)
    return client


def test_the_list_has_the_columns_of_the_old_system(as_reader: Client, reader: Reader, cumtb: MemberLibrary) -> None:
    message(reader, sender=cumtb)

    response = as_reader.get(LIST)
    for label in ("系统消息", "发布时间", "标题", "消息内容", "发送人", "打印", "数据刷新", "未读"):
        assertContains(response, label)
    assertContains(response, "第0本书已经到馆。")
    assertContains(response, "中国矿业大学（北京）图书馆")
    assertContains(response, "KD00000001")


def test_a_message_of_the_center_says_so(as_reader: Client, reader: Reader) -> None:
    message(reader)

    assertContains(as_reader.get(LIST), "BALIS馆际互借中心")


def test_readers_see_only_their_own_messages(as_reader: Client, other_reader: Reader) -> None:
    theirs = message(other_reader)

    assertNotContains(as_reader.get(LIST), "第0本书")
    assert as_reader.post(reverse("notices:message_read", args=[theirs.pk])).status_code == 404
    as_reader.post(reverse("notices:messages_read"))
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_marking_as_read_takes_a_button(as_reader: Client, reader: Reader) -> None:
    mine = message(reader)
    address = reverse("notices:message_read", args=[mine.pk])

    assert as_reader.get(address).status_code == 405
    as_reader.get(LIST)
    mine.refresh_from_db()
    assert mine.read_at is None, "looking at the list is not reading"

    assertRedirects(as_reader.post(address), LIST)
    mine.refresh_from_db()
    first_read_at = mine.read_at
    assert first_read_at is not None
    as_reader.post(address)
    mine.refresh_from_db()
    assert mine.read_at == first_read_at


def test_all_at_once(as_reader: Client, reader: Reader) -> None:
    message(reader, 0)
    message(reader, 1)

    response = as_reader.post(reverse("notices:messages_read"), {"page": "2"}, follow=True)

    assertContains(response, "2条消息已标为已读。")
    assert SystemMessage.objects.unread().count() == 0


def test_the_button_leads_back_to_its_page_and_nowhere_else(as_reader: Client, reader: Reader) -> None:
    mine = message(reader)
    address = reverse("notices:message_read", args=[mine.pk])

    assert as_reader.post(address, {"page": "3"})["Location"] == f"{LIST}?page=3"
    assert as_reader.post(address, {"page": "//evil.example"})["Location"] == LIST


def test_fifty_per_page_and_no_query_per_row(
    as_reader: Client, reader: Reader, cumtb: MemberLibrary, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(55):
        message(reader, number, sender=cumtb)

    with django_assert_max_num_queries(9):
        response = as_reader.get(LIST)
    assertContains(response, "共55条，未读55条")
    assertContains(response, "第49本书")
    assertNotContains(response, "第50本书")
    assertContains(as_reader.get(LIST, {"page": "2"}), "第54本书")


def test_no_messages_yet_says_what_to_do(as_reader: Client) -> None:
    assertContains(as_reader.get(LIST), "还没有系统消息")


def test_strangers_log_in_first_and_staff_find_nothing(client: Client, home_librarian: User) -> None:
    assertRedirects(client.get(LIST), f"{reverse('readers:login')}?next={LIST}")

    client.force_login(home_librarian)
    assert client.get(LIST).status_code == 404
