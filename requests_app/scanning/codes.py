"""What a scanned code means at one library: a request number, a parcel, a book, or a reader's card."""

import re
import unicodedata
from dataclasses import dataclass, field

from django.db.models import Q

from catalog.models import Holding, MemberLibrary
from catalog.review.services import surviving
from readers.cards.codes import card_of_token
from readers.errors import LinkRefused
from readers.models import Reader
from requests_app.counter.books import is_known_to
from requests_app.models import LoanRequest, Parcel
from requests_app.models.requests import LoanRequestQuerySet
from requests_app.parcels.selectors import parcel_of_code
from requests_app.states import RESERVING_STATES, State

LONGEST = 200  # characters: no code of ours or of a library is nearly as long
_CARD = re.compile(r"/readers/card/verify/([^/\s]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What a code may mean here. `barcode` is set when it was read off a book: then the book is in the hand."""

    requests: list[LoanRequest] = field(default_factory=list)
    barcode: str = ""
    reader: Reader | None = None
    parcel: Parcel | None = None

    @property
    def is_nothing(self) -> bool:
        return not self.requests and self.reader is None and self.parcel is None


def clean(text: str) -> str:
    """The code as it was meant: a Chinese input method widens what a scanner types, and blanks creep in."""
    return unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:LONGEST]


def find(code: str, library: MemberLibrary) -> Found:
    """Everything that code may mean at that library, the surest first; what belongs to others is not found."""
    if reader := reader_of_code(code, library):
        return Found(reader=reader)
    own = _own(library)
    if named := list(own.filter(number=code.upper())):
        return Found(requests=named)
    if parcel := parcel_of_code(code, library):
        return Found(parcel=parcel)
    if lent := list(own.filter(copy_barcode=code, state__in=RESERVING_STATES).order_by("created_at", "pk")):
        return Found(requests=lent, barcode=code)
    return Found(requests=_asked_for(code, library), barcode=code)


def reader_of_code(code: str, library: MemberLibrary) -> Reader | None:
    """The reader whose card that is: the signed QR code or the reader's barcode. Only readers this desk may know."""
    if match := _CARD.search(code):
        try:
            return _known(card_of_token(match[1]).reader, library)
        except LinkRefused:
            return None
    reader = Reader.objects.approved().filter(reader_barcode=code.upper()).select_related("library").first()
    return _known(reader, library) if reader is not None else None


def is_card(code: str) -> bool:
    """Whether the code has the form of the QR code on a reader's card, whoever's it is."""
    return _CARD.search(code) is not None


def _known(reader: Reader, library: MemberLibrary) -> Reader | None:
    return reader if is_known_to(reader, library) else None


def _asked_for(barcode: str, library: MemberLibrary) -> list[LoanRequest]:
    """New requests for the book of which the library's copy carries that barcode, the oldest first."""
    copy = Holding.objects.present().filter(library=library, barcode=barcode).first()
    if copy is None:
        return []
    waiting = _own(library).filter(lender=library, state=State.SUBMITTED, edition__isnull=False)
    near = waiting.filter(Q(edition_id=copy.edition_id) | Q(edition__merged_into__isnull=False))
    return [each for each in near.order_by("created_at", "pk") if _leads_to(each, copy.edition_id)]


def _leads_to(request: LoanRequest, edition_id: int) -> bool:
    if request.edition_id == edition_id:
        return True
    edition = surviving(request.edition_id) if request.edition_id else None
    return edition is not None and edition.pk == edition_id


def _own(library: MemberLibrary) -> LoanRequestQuerySet:
    return LoanRequest.objects.of_library(library).select_related(
        "home_library", "lender", "reader__user", "reader__library", "lending_policy", "copy"
    )
