"""Printing is noted: when the pull slip of a request left the printer for the first time."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from readers.actors import Actor
from requests_app.models import LoanRequest


def mark_printed(*, pks: Iterable[int], by: Actor, at: datetime | None = None) -> dict[int, datetime]:
    """Stamp printed_at on the lender's requests that have none, and return those printed before: pk → when.

    Two clerks who print the same batch at once: one gets first prints, the other reprints. Requests of other lenders
    are left alone.
    """
    at = at or timezone.now()
    with transaction.atomic():
        own = LoanRequest.objects.filter(pk__in=list(pks), lender=by.library)
        rows = own.select_for_update(of=("self",)).order_by("pk").values_list("pk", "printed_at")
        before = {pk: printed_at for pk, printed_at in rows if printed_at is not None}
        own.filter(printed_at__isnull=True).update(printed_at=at)
    return before
