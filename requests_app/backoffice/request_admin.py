"""The list of requests at the two desks, with its queues and its search."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog.scoping import ScopedModelAdmin, desk_of
from requests_app.backoffice import filters, list_head
from requests_app.backoffice.bulk import BulkMove, bulk_moves
from requests_app.backoffice.bulk_pages import BulkPages
from requests_app.backoffice.export import CONTENT_TYPE, MOST_ROWS, as_workbook
from requests_app.backoffice.finding import found_by, readers_named
from requests_app.backoffice.paging import (
    FigurePaginator,
    RequestChangeList,
    RequestPaginator,
    TwoDesksPaginator,
    desk_listed,
    drawn,
)
from requests_app.backoffice.presentation import RequestShown
from requests_app.backoffice.queues import ALL_DONE, QUEUES, DeskSide, at_desk, queue_of
from requests_app.backoffice.request_pages import RequestPages
from requests_app.backoffice.rows import draw_rows
from requests_app.backoffice.waiting import counts_of_desk
from requests_app.models import LoanRequest
from requests_app.statistics.drill_down import FigureLink

LIST, EXPORT = "requests_app_loanrequest_changelist", "requests_app_loanrequest_export"
LIST_TEMPLATE = "requests_app/backoffice/request_list.html"


def _side(request: HttpRequest) -> DeskSide | None:
    """At which desk's list somebody is looking."""
    side = request.GET.get(filters.DESK_PARAMETER, "")
    return DeskSide(side) if side in QUEUES else None


def _way_back(request: HttpRequest) -> str:
    """What the address of a request says of the list that it was opened from."""
    return f"?{urlencode({'_changelist_filters': request.GET.urlencode()})}" if request.GET else ""


class LoanRequestAdmin(RequestPages, BulkPages, ScopedModelAdmin):
    """Requests in which the own library is home or lender. Nothing is edited here: every change is a move."""

    change_list_template = LIST_TEMPLATE
    list_display = ("number",)  # the columns stand in rows.py
    list_filter = (
        filters.DeskFilter,
        filters.QueueFilter,
        filters.StateFilter,
        filters.DeliveryFilter,
        filters.ReasonFilter,
        filters.LenderFilter,
        filters.HomeFilter,
        filters.AskedFromFilter,
        filters.AskedToFilter,
        filters.FigureFilter,
    )
    list_fullwidth = True
    search_fields = ("number",)  # get_search_results() decides what is really searched
    search_help_text = _("申请单号、条形码、题名、ISBN、读者")
    sortable_by = ()
    actions = None

    # --- whose rows, and that nothing is edited -------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoanRequest]:
        """What the desk may see; in the list of one of its two desks only what lies there, which one index can tell."""
        desk = desk_of(request)
        if desk is None:
            return LoanRequest.objects.none()
        queryset = LoanRequest.objects.all() if desk.library is None else LoanRequest.objects.of_library(desk.library)
        place = request.resolver_match.url_name if request.resolver_match else ""
        side = desk_listed(request) if place in (LIST, EXPORT) else None
        if side is not None:
            queryset = LoanRequest.objects.filter(at_desk(side, desk.library))
        return queryset if place == LIST else drawn(queryset)  # the pages of the list draw their own rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Nothing but the filters above: `?email__startswith=` would tell a lender what it may not read."""
        return lookup in [each.parameter_name for each in self.list_filter]

    def get_urls(self) -> list[URLPattern]:
        """The list, one request with its reader's photo, and its moves: there is no form that could write a row."""

        def own(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("", own(self.changelist_view), name=LIST),
            path("export/", own(require_safe(self.export_view)), name=EXPORT),
            path("bulk/", own(require_POST(self.bulk_view)), name="requests_app_loanrequest_bulk"),
            path("<int:object_id>/change/", own(self.change_view), name="requests_app_loanrequest_change"),
            path("<int:object_id>/notes/", own(require_POST(self.note_view)), name="requests_app_loanrequest_note"),
            path(
                "<int:object_id>/notes/read/", own(require_POST(self.read_view)), name="requests_app_loanrequest_read"
            ),
            path("<int:object_id>/move/<slug:verb>/", own(self.move_view), name="requests_app_loanrequest_move"),
            path(
                "<int:object_id>/photo/<int:photo_pk>.jpg",
                own(require_safe(self.photo_view)),
                name="requests_app_loanrequest_photo",
            ),
        ]

    # --- the list -----------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        desk = self.desk(request)
        side = _side(request)
        queue = queue_of(side or "", request.GET.get(filters.QUEUE_PARAMETER, ""))
        context = {
            "title": pgettext_lazy("plural", "申请单"),
            "desk_tabs": list_head.desk_tabs(side or ""),
            "queue_chips": list_head.queue_chips(side, queue, counts_of_desk(request)) if side else [],
            "queue": queue,
            "figure": FigureLink.parse(request.GET.get(filters.FIGURE_PARAMETER, "")),
            "filter_form": list_head.filter_form(request, desk, side),
            "bulk_moves": self._bulk_moves(request),
            "here": request.get_full_path(),
            "export_query": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def _bulk_moves(self, request: HttpRequest) -> list[BulkMove]:
        side = _side(request)
        return bulk_moves(side, queue_of(side or "", request.GET.get(filters.QUEUE_PARAMETER, "")))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RequestChangeList

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Paginator:
        halves, members = getattr(request, "_halves", None), list_head.members(request)
        if halves is not None:
            return TwoDesksPaginator(queryset, per_page, members=members, halves=halves)
        if filters.FIGURE_PARAMETER in request.GET and filters.QUEUE_PARAMETER not in request.GET:
            return FigurePaginator(queryset, per_page, members=members)
        return RequestPaginator(queryset, per_page, members=members)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's rows, each knowing from which desk it is seen."""
        changelist = super().get_changelist_instance(request)
        desk, read_as = self.desk(request), _side(request)
        changelist.result_list = list(changelist.result_list)
        for loan_request in changelist.result_list:
            loan_request.shown = RequestShown(loan_request, desk, read_as)
        boxes = bool(self._bulk_moves(request))
        changelist.drawn_rows = draw_rows(changelist.result_list, way_back=_way_back(request), with_boxes=boxes)
        return changelist

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """In a queue the longest waiting first; elsewhere the newest request first."""
        queue = queue_of(_side(request) or "", request.GET.get(filters.QUEUE_PARAMETER, ""))
        return ["-created_at", "-pk"] if queue is None or queue.key == ALL_DONE else [queue.since, "pk"]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The list as it is filtered, as XLSX; the first MOST_ROWS rows."""
        desk = self.desk(request)
        found = super().get_changelist_instance(request).get_queryset(request)[:MOST_ROWS]
        response = HttpResponse(as_workbook(found, desk, _side(request)), content_type=CONTENT_TYPE)
        response["Content-Disposition"] = 'attachment; filename="balis-requests.xlsx"'
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LoanRequest], search_term: str
    ) -> tuple[QuerySet[LoanRequest], bool]:
        named = getattr(request, "_readers_named", None)  # asked once for both halves of a list
        if named is None:
            named = request._readers_named = readers_named(search_term)  # type: ignore[attr-defined]
        return found_by(queryset, search_term, self.desk(request), named), False
