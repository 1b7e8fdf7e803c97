"""The matrix state × verb × capacity, generated from the table; the buttons; the random walks."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Holding, MemberLibrary
from readers.actors import Actor, Capacity
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.moves.options import available_moves
from requests_app.moves.undoing import columns_of, restore
from requests_app.selectors import places_taken_by
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.states import COUNTED_STATES, FINAL_STATES, RESERVING_STATES, WORDINGS, Liable, State
from requests_app.statistics.selectors import KEPT_AS, counting_events
from requests_app.transitions import TRANSITIONS, UNDOABLE, VERBS, rows_of
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import MORNING, WAYS
from tests.requests_app.spec import (
    ELSEWHERE,
    LATER,
    MOVES,
    PREPARE,
    PREPARE_FOR_THE_SYSTEM,
    SPEC_VERBS,
    moment_of,
    typed,
)
from tests.requests_app.test_moves import replay, snapshot

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]

# Y another reader of the home library, Z a reader of the lender: strangers, as the librarian X is.
LETTERS = "RHLCSXYZ"


def test_the_table_has_the_moves_of_the_design_and_no_others() -> None:
    assert {*VERBS} == SPEC_VERBS | ELSEWHERE
    in_code = {
        (row.verb, capacity.value, state)
        for row in TRANSITIONS
        for capacity in Capacity
        for state in row.from_states
        if row.admits(capacity) and row.verb not in ELSEWHERE
    }
    assert in_code == set(MOVES)


def expected_target(state: State, verb: str, who: str) -> State | bool | None:
    """What the design says: the state after the move (None: it stays), or False where it is refused."""
    hidden = who == "L" and state in (State.HOME_REVIEW, State.REJECTED)
    target = MOVES.get((verb, who, state), False)
    return False if hidden else target


@pytest.fixture
def everybody(cast: Cast, bupt: MemberLibrary, cumtb: MemberLibrary) -> Cast:
    """The cast, and two readers with whom the request has nothing to do."""
    others = {letter: ReaderFactory.create(library=library) for letter, library in (("Y", bupt), ("Z", cumtb))}
    return cast | {letter: Actor.of_reader(reader) for letter, reader in others.items()}


@pytest.mark.parametrize("state", WAYS)
def test_every_verb_by_everybody_in_this_state(request_at: RequestAt, everybody: Cast, state: State) -> None:
    """What the design allows happens; everything else is refused with a sentence and changes nothing."""
    request, cast = request_at(state), everybody
    assert set(cast) == set(LETTERS)
    for verb in sorted(SPEC_VERBS):
        targets = {who: expected_target(state, verb, who) for who in LETTERS}
        with transaction.atomic():
            is_known = any(target is not False for target in targets.values())
            if is_known:
                _prepare(request, verb, cast)
            before = snapshot(request)
            # Strangers try what somebody may; what nobody may is tried by those who stand before the request.
            for who in (who for who, target in targets.items() if target is False and (is_known or who not in "XYZ")):
                with pytest.raises(MoveRefused, match=r"。$"):
                    move(request=request, verb=verb, by=cast[who], at=moment_of(verb), **typed(verb))
            assert snapshot(request) == before, verb
            for who, target in targets.items():
                if target is not False:
                    _make(request, verb, who, cast, target or state)
            transaction.set_rollback(True)
        request.refresh_from_db()


@pytest.mark.parametrize("state", WAYS)
def test_forward_by_everybody_in_this_state(
    request_at: RequestAt, everybody: Cast, state: State, copy: Holding, bnu: MemberLibrary
) -> None:
    """转馆 makes another request, so it is no move(): from the ends of the design, by those of the design."""
    HoldingFactory.create(edition=copy.edition, library=bnu)
    request = request_at(state)
    before, at = snapshot(request), MORNING + LATER
    may = "RHC" if state in (State.UNFILLED, State.EXPIRED, State.UNCOLLECTED) else ""
    for who in LETTERS:  # the system only with the reader's consent, which nobody gave
        with transaction.atomic():
            asked = {"request": request, "lender": bnu, "token": uuid4(), "by": everybody[who], "at": at}
            if who in may:
                assert forward_request(**asked).forwarded_from_id == request.pk
            else:
                with pytest.raises(MoveRefused, match=r"。$"):
                    forward_request(**asked)
                assert snapshot(request) == before, who
                assert LoanRequest.objects.count() == 1
            transaction.set_rollback(True)
        request.refresh_from_db()


@pytest.mark.parametrize("state", WAYS)
def test_undo_by_everybody_in_this_state(request_at: RequestAt, everybody: Cast, state: State) -> None:
    """Only the library whose move led here, for it or the center, and only if that move is on the list."""
    request = request_at(state)
    last = request.events.latest("sequence")
    before, at = snapshot(request), last.at + timedelta(minutes=5)
    may = f"{last.capacity}C" if last.verb in UNDOABLE else ""
    for who in LETTERS:
        with transaction.atomic():
            if who in may:
                assert move(request=request, verb="undo", by=everybody[who], at=at).to_state == last.from_state
            else:
                with pytest.raises(MoveRefused, match=r"。$"):
                    move(request=request, verb="undo", by=everybody[who], at=at)
                assert snapshot(request) == before, who
            transaction.set_rollback(True)
        request.refresh_from_db()


def _prepare(request: LoanRequest, verb: str, cast: Cast) -> None:
    if verb in PREPARE:
        PREPARE[verb](request, cast)
        request.refresh_from_db()


def _make(request: LoanRequest, verb: str, who: str, cast: Cast, target: State) -> None:
    """Make the move, look at what came of it, and take everything back."""
    with transaction.atomic():
        mine = LoanRequest.objects.get(pk=request.pk)
        if who == "S" and verb in PREPARE_FOR_THE_SYSTEM:
            PREPARE_FOR_THE_SYSTEM[verb](mine, cast)
        event = move(request=mine, verb=verb, by=cast[who], at=moment_of(verb), **typed(verb))
        assert (event.verb, event.capacity, event.to_state) == (verb, who, target)
        assert LoanRequest.objects.get(pk=request.pk).state == mine.state == target, (verb, who)
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", WAYS)
def test_the_buttons_are_moves_of_the_design(request_at: RequestAt, cast: Cast, state: State) -> None:
    """No button that the design does not know; and an allowed one, pressed, is not refused by its conditions."""
    request = request_at(state)
    for who, actor in cast.items():
        for option in available_moves(request, actor, MORNING + LATER):
            if option.verb not in ELSEWHERE:
                assert expected_target(state, option.verb, who) is not False, (option.verb, who)
    if state == State.ON_LOAN:
        shown = [option.verb for option in available_moves(request, cast["L"], MORNING + LATER)]
        assert shown == ["take_back_at_lender", "check_in", "recall", "change_due", "declare_lost"]


def test_the_system_has_no_buttons(request_at: RequestAt, cast: Cast) -> None:
    shown = {option.verb for option in available_moves(request_at(State.SUBMITTED), cast["L"], MORNING + LATER)}
    assert shown == {"change_delivery", "accept", "decline"}


def test_a_disabled_button_says_which_rule(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    (ship,) = [option for option in available_moves(request, cast["L"], MORNING) if option.verb == "ship"]
    assert (ship.allowed, ship.urgent) == (False, False)
    assert ship.why_not == "读者在10:00之前可以撤销申请，请在此之后发出。"
    cancel, ask, _change = available_moves(request, cast["R"], MORNING + timedelta(hours=1))
    assert (cancel.allowed, ask.allowed) == (False, True)
    assert "不能直接撤销" in cancel.why_not


def test_the_main_button_is_the_next_step_of_the_ordinary_road(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ARRIVED)
    urgent = {option.verb: option.urgent for option in available_moves(request, cast["H"])}
    assert [verb for verb, is_urgent in urgent.items() if is_urgent] == ["hand_out"]
    assert not any(option.urgent for option in available_moves(request, cast["L"]))  # check_in would be out of turn


def test_the_dialog_asks_for_what_the_row_names(request_at: RequestAt, cast: Cast) -> None:
    options = {option.verb: option.fields for option in available_moves(request_at(State.SUBMITTED), cast["L"])}
    assert options == {
        "accept": ("barcode", "note"),
        "decline": ("reason", "note"),
        "change_delivery": ("delivery_method",),
    }


def test_rows_of_one_verb_never_overlap() -> None:
    seen = set()
    for row in TRANSITIONS:
        for state in row.from_states:
            for capacity in row.capacities:
                assert (row.verb, state, capacity) not in seen
                seen.add((row.verb, state, capacity))


def test_no_move_leads_out_of_an_ordinary_end() -> None:
    ends = FINAL_STATES - {State.CLOSED_LOST}  # a lost book may be found after all
    assert {row.verb for row in TRANSITIONS if ends & set(row.from_states)} == {"forward", "undo"}


def test_what_may_be_undone_is_what_the_design_says() -> None:
    assert {"approve", "accept", "decline", "ship", "make_ready", "receive", "hand_out", "take_back",
                        "ship_back", "check_in"} == UNDOABLE  # fmt: skip
    (undo,) = rows_of("undo")
    assert {row.to_state for row in TRANSITIONS if row.verb in UNDOABLE} == set(undo.from_states)


def test_every_state_has_its_words() -> None:
    assert set(WORDINGS) == set(State)
    assert all(WORDINGS[state].home for state in State)
    assert {state for state in State if not WORDINGS[state].lender} == {State.HOME_REVIEW, State.REJECTED}
    assert {state for state in State if not WORDINGS[state].next_step} == FINAL_STATES


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_walks_replay_to_their_state(submit: RequestAt, cast: Cast, data: st.DataObject) -> None:
    """Whoever tries whatever in whatever order: the log tells the state, forwards and backwards, and the counters and
    the catalogue tell the rows."""
    with transaction.atomic():
        request = submit()
        at, made = MORNING, columns_of(request)
        for _ in range(data.draw(st.integers(1, 16), label="steps")):
            at += timedelta(minutes=data.draw(st.sampled_from([1, 59, 60, 24 * 60, 10 * 24 * 60]), label="minutes"))
            verb = data.draw(st.sampled_from(WALKED), label="verb")
            who = data.draw(st.sampled_from("RHLCS"), label="who")
            try:
                if verb == "forward":
                    forward_request(request=request, lender=cast["X"].library, by=cast[who], token=uuid4(), at=at)  # type: ignore[arg-type]
                else:
                    move(request=request, verb=verb, by=cast[who], at=at, **typed_at(verb, at))
            except MoveRefused:
                continue
        stored = LoanRequest.objects.select_related("reader", "copy").get(pk=request.pk)
        assert replay(stored) == stored.state == request.state
        assert stored.version == stored.events.count()
        assert columns_of(request) == columns_of(stored)
        lost_by_the_reader = stored.state == State.LOST and stored.liable == Liable.READER
        assert stored.reader.open_requests == LoanRequest.objects.counted().count()
        assert len(places_taken_by(stored.reader)) == LoanRequest.objects.counted().count()
        assert (stored in LoanRequest.objects.counted()) == (stored.state in COUNTED_STATES or lost_by_the_reader)
        assert bool(stored.closed_at) == stored.is_final
        for figure, kept in KEPT_AS.items():
            counted = counting_events(figure, date(2000, 1, 1), date(2100, 1, 1)).filter(request=stored)
            assert [event.at for event in counted] == [moment for moment in [getattr(stored, kept)] if moment]
        if stored.copy is not None:
            assert bool(stored.copy.out_on_request) == (stored.state in RESERVING_STATES)
        for event in stored.events.order_by("-sequence"):
            restore(stored, event.before)
        assert columns_of(stored) == made
        transaction.set_rollback(True)


# As often as in life: what moves the book forward more often than what stops it.
WALKED = (*VERBS[1:], *["accept", "ship", "receive", "hand_out", "take_back", "ship_back", "undo", "undo"] * 3)


def typed_at(verb: str, at: datetime) -> dict[str, Any]:
    """What is typed right on that day."""
    days = {"due_date": 40 if verb == "change_due" else 5, "pickup_deadline": 9}
    return typed(verb) | {name: timezone.localdate(at) + timedelta(days=ahead) for name, ahead in days.items()}
