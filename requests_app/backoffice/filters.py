"""Filters of the list of requests: desk and queue (drawn as tabs), the other library, a number of the statistics."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.scoping import desk_of
from requests_app.backoffice.list_head import member_keys, member_names
from requests_app.backoffice.queues import DESK_NAMES, QUEUES, DeskSide, wording
from requests_app.backoffice.waiting import in_queue, look_of
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.states import Reason, State
from requests_app.statistics.drill_down import FigureLink

DESK_PARAMETER = "desk"
QUEUE_PARAMETER = "queue"
FIGURE_PARAMETER = "figure"


class DeskFilter(SimpleListFilter):
    """出借台 or 借入台; nothing chosen: both."""

    title = _("工作台")
    parameter_name = DESK_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [(str(side), name) for side, name in DESK_NAMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        side, desk = self.value(), desk_of(request)
        if side not in QUEUES or desk is None:
            return queryset
        return in_queue(queryset, side, request.GET.get(QUEUE_PARAMETER, ""), look_of(request))


class QueueFilter(SimpleListFilter):
    """One queue of the chosen desk; `DeskFilter` does the filtering, since a queue means nothing without its desk."""

    title = _("队列")
    parameter_name = QUEUE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        side = request.GET.get(DESK_PARAMETER, "")
        queues = QUEUES[DeskSide(side)] if side in QUEUES else ()
        # The list keeps an unknown or desk-less queue from being an unknown parameter.
        return [(queue.key, queue.label) for queue in queues] or [(self.value() or "", _("全部"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        return queryset


class _LibraryFilter(SimpleListFilter):
    """By member library, by its 6-digit code."""

    field = ""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        return member_names(request)

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        code = self.value()
        if not code:
            return queryset
        key = member_keys(request).get(
            code
        )  # not as a subquery: with the number itself the database sees how few it has
        return queryset.none() if key is None else queryset.filter(**{f"{self.field}_id": key})


class LenderFilter(_LibraryFilter):
    title = _("借出馆")
    parameter_name = "lender"
    field = "lender"


class HomeFilter(_LibraryFilter):
    title = _("借入馆")
    parameter_name = "home"
    field = "home_library"


class StateFilter(SimpleListFilter):
    title = _("状态")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        side = DeskSide.LENDER if request.GET.get(DESK_PARAMETER) == DeskSide.LENDER else None
        return [(state.value, wording(state, side)) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        return queryset.filter(state=self.value()) if self.value() in State else queryset


class DeliveryFilter(SimpleListFilter):
    title = _("图书获取方式")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        return DeliveryMethod.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        return queryset.filter(delivery_method=self.value()) if self.value() in DeliveryMethod else queryset


class ReasonFilter(SimpleListFilter):
    """Why a request was not filled; the monthly report leads here."""

    title = _("原因")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        return Reason.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        return queryset.filter(reason=self.value()) if self.value() in Reason else queryset


class _DayFilter(SimpleListFilter):
    """A day of asking, in Beijing; what is no date filters nothing out."""

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [(self.value() or "", self.title)]

    def midnight(self) -> datetime | None:
        day = parse_day(self.value() or "")
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class AskedFromFilter(_DayFilter):
    title = _("申请日期自")
    parameter_name = "from"

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        start = self.midnight()
        return queryset.filter(created_at__gte=start) if start else queryset


class AskedToFilter(_DayFilter):
    title = _("申请日期至")
    parameter_name = "to"

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        last = self.midnight()
        return queryset.filter(created_at__lt=last + timedelta(days=1)) if last else queryset


def parse_day(text: str) -> date | None:
    """`2026-11-27` as a date that has a day after it, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None


class FigureFilter(SimpleListFilter):
    """The requests behind one number of the monthly page; only there when the address names one."""

    title = _("统计数字")
    parameter_name = FIGURE_PARAMETER

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> Iterable[tuple[str, Any]]:
        link = FigureLink.parse(self.used_parameters.get(self.parameter_name) or "")
        return [(str(link), link.title)] if link else []

    def has_output(self) -> bool:
        return self.parameter_name in self.used_parameters

    def queryset(self, request: HttpRequest, queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
        if not self.value():
            return queryset
        link = FigureLink.parse(self.value() or "")
        return link.requests(queryset) if link else queryset.none()
