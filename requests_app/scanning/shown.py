"""How the scan desk shows a scan: its request as this desk may see it, its moves, what to do with the book next."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.actors import Actor
from requests_app.backoffice.presentation import RequestShown
from requests_app.models import LoanRequest, Scan, ScanOutcome
from requests_app.moves.dates import due_date_if_shipped
from requests_app.scanning.desk import may_be_undone, read_proposals
from requests_app.scanning.proposals import Proposal

QUEUE_LENGTH = 15


@dataclass(frozen=True)
class ProposalShown:
    """One offered move with its number key, its book and what it will bring about."""

    key: int
    proposal: Proposal
    request: RequestShown

    @property
    def row(self) -> LoanRequest:
        return self.proposal.request

    @property
    def ships(self) -> bool:
        return self.proposal.verb == "ship"

    @property
    def due_date(self) -> date | None:
        """The due date to enter in the own system: the one that sending now would set."""
        return due_date_if_shipped(self.row, timezone.now()) if self.ships else self.row.due_date

    @property
    def barcode(self) -> str:
        return self.proposal.barcode or self.row.copy_barcode


class ScanShown:
    """One scan as the page shows it."""

    def __init__(self, scan: Scan, library: MemberLibrary) -> None:
        self.scan, self.desk = scan, Desk(library=library)
        self.request = RequestShown(scan.request, self.desk) if scan.request else None
        kept = read_proposals(scan) if scan.outcome == ScanOutcome.WAITING else []
        self.proposals = [
            ProposalShown(key, each, RequestShown(each.request, self.desk)) for key, each in enumerate(kept, start=1)
        ]

    @property
    def one(self) -> ProposalShown | None:
        """The only move that is offered."""
        return self.proposals[0] if len(self.proposals) == 1 else None

    @property
    def waits(self) -> bool:
        return self.scan.outcome == ScanOutcome.WAITING

    @property
    def is_done(self) -> bool:
        return self.scan.outcome == ScanOutcome.DONE

    @property
    def is_bad(self) -> bool:
        return self.scan.outcome in (ScanOutcome.REFUSED, ScanOutcome.UNKNOWN)

    @property
    def may_be_undone(self) -> bool:
        return may_be_undone(self.scan)

    @property
    def headline(self) -> str:
        """What a screen reader is told, and the title of the page without scripts."""
        scan = self.scan
        if scan.request is not None and self.is_done:
            return _("已办理“%(move)s”：%(number)s") % {"move": scan.message, "number": scan.request.number}
        if scan.request is not None and scan.outcome == ScanOutcome.UNDONE:
            return _("已撤回“%(move)s”：%(number)s") % {"move": scan.message, "number": scan.request.number}
        if self.one is not None:
            return _("%(move)s？%(number)s") % {"move": self.one.proposal.label, "number": self.one.row.number}
        if self.proposals:
            return _("“%(code)s”对应%(count)d件事，请选择") % {"code": scan.text, "count": len(self.proposals)}
        return scan.message

    @property
    def afterwards(self) -> str:
        """What to do with the book now that the move is made."""
        request = self.scan.request
        if request is None or not self.is_done:
            return ""
        deadline = request.pickup_deadline.isoformat() if request.pickup_deadline else ""
        due = request.due_date.isoformat() if request.due_date else ""
        match self.scan.verb:
            case "accept":
                return _("夹入书条，等待发出。") if not request.is_pickup else _("夹入书条，等待备好。")
            case "ship":
                return _("寄往%(library)s，应还日期%(date)s。") % {
                    "library": request.home_library.short_name,
                    "date": due,
                }
            case "make_ready":
                return _("放在自取书架，读者在%(date)s前来取。") % {"date": deadline}
            case "receive":
                return _("放在待取书架：%(name)s，%(date)s前来取。") % {"name": request.reader.name, "date": deadline}
            case "hand_out" | "hand_out_at_lender":
                return _("告诉读者：应还日期%(date)s。") % {"date": due}
            case "take_back":
                return _("等待寄还%(library)s。") % {"library": request.lender.short_name}
            case "ship_back":
                return _("寄往%(library)s。") % {"library": request.lender.short_name}
            case "check_in" | "take_back_at_lender":
                return _("可以在本馆系统还书并上架。")
        return ""


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue: what was typed, what came of it, and what can still be done about it."""

    scan: Scan
    request: RequestShown | None

    @property
    def result(self) -> str:
        scan = self.scan
        if scan.outcome != ScanOutcome.WAITING:
            return scan.message
        if len(scan.proposals) == 1:
            return str(scan.proposals[0]["label"])
        return _("有几种可能，再扫一次来选择")

    @property
    def is_bad(self) -> bool:
        return self.scan.outcome in (ScanOutcome.REFUSED, ScanOutcome.UNKNOWN)

    @property
    def may_be_confirmed(self) -> bool:
        kept = self.scan.proposals
        return self.scan.outcome == ScanOutcome.WAITING and len(kept) == 1 and not kept[0]["needs_barcode"]

    @property
    def may_be_undone(self) -> bool:
        return may_be_undone(self.scan)


def queue_of_scans(by: Actor, library: MemberLibrary) -> list[QueueRow]:
    """The last scans of this librarian at this desk, newest first."""
    scans = (
        Scan.objects.filter(user=by.user, library=library)
        .select_related("request__home_library", "request__lender", "request__reader")
        .order_by("-pk")
    )
    desk = Desk(library=library)
    return [QueueRow(each, RequestShown(each.request, desk) if each.request else None) for each in scans[:QUEUE_LENGTH]]
