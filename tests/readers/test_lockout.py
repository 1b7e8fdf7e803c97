"""Wrong passwords are counted per account and address: the guesser waits, the campus behind the address does not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from readers.accounts.lockout import client_address
from readers.models import Reader, User
from readers.tasks import forget_wrong_passwords
from tests.readers.test_login import LOGIN, PASSWORD, log_in

LIMIT = settings.AXES_FAILURE_LIMIT
CAMPUS = {"REMOTE_ADDR": "202.112.128.1"}


def wrong(client: Client, name: str, times: int = LIMIT, **extra: str) -> int:
    status = 0
    for _ in range(times):
        status = client.post(LOGIN, {"username": name, "password": "guess"}, **extra).status_code
    return status


def test_after_the_limit_even_the_right_password_waits(client: Client, reader: Reader) -> None:
    assert wrong(client, "linxiao", LIMIT - 1) == 200
    assert wrong(client, "linxiao", 1) == 429
    page = log_in(client, "linxiao")
    assert page.status_code == 429
    assert "请等15分钟后再试" in page.content.decode()
    assert 'href="/readers/password/forgotten/"' in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_others_behind_the_same_address_are_not_locked_out(reader: Reader, home_librarian: User) -> None:
    assert wrong(Client(), "linxiao", **CAMPUS) == 429
    assert wrong(Client(), "nobody", **CAMPUS) == 429
    answer = Client().post(LOGIN, {"username": "bupt", "password": PASSWORD}, **CAMPUS)
    assert answer.headers["Location"] == "/backoffice/"


def test_nobody_locks_the_owner_out_from_elsewhere(reader: Reader) -> None:
    assert wrong(Client(), "linxiao", REMOTE_ADDR="198.51.100.7") == 429
    assert Client().post(LOGIN, {"username": "linxiao", "password": PASSWORD}, **CAMPUS).status_code == 302


def test_one_account_has_one_count_however_it_is_named(client: Client, reader: Reader) -> None:
    names = ["linxiao", "LinXiao", "linxiao@bupt.example", reader.reader_barcode] * LIMIT
    statuses = [wrong(client, name, 1) for name in names[:LIMIT]]
    assert statuses[:-1] == [200] * (LIMIT - 1)
    assert statuses[-1] == 429


def test_an_unknown_name_is_locked_just_the_same(client: Client, db: None) -> None:
    assert wrong(client, "nobody") == 429


def test_the_wait_ends_and_trying_does_not_lengthen_it(client: Client, reader: Reader) -> None:
    start = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        assert wrong(client, "linxiao") == 429
        clock.shift(timedelta(minutes=10))
        assert wrong(client, "linxiao", 3) == 429
        clock.shift(timedelta(minutes=5, seconds=1))
        assert log_in(client, "linxiao").status_code == 302


def test_the_right_password_starts_the_count_anew(client: Client, reader: Reader) -> None:
    wrong(client, "linxiao", LIMIT - 1)
    assert log_in(client, "linxiao").status_code == 302
    client.logout()
    assert wrong(client, "linxiao", LIMIT - 1) == 200


def test_the_back_office_login_counts_too(client: Client, home_librarian: User) -> None:
    for _ in range(LIMIT):
        answer = client.post("/backoffice/login/", {"username": "bupt", "password": "guess"})
    assert answer.status_code == 429
    assert log_in(client, "bupt").status_code == 429


def test_no_password_is_kept_with_the_attempts(client: Client, reader: Reader) -> None:
    client.post(LOGIN, {"username": "linxiao", "password": "my-real-password-mistyped"})
    kept = AccessAttempt.objects.get()
    assert "mistyped" not in f"{kept.post_data}{kept.get_data}"
    assert kept.username == f"account:{reader.user.pk}"


def test_a_nul_byte_is_a_wrong_name_like_any_other(client: Client, db: None) -> None:
    assert wrong(client, "lin\0xiao", 1) == 200


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "seen"),
    [
        (0, "10.0.0.9", "1.2.3.4", "10.0.0.9"),
        (1, "10.0.0.9", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "10.0.0.9", "6.6.6.6, 1.2.3.4, 10.0.0.8", "1.2.3.4"),
        (2, "10.0.0.9", "1.2.3.4", "10.0.0.9"),
        (1, "10.0.0.9", "rubbish", "0.0.0.0"),  # noqa: S104
        (0, "", "", "0.0.0.0"),  # noqa: S104
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, peer: str, forwarded: str, seen: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(TRUSTED_PROXY_COUNT=proxies):
        assert client_address(request) == seen


def test_counts_are_forgotten_when_nobody_waits_any_more(client: Client, reader: Reader) -> None:
    with time_machine.travel(datetime(2026, 3, 10, 2, 0, tzinfo=UTC)):
        wrong(client, "linxiao", 1)
    wrong(client, "nobody", 1)
    forget_wrong_passwords()
    assert list(AccessAttempt.objects.values_list("username", flat=True)) == ["unknown:nobody"]
