"""转馆: when a request may go on to another library. The new request itself is made in services/forwarding.py."""

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.selectors import surviving_edition
from requests_app.errors import MoveRefused
from requests_app.lenders import lenders_left
from requests_app.models import LoanRequest
from requests_app.moves.attempt import Attempt
from requests_app.states import State


def not_forwarded_yet(attempt: Attempt) -> None:
    """It has not gone on already."""
    child = LoanRequest.objects.filter(forwarded_from=attempt.request).first()
    if child is not None:
        raise MoveRefused(_("已经转馆，新的申请单是%(number)s。") % {"number": child.number}, rule="forwarded_already")


def hops_are_left(attempt: Attempt) -> None:
    """It has not gone on too often."""
    most = int(settings.ILL["MAX_HOPS"])
    if attempt.request.hop >= most:
        raise MoveRefused(_("最多转馆%(hops)d次。") % {"hops": most}, rule="too_many_hops")


def somebody_else_has_it(attempt: Attempt) -> None:
    """Another library that was not asked yet can lend the book; what no catalogue has may be asked of any."""
    request = attempt.request
    edition = surviving_edition(request.edition_id) if request.edition_id is not None else None
    if edition is not None and all(lender.why_not for lender in lenders_left(request, edition, attempt.at)):
        raise MoveRefused(_("没有别的成员馆可以借出这本书，不能转馆。"), rule="nobody_else_has_it")


def the_arrival_was_refused(attempt: Attempt) -> None:
    """A returned book only where its arrival was refused."""
    moved = attempt.request.events.filter(to_state=State.RETURNED).exclude(from_state=State.RETURNED)
    last = moved.order_by("-sequence").first()
    if last is None or last.verb != "refuse_arrival":
        raise MoveRefused(_("只有未满足的申请可以转馆。"), rule="not_refused")


def the_reader_agreed(attempt: Attempt) -> None:
    """The reader agreed beforehand."""
    if not attempt.request.may_forward:
        raise MoveRefused(_("读者没有同意自动转馆。"), rule="no_consent")
