"""The mail outbox: a row in the transaction of what happened, then SMTP; what is guaranteed stands in docs/mail.md."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.utils import formataddr, parseaddr
from enum import Enum
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from catalog.models import MemberLibrary
from notices.letters import draw_html
from notices.models import Email, EmailState
from readers.models import Reader

logger = logging.getLogger(__name__)

# A mail server may be away for a whole weekend: 1, 2, 4 … minutes, then every 6 hours, about three days in all.
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
MAX_ATTEMPTS = 20
# Between claim and lock lies a moment; a claimed row that nobody has locked after this time has lost its worker.
CLAIM_GRACE = timedelta(seconds=10)
# One sweep ends before many more have piled up behind it; the next one goes on.
SWEEP_SIZE = 500
# So many failures in a row mean that the server is away; the others keep their attempts for later.
SWEEP_PATIENCE = 3

# Kinds of mail that may have become untrue while they waited; asked in the moment of sending.
STILL_TRUE: dict[str, Callable[[Email], bool]] = {}

_recording_history: ContextVar[bool] = ContextVar("recording_history", default=False)


class Outcome(Enum):
    """What became of one attempt to deliver one mail."""

    SENT = "sent"
    WITHDRAWN = "withdrawn"  # it says something that is no longer true
    RETRY = "retry"
    FAILED = "failed"
    NOT_OURS = "not ours"  # sent already, claimed by another worker, or not due


@dataclass(frozen=True)
class SweepReport:
    """What one sweep did: mails taken back from dead workers, sent, and not sent this time."""

    reclaimed: int
    sent: int
    unsent: int


# --- Writing a mail ---------------------------------------------------------------------------------------


def write_email(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    kind: str,
    library: MemberLibrary | None = None,
    reader: Reader | None = None,
    request_number: str = "",
    sender_name: str = "",
    reply_to: str = "",
    at: datetime | None = None,
) -> Email:
    """One mail as it will stand in the outbox; `queue_emails` puts it there.

    `key` names the event and the recipient. Without an address the row is kept as UNADDRESSED, so that the library can
    see what it missed and have it sent later.
    """
    at = at or timezone.now()
    state = EmailState.SENT if _recording_history.get() else EmailState.QUEUED
    if not to:
        state = EmailState.UNADDRESSED
    return Email(
        key=key,
        to=to,
        subject=one_line(subject)[:300],
        text=text,
        kind=kind,
        library=library,
        reader=reader,
        request_number=request_number,
        sender_name=one_line(sender_name)[:120],
        reply_to=reply_to,
        state=state,
        sent_at=at if state == EmailState.SENT else None,
        created_at=at,
        next_attempt_at=at,
    )


def queue_emails(emails: Iterable[Email]) -> None:
    """Put these mails into the outbox, to be sent as soon as the surrounding transaction is committed.

    One statement for all of them; a key that is there already changes nothing.
    """
    emails = list(emails)
    Email.objects.bulk_create(emails, ignore_conflicts=True)
    for email in emails:
        if email.state == EmailState.UNADDRESSED:
            logger.info("mail %s has no address; kept as unaddressed", email.key)
    if waiting := [email.key for email in emails if email.state == EmailState.QUEUED]:
        _send_after_commit(waiting)


def one_line(text: str) -> str:
    """The text without line breaks: what stands in a header must not start another one."""
    return " ".join(text.split())


@contextmanager
def recorded_as_history() -> Iterator[None]:
    """Inside it mails are recorded as sent at their own time and nothing is sent: for a past that is told, not lived.

    Only the demo world needs this: its requests moved "last month", and nobody wants those mails today.
    """
    token = _recording_history.set(True)
    try:
        yield
    finally:
        _recording_history.reset(token)


def keys_beginning_with(start: str) -> list[str]:
    """The keys of the mails of one event."""
    return list(Email.objects.filter(key__startswith=start).values_list("key", flat=True))


def withdraw(*, keys_begin_with: str) -> list[str]:
    """Take back the mails of an event that was undone, where they have not gone out; returns their keys."""
    waiting = Email.objects.filter(key__startswith=keys_begin_with, state=EmailState.QUEUED).select_for_update()
    keys = list(waiting.values_list("key", flat=True))
    Email.objects.filter(key__in=keys).update(state=EmailState.WITHDRAWN)
    return keys


def resend(*, email: Email, at: datetime | None = None) -> bool:
    """Give a mail that failed or had no address a fresh set of attempts; False when it is in neither state.

    A mail of a desk without address goes to the address that the library has now.
    """
    at = at or timezone.now()
    to = email.to
    if not to and email.reader_id is None and email.library is not None:
        to = email.library.email
    if not to:
        return False
    with transaction.atomic():
        changed = Email.objects.filter(pk=email.pk, state__in=[EmailState.FAILED, EmailState.UNADDRESSED]).update(
            state=EmailState.QUEUED, to=to, attempts=0, next_attempt_at=at, claimed_at=None
        )
        if changed:
            _send_after_commit([email.key])
    return bool(changed)


def _send_after_commit(keys: list[str]) -> None:
    def start() -> None:
        for key in keys:
            start_sending(key)

    # robust: the change that caused the mails is committed by then and must not look as if it had failed. (A named
    # function, because Django 5.2 asks a robust callback that fails for its __qualname__, which a partial has not.)
    transaction.on_commit(start, robust=True)


def start_sending(key: str) -> None:
    """Ask a worker to send this mail now. Without a broker the row simply waits for the next sweep.

    By its key, which is known without asking the database for the rows that were just written.
    """
    try:
        current_app.send_task("notices.tasks.send_email", args=(key,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, mail %s waits for the sweep: %s", key, error)


# --- Sending ------------------------------------------------------------------------------------------------


def due(at: datetime) -> "QuerySet[Email]":
    """Mails that wait and whose time has come, the one that waits longest first."""
    return Email.objects.filter(state=EmailState.QUEUED, next_attempt_at__lte=at).order_by("next_attempt_at", "pk")


def claim(*, email_id: int, at: datetime) -> Email | None:
    """Take one due mail for sending: QUEUED → SENDING, committed before anybody talks to the mail server.

    One UPDATE decides: of any number of workers exactly one gets the row, all others None.
    """
    with transaction.atomic(durable=True):
        claimed = due(at).filter(pk=email_id).order_by().update(
            state=EmailState.SENDING, claimed_at=at, attempts=F("attempts") + 1
        )  # fmt: skip
    return Email.objects.get(pk=email_id) if claimed else None


def deliver(*, email_id: int, at: datetime | None = None) -> Outcome:
    """Send one mail if it is due and nobody else has it. Safe to call any number of times.

    The row stays locked while the mail server is talked to: a lock dies with its process, so `reclaim` can tell a
    worker that is gone from one that is slow.
    """
    at = at or timezone.now()
    claimed = claim(email_id=email_id, at=at)
    if claimed is None:
        return Outcome.NOT_OURS
    with transaction.atomic():
        # A process that slept between claim and lock may find that the row was taken back.
        email = (
            Email.objects.select_for_update()
            .filter(pk=email_id, state=EmailState.SENDING, claimed_at=claimed.claimed_at)
            .first()
        )
        if email is None:
            return Outcome.NOT_OURS
        return _send(email, at)


def _send(email: Email, at: datetime) -> Outcome:
    """Hand the claimed and locked mail to the mail server and write down what came of it."""
    still_true = STILL_TRUE.get(email.kind)
    if still_true is not None and not still_true(email):
        email.state, email.claimed_at = EmailState.WITHDRAWN, None
        email.save(update_fields=["state", "claimed_at"])
        return Outcome.WITHDRAWN
    error = _hand_over(email)
    email.claimed_at = None
    if error is None:
        outcome = Outcome.SENT
        email.state, email.sent_at, email.last_error = EmailState.SENT, timezone.now(), ""
    else:
        is_last = email.attempts >= MAX_ATTEMPTS or _is_permanent(error)
        outcome = Outcome.FAILED if is_last else Outcome.RETRY
        email.state = EmailState.FAILED if is_last else EmailState.QUEUED
        email.next_attempt_at = at + retry_delay(email.attempts)
        email.last_error = one_line(f"{type(error).__name__}: {error}")[:2000]
    email.save(update_fields=["state", "sent_at", "claimed_at", "next_attempt_at", "last_error"])
    return outcome


def _hand_over(email: Email) -> Exception | None:
    """Talk to the mail server; None when it has taken the mail."""
    try:
        build_message(email).send()
    except (SMTPException, OSError) as error:
        logger.warning("mail %s attempt %s failed: %s", email.pk, email.attempts, error)
        return error
    except Exception as error:
        # Whatever it was, the row must say so; otherwise it would come back again and again without a word.
        logger.exception("mail %s attempt %s failed unexpectedly", email.pk, email.attempts)
        return error
    return None


class OutgoingMail(EmailMultiAlternatives):
    """Django's mail with the subject folded so that its first line is not blank, as mail filters prefer it."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        message = super().message(*args, **kwargs)
        subject = Header(one_line(str(self.subject)), "utf-8", header_name="Subject")
        message.replace_header("Subject", subject.encode())
        return message


def build_message(email: Email) -> OutgoingMail:
    """The mail as it goes over the wire. Its Message-ID comes from the row alone, so a second copy shows as one."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = OutgoingMail(
        subject=email.subject,
        body=email.text,
        from_email=formataddr((email.sender_name or name, address)),
        to=[email.to],
        reply_to=[email.reply_to] if email.reply_to else None,
        headers={
            "Message-ID": message_id(email),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(draw_html(email.subject, email.text), "text/html")
    return message


def message_id(email: Email) -> str:
    """`<balis.time.digest@domain>`, the same for every attempt to send this row and for no other row."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    written = email.created_at.astimezone(timezone.get_default_timezone())
    digest = hashlib.sha256(f"{email.key}|{email.pk}|{email.created_at.timestamp()}".encode()).hexdigest()
    return f"<balis.{written:%Y%m%d%H%M%S}.{digest[:20]}@{domain}>"


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: doubling, up to a limit."""
    return min(FIRST_RETRY * 2 ** min(attempts - 1, 16), LONGEST_RETRY)


def _is_permanent(error: Exception) -> bool:
    """The server says that this mailbox does not exist (5xx); asking again for three days would not help."""
    return isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code, _reply in error.recipients.values())


# --- What a crash left behind -------------------------------------------------------------------------------


def reclaim(*, at: datetime) -> int:
    """Take back mails whose worker died between claim and result; returns how many.

    A mail that has used up its attempts this way (it kills every worker that touches it) is FAILED instead.
    """
    with transaction.atomic():
        abandoned = list(
            Email.objects.select_for_update(skip_locked=True)
            .filter(state=EmailState.SENDING, claimed_at__lt=at - CLAIM_GRACE)
            .order_by("pk")
        )
        for email in abandoned:
            is_last = email.attempts >= MAX_ATTEMPTS
            email.state = EmailState.FAILED if is_last else EmailState.QUEUED
            email.claimed_at, email.next_attempt_at = None, at
            email.last_error = "the worker ended before the mail server had answered"
            email.save(update_fields=["state", "claimed_at", "next_attempt_at", "last_error"])
            logger.warning("mail %s taken back from a worker that is gone, now %s", email.pk, email.state)
    return len(abandoned)


def sweep(*, at: datetime | None = None) -> SweepReport:
    """Send everything that is due, whatever became of its task; runs every minute (balis/schedule.py)."""
    at = at or timezone.now()
    reclaimed = reclaim(at=at)
    sent = unsent = failures_in_a_row = 0
    for email_id in due(at).values_list("pk", flat=True)[:SWEEP_SIZE]:
        outcome = deliver(email_id=email_id)
        if outcome is Outcome.SENT:
            sent += 1
            failures_in_a_row = 0
        elif outcome is Outcome.FAILED:  # this one mail's own fault, the server did answer
            unsent += 1
        elif outcome is Outcome.RETRY:
            unsent += 1
            failures_in_a_row += 1
            if failures_in_a_row == SWEEP_PATIENCE:
                logger.warning("sweep stops after %s failures in a row; the mail server seems away", SWEEP_PATIENCE)
                break
    return SweepReport(reclaimed=reclaimed, sent=sent, unsent=unsent)
