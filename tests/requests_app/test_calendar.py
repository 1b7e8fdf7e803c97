"""Due dates and deadlines never fall on a closed day."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from catalog.models import MemberLibrary, Weekday
from requests_app import calendar
from requests_app.models import Closure, LendingPolicy, LoanRequest
from requests_app.states import State


@pytest.mark.parametrize(
    ("day", "open_day"),
    [
        (date(2026, 1, 16), date(2026, 1, 16)),  # the day before the vacation
        (date(2026, 1, 17), date(2026, 3, 2)),  # its first day: over the weekend that adjoins it, too
        (date(2026, 2, 28), date(2026, 3, 2)),  # its last day
        (date(2026, 3, 1), date(2026, 3, 2)),
        (date(2026, 3, 2), date(2026, 3, 2)),
    ],
)
def test_the_next_open_day(bupt: MemberLibrary, bnu: MemberLibrary, day: date, open_day: date) -> None:
    Closure.objects.create(library=bupt, starts_on=date(2026, 1, 17), ends_on=date(2026, 2, 28), reason="寒假")
    Closure.objects.create(library=None, starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 1))
    Closure.objects.create(library=bnu, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 9))
    assert calendar.next_open_day(bupt, day) == open_day


def test_closures_that_overlap(bupt: MemberLibrary) -> None:
    Closure.objects.create(library=bupt, starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 10))
    Closure.objects.create(library=bupt, starts_on=date(2026, 5, 3), ends_on=date(2026, 5, 5))
    assert calendar.next_open_day(bupt, date(2026, 5, 2)) == date(2026, 5, 11)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (date(2028, 1, 30), date(2028, 2, 29)),  # leap day
        (date(2027, 1, 30), date(2027, 3, 1)),
        (date(2026, 12, 2), date(2027, 1, 1)),  # new year
    ],
)
def test_thirty_days_over_the_ends_of_months_and_years(bupt: MemberLibrary, start: date, due: date) -> None:
    policy = LendingPolicy(library=bupt, loan_days=30)
    assert calendar.due_date(policy=policy, counted_from=start, place_of_return=bupt) == due


def test_a_book_is_not_due_while_the_home_library_is_closed(
    request_at: Callable[..., LoanRequest], bupt: MemberLibrary, cumtb: MemberLibrary
) -> None:
    Closure.objects.create(library=bupt, starts_on=date(2026, 4, 4), ends_on=date(2026, 4, 12))
    Closure.objects.create(library=cumtb, starts_on=date(2026, 4, 13), ends_on=date(2026, 4, 20))
    assert request_at(State.ON_LOAN).due_date == date(2026, 4, 13)


def test_a_book_is_not_to_be_fetched_while_the_home_library_is_closed(
    request_at: Callable[..., LoanRequest], bupt: MemberLibrary
) -> None:
    Closure.objects.create(library=bupt, starts_on=date(2026, 3, 18), ends_on=date(2026, 3, 18))
    assert request_at(State.ARRIVED).pickup_deadline == date(2026, 3, 19)


def test_a_closure_that_lasts_for_years_is_a_typing_error() -> None:
    with pytest.raises(ValidationError, match="一次闭馆最长400天"):
        Closure(starts_on=date(2027, 1, 10), ends_on=date(9999, 12, 31)).clean()
    Closure(starts_on=date(2027, 1, 10), ends_on=date(2027, 2, 28)).clean()


@pytest.mark.parametrize("field", ["loan_days", "answer_days", "pickup_days"])
def test_no_policy_lends_for_zero_days(cumtb: MemberLibrary, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        LendingPolicy(library=cumtb, **{field: 0}).full_clean()
    assert list(refusal.value.error_dict) == [field]


WEEKEND = [Weekday.SATURDAY, Weekday.SUNDAY]


@pytest.mark.parametrize(
    ("day", "after", "before"),
    [
        (date(2026, 4, 10), date(2026, 4, 10), date(2026, 4, 10)),  # Friday
        (date(2026, 4, 11), date(2026, 4, 13), date(2026, 4, 10)),
        (date(2026, 4, 12), date(2026, 4, 13), date(2026, 4, 10)),
        (date(2026, 5, 2), date(2026, 5, 7), date(2026, 4, 29)),  # in a closure whose ends touch weekends …
        (date(2026, 5, 9), date(2026, 5, 12), date(2026, 5, 8)),  # … and one that begins after a weekend
    ],
)
def test_weekly_closed_days(bupt: MemberLibrary, day: date, after: date, before: date) -> None:
    bupt.closed_weekdays = WEEKEND
    Closure.objects.create(library=bupt, starts_on=date(2026, 4, 30), ends_on=date(2026, 5, 6))
    Closure.objects.create(library=None, starts_on=date(2026, 5, 11), ends_on=date(2026, 5, 11))
    assert calendar.next_open_day(bupt, day) == after
    assert calendar.last_open_day_before(bupt, day) == before
    assert calendar.is_closed(bupt, day) == (day not in (after, before))


@pytest.mark.parametrize(("shifts", "due"), [(True, date(2026, 4, 13)), (False, date(2026, 4, 10))])
def test_a_book_is_not_due_at_the_weekend_of_a_library_that_is_closed_then(
    request_at: Callable[..., LoanRequest], bupt: MemberLibrary, cumtb: MemberLibrary, shifts: bool, due: date
) -> None:
    bupt.closed_weekdays = WEEKEND
    bupt.save()
    LendingPolicy.objects.create(library=cumtb, loan_days=32, vacation_shift=shifts)  # to Sunday, 12 April
    assert request_at(State.ON_LOAN).due_date == due


def test_a_library_opens_on_some_day(bupt: MemberLibrary) -> None:
    bupt.closed_weekdays = list(Weekday)
    with pytest.raises(IntegrityError, match="library_opens_on_some_day"):
        bupt.save()
