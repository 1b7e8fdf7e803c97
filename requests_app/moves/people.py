"""Whether reader and libraries may go on: suspended readers, paused services, members that have left."""

from django.utils.translation import gettext as _

from catalog.models import PauseKind
from requests_app.errors import MoveRefused
from requests_app.moves.attempt import Attempt
from requests_app.states import Reason
from requests_app.submission_rules import card_is_valid, lending_stopped, reader_may_borrow


def home_still_borrows(attempt: Attempt) -> None:
    """The home library borrows, and its borrowing is not paused."""
    if _borrowing_stopped(attempt):
        raise MoveRefused(_("本馆暂停馆际互借借入服务，不能提交出借馆。"), rule="borrowing_paused")


def the_lender_still_lends(attempt: Attempt) -> None:
    """The lender lends, and its lending is not paused."""
    if lending_stopped(attempt.request.lender, attempt.day):
        raise MoveRefused(_("出借馆暂停借出服务，请不通过并说明原因。"), rule="lending_paused")


def borrowing_has_stopped(attempt: Attempt) -> None:
    """The home library's borrowing is paused, or it has left."""
    if not _borrowing_stopped(attempt):
        raise MoveRefused(_("本馆没有暂停借入服务。"), rule="not_paused")


def say_the_service_is_paused(attempt: Attempt) -> None:
    """The reason is 暂停服务."""
    attempt.reason = Reason.SERVICE_PAUSED
    attempt.request.reason = Reason.SERVICE_PAUSED
    attempt.request.reason_note = ""


def the_reader_may_borrow(attempt: Attempt) -> None:
    """The reader is neither suspended nor expired."""
    reader = attempt.request.reader
    if not reader_may_borrow(reader, attempt.day):
        raise MoveRefused(_("读者账号已暂停或过期，不能取书。"), rule="reader_inactive")


def the_reader_may_borrow_or_it_is_said_why(attempt: Attempt) -> None:
    """A suspended or expired reader gets the book only with a reason."""
    if reader_may_borrow(attempt.request.reader, attempt.day):
        return
    if not attempt.override:
        raise MoveRefused(_("读者账号已暂停或过期；仍要交给读者请说明原因。"), rule="override_missing")
    attempt.details["override"] = attempt.override


def the_card_is_valid(attempt: Attempt) -> None:
    """The reader's pick-up card (联盟自取借书证) is valid."""
    if not card_is_valid(attempt.request.reader, attempt.day):
        raise MoveRefused(_("读者没有有效的联盟自取借书证。"), rule="card_invalid")


def _borrowing_stopped(attempt: Attempt) -> bool:
    home = attempt.request.home_library
    return not home.borrows or home.left_on is not None or home.is_paused(PauseKind.BORROWING, attempt.day)
