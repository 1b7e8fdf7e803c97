"""Background work of the outbox; every task is safe to run twice and calls one service."""

from celery import shared_task

from notices import outbox, reminders


@shared_task
def send_email(email_id: int) -> None:
    """Send one mail now; started after the commit that wrote it."""
    outbox.deliver(email_id=email_id)


@shared_task
def sweep_outbox() -> None:
    """Send what is due and take back what dead workers left; every minute."""
    outbox.sweep()


@shared_task
def send_reminders() -> None:
    """Tell readers of due dates; several times a day, each step once."""
    reminders.send_reminders()
