"""The guards that the table of moves names: each is one rule; its first line is the rule in docs/states.md."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import Holding
from catalog.review.services import surviving
from requests_app.attempt import Attempt
from requests_app.errors import MoveRefused
from requests_app.models import DeliveryMethod, LoanRequest, cancel_window
from requests_app.states import RESERVING_STATES, Reason

# --- judged when the button is drawn and when the move is made ---------------------------------------


def the_hour_still_runs(attempt: Attempt) -> None:
    """Within the cancel window after the request first reached the lender (at any time before that)."""
    deadline = attempt.request.cancel_deadline
    if deadline is not None and attempt.at >= deadline:
        raise MoveRefused(
            _("申请提交满%(minutes)d分钟后不能撤销。如不再需要，请联系本馆馆际互借员。")
            % {"minutes": _minutes(cancel_window())},
            rule="hour_over",
        )


def the_hour_is_over(attempt: Attempt) -> None:
    """Not before the reader's cancel window is over: the lender may prepare, but not dispatch."""
    deadline = attempt.request.cancel_deadline
    if deadline is not None and attempt.at < deadline:
        raise MoveRefused(
            _("读者在%(time)s之前可以撤销申请，请在此之后发出。") % {"time": _clock(attempt, deadline)},
            rule="hour_runs",
        )


def goes_by_logistics(attempt: Attempt) -> None:
    """Only where the book goes by parcel (物流传送)."""
    if attempt.request.delivery_method != DeliveryMethod.LOGISTICS:
        raise MoveRefused(_("这张申请单由读者自取，不走物流。"), rule="not_logistics")


# --- judged when the move is made: what was typed in -------------------------------------------------


def reason_is_given(attempt: Attempt) -> None:
    """A reason from the list; the reader sees it."""
    if attempt.reason not in Reason.values:
        raise MoveRefused(_("请选择原因，读者会看到它。"), rule="reason_missing")


def barcode_names_a_free_copy(attempt: Attempt) -> None:
    """The barcode names a copy of this book that no other request holds (required where the holdings are loaded)."""
    request = attempt.request
    known = {copy.barcode for copy in copies_at_lender(request) if copy.barcode}
    if not attempt.barcode:
        if known:
            raise MoveRefused(_("请扫描或输入所取图书的条形码。"), rule="barcode_missing")
        return
    if known and attempt.barcode not in known:
        raise MoveRefused(
            _("条形码%(barcode)s不是本馆收藏的这种书，请核对。") % {"barcode": attempt.barcode}, rule="barcode_unknown"
        )
    other = (
        LoanRequest.objects.filter(
            lender_id=request.lender_id, copy_barcode=attempt.barcode, state__in=RESERVING_STATES
        )
        .exclude(pk=request.pk)
        .first()
    )
    if other is not None:
        raise copy_is_taken(attempt.barcode, other.number)


def barcode_is_the_one_lent(attempt: Attempt) -> None:
    """The barcode of the book in the hand is the one that was lent."""
    lent = attempt.request.copy_barcode
    if lent and not attempt.barcode:
        raise MoveRefused(_("请扫描或输入收到图书的条形码。"), rule="barcode_missing")
    if lent and attempt.barcode != lent:
        raise MoveRefused(
            _("收到的图书条形码是%(barcode)s，借出的是%(lent)s，请核对。") % {"barcode": attempt.barcode, "lent": lent},
            rule="barcode_differs",
        )


# --- what the guards look at -------------------------------------------------------------------------


def copies_at_lender(request: LoanRequest) -> list[Holding]:
    """The lender's copies of the edition asked for that its last import still knew; empty for a free-text request.

    An edition that was merged since then has its copies at the edition it leads to.
    """
    edition = surviving(request.edition_id) if request.edition_id else None
    if edition is None:
        return []
    return list(Holding.objects.present().filter(library_id=request.lender_id, edition=edition))


def copy_is_taken(barcode: str, number: str = "") -> MoveRefused:
    """The refusal for a copy that another request holds; raced moves answer with it too."""
    if number:
        sentence = _("条形码%(barcode)s的图书已用于申请单%(number)s，请另取一册。") % {
            "barcode": barcode,
            "number": number,
        }
    else:
        sentence = _("条形码%(barcode)s的图书刚刚用于另一张申请单，请另取一册。") % {"barcode": barcode}
    return MoveRefused(sentence, rule="copy_taken")


def _minutes(window: timedelta) -> int:
    return int(window.total_seconds() // 60)


def _clock(attempt: Attempt, moment: datetime) -> str:
    local = timezone.localtime(moment)
    same_day = timezone.localdate(attempt.at) == local.date()
    return date_format(local, "H:i" if same_day else "Y-m-d H:i")
