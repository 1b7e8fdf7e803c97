"""The index of the back office: what waits at each desk and how long, today's numbers, the center's news."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balis.desks.counts import DeskCounts, counts_of
from catalog.scoping import Desk, desk_of
from notices.selectors import latest_news
from requests_app.backoffice.presentation import RequestShown, age
from requests_app.backoffice.queues import DESK_NAMES, QUEUES, UNREAD_NOTES, DeskSide, OnDashboard, at_desk, queue_of
from requests_app.backoffice.waiting import LibraryAtWork, Waiting, libraries_at_work, look_of
from requests_app.deadlines import Look
from requests_app.models import LoanRequest
from requests_app.statistics.today import acts_of_today

LONGEST_WAITING = 6
NEWS_SHOWN = 4


@dataclass(frozen=True)
class Card:
    """One queue: how many wait, since when, and the address of exactly that list."""

    label: str
    hint: str
    icon: str
    count: int
    oldest: str  # how long the oldest has waited, in words; "" when nothing waits
    is_late: bool
    address: str


@dataclass(frozen=True)
class DeskPanel:
    title: str
    subtitle: str
    cards: list[Card]


@dataclass(frozen=True)
class LibraryRow:
    """One library on the center's dashboard, with the addresses of what its numbers count."""

    at_work: LibraryAtWork
    age: str
    is_late: bool
    cells: list[tuple[int, str, bool]]  # number, address, whether it is a number one is sorry about


def dashboard_callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by unfold for the index page; adds what templates/admin/index.html draws."""
    desk = desk_of(request)
    if desk is None:
        return context
    counts, look = counts_of(request), look_of(request)
    context |= {
        "desk": desk,
        "today": look.today,
        "panels": [_lending_panel(counts, desk), _home_panel(counts, desk)],
        "acts": acts_of_today(desk.library, look.at),
        "news": latest_news(NEWS_SHOWN),
        "statistics_url": reverse("admin:requests_statistics"),
    }
    if desk.is_center:
        context["libraries"] = [_library_row(row) for row in libraries_at_work(look)]
    else:
        context["longest_waiting"] = [RequestShown(row, desk) for row in _longest_waiting(look)]
    return context


def _lending_panel(counts: DeskCounts, desk: Desk) -> DeskPanel:
    subtitle = _("各馆作为出借馆待办的事") if desk.is_center else _("别的图书馆的读者向我们借书")
    return DeskPanel(str(DESK_NAMES[DeskSide.LENDER]), subtitle, list(_cards(counts, DeskSide.LENDER)))


def _home_panel(counts: DeskCounts, desk: Desk) -> DeskPanel:
    review = _card(
        _("待审核读者"),
        _("审查注册信息，通过或说明原因"),
        "how_to_reg",
        counts.of_readers("review"),
        f"{reverse('admin:readers_reader_changelist')}?todo=review",
    )
    subtitle = _("各馆作为借入馆待办的事") if desk.is_center else _("本馆读者向别的图书馆借书")
    readers = [review, *_rarer_reader_cards(counts)]
    return DeskPanel(str(DESK_NAMES[DeskSide.HOME]), subtitle, [*readers, *_cards(counts, DeskSide.HOME)])


def _rarer_reader_cards(counts: DeskCounts) -> Iterable[Card]:
    """What readers seldom ask for has a card only while somebody waits for it."""
    readers = reverse("admin:readers_reader_changelist")
    rows = (
        (_("待审身份更改"), _("核对证件后更改"), "badge", "identity"),
        (_("待办借书证"), _("核对照片后发证"), "contact_page", "card"),
    )
    for label, hint, icon, todo in rows:
        waiting = counts.of_readers(todo)
        if waiting.count:
            yield _card(label, hint, icon, waiting, f"{readers}?todo={todo}")


def _cards(counts: DeskCounts, side: DeskSide) -> Iterable[Card]:
    for queue in QUEUES[side]:
        waiting = counts.of(side, queue.key)
        if queue.on_dashboard is OnDashboard.NEVER or (
            queue.on_dashboard is OnDashboard.WHEN_ANY and not waiting.count
        ):
            continue
        yield _card(
            str(queue.label),
            str(queue.hint),
            queue.icon,
            waiting,
            _queue_address(side, queue.key),
            late_matters=queue.waits_for_us,
            is_trouble=queue.is_trouble,
        )
    notes = counts.of_readers(f"notes_{side}")
    unread = queue_of(side, UNREAD_NOTES)
    if notes.count and unread is not None:
        yield _card(str(unread.label), str(unread.hint), unread.icon, notes, _queue_address(side, unread.key))


def _card(
    label: str,
    hint: str,
    icon: str,
    waiting: Waiting,
    address: str,
    *,
    late_matters: bool = True,
    is_trouble: bool = False,
) -> Card:
    return Card(
        label=label,
        hint=hint,
        icon=icon,
        count=waiting.count,
        oldest=age(waiting.oldest),
        is_late=(is_trouble and waiting.count > 0) or (late_matters and _is_late(waiting.oldest)),
        address=address,
    )


def _queue_address(side: str, key: str, **narrowed: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in narrowed.items())
    return f"{reverse('admin:requests_app_loanrequest_changelist')}?desk={side}&queue={key}{more}"


def _library_row(row: LibraryAtWork) -> LibraryRow:
    lends, borrows = {"lender": row.library.code}, {"home": row.library.code}
    return LibraryRow(
        at_work=row,
        age=age(row.oldest),
        is_late=_is_late(row.oldest),
        cells=[
            (row.unanswered, _queue_address(DeskSide.LENDER, "new", **lends), False),
            (row.due_today, _queue_address(DeskSide.LENDER, "due_today", **lends), True),
            (row.to_ship, _queue_address(DeskSide.LENDER, "open", **lends, state="ACCEPTED"), False),
            (row.to_receive, _queue_address(DeskSide.HOME, "to_receive", **borrows), False),
            (row.to_return, _queue_address(DeskSide.HOME, "to_return", **borrows), False),
            (row.overdue, _queue_address(DeskSide.HOME, "overdue", **borrows), True),
        ],
    )


def _is_late(since: datetime | None) -> bool:
    """Waiting longer than the consortium's time to answer (calendar days; the real deadline is the lender's own)."""
    return since is not None and (timezone.now() - since).days >= int(settings.ILL["ANSWER_DAYS"])


def _longest_waiting(look: Look) -> QuerySet[LoanRequest]:
    """The requests on which this library has the next move, the longest wait first.

    The first of each queue, in the order of the queues' index, and the first of those. Two statements.
    """
    first, *others = (
        LoanRequest.objects.filter(at_desk(side, look.library) & queue.holds(look))
        .order_by("state_since", "pk")
        .values("id", "state_since")[:LONGEST_WAITING]
        for side, queues in QUEUES.items()
        for queue in queues
        if queue.waits_for_us
    )
    longest = first.union(*others, all=True).order_by("state_since", "id")[:LONGEST_WAITING]
    queryset = LoanRequest.objects.filter(pk__in=[row["id"] for row in longest])
    return queryset.select_related("home_library", "lender").order_by("state_since", "pk")
