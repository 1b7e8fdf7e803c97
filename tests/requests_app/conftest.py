"""Requests at any station of their road, made by the real services alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from readers.models import PickupCard, Reader, User
from readers.models.cards import CardState
from requests_app.models import BorrowingPolicy, DeliveryMethod, LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.services.submission import submit_request
from requests_app.states import BookAt, Reason, State

MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # Tuesday, nine o'clock in Beijing


@pytest.fixture
def cast(
    reader: Reader,
    bupt: MemberLibrary,
    cumtb: MemberLibrary,
    bnu: MemberLibrary,
    home_librarian: User,
    lending_librarian: User,
    strange_librarian: User,
    center_admin: User,
) -> dict[str, Actor]:
    """The actors by the letter of their capacity; X is the stranger."""
    return {
        "R": Actor.of_reader(reader),
        "H": Actor.of_librarian(home_librarian, bupt),
        "L": Actor.of_librarian(lending_librarian, cumtb),
        "C": Actor.of_center(center_admin, "电话委托"),
        "S": Actor.system(),
        "X": Actor.of_librarian(strange_librarian, bnu),
    }


@pytest.fixture
def submit(reader: Reader, cumtb: MemberLibrary, copy: Holding) -> Callable[..., LoanRequest]:
    """Submit a request for the cast's copy; any argument of the service may be given instead."""

    def _submit(**changes: Any) -> LoanRequest:
        values: dict[str, Any] = {
            "reader": reader,
            "lender": cumtb,
            "token": uuid4(),
            "delivery_method": DeliveryMethod.LOGISTICS,
            "title": copy.edition.full_title,
            "author": "石福庆",
            "publisher": "中国铁道出版社",
            "year": "1982",
            "call_number": copy.call_number,
            "holding": copy,
            "recipient_name": "林晓",
            "email": "linxiao@bupt.example",
            "at": MORNING,
        } | changes
        return submit_request(by=values.pop("by", Actor.of_reader(values["reader"])), **values)

    return _submit


# How each state is reached: verb, capacity, hours after submission, what is typed in.
Step = tuple[str, str, float, dict[str, Any]]
_ACCEPT: Step = ("accept", "L", 0.5, {"barcode": "C6024202"})
_ROAD: list[Step] = [
    _ACCEPT,
    ("ship", "L", 2, {}),
    ("receive", "H", 26, {"condition": "完好"}),
    ("hand_out", "H", 30, {}),
    ("take_back", "H", 24 * 14, {"condition": "完好"}),
    ("ship_back", "H", 24 * 15, {}),
    ("check_in", "L", 24 * 17, {"barcode": "C6024202"}),
]
_LOST: list[Step] = [*_ROAD[:4], ("declare_lost", "H", 24 * 14, {"amount": Decimal("80")})]
_PICKUP: list[Step] = [_ACCEPT, ("make_ready", "L", 2, {})]
WAYS: dict[State, list[Step]] = {
    State.SUBMITTED: [],
    State.ACCEPTED: _ROAD[:1],
    State.SHIPPED: _ROAD[:2],
    State.ARRIVED: _ROAD[:3],
    State.ON_LOAN: _ROAD[:4],
    State.RETURNED: _ROAD[:5],
    State.RETURN_SHIPPED: _ROAD[:6],
    State.COMPLETED: _ROAD,
    State.READY_AT_LENDER: _PICKUP,
    State.UNCOLLECTED: [*_PICKUP, ("not_collected", "L", 24 * 12, {})],
    State.CANCELLED: [("cancel", "R", 0.25, {})],
    State.UNFILLED: [("decline", "L", 1, {"reason": Reason.NOT_ON_SHELF, "note": "已登记查找"})],
    State.EXPIRED: [("expire", "S", 24 * 5, {})],
    State.HOME_REVIEW: [],
    State.REJECTED: [("reject", "H", 1, {"reason": Reason.INCOMPLETE})],
    State.LOST: _LOST,
    State.CLOSED_LOST: [*_LOST, ("settle_lost", "L", 24 * 20, {})],
    State.CLOSED: [*_ROAD[:2], ("close", "C", 24 * 3, {"note": "两馆商定", "book_at": BookAt.LENDER})],
}
FETCHED = frozenset({State.READY_AT_LENDER, State.UNCOLLECTED})  # by the reader, at a lender that allows it


@pytest.fixture
def request_at(
    submit: Callable[..., LoanRequest], cast: dict[str, Actor], bupt: MemberLibrary, cumtb: MemberLibrary
) -> Callable[..., LoanRequest]:
    """`request_at(State.ARRIVED)` walks a new request there; `submitted_at=` moves the whole story in time."""

    def _request_at(state: State, submitted_at: datetime = MORNING, **changes: Any) -> LoanRequest:
        if state in (State.HOME_REVIEW, State.REJECTED):
            _ask_for_home_review(bupt)
        if state in FETCHED:
            changes = {"delivery_method": DeliveryMethod.SELF_PICKUP, **changes}
            open_for_pickup(cumtb, changes.get("reader", cast["R"].reader))
        request = submit(at=submitted_at, **changes)
        for verb, capacity, hours, details in WAYS[state]:
            barcode = {"barcode": request.holding.barcode} if "barcode" in details and request.holding else {}
            move(
                request=request,
                verb=verb,
                by=cast[capacity],
                at=submitted_at + timedelta(hours=hours),
                **{**details, **barcode},
            )
        assert request.state == state
        return request

    return _request_at


def _ask_for_home_review(library: MemberLibrary) -> None:
    BorrowingPolicy.objects.update_or_create(library=library, defaults={"home_review": True})


def open_for_pickup(library: MemberLibrary, reader: Reader | None) -> LendingPolicy:
    """The library offers 自取自还, and the reader has the card for it."""
    if reader is not None and not reader.cards.valid(MORNING.date()).exists():
        PickupCard.objects.create(
            reader=reader,
            state=CardState.ISSUED,
            serial=f"C{reader.pk}",
            issued_at=MORNING,
            valid_until=date(2031, 7, 1),
        )
    policy, _made = LendingPolicy.objects.update_or_create(library=library, defaults={"self_pickup": True})
    return policy
