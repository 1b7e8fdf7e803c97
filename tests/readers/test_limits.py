"""One address may not register, or ask for passwords, without end; a lecture hall still may."""

import uuid

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from catalog.models import MemberLibrary
from readers.models import Reader


@pytest.fixture
def address(settings: Settings) -> str:
    """An address of this test's own, three forms an hour."""
    settings.READERS = {**settings.READERS, "FORMS_PER_HOUR": 3}
    return f"2001:db8::{uuid.uuid4().hex[:4]}"


def test_asking_for_passwords_is_limited(
    client: Client, reader: Reader, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readers.accounts.views.RESET_ANSWER_TIME", 0)
    statuses = [
        client.post("/readers/password/forgotten/", {"login": f"n{n}"}, REMOTE_ADDR=address).status_code
        for n in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    elsewhere = client.post("/readers/password/forgotten/", {"login": "n"}, REMOTE_ADDR=f"{address}f")
    assert elsewhere.status_code == 200


def test_registering_is_limited(client: Client, bupt: MemberLibrary, typed: dict[str, str], address: str) -> None:
    statuses = []
    for n in range(4):
        changed = {"username": f"u{n}", "certificate_number": f"7{n}", "email": f"u{n}@x.example"}
        statuses.append(client.post("/readers/register/211130/", typed | changed, REMOTE_ADDR=address).status_code)
    assert statuses == [302, 302, 302, 429]
    assert Reader.objects.count() == 3


def test_without_a_cache_readers_still_register(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise RedisConnectionError

    monkeypatch.setattr(cache, "add", away)
    assert client.post("/readers/register/211130/", typed, REMOTE_ADDR=address).status_code == 302
