"""The next moves of a scanned request at this desk: what the table of moves allows and a scan can mean."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from readers.actors import Actor
from requests_app.models import LoanRequest
from requests_app.moves.copies import copies_at_lender
from requests_app.moves.options import MoveOption, available_moves, capacity_of, state_read_by

# The moves that a book or slip in the hand can mean, in the order in which they are offered.
SCANNED_MOVES = (
    "approve",
    "accept",
    "ship",
    "make_ready",
    "hand_out_at_lender",
    "receive",
    "hand_out",
    "take_back",
    "ship_back",
    "take_back_at_lender",
    "check_in",
)
# These are made at once in direct mode: they ask for nothing but the book. Sending asks whether the copy is lent in
# the own system, handing out for the reader's card.
DIRECT_MOVES = frozenset({"accept", "make_ready", "receive", "take_back", "ship_back", "check_in"})
READS_THE_BARCODE = frozenset({"accept", "take_back_at_lender", "check_in"})
HANDS_OUT = frozenset({"hand_out", "hand_out_at_lender"})


@dataclass(frozen=True)
class Proposal:
    """One move offered after a scan. `barcode` was read off the book; `version` is that of the request when offered.

    needs_barcode: the move waits for the barcode of the book to be scanned. skips_stations: the ordinary station was
    skipped, so the move is never made without asking.
    """

    request: LoanRequest
    verb: str
    label: str
    version: int
    barcode: str = ""
    needs_barcode: bool = False
    skips_stations: bool = False

    @property
    def is_direct(self) -> bool:
        return self.verb in DIRECT_MOVES and not self.needs_barcode and not self.skips_stations

    @property
    def asks_for_nothing_more(self) -> bool:
        """Whether choosing it is enough: no barcode, no card, no tick is asked for."""
        return not self.needs_barcode and not self.hands_out and self.verb != "ship"

    @property
    def hands_out(self) -> bool:
        return self.verb in HANDS_OUT

    def as_json(self) -> dict[str, Any]:
        return {
            "request": self.request.pk,
            "verb": self.verb,
            "label": self.label,
            "version": self.version,
            "barcode": self.barcode,
            "needs_barcode": self.needs_barcode,
            "skips_stations": self.skips_stations,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any], request: LoanRequest) -> "Proposal":
        return cls(request=request, **{name: value for name, value in kept.items() if name != "request"})


def proposals_for(request: LoanRequest, by: Actor, barcode: str, at: datetime | None = None) -> list[Proposal]:
    """The step the request waits for at this desk; where there is none, every other legal move of the book."""
    options = [each for each in _options(request, by, at) if each.allowed]
    expected = [each for each in options if each.urgent]
    return [_proposal(request, each, barcode) for each in expected or options]


def why_nothing(request: LoanRequest, by: Actor, at: datetime | None = None) -> str:
    """Why this desk can do nothing with the request now, in a sentence."""
    refused = [each.why_not for each in _options(request, by, at) if each.why_not]
    state = state_read_by(request, capacity_of(request, by))
    if refused:
        return _("%(state)s：%(why)s") % {"state": state, "why": refused[0]}
    if request.is_final:
        return _("这张申请单已经结束：%(state)s。") % {"state": state}
    return _("现在是“%(state)s”，没有要在这里办理的事。") % {"state": state}


def _options(request: LoanRequest, by: Actor, at: datetime | None) -> list[MoveOption]:
    offered = available_moves(request, by, at or timezone.now())
    return sorted(
        (each for each in offered if each.verb in SCANNED_MOVES), key=lambda each: SCANNED_MOVES.index(each.verb)
    )


def _proposal(request: LoanRequest, option: MoveOption, barcode: str) -> Proposal:
    return Proposal(
        request=request,
        verb=option.verb,
        label=option.label,
        version=request.version,
        barcode=barcode if option.verb in READS_THE_BARCODE else "",
        needs_barcode=option.verb in READS_THE_BARCODE and not barcode and _has_a_barcode(request, option.verb),
        skips_stations=not option.urgent,
    )


def _has_a_barcode(request: LoanRequest, verb: str) -> bool:
    if verb == "accept":
        return any(copy.barcode for copy in copies_at_lender(request))
    return bool(request.copy_barcode)
