"""The clocks of those who have to answer: how long each may take, when it is warned, when the system acts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from requests_app import calendar
from requests_app.errors import MoveRefused
from requests_app.models import BorrowingPolicy, LoanRequest
from requests_app.moves.attempt import Attempt
from requests_app.states import Reason, State
from requests_app.submission_rules import lending_stopped

WARNED_AT = (50, 80)  # percent of the time


@dataclass(frozen=True)
class AnswerClock:
    """Who has to act, since when, and how many working days that library has."""

    library: MemberLibrary
    started: datetime
    days: int

    @property
    def deadline(self) -> datetime:
        return calendar.working_deadline(self.library, self.started, self.days)

    def percent(self, at: datetime) -> int:
        """How much of the time has passed."""
        return int(calendar.working_time(self.library, self.started, at) / timedelta(days=self.days) * 100)


def clock_of(request: LoanRequest) -> AnswerClock | None:
    """The clock that runs on this request now, or None where nobody has to answer by a deadline."""
    match request.state:
        case State.HOME_REVIEW:
            home = request.home_library
            return AnswerClock(home, request.state_since, BorrowingPolicy.of(home).approve_days)
        case State.SUBMITTED:
            return AnswerClock(request.lender, request.state_since, request.terms.answer_days)
        case State.ACCEPTED:
            hour = request.cancel_deadline
            started = max(request.state_since, hour) if hour else request.state_since
            return AnswerClock(request.lender, started, request.terms.dispatch_days)
    return None


def the_time_is_over(attempt: Attempt) -> None:
    """The working days to answer are over."""
    clock = clock_of(attempt.request)
    if clock is None or clock.percent(attempt.at) < 100:
        raise MoveRefused(_("还在办理期限之内。"), rule="too_early")


def the_time_is_over_or_lending_stopped(attempt: Attempt) -> None:
    """The working days to answer are over, or the lender's lending is paused, or it has left."""
    if not lending_stopped(attempt.request.lender, attempt.day):
        the_time_is_over(attempt)


def a_warning_is_due(attempt: Attempt) -> None:
    """At half and at four fifths of the time, once each."""
    clock = clock_of(attempt.request)
    if clock is None or _warning(clock.percent(attempt.at)) <= attempt.request.warned_percent:
        raise MoveRefused(_("还不到提醒的时候。"), rule="too_early")


def note_the_warning(attempt: Attempt) -> None:
    """How far the time has run is kept."""
    clock = clock_of(attempt.request)
    if clock is not None:
        attempt.request.warned_percent = _warning(clock.percent(attempt.at))
        attempt.details["percent"] = attempt.request.warned_percent
        attempt.details["deadline"] = clock.deadline.isoformat()


def say_why_it_expired(attempt: Attempt) -> None:
    """The reason is 暂停服务 where the lender's service stopped."""
    if lending_stopped(attempt.request.lender, attempt.day):
        attempt.reason = attempt.request.reason = Reason.SERVICE_PAUSED


def _warning(percent: int) -> int:
    return max((step for step in WARNED_AT if step <= percent), default=0)
