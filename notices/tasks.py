"""Background work of the outbox; every task is safe to run twice and calls one service."""

from celery import shared_task

from notices import erasing, outbox, reminders
from notices.models import Email, FineState
from requests_app.anonymising import anonymise_closed
from requests_app.models import LoanRequest


@shared_task
def send_email(key: str) -> None:
    """Send the mail of this key now; started after the commit that wrote it. Nothing, if it is gone since."""
    email_id = Email.objects.filter(key=key).values_list("pk", flat=True).first()
    if email_id is not None:
        outbox.deliver(email_id=email_id)


@shared_task
def sweep_outbox() -> None:
    """Send what is due and take back what dead workers left; every minute."""
    outbox.sweep()


@shared_task
def send_reminders() -> None:
    """Tell readers of due dates; several times a day, each step once."""
    reminders.send_reminders()


@shared_task
def forget_people() -> None:
    """Requests that ended long ago forget whose they were, and old letters go; every night."""
    anonymise_closed(but=LoanRequest.objects.filter(fines__state=FineState.OPEN))
    erasing.forget_letters()
