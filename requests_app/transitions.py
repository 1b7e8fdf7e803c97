"""The life of a request as one table. Buttons, guards, docs/states.md and tests are all derived from it.

A new move is a new row here, plus the guard and effect functions it names (guards.py, effects.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from readers.actors import Actor, Capacity
from requests_app import effects, guards
from requests_app.attempt import Attempt
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.states import State

Guard = Callable[[Attempt], None]  # raises MoveRefused
Effect = Callable[[Attempt], None]

R, H, L, S = Capacity.READER, Capacity.HOME, Capacity.LENDER, Capacity.SYSTEM


@dataclass(frozen=True)
class Transition:
    """One row: who may take a request from which states to which, when, and what else happens.

    capacities    R reader · H home · L lender · S system; the center may do every H and L move on behalf.
    guards        must hold; they also decide whether the button is offered, so they look at no input.
    checks        judge what was typed in; only asked when the move is made.
    effects       what the move changes besides the state, in this order.
    fields        what the dialog of the move asks for.
    comes_after   the ordinary station before this move. From any other of its states the skipped stations are
                  written as one `caught_up` event: the book in the hand wins.
    expected      the next step of the ordinary road: drawn as the main button.
    to_state None means that the state stays (flags, dates).
    """

    verb: str
    label: Promise  # the button
    done: Promise  # the line in the timeline
    from_states: tuple[State, ...]
    to_state: State | None
    capacities: tuple[Capacity, ...]
    guards: tuple[Guard, ...] = ()
    checks: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    fields: tuple[str, ...] = ()
    comes_after: State | None = None
    expected: bool = False

    def admits(self, capacity: Capacity) -> bool:
        """Whether somebody in that capacity may make the move at all."""
        return capacity in self.capacities or (
            capacity is Capacity.CENTER and (H in self.capacities or L in self.capacities)
        )

    def center_stands_in_for(self, request: LoanRequest) -> MemberLibrary:
        """The library for which the center acts when it makes this move."""
        return request.home_library if H in self.capacities else request.lender


# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        "submit", _("提交"), _("提交申请"), (), State.SUBMITTED, (R, H),
        effects=(effects.start_the_hour,),
    ),  # its guards stand in submission_rules.py: there is no request yet to look at
    Transition(
        "approve", _("审核通过"), _("本馆审核通过"), (State.HOME_REVIEW,), State.SUBMITTED, (H,),
        effects=(effects.start_the_hour,),
        expected=True,
    ),
    Transition(
        "reject", _("不通过"), _("本馆未通过"), (State.HOME_REVIEW,), State.REJECTED, (H,),
        checks=(guards.reason_is_given,),
        effects=(effects.keep_the_reason,),
        fields=("reason", "note"),
    ),
    Transition(
        "cancel", _("撤销"), _("读者撤销申请"),
        (State.HOME_REVIEW, State.SUBMITTED, State.ACCEPTED), State.CANCELLED, (R,),
        guards=(guards.the_hour_still_runs,),
        effects=(effects.release_the_copy,),
    ),
    Transition(
        "accept", _("受理"), _("出借馆受理申请"), (State.SUBMITTED,), State.ACCEPTED, (L,),
        checks=(guards.barcode_names_a_free_copy,),
        effects=(effects.reserve_the_copy,),
        fields=("barcode", "note"),
        expected=True,
    ),
    Transition(
        "decline", _("回绝"), _("出借馆未能满足"), (State.SUBMITTED, State.ACCEPTED), State.UNFILLED, (L,),
        checks=(guards.reason_is_given,),
        effects=(effects.keep_the_reason, effects.release_the_copy),
        fields=("reason", "note"),
    ),
    Transition(
        "ship", _("发出"), _("出借馆发出图书"), (State.ACCEPTED,), State.SHIPPED, (L,),
        guards=(guards.goes_by_logistics, guards.the_hour_is_over),
        effects=(effects.count_as_filled, effects.set_due_date_at_dispatch),
        fields=("note",),
        expected=True,
    ),
    Transition(
        "receive", _("到馆签收"), _("文献到馆"), (State.SHIPPED,), State.ARRIVED, (H,),
        effects=(effects.set_due_date_at_arrival, effects.set_pickup_deadline, effects.keep_the_condition),
        fields=("condition",),
        expected=True,
    ),
    Transition(
        "hand_out", _("交给读者"), _("读者获取图书"), (State.ARRIVED,), State.ON_LOAN, (H,),
        effects=(effects.set_due_date_at_hand_out, effects.keep_the_collector),
        fields=("collected_by",),
        expected=True,
    ),
    Transition(
        "take_back", _("还书"), _("读者还书"), (State.ARRIVED, State.ON_LOAN), State.RETURNED, (H,),
        effects=(effects.keep_the_condition,),
        fields=("condition",),
        comes_after=State.ON_LOAN,
        expected=True,
    ),
    Transition(
        "ship_back", _("寄还"), _("图书寄还出借馆"), (State.RETURNED,), State.RETURN_SHIPPED, (H,),
        fields=("note",),
        expected=True,
    ),
    Transition(
        "check_in", _("验收入藏"), _("出借馆验收入藏"),
        (State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.RETURN_SHIPPED), State.COMPLETED, (L,),
        checks=(guards.barcode_is_the_one_lent,),
        effects=(effects.release_the_copy, effects.keep_the_condition),
        fields=("barcode", "condition"),
        comes_after=State.RETURN_SHIPPED,
        expected=True,
    ),
)
# fmt: on

CAUGHT_UP = "caught_up"  # not a move of its own: what a later move writes about the stations it skipped

VERBS: tuple[str, ...] = tuple(dict.fromkeys(row.verb for row in TRANSITIONS))


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


def rows_of(verb: str) -> tuple[Transition, ...]:
    return tuple(row for row in TRANSITIONS if row.verb == verb)


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
    """The buttons this actor sees on this request, in the order of the table; never raises, never writes."""
    capacity = capacity_of(request, actor)
    if capacity is None:
        return []
    options = []
    for row in TRANSITIONS:
        if request.state not in row.from_states or not row.admits(capacity):
            continue
        ordinary = row.comes_after is None or row.comes_after == request.state
        why_not = _why_not(row, request, actor, capacity, at or timezone.now())
        options.append(
            MoveOption(
                verb=row.verb,
                label=str(row.label),
                allowed=not why_not,
                why_not=why_not,
                fields=row.fields,
                urgent=row.expected and ordinary and not why_not,
            )
        )
    return options


def _why_not(row: Transition, request: LoanRequest, actor: Actor, capacity: Capacity, at: datetime) -> str:
    attempt = Attempt(request, row.verb, actor, capacity, at, row.to_state or State(request.state))
    try:
        for guard in row.guards:
            guard(attempt)
    except MoveRefused as refusal:
        return refusal.message
    return ""
