"""读者登录: by login name, barcode or e-mail; why not is told only after the right password."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from catalog.models import MemberLibrary
from notices.models import Announcement
from readers.models import Assignment, Reader, ReaderState, User
from tests.factories import ReaderFactory, UserFactory

LOGIN = "/readers/login/"
PASSWORD = "library-2026"


def log_in(client: Client, name: str, password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"username": name, "password": password, **more})


def said(response) -> str:
    return " ".join(response.context["form"].non_field_errors())


@pytest.mark.parametrize(
    "name",
    ["linxiao", "LinXiao", " linxiao ", "21113013005129002550", "linxiao@bupt.example", "LINXIAO@bupt.example"],
)
def test_a_reader_logs_in_by_name_barcode_or_email(client: Client, reader: Reader, name: str) -> None:
    response = log_in(client, name)
    assert response.headers["Location"] == "/catalog/"
    assert client.session["_auth_user_id"] == str(reader.user.pk)


def test_the_page_has_the_labels_of_the_old_portal(client: Client, db: None) -> None:
    text = client.get(LOGIN).content.decode()
    assert "登录代码" in text
    assert "登录密码" in text


def test_announcements_of_the_libraries_stand_beside(client: Client, bnu: MemberLibrary) -> None:
    Announcement.objects.create(library=bnu, title="暑假放假暂停服务通知")
    text = client.get(LOGIN).content.decode()
    assert "公告信息" in text
    assert "暑假放假暂停服务通知" in text


def test_an_email_that_two_libraries_know_means_nobody(client: Client, reader: Reader, bnu: MemberLibrary) -> None:
    ReaderFactory.create(library=bnu, user=UserFactory.create(username="linxiao2", email="linxiao@bupt.example"))
    assert "不正确" in said(log_in(client, "linxiao@bupt.example"))
    assert log_in(client, "linxiao2").status_code == 302


def test_an_earlier_refused_registration_does_not_stand_in_the_way(client: Client, reader: Reader) -> None:
    ReaderFactory.create(
        library=reader.library, certificate_number=reader.certificate_number, state=ReaderState.REFUSED,
        user=UserFactory.create(email="linxiao@bupt.example", password="first-attempt"),
    )  # fmt: skip
    for name in ("21113013005129002550", "linxiao@bupt.example"):
        assert log_in(Client(), name).status_code == 302


def test_somebody_elses_login_name_that_equals_a_barcode_changes_nothing(client: Client, reader: Reader) -> None:
    UserFactory.create(username=reader.reader_barcode, password="somebody-else")
    log_in(client, reader.reader_barcode)
    assert client.session["_auth_user_id"] == str(reader.user.pk)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"state": ReaderState.PENDING}, "等待本馆审查"),
        ({"state": ReaderState.CORRECTION, "correction_note": "请填写学院全称"}, "请填写学院全称"),
        ({"state": ReaderState.REFUSED, "refusal_reason": "证件号码与本馆记录不符"}, "原因：证件号码与本馆记录不符"),
        ({"suspended_on": date(2026, 1, 1), "suspension_reason": "丢失图书未赔"}, "已被本馆暂停。原因：丢失图书未赔"),
        (
            {
                "suspended_on": date(2026, 1, 1),
                "suspended_until": date(2199, 1, 1),
                "suspension_reason": "多次逾期",
            },
            "暂停至2199-01-01",
        ),
        ({"expires_on": date(2026, 1, 1)}, "已于2026-01-01到期"),
    ],
)
def test_after_the_right_password_the_page_says_why_not(
    client: Client, reader: Reader, change: dict[str, Any], sentence: str
) -> None:
    Reader.objects.filter(pk=reader.pk).update(**change)
    response = log_in(client, "linxiao")
    assert sentence in said(response)
    assert "010-62281970" in response.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("state", ReaderState.values)
def test_a_wrong_password_tells_nothing(client: Client, reader: Reader, state: str) -> None:
    Reader.objects.filter(pk=reader.pk).update(state=state)
    known, unknown = log_in(client, "linxiao", "wrong-password"), log_in(client, "nobody", "wrong-password")
    assert said(known) == said(unknown) == "登录代码或登录密码不正确，请核对后再试。"
    assert "010-62281970" not in known.content.decode()


def test_a_closed_account_tells_nothing(client: Client, reader: Reader) -> None:
    User.objects.filter(pk=reader.user.pk).update(is_active=False)
    assert "不正确" in said(log_in(client, "linxiao"))


def test_next_leads_back_where_one_wanted_to_go(client: Client, reader: Reader) -> None:
    assert log_in(client, "linxiao", next="/requests/new/?holding=7").headers["Location"] == "/requests/new/?holding=7"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_never_leads_away(client: Client, reader: Reader, target: str) -> None:
    assert log_in(client, "linxiao", next=target).headers["Location"] == "/catalog/"
    assert client.get(LOGIN, {"next": target}).headers["Location"] == "/catalog/"


def test_librarians_go_to_the_back_office(client: Client, home_librarian: User) -> None:
    assert log_in(client, "bupt").headers["Location"] == "/backoffice/"


def test_the_back_office_login_takes_the_same_accounts(client: Client, home_librarian: User) -> None:
    response = client.post(
        "/backoffice/login/", {"username": "BUPT@example.org", "password": PASSWORD, "next": "/backoffice/"}
    )
    assert response.headers["Location"] == "/backoffice/"


def test_a_reader_does_not_get_into_the_back_office(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    response = client.get("/backoffice/readers/reader/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/backoffice/login/")


def test_an_account_without_any_role_is_told(client: Client, home_librarian: User) -> None:
    Assignment.objects.all().delete()
    assert "没有馆员任职" in said(log_in(client, "bupt"))


def test_whoever_is_logged_in_goes_straight_on(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.get(LOGIN).headers["Location"] == "/catalog/"
    assert client.get(LOGIN, {"next": "/requests/"}).headers["Location"] == "/requests/"
    assert client.get(LOGIN, {"next": LOGIN}).headers["Location"] == "/catalog/"


def test_what_was_typed_is_kept_and_escaped(client: Client, db: None) -> None:
    text = log_in(client, '"><script>alert(1)</script>').content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_logging_out_is_a_post(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.get("/readers/logout/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/readers/logout/").headers["Location"] == "/"
    assert "_auth_user_id" not in client.session
