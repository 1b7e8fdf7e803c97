"""Announcing what happened to an account, with everything a letter needs."""

from datetime import datetime

from readers.models import Reader, User
from readers.signals import account_event


def announce(what: str, *, user: User, at: datetime, reader: Reader | None = None, **facts: str) -> None:
    """Tell the apps above, inside the transaction; `what` is a key of notices.routing.ACCOUNTS."""
    account_event.send(sender=User, what=what, user=user, reader=reader, at=at, facts=facts)
