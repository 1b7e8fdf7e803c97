"""What the counter shows of one reader: books to hand out, books to take back, and what was done a moment ago."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.actors import Actor
from readers.models import Reader
from requests_app.backoffice.presentation import RequestShown
from requests_app.backoffice.privacy import readers_seen_by
from requests_app.models import LoanRequest
from requests_app.moves.options import MoveOption, available_moves
from requests_app.states import State

HAND_OUT = ("hand_out", "hand_out_at_lender")
TAKE_BACK = ("take_back", "take_back_at_lender")
# Where a book can lie for this reader at a counter: the home library's or, fetched there, the lender's.
AT_THE_COUNTER = (State.READY_AT_LENDER, State.ARRIVED, State.ON_LOAN)


@dataclass(frozen=True)
class CounterBook:
    """One book of the reader with the button that the counter offers for it, allowed or not."""

    shown: RequestShown
    option: MoveOption
    # What was typed beside it, when a refusal brought the page back.
    ticked: bool = False
    condition: str = ""
    barcode: str = ""

    @property
    def row(self) -> LoanRequest:
        return self.shown.loan_request

    @property
    def asks_for_the_barcode(self) -> bool:
        """At the lender only the barcode read off the book says that this is the one that was lent."""
        return self.option.verb == "take_back_at_lender" and bool(self.row.copy_barcode)


@dataclass(frozen=True)
class Counter:
    """Everything of one reader at one library's counter."""

    to_hand_out: list[CounterBook]
    to_take_back: list[CounterBook]
    just_done: list[RequestShown]

    def with_typed(self, typed: Mapping[str, str], ticked: Collection[str]) -> "Counter":
        """The same with what was typed into the form, as the page names its fields."""

        def keep(book: CounterBook) -> CounterBook:
            pk = book.row.pk
            return replace(
                book,
                ticked=str(pk) in ticked,
                condition=typed.get(f"condition-{pk}", ""),
                barcode=typed.get(f"barcode-{pk}", ""),
            )

        return replace(self, to_hand_out=[*map(keep, self.to_hand_out)], to_take_back=[*map(keep, self.to_take_back)])

    @property
    def face(self) -> RequestShown | None:
        """The request whose page may show the photo to compare with, if any does."""
        return next((book.shown for book in (*self.to_hand_out, *self.to_take_back) if book.shown.photo), None)

    @property
    def is_empty(self) -> bool:
        return not (self.to_hand_out or self.to_take_back)

    def book_of_code(self, code: str) -> CounterBook | None:
        """The book that the barcode or request number names; one to be handed out before one to be taken back."""
        for book in (*self.to_hand_out, *self.to_take_back):
            if code.upper() == book.row.number or code == book.row.copy_barcode:
                return book
        return None


def is_known_to(reader: Reader, library: MemberLibrary) -> bool:
    """Whether that library may know the reader: its own ones, and those whose request it has in hand as lender."""
    if reader.library_id == library.pk:
        return True
    return LoanRequest.objects.of_reader(reader).filter(readers_seen_by(Desk(library=library))).exists()


def counter_of(reader: Reader, by: Actor, at: datetime | None = None) -> Counter:
    """The reader's books at the counter of the librarian's library, those due first on top."""
    if by.library is None:
        raise ValueError("the counter is a library's")
    desk, at = Desk(library=by.library), at or timezone.now()
    here = LoanRequest.objects.of_library(by.library).of_reader(reader).select_related(
        "home_library", "lender", "reader__user", "reader__library", "lending_policy"
    )  # fmt: skip
    to_hand_out: list[CounterBook] = []
    to_take_back: list[CounterBook] = []
    for request in here.filter(state__in=AT_THE_COUNTER).order_by("due_date", "pk"):
        verbs = TAKE_BACK if request.state == State.ON_LOAN else HAND_OUT
        option = next((each for each in available_moves(request, by, at) if each.verb in verbs), None)
        if option is not None:
            pile = to_take_back if request.state == State.ON_LOAN else to_hand_out
            pile.append(CounterBook(RequestShown(request, desk), option))
    return Counter(to_hand_out, to_take_back, [RequestShown(each, desk) for each in _just_done(reader, by, at)])


def _just_done(reader: Reader, by: Actor, at: datetime) -> list[LoanRequest]:
    """The reader's requests of which the last event is an act of this counter that can still be taken back."""
    since = at - timedelta(minutes=int(settings.ILL["UNDO_MINUTES"]))
    moved = LoanRequest.objects.of_reader(reader).filter(state_since__gt=since)
    acts = moved.filter(events__verb__in=[*HAND_OUT, *TAKE_BACK], events__library=by.library, events__at__gt=since)
    candidates = acts.select_related("home_library", "lender", "reader__user", "lending_policy").distinct()
    return [
        request
        for request in candidates.order_by("-state_since", "pk")
        if any(each.verb == "undo" and each.allowed for each in available_moves(request, by, at))
    ]
