"""The outbox: one mail per event, sent once, kept until it is sent, and never given up in silence."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import MemberLibrary
from notices import outbox
from notices.models import Email, EmailState
from notices.outbox import Outcome
from notices.tasks import send_email, sweep_outbox
from tests.notices.conftest import Broker, queue

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def failing_smtp(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """The mail server says the last error of this list to every mail; an empty list lets mails through."""
    errors: list[Exception] = [ConnectionRefusedError("connection refused")]
    original = mail.EmailMultiAlternatives.send

    def send(self: Any, fail_silently: bool = False) -> int:
        if errors:
            raise errors[-1]
        return original(self, fail_silently)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", send)
    return errors


# --- A row first, then a task -----------------------------------------------------------------------------


def test_a_mail_is_sent_after_the_commit_that_wrote_it(
    broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        email = queue()
        assert broker.started == []

    assert broker.started == [email.key]
    assert email.state == EmailState.QUEUED


def test_the_same_event_writes_one_mail(broker: Broker) -> None:
    queue()

    assert queue(to="other@bupt.example", text="again").to == "linxiao@bupt.example"
    assert Email.objects.count() == 1


def test_without_a_broker_the_change_succeeds_and_the_sweep_sends_later(
    broker: Broker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker.is_down = True
    with django_capture_on_commit_callbacks(execute=True):
        email = queue()

    assert "broker unreachable" in caplog.text
    email.refresh_from_db()
    assert email.state == EmailState.QUEUED
    sweep_outbox()
    email.refresh_from_db()
    assert email.state == EmailState.SENT
    assert len(mail.outbox) == 1


def test_no_trouble_of_the_broker_reaches_whoever_caused_the_mail(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def misconfigured(*args: object, **options: object) -> None:
        raise KeyError("No such transport: unix")

    monkeypatch.setattr(current_app, "send_task", misconfigured)
    with django_capture_on_commit_callbacks(execute=True):
        email = queue()

    assert "No such transport" in caplog.text
    assert outbox.deliver(email_id=email.pk) is Outcome.SENT


def test_a_mail_without_address_is_kept_and_sent_when_the_library_has_one(bupt: MemberLibrary) -> None:
    email = queue(to="", library=bupt)
    assert email.state == EmailState.UNADDRESSED
    outbox.sweep()
    assert mail.outbox == []

    assert outbox.resend(email=email)
    outbox.sweep()
    assert [message.to for message in mail.outbox] == [["ill@bupt.example"]]


def test_a_told_past_is_recorded_and_not_sent() -> None:
    last_month = NOON - timedelta(days=30)
    with outbox.recorded_as_history():
        email = queue(at=last_month)
    queue(key="another")

    assert (email.state, email.sent_at, email.created_at) == (EmailState.SENT, last_month, last_month)
    outbox.sweep()
    assert len(mail.outbox) == 1


# --- Sending ----------------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_however_often_its_task_runs() -> None:
    email = queue()

    send_email(email.key)
    send_email(email.key)
    sweep_outbox()

    email.refresh_from_db()
    assert len(mail.outbox) == 1
    assert (email.state, email.attempts, email.last_error, email.claimed_at) == (EmailState.SENT, 1, "", None)
    assert email.sent_at is not None


def test_a_task_for_a_mail_that_is_gone_does_nothing() -> None:
    assert outbox.deliver(email_id=987654) is Outcome.NOT_OURS


def test_a_failing_server_means_waiting_longer_each_time_and_giving_up_loudly(failing_smtp: list[Exception]) -> None:
    email = queue(at=NOON)
    now, waits = NOON, []
    for _attempt in range(outbox.MAX_ATTEMPTS - 1):
        assert outbox.deliver(email_id=email.pk, at=now) is Outcome.RETRY
        email.refresh_from_db()
        assert email.state == EmailState.QUEUED
        assert email.last_error == "ConnectionRefusedError: connection refused"
        waits.append(email.next_attempt_at - now)
        assert outbox.deliver(email_id=email.pk, at=email.next_attempt_at - timedelta(seconds=1)) is Outcome.NOT_OURS
        now = email.next_attempt_at
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[-1] == outbox.LONGEST_RETRY
    assert sum(waits, timedelta()) > timedelta(days=2.5), "a weekend without mail server must be survived"

    assert outbox.deliver(email_id=email.pk, at=now) is Outcome.FAILED
    email.refresh_from_db()
    assert (email.state, email.attempts) == (EmailState.FAILED, outbox.MAX_ATTEMPTS)
    assert outbox.deliver(email_id=email.pk, at=now + timedelta(days=9)) is Outcome.NOT_OURS


def test_a_mail_arrives_when_the_server_is_back(failing_smtp: list[Exception]) -> None:
    email = queue(at=NOON)
    outbox.deliver(email_id=email.pk, at=NOON)
    failing_smtp.clear()

    assert outbox.deliver(email_id=email.pk, at=NOON + timedelta(minutes=1)) is Outcome.SENT
    email.refresh_from_db()
    assert (email.state, email.attempts, email.last_error) == (EmailState.SENT, 2, "")


def test_a_mailbox_that_does_not_exist_fails_at_once(failing_smtp: list[Exception]) -> None:
    email = queue()
    failing_smtp.append(SMTPRecipientsRefused({"nobody@bupt.example": (550, b"user unknown")}))

    assert outbox.deliver(email_id=email.pk) is Outcome.FAILED


@pytest.mark.parametrize(
    "error",
    [
        SMTPRecipientsRefused({"linxiao@bupt.example": (451, b"greylisted")}),
        SMTPDataError(554, b"later"),
        KeyError("x"),
    ],
    ids=["greylisting", "refused data", "our own mistake"],
)
def test_any_other_error_is_tried_again(failing_smtp: list[Exception], error: Exception) -> None:
    email = queue()
    failing_smtp.append(error)

    assert outbox.deliver(email_id=email.pk) is Outcome.RETRY
    email.refresh_from_db()
    assert type(error).__name__ in email.last_error


def test_a_failed_mail_can_be_sent_again_with_fresh_attempts(failing_smtp: list[Exception]) -> None:
    email = queue()
    Email.objects.update(state=EmailState.FAILED, attempts=outbox.MAX_ATTEMPTS)
    failing_smtp.clear()

    assert outbox.resend(email=email)
    assert outbox.deliver(email_id=email.pk) is Outcome.SENT
    assert not outbox.resend(email=email), "a sent mail is not sent again"


# --- Crashes ----------------------------------------------------------------------------------------------


def crash_after_claim(email: Email, at: datetime) -> None:
    """The worker dies after it has taken the mail and before the mail server has answered."""
    assert outbox.claim(email_id=email.pk, at=at) is not None


def test_a_mail_whose_worker_died_is_swept_up() -> None:
    email = queue()
    crash_after_claim(email, timezone.now())
    send_email(email.key)  # the broker delivers the task again: the row is taken, nothing happens
    assert mail.outbox == []

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        report = outbox.sweep()

    email.refresh_from_db()
    assert (report.reclaimed, report.sent) == (1, 1)
    assert (email.state, email.attempts) == (EmailState.SENT, 2)
    assert len(mail.outbox) == 1


def test_a_worker_that_only_just_took_the_mail_is_left_alone() -> None:
    email = queue(at=NOON)
    crash_after_claim(email, NOON)

    assert outbox.reclaim(at=NOON + timedelta(seconds=5)) == 0


def test_a_mail_that_kills_every_worker_is_given_up() -> None:
    email = queue(at=NOON)
    Email.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    crash_after_claim(email, NOON)

    outbox.reclaim(at=NOON + timedelta(minutes=1))

    email.refresh_from_db()
    assert email.state == EmailState.FAILED
    assert "worker" in email.last_error


def test_a_second_copy_after_a_crash_carries_the_same_message_id() -> None:
    """The mail server took it, the worker died before it could say so: nobody can know, but the copy can be known."""
    email = queue()
    first = outbox.build_message(Email.objects.get(pk=email.pk)).message()["Message-ID"]
    Email.objects.update(attempts=3)
    again = outbox.build_message(Email.objects.get(pk=email.pk)).message()["Message-ID"]
    other = outbox.build_message(queue(key="another")).message()["Message-ID"]

    assert first == again != other
    assert first.endswith("@balis.example>")


# --- The sweep --------------------------------------------------------------------------------------------


def test_a_sweep_stops_when_the_server_is_away_and_spares_the_others_attempts(failing_smtp: list[Exception]) -> None:
    for number in range(outbox.SWEEP_PATIENCE + 4):
        queue(key=f"mail {number}")

    report = outbox.sweep()

    assert report.unsent == outbox.SWEEP_PATIENCE
    assert Email.objects.filter(attempts=0).count() == 4


def test_bad_addresses_do_not_stop_a_sweep(failing_smtp: list[Exception]) -> None:
    failing_smtp.append(SMTPRecipientsRefused({"nobody@bupt.example": (550, b"user unknown")}))
    for number in range(outbox.SWEEP_PATIENCE + 4):
        queue(key=f"mail {number}")

    assert outbox.sweep().unsent == outbox.SWEEP_PATIENCE + 4
    assert set(Email.objects.values_list("state", flat=True)) == {EmailState.FAILED}


def test_a_title_cannot_start_a_header_of_its_own() -> None:
    email = queue(subject="文献到馆\nBcc: everybody@example.org", sender_name="图书馆\r\nX-Evil: 1")

    headers = outbox.build_message(email).message()
    assert email.subject == "文献到馆 Bcc: everybody@example.org"
    assert headers["Bcc"] is None
    assert headers["X-Evil"] is None
