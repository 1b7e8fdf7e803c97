"""What stands above the list of requests: the desks, their queues with what waits, and the form of filters."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from catalog import bulk
from catalog.models import MemberLibrary
from catalog.scoping import Desk
from requests_app.backoffice.queues import ALL_OPEN, DESK_NAMES, QUEUES, DeskSide, Queue, wording
from requests_app.backoffice.waiting import Counts
from requests_app.models import DeliveryMethod
from requests_app.states import Reason, State


@dataclass(frozen=True)
class Tab:
    label: str
    address: str
    active: bool
    icon: str = ""
    count: int | None = None
    waits_for_us: bool = False


def desk_tabs(side: str) -> list[Tab]:
    tabs = [Tab(str(name), f"?desk={key}&queue={ALL_OPEN}", side == key) for key, name in DESK_NAMES.items()]
    return [*tabs, Tab(_("全部申请单"), "?", side not in QUEUES)]


def queue_chips(side: str, queue: Queue | None, counts: Counts) -> list[Tab]:
    """The queues of that desk, with what waits in each (finished ones are not counted)."""
    chips = []
    for each in QUEUES[side]:
        waiting = counts.get((side, each.key))
        chips.append(
            Tab(
                label=str(each.label),
                address=f"?desk={side}&queue={each.key}",
                active=each == queue,
                icon=each.icon,
                count=(waiting.count if waiting else 0) if each.is_counted else None,
                waits_for_us=each.waits_for_us,
            )
        )
    return chips


def member_names(request: HttpRequest) -> list[tuple[str, str]]:
    """Code and name of every member: several filters offer them."""
    return [(library.code, library.name) for library in members(request).values()]


def member_keys(request: HttpRequest) -> dict[str, int]:
    """The primary key of every member by its code."""
    return {library.code: pk for pk, library in members(request).items()}


_OF_A_MEMBER = ("id", "code", "name", "short_name")


def members(request: HttpRequest) -> dict[int, MemberLibrary]:
    """Every member with its code and names by its key, read once per web request."""
    found: dict[int, MemberLibrary] | None = getattr(request, "_members", None)
    if found is None:
        rows = MemberLibrary.objects.values_list(*_OF_A_MEMBER)
        found = {row[0]: bulk.stored(MemberLibrary, zip(_OF_A_MEMBER, row, strict=True)) for row in rows}
        request._members = found  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True)
class Select:
    """One drop-down of the filters."""

    name: str
    label: str
    value: str
    options: list[tuple[str, Any]]

    @property
    def drawn_options(self) -> SafeString:
        """All options, of which the libraries alone are eighty: format_html() for each would take milliseconds."""
        drawn = (
            f'<option value="{escape(code)}"{" selected" if code == self.value else ""}>{escape(name)}</option>'
            for code, name in self.options
        )
        return mark_safe("".join(drawn))  # noqa: S308  (escaped above)


@dataclass(frozen=True)
class FilterForm:
    """What narrows the list; `kept` is what the address says besides."""

    libraries: list[Select]
    others: list[Select]
    days: list[Select]
    kept: list[tuple[str, str]]

    @property
    def is_set(self) -> bool:
        return any(each.value for each in [*self.libraries, *self.others, *self.days])


def filter_form(request: HttpRequest, desk: Desk, side: DeskSide | None) -> FilterForm:
    """The other library (by lender, by home library, or both, as the desk needs them), state, delivery, days."""

    def select(name: str, label: str, options: list[tuple[str, Any]]) -> Select:
        return Select(name, label, request.GET.get(name, ""), options)

    libraries = member_names(request)
    by_library = []
    if side is not DeskSide.LENDER or desk.is_center:
        by_library.append(select("lender", _("借出馆"), libraries))
    if side is not DeskSide.HOME or desk.is_center:
        by_library.append(select("home", _("借入馆"), libraries))
    others = [
        select("state", _("状态"), [(state.value, wording(state, side)) for state in State]),
        select("delivery", _("图书获取方式"), list(DeliveryMethod.choices)),
        select("reason", _("原因"), list(Reason.choices)),
    ]
    days = [select("from", _("申请日期自"), []), select("to", _("申请日期至"), [])]
    kept = [(key, request.GET[key]) for key in ("desk", "queue", "figure", "q") if key in request.GET]
    return FilterForm(by_library, others, days, kept)
