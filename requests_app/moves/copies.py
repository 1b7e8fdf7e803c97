"""The copy: named and reserved at accept, checked when it comes back, and what the catalogue shows meanwhile."""

from django.utils.translation import gettext as _

from catalog import circulation
from catalog.models import Holding
from catalog.review.services import surviving
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.moves.attempt import Attempt
from requests_app.states import RESERVING_STATES, BookAt, State


def barcode_names_a_free_copy(attempt: Attempt) -> None:
    """The barcode names a copy of this book that no other request holds (required where the holdings are loaded)."""
    known = {copy.barcode for copy in copies_at_lender(attempt.request) if copy.barcode}
    if not attempt.barcode:
        if known:
            raise MoveRefused(_("请扫描或输入所取图书的条形码。"), rule="barcode_missing")
        return
    if known and attempt.barcode not in known:
        raise MoveRefused(
            _("条形码%(barcode)s不是本馆收藏的这种书，请核对。") % {"barcode": attempt.barcode}, rule="barcode_unknown"
        )
    no_other_request_holds(attempt.request, attempt.barcode)


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


def the_copy_is_not_taken(attempt: Attempt) -> None:
    """No other request holds the copy meanwhile."""
    no_other_request_holds(attempt.request, attempt.request.copy_barcode)


def no_other_request_holds(request: LoanRequest, barcode: str) -> None:
    """Raises MoveRefused where another request of the lender holds that barcode."""
    if not barcode:
        return
    holding_it = LoanRequest.objects.filter(
        lender_id=request.lender_id, copy_barcode=barcode, state__in=RESERVING_STATES
    )
    other = holding_it.exclude(pk=request.pk).first()
    if other is not None:
        raise copy_is_taken(barcode, other.number)


def reserve_the_copy(attempt: Attempt) -> None:
    """The copy is reserved; the catalogue shows it 已借出."""
    request = attempt.request
    request.copy_barcode = attempt.barcode
    request.copy = None
    if not attempt.barcode:
        return
    attempt.details["barcode"] = attempt.barcode
    request.copy = next((copy for copy in copies_at_lender(request) if copy.barcode == attempt.barcode), None)
    if request.copy is not None:
        circulation.mark_copy_out(holding=request.copy, request_number=request.number)


def release_the_copy(attempt: Attempt) -> None:
    """The copy is free again."""
    if (copy := _copy(attempt.request)) is not None:
        circulation.mark_copy_back(holding=copy)


def write_off_the_copy(attempt: Attempt) -> None:
    """The catalogue shows the copy 遗失."""
    if (copy := _copy(attempt.request)) is not None:
        circulation.mark_copy_lost(holding=copy)


def find_the_copy(attempt: Attempt) -> None:
    """The copy is back: out on this request, or on its shelf where the lender has it."""
    show_the_copy(attempt.request, attempt.to_state)


def leave_the_copy_where_it_is(attempt: Attempt) -> None:
    """The copy is free where the book is at the lender, else the catalogue shows it 待查."""
    if not attempt.book_at and attempt.request.state not in RESERVING_STATES:
        return
    attempt.details["book_at"] = attempt.book_at
    if (copy := _copy(attempt.request)) is None:
        return
    if attempt.book_at == BookAt.LENDER:
        circulation.mark_copy_back(holding=copy)
    else:
        circulation.mark_copy_in_question(holding=copy)


def show_the_copy(request: LoanRequest, state: State) -> None:
    """Bring the catalogue in step with a request that is in that state now."""
    copy = _copy(request)
    if copy is None:
        return
    circulation.mark_copy_found(holding=copy)
    if state in RESERVING_STATES:
        circulation.mark_copy_out(holding=copy, request_number=request.number)
    elif copy.out_on_request == request.number:
        circulation.mark_copy_back(holding=copy)


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


def _copy(request: LoanRequest) -> Holding | None:
    return Holding.objects.get(pk=request.copy_id) if request.copy_id is not None else None
