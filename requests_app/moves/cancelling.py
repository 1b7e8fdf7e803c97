"""The reader's hour, and what comes after it: asking the lender to cancel."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from readers.actors import Capacity
from requests_app import calendar
from requests_app.errors import MoveRefused
from requests_app.models import cancel_window
from requests_app.moves.attempt import Attempt


def the_hour_still_runs(attempt: Attempt) -> None:
    """Within the cancel window after the request first reached the lender (at any time before that)."""
    deadline = attempt.request.cancel_deadline
    if deadline is not None and attempt.at >= deadline:
        if attempt.request.cancel_asked_at is not None:
            raise _asked_already()
        raise MoveRefused(
            _("申请提交满%(minutes)d分钟后不能直接撤销，可以请求出借馆撤销。")
            % {"minutes": int(cancel_window().total_seconds() // 60)},
            rule="hour_over",
        )


def the_hour_is_over(attempt: Attempt) -> None:
    """Not before the reader's cancel window is over: the lender may prepare, but not dispatch."""
    deadline = attempt.request.cancel_deadline
    if deadline is not None and attempt.at < deadline:
        raise MoveRefused(
            _("读者在%(time)s之前可以撤销申请，请在此之后发出。") % {"time": clock(attempt, deadline)},
            rule="hour_runs",
        )


def no_cancel_is_asked(attempt: Attempt) -> None:
    """Not while the reader's wish to cancel waits for an answer."""
    if attempt.request.cancel_asked_at is not None:
        raise MoveRefused(_("读者请求撤销，请先同意或拒绝撤销请求。"), rule="cancel_asked")


def a_cancel_may_be_asked(attempt: Attempt) -> None:
    """Not asked already; the reader asks once the hour is over, before that cancelling needs no asking."""
    if attempt.request.cancel_asked_at is not None:
        raise _asked_already()
    deadline = attempt.request.cancel_deadline
    if attempt.capacity is Capacity.READER and deadline is not None and attempt.at < deadline:
        raise MoveRefused(
            _("%(time)s之前可以直接撤销，不必请求。") % {"time": clock(attempt, deadline)}, rule="hour_runs"
        )


def _asked_already() -> MoveRefused:
    return MoveRefused(_("已经提出撤销请求，请等待出借馆答复。"), rule="cancel_asked_already")


def a_cancel_is_asked(attempt: Attempt) -> None:
    """Only where cancelling was asked for."""
    if attempt.request.cancel_asked_at is None:
        raise MoveRefused(_("没有待答复的撤销请求。"), rule="cancel_not_asked")


def the_lender_was_silent(attempt: Attempt) -> None:
    """The lender did not answer the wish to cancel for one working day, or is closed."""
    asked = attempt.request.cancel_asked_at
    if asked is None:
        raise MoveRefused(_("没有待答复的撤销请求。"), rule="cancel_not_asked")
    hours = calendar.working_time(attempt.request.lender, asked, attempt.at)
    silent = hours >= timedelta(days=int(settings.ILL["CANCEL_ANSWER_DAYS"]))
    closed = calendar.is_closed(attempt.request.lender, attempt.day)
    if not silent and not closed:
        raise MoveRefused(_("出借馆还有时间答复撤销请求。"), rule="too_early")


def ask_to_cancel(attempt: Attempt) -> None:
    """Flag: the reader wants to cancel."""
    attempt.request.cancel_asked_at = attempt.at


def answer_the_wish_to_cancel(attempt: Attempt) -> None:
    """The wish to cancel is answered."""
    attempt.request.cancel_asked_at = None


def clock(attempt: Attempt, moment: datetime) -> str:
    """The time of day, with its date where that is another day."""
    local = timezone.localtime(moment)
    return date_format(local, "H:i" if attempt.day == local.date() else "Y-m-d H:i")
