"""How many requests wait in each queue, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import BooleanField, Case, Count, Min, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from requests_app.backoffice.queues import FLAGS, OVERDUE, QUEUES, DeskSide, Queue, at_desk, queue_of
from requests_app.deadlines import Look
from requests_app.models import LoanRequest
from requests_app.states import State

SECONDS_COUNTED = 15  # how old the numbers of the center may be


@dataclass(frozen=True)
class Waiting:
    """`count` requests, the oldest of which has waited since `oldest` (None when there is none)."""

    count: int = 0
    oldest: datetime | None = None

    @property
    def days(self) -> int:
        """Whole days that the oldest has waited."""
        return 0 if self.oldest is None else max(timedelta(0), timezone.now() - self.oldest).days


@dataclass(frozen=True)
class LibraryAtWork:
    """What waits at the two desks of one library, for the center: numbers of requests, and since when."""

    library: MemberLibrary
    unanswered: int = 0
    due_today: int = 0
    to_ship: int = 0
    oldest: datetime | None = None  # of the unanswered and those to ship
    to_receive: int = 0
    to_return: int = 0
    overdue: int = 0

    @property
    def is_busy(self) -> bool:
        return any((self.unanswered, self.to_ship, self.to_receive, self.to_return, self.overdue))


Counts = dict[tuple[str, str], Waiting]  # (desk side, queue key) → what waits there


def look_of(request: HttpRequest) -> Look:
    """One look for everything on a page, so that its numbers and its list agree and deadlines are read once."""
    look: Look | None = getattr(request, "_look", None)
    if look is None:
        desk = desk_of(request)
        look = Look(None if desk is None else desk.library, timezone.now())
        request._look = look  # type: ignore[attr-defined]
    return look


def waiting_counts(look: Look) -> Counts:
    """What waits in every queue of both desks. Four statements, two of them for the deadlines.

    Finished requests are not counted: nobody waits for them, and there are many.
    """
    return {
        (side, key): waiting for side, queues in QUEUES.items() for key, waiting in _at_one_desk(side, queues, look)
    }


def _at_one_desk(side: str, queues: tuple[Queue, ...], look: Look) -> Iterable[tuple[str, Waiting]]:
    """The open requests are grouped by state and flags once; each queue is a sum of groups."""
    counted = [queue for queue in queues if queue.is_counted]
    flags = {queue.flag: _is_up(FLAGS[queue.flag](look)) for queue in counted if queue.flag}
    oldest = {f"oldest_{name}": Min(name) for name in dict.fromkeys(queue.since for queue in counted)}
    open_here = LoanRequest.objects.open().filter(at_desk(side, look.library))
    groups = list(open_here.order_by().annotate(**flags).values("state", *flags).annotate(n=Count("pk"), **oldest))
    for queue in counted:
        inside = [
            group
            for group in groups
            if (not queue.states or group["state"] in queue.states) and (not queue.flag or group[queue.flag])
        ]
        since = [group[f"oldest_{queue.since}"] for group in inside]
        moments = [_moment(moment) for moment in since if moment is not None]
        yield queue.key, Waiting(sum(group["n"] for group in inside), min(moments, default=None))


def _is_up(condition: Q) -> Case:
    """A condition as a column; what is not known is not so."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def counts_of_desk(request: HttpRequest) -> Counts:
    """`waiting_counts` of the active desk, read once per web request: list and sidebar both show them."""
    counts: Counts | None = getattr(request, "_waiting_counts", None)
    if counts is None:
        desk = desk_of(request)
        if desk is None:
            counts = {}
        elif desk.is_center:
            counts = _counts_of_all(look_of(request))
        else:
            counts = waiting_counts(look_of(request))
        request._waiting_counts = counts  # type: ignore[attr-defined]
    return counts


def _counts_of_all(look: Look) -> Counts:
    """What waits at the desks of all libraries, as it was up to SECONDS_COUNTED ago.

    For the center, which works off no queue itself: every open request of the consortium is read for these numbers.
    """
    counts: Counts | None = cache.get("waiting_at_all_desks")
    if counts is None:
        counts = waiting_counts(look)
        cache.set("waiting_at_all_desks", counts, SECONDS_COUNTED)
    return counts


def libraries_at_work(look: Look) -> list[LibraryAtWork]:
    """Every member library with what waits there: whose readers wait longest first, then those with nothing to answer.

    Three statements besides those of the deadlines.
    """
    found: dict[int, dict[str, Any]] = {}
    to_answer = LoanRequest.objects.filter(state__in=[State.SUBMITTED, State.ACCEPTED])
    lending = to_answer.values("lender_id").annotate(
        unanswered=Count("pk", filter=Q(state=State.SUBMITTED)),
        due_today=Count("pk", filter=look.answer_is_due),
        to_ship=Count("pk", filter=Q(state=State.ACCEPTED)),
        oldest=Min("state_since"),
    )
    for row in lending.order_by():
        found.setdefault(row["lender_id"], {}).update(row)
    at_home = LoanRequest.objects.filter(state__in=[State.SHIPPED, State.RETURNED, State.ON_LOAN])
    borrowing = at_home.values("home_library_id").annotate(
        to_receive=Count("pk", filter=Q(state=State.SHIPPED)),
        to_return=Count("pk", filter=Q(state=State.RETURNED)),
        overdue=Count("pk", filter=_queue(DeskSide.HOME, OVERDUE).holds(look)),
    )
    for each in borrowing.order_by():
        found.setdefault(each["home_library_id"], {}).update(each)
    libraries = MemberLibrary.objects.filter(Q(left_on__isnull=True) | Q(pk__in=sorted(found)))
    rows = [_at_work(library, found.get(library.pk, {})) for library in libraries.order_by("code")]
    return sorted(rows, key=lambda row: (row.oldest is None, row.oldest or look.at, not row.is_busy))


def in_queue(queryset: QuerySet[LoanRequest], side: str, key: str, look: Look) -> QuerySet[LoanRequest]:
    """The requests of one queue (an unknown key: all of that desk)."""
    queryset = queryset.filter(at_desk(side, look.library))
    queue = queue_of(side, key)
    return queryset if queue is None else queryset.filter(queue.holds(look))


def _at_work(library: MemberLibrary, numbers: dict[str, Any]) -> LibraryAtWork:
    return LibraryAtWork(library, **{name: value for name, value in numbers.items() if not name.endswith("_id")})


def _queue(side: str, key: str) -> Any:
    return queue_of(side, key)


def _moment(since: date | datetime) -> datetime:
    """A day counts from its beginning in Beijing."""
    if isinstance(since, datetime):
        return since
    return timezone.make_aware(datetime.combine(since, time.min), timezone.get_default_timezone())
