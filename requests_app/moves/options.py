"""What an actor may do with a request now: the buttons, read from the table of moves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from readers.actors import Actor, Capacity
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.moves.attempt import Attempt
from requests_app.moves.row import Guard, Transition
from requests_app.states import State
from requests_app.transitions import TRANSITIONS


@dataclass(frozen=True)
class MoveOption:
    """One button. A button that is not allowed is shown disabled with `why_not`.

    fields: what the dialog must ask, from attempt.INPUT_FIELDS; besides, the center always gives its reason
    (Actor.of_center(user, reason)). urgent: the step the request is waiting for, drawn as the main button.
    """

    verb: str
    label: str
    allowed: bool
    why_not: str
    fields: tuple[str, ...]
    urgent: bool


def capacity_of(request: LoanRequest, actor: Actor) -> Capacity | None:
    """In which capacity this actor stands before this request, or None for a stranger."""
    if actor.is_system:
        return Capacity.SYSTEM
    if actor.is_center:
        return Capacity.CENTER
    if actor.reader is not None:
        return Capacity.READER if actor.reader.pk == request.reader_id else None
    if actor.library is None:
        return None
    if actor.library.pk == request.home_library_id:
        return Capacity.HOME
    if actor.library.pk == request.lender_id and request.submitted_at is not None:
        return Capacity.LENDER
    return None


def state_read_by(request: LoanRequest, capacity: Capacity | None) -> str:
    """The state in the words of that side: a desk is told what stands on its own page, everybody else the reader's."""
    match capacity:
        case Capacity.HOME:
            return request.state_text_home
        case Capacity.LENDER:
            return request.state_text_lender
    return request.state_text


def available_moves(request: LoanRequest, actor: Actor, at: datetime | None = None) -> list[MoveOption]:
    """The buttons this actor sees on this request; never raises, never writes.

    What the request is waiting for comes first, also while it is not allowed yet; the rest in the order of the table.
    """
    capacity = capacity_of(request, actor)
    if capacity is None:
        return []
    at = at or timezone.now()
    awaited: list[MoveOption] = []
    others: list[MoveOption] = []
    for row in TRANSITIONS:
        if not row.is_button or request.state not in row.from_states or not row.admits(capacity):
            continue
        if refusal_of(row.shown_if, row, request, actor, capacity, at) is not None:
            continue
        is_awaited = row.expected and (row.comes_after is None or row.comes_after == request.state)
        refusal = refusal_of(row.guards, row, request, actor, capacity, at)
        (awaited if is_awaited else others).append(
            MoveOption(
                verb=row.verb,
                label=str(row.label),
                allowed=refusal is None,
                why_not=refusal.message if refusal else "",
                fields=row.fields,
                urgent=is_awaited and refusal is None,
            )
        )
    return awaited + others


def option_of(request: LoanRequest, actor: Actor, verb: str, at: datetime | None = None) -> MoveOption | None:
    """That one button, allowed or not, or None where the state does not know it."""
    return next((option for option in available_moves(request, actor, at) if option.verb == verb), None)


def refusal_of(
    guards: Iterable[Guard], row: Transition, request: LoanRequest, actor: Actor, capacity: Capacity, at: datetime
) -> MoveRefused | None:
    """What the first of these guards that does not let the actor pass says; None when all do."""
    stands_in_for = row.center_stands_in_for(request) if capacity is Capacity.CENTER else None
    to_state = row.to_state or State(request.state)
    attempt = Attempt(request, row.verb, actor, capacity, at, to_state, on_behalf_of=stands_in_for)
    try:
        for guard in guards:
            guard(attempt)
    except MoveRefused as refusal:
        return refusal
    return None
