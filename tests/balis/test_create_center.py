"""A new installation gets its first administrator, who can work at once."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpRequest
from django.test import Client

from readers.models import Assignment, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("corner-Lantern-77\n"))


@pytest.mark.usefixtures("typed")
def test_the_first_administrator_can_work(client: Client) -> None:
    call_command("create_center", "chen", "chen@center.example", name="陈主任")
    assert Assignment.objects.get(user__username="chen").role == Role.CENTER
    assert client.login(request=HttpRequest(), username="chen", password="corner-Lantern-77")
    assert client.get("/backoffice/").status_code == 200


@pytest.mark.usefixtures("typed")
def test_a_taken_login_is_refused(center_admin: User) -> None:
    with pytest.raises(CommandError, match="account Center already"):
        call_command("create_center", "Center", "other@center.example")


@pytest.mark.parametrize(("login", "email"), [("有 空格", "chen@center.example"), ("chen", "nowhere")])
@pytest.mark.usefixtures("typed")
def test_a_wrong_name_or_address_is_refused(login: str, email: str) -> None:
    with pytest.raises(CommandError):
        call_command("create_center", login, email)
    assert not User.objects.exists()


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("12345678\n"))
    with pytest.raises(CommandError):
        call_command("create_center", "chen", "chen@center.example")
    assert not User.objects.exists()
