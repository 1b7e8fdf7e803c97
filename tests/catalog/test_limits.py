"""Polite limits: who is counted as whom, what a refused search is told, and that nobody is refused by mistake."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from catalog.client import client_address
from catalog.models import Edition
from readers.models import Reader

pytestmark = pytest.mark.django_db

SEARCH, JSON = reverse("catalog:search"), reverse("catalog:search_json")
STRANGER = "192.0.2.7"


@pytest.fixture(autouse=True)
def three_a_minute(settings: Settings) -> Iterator[None]:
    settings.SEARCH_LIMITS = {"PER_ADDRESS": 3, "PER_PERSON": 5}
    with time_machine.travel(datetime.fromisoformat("2026-03-10T10:00:20+08:00"), tick=False):
        yield


def statuses(client: Client, number: int, path: str = SEARCH, **headers: str) -> list[int]:
    return [client.get(path, {"q": "数学"}, **headers).status_code for _ in range(number)]  # type: ignore[arg-type]


def test_an_address_that_asks_too_often_is_told_when_to_come_again(client: Client, edition: Edition) -> None:
    assert statuses(client, 3, REMOTE_ADDR=STRANGER) == [200, 200, 200]
    response = client.get(SEARCH, {"q": "数学"}, REMOTE_ADDR=STRANGER)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "41"
    html = response.content.decode()
    assert "请在 41 秒后再试" in html
    assert f'href="{SEARCH}?q=%E6%95%B0%E5%AD%A6"' in html
    assert 'id="search-page"' in html  # where htmx looks for it
    assert statuses(client, 1, REMOTE_ADDR="192.0.2.8") == [200]


@pytest.mark.parametrize("asked", [{}, {"q": "数学", "pick": "libraries"}, {"q": "数学", "scope": "some"}])
def test_a_form_alone_is_neither_counted_nor_refused(client: Client, edition: Edition, asked: dict[str, str]) -> None:
    for _ in range(4):
        assert client.get(SEARCH, asked, REMOTE_ADDR=STRANGER).status_code == 200
    assert statuses(client, 4, REMOTE_ADDR=STRANGER) == [200, 200, 200, 429]
    assert client.get(SEARCH, asked, REMOTE_ADDR=STRANGER).status_code == 200


def test_json_counts_with_the_page_and_says_it_in_json(client: Client, edition: Edition) -> None:
    statuses(client, 3, REMOTE_ADDR=STRANGER)
    response = client.get(JSON, {"q": "数学"}, REMOTE_ADDR=STRANGER)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "41"
    assert response.json()["retry_after"] == 41


def test_the_next_minute_begins_anew(client: Client, edition: Edition) -> None:
    assert statuses(client, 4, REMOTE_ADDR=STRANGER)[-1] == 429
    with time_machine.travel(datetime.fromisoformat("2026-03-10T10:01:01+08:00"), tick=False):
        assert statuses(client, 1, REMOTE_ADDR=STRANGER) == [200]


def test_a_reader_is_counted_alone_however_busy_the_campus_is(client: Client, reader: Reader, edition: Edition) -> None:
    assert statuses(Client(), 4, REMOTE_ADDR=STRANGER)[-1] == 429
    client.force_login(reader.user)
    assert statuses(client, 6, REMOTE_ADDR=STRANGER) == [200] * 5 + [429]


def test_without_the_cache_nobody_is_refused(
    client: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(cache, "add", away)
    assert statuses(client, 5, REMOTE_ADDR=STRANGER) == [200] * 5
    assert "not counted" in caplog.text


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "", "somewhere"])
def test_a_proxy_nobody_declared_is_not_taken_for_one_busy_person(
    client: Client, edition: Edition, address: str
) -> None:
    assert statuses(client, 5, REMOTE_ADDR=address) == [200] * 5


def test_addresses_of_one_ipv6_site_are_one(client: Client, edition: Edition) -> None:
    assert statuses(client, 3, REMOTE_ADDR="2001:db8:1:2::1") == [200] * 3
    assert statuses(client, 1, REMOTE_ADDR="2001:db8:1:2:ffff::9") == [429]
    assert statuses(client, 1, REMOTE_ADDR="2001:db8:1:3::1") == [200]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.5", "10.0.0.1"),  # nobody vouches for the header
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "1.2.3.4, 203.0.113.5", "203.0.113.5"),  # the first was invented by the client
        (2, "1.2.3.4, 203.0.113.5, 10.0.0.9", "203.0.113.5"),
        (2, "203.0.113.5", "10.0.0.1"),  # came past a proxy
        (2, "", "10.0.0.1"),
        (1, "nonsense", "None"),
    ],
)
def test_whom_a_request_comes_from_behind_proxies(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert str(client_address(request)) == address


def test_zero_is_no_limit(client: Client, edition: Edition, settings: Settings) -> None:
    settings.SEARCH_LIMITS = {**settings.SEARCH_LIMITS, "PER_ADDRESS": 0}
    assert statuses(client, 6, REMOTE_ADDR=STRANGER) == [200] * 6
