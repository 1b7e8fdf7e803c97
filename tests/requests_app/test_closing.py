"""闭馆: due dates never fall on closed days, also when the closure is entered later; preview, shift, undo."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from catalog.models import MemberLibrary
from notices.models import Email
from readers.actors import Actor
from requests_app.models import Closure, LendingPolicy, LoanRequest
from requests_app.services.closing import enter_closure, preview, remove_closure
from requests_app.services.moves import move
from requests_app.states import State
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
TODAY = MORNING.date()
LATER = MORNING + timedelta(days=5)


@pytest.fixture
def loan(request_at: RequestAt) -> LoanRequest:
    """Due on Friday, 10 April."""
    request = request_at(State.ON_LOAN)
    assert request.due_date == date(2026, 4, 10)
    return request


def closure(library: MemberLibrary | None, first: date, last: date) -> Closure:
    return Closure(library=library, starts_on=first, ends_on=last, reason="清明维修")


def due(request: LoanRequest) -> date | None:
    return LoanRequest.objects.get(pk=request.pk).due_date


@pytest.mark.parametrize("of_all", [False, True])
def test_a_later_closure_shows_what_it_moves_and_writes_nothing(
    loan: LoanRequest, bupt: MemberLibrary, of_all: bool
) -> None:
    entered = closure(None if of_all else bupt, date(2026, 4, 8), date(2026, 4, 12))
    (shift,) = preview(entered, at=LATER)
    assert (shift.request, shift.field, shift.old, shift.new) == (
        loan, "due_date", date(2026, 4, 10), date(2026, 4, 13),
    )  # fmt: skip
    assert entered.pk is None
    assert not Closure.objects.exists()
    assert due(loan) == date(2026, 4, 10)


def test_entered_it_moves_them_and_tells_the_readers(loan: LoanRequest, cast: Cast, bupt: MemberLibrary) -> None:
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    assert len(enter_closure(closure=entered, by=cast["H"], shift=True, at=LATER)) == 1
    assert due(loan) == date(2026, 4, 13)
    (letter,) = Email.objects.filter(kind="dates_shifted_reader")
    assert "2026年4月13日" in letter.text
    assert "闭馆2026-04-08至2026-04-12" in letter.text
    assert preview(entered, at=LATER) == []


def test_it_may_be_entered_without_moving_anything(loan: LoanRequest, cast: Cast, bupt: MemberLibrary) -> None:
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    assert enter_closure(closure=entered, by=cast["H"], shift=False, at=LATER) == []
    assert due(loan) == date(2026, 4, 10)


def test_next_to_another_closure(loan: LoanRequest, bupt: MemberLibrary) -> None:
    Closure.objects.create(library=None, starts_on=date(2026, 4, 13), ends_on=date(2026, 4, 20))
    (shift,) = preview(closure(bupt, date(2026, 4, 8), date(2026, 4, 12)), at=LATER)
    assert shift.new == date(2026, 4, 21)


def test_only_at_the_place_of_return(loan: LoanRequest, cumtb: MemberLibrary, bnu: MemberLibrary) -> None:
    for library in (cumtb, bnu):
        assert preview(closure(library, date(2026, 4, 8), date(2026, 4, 12)), at=LATER) == []


def test_a_lender_without_shift_moves_to_the_last_open_day_before(
    request_at: RequestAt, bupt: MemberLibrary, cumtb: MemberLibrary
) -> None:
    LendingPolicy.objects.create(library=cumtb, vacation_shift=False)
    request_at(State.ON_LOAN)
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    (shift,) = preview(entered, at=LATER)
    assert shift.new == date(2026, 4, 7)
    # but never to a day sooner than in three days
    (shift,) = preview(entered, at=MORNING + timedelta(days=27))
    assert shift.new == date(2026, 4, 13)


def test_the_pickup_deadline_moves_too(request_at: RequestAt, cast: Cast, bupt: MemberLibrary) -> None:
    request = request_at(State.ARRIVED)  # to be fetched by 18 March
    entered = closure(bupt, date(2026, 3, 17), date(2026, 3, 19))
    enter_closure(closure=entered, by=cast["C"], shift=True, at=LATER)
    request.refresh_from_db()
    assert request.pickup_deadline == date(2026, 3, 20)
    event = request.events.get(verb="shift_dates")
    assert (event.capacity, event.on_behalf_of) == ("C", bupt)


def test_removing_it_brings_the_dates_back(loan: LoanRequest, cast: Cast, bupt: MemberLibrary) -> None:
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    enter_closure(closure=entered, by=cast["H"], shift=True, at=LATER)
    assert len(remove_closure(closure=entered, by=cast["H"], at=LATER + timedelta(days=1))) == 1
    assert due(loan) == date(2026, 4, 10)


def test_removing_it_late_leaves_three_days(loan: LoanRequest, cast: Cast, bupt: MemberLibrary) -> None:
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    enter_closure(closure=entered, by=cast["H"], shift=True, at=LATER)
    remove_closure(closure=entered, by=cast["H"], at=MORNING + timedelta(days=30))  # 9 April
    assert due(loan) == date(2026, 4, 12)


def test_removing_it_leaves_alone_what_was_changed_since(loan: LoanRequest, cast: Cast, bupt: MemberLibrary) -> None:
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 12))
    enter_closure(closure=entered, by=cast["H"], shift=True, at=LATER)
    loan.refresh_from_db()
    move(request=loan, verb="change_due", by=cast["L"], at=LATER, due_date=date(2026, 4, 30), note="可以多借几天")
    assert remove_closure(closure=entered, by=cast["H"], at=LATER) == []
    assert due(loan) == date(2026, 4, 30)


@pytest.mark.parametrize(("counts_from", "moved"), [("hand_out", False), ("dispatch", True), ("arrival", True)])
def test_a_due_date_that_hand_out_sets_anew_is_nobodys_news(
    request_at: RequestAt, cast: Cast, bupt: MemberLibrary, cumtb: MemberLibrary, counts_from: str, moved: bool
) -> None:
    LendingPolicy.objects.create(library=cumtb, counts_from=counts_from)
    request = request_at(State.ARRIVED)
    assert request.due_date is not None
    entered = closure(bupt, date(2026, 4, 8), date(2026, 4, 20))
    shifts = enter_closure(closure=entered, by=cast["H"], shift=True, at=MORNING + timedelta(hours=27))
    assert [shift.new for shift in shifts] == [date(2026, 4, 21)] * moved
    assert Email.objects.filter(kind="dates_shifted_reader").exists() == moved
    request.refresh_from_db()
    move(request=request, verb="hand_out", by=cast["H"], at=MORNING + timedelta(hours=30))
    assert request.due_date == date(2026, 4, 21)
