"""The back office of notices: own rows only, the outbox is looked at and failed mails are sent again."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import MemberLibrary
from notices.models import Announcement, Email, EmailState, News, SystemMessage
from readers.models import Reader, User
from tests.notices.conftest import queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(bupt: MemberLibrary) -> Email:
    email = queue(library=bupt)
    Email.objects.update(state=EmailState.FAILED, attempts=20, last_error="550 user unknown")
    return email


def test_a_librarian_sees_the_mails_of_the_own_library(
    client: Client, home_librarian: User, strange_librarian: User, failed: Email
) -> None:
    change = reverse("admin:notices_email_change", args=[failed.pk])
    client.force_login(home_librarian)
    assertContains(client.get(reverse("admin:notices_email_changelist")), "文献到馆")
    assertContains(client.get(change), "550 user unknown")
    assertContains(client.get(change), "林晓，您好：<br><br>您申请的书已经到馆。")

    client.force_login(strange_librarian)
    assertNotContains(client.get(reverse("admin:notices_email_changelist")), "文献到馆")
    assert client.get(change).status_code == 404


def test_the_outbox_can_be_filtered_by_state(client: Client, center_admin: User, failed: Email) -> None:
    queue(key="another", subject="还在排队")
    client.force_login(center_admin)

    response = client.get(reverse("admin:notices_email_changelist"), {"state__exact": "failed"})
    assertContains(response, "文献到馆")
    assertNotContains(response, "还在排队")


def test_a_failed_mail_is_sent_again_by_a_button(client: Client, home_librarian: User, failed: Email) -> None:
    address = reverse("admin:notices_email_resend", args=[failed.pk])
    client.force_login(home_librarian)
    assertContains(client.get(reverse("admin:notices_email_change", args=[failed.pk])), address)

    assert client.get(address).status_code == 405
    client.post(address)

    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (EmailState.QUEUED, 0)
    assertNotContains(client.get(reverse("admin:notices_email_change", args=[failed.pk])), address)


def test_another_librarys_mail_cannot_be_sent_again(client: Client, strange_librarian: User, failed: Email) -> None:
    client.force_login(strange_librarian)

    assert client.post(reverse("admin:notices_email_resend", args=[failed.pk])).status_code == 404
    client.post(
        reverse("admin:notices_email_changelist"), {"action": "resend_selected", "_selected_action": [failed.pk]}
    )
    failed.refresh_from_db()
    assert failed.state == EmailState.FAILED


def test_several_are_sent_again_at_once(client: Client, home_librarian: User, failed: Email) -> None:
    client.force_login(home_librarian)
    client.post(
        reverse("admin:notices_email_changelist"), {"action": "resend_selected", "_selected_action": [failed.pk]}
    )

    failed.refresh_from_db()
    assert failed.state == EmailState.QUEUED


def test_nobody_writes_mails_or_messages_by_hand(client: Client, center_admin: User) -> None:
    client.force_login(center_admin)

    assert client.get(reverse("admin:notices_email_add")).status_code == 403
    assert client.get(reverse("admin:notices_systemmessage_add")).status_code == 403


def test_an_announcement_belongs_to_the_librarians_own_library(
    client: Client, home_librarian: User, bupt: MemberLibrary, bnu: MemberLibrary
) -> None:
    client.force_login(home_librarian)
    form = {"title": "暑假暂停服务", "text": "", "published_at_0": "2026-07-01", "published_at_1": "08:00:00"}
    client.post(reverse("admin:notices_announcement_add"), form | {"library": bnu.pk})

    assert Announcement.objects.get().library == bupt


def test_an_announcement_of_another_library_does_not_exist(
    client: Client, home_librarian: User, bnu: MemberLibrary
) -> None:
    theirs = Announcement.objects.create(library=bnu, title="北师大的公告")
    client.force_login(home_librarian)

    assertNotContains(client.get(reverse("admin:notices_announcement_changelist")), "北师大的公告")
    client.post(reverse("admin:notices_announcement_delete", args=[theirs.pk]), {"post": "yes"})
    assert Announcement.objects.filter(pk=theirs.pk).exists()


def test_news_is_for_the_center_to_write(client: Client, home_librarian: User, center_admin: User) -> None:
    form = {"title": "放假通知", "text": "正文", "published_at_0": "2026-11-01", "published_at_1": "08:00:00"}
    client.force_login(home_librarian)
    assert client.post(reverse("admin:notices_news_add"), form).status_code == 403

    client.force_login(center_admin)
    client.post(reverse("admin:notices_news_add"), form)
    assert News.objects.get().title == "放假通知"


def test_a_librarian_sees_what_the_own_readers_were_told(
    client: Client, home_librarian: User, lending_librarian: User, reader: Reader, cumtb: MemberLibrary
) -> None:
    SystemMessage.objects.create(key="x", reader=reader, sender=cumtb, title="提醒还书", text="请还书")
    address = reverse("admin:notices_systemmessage_changelist")

    client.force_login(home_librarian)
    assertContains(client.get(address), "提醒还书")
    client.force_login(lending_librarian)
    assertNotContains(client.get(address), "提醒还书")
