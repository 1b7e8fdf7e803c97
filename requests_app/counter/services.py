"""Several books over the counter in one go: each is a move of its own, and a refused one does not stop the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest, RequestEvent
from requests_app.services.moves import MoveDetails, move


@dataclass(frozen=True)
class BookOver:
    """One book to be moved: as the page showed it (`version`), and what was typed beside it."""

    request: LoanRequest
    verb: str
    version: int
    details: MoveDetails


@dataclass(frozen=True)
class Outcome:
    """What became of one book: the event, or the sentence why not."""

    request: LoanRequest
    event: RequestEvent | None = None
    refusal: str = ""


def move_books(*, books: Iterable[BookOver], by: Actor, at: datetime | None = None) -> list[Outcome]:
    """Move each book; those that are refused stay as they were, with the reason."""
    outcomes = []
    for book in books:
        try:
            event = move(
                request=book.request, verb=book.verb, by=by, at=at, expected_version=book.version, **book.details
            )
        except MoveRefused as refusal:
            outcomes.append(Outcome(book.request, refusal=refusal.message))
        else:
            outcomes.append(Outcome(book.request, event=event))
    return outcomes
