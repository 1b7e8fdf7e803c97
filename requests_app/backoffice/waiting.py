"""How many requests wait in each queue, and since when."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, F, Min, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from requests_app.backoffice.queues import ALL_OPEN, OVERDUE, QUEUES, DeskSide, at_desk
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import FINAL_STATES, State


@dataclass(frozen=True)
class Waiting:
    """`count` requests, the oldest of which has been in its state since `oldest` (None when there is none)."""

    count: int = 0
    oldest: datetime | None = None

    def add(self, other: "Waiting") -> "Waiting":
        moments = [moment for moment in (self.oldest, other.oldest) if moment is not None]
        return Waiting(self.count + other.count, min(moments, default=None))

    @property
    def days(self) -> int:
        """Whole days that the oldest has waited."""
        return 0 if self.oldest is None else max(timedelta(0), timezone.now() - self.oldest).days


@dataclass(frozen=True)
class SlowLender:
    """One lender's unanswered and undispatched requests, for the center."""

    library: MemberLibrary
    unanswered: int
    to_ship: int
    oldest: datetime

    @property
    def days(self) -> int:
        return max(timedelta(0), timezone.now() - self.oldest).days


Counts = dict[tuple[str, str], Waiting]  # (desk side, queue key) → what waits there


def with_waiting_since(queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
    """Adds `waiting_since`: when the request entered its present state (its last event that changed it)."""
    last_move = (
        RequestEvent.objects.filter(request=OuterRef("pk"), to_state=OuterRef("state"))
        .exclude(from_state=F("to_state"))
        .order_by("-sequence")
        .values("at")
    )
    return queryset.annotate(waiting_since=Subquery(last_move[:1], output_field=DateTimeField()))


def waiting_counts(library: MemberLibrary | None, *, today: date | None = None) -> Counts:
    """What waits in every queue of both desks of the library (None: of all libraries). One statement.

    Finished requests are not counted: nobody waits for them, and there are many.
    """
    today = today or timezone.localdate()
    queryset = LoanRequest.objects.open()
    if library is not None:
        queryset = queryset.of_library(library)
    grouping = ["state"] if library is None else ["state", "lender_id"]
    rows = (
        with_waiting_since(queryset)
        .values(*grouping)
        .annotate(
            number_waiting=Count("pk"),
            oldest=Min("waiting_since"),
            overdue=Count("pk", filter=Q(due_date__lt=today)),
            oldest_overdue=Min("waiting_since", filter=Q(due_date__lt=today)),
        )
        .order_by()
    )
    counts: Counts = defaultdict(Waiting)
    for row in rows:
        for side in _sides_of(row, library):
            for queue in QUEUES[side]:
                if queue.key == OVERDUE:
                    if row["state"] in queue.states:
                        late = Waiting(row["overdue"], row["oldest_overdue"])
                        counts[side, OVERDUE] = counts[side, OVERDUE].add(late)
                elif row["state"] in queue.states or queue.key == ALL_OPEN:
                    counts[side, queue.key] = counts[side, queue.key].add(Waiting(row["number_waiting"], row["oldest"]))
    return dict(counts)


def counts_of_desk(request: HttpRequest) -> Counts:
    """`waiting_counts` of the active desk, read once per web request: list and sidebar both show them."""
    counts: Counts | None = getattr(request, "_waiting_counts", None)
    if counts is None:
        desk = desk_of(request)
        counts = {} if desk is None else waiting_counts(desk.library)
        request._waiting_counts = counts  # type: ignore[attr-defined]
    return counts


def _sides_of(row: dict[str, Any], library: MemberLibrary | None) -> tuple[DeskSide, ...]:
    if library is not None:
        return (DeskSide.LENDER,) if row["lender_id"] == library.pk else (DeskSide.HOME,)
    return (DeskSide.HOME,) if row["state"] == State.HOME_REVIEW else (DeskSide.LENDER, DeskSide.HOME)


def slow_lenders(limit: int = 8) -> list[SlowLender]:
    """Lenders with something to answer or to ship, the longest wait first. Two statements."""
    rows = (
        with_waiting_since(LoanRequest.objects.filter(state__in=[State.SUBMITTED, State.ACCEPTED]))
        .values("lender_id")
        .annotate(
            unanswered=Count("pk", filter=Q(state=State.SUBMITTED)),
            to_ship=Count("pk", filter=Q(state=State.ACCEPTED)),
            oldest=Min("waiting_since"),
        )
        .order_by("oldest", "lender_id")[:limit]
    )
    found = list(rows)
    libraries = MemberLibrary.objects.in_bulk([row["lender_id"] for row in found])
    return [
        SlowLender(libraries[row["lender_id"]], row["unanswered"], row["to_ship"], row["oldest"])
        for row in found
        if row["oldest"] is not None
    ]


def in_queue(
    queryset: QuerySet[LoanRequest], side: str, key: str, library: MemberLibrary | None
) -> QuerySet[LoanRequest]:
    """The requests of one queue (an unknown key: all of that desk)."""
    queryset = queryset.filter(at_desk(side, library))
    queue = next((queue for queue in QUEUES[side] if queue.key == key), None)
    if queue is None:
        return queryset
    if queue.key == ALL_OPEN:
        return queryset.exclude(state__in=FINAL_STATES)
    queryset = queryset.filter(state__in=queue.states)
    return queryset.filter(due_date__lt=timezone.localdate()) if queue.key == OVERDUE else queryset
