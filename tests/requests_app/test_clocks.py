"""The clocks: what the system does when nobody acts, to the second and in working days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from catalog.models import MemberLibrary, PauseKind, ServicePause
from notices.models import Email
from readers.actors import Actor
from requests_app import calendar, clocks
from requests_app.clocks import run_clocks
from requests_app.models import Closure, LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import FINAL_STATES, State
from tests.requests_app.conftest import MORNING, WAYS

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FRIDAY = datetime(2026, 3, 13, 7, 0, tzinfo=UTC)  # three in the afternoon in Beijing


def beijing(*parts: int) -> datetime:
    return timezone.make_aware(datetime(*parts), timezone.get_default_timezone())  # type: ignore[arg-type]


# --- working time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "deadline"),
    [
        (beijing(2026, 3, 10, 9), 2, beijing(2026, 3, 12, 9)),  # Tuesday to Thursday
        (beijing(2026, 3, 13, 15), 2, beijing(2026, 3, 17, 15)),  # Friday over the weekend to Tuesday
        (beijing(2026, 3, 14, 11), 2, beijing(2026, 3, 18, 0)),  # Saturday: the clock starts on Monday at midnight
        (beijing(2026, 2, 26, 12), 2, beijing(2026, 3, 2, 12)),  # the end of February
        (beijing(2028, 2, 28, 12), 1, beijing(2028, 2, 29, 12)),  # a leap day is a working day
        (beijing(2026, 12, 31, 23, 59, 59), 1, beijing(2027, 1, 1, 23, 59, 59)),  # the turn of the year
    ],
)
def test_working_days(bupt: MemberLibrary, start: datetime, days: int, deadline: datetime) -> None:
    assert calendar.working_deadline(bupt, start, days) == deadline
    assert calendar.working_time(bupt, start, deadline) == days * DAY
    assert calendar.working_time(bupt, start, deadline - SECOND) < days * DAY


def test_a_vacation_stops_the_clock(bupt: MemberLibrary, cumtb: MemberLibrary) -> None:
    Closure.objects.create(library=bupt, starts_on=date(2026, 3, 11), ends_on=date(2026, 3, 20))
    Closure.objects.create(library=None, starts_on=date(2026, 3, 23), ends_on=date(2026, 3, 23))
    start = beijing(2026, 3, 10, 9)
    assert calendar.working_deadline(bupt, start, 2) == beijing(2026, 3, 25, 9)
    assert calendar.working_deadline(cumtb, start, 2) == beijing(2026, 3, 12, 9)
    assert calendar.working_time(bupt, beijing(2026, 3, 12), beijing(2026, 3, 19)) == timedelta()
    assert calendar.working_time(bupt, beijing(2026, 3, 19), beijing(2026, 3, 12)) == timedelta()


# --- answering -----------------------------------------------------------------------------------------


def test_a_lender_is_warned_twice_and_then_the_request_expires(request_at: RequestAt) -> None:
    request = request_at(State.SUBMITTED)  # Tuesday at nine, two working days
    steps = []
    for at in (DAY - SECOND, DAY, DAY * 1.59, DAY * 1.6, DAY * 2 - SECOND, DAY * 2, DAY * 3):
        steps.append(dict(run_clocks(at=MORNING + at)))
    assert steps == [{}, {"warn": 1}, {}, {"warn": 1}, {}, {"expire": 1}, {}]
    request.refresh_from_db()
    assert (request.state, request.state_text) == (State.EXPIRED, "未满足，出借馆逾期未处理")
    told = Email.objects.filter(request_number=request.number).values_list("kind", flat=True)
    assert sorted(kind for kind in told if "warned" in kind or "expired" in kind) == [
        "expired_center", "expired_home", "expired_lender", "expired_reader", "warned_desk", "warned_desk",
    ]  # fmt: skip
    assert {event.capacity for event in request.events.filter(verb__in=["warn", "expire"])} == {"S"}


def test_the_days_are_those_of_the_policy_when_it_was_asked(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    LendingPolicy.objects.create(library=cumtb, answer_days=5)
    request = request_at(State.SUBMITTED)
    LendingPolicy.objects.create(library=cumtb, answer_days=1, valid_from=date(2026, 3, 11))
    run_clocks(at=MORNING + 4 * DAY)
    request.refresh_from_db()
    assert request.state == State.SUBMITTED
    assert request.terms.answer_days == 5


def test_an_accepted_book_has_to_be_sent(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)  # at half past nine; the hour ends at ten, and the clock starts then
    ten = MORNING + timedelta(hours=1)
    assert "expire" not in run_clocks(at=ten + 2 * DAY - SECOND)
    assert run_clocks(at=ten + 2 * DAY)["expire"] == 1
    request.refresh_from_db()
    assert request.state == State.EXPIRED
    assert request.copy is not None
    assert request.copy.out_on_request == ""


def test_a_closed_lender_has_more_time(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    request_at(State.SUBMITTED)
    Closure.objects.create(library=cumtb, starts_on=date(2026, 3, 11), ends_on=date(2026, 3, 31))
    assert not run_clocks(at=MORNING + 14 * DAY)["expire"]
    assert run_clocks(at=beijing(2026, 4, 2, 9))["expire"] == 1


def test_a_silent_home_library_has_approved(request_at: RequestAt) -> None:
    request = request_at(State.HOME_REVIEW)
    assert run_clocks(at=MORNING + DAY) == {"warn": 1}
    assert not Email.objects.filter(kind="warned_desk").exclude(to="ill@bupt.example").exists()
    assert run_clocks(at=MORNING + 2 * DAY) == {"approve": 1}
    request.refresh_from_db()
    assert (request.state, request.submitted_at) == (State.SUBMITTED, MORNING + 2 * DAY)  # the hour starts now


# --- what stops around it ------------------------------------------------------------------------------


def test_a_pause_of_lending_ends_what_was_not_sent(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    waiting, prepared = request_at(State.SUBMITTED), request_at(State.ACCEPTED)
    sent = request_at(State.SUBMITTED)
    ServicePause.objects.create(library=cumtb, kind=PauseKind.LENDING, starts_on=MORNING.date())
    assert run_clocks(at=MORNING + timedelta(hours=3)) == {"expire": 3}
    for request in (waiting, prepared, sent):
        request.refresh_from_db()
        assert request.state_text == "未满足，出借馆暂停服务"


def test_what_was_sent_runs_to_its_end(request_at: RequestAt, cast: Cast, cumtb: MemberLibrary) -> None:
    request = request_at(State.SHIPPED)
    cumtb.left_on = date(2026, 3, 11)
    cumtb.save()
    run_clocks(at=MORNING + 2 * DAY)
    for verb, who in (("receive", "H"), ("hand_out", "H"), ("take_back", "H"), ("ship_back", "H")):
        move(request=request, verb=verb, by=cast[who], at=MORNING + 3 * DAY)
    move(request=request, verb="check_in", by=cast["L"], at=MORNING + 4 * DAY, barcode="C6024202")
    assert request.state == State.COMPLETED


def test_a_pause_of_borrowing_ends_what_waits_at_home(request_at: RequestAt, cast: Cast, bupt: MemberLibrary) -> None:
    request = request_at(State.HOME_REVIEW)
    ServicePause.objects.create(library=bupt, kind=PauseKind.BORROWING, starts_on=MORNING.date())
    assert run_clocks(at=MORNING + timedelta(minutes=1)) == {"reject": 1}
    request.refresh_from_db()
    assert request.state_text == "本馆未通过，暂停服务"


# --- asking to cancel ----------------------------------------------------------------------------------


def test_a_lender_that_does_not_answer_has_agreed(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED, submitted_at=FRIDAY)
    asked = FRIDAY + timedelta(hours=2)
    move(request=request, verb="ask_cancel", by=cast["R"], at=asked)
    assert not run_clocks(at=asked + 3 * DAY - SECOND)["agree_cancel"]
    assert run_clocks(at=asked + 3 * DAY)["agree_cancel"] == 1  # Monday: one working day
    request.refresh_from_db()
    assert (request.state, request.cancel_asked_at) == (State.CANCELLED, None)


def test_a_closed_lender_agrees_at_once(request_at: RequestAt, cast: Cast, cumtb: MemberLibrary) -> None:
    request = request_at(State.SUBMITTED)
    Closure.objects.create(library=cumtb, starts_on=MORNING.date(), ends_on=MORNING.date())
    move(request=request, verb="ask_cancel", by=cast["R"], at=MORNING + timedelta(hours=2))
    assert run_clocks(at=MORNING + timedelta(hours=2)) == {"agree_cancel": 1}


def test_a_prepared_book_needs_the_lenders_answer(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    move(request=request, verb="ask_cancel", by=cast["R"], at=MORNING + timedelta(hours=2))
    run_clocks(at=MORNING + DAY + timedelta(hours=3))
    request.refresh_from_db()
    assert request.state == State.ACCEPTED


# --- flags ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.ARRIVED, State.READY_AT_LENDER])
def test_not_collected_is_flagged_on_the_day_after_the_deadline(request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    assert request.pickup_deadline is not None
    midnight = beijing(request.pickup_deadline.year, request.pickup_deadline.month, request.pickup_deadline.day) + DAY
    assert run_clocks(at=midnight - SECOND) == {}
    assert run_clocks(at=midnight) == {"pickup_overdue": 1}
    assert run_clocks(at=midnight + DAY) == {}
    request.refresh_from_db()
    assert (request.state, request.flags) == (state, ["逾期未取"])


@pytest.mark.parametrize("state", [State.SHIPPED, State.RETURN_SHIPPED])
def test_a_parcel_is_missing_after_ten_days(request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    assert run_clocks(at=request.state_since + 10 * DAY - SECOND) == {}
    assert run_clocks(at=request.state_since + 10 * DAY) == {"report_missing": 1}
    assert run_clocks(at=request.state_since + 11 * DAY) == {}
    assert Email.objects.filter(kind="missing_desk").count() == 2  # both libraries
    assert Email.objects.filter(kind="missing_center", to="ill@balis.example").count() == 1


def test_long_overdue_is_only_proposed_as_lost(request_at: RequestAt) -> None:
    request = request_at(State.ON_LOAN)
    assert request.due_date is not None
    day = beijing(request.due_date.year, request.due_date.month, request.due_date.day)
    assert run_clocks(at=day + 60 * DAY - SECOND) == {}
    assert run_clocks(at=day + 60 * DAY) == {"propose_lost": 1}
    request.refresh_from_db()
    assert request.state == State.ON_LOAN


# --- the job itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_what_is_over_is_left_alone(request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    assert run_clocks(at=MORNING + 300 * DAY) == {}
    assert LoanRequest.objects.get(pk=request.pk).state == state
    assert state in WAYS


def test_one_that_breaks_down_does_not_stop_the_others(request_at: RequestAt, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = request_at(State.SUBMITTED), request_at(State.SUBMITTED)
    strike = clocks._strike

    def sometimes(row: object, request: LoanRequest, at: datetime) -> bool:
        if request.pk == bad.pk:
            raise RuntimeError("no such table")
        return strike(row, request, at)  # type: ignore[arg-type]

    monkeypatch.setattr(clocks, "_strike", sometimes)
    with pytest.raises(clocks.ClockFailed, match=bad.number):
        run_clocks(at=MORNING + 5 * DAY)
    good.refresh_from_db()
    assert good.state == State.EXPIRED
    assert mail.outbox == []
