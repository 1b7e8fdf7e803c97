"""One scan at the desk, from the code to the move: recorded, confirmed, taken back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import Reader, User
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest, Parcel, Scan, ScanOutcome
from requests_app.scanning.codes import Found, clean, find, is_card, reader_of_code
from requests_app.scanning.proposals import READS_THE_BARCODE, Proposal, proposals_for, why_nothing
from requests_app.services.moves import move

SCANS_KEPT = timedelta(days=7)
TWICE_WITHIN = timedelta(minutes=10)  # a book scanned again so soon is not meant to go two stations in direct mode
CHOICES_AT_MOST = 9  # one key each


@dataclass(frozen=True)
class Entry:
    """What one entry of the field came to: the scan to show, and the one the page goes on asking about.

    reader, parcel: whose page is opened, where a card or a parcel was scanned.
    """

    scan: Scan | None
    waiting: Scan | None = None
    reader: Reader | None = None
    parcel: Parcel | None = None


def scan(
    *,
    text: str,
    by: Actor,
    pending: Scan | None = None,
    direct: bool = False,
    lent_in_own_system: bool = False,
    at: datetime | None = None,
) -> Entry:
    """Take one entry of the field, and return what the page shows now.

    An empty entry confirms `pending`, a single figure chooses among its moves, a barcode or a reader's card completes
    a move that waits for one; everything else is a new scan. direct: moves that need nothing more are made at once.
    by: a librarian. Nothing is raised for bad codes or refused moves: the scan that is returned says it.
    """
    at = at or timezone.now()
    code = clean(text)
    waiting = pending if pending is not None and pending.outcome == ScanOutcome.WAITING else None
    if not code:
        if waiting is None:
            return Entry(pending)
        return _entry(confirm(scan=waiting, by=by, lent_in_own_system=lent_in_own_system, at=at))
    if waiting is not None:
        if len(waiting.proposals) > 1 and code.isdecimal() and 1 <= int(code) <= len(waiting.proposals):
            return _entry(choose(scan=waiting, place=int(code), by=by, at=at))
        if len(waiting.proposals) == 1 and (completed := _complete(waiting, code, by, at)) is not None:
            return completed
    return _new_scan(code, by, direct, at)


def confirm(*, scan: Scan, by: Actor, lent_in_own_system: bool = False, at: datetime | None = None) -> Scan:
    """Make the one move that the scan proposed. Twice makes it once."""
    with transaction.atomic():
        locked = Scan.objects.select_for_update(of=("self",)).filter(pk=scan.pk).first()
        if locked is None:  # offered anew in another window this very moment
            return scan
        if locked.outcome != ScanOutcome.WAITING or len(locked.proposals) != 1:
            return locked
        proposal = read_proposals(locked)[0]
        if proposal.needs_barcode:
            return locked
        return _perform(locked, proposal, by, at or timezone.now(), lent_in_own_system)


def choose(*, scan: Scan, place: int, by: Actor, at: datetime | None = None) -> Scan:
    """Take the move at that place (from 1) of several; it is made at once unless it asks for something more."""
    with transaction.atomic():
        locked = Scan.objects.select_for_update(of=("self",)).get(pk=scan.pk)
        if locked.outcome != ScanOutcome.WAITING or not 1 <= place <= len(locked.proposals):
            return locked
        proposal = read_proposals(locked)[place - 1]
        locked.proposals = [proposal.as_json()]
        locked.request = proposal.request
        locked.save(update_fields=["proposals", "request"])
        if proposal.asks_for_nothing_more:
            return _perform(locked, proposal, by, at or timezone.now())
    return locked


def undo(*, scan: Scan, by: Actor, at: datetime | None = None) -> Scan:
    """Take back the move that this scan made. Raises MoveRefused where somebody acted since, or it is too late."""
    with transaction.atomic():
        locked = Scan.objects.select_for_update(of=("self",)).select_related("request").get(pk=scan.pk)
        if locked.outcome != ScanOutcome.DONE or locked.request is None:
            return locked
        move(request=locked.request, verb="undo", by=by, at=at, expected_version=locked.sequence)
        locked.outcome = ScanOutcome.UNDONE
        locked.save(update_fields=["outcome"])
    return locked


def forget_scans(*, at: datetime | None = None) -> int:
    """Delete the scans that are some days old; they may hold readers' barcodes. Returns how many."""
    return Scan.objects.filter(at__lt=(at or timezone.now()) - SCANS_KEPT).delete()[0]


def read_proposals(scan: Scan) -> list[Proposal]:
    """The moves that a scan proposed, with their requests as they are now."""
    requests = LoanRequest.objects.select_related(
        "home_library", "lender", "reader__user", "reader__library", "lending_policy", "copy"
    ).in_bulk([kept["request"] for kept in scan.proposals])
    return [Proposal.from_json(kept, requests[kept["request"]]) for kept in scan.proposals]


def may_be_undone(scan: Scan, at: datetime | None = None) -> bool:
    """Whether the button to take it back is worth showing; `undo` itself judges."""
    within = (at or timezone.now()) - scan.at < timedelta(minutes=int(settings.ILL["UNDO_MINUTES"]))
    return (
        scan.outcome == ScanOutcome.DONE
        and scan.request is not None
        and scan.request.version == scan.sequence
        and within
    )


def _entry(scan: Scan, found: Found | None = None) -> Entry:
    waiting = scan if scan.outcome == ScanOutcome.WAITING else None
    return Entry(scan, waiting, found.reader if found else None, found.parcel if found else None)


def _new_scan(code: str, by: Actor, direct: bool, at: datetime) -> Entry:
    user, library = _desk(by)
    found = find(code, library)
    record = Scan(user=user, library=library, at=at, text=code, outcome=ScanOutcome.UNKNOWN)
    if found.reader is not None:
        record.outcome = ScanOutcome.OPENED
        record.message = _("读者证：%(name)s") % {"name": found.reader.name}
    elif found.parcel is not None:
        record.outcome = ScanOutcome.OPENED
        record.message = _("包裹%(number)s") % {"number": found.parcel.number}
    elif found.is_nothing:
        record.message = _unknown(code)
    else:
        _propose(record, found, by, at)
    record.save()
    if record.outcome == ScanOutcome.WAITING and direct and len(record.proposals) == 1:
        proposal = read_proposals(record)[0]
        if proposal.is_direct and not _was_just_moved(proposal.request, record):
            return _entry(confirm(scan=record, by=by, at=at))
    return _entry(record, found)


def _propose(record: Scan, found: Found, by: Actor, at: datetime) -> None:
    proposals = [each for request in found.requests for each in proposals_for(request, by, found.barcode, at)]
    if proposals:
        record.outcome = ScanOutcome.WAITING
        record.proposals = [each.as_json() for each in proposals[:CHOICES_AT_MOST]]
        if len(proposals) == 1:
            record.request = proposals[0].request
            _forget_earlier_offer(record)
    else:
        record.outcome = ScanOutcome.REFUSED
        record.request = found.requests[0]
        record.message = why_nothing(found.requests[0], by, at)


def _forget_earlier_offer(record: Scan) -> None:
    """The same request scanned again: only the last offer can still be confirmed."""
    earlier = Scan.objects.filter(user=record.user, library=record.library, request=record.request)
    earlier.filter(outcome=ScanOutcome.WAITING).delete()


def _complete(waiting: Scan, code: str, by: Actor, at: datetime) -> Entry | None:
    """The waiting move with the barcode or card just scanned; None where the code is something else."""
    proposal = read_proposals(waiting)[0]
    _user, library = _desk(by)
    if proposal.hands_out:
        reader = reader_of_code(code, library)
        if reader is None and not is_card(code):
            return None
        if reader is None or reader.pk != proposal.request.reader_id:
            message = _("这不是申请单%(number)s读者的证件，书没有交出。") % {"number": proposal.request.number}
            return _refused(waiting, code, by, at, message)
        return _entry(confirm(scan=waiting, by=by, at=at))
    if proposal.verb not in READS_THE_BARCODE or proposal.barcode or _is_of_its_own(code, library):
        return None
    with transaction.atomic():
        locked = Scan.objects.select_for_update(of=("self",)).get(pk=waiting.pk)
        if locked.outcome != ScanOutcome.WAITING:
            return _entry(locked)
        done = _perform(locked, replace(proposal, barcode=code, needs_barcode=False), by, at)
        if done.outcome != ScanOutcome.REFUSED:
            return _entry(done)
        message, done.outcome, done.message = done.message, ScanOutcome.WAITING, ""
        done.save(update_fields=["outcome", "message"])  # the slip still waits: only this book is refused
    return _refused(done, code, by, at, message)


def _is_of_its_own(code: str, library: MemberLibrary) -> bool:
    """Whether the code is a slip or card: then the librarian has gone on to something else."""
    found = find(code, library)
    return not found.is_nothing and not found.barcode


def _refused(waiting: Scan, code: str, by: Actor, at: datetime, message: str) -> Entry:
    user, library = _desk(by)
    record = Scan.objects.create(
        user=user, library=library, at=at, text=code, outcome=ScanOutcome.REFUSED, message=message[:400],
        request=waiting.request,
    )  # fmt: skip
    return Entry(record, waiting)


def _perform(locked: Scan, proposal: Proposal, by: Actor, at: datetime, lent_in_own_system: bool = False) -> Scan:
    details = {"barcode": proposal.barcode} if proposal.barcode else {}
    try:
        event = move(
            request=proposal.request,
            verb=proposal.verb,
            by=by,
            at=at,
            expected_version=proposal.version,
            lent_in_own_system=lent_in_own_system,
            **details,  # type: ignore[arg-type]
        )
    except MoveRefused as refusal:
        locked.outcome, locked.message = ScanOutcome.REFUSED, refusal.message[:400]
    else:
        locked.outcome, locked.message = ScanOutcome.DONE, proposal.label
        locked.verb, locked.sequence = proposal.verb, event.sequence
    locked.request = proposal.request
    locked.save()
    return locked


def _was_just_moved(request: LoanRequest, record: Scan) -> bool:
    before = Scan.objects.filter(user=record.user, request=request, outcome=ScanOutcome.DONE)
    return before.filter(at__gt=record.at - TWICE_WITHIN).exists()


def _unknown(code: str) -> str:
    if is_card(code):
        return _("这张读者证不是本系统签发的，或者读者与本馆无关。")
    return _("没有找到“%(code)s”：不是本馆的申请单号、包裹号、在办图书的条形码或读者证。") % {"code": code}


def _desk(by: Actor) -> tuple[User, MemberLibrary]:
    if by.user is None or by.library is None:
        raise ValueError("scans are made by a librarian at a library's desk")
    return by.user, by.library
