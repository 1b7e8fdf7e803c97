"""/healthz says that the process lives; /readyz says which part does not."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from balis.tasks import HEARTBEAT_KEY, heartbeat
from notices.models import Email, EmailState

pytestmark = pytest.mark.django_db


def checks(client: Client, status: int) -> dict[str, Any]:
    response = client.get("/readyz")
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()["checks"]
    return found


@pytest.fixture
def beating() -> None:
    heartbeat()


def test_healthz_answers_without_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_ready_when_everything_answers(client: Client, beating: None) -> None:
    found = checks(client, 200)
    assert found["database"]["detail"].startswith("PostgreSQL")
    assert all(check["ok"] for check in found.values())


def test_a_silent_worker_is_named(client: Client) -> None:
    cache.set(HEARTBEAT_KEY, time.time() - 600, timeout=None)
    found = checks(client, 503)
    assert found["worker"] == {"ok": False, "detail": "last heartbeat 600 s ago"}
    assert found["database"]["ok"]


def test_a_mail_that_waits_too_long_is_named(client: Client, beating: None) -> None:
    due = timezone.now() - timedelta(hours=1)
    mail = {"to": "a@example.org", "subject": "s", "text": "t", "kind": "test", "next_attempt_at": due}
    Email.objects.create(key="sent", state=EmailState.SENT, **mail)
    assert checks(client, 200)["outbox"]["ok"]
    Email.objects.create(key="waiting", state=EmailState.QUEUED, **mail)
    assert not checks(client, 503)["outbox"]["ok"]


def test_a_broken_part_does_not_hide_the_others(client: Client, beating: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("the wire is cut")

    monkeypatch.setitem(__import__("balis.health", fromlist=["CHECKS"]).CHECKS, "broker", broken)
    found = checks(client, 503)
    assert found["broker"] == {"ok": False, "detail": "OSError"}
    assert found["database"]["ok"]
