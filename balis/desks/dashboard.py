"""The index of the back office: what waits at each desk and how long, the month so far, the slow lenders."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from balis.desks.counts import DeskCounts, counts_of
from catalog.models import MemberLibrary
from catalog.scoping import Desk, desk_of
from requests_app.backoffice.presentation import RequestShown, age
from requests_app.backoffice.queues import DESK_NAMES, OVERDUE, QUEUES, DeskSide, at_desk
from requests_app.backoffice.waiting import Waiting, slow_lenders, with_waiting_since
from requests_app.models import LoanRequest
from requests_app.statistics.selectors import Figures, monthly_figures, total

LONGEST_WAITING = 6


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
    extra: str = ""  # a second number worth a warning, e.g. 逾期
    extra_address: str = ""


@dataclass(frozen=True)
class DeskPanel:
    title: str
    subtitle: str
    cards: list[Card]


def dashboard_callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by unfold for the index page; adds what templates/admin/index.html draws."""
    desk = desk_of(request)
    if desk is None:
        return context
    counts = counts_of(request)
    today = timezone.localdate()
    as_lender, as_home = total(monthly_figures(today, desk.library))
    context |= {
        "desk": desk,
        "today": today,
        "panels": [_lending_panel(counts, desk), _home_panel(counts, desk)],
        "month": today,
        "month_rows": _month_rows(desk, as_lender, as_home),
        "statistics_url": reverse("admin:requests_statistics"),
    }
    if desk.is_center:
        context["slow_lenders"] = [
            {
                "row": slow,
                "age": age(slow.oldest),
                "is_late": _is_late(slow.oldest),
                "address": _list_of(slow.library),
            }
            for slow in slow_lenders()
        ]
    else:
        context["longest_waiting"] = [RequestShown(row, desk) for row in _longest_waiting(desk.library)]
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
        if not queue.on_dashboard:
            continue
        waiting = counts.of(side, queue.key)
        if queue.key == "to_review" and not waiting.count:
            continue  # only where a library reviews its readers' requests
        overdue = counts.of(side, OVERDUE).count if queue.key == "on_loan" else 0
        yield _card(
            str(queue.label),
            str(queue.hint),
            queue.icon,
            waiting,
            _queue_address(side, queue.key),
            late_matters=queue.waits_for_us,
            extra=_("逾期%(number)d册") % {"number": overdue} if overdue else "",
            extra_address=_queue_address(side, OVERDUE) if overdue else "",
        )


def _card(
    label: str,
    hint: str,
    icon: str,
    waiting: Waiting,
    address: str,
    *,
    late_matters: bool = True,
    extra: str = "",
    extra_address: str = "",
) -> Card:
    return Card(
        label=label,
        hint=hint,
        icon=icon,
        count=waiting.count,
        oldest=age(waiting.oldest),
        is_late=late_matters and _is_late(waiting.oldest),
        address=address,
        extra=extra,
        extra_address=extra_address,
    )


def _queue_address(side: str, key: str) -> str:
    return f"{reverse('admin:requests_app_loanrequest_changelist')}?desk={side}&queue={key}"


def _list_of(lender: MemberLibrary) -> str:
    return f"{_queue_address(DeskSide.LENDER, 'open')}&lender={lender.code}"


def _is_late(since: datetime | None) -> bool:
    """Waiting longer than the consortium's time to answer (calendar days; the real deadline is the lender's own)."""
    return since is not None and (timezone.now() - since).days >= int(settings.ILL["ANSWER_DAYS"])


def _longest_waiting(library: MemberLibrary | None) -> QuerySet[LoanRequest]:
    """The requests on which this library has the next move, the longest wait first. One statement."""
    ours = Q()
    for side, queues in QUEUES.items():
        states = [state for queue in queues if queue.waits_for_us for state in queue.states]
        ours |= at_desk(side, library) & Q(state__in=states)
    queryset = LoanRequest.objects.filter(ours).select_related("home_library", "lender")
    return with_waiting_since(queryset).order_by(F("waiting_since").asc(), "pk")[:LONGEST_WAITING]


def _month_rows(desk: Desk, as_lender: Figures, as_home: Figures) -> list[tuple[str, Figures]]:
    if desk.is_center:
        return [(_("全部成员馆"), as_lender)]
    return [(_("作为出借馆"), as_lender), (_("作为借入馆"), as_home)]
