"""Notes between the two desks of a request: written, and read."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.actors import Actor, Capacity
from requests_app.errors import MoveRefused
from requests_app.models import DeskNote, LoanRequest, NoteFrom
from requests_app.moves.options import capacity_of

_SIDES = {Capacity.HOME: NoteFrom.HOME, Capacity.LENDER: NoteFrom.LENDER, Capacity.CENTER: NoteFrom.CENTER}


def write_note(*, request: LoanRequest, text: str, by: Actor, at: datetime | None = None) -> DeskNote:
    """A note of one of the two libraries, or of the center, for the others. What was there before is read with it.

    Raises MoveRefused for anybody else (readers too) and for a note without words.
    """
    at = at or timezone.now()
    capacity = capacity_of(request, by)
    side = _SIDES.get(capacity) if capacity is not None else None
    if side is None:
        raise MoveRefused(_("留言只供两馆和中心使用。"), rule="stranger")
    text = text.replace("\0", "").strip()
    if not text:
        raise MoveRefused(_("请填写留言。"), rule="note_missing")
    with transaction.atomic():
        read_notes(request=request, by=by, at=at)
        return DeskNote.objects.create(
            request=request,
            written_by=side,
            author=by.user,
            author_name=by.name[:60],
            text=text,
            at=at,
            read_at_home=at if side == NoteFrom.HOME else None,
            read_at_lender=at if side == NoteFrom.LENDER else None,
        )


def read_notes(*, request: LoanRequest, by: Actor, at: datetime | None = None) -> int:
    """The desk of this actor has read every note of the request; returns how many were new to it.

    What the center reads stays unread at the desks.
    """
    at = at or timezone.now()
    notes = DeskNote.objects.filter(request=request)
    match capacity_of(request, by):
        case Capacity.HOME:
            return notes.unread_at_home().update(read_at_home=at)
        case Capacity.LENDER:
            return notes.unread_at_lender().update(read_at_lender=at)
    return 0
