"""The clocks: what the system does by itself when nobody else has acted in time.

The rows of the table that the system may make say when; here stands only where to look, so that the job need not ask
every open request. Safe to run at any time and as often as one likes.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from readers.actors import Actor, Capacity
from requests_app.errors import MoveRefused
from requests_app.lenders import suggested_lender
from requests_app.models import LoanRequest
from requests_app.moves.options import refusal_of
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.transitions import TRANSITIONS, Transition

logger = logging.getLogger(__name__)

FORWARD_FOR = timedelta(days=3)  # a request that found no other library by then stays where it is


class ClockFailed(RuntimeError):
    """Some requests could not be moved for a reason that is no rule; all others were."""


def candidates(verb: str, at: datetime) -> Q:
    """Where that clock may strike: a condition the database can answer quickly, never narrower than the guards."""
    today = timezone.localdate(at)
    on_the_way = at - timedelta(days=int(settings.ILL["MISSING_AFTER_DAYS"]))
    long_ago = today - timedelta(days=int(settings.ILL["LOST_AFTER_DAYS"]))
    match verb:
        case "agree_cancel":
            return Q(cancel_asked_at__isnull=False)
        case "pickup_overdue":
            return Q(pickup_deadline__lt=today, pickup_overdue_at__isnull=True)
        case "report_missing":
            return Q(state_since__lte=on_the_way, missing_since__isnull=True)
        case "propose_lost":
            return Q(due_date__lte=long_ago, lost_proposed_at__isnull=True)
        case "forward":
            return Q(may_forward=True, forwarded_to__isnull=True, closed_at__gt=at - FORWARD_FOR)
    return Q()


def run_clocks(*, at: datetime | None = None) -> Counter[str]:
    """Let every clock strike where its time has come; returns how many requests each verb has moved.

    Each request is a transaction of its own. Raises ClockFailed at the end where one broke down.
    """
    at = at or timezone.now()
    moved: Counter[str] = Counter()
    broken = []
    for row in (row for row in TRANSITIONS if Capacity.SYSTEM in row.capacities and row.is_button):
        found = LoanRequest.objects.filter(candidates(row.verb, at), state__in=row.from_states)
        for request in found.select_related("home_library", "lender", "lending_policy", "reader").order_by("pk"):
            try:
                moved[row.verb] += _strike(row, request, at)
            except Exception:
                logger.exception("the clock %s broke down at request %s", row.verb, request.number)
                broken.append(request.number)
    if broken:
        raise ClockFailed(f"not moved: {', '.join(broken)}")
    return +moved


def _strike(row: Transition, request: LoanRequest, at: datetime) -> bool:
    """Make the move if its conditions hold, now and once more under the lock; whether it was made."""
    system = Actor.system()
    if refusal_of(row.conditions, row, request, system, Capacity.SYSTEM, at) is not None:
        return False
    try:
        if row.verb != "forward":
            move(request=request, verb=row.verb, by=system, at=at)
            return True
        return _forward(request, system, at)
    except MoveRefused as refusal:  # somebody was quicker, or no rule lets it pass
        logger.info("%s of %s: %s", row.verb, request.number, refusal)
        return False


def _forward(request: LoanRequest, system: Actor, at: datetime) -> bool:
    suggestion = suggested_lender(request, at)
    if suggestion is None:
        return False
    forward_request(request=request, lender=suggestion.library, token=uuid4(), by=system, at=at)
    return True
