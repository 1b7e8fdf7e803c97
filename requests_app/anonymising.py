"""Requests that are over forget whose they were; what is counted stays: states, events, libraries, dates, the book."""

import calendar
import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from readers.actors import Capacity
from readers.models import Reader, ReaderState
from readers.profile.nobody import nobody_of
from requests_app.models import DeskNote, LoanRequest, RequestEvent
from requests_app.signals import requests_anonymised
from requests_app.states import FINAL_STATES

logger = logging.getLogger(__name__)

# What of a request tells of its reader; every other field is about the book, the libraries or the course of things.
# A test fails when a field is in neither list.
PERSONAL = ("recipient_name", "email", "phone", "note", "own_reference", "reason_note")
# What of an event's details may name a person.
PERSONAL_DETAILS = ("collected_by", "on_behalf_reason", "override")
BATCH = 500


def anonymise_closed(*, at: datetime | None = None, but: QuerySet[LoanRequest] | None = None) -> int:
    """Anonymise the requests that ended ANONYMISE_MONTHS ago or earlier. Returns how many. Safe to run twice.

    Not those of a reader whom an unpaid fine or an overdue book still blocks, nor those of `but` (the app above knows
    which fines are open): they are needed until everything is settled.
    """
    months = int(settings.READERS["ANONYMISE_MONTHS"])
    if not months:
        return 0
    due = LoanRequest.objects.filter(
        state__in=FINAL_STATES,
        closed_at__lt=months_before(at or timezone.now(), months),
        reader__blocks=[],
    ).exclude(reader__state=ReaderState.CLOSED)  # nobody's already
    if but is not None:
        due = due.exclude(pk__in=but.values("pk"))
    count = 0
    while batch := list(due.select_related("home_library").order_by("pk")[:BATCH]):
        with transaction.atomic():
            _anonymise(batch)
            for request in batch:
                LoanRequest.objects.filter(pk=request.pk).update(reader=nobody_of(request.home_library))
        count += len(batch)
    if count:
        logger.info("anonymised %d closed requests", count)
    return count


def anonymise_of(*, reader: Reader) -> None:
    """Anonymise every request of a reader whose account is being closed; they stay with the row that has no name."""
    with transaction.atomic():
        _anonymise(list(LoanRequest.objects.filter(reader=reader)))


def _anonymise(requests: list[LoanRequest]) -> None:
    keys = [request.pk for request in requests]
    LoanRequest.objects.filter(pk__in=keys).update(**dict.fromkeys(PERSONAL, ""))
    RequestEvent.objects.filter(request__in=keys).update(before={})  # what undoing would restore; its time is long over
    DeskNote.objects.filter(request__in=keys).delete()  # words between desks may name anybody
    by_reader = RequestEvent.objects.filter(request__in=keys, capacity=Capacity.READER.value)
    by_reader.update(actor=None, actor_name="", note="")
    for event in RequestEvent.objects.filter(request__in=keys, details__has_any_keys=PERSONAL_DETAILS):
        event.details = {name: value for name, value in event.details.items() if name not in PERSONAL_DETAILS}
        event.save(update_fields=["details"])
    requests_anonymised.send(sender=LoanRequest, numbers=[request.number for request in requests])


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many calendar months earlier, or that month's last day."""
    month = moment.year * 12 + moment.month - 1 - months
    year, number = divmod(month, 12)
    day = min(moment.day, calendar.monthrange(year, number + 1)[1])
    return moment.replace(year=year, month=number + 1, day=day)
