"""撤回上一步: what may be taken back, by whom, for how long, and that everything is what it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.moves.options import available_moves
from requests_app.moves.undoing import RESTORED
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.states import Reason, State
from requests_app.statistics.selectors import monthly_figures
from tests.requests_app.conftest import MORNING, WAYS

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
MINUTE = timedelta(minutes=1)

# The undoable move that leads from a state, with what is typed, and who makes it.
STEPS: list[tuple[State, str, str, dict[str, Any]]] = [
    (State.HOME_REVIEW, "approve", "H", {}),
    (State.SUBMITTED, "accept", "L", {"barcode": "C6024202"}),
    (State.SUBMITTED, "decline", "L", {"reason": Reason.NOT_HELD}),
    (State.ACCEPTED, "decline", "L", {"reason": Reason.DAMAGED}),
    (State.ACCEPTED, "ship", "L", {}),
    (State.SHIPPED, "receive", "H", {"condition": "完好"}),
    (State.ARRIVED, "hand_out", "H", {}),
    (State.ARRIVED, "take_back", "H", {}),  # with a caught_up event before it
    (State.ON_LOAN, "take_back", "H", {}),
    (State.RETURNED, "ship_back", "H", {}),
    (State.RETURN_SHIPPED, "check_in", "L", {"barcode": "C6024202"}),
    (State.SHIPPED, "check_in", "L", {"barcode": "C6024202"}),
]


def columns(request: LoanRequest) -> dict[str, Any]:
    return LoanRequest.objects.filter(pk=request.pk).values("state", *RESTORED).get()


@pytest.mark.parametrize(("state", "verb", "who", "typed"), STEPS)
def test_everything_is_what_it_was(
    request_at: RequestAt, cast: Cast, copy: Holding, state: State, verb: str, who: str, typed: dict[str, Any]
) -> None:
    request = request_at(state)
    before, status = columns(request), Holding.objects.get().out_on_request
    at = MORNING + timedelta(days=40)
    move(request=request, verb=verb, by=cast[who], at=at, **typed)  # type: ignore[arg-type]
    assert columns(request) != before

    event = move(request=request, verb="undo", by=cast[who], at=at + 119 * MINUTE)

    assert columns(request) == before
    assert Holding.objects.get().out_on_request == status
    assert (event.from_state, event.to_state) == (WAYS_TO[verb], state)
    assert event.details["undone"] == verb
    request.reader.refresh_from_db()
    assert request.reader.open_requests == LoanRequest.objects.counted().count()


WAYS_TO = {"approve": "SUBMITTED", "accept": "ACCEPTED", "decline": "UNFILLED", "ship": "SHIPPED",
           "receive": "ARRIVED", "hand_out": "ON_LOAN", "take_back": "RETURNED", "ship_back": "RETURN_SHIPPED",
           "check_in": "COMPLETED"}  # fmt: skip


def test_make_ready_too(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.READY_AT_LENDER)
    move(request=request, verb="undo", by=cast["L"], at=MORNING + timedelta(hours=3))
    assert (request.state, request.pickup_deadline, request.filled_at) == (State.ACCEPTED, None, None)
    assert request.delivery_method == DeliveryMethod.SELF_PICKUP


def test_two_hours_and_not_a_second_more(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)  # accepted at half past nine
    accepted = MORNING + 30 * MINUTE
    with pytest.raises(MoveRefused, match="已过撤回时限") as refused:
        move(request=request, verb="undo", by=cast["L"], at=accepted + 120 * MINUTE)
    assert refused.value.rule == "undo_too_late"
    move(request=request, verb="undo", by=cast["L"], at=accepted + 120 * MINUTE - timedelta(seconds=1))
    assert request.state == State.SUBMITTED


def test_only_the_library_that_made_it(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    soon = MORNING + timedelta(hours=3)
    for who, rule in (("H", "undo_of_another_library"), ("R", "wrong_capacity"), ("X", "stranger")):
        with pytest.raises(MoveRefused) as refused:
            move(request=request, verb="undo", by=cast[who], at=soon)
        assert refused.value.rule == rule
    assert "undo" not in {option.verb for option in available_moves(request, cast["H"], soon)}
    assert "undo" in {option.verb for option in available_moves(request, cast["L"], soon)}


def test_what_the_center_did_for_a_library_both_may_take_back(request_at: RequestAt, cast: Cast) -> None:
    for who in ("L", "C"):
        request = request_at(State.SUBMITTED)
        move(request=request, verb="accept", by=cast["C"], at=MORNING, barcode="C6024202")
        event = move(request=request, verb="undo", by=cast[who], at=MORNING + MINUTE)
        assert request.state == State.SUBMITTED
        assert event.on_behalf_of == (request.lender if who == "C" else None)


def test_not_when_somebody_acted_since(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    move(request=request, verb="ask_cancel", by=cast["H"], at=MORNING + 40 * MINUTE)
    with pytest.raises(MoveRefused, match="之后已有新的操作"):
        move(request=request, verb="undo", by=cast["L"], at=MORNING + 41 * MINUTE)


def test_not_twice(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    move(request=request, verb="undo", by=cast["L"], at=MORNING + timedelta(hours=2, minutes=5))
    with pytest.raises(MoveRefused):
        move(request=request, verb="undo", by=cast["L"], at=MORNING + timedelta(hours=2, minutes=6))


def test_not_when_the_copy_was_taken_meanwhile(request_at: RequestAt, submit: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    move(request=request, verb="decline", by=cast["L"], at=MORNING + 40 * MINUTE, reason=Reason.DAMAGED)
    other = submit()
    move(request=other, verb="accept", by=cast["L"], at=MORNING + 50 * MINUTE, barcode="C6024202")
    with pytest.raises(MoveRefused, match=f"已用于申请单{other.number}"):
        move(request=request, verb="undo", by=cast["L"], at=MORNING + 51 * MINUTE)


def test_not_when_it_went_on_to_another_library(request_at: RequestAt, cast: Cast, bnu: MemberLibrary) -> None:
    from uuid import uuid4

    from tests.factories import HoldingFactory

    request = request_at(State.UNFILLED)
    HoldingFactory.create(edition=request.edition, library=bnu)
    forward_request(request=request, lender=bnu, token=uuid4(), by=cast["R"], at=MORNING + 61 * MINUTE)
    with pytest.raises(MoveRefused):
        move(request=request, verb="undo", by=cast["L"], at=MORNING + 62 * MINUTE)


def test_an_undone_dispatch_is_no_dispatch_in_the_figures(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    filled = [row.as_lender.filled for row in monthly_figures(MORNING.date(), request.lender)]
    move(request=request, verb="undo", by=cast["L"], at=MORNING + timedelta(hours=3))
    undone = [row.as_lender.filled for row in monthly_figures(MORNING.date(), request.lender)]
    move(request=request, verb="decline", by=cast["L"], at=MORNING + timedelta(hours=4), reason=Reason.NOT_ON_SHELF)
    (figures,) = monthly_figures(MORNING.date(), request.lender)
    assert (filled, undone, figures.as_lender.filled, figures.as_lender.unfilled) == ([1], [0], 0, 1)


@pytest.mark.parametrize("state", [State.CANCELLED, State.REJECTED, State.EXPIRED, State.LOST, State.CLOSED])
def test_what_is_not_on_the_list_stays(request_at: RequestAt, cast: Cast, state: State) -> None:
    request = request_at(state)
    last = request.events.order_by("-sequence")[0].at
    for who in "HLC":
        with pytest.raises(MoveRefused):
            move(request=request, verb="undo", by=cast[who], at=last + MINUTE)
    assert state in WAYS
