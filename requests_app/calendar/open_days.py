"""Open days, due dates and pick-up deadlines."""

from datetime import date, timedelta

from catalog.models import MemberLibrary
from requests_app.models import Closure, LendingPolicy
from requests_app.models.policies import LONGEST_CLOSURE_DAYS

_LOOK = timedelta(days=LONGEST_CLOSURE_DAYS)
_DAY = timedelta(days=1)


def is_closed(library: MemberLibrary, day: date) -> bool:
    """Whether that library takes and gives no books on that day: its weekly closed day, or a closure."""
    return day.weekday() in library.closed_weekdays or Closure.objects.affecting(library, day, day).exists()


def next_open_day(library: MemberLibrary, day: date) -> date:
    """`day` itself where that library is open, else the first open day after it."""
    closures = list(Closure.objects.affecting(library, day, day + _LOOK).values_list("starts_on", "ends_on"))
    while True:
        if over := [ends_on for starts_on, ends_on in closures if starts_on <= day <= ends_on]:
            day = max(over) + _DAY
        elif day.weekday() in library.closed_weekdays:
            day += _DAY
        else:
            return day


def last_open_day_before(library: MemberLibrary, day: date) -> date:
    """`day` itself where that library is open, else the last open day before it."""
    closures = list(Closure.objects.affecting(library, day - _LOOK, day).values_list("starts_on", "ends_on"))
    while True:
        if begun := [starts_on for starts_on, ends_on in closures if starts_on <= day <= ends_on]:
            day = min(begun) - _DAY
        elif day.weekday() in library.closed_weekdays:
            day -= _DAY
        else:
            return day


def on_an_open_day(policy: LendingPolicy, place_of_return: MemberLibrary, due: date, not_before: date) -> date:
    """The due date where it falls on a closed day: moved on, or, for a lender without 顺延, back, but not to before
    `not_before`."""
    if not policy.vacation_shift:
        earlier = last_open_day_before(place_of_return, due)
        if earlier >= not_before:
            return earlier
    return next_open_day(place_of_return, due)


def due_date(*, policy: LendingPolicy, counted_from: date, place_of_return: MemberLibrary) -> date:
    """The last day of the loan: policy.loan_days after `counted_from`, moved to an open day of the place of return."""
    return on_an_open_day(policy, place_of_return, counted_from + timedelta(days=policy.loan_days), counted_from)


def pickup_deadline(*, library: MemberLibrary, days: int, arrived_on: date) -> date:
    """The last day to fetch a book that arrived on `arrived_on`, on an open day of that library."""
    return next_open_day(library, arrived_on + timedelta(days=days))
