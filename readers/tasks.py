"""Background work of accounts; every task is safe to run twice and calls one service."""

from celery import shared_task

from readers.accounts import lockout
from readers.registration import forgetting, roster


@shared_task
def forget_wrong_passwords() -> None:
    """Delete the counts of wrong passwords whose wait is over; they hold addresses of people."""
    lockout.forget_old_counts()


@shared_task
def forget_registrations() -> None:
    """Delete rosters nobody confirmed, and refused or never verified registrations that nobody came back to."""
    roster.forget_old_uploads()
    forgetting.forget_registrations()
