"""One row of the table of moves."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from catalog.models import MemberLibrary
from readers.actors import Capacity
from requests_app.models import LoanRequest
from requests_app.moves.attempt import Attempt
from requests_app.states import Reason, State

Guard = Callable[[Attempt], None]  # raises MoveRefused
Effect = Callable[[Attempt], None]

R, H, L, C, S = Capacity.READER, Capacity.HOME, Capacity.LENDER, Capacity.CENTER, Capacity.SYSTEM


@dataclass(frozen=True)
class Transition:
    """One row: who may take a request from which states to which, when, and what else happens.

    capacities    R reader · H home · L lender · C the center in its own right · S system; besides, the center may do
                  every H and L move on behalf.
    shown_if      must hold, and as long as they do not there is no button at all. They look at no input.
    guards        must hold; otherwise the button is there, disabled, and says why. They look at no input.
    checks        judge what was typed in; only asked when the move is made.
    effects       what the move changes besides the state, in this order.
    fields        what the dialog of the move asks for.
    reasons       the reasons its dialog offers.
    comes_after   the ordinary station before this move. From any other of its states the skipped stations are
                  written as one `caught_up` event: the book in the hand wins.
    expected      the next step of the ordinary road: drawn as the main button.
    is_button     False for moves that something else brings about: a closure, the service of 转馆.
    to_state None means that the state stays (flags, dates) or that an effect decides.
    """

    verb: str
    label: Promise  # the button
    done: Promise  # the line in the timeline
    from_states: tuple[State, ...]
    to_state: State | None
    capacities: tuple[Capacity, ...]
    shown_if: tuple[Guard, ...] = ()
    guards: tuple[Guard, ...] = ()
    checks: tuple[Guard, ...] = ()
    effects: tuple[Effect, ...] = ()
    fields: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    comes_after: State | None = None
    expected: bool = False
    is_button: bool = True

    @property
    def conditions(self) -> tuple[Guard, ...]:
        """All that must hold before anything is typed in."""
        return (*self.shown_if, *self.guards)

    def admits(self, capacity: Capacity) -> bool:
        """Whether somebody in that capacity may make the move at all."""
        return capacity in self.capacities or (
            capacity is Capacity.CENTER and (H in self.capacities or L in self.capacities)
        )

    def center_stands_in_for(self, request: LoanRequest) -> MemberLibrary | None:
        """The library for which the center acts when it makes this move; None where it acts in its own right.

        Where both libraries may make the move it acts for the one that has the book at that station.
        """
        if C in self.capacities:
            return None
        if H in self.capacities and L in self.capacities:
            at_lender = request.state in (State.ACCEPTED, State.READY_AT_LENDER, State.RETURN_SHIPPED, State.SUBMITTED)
            return request.lender if at_lender else request.home_library
        return request.home_library if H in self.capacities else request.lender
