"""One slip as it is printed: sizes that fit, and the codes that a scanner reads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import segno
from django.utils.translation import gettext as _

from catalog.models import Holding, MemberLibrary
from readers.cards.codes import barcode_picture
from requests_app.backoffice.queues import DeskSide
from requests_app.models import LoanRequest
from requests_app.slips.selection import SlipRow
from requests_app.states import State

TITLE_AT_MOST = 110  # characters; what is longer ends in …, the code leads to the whole
COPIES_AT_MOST = 4


@dataclass(frozen=True)
class Slip:
    """One slip. `printed_before`: this is a reprint, and when it was printed first."""

    place: SlipRow
    printed_before: datetime | None = None

    @property
    def row(self) -> LoanRequest:
        return self.place.row

    @property
    def is_lenders(self) -> bool:
        return self.place.shown.side is DeskSide.LENDER

    @property
    def title(self) -> str:
        return shortened(self.row.title, TITLE_AT_MOST)

    @property
    def title_size(self) -> str:
        return size_of(self.title, 24, 60)

    @property
    def about(self) -> str:
        """Author, publisher, year and ISBN in one line."""
        row = self.row
        parts = [shortened(row.author, 30), shortened(row.publisher, 24), row.year, row.isbn]
        return " · ".join(part for part in parts if part)

    @property
    def call_number(self) -> str:
        return self.place.call_number

    @property
    def call_number_size(self) -> str:
        return size_of(self.call_number, 16, 36)

    @property
    def location(self) -> str:
        return shortened(self.place.location, 60)

    @property
    def location_size(self) -> str:
        return size_of(self.location, 28, 40)

    @property
    def barcode(self) -> str:
        """The barcode of the copy that was reserved; empty as long as any copy will do."""
        return self.row.copy_barcode

    @property
    def copies(self) -> list[Holding]:
        return [copy for copy in self.place.copies if copy.barcode][:COPIES_AT_MOST]

    @property
    def more_copies(self) -> int:
        return max(0, sum(1 for copy in self.place.copies if copy.barcode) - COPIES_AT_MOST)

    @property
    def goes_to(self) -> MemberLibrary:
        """The library to which the book travels from here."""
        row = self.row
        return row.home_library if self.is_lenders else row.lender

    @property
    def goes_back(self) -> bool:
        return self.row.state == State.RETURNED

    @property
    def reader(self) -> str:
        """The reader's name where this desk may read it."""
        return self.row.reader.name if self.place.shown.sees_reader else ""

    @property
    def number_picture(self) -> str:
        return barcode_picture(self.row.number)

    @property
    def number_square(self) -> str:
        return square_picture(self.row.number)


def slips_of(places: list[SlipRow], before: Callable[[int], datetime | None]) -> list[Slip]:
    return [Slip(place, before(place.row.pk)) for place in places]


def code_picture(text: str) -> str:
    """Code 128 as a data: address; "" for what that code cannot write, such as Chinese characters."""
    return barcode_picture(text) if text.isascii() else ""


def square_picture(text: str) -> str:
    """The text as a QR code, a data: address."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=1))


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def size_of(text: str, large: int, medium: int) -> str:
    """The class that gives the text a size at which it fits: up to `large` characters large, up to `medium` medium."""
    if len(text) <= large:
        return "is-large"
    return "is-medium" if len(text) <= medium else "is-small"


def heading_of(slip: Slip) -> str:
    """What a strap is headed with: where the book goes."""
    to = {"library": slip.goes_to.short_name}
    if slip.goes_back:
        return _("归还 %(library)s") % to
    if slip.row.is_pickup and slip.is_lenders:
        return _("读者自取")
    return _("寄往 %(library)s") % to if slip.is_lenders else _("待取")
