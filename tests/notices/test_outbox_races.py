"""Two workers and one mail, with real threads, transactions and a real SMTP server."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from notices import outbox
from notices.models import Email, EmailState
from notices.outbox import Outcome
from tests.notices.conftest import MailServer, queue

pytestmark = pytest.mark.django_db(transaction=True)


def at_the_same_moment(count: int, work: Callable[[], Outcome]) -> list[Outcome]:
    """Run `work` in that many threads that start together; each has its own database connection."""
    barrier, outcomes = threading.Barrier(count), []

    def run() -> None:
        try:
            barrier.wait(timeout=10)
            outcomes.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(outcomes) == count
    return outcomes


def test_of_many_workers_one_delivers(mail_server: MailServer) -> None:
    email = queue()

    outcomes = at_the_same_moment(6, lambda: outbox.deliver(email_id=email.pk))

    assert sorted(outcome.value for outcome in outcomes) == ["not ours"] * 5 + ["sent"]
    assert len(mail_server.received) == 1


def test_a_slow_worker_is_not_taken_for_a_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the mail server is being talked to, no sweep takes the mail away, however long it takes."""
    email = queue()
    talking, hang_up = threading.Event(), threading.Event()

    def slow_send(self: object, fail_silently: bool = False) -> int:
        talking.set()
        hang_up.wait(timeout=10)
        return 1

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slow_send)

    def deliver() -> None:
        try:
            outbox.deliver(email_id=email.pk)
        finally:
            connection.close()

    worker = threading.Thread(target=deliver)
    worker.start()
    assert talking.wait(timeout=10)
    try:
        assert Email.objects.get().state == EmailState.SENDING, "the claim is visible before the mail is sent"
        assert outbox.reclaim(at=timezone.now() + timedelta(hours=1)) == 0
    finally:
        hang_up.set()
        worker.join(timeout=10)
    assert Email.objects.get().state == EmailState.SENT


def test_a_worker_that_wakes_up_after_its_mail_was_taken_back_does_not_send_it(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = queue()
    claim = outbox.claim

    def claim_and_sleep(*, email_id: int, at: object) -> Email | None:
        claimed = claim(email_id=email_id, at=at)  # type: ignore[arg-type]
        outbox.reclaim(at=timezone.now() + timedelta(hours=1))
        return claimed

    monkeypatch.setattr(outbox, "claim", claim_and_sleep)

    assert outbox.deliver(email_id=email.pk) is Outcome.NOT_OURS
    assert mail_server.received == []
    assert Email.objects.get().state == EmailState.QUEUED


def test_a_claim_must_be_committed_before_anything_is_sent() -> None:
    from django.db import transaction

    email = queue()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        outbox.deliver(email_id=email.pk)


WORKER = """
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = "{database}"
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "{host}", {port}
django.setup()
from notices import outbox
outbox.deliver(email_id={email_id})
"""


def test_a_worker_killed_in_the_middle_of_a_mail_loses_nothing(mail_server: MailServer, settings: Any) -> None:
    """kill -9 while the mail server holds its answer back: the lock dies with the process, the sweep sends."""
    email = queue()
    mail_server.silent.set()
    script = WORKER.format(
        database=connection.settings_dict["NAME"],
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        email_id=email.pk,
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=settings.BASE_DIR)
    try:
        assert mail_server.asked.wait(timeout=60)
        in_an_hour = timezone.now() + timedelta(hours=1)
        assert outbox.reclaim(at=in_an_hour) == 0, "it is alive"
    finally:
        worker.kill()
        worker.wait(timeout=10)
    mail_server.silent.clear()

    deadline = time.monotonic() + 10  # the database notices within moments that its client is gone
    while outbox.reclaim(at=in_an_hour) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert outbox.deliver(email_id=email.pk, at=in_an_hour) is Outcome.SENT
    assert len(mail_server.received) == 1
