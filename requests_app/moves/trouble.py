"""Parcels that do not arrive, books that are lost and found, damage, and requests that the center closes."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from requests_app.errors import MoveRefused
from requests_app.moves.attempt import Attempt
from requests_app.states import BookAt, Liable, State

# On which leg a book was lost says who answers for it.
LIABLE_ON_LEG = {
    State.SHIPPED: Liable.LOGISTICS,
    State.ARRIVED: Liable.HOME,
    State.ON_LOAN: Liable.READER,
    State.RETURNED: Liable.HOME,
    State.RETURN_SHIPPED: Liable.LOGISTICS,
}


def not_reported_missing(attempt: Attempt) -> None:
    """Not reported missing already."""
    if attempt.request.missing_since is not None:
        raise MoveRefused(_("已经登记未收到。"), rule="missing_already")


def reported_missing(attempt: Attempt) -> None:
    """Only what was reported missing."""
    if attempt.request.missing_since is None:
        raise MoveRefused(_("没有登记未收到。"), rule="not_missing")


def on_the_way_for_long(attempt: Attempt) -> None:
    """On the way for longer than any parcel should be."""
    if attempt.at - attempt.request.state_since < timedelta(days=int(settings.ILL["MISSING_AFTER_DAYS"])):
        raise MoveRefused(_("图书在途时间还不长。"), rule="too_early")


def overdue_for_long(attempt: Attempt) -> None:
    """Overdue for so long that it is probably lost; proposed once."""
    due, days = attempt.request.due_date, int(settings.ILL["LOST_AFTER_DAYS"])
    if due is None or attempt.day - due < timedelta(days=days):
        raise MoveRefused(_("图书逾期时间还不长。"), rule="too_early")
    if attempt.request.lost_proposed_at is not None:
        raise MoveRefused(_("已经建议按遗失处理。"), rule="proposed_already")


def report_as_missing(attempt: Attempt) -> None:
    """Flag: the parcel has not arrived."""
    attempt.request.missing_since = attempt.at


def no_longer_missing(attempt: Attempt) -> None:
    """What was reported missing is no longer missing."""
    attempt.request.missing_since = None


def propose_as_lost(attempt: Attempt) -> None:
    """Flag: to be declared lost by a library, if it is."""
    attempt.request.lost_proposed_at = attempt.at


def name_the_liable(attempt: Attempt) -> None:
    """Who answers for it follows from the leg on which it was lost; the compensation is kept, if known."""
    request = attempt.request
    request.liable = LIABLE_ON_LEG[State(request.state)]
    request.missing_since = request.lost_proposed_at = None
    attempt.details["liable"] = request.liable
    _keep_the_amount(attempt)


def the_amount_is_not_negative(attempt: Attempt) -> None:
    """An amount, where one is given, is a sum of money."""
    if attempt.amount is not None and attempt.amount < 0:
        raise MoveRefused(_("金额不能为负数。"), rule="amount_negative")


def keep_the_damage(attempt: Attempt) -> None:
    """Damage with its amount is kept: a fine is opened for whoever had the book last."""
    if attempt.amount:
        had_it = attempt.request.due_date is not None and _was_handed_out(attempt)
        attempt.details["liable"] = Liable.READER.value if had_it else Liable.HOME.value
        _keep_the_amount(attempt)


def nobody_is_liable(attempt: Attempt) -> None:
    """Nobody has to answer for it any more."""
    attempt.request.liable = ""


def go_back_or_end(attempt: Attempt) -> None:
    """Found at the lender it is at its end; found elsewhere it goes back."""
    at_lender = attempt.acting_library == attempt.request.lender
    attempt.to_state = State.COMPLETED if at_lender else State.RETURNED


def where_the_book_is(attempt: Attempt) -> None:
    """It is said where the book is, once there is one."""
    if attempt.book_at not in BookAt.values:
        raise MoveRefused(_("请说明图书在哪里。"), rule="book_at_missing")


def _was_handed_out(attempt: Attempt) -> bool:
    return attempt.request.events.filter(to_state=State.ON_LOAN).exists()


def _keep_the_amount(attempt: Attempt) -> None:
    if attempt.amount is not None:
        attempt.details["amount"] = f"{attempt.amount:.2f}"
