"""The moves of the design (lifecycle.md), written down once more by hand: what the table in code is tested against.

A capital letter is who may (C, the center, may besides do every H and L move); `stays` keeps the state. What a move
needs besides (a flag, a passed deadline, a typed date) is prepared by PREPARE and typed from TYPED.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from catalog.models import PauseKind, ServicePause
from readers.actors import Actor
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.services.moves import move
from requests_app.states import BookAt, Reason, State
from tests.requests_app.conftest import MORNING, open_for_pickup

_MOVES = """
approve              H S   HOME_REVIEW                                        SUBMITTED
reject               H S   HOME_REVIEW                                        REJECTED
cancel               R     HOME_REVIEW SUBMITTED ACCEPTED READY_AT_LENDER     CANCELLED
ask_cancel           R H   SUBMITTED ACCEPTED                                 stays
agree_cancel         L     SUBMITTED ACCEPTED                                 CANCELLED
agree_cancel         S     SUBMITTED                                          CANCELLED
refuse_cancel        L     SUBMITTED ACCEPTED                                 stays
change_delivery      R L   SUBMITTED ACCEPTED                                 stays
accept               L     SUBMITTED                                          ACCEPTED
decline              L     SUBMITTED ACCEPTED READY_AT_LENDER                 UNFILLED
ship                 L     ACCEPTED                                           SHIPPED
make_ready           L     ACCEPTED                                           READY_AT_LENDER
hand_out_at_lender   L     READY_AT_LENDER                                    ON_LOAN
receive              H     SHIPPED                                            ARRIVED
refuse_arrival       H     SHIPPED ARRIVED                                    RETURNED
hand_out             H     ARRIVED                                            ON_LOAN
extend_pickup        H     ARRIVED                                            stays
extend_pickup        L     READY_AT_LENDER                                    stays
pickup_overdue       S     ARRIVED READY_AT_LENDER                            stays
not_collected        H     ARRIVED                                            RETURNED
not_collected        L     READY_AT_LENDER                                    UNCOLLECTED
take_back            H     ARRIVED ON_LOAN                                    RETURNED
take_back_at_lender  L     ON_LOAN                                            COMPLETED
ship_back            H     RETURNED                                           RETURN_SHIPPED
check_in             L     SHIPPED ARRIVED ON_LOAN RETURNED RETURN_SHIPPED    COMPLETED
recall               L     ARRIVED ON_LOAN                                    stays
cancel_recall        L     ARRIVED ON_LOAN                                    stays
change_due           L     SHIPPED ARRIVED ON_LOAN                            stays
shift_dates          H L S SHIPPED READY_AT_LENDER ARRIVED ON_LOAN            stays
report_missing       H L S SHIPPED RETURN_SHIPPED                             stays
clear_missing        H L   SHIPPED RETURN_SHIPPED                             stays
propose_lost         S     ON_LOAN                                            stays
declare_lost         H L   SHIPPED ARRIVED ON_LOAN RETURNED RETURN_SHIPPED    LOST
settle_lost          L     LOST                                               CLOSED_LOST
found                H     LOST CLOSED_LOST                                   RETURNED
found                L     LOST CLOSED_LOST                                   COMPLETED
warn                 S     HOME_REVIEW SUBMITTED ACCEPTED                     stays
expire               S     SUBMITTED ACCEPTED                                 EXPIRED
close                C     HOME_REVIEW SUBMITTED ACCEPTED SHIPPED             CLOSED
close                C     READY_AT_LENDER ARRIVED ON_LOAN RETURNED           CLOSED
close                C     RETURN_SHIPPED LOST                                CLOSED
"""
ELSEWHERE = {"submit", "forward", "undo"}  # tested by themselves: test_submission.py, test_forwarding.py, test_undo.py


def _read() -> dict[tuple[str, str, State], State | None]:
    """(verb, who, from) → the state after it, None where it stays."""
    moves: dict[tuple[str, str, State], State | None] = {}
    for line in _MOVES.strip().splitlines():
        verb, *words, to = line.split()
        who = [word for word in words if len(word) == 1]
        for state in words[len(who) :]:
            for letter in who:
                moves[verb, letter, State(state)] = None if to == "stays" else State(to)
    for (verb, letter, state), target in list(moves.items()):
        if letter in "HL":
            moves.setdefault((verb, "C", state), target)
    return moves


MOVES = _read()
SPEC_VERBS = {verb for verb, _who, _state in MOVES}

# What everybody types who types everything right, on the twentieth day after a request of MORNING.
TYPED: dict[str, Any] = {
    "barcode": "C6024202",
    "reason": Reason.DAMAGED,
    "note": "电话商定",
    "condition": "",
    "collected_by": "",
    "delivery_method": DeliveryMethod.SELF_PICKUP,
    "due_date": date(2026, 4, 5),
    "pickup_deadline": date(2026, 4, 2),
    "amount": Decimal("12.50"),
    "override": "",
    "book_at": BookAt.LENDER,
    "closure": None,
}
TYPED_FOR: dict[str, dict[str, Any]] = {"change_due": {"due_date": date(2026, 4, 20)}}

# When the move is made, counted from MORNING.
AT: dict[str, timedelta] = {"cancel": timedelta(minutes=30), "propose_lost": timedelta(days=120)}
LATER = timedelta(days=20)

Cast = dict[str, Actor]


def _asked(request: LoanRequest, cast: Cast) -> None:
    if request.state in (State.SUBMITTED, State.ACCEPTED):
        move(request=request, verb="ask_cancel", by=cast["R"], at=MORNING + timedelta(hours=2))


def _recalled(request: LoanRequest, cast: Cast) -> None:
    if request.state in (State.ARRIVED, State.ON_LOAN):
        move(request=request, verb="recall", by=cast["L"], at=MORNING + timedelta(days=15), **_right("recall"))


def _missing(request: LoanRequest, cast: Cast) -> None:
    if request.state in (State.SHIPPED, State.RETURN_SHIPPED):
        move(request=request, verb="report_missing", by=cast["L"], at=MORNING + timedelta(days=19))


def _fetched(request: LoanRequest, cast: Cast) -> None:
    LoanRequest.objects.filter(pk=request.pk).update(delivery_method=DeliveryMethod.SELF_PICKUP)


def _open_for_pickup(request: LoanRequest, cast: Cast) -> None:
    policy = open_for_pickup(request.lender, request.reader)
    LoanRequest.objects.filter(pk=request.pk).update(lending_policy=policy, delivery_method=DeliveryMethod.LOGISTICS)


def _paused(request: LoanRequest, cast: Cast) -> None:
    ServicePause.objects.create(library=request.home_library, kind=PauseKind.BORROWING, starts_on=date(2026, 3, 1))


def _long_on_the_way(request: LoanRequest, cast: Cast) -> None:
    LoanRequest.objects.filter(pk=request.pk).update(state_since=MORNING)


PREPARE: dict[str, Callable[[LoanRequest, Cast], None]] = {
    "agree_cancel": _asked,
    "refuse_cancel": _asked,
    "cancel_recall": _recalled,
    "clear_missing": _missing,
    "make_ready": _fetched,
    "change_delivery": _open_for_pickup,
    "report_missing": _long_on_the_way,
}
PREPARE_FOR_THE_SYSTEM: dict[str, Callable[[LoanRequest, Cast], None]] = {"reject": _paused}


def _right(verb: str) -> dict[str, Any]:
    return {**TYPED, **TYPED_FOR.get(verb, {})}


def typed(verb: str) -> dict[str, Any]:
    """What is typed right into the dialog of that verb."""
    return _right(verb)


def moment_of(verb: str) -> Any:
    return MORNING + AT.get(verb, LATER)
