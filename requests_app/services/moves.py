"""`move()`: the one door through which a request changes its state."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.actors import Actor, Capacity
from requests_app.errors import MoveRefused, StalePage
from requests_app.models import LoanRequest, RequestEvent
from requests_app.moves.attempt import INPUT_FIELDS, Attempt
from requests_app.moves.copies import copy_is_taken
from requests_app.moves.meanwhile import acts_since
from requests_app.moves.options import capacity_of, state_read_by
from requests_app.moves.undoing import changed_since, columns_of
from requests_app.services.events import announce, count_places, write_event
from requests_app.states import ROAD_OF_THE_BOOK, State
from requests_app.transitions import CAUGHT_UP, MADE_BY_OTHER_SERVICES, Transition, rows_of


class MoveDetails(TypedDict, total=False):
    """What may be typed into the dialog of a move; which of them a move asks for stands in its row."""

    barcode: str
    reason: str
    note: str
    condition: str
    collected_by: str
    delivery_method: str
    due_date: date | None
    pickup_deadline: date | None
    amount: Decimal | None
    override: str
    book_at: str
    closure: int | None
    lent_in_own_system: bool
    parcel: str


def move(
    *,
    request: LoanRequest,
    verb: str,
    by: Actor,
    at: datetime | None = None,
    expected_version: int | None = None,
    **details: Unpack[MoveDetails],
) -> RequestEvent:
    """Take the request one step, in one transaction, and return the event of that step.

    expected_version: the version the page showed; at: the time of the move, by default now, and the clock of
    every guard. On success the passed `request` carries the new values too.
    Raises StalePage when somebody acted meanwhile, MoveRefused (a sentence for a person) when the move is not
    theirs, not now or not with these details; then nothing was changed. KeyError for a verb that is in no row.
    """
    if unknown := set(details) - set(INPUT_FIELDS):
        raise TypeError(f"unknown details of a move: {sorted(unknown)}")
    if not rows_of(verb) or verb in MADE_BY_OTHER_SERVICES:
        raise KeyError(verb)
    try:
        with transaction.atomic():
            locked = lock(request)
            event = _move_locked(locked, verb, by, at or timezone.now(), expected_version, dict(details))
    except IntegrityError as error:
        if "copy_reserved_once" in str(error):
            raise copy_is_taken(details.get("barcode") or request.copy_barcode) from error
        raise
    for column in LoanRequest._meta.concrete_fields:
        setattr(request, column.attname, getattr(locked, column.attname))
    return event


def lock(request: LoanRequest) -> LoanRequest:
    """The row as it is now, locked until the transaction ends, with everything that guards and letters look at."""
    return (
        LoanRequest.objects.select_for_update(of=("self",))
        .select_related("reader__user", "home_library", "lender", "lending_policy")
        .get(pk=request.pk)
    )


def begin(
    request: LoanRequest, verb: str, by: Actor, at: datetime, expected_version: int | None = None
) -> tuple[Transition, Attempt]:
    """The row of the table that lets this actor make this move on the locked request now, and the attempt at it.

    Raises MoveRefused for strangers, stale pages, wrong states and what the conditions of the row refuse.
    """
    capacity = capacity_of(request, by)
    if capacity is None:
        raise MoveRefused(_("这张申请单与您的账号或图书馆无关。"), rule="stranger")
    if expected_version is not None and expected_version != request.version:
        raise _stale(request, expected_version, capacity)
    row = _row_for(request, verb, capacity)
    stands_in_for = row.center_stands_in_for(request) if capacity is Capacity.CENTER else None
    if stands_in_for is not None and not by.reason:
        raise MoveRefused(_("中心代办请说明原因。"), rule="behalf_reason_missing")
    attempt = Attempt(
        request=request,
        verb=verb,
        by=by,
        capacity=capacity,
        at=at,
        to_state=row.to_state or State(request.state),
        on_behalf_of=stands_in_for,
    )
    for condition in row.conditions:
        condition(attempt)
    return row, attempt


def _stale(request: LoanRequest, version: int, capacity: Capacity) -> StalePage:
    """Tells who did what since the page was shown, and what the request is now."""
    acts = acts_since(request, version, capacity)
    words = {"number": request.number, "acts": acts, "state": state_read_by(request, capacity)}
    if not acts:
        sentence = _("申请单%(number)s刚刚有了变化，现在是“%(state)s”。请看过最新情况后再操作。")
    else:
        sentence = _("申请单%(number)s已由%(acts)s，现在是“%(state)s”。请看过最新情况后再操作。")
    return StalePage(sentence % words, rule="stale")


def _move_locked(
    request: LoanRequest, verb: str, by: Actor, at: datetime, expected_version: int | None, details: dict[str, Any]
) -> RequestEvent:
    row, attempt = begin(request, verb, by, at, expected_version)
    for name, value in details.items():
        setattr(attempt, name, value.strip() if isinstance(value, str) else value)
    for check in row.checks:
        check(attempt)
    before = columns_of(request)
    from_state = State(request.state)
    for effect in row.effects:
        effect(attempt)

    events = []
    if row.comes_after is not None and from_state != row.comes_after:
        events.append(_catch_up(attempt, from_state, row.comes_after))
    events.append(
        write_event(
            request=request,
            verb=verb,
            by=by,
            capacity=attempt.capacity,
            from_state=request.state,
            to_state=attempt.to_state,
            at=at,
            on_behalf_of=attempt.on_behalf_of,
            reason=attempt.reason,
            note=attempt.note,
            details=attempt.details,
            undoes=attempt.undoes,
        )
    )
    events[-1].before = changed_since(request, before)
    request.save()
    RequestEvent.objects.bulk_create(events)
    count_places(request.reader_id)
    announce(request, events)
    return events[-1]


def _row_for(request: LoanRequest, verb: str, capacity: Capacity) -> Transition:
    """The row that allows this capacity this verb in this state, or the sentence why there is none."""
    rows = rows_of(verb)
    here = [row for row in rows if request.state in row.from_states]
    if not here:
        raise MoveRefused(
            _("申请单%(number)s现在是“%(state)s”，不能“%(move)s”。")
            % {"number": request.number, "state": state_read_by(request, capacity), "move": rows[0].label},
            rule="wrong_state",
        )
    for row in here:
        if row.admits(capacity):
            return row
    who = {
        Capacity.READER: _("读者本人"),
        Capacity.HOME: _("借入馆"),
        Capacity.LENDER: _("出借馆"),
        Capacity.CENTER: _("中心"),
        Capacity.SYSTEM: _("系统"),
    }
    allowed = [who[admitted] for row in here for admitted in row.capacities]
    raise MoveRefused(
        _("“%(move)s”只能由%(who)s操作。") % {"move": here[0].label, "who": _("、").join(dict.fromkeys(allowed))},
        rule="wrong_capacity",
    )


def _catch_up(attempt: Attempt, from_state: State, station: State) -> RequestEvent:
    """The skipped stations as one event: nobody recorded them, but the book in the hand shows that they were passed."""
    passed = ROAD_OF_THE_BOOK[ROAD_OF_THE_BOOK.index(from_state) + 1 : ROAD_OF_THE_BOOK.index(station) + 1]
    return write_event(
        request=attempt.request,
        verb=CAUGHT_UP,
        by=attempt.by,
        capacity=attempt.capacity,
        from_state=from_state,
        to_state=station,
        at=attempt.at,
        on_behalf_of=attempt.on_behalf_of,
        details={"because_of": attempt.verb, "skipped": [state.value for state in passed]},
    )
