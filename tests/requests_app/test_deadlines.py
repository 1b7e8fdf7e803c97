"""What is to be answered today, asked of many rows at once, is what each request's own clock says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import MemberLibrary
from requests_app.backoffice.queues import DeskSide
from requests_app.backoffice.waiting import in_queue
from requests_app.calendar.working_time import working_start
from requests_app.deadlines import Look
from requests_app.models import Closure, LendingPolicy, LoanRequest
from requests_app.moves.silence import clock_of
from requests_app.states import State

RequestAt = Callable[..., LoanRequest]
FRIDAY = datetime(2026, 3, 13, 3, 0, tzinfo=UTC)  # eleven o'clock in Beijing


@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("closed_at", ["nowhere", "lender", "everywhere", "elsewhere"])
@pytest.mark.parametrize("asked_before", [0.2, 1, 1.5, 2, 2.5, 3, 4, 6, 8])
def test_the_queue_is_what_the_clocks_say(
    request_at: RequestAt, cumtb: MemberLibrary, bnu: MemberLibrary, days: int, closed_at: str, asked_before: float
) -> None:
    LendingPolicy.objects.create(library=cumtb, answer_days=days)
    Closure.objects.create(library=bnu, starts_on=date(2026, 3, 11), ends_on=date(2026, 3, 11))
    if closed_at in ("lender", "everywhere"):
        library = cumtb if closed_at == "lender" else None
        Closure.objects.create(library=library, starts_on=date(2026, 3, 12), ends_on=date(2026, 3, 12))
    with time_machine.travel(FRIDAY, tick=False):
        request = request_at(State.SUBMITTED, submitted_at=FRIDAY - timedelta(days=asked_before))
        clock = clock_of(request)
        assert clock is not None
        midnight = timezone.make_aware(datetime(2026, 3, 14))
        due = clock.deadline <= midnight
        for library in (cumtb, None):
            queue = in_queue(LoanRequest.objects.all(), DeskSide.LENDER, "due_today", Look(library, FRIDAY))
            assert list(queue) == ([request] if due else [])


DAYS = st.dates(date(2026, 3, 1), date(2026, 3, 31))


@given(
    end=st.datetimes(datetime(2026, 3, 20), datetime(2026, 3, 31)),
    days=st.integers(1, 6),
    closed=st.sets(DAYS, max_size=6),
)
def test_a_start_is_found_from_which_just_that_time_has_passed(end: datetime, days: int, closed: set[date]) -> None:
    moment = timezone.make_aware(end)
    start = working_start(moment, days, closed)
    passed, at = timedelta(), start
    while at < moment:
        midnight = timezone.make_aware(
            datetime.combine(timezone.localdate(at) + timedelta(days=1), datetime.min.time())
        )
        until = min(midnight, moment)
        if timezone.localdate(at).weekday() < 5 and timezone.localdate(at) not in closed:
            passed += until - at
        at = until
    assert passed == timedelta(days=days)
