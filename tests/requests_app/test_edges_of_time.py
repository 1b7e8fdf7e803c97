"""The clock frozen where one second makes the difference: midnight, month ends, leap day, new year."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Fine
from readers.actors import Actor
from readers.models import Reader
from requests_app.errors import MoveRefused, SubmissionRefused
from requests_app.models import LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from requests_app.submission_warnings import WarningsUnconfirmed
from tests.factories import ReaderFactory

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
SECOND = timedelta(seconds=1)


def midnight(day: date) -> datetime:
    """The moment at which that day begins in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)


# Lent for thirty days on the first date, so due on the second.
LOANS = [
    (date(2026, 3, 11), date(2026, 4, 10)),
    (date(2028, 1, 30), date(2028, 2, 29)),  # leap day
    (date(2027, 1, 29), date(2027, 2, 28)),
    (date(2026, 12, 1), date(2026, 12, 31)),  # new year
]


@pytest.mark.parametrize(("lent_on", "due"), LOANS, ids=str)
@pytest.mark.parametrize(("after", "days_late"), [(-SECOND, 0), (timedelta(), 1), (24 * 3600 * SECOND - SECOND, 1)])
def test_late_begins_with_the_day_after_the_due_date(
    request_at: RequestAt, cast: Cast, lent_on: date, due: date, after: timedelta, days_late: int
) -> None:
    request = request_at(State.ON_LOAN, submitted_at=midnight(lent_on) + timedelta(hours=-21))
    assert (timezone.localdate(request.state_since), request.due_date) == (lent_on, due)
    at = midnight(due + timedelta(days=1)) + after
    assert request.is_overdue(timezone.localdate(at)) == bool(days_late)
    event = move(request=request, verb="take_back", by=cast["H"], at=at)
    assert event.details.get("days_late", 0) == days_late
    assert [fine.days_late for fine in Fine.objects.all()] == [days_late] * bool(days_late)


@pytest.mark.parametrize("day", [date(2027, 1, 1), date(2028, 2, 29), date(2028, 3, 1), date(2026, 5, 1)], ids=str)
@pytest.mark.parametrize("state", [State.SUBMITTED, State.ACCEPTED])
def test_the_hour_runs_over_midnight(request_at: RequestAt, cast: Cast, day: date, state: State) -> None:
    request = request_at(state, submitted_at=midnight(day) - timedelta(minutes=30))
    over = midnight(day) + timedelta(minutes=30)
    assert request.cancel_deadline == over
    if state == State.ACCEPTED:
        with pytest.raises(MoveRefused, match="00:30之前可以撤销"):
            move(request=request, verb="ship", by=cast["L"], at=over - SECOND)
    with pytest.raises(MoveRefused):
        move(request=request, verb="cancel", by=cast["R"], at=over)
    assert move(request=request, verb="cancel", by=cast["R"], at=over - SECOND).to_state == State.CANCELLED


@pytest.mark.parametrize("first", [date(2026, 4, 1), date(2027, 1, 1), date(2028, 3, 1)], ids=str)
def test_a_monthly_quota_begins_anew_at_midnight_of_the_first(
    submit: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary, first: date
) -> None:
    LendingPolicy.objects.create(library=cumtb, monthly_quota=2)
    readers = [ReaderFactory.create(library=bupt) for _ in range(4)]
    last_second = midnight(first) - SECOND
    submit(reader=readers[0], at=last_second)
    second = submit(reader=readers[1], at=last_second)
    with pytest.raises(SubmissionRefused, match="本月的受理数量（2件）已满") as refused:
        submit(reader=readers[2], at=last_second)
    assert refused.value.rule == "quota"
    move(request=second, verb="cancel", by=Actor.of_reader(readers[1]), at=last_second)
    submit(reader=readers[2], at=last_second)  # what was taken back does not count
    with pytest.raises(SubmissionRefused):
        submit(reader=readers[3], at=last_second)
    assert submit(reader=readers[3], at=last_second + SECOND).state == State.SUBMITTED


def test_a_quota_left_open_is_no_quota_and_zero_takes_nothing(submit: RequestAt, cumtb: MemberLibrary) -> None:
    submit()
    LendingPolicy.objects.create(library=cumtb, monthly_quota=0)
    with pytest.raises(SubmissionRefused):
        submit()


@pytest.mark.parametrize("field", ["suspended_until", "expires_on"])
def test_a_day_that_is_included_ends_at_midnight(submit: RequestAt, reader: Reader, field: str) -> None:
    day = date(2028, 2, 29)
    if field == "suspended_until":
        reader.suspended_on, reader.suspended_until, reader.suspension_reason = day, day, "押金"
    else:
        reader.expires_on = day
    reader.save()
    last_second = midnight(date(2028, 3, 1)) - SECOND
    barred, free = (
        (last_second, last_second + SECOND) if field == "suspended_until" else (last_second + SECOND, last_second)
    )
    with pytest.raises(SubmissionRefused) as refused:
        submit(at=barred)
    assert refused.value.rule == "not_approved"
    assert submit(at=free).state == State.SUBMITTED


def test_the_same_book_is_asked_about_for_exactly_a_day(submit: RequestAt) -> None:
    first = submit(at=midnight(date(2028, 2, 29)), confirmed=())
    with pytest.raises(WarningsUnconfirmed, match="请先确认") as asked:
        submit(at=midnight(date(2028, 3, 1)) - SECOND, confirmed=())
    assert [(warning.key, first.number in warning.text) for warning in asked.value.warnings] == [
        ("asked_for_lately", True)
    ]
    assert submit(at=midnight(date(2028, 3, 1)), confirmed=()).state == State.SUBMITTED
