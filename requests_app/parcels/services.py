"""Packing, sending and receiving.

Rows are locked in one order: the parcel, all its requests, all their readers, each kind by key. A single move locks a
request and then its reader, so that neither waits for the other in a circle.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.actors import Actor
from readers.models import Reader
from requests_app.errors import MoveRefused, ParcelRefused
from requests_app.models import LoanRequest, Parcel, ParcelItem, ParcelState
from requests_app.parcels.legs import leg_of, waits_at
from requests_app.parcels.selectors import items_of, waiting_for
from requests_app.services.moves import move


@dataclass(frozen=True)
class Sent:
    """What became of a parcel that was sent: the books on their way, and those that stay, each with its reason."""

    parcel: Parcel
    gone: list[LoanRequest] = field(default_factory=list)
    kept: list[ParcelItem] = field(default_factory=list)


def open_parcel(*, recipient: MemberLibrary, by: Actor, at: datetime | None = None) -> Parcel:
    """The parcel that is being packed for that library, a new one where there is none. Raises ParcelRefused."""
    if by.library is None or by.library.pk == recipient.pk:
        raise ParcelRefused(_("包裹从一个图书馆寄往另一个图书馆。"))
    parcel, _made = Parcel.objects.get_or_create(
        sender=by.library,
        recipient=recipient,
        state=ParcelState.PACKING,
        defaults={"created_at": at or timezone.now()},
    )
    return parcel


def pack(*, parcel: Parcel, request: LoanRequest, by: Actor, at: datetime | None = None) -> ParcelItem:
    """Put one book into a parcel that is being packed; twice puts it in once. Raises ParcelRefused."""
    with transaction.atomic():
        locked = _lock(parcel, by)
        if locked.state != ParcelState.PACKING:
            raise ParcelRefused(_("包裹%(number)s已经发出，不能再装。") % {"number": locked.number})
        book = LoanRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if leg_of(book, locked) is None:
            raise ParcelRefused(_("这册书不是寄往%(library)s的。") % {"library": locked.recipient.short_name})
        if not LoanRequest.objects.filter(waits_at(locked.sender), pk=book.pk).exists():
            raise ParcelRefused(_("申请单%(number)s现在不等着寄出。") % {"number": book.number})
        return _put_in(locked, book, at or timezone.now())


def pack_all(*, parcel: Parcel, by: Actor, at: datetime | None = None) -> int:
    """Put in everything that lies ready on this route. Returns how many books were added."""
    with transaction.atomic():
        locked = _lock(parcel, by)
        if locked.state != ParcelState.PACKING:
            raise ParcelRefused(_("包裹%(number)s已经发出，不能再装。") % {"number": locked.number})
        waiting = list(waiting_for(locked).select_for_update(of=("self",)).order_by("pk"))
        for book in waiting:
            _put_in(locked, book, at or timezone.now())
        return len(waiting)


def unpack(*, parcel: Parcel, request: LoanRequest, by: Actor) -> None:
    """Take one book out of a parcel that has not left. What is not in it needs no taking out."""
    with transaction.atomic():
        locked = _lock(parcel, by)
        if locked.state != ParcelState.PACKING:
            raise ParcelRefused(_("包裹%(number)s已经发出。") % {"number": locked.number})
        locked.items.filter(request=request).delete()


def send_parcel(
    *,
    parcel: Parcel,
    by: Actor,
    carrier: str = "",
    tracking_number: str = "",
    lent_in_own_system: bool = False,
    at: datetime | None = None,
) -> Sent:
    """Send the parcel: each book makes its move. A refused one goes back to the packing list of the route, with why.

    Where every book is refused the parcel stays. Two clerks who press at once send it once: the second is told so.
    Raises ParcelRefused for an empty parcel and for one that has left.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(parcel, by)
        if locked.state != ParcelState.PACKING:
            raise ParcelRefused(
                _("包裹%(number)s已经由%(name)s发出。") % {"number": locked.number, "name": locked.sent_by}
            )
        items = list(locked.items.order_by("request_id"))
        if not items:
            raise ParcelRefused(_("包裹是空的，先装书。"))
        books = _lock_books(locked)
        gone: list[ParcelItem] = []
        kept: list[ParcelItem] = []
        for item in items:
            item.request = books[item.request_id]
            (gone if _leaves(item, locked, by, lent_in_own_system, at) else kept).append(item)
        if gone:
            locked.state = ParcelState.SENT
            locked.carrier, locked.tracking_number = carrier.strip()[:40], tracking_number.strip()[:40]
            locked.sent_at, locked.sent_by = at, by.name[:60]
            locked.save()
            ParcelItem.objects.filter(pk__in=[item.pk for item in gone]).update(sent_at=at, refusal="")
            if kept:
                following = open_parcel(recipient=locked.recipient, by=by, at=at)
                ParcelItem.objects.filter(pk__in=[item.pk for item in kept]).update(parcel=following)
        return Sent(locked, [item.request for item in gone], kept)


def note_waybill(*, parcel: Parcel, by: Actor, carrier: str, tracking_number: str) -> None:
    """Carrier and waybill number, which are often known only when the van has been there. Raises ParcelRefused."""
    with transaction.atomic():
        locked = _lock(parcel, by)
        locked.carrier, locked.tracking_number = carrier.strip()[:40], tracking_number.strip()[:40]
        locked.save(update_fields=["carrier", "tracking_number"])


def take_out(
    *, parcel: Parcel, request: LoanRequest, by: Actor, barcode: str = "", at: datetime | None = None
) -> LoanRequest:
    """A book of the parcel is in the recipient's hand: it makes the move of arriving.

    Raises MoveRefused (a wrong barcode, a book that has arrived already), ParcelRefused for somebody else's parcel.
    """
    leg = leg_of(request, parcel)
    if by.library is None or by.library.pk != parcel.recipient_id or leg is None:
        raise ParcelRefused(_("这不是寄给本馆的包裹。"))
    details = {"barcode": barcode} if leg.arrive == "check_in" else {}
    move(request=request, verb=leg.arrive, by=by, at=at, **details)  # type: ignore[arg-type]
    _end_when_all_is_there(parcel, by, at or timezone.now())
    return request


def end_receipt(*, parcel: Parcel, by: Actor, at: datetime | None = None) -> list[LoanRequest]:
    """Nothing more is in the parcel: what still travels is reported missing. Returns those books.

    Twice reports once.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(parcel, by, as_recipient=True)
        if locked.state != ParcelState.SENT:
            return []
        _lock_books(locked)
        missing = []
        for each in sorted(items_of(locked, Desk(library=by.library)), key=lambda each: each.row.pk):
            if each.is_on_the_way and _report_missing(each.row, locked, by, at):
                missing.append(each.row)
        locked.state, locked.received_at, locked.received_by = ParcelState.RECEIVED, at, by.name[:60]
        locked.save()
    return missing


def _lock(parcel: Parcel, by: Actor, *, as_recipient: bool = False) -> Parcel:
    locked = Parcel.objects.select_for_update(of=("self",)).select_related("sender", "recipient").get(pk=parcel.pk)
    mine = locked.recipient_id if as_recipient else locked.sender_id
    if by.library is None or by.library.pk != mine:
        raise ParcelRefused(_("这不是本馆的包裹。"))
    return locked


def _lock_books(parcel: Parcel) -> dict[int, LoanRequest]:
    """Every request of the parcel as it is now, locked, and their readers, whose counters the moves will write."""
    pks = list(parcel.items.values_list("request_id", flat=True))
    books = list(LoanRequest.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk"))
    readers = Reader.objects.select_for_update(of=("self",)).filter(pk__in={book.reader_id for book in books})
    list(readers.order_by("pk").values_list("pk", flat=True))
    return {book.pk: book for book in books}


def _put_in(parcel: Parcel, book: LoanRequest, at: datetime) -> ParcelItem:
    """A book that is packed again was taken back from a parcel that had left: there it is marked as withdrawn."""
    packed = ParcelItem.objects.filter(request=book, sent_at__isnull=True).select_related("parcel").first()
    if packed is not None and packed.parcel_id != parcel.pk:
        raise ParcelRefused(_("这册书已经装在包裹%(number)s里。") % {"number": packed.parcel.number})
    if packed is not None:
        return packed
    former = ParcelItem.objects.filter(
        request=book, parcel__sender=parcel.sender_id, sent_at__isnull=False, withdrawn_at__isnull=True
    )
    former.update(withdrawn_at=at)
    return ParcelItem.objects.create(parcel=parcel, request=book, added_at=at)


def _leaves(item: ParcelItem, parcel: Parcel, by: Actor, lent_in_own_system: bool, at: datetime) -> bool:
    """Make the move of leaving; one that somebody has recorded already by scanning the book is as good."""
    request = item.request
    leg = leg_of(request, parcel)
    if leg is None:
        raise ValueError(f"request {request.pk} is in parcel {parcel.pk} of another route")
    if request.state == leg.travels:
        return True
    try:
        move(
            request=request,
            verb=leg.send,
            by=by,
            at=at,
            parcel=parcel.number,
            lent_in_own_system=lent_in_own_system and leg.send == "ship",
        )
    except MoveRefused as refusal:
        item.refusal = refusal.message[:300]
        item.save(update_fields=["refusal"])
        return False
    return True


def _report_missing(request: LoanRequest, parcel: Parcel, by: Actor, at: datetime) -> bool:
    """False where it is reported already, or has arrived this very moment at the desk beside."""
    note = _("不在包裹%(number)s里") % {"number": parcel.number}
    try:
        move(request=request, verb="report_missing", by=by, at=at, note=note)
    except MoveRefused:
        return False
    return True


def _end_when_all_is_there(parcel: Parcel, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        locked = _lock(parcel, by, as_recipient=True)
        travels = any(each.is_on_the_way for each in items_of(locked, Desk(library=by.library)))
        if locked.state == ParcelState.SENT and not travels:
            locked.state, locked.received_at, locked.received_by = ParcelState.RECEIVED, at, by.name[:60]
            locked.save()
