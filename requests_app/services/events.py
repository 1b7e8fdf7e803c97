"""Writes the append-only log, keeps the reader's counters, and announces: what every change of a request shares."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from catalog.models import MemberLibrary
from readers.actors import Actor, Capacity
from readers.models import Reader
from requests_app.models import LoanRequest, RequestEvent
from requests_app.signals import request_moved
from requests_app.states import FINAL_STATES, State


def write_event(
    *,
    request: LoanRequest,
    verb: str,
    by: Actor,
    capacity: Capacity,
    from_state: str,
    to_state: State,
    at: datetime,
    on_behalf_of: MemberLibrary | None = None,
    reason: str = "",
    note: str = "",
    details: dict[str, Any] | None = None,
    undoes: int | None = None,
) -> RequestEvent:
    """Append one event and carry its state and number onto the (locked, still unsaved) request.

    `request.version` is the sequence of the last event, so a page that shows a version shows a place in the log.
    """
    request.version += 1
    request.state = to_state
    if to_state != from_state and undoes is None:  # an undo has brought the clocks back itself
        request.state_since = at
        request.warned_percent = 0
        if (to_state in FINAL_STATES) != (from_state in FINAL_STATES):
            request.closed_at = at if to_state in FINAL_STATES else None
    return RequestEvent(
        request=request,
        sequence=request.version,
        verb=verb,
        from_state=from_state,
        to_state=to_state,
        capacity=capacity.value,
        actor=by.user,
        actor_name=by.name[:60],
        library=by.library,
        on_behalf_of=on_behalf_of,
        reason=reason,
        note=note,
        details={**(details or {}), **({"on_behalf_reason": by.reason} if on_behalf_of and by.reason else {})},
        undoes=undoes,
        at=at,
    )


def count_places(reader_id: int) -> None:
    """Recount the reader's open_requests and books_out from the rows, under a lock on the reader that is taken here."""
    Reader.objects.select_for_update(of=("self",)).only("pk").get(pk=reader_id)
    keep_count(reader_id, LoanRequest.objects.filter(reader_id=reader_id).counted().values_list("state", flat=True))


def keep_count(reader_id: int, states: Iterable[str]) -> None:
    """Write onto the (locked) reader what the states of everything that takes a place come to."""
    states = list(states)
    Reader.objects.filter(pk=reader_id).update(open_requests=len(states), books_out=states.count(State.ON_LOAN))


def announce(request: LoanRequest, events: list[RequestEvent]) -> None:
    """Tell the apps above, inside the transaction, event by event."""
    for event in events:
        request_moved.send(sender=LoanRequest, request=request, event=event)
