"""Which requests have to be answered by a moment: the clocks of moves/silence.py asked of many rows at once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from catalog.models import MemberLibrary
from requests_app.calendar.working_time import closed_days_by_library, working_start
from requests_app.models import LendingPolicy
from requests_app.states import State

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Look:
    """One look at the queues: when, and at the requests of which library (None: of all)."""

    library: MemberLibrary | None
    at: datetime

    @classmethod
    def now(cls, library: MemberLibrary | None) -> "Look":
        return cls(library, timezone.now())

    @property
    def today(self) -> date:
        return timezone.localdate(self.at)

    @cached_property
    def answer_is_due(self) -> Q:
        """Requests that expire today unless the lender answers, or would have expired already. Two statements."""
        midnight = timezone.make_aware(datetime.combine(self.today + _DAY, time.min), timezone.get_default_timezone())
        return answer_due_by(midnight, self.library)


def answer_due_by(end: datetime, lender: MemberLibrary | None) -> Q:
    """SUBMITTED requests whose lender's working days to answer are over at `end`.

    Instead of a deadline per request: the latest start from which the time is over, one per number of days, and one
    more for every library with closures of its own.
    """
    days = _days_agreed(lender)
    closed_everywhere, closed_at = closed_days_by_library(lender, end, max(days))
    due = Q()
    for number in days:
        terms = Q(lending_policy__answer_days=number)
        if number == int(settings.ILL["ANSWER_DAYS"]):
            terms |= Q(lending_policy__isnull=True)
        elsewhere = Q(state_since__lte=working_start(end, number, closed_everywhere))
        since = ~Q(lender__in=sorted(closed_at)) & elsewhere if closed_at else elsewhere
        for library_id, closed in closed_at.items():
            since |= Q(lender=library_id, state_since__lte=working_start(end, number, closed_everywhere | closed))
        due |= terms & since
    return Q(state=State.SUBMITTED) & due


def _days_agreed(lender: MemberLibrary | None) -> list[int]:
    """Every number of days in which somebody has to answer, in any version of a policy."""
    versions = LendingPolicy.objects.all() if lender is None else LendingPolicy.objects.filter(library=lender)
    agreed = versions.order_by().values_list("answer_days", flat=True).distinct()
    return sorted({*agreed, int(settings.ILL["ANSWER_DAYS"])})
