"""When a book usually arrives: counted every night per lender, and written to the library for the pages below."""

from collections import defaultdict
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from django.db.models import F, Min
from django.utils import timezone

from catalog.models import MemberLibrary
from requests_app.models import LoanRequest

COUNTED = timedelta(days=120)
FEWEST = 3  # arrivals from which on a lender's time is told
_AT_THE_COUNTER = ("receive", "make_ready")  # from here on the reader can fetch it


def count_arrivals(*, at: datetime | None = None) -> None:
    """Set MemberLibrary.arrival_days: the median of whole days from request to counter, None where little is known."""
    at = at or timezone.now()
    days: dict[int, list[int]] = defaultdict(list)
    arrived = LoanRequest.objects.filter(
        events__verb__in=_AT_THE_COUNTER, events__at__range=(at - COUNTED, at), submitted_at__isnull=False
    )
    waited = arrived.annotate(took=Min("events__at") - F("submitted_at")).order_by()
    for lender_id, took in waited.values_list("lender_id", "took"):
        days[lender_id].append(max(1, ceil(took / timedelta(days=1))))
    for library in MemberLibrary.objects.only("pk", "arrival_days"):
        theirs = days[library.pk]
        usual = ceil(median(theirs)) if len(theirs) >= FEWEST else None
        if usual != library.arrival_days:
            MemberLibrary.objects.filter(pk=library.pk).update(arrival_days=usual)
