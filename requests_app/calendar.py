"""Open days, due dates and pick-up deadlines. A day is a date in Beijing; only closures close a day."""

from datetime import date, timedelta

from catalog.models import MemberLibrary
from requests_app.models import Closure, LendingPolicy
from requests_app.models.policies import LONGEST_CLOSURE_DAYS

_LOOK_AHEAD = timedelta(days=LONGEST_CLOSURE_DAYS)


def next_open_day(library: MemberLibrary, day: date) -> date:
    """`day` itself where that library is open, else the first open day after it."""
    closures = list(
        Closure.objects.affecting(library, day, day + _LOOK_AHEAD)
        .order_by("starts_on")
        .values_list("starts_on", "ends_on")
    )
    for starts_on, ends_on in closures:
        if starts_on <= day <= ends_on:
            day = ends_on + timedelta(days=1)
    return day


def due_date(*, policy: LendingPolicy, counted_from: date, place_of_return: MemberLibrary) -> date:
    """The last day of the loan: policy.loan_days after `counted_from`, moved to an open day of the place of return."""
    return next_open_day(place_of_return, counted_from + timedelta(days=policy.loan_days))


def pickup_deadline(*, library: MemberLibrary, days: int, arrived_on: date) -> date:
    """The last day to fetch a book that arrived on `arrived_on`, on an open day of that library."""
    return next_open_day(library, arrived_on + timedelta(days=days))
