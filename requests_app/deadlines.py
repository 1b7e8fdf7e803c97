"""Which requests have to be answered by a moment: the clocks of moves/silence.py asked of many rows at once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, DateTimeField, F, Func, IntegerField, Q, Value
from django.db.models.functions import Cast, Coalesce
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
        usual = working_start(end, number, closed_everywhere)
        own = {key: working_start(end, number, closed_everywhere | closed) for key, closed in closed_at.items()}
        due |= terms & Q(state_since__lte=_start_at_lender(own, usual))
    return Q(state=State.SUBMITTED) & due


def _start_at_lender(own: dict[int, datetime], usual: datetime) -> Value | Coalesce:
    """The moment of each row's lender: its own, or the usual one. Two arrays, however many libraries have their own."""
    if not own:
        return Value(usual)
    lenders = Cast(Value(list(own)), ArrayField(BigIntegerField()))
    moments = Value(list(own.values()), output_field=ArrayField(DateTimeField()))
    place = Func(lenders, F("lender_id"), function="array_position", output_field=IntegerField())
    return Coalesce(_Element(moments, place, output_field=DateTimeField()), Value(usual))


class _Element(Func):
    """`(array)[place]`; NULL where the place is NULL."""

    template = "(%(expressions)s]"
    arg_joiner = ")["


def _days_agreed(lender: MemberLibrary | None) -> list[int]:
    """Every number of days in which somebody has to answer, in any version of a policy."""
    versions = LendingPolicy.objects.all() if lender is None else LendingPolicy.objects.filter(library=lender)
    agreed = versions.order_by().values_list("answer_days", flat=True).distinct()
    return sorted({*agreed, int(settings.ILL["ANSWER_DAYS"])})
