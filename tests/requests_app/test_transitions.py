"""The matrix state × verb × capacity, generated from the table; the buttons; the random walks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.states import COUNTED_STATES, FINAL_STATES, RESERVING_STATES, WORDINGS, Reason, State
from requests_app.transitions import TRANSITIONS, VERBS, available_moves
from tests.requests_app.conftest import MORNING, WAYS
from tests.requests_app.test_moves import replay, snapshot

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]

# Half an hour after submission the reader cancels, three hours after it the lender ships.
LATER = {"cancel": timedelta(minutes=30)}
ENOUGH = {"barcode": "C6024202", "reason": Reason.NOT_HELD, "note": "", "condition": "", "collected_by": ""}


def expected_target(state: State, verb: str, who: str) -> State | None:
    """What lifecycle.md says, read from the table in the plainest way."""
    for row in TRANSITIONS:
        capacities = {capacity.value for capacity in row.capacities}
        if capacities & {"H", "L"}:
            capacities.add("C")
        hidden = who == "L" and state == State.HOME_REVIEW
        if row.verb == verb and state in row.from_states and who in capacities and not hidden:
            return row.to_state
    return None


@pytest.mark.parametrize("state", WAYS)
def test_every_verb_by_everybody_in_this_state(request_at: RequestAt, cast: Cast, state: State) -> None:
    """What the table allows happens; everything else is refused with a sentence and changes nothing."""
    request = request_at(state)
    before = snapshot(request)
    for verb in VERBS[1:]:
        for who, actor in cast.items():
            target = expected_target(state, verb, who)
            at = MORNING + LATER.get(verb, timedelta(days=20))
            with transaction.atomic():
                mine = LoanRequest.objects.get(pk=request.pk)
                if target is None:
                    with pytest.raises(MoveRefused, match=r"。$"):
                        move(request=mine, verb=verb, by=actor, at=at, **ENOUGH)  # type: ignore[arg-type]
                else:
                    move(request=mine, verb=verb, by=actor, at=at, **ENOUGH)  # type: ignore[arg-type]
                    assert mine.state == target, (verb, who)
                    transaction.set_rollback(True)
            assert snapshot(request) == before, (verb, who)


@pytest.mark.parametrize("state", WAYS)
def test_the_buttons_are_the_moves(request_at: RequestAt, cast: Cast, state: State) -> None:
    request = request_at(state)
    for who, actor in cast.items():
        shown = {option.verb for option in available_moves(request, actor, MORNING)}
        assert shown == {verb for verb in VERBS if expected_target(state, verb, who)}, who


def test_a_disabled_button_says_which_rule(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    (ship,) = [option for option in available_moves(request, cast["L"], MORNING) if option.verb == "ship"]
    assert (ship.allowed, ship.urgent) == (False, False)
    assert ship.why_not == "读者在10:00之前可以撤销申请，请在此之后发出。"
    (cancel,) = available_moves(request, cast["R"], MORNING + timedelta(hours=1))
    assert "不能撤销" in cancel.why_not


def test_the_main_button_is_the_next_step_of_the_ordinary_road(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ARRIVED)
    urgent = {option.verb: option.urgent for option in available_moves(request, cast["H"])}
    assert urgent == {"hand_out": True, "take_back": False}
    assert [option.urgent for option in available_moves(request, cast["L"])] == [False]  # check_in, out of turn


def test_the_dialog_asks_for_what_the_row_names(request_at: RequestAt, cast: Cast) -> None:
    options = {option.verb: option.fields for option in available_moves(request_at(State.SUBMITTED), cast["L"])}
    assert options == {"accept": ("barcode", "note"), "decline": ("reason", "note")}


def test_rows_of_one_verb_never_overlap() -> None:
    seen = set()
    for row in TRANSITIONS:
        for state in row.from_states:
            for capacity in row.capacities:
                assert (row.verb, state, capacity) not in seen
                seen.add((row.verb, state, capacity))


def test_no_move_leads_out_of_an_ordinary_end() -> None:
    ends = FINAL_STATES - {State.CLOSED_LOST}  # a lost book may be found after all
    assert not [row.verb for row in TRANSITIONS if ends & set(row.from_states)]


def test_every_state_has_its_words() -> None:
    assert set(WORDINGS) == set(State)
    assert all(WORDINGS[state].home for state in State)
    assert {state for state in State if not WORDINGS[state].lender} == {State.HOME_REVIEW, State.REJECTED}
    assert {state for state in State if not WORDINGS[state].next_step} == FINAL_STATES


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_walks_replay_to_their_state(submit: RequestAt, cast: Cast, data: st.DataObject) -> None:
    """Whoever tries whatever in whatever order: the log tells the state, and the counters tell the rows."""
    with transaction.atomic():
        request = submit()
        at = MORNING
        for _ in range(data.draw(st.integers(1, 14), label="steps")):
            at += timedelta(minutes=data.draw(st.sampled_from([1, 59, 60, 24 * 60]), label="minutes"))
            verb = data.draw(st.sampled_from(VERBS[1:]), label="verb")
            who = data.draw(st.sampled_from("RHLCX"), label="who")
            try:
                move(request=request, verb=verb, by=cast[who], at=at, **ENOUGH)  # type: ignore[arg-type]
            except MoveRefused:
                continue
        stored = LoanRequest.objects.select_related("reader", "copy").get(pk=request.pk)
        assert replay(stored) == stored.state == request.state
        assert stored.version == stored.events.count()
        assert stored.reader.open_requests == int(stored.state in COUNTED_STATES)
        if stored.copy is not None:
            assert bool(stored.copy.out_on_request) == (stored.state in RESERVING_STATES)
        transaction.set_rollback(True)
