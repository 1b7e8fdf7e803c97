"""提醒还书 and 图书催还: each step of each due date once, and never about a book that is back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from catalog.models import MemberLibrary
from notices import outbox
from notices.models import Email, EmailState, SystemMessage
from notices.reminders import Step, send_reminders, step_of
from readers.actors import Actor
from requests_app.models import LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
SCHEDULE = [-7, -3, 0, 1, 7, 14]
DUE = date(2026, 4, 10)
LENT = date(2026, 3, 11)


def day(number: int) -> datetime:
    """Eight in the morning in Beijing, so many days after the due date."""
    return MORNING.replace(month=4, day=10, hour=0) + timedelta(days=number)


@pytest.mark.parametrize(
    ("passed", "step"),
    [
        (-8, None), (-7, -7), (-6, -7), (-5, -7), (-4, None), (-3, -3), (-1, -3), (0, 0), (1, 1), (2, 1), (6, 1),
        (7, 7), (13, 7), (14, 14), (20, 14), (21, 21), (27, 21), (28, 28), (100, 98),
    ],
)  # fmt: skip
def test_which_step_is_due(passed: int, step: int | None) -> None:
    found = step_of(due=DUE, schedule=SCHEDULE, today=DUE + timedelta(days=passed), lent_on=LENT)
    assert found == (None if step is None else Step(DUE, step))


def test_nobody_is_reminded_of_a_day_before_the_loan_began() -> None:
    lent_on = DUE - timedelta(days=2)
    assert step_of(due=DUE, schedule=SCHEDULE, today=lent_on, lent_on=lent_on) is None
    assert step_of(due=DUE, schedule=SCHEDULE, today=DUE, lent_on=lent_on) == Step(DUE, 0)


def test_over_month_ends_and_a_leap_day() -> None:
    due = date(2028, 3, 1)
    assert step_of(due=due, schedule=SCHEDULE, today=date(2028, 2, 23), lent_on=LENT) == Step(due, -7)
    assert step_of(due=due, schedule=SCHEDULE, today=date(2028, 2, 27), lent_on=LENT) == Step(due, -3)


def test_the_whole_series(request_at: RequestAt) -> None:
    request_at(State.ON_LOAN)
    told = {number: send_reminders(at=day(number)) for number in range(-10, 23)}
    assert [number for number, count in told.items() if count] == [-7, -3, 0, 1, 7, 14, 21]
    assert send_reminders(at=day(22)) == 0
    readers = Email.objects.filter(kind__endswith="_reader", key__startswith="reminder/").order_by("pk")
    assert [mail.subject[:4] for mail in readers] == ["提醒还书"] * 3 + ["图书催还"] * 4
    assert Email.objects.filter(kind__in=["due_soon_home", "overdue_home"]).count() == 7
    message = SystemMessage.objects.filter(title="图书催还").first()
    assert message is not None
    assert message.sender is not None
    assert message.sender.code == "232060"  # the lender
    assert "联系本馆：北京邮电大学图书馆" in message.text


def test_several_runs_on_one_day_tell_once(request_at: RequestAt) -> None:
    request_at(State.ON_LOAN)
    assert [send_reminders(at=day(-3) + timedelta(hours=hours)) for hours in (0, 0, 5)] == [1, 0, 0]


def test_a_changed_due_date_starts_a_new_series(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ON_LOAN)
    assert send_reminders(at=day(-7)) == 1
    move(request=request, verb="change_due", by=cast["L"], at=day(-6), due_date=date(2026, 4, 20), note="可以")
    assert send_reminders(at=day(0)) == 0
    assert send_reminders(at=day(3)) == 1  # seven days before the new one


def test_only_of_books_in_readers_hands(request_at: RequestAt) -> None:
    for state in (State.ARRIVED, State.SHIPPED, State.RETURNED, State.LOST):
        request_at(state)
        assert send_reminders(at=day(1)) == 0
        LoanRequest.objects.update(copy_barcode="")


def test_a_lender_has_a_schedule_of_its_own(request_at: RequestAt, cumtb: MemberLibrary) -> None:
    LendingPolicy.objects.create(library=cumtb, reminder_days=[-10, 3])
    request_at(State.ON_LOAN)
    told = [number for number in range(-12, 18) if send_reminders(at=day(number))]
    assert told == [-10, 3, 10, 17]


def test_a_waiting_reminder_of_a_returned_book_is_not_sent(
    request_at: RequestAt, cast: Cast, mailoutbox: list[object]
) -> None:
    """Asked again in the moment of sending."""
    request = request_at(State.ON_LOAN)
    send_reminders(at=day(1))
    mail = Email.objects.get(kind="overdue_reader")
    move(request=request, verb="take_back", by=cast["H"], at=day(1))
    assert outbox.deliver(email_id=mail.pk, at=day(1)) is outbox.Outcome.WITHDRAWN
    mail.refresh_from_db()
    assert mail.state == EmailState.WITHDRAWN
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_a_true_one_is_sent(request_at: RequestAt, mailoutbox: list[object]) -> None:
    request_at(State.ON_LOAN)
    send_reminders(at=day(1))
    mail = Email.objects.get(kind="overdue_reader")
    assert outbox.deliver(email_id=mail.pk, at=day(1)) is outbox.Outcome.SENT
    assert len(mailoutbox) == 1
