"""Monthly figures from events only: 请求, 满足, 处理, 满足率, per library as lender and as home.

Each request gives at most one event to each figure (its first), and that event lies in one month; the figures of
lenders and of home libraries are sums over the same rows, so they always agree.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from catalog.models import MemberLibrary
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import State


class Figure(StrEnum):
    """What is counted; PROCESSED is the sum of the three answers and counted from them."""

    REQUESTS = "requests"
    FILLED = "filled"
    UNFILLED = "unfilled"
    EXPIRED = "expired"
    PROCESSED = "processed"


class Side(StrEnum):
    LENDER = "lender"
    HOME = "home"


# Which events make a request count. A request that was filled stays so: what happens later is no second answer.
# What was undone never happened, and an undo brings about nothing new.
_IS_REQUESTED = Q(to_state=State.SUBMITTED) & ~Q(verb="undo")
_IS_FILLED = Q(verb__in=["ship", "make_ready"])
_IS_UNFILLED = Q(verb="decline")
_IS_EXPIRED = Q(verb="expire")
_STANDS = ~Exists(RequestEvent.objects.filter(request=OuterRef("request"), undoes=OuterRef("sequence")))
COUNTED: dict[str, tuple[Q, Q]] = {  # figure → (this event counts it, unless one of these came before)
    Figure.REQUESTS: (_IS_REQUESTED, _IS_REQUESTED),
    Figure.FILLED: (_IS_FILLED, _IS_FILLED),
    Figure.UNFILLED: (_IS_UNFILLED, _IS_FILLED | _IS_UNFILLED | _IS_EXPIRED),
    Figure.EXPIRED: (_IS_EXPIRED, _IS_FILLED | _IS_UNFILLED | _IS_EXPIRED),
}
ANSWERS = (Figure.FILLED, Figure.UNFILLED, Figure.EXPIRED)
# What the request itself knows of its first such event, as the moves keep it; a list need not look through the events.
KEPT_AS = {Figure.REQUESTS: "submitted_at", Figure.FILLED: "filled_at"}
_LIBRARY_FIELD = {Side.LENDER: "lender_id", Side.HOME: "home_library_id"}


@dataclass
class Figures:
    """One library (or all) in one month, at one of its two desks; numbers of requests."""

    requests: int = 0
    filled: int = 0
    unfilled: int = 0
    expired: int = 0

    @property
    def processed(self) -> int:
        return self.filled + self.unfilled + self.expired

    @property
    def fill_rate(self) -> float | None:
        """满足率 between 0 and 1; None while nothing was processed."""
        return self.filled / self.processed if self.processed else None

    def add(self, figure: str, number: int) -> None:
        setattr(self, figure, getattr(self, figure) + number)

    def __bool__(self) -> bool:
        return bool(self.requests or self.processed)


@dataclass
class LibraryMonth:
    """One library's month: as lender (what others asked of it) and as home (what its readers asked for)."""

    library: MemberLibrary
    as_lender: Figures = field(default_factory=Figures)
    as_home: Figures = field(default_factory=Figures)


@dataclass
class MonthTotal:
    """The figures of one month at one desk, for the course of a year."""

    month: date
    figures: Figures = field(default_factory=Figures)


def first_day(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date, months: int = 1) -> date:
    """The first day of the month that lies `months` later (negative: earlier)."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def counting_events(figure: str, first: date, last: date) -> QuerySet[RequestEvent]:
    """The events that make requests count for a figure (not PROCESSED) in the months first..last, inclusive.

    Months are those of Beijing. The bounds of time stand outside the condition on earlier events: a request counts
    in the month of its first such event and never again.
    """
    counts, came_before = COUNTED[figure]
    earlier = RequestEvent.objects.filter(
        came_before, _STANDS, request=OuterRef("request"), sequence__lt=OuterRef("sequence")
    )
    return RequestEvent.objects.filter(
        counts, _STANDS, ~Exists(earlier), at__gte=_midnight(first_day(first)), at__lt=_midnight(month_after(last))
    )


Pair = tuple[int, int]  # keys of lender and home library


def figures_by_pair(month: date, library: MemberLibrary | None = None) -> dict[Pair, Figures]:
    """The month's figures of every pair of lender and home library that has any (of those `library` is in).

    All other figures of a month are sums of these. Four statements.
    """
    pairs: dict[Pair, Figures] = defaultdict(Figures)
    for figure in COUNTED:
        for row in _by_pair(counting_events(figure, month, month), library):
            pair = (row["request__lender_id"], row["request__home_library_id"])
            pairs[pair].add(figure, row["number_of_requests"])
    return pairs


def _by_pair(events: QuerySet[RequestEvent], library: MemberLibrary | None) -> Iterable[Mapping[str, Any]]:
    """Requests per pair of lender and home library."""
    if library is not None:
        events = events.filter(Q(request__lender=library) | Q(request__home_library=library))
    return (
        events.values("request__lender_id", "request__home_library_id")
        .annotate(number_of_requests=Count("pk"))
        .order_by()
    )


def monthly_figures(month: date, library: MemberLibrary | None = None) -> list[LibraryMonth]:
    """The month's figures of every library that has any (or of `library`, always one row), by member code.

    `month` is any day of it. Five statements, whatever the number of libraries.
    """
    return months_of_pairs(figures_by_pair(month, library), library)


def months_of_pairs(pairs: Mapping[Pair, Figures], library: MemberLibrary | None = None) -> list[LibraryMonth]:
    """The figures of pairs added up by library, as lender and as home. One statement, none for one library."""
    counted: dict[tuple[int, Side], Figures] = defaultdict(Figures)
    for (lender, home), figures in pairs.items():
        for figure in COUNTED:
            counted[lender, Side.LENDER].add(figure, getattr(figures, figure))
            counted[home, Side.HOME].add(figure, getattr(figures, figure))
    wanted = sorted({pk for pk, _side in counted})
    libraries = [library] if library is not None else MemberLibrary.objects.filter(pk__in=wanted).order_by("code")
    return [LibraryMonth(each, counted[each.pk, Side.LENDER], counted[each.pk, Side.HOME]) for each in libraries]


def partners_of_month(
    pairs: Mapping[Pair, Figures], library: MemberLibrary
) -> dict[Side, list[tuple[MemberLibrary, Figures]]]:
    """With whom that library had to do, at each of its desks, most requests first. One statement."""
    others = MemberLibrary.objects.in_bulk({pk for pair in pairs for pk in pair})
    by_side: dict[Side, list[tuple[MemberLibrary, Figures]]] = {Side.LENDER: [], Side.HOME: []}
    for (lender, home), figures in pairs.items():
        if lender == library.pk:
            by_side[Side.LENDER].append((others[home], figures))
        elif home == library.pk:
            by_side[Side.HOME].append((others[lender], figures))
    for rows in by_side.values():
        rows.sort(key=lambda row: (-row[1].requests, -row[1].processed, row[0].code))
    return by_side


def reasons_of_month(month: date, library: MemberLibrary, side: Side) -> list[tuple[str, int]]:
    """Why requests of that desk were not filled in the month, most frequent first. One statement."""
    events = counting_events(Figure.UNFILLED, month, month).filter(**{f"request__{_LIBRARY_FIELD[side]}": library.pk})
    rows = events.values("reason").annotate(number_of_requests=Count("pk")).order_by("-number_of_requests", "reason")
    return [(row["reason"], row["number_of_requests"]) for row in rows]


def total(rows: Iterable[LibraryMonth]) -> tuple[Figures, Figures]:
    """All rows added up: as lenders, as home libraries. Over all libraries the two are equal."""
    as_lender, as_home = Figures(), Figures()
    for row in rows:
        for figure in COUNTED:
            as_lender.add(figure, getattr(row.as_lender, figure))
            as_home.add(figure, getattr(row.as_home, figure))
    return as_lender, as_home


def year_course(last_month: date, *, side: Side, library: MemberLibrary | None = None) -> list[MonthTotal]:
    """Twelve months up to and with `last_month`, oldest first, as lender or as home. Four statements."""
    months = [month_after(first_day(last_month), -back) for back in range(11, -1, -1)]
    totals = {month: MonthTotal(month) for month in months}
    for figure in COUNTED:
        events = counting_events(figure, months[0], months[-1])
        if library is not None:
            events = events.filter(**{f"request__{_LIBRARY_FIELD[side]}": library.pk})
        rows = (
            events.annotate(month=TruncMonth("at")).values("month").annotate(number_of_requests=Count("pk")).order_by()
        )
        for row in rows:
            totals[timezone.localdate(row["month"])].figures.add(figure, row["number_of_requests"])
    return list(totals.values())


def requests_behind(
    figure: str,
    month: date,
    *,
    side: Side | None = None,
    library: MemberLibrary | None = None,
    among: QuerySet[LoanRequest] | None = None,
) -> QuerySet[LoanRequest]:
    """The requests that one number of the monthly page counts (side and library None: of all libraries).

    among: the requests to choose from, by default all.
    """
    at_library, of_event = Q(), Q()
    for each in Side:
        if library is not None and side in (None, each):
            at_library |= Q(**{_LIBRARY_FIELD[each]: library.pk})
            of_event |= Q(**{f"request__{_LIBRARY_FIELD[each]}": library.pk})
    behind: list[QuerySet[Any, Any]] = []
    for each_figure in ANSWERS if figure == Figure.PROCESSED else (Figure(figure),):
        if (moment := KEPT_AS.get(each_figure)) is not None:
            in_month = {f"{moment}__gte": _midnight(first_day(month)), f"{moment}__lt": _midnight(month_after(month))}
            behind.append(LoanRequest.objects.filter(at_library, **in_month).order_by().values("pk"))
        else:
            behind.append(counting_events(each_figure, month, month).filter(of_event).values("request"))
    first, *others = behind
    requests = LoanRequest.objects.all() if among is None else among
    return requests.filter(pk__in=first.union(*others, all=True) if others else first)
