"""The ledger: what happened becomes a sum, the sum blocks the reader, and what never happened is taken back."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Holding, MemberLibrary
from notices.errors import FineRefused
from notices.fines import overdue_fine, settle
from notices.models import Email, Fine, FineState, SystemMessage
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.errors import SubmissionRefused
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.states import State
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
DAY = timedelta(days=1)
LATE = MORNING + timedelta(days=41)  # 20 April: due on the 10th


@pytest.mark.parametrize(
    ("per_day", "grace", "cap", "days", "amount"),
    [
        ("5.00", 0, None, 1, "5.00"),  # 国家图书馆
        ("0.50", 0, None, 7, "3.50"),  # 上海图书馆
        ("0.50", 3, None, 3, "0.00"),
        ("0.50", 3, None, 4, "0.50"),
        ("5.00", 0, "50.00", 30, "50.00"),
        ("0.00", 0, None, 30, "0.00"),
        ("0.33", 0, None, 3, "0.99"),
    ],
)
def test_the_fine_follows_the_lenders_policy(per_day: str, grace: int, cap: str | None, days: int, amount: str) -> None:
    policy = LendingPolicy(fine_per_day=Decimal(per_day), fine_grace_days=grace, fine_cap=cap and Decimal(cap))
    assert overdue_fine(policy, days) == Decimal(amount)


def returned_late(request_at: RequestAt, cast: Cast) -> LoanRequest:
    request = request_at(State.ON_LOAN)
    move(request=request, verb="take_back", by=cast["H"], at=LATE)
    return request


def test_a_late_return_opens_a_fine_that_blocks(
    request_at: RequestAt, submit: RequestAt, cast: Cast, cumtb: MemberLibrary, reader: Reader
) -> None:
    LendingPolicy.objects.create(library=cumtb, fine_per_day=Decimal("0.80"))
    request = returned_late(request_at, cast)
    fine = Fine.objects.get()
    assert (fine.request, fine.reader, fine.amount, fine.days_late) == (request, reader, Decimal("8.00"), 10)
    assert (fine.get_reason_display(), fine.get_liable_display(), fine.recorded_by) == ("逾期", "读者", "bupt")
    reader.refresh_from_db()
    assert reader.blocks == ["有未缴罚款8.00元"]
    with pytest.raises(SubmissionRefused, match=r"有未缴罚款8\.00元"):
        submit(at=LATE)
    assert Email.objects.get(kind="fined_reader").to == "linxiao@bupt.example"
    assert "8.00元" in SystemMessage.objects.get(title="罚款通知").text

    settle(fine=fine, state=FineState.PAID, by=cast["H"], at=LATE)
    assert (fine.state, fine.settled_by) == (FineState.PAID, "bupt")
    submit(at=LATE)


def test_the_policy_of_the_day_it_was_asked(request_at: RequestAt, cast: Cast, cumtb: MemberLibrary) -> None:
    request = request_at(State.ON_LOAN)
    LendingPolicy.objects.create(library=cumtb, fine_per_day=Decimal(5), valid_from=date(2026, 3, 20))
    move(request=request, verb="take_back", by=cast["H"], at=LATE)
    assert Fine.objects.get().amount == Decimal("5.00")  # the default, half a yuan a day


@pytest.mark.parametrize("days", [0, 1])
def test_the_due_day_itself_is_not_late(request_at: RequestAt, cast: Cast, days: int) -> None:
    """10 April: a second before midnight in Beijing is in time, midnight is a day late."""
    request = request_at(State.ON_LOAN)
    midnight = MORNING.replace(month=4, day=10, hour=16)
    at = midnight - timedelta(seconds=1) if not days else midnight
    move(request=request, verb="take_back", by=cast["H"], at=at)
    assert [fine.days_late for fine in Fine.objects.all()] == [1] * days


def test_a_home_library_may_let_fines_pass(
    request_at: RequestAt, submit: RequestAt, cast: Cast, bupt: MemberLibrary
) -> None:
    BorrowingPolicy.objects.create(library=bupt, fines_block=False)
    returned_late(request_at, cast)
    submit(at=LATE)


@pytest.mark.parametrize("overdue_blocks", [True, False])
def test_an_overdue_book_blocks_by_policy(
    request_at: RequestAt, submit: RequestAt, bupt: MemberLibrary, overdue_blocks: bool
) -> None:
    BorrowingPolicy.objects.create(library=bupt, overdue_blocks=overdue_blocks)
    request_at(State.ON_LOAN)
    submit(at=MORNING + 31 * DAY)  # the last day
    if overdue_blocks:
        with pytest.raises(SubmissionRefused, match="您有逾期未还的图书"):
            submit(at=MORNING + 32 * DAY)
    else:
        submit(at=MORNING + 32 * DAY)


def test_an_undone_return_takes_the_fine_back(request_at: RequestAt, cast: Cast, reader: Reader) -> None:
    request = returned_late(request_at, cast)
    move(request=request, verb="undo", by=cast["H"], at=LATE + timedelta(minutes=5))
    assert Fine.objects.get().state == FineState.REVERSED
    reader.refresh_from_db()
    assert reader.blocks == []
    move(request=request, verb="take_back", by=cast["H"], at=LATE + DAY)
    assert [(fine.days_late, fine.state) for fine in Fine.objects.all()] == [(11, "open"), (10, "reversed")]


@pytest.mark.parametrize(
    ("state", "who", "liable"),
    [
        (State.SHIPPED, "L", "logistics"),
        (State.ARRIVED, "H", "home"),
        (State.ON_LOAN, "H", "reader"),
        (State.RETURNED, "H", "home"),
        (State.RETURN_SHIPPED, "L", "logistics"),
    ],
)
def test_who_answers_for_a_lost_book(
    request_at: RequestAt, cast: Cast, reader: Reader, state: State, who: str, liable: str
) -> None:
    request = request_at(state)
    move(request=request, verb="declare_lost", by=cast[who], at=MORNING + 20 * DAY, amount=Decimal("120"))
    fine = Fine.objects.get()
    assert (request.state, request.liable, fine.liable, fine.amount) == (State.LOST, liable, liable, Decimal("120.00"))
    reader.refresh_from_db()
    assert bool(reader.blocks) == (liable == "reader")
    assert reader.open_requests == int(liable == "reader")  # a lost book takes a place only then


def test_a_lost_book_is_paid_for_or_found(request_at: RequestAt, cast: Cast, copy: Holding, reader: Reader) -> None:
    request = request_at(State.CLOSED_LOST)
    copy.refresh_from_db()
    assert (Fine.objects.get().state, copy.shown_status_label) == (FineState.PAID, "遗失")
    move(request=request, verb="found", by=cast["L"], at=MORNING + 30 * DAY)
    copy.refresh_from_db()
    assert (Fine.objects.get().state, copy.shown_status_label) == (FineState.REVERSED, "在架")
    assert request.state == State.COMPLETED
    reader.refresh_from_db()
    assert (reader.open_requests, reader.blocks) == (0, [])


def test_damage_opens_a_fine_for_whoever_had_the_book(request_at: RequestAt, cast: Cast) -> None:
    never_fetched = request_at(State.SHIPPED)
    move(request=never_fetched, verb="check_in", by=cast["L"], at=MORNING + 20 * DAY,
         barcode="C6024202", amount=Decimal("7.5"))  # fmt: skip
    read = request_at(State.RETURN_SHIPPED)
    move(request=read, verb="check_in", by=cast["L"], at=MORNING + 20 * DAY,
         barcode="C6024202", condition="缺页", amount=Decimal("30"))  # fmt: skip
    found = [(fine.reason, fine.liable, fine.amount) for fine in Fine.objects.order_by("pk")]
    assert found == [("damage", "home", Decimal("7.50")), ("damage", "reader", Decimal("30.00"))]


def test_a_fine_is_settled_once_and_waived_with_a_reason(request_at: RequestAt, cast: Cast) -> None:
    returned_late(request_at, cast)
    fine = Fine.objects.get()
    with pytest.raises(FineRefused, match="请说明原因"):
        settle(fine=fine, state=FineState.WAIVED, by=cast["H"], note=" ")
    settle(fine=fine, state=FineState.WAIVED, by=cast["H"], note="住院")
    with pytest.raises(FineRefused, match="已经处理过：已免除"):
        settle(fine=fine, state=FineState.PAID, by=cast["H"])


def test_a_sum_that_was_left_open_is_written_down_later(
    client: Client, request_at: RequestAt, cast: Cast, lending_librarian: User, reader: Reader
) -> None:
    request = request_at(State.ON_LOAN)
    move(request=request, verb="declare_lost", by=cast["H"], at=LATE)
    fine = Fine.objects.get()
    assert fine.amount is None
    assert not Reader.objects.get(pk=reader.pk).blocks
    assert not Email.objects.filter(key__startswith="fine/").exists()

    client.force_login(lending_librarian)
    page, act = (
        reverse("admin:notices_fine_change", args=[fine.pk]),
        reverse("admin:notices_fine_settle", args=[fine.pk]),
    )
    assert 'name="amount"' in client.get(page).text
    for wrong in ("", "abc", "0", "-3", "1e99", "NaN"):
        answer = client.post(act, {"state": "assess", "amount": wrong}, follow=True).text
        assert "请填写大于0的金额。" in answer
        assert f'value="{wrong}"' in answer, "what was typed stays in its field"
    assert "已登记：86.50元。" in client.post(act, {"state": "assess", "amount": " 86.5 "}, follow=True).text
    fine.refresh_from_db()
    assert (fine.amount, fine.state) == (Decimal("86.50"), FineState.OPEN)
    assert Reader.objects.get(pk=reader.pk).blocks == ["有未缴罚款86.50元"]
    assert "86.50" in Email.objects.get(key__startswith="fine/").text
    assert 'name="amount"' not in client.get(page).text
    assert "已有金额" in client.post(act, {"state": "assess", "amount": "5"}, follow=True).text


def test_the_lender_knows_the_reader_until_the_fine_is_settled(
    client: Client, request_at: RequestAt, cast: Cast, lending_librarian: User, strange_librarian: User
) -> None:
    request = returned_late(request_at, cast)
    move(request=request, verb="ship_back", by=cast["H"], at=LATE + DAY)
    move(request=request, verb="check_in", by=cast["L"], at=LATE + 2 * DAY, barcode="C6024202")
    page = reverse("admin:requests_app_loanrequest_change", args=[request.pk])
    name, found = request.reader.name, reverse("admin:requests_app_loanrequest_changelist") + "?q="

    def told(user: User) -> tuple[bool, bool]:
        client.force_login(user)
        return name in client.get(page).text, request.number in client.get(found + name).text

    assert request.state == State.COMPLETED
    assert told(lending_librarian) == (True, True)
    assert told(strange_librarian) == (False, False)
    settle(fine=Fine.objects.get(), state=FineState.PAID, by=cast["H"])
    assert told(lending_librarian) == (False, False)
