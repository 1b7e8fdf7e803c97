"""Reasons and notes: what was said with a move."""

from django.utils.translation import gettext as _

from requests_app.errors import MoveRefused
from requests_app.moves.attempt import Attempt
from requests_app.states import Reason


def reason_is_given(attempt: Attempt) -> None:
    """A reason from the list; the reader sees it."""
    if attempt.reason not in Reason.values or attempt.reason == Reason.SERVICE_PAUSED:
        raise MoveRefused(_("请选择原因，读者会看到它。"), rule="reason_missing")


def note_is_given(attempt: Attempt) -> None:
    """It is said why; the others are told."""
    if not attempt.note:
        raise MoveRefused(_("请说明原因，有关各方会看到它。"), rule="note_missing")


def keep_the_reason(attempt: Attempt) -> None:
    """The reason stands on the request."""
    attempt.request.reason = attempt.reason
    attempt.request.reason_note = attempt.note[:200]


def keep_the_condition(attempt: Attempt) -> None:
    """The condition note is kept."""
    if attempt.condition:
        attempt.details["condition"] = attempt.condition


def keep_how_it_travels(attempt: Attempt) -> None:
    """The parcel is kept, and whether the copy is lent in the lender's own system."""
    if attempt.parcel:
        attempt.details["parcel"] = attempt.parcel
    if attempt.lent_in_own_system:
        attempt.details["lent_in_own_system"] = True


def keep_the_collector(attempt: Attempt) -> None:
    """Whoever fetched the book for the reader (代取) is kept."""
    if attempt.collected_by:
        attempt.details["collected_by"] = attempt.collected_by
