"""忘记密码: a link by mail that works once; the page never tells who is registered."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from notices.models import Email
from readers.accounts.passwords import ask_password_reset, send_password_link
from readers.actors import Actor
from readers.errors import DecisionRefused
from readers.models import Reader, ReaderState, User
from tests.factories import ReaderFactory, UserFactory
from tests.readers.test_lockout import wrong
from tests.readers.test_login import log_in

FORGOTTEN = "/readers/password/forgotten/"
NEW = {"new_password1": "四月 is the kindest", "new_password2": "四月 is the kindest"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readers.accounts.views.RESET_ANSWER_TIME", 0)


def link_of(email: Email) -> str:
    found = re.search(r"http://localhost:8000(/readers/password/reset/\S+)", email.text)
    assert found
    return found[1]


def open_link(client: Client, link: str) -> str:
    """Follow the link as a browser does; the address of the form, without the token in it."""
    return str(client.get(link, follow=True).request["PATH_INFO"])


@pytest.mark.parametrize("name", ["linxiao", "LINXIAO", "linxiao@bupt.example", "21113013005129002550"])
def test_whatever_one_remembers_leads_to_the_letter(client: Client, reader: Reader, name: str) -> None:
    page = client.post(FORGOTTEN, {"login": name})
    assert "如果这个登录代码已经注册" in page.content.decode()
    letter = Email.objects.get(kind="password_reset")
    assert letter.to == "linxiao@bupt.example"

    form = open_link(client, link_of(letter))
    assert form.endswith("/set-password/")
    assert client.post(form, NEW).headers["Location"] == "/readers/login/"
    assert log_in(Client(), "linxiao", "四月 is the kindest").status_code == 302
    assert log_in(Client(), "linxiao").status_code == 200
    assert Email.objects.filter(kind="password_changed", to="linxiao@bupt.example").count() == 1


def test_the_answer_is_the_same_for_whom_nobody_knows(client: Client, reader: Reader) -> None:
    known, unknown = (client.post(FORGOTTEN, {"login": name}) for name in ("linxiao", "nobody"))

    def without_tokens(page: bytes) -> str:
        return re.sub(r'value="[^"]{60,}"', "", page.decode())

    assert known.status_code == unknown.status_code == 200
    assert without_tokens(known.content) == without_tokens(unknown.content)
    assert Email.objects.count() == 1


def test_every_answer_takes_the_same_time(client: Client, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("readers.accounts.views.RESET_ANSWER_TIME", 30.0)
    monkeypatch.setattr("readers.accounts.views.sleep", waits.append)
    for name in ("linxiao", "nobody"):
        client.post(FORGOTTEN, {"login": name})
    assert all(20 < wait <= 30 for wait in waits)
    assert len(waits) == 2


def test_a_link_works_once(client: Client, reader: Reader) -> None:
    ask_password_reset(login="linxiao")
    link = link_of(Email.objects.get())
    client.post(open_link(client, link), NEW)
    assert "已经用过或已经过期" in Client().get(link, follow=True).content.decode()


def test_a_link_dies_after_a_day(client: Client, reader: Reader) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=24, minutes=1)):
        ask_password_reset(login="linxiao")
    link = link_of(Email.objects.get())
    assert "已经用过或已经过期" in client.get(link, follow=True).content.decode()


def test_a_link_dies_when_the_password_changes_meanwhile(client: Client, reader: Reader) -> None:
    ask_password_reset(login="linxiao")
    reader.user.set_password("another one 2026")
    reader.user.save()
    assert "已经用过或已经过期" in client.get(link_of(Email.objects.get()), follow=True).content.decode()


@pytest.mark.parametrize("password", ["short", "password1", "linxiao2026"])
def test_the_new_password_follows_the_same_rules(client: Client, reader: Reader, password: str) -> None:
    ask_password_reset(login="linxiao")
    form = open_link(client, link_of(Email.objects.get()))
    page = client.post(form, {"new_password1": password, "new_password2": password})
    assert page.status_code == 200
    assert page.context["form"].errors


def test_other_sessions_end_with_the_old_password(client: Client, reader: Reader) -> None:
    elsewhere = Client()
    log_in(elsewhere, "linxiao")
    assert elsewhere.get("/readers/profile/").status_code == 200
    ask_password_reset(login="linxiao")
    client.post(open_link(client, link_of(Email.objects.get(kind="password_reset"))), NEW)
    assert elsewhere.get("/readers/profile/").status_code == 302


def test_a_new_password_by_mail_ends_the_wait_of_a_lockout(client: Client, reader: Reader) -> None:
    assert wrong(client, "linxiao") == 429
    ask_password_reset(login="linxiao")
    client.post(open_link(client, link_of(Email.objects.get(kind="password_reset"))), NEW)
    assert log_in(client, "linxiao", "四月 is the kindest").status_code == 302


def test_nobody_fills_a_mailbox(reader: Reader) -> None:
    now = timezone.now()
    assert ask_password_reset(login="linxiao", at=now) == 1
    assert ask_password_reset(login="linxiao", at=now + timedelta(minutes=4)) == 0
    assert ask_password_reset(login="linxiao", at=now + timedelta(minutes=6)) == 1


def test_an_email_of_two_libraries_gets_a_letter_for_each_account(reader: Reader, bnu: object) -> None:
    ReaderFactory.create(library=bnu, user=UserFactory.create(username="linxiao2", email="linxiao@bupt.example"))
    ReaderFactory.create(library=bnu, state=ReaderState.REFUSED, user=UserFactory.create(email="linxiao@bupt.example"))
    assert ask_password_reset(login="linxiao@bupt.example") == 2


def test_closed_accounts_and_accounts_without_address_get_nothing(reader: Reader, home_librarian: User) -> None:
    User.objects.filter(pk=reader.user.pk).update(is_active=False)
    User.objects.filter(pk=home_librarian.pk).update(email="")
    assert ask_password_reset(login="linxiao") == ask_password_reset(login="bupt") == 0
    assert ask_password_reset(login="  ") == ask_password_reset(login="a\0b") == 0


def test_a_librarian_gets_the_letter_of_the_center(home_librarian: User) -> None:
    assert ask_password_reset(login="bupt") == 1
    letter = Email.objects.get()
    assert (letter.to, letter.library, letter.reader) == ("bupt@example.org", None, None)
    assert "BALIS馆际互借中心" in letter.text


def test_only_the_own_librarian_sends_the_link(reader: Reader, home_librarian: User, lending_librarian: User) -> None:
    bupt, cumtb = home_librarian.assignments.get().library, lending_librarian.assignments.get().library
    with pytest.raises(DecisionRefused):
        send_password_link(reader=reader, by=Actor.of_librarian(lending_librarian, cumtb))
    assert send_password_link(reader=reader, by=Actor.of_librarian(home_librarian, bupt))
    assert not send_password_link(reader=reader, by=Actor.of_librarian(home_librarian, bupt))


def test_the_link_is_not_shown_in_the_back_office(
    client: Client, reader: Reader, home_librarian: User, center_admin: User
) -> None:
    ask_password_reset(login="linxiao")
    letter = Email.objects.get()
    for person in (home_librarian, center_admin):
        client.force_login(person)
        page = client.get(f"/backoffice/notices/email/{letter.pk}/change/").content.decode()
        assert "一次性链接" in page
        assert "/readers/password/reset/" not in page
