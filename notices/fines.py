"""The ledger of fines: requests_app says what happened, here it becomes a sum that somebody owes.

What an open fine of a reader means for new requests is written onto the reader (`blocks`) in the same transaction.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notices.errors import FineRefused
from notices.models import Fine, FineQuerySet, FineReason, FineState
from notices.routing import FINES
from notices.selectors import owed_by
from notices.telling import context_of_request, tell_of_request
from readers.actors import Actor
from readers.models import Reader
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest, RequestEvent
from requests_app.states import Liable


def overdue_fine(policy: LendingPolicy, days_late: int) -> Decimal:
    """What so many days late cost by the lender's policy, in yuan: per day beyond the days of grace, up to its cap."""
    days = max(0, days_late - policy.fine_grace_days)
    amount = policy.fine_per_day * days
    if policy.fine_cap is not None:
        amount = min(amount, policy.fine_cap)
    return Decimal(amount).quantize(Decimal("0.01"))


def book_fines(*, request: LoanRequest, event: RequestEvent) -> None:
    """What this event means for the ledger; runs in the transaction of the move. Twice for one event books once."""
    fines = Fine.objects.filter(request=request)
    if event.undoes is not None:
        _reverse(fines.open().filter(event=event.undoes), event, _("登记已撤回"))
    elif event.verb == "found":
        _reverse(fines.filter(reason=FineReason.LOSS).exclude(state=FineState.WAIVED), event, _("图书已找到"))
    elif event.verb == "settle_lost":
        fines.open().filter(reason=FineReason.LOSS).update(
            state=FineState.PAID, settled_at=event.at, settled_by=event.actor_name, note=event.note[:200]
        )
    elif event.details.keys() & {"days_late", "amount", "liable"}:
        _open_what_happened(request, event)
    else:
        return
    write_blocks(request.reader)
    _mark(request)


def _open_what_happened(request: LoanRequest, event: RequestEvent) -> None:
    details = event.details
    overdue = overdue_fine(request.terms, details.get("days_late", 0))
    if overdue:
        _open(request, event, FineReason.OVERDUE, overdue, Liable.READER, details["days_late"])
    amount = Decimal(details["amount"]) if "amount" in details else None
    if event.verb == "declare_lost":
        _open(request, event, FineReason.LOSS, amount, details["liable"])
    elif amount:
        _open(request, event, FineReason.DAMAGE, amount, details["liable"])


def _open(
    request: LoanRequest,
    event: RequestEvent,
    reason: FineReason,
    amount: Decimal | None,
    liable: str,
    days_late: int = 0,
) -> None:
    fine, is_new = Fine.objects.get_or_create(
        request=request,
        event=event.sequence,
        reason=reason,
        defaults={
            "reader": request.reader,
            "amount": amount,
            "days_late": days_late,
            "liable": liable,
            "recorded_by": event.actor_name,
            "opened_at": event.at,
        },
    )
    if is_new and liable == Liable.READER and amount is not None:
        _tell(fine, request, fine.opened_at)


def settle(*, fine: Fine, state: str, by: Actor, note: str = "", at: datetime | None = None) -> None:
    """已缴 or 已免除: an open fine is paid, or waived with a reason. Raises FineRefused where it is not open."""
    if state not in (FineState.PAID, FineState.WAIVED):
        raise ValueError(state)
    if state == FineState.WAIVED and not note.strip():
        raise FineRefused(_("免除罚款请说明原因。"))
    with transaction.atomic():
        current = Fine.objects.select_for_update().select_related("reader").get(pk=fine.pk)
        if current.state != FineState.OPEN:
            raise FineRefused(_("这笔罚款已经处理过：%(state)s。") % {"state": current.get_state_display()})
        current.state, current.note = state, note.strip()[:200]
        current.settled_at, current.settled_by = at or timezone.now(), by.name[:60]
        current.save(update_fields=["state", "note", "settled_at", "settled_by"])
        write_blocks(Reader.objects.select_for_update(of=("self",)).get(pk=current.reader_id))
        _mark(current.request)
    fine.refresh_from_db()


def assess(*, fine: Fine, amount: Decimal, by: Actor, at: datetime | None = None) -> None:
    """定额: an open fine whose sum was left open gets it, in yuan; from then on it blocks, and the reader is told.

    Raises FineRefused for a sum that is none, and where the fine has one already or is not open.
    """
    if amount.is_nan() or not Decimal(0) < amount < Decimal(10_000_000):
        raise FineRefused(_("请填写大于0的金额。"))
    with transaction.atomic():
        current = Fine.objects.select_for_update().select_related("reader", "request").get(pk=fine.pk)
        if current.state != FineState.OPEN or current.amount is not None:
            raise FineRefused(_("这笔罚款已有金额或已经处理。"))
        current.amount = amount.quantize(Decimal("0.01"))
        current.note = _("金额由%(name)s核定") % {"name": by.name[:60]}
        current.save(update_fields=["amount", "note"])
        write_blocks(Reader.objects.select_for_update(of=("self",)).get(pk=current.reader_id))
        if current.liable == Liable.READER:
            _tell(current, current.request, at or timezone.now())
    fine.refresh_from_db()


def write_blocks(reader: Reader) -> None:
    """Write onto the reader what the open fines forbid. The reader's row is locked by the caller."""
    owed = owed_by(reader)
    blocks = []
    if owed and BorrowingPolicy.of(reader.library).fines_block:
        with translation.override("zh-hans"):
            blocks = [_("有未缴罚款%(amount)s元") % {"amount": owed}]
    if reader.blocks != blocks:
        reader.blocks = blocks
        Reader.objects.filter(pk=reader.pk).update(blocks=blocks)


def _mark(request: LoanRequest) -> None:
    """Write onto the request whether a fine of it is open."""
    request.has_open_fine = Fine.objects.open().filter(request=request).exists()
    LoanRequest.objects.filter(pk=request.pk).update(has_open_fine=request.has_open_fine)


def _reverse(fines: FineQuerySet, event: RequestEvent, note: str) -> None:
    fines.update(state=FineState.REVERSED, settled_at=event.at, settled_by=event.actor_name, note=note)


def _tell(fine: Fine, request: LoanRequest, at: datetime) -> None:
    context = context_of_request(request) | {
        "fine_reason": str(FineReason(fine.reason).label),
        "fine_amount": fine.amount,
        "blocks": BorrowingPolicy.of(request.home_library).fines_block,
    }
    tellings = [(told, told.recipient, f"fine/{fine.pk}/opened/{told.recipient}") for told in FINES["opened"]]
    tell_of_request(tellings, context, request=request, at=at)
