"""Working time: the clocks of those who have to answer run from Monday to Friday and stand still on closed days."""

from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from catalog.models import MemberLibrary
from requests_app.models import Closure
from requests_app.models.policies import LONGEST_CLOSURE_DAYS

_DAY = timedelta(days=1)
_SATURDAY = 5


def working_time(library: MemberLibrary, start: datetime, end: datetime) -> timedelta:
    """How much of start … end lies on working days of that library; a whole working day is 24 hours. Never negative."""
    if end <= start:
        return timedelta()
    first, last = timezone.localdate(start), timezone.localdate(end)
    closed = _closed_days(library, first, last)
    passed, day = timedelta(), first
    while day <= last:
        if _works(day, closed):
            passed += min(end, _midnight(day + _DAY)) - max(start, _midnight(day))
        day += _DAY
    return passed


def working_deadline(library: MemberLibrary, start: datetime, days: int) -> datetime:
    """The moment at which `days` working days of that library have passed since `start`."""
    first = timezone.localdate(start)
    last = first + timedelta(days=LONGEST_CLOSURE_DAYS + 7 * (days + 1))
    closed = _closed_days(library, first, last)
    left, day, moment = days * _DAY, first, start
    while day <= last:
        if _works(day, closed):
            runs_from = max(moment, _midnight(day))
            until_midnight = _midnight(day + _DAY) - runs_from
            if left <= until_midnight:
                return timezone.localtime(runs_from + left)
            left -= until_midnight
        day += _DAY
    return _midnight(last)  # closed for longer than any vacation: the longest we look ahead


def working_start(end: datetime, days: int, closed: set[date]) -> datetime:
    """The latest moment from which `days` working days have passed at `end`; the reverse of `working_deadline`.

    `closed` are the days on which the clock stands still besides weekends.
    """
    left, day, moment = days * _DAY, timezone.localdate(end), end
    for _back in range(LONGEST_CLOSURE_DAYS + 7 * (days + 1)):
        if _works(day, closed):
            runs_from = _midnight(day)
            if left <= moment - runs_from:
                return moment - left
            left -= moment - runs_from
        moment = _midnight(day)
        day -= _DAY
    return moment  # closed for longer than any vacation


def closed_days_by_library(
    library: MemberLibrary | None, end: datetime, days: int
) -> tuple[set[date], dict[int, set[date]]]:
    """Days closed everywhere, and by library those closed there alone, as far back as `working_start` may look.

    Of one library only, or (None) of all. One statement.
    """
    last = timezone.localdate(end)
    first = last - timedelta(days=LONGEST_CLOSURE_DAYS + 7 * (days + 1))
    closures = Closure.objects.filter(starts_on__lte=last, ends_on__gte=first)
    if library is not None:
        closures = closures.filter(Q(library=library) | Q(library__isnull=True))
    everywhere: set[date] = set()
    own: dict[int, set[date]] = {}
    for library_id, starts_on, ends_on in closures.values_list("library_id", "starts_on", "ends_on"):
        closed = everywhere if library_id is None else own.setdefault(library_id, set())
        closed.update(_days(max(starts_on, first), min(ends_on, last)))
    return everywhere, own


def _works(day: date, closed: set[date]) -> bool:
    return day.weekday() < _SATURDAY and day not in closed


def _closed_days(library: MemberLibrary, first: date, last: date) -> set[date]:
    closures = Closure.objects.affecting(library, first, last).values_list("starts_on", "ends_on")
    return {day for starts_on, ends_on in closures for day in _days(max(starts_on, first), min(ends_on, last))}


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _midnight(day: date) -> datetime:
    """The moment at which that day begins in Beijing, whatever zone the reader of a page has chosen."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())
