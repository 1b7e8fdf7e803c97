"""The list of requests at the two desks, with its queues and its search."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe
from unfold.decorators import display

from catalog.scoping import ScopedModelAdmin, desk_of
from requests_app.backoffice import filters, presentation
from requests_app.backoffice.privacy import readers_seen_by
from requests_app.backoffice.queues import OVERDUE, QUEUES, DeskSide, queue_of
from requests_app.backoffice.request_pages import RequestPages
from requests_app.backoffice.waiting import counts_of_desk, with_waiting_since
from requests_app.models import LoanRequest
from requests_app.statistics.drill_down import FigureLink

LIST_TEMPLATE = "requests_app/backoffice/request_list.html"


class LoanRequestAdmin(RequestPages, ScopedModelAdmin):
    """Requests in which the own library is home or lender. Nothing is edited here: every change is a move."""

    change_list_template = LIST_TEMPLATE
    list_display = ("number_and_title", "state_shown", "other_library", "reader_shown", "due", "waited")
    list_display_links = ("number_and_title",)
    list_filter = (
        filters.DeskFilter,
        filters.QueueFilter,
        filters.LenderFilter,
        filters.HomeFilter,
        filters.FigureFilter,
    )
    list_fullwidth = True
    search_fields = ("number",)  # get_search_results() decides what is really searched
    search_help_text = _("申请单号、条形码、题名、ISBN、读者")
    sortable_by = ()
    actions = None

    # --- whose rows, and that nothing is edited -------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoanRequest]:
        desk = desk_of(request)
        if desk is None:
            return LoanRequest.objects.none()
        queryset = LoanRequest.objects.all() if desk.library is None else LoanRequest.objects.of_library(desk.library)
        return with_waiting_since(queryset.select_related("home_library", "lender", "reader"))

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
            path("", own(self.changelist_view), name="requests_app_loanrequest_changelist"),
            path("<int:object_id>/change/", own(self.change_view), name="requests_app_loanrequest_change"),
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
        side = request.GET.get(filters.DESK_PARAMETER, "")
        queue = queue_of(side, request.GET.get(filters.QUEUE_PARAMETER, ""))
        figure = FigureLink.parse(request.GET.get(filters.FIGURE_PARAMETER, ""))
        context = {
            "title": pgettext_lazy("plural", "申请单"),
            "desk_tabs": presentation.desk_tabs(side),
            "queue_chips": presentation.queue_chips(side, queue, counts_of_desk(request)) if side in QUEUES else [],
            "queue": queue,
            "figure": figure,
            "library_choices": presentation.library_choices(request, desk, side),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's rows, each knowing from which desk it is seen: the columns are drawn without the web request."""
        changelist = super().get_changelist_instance(request)
        desk = self.desk(request)
        side = request.GET.get(filters.DESK_PARAMETER, "")
        read_as = DeskSide(side) if side in QUEUES else None
        changelist.result_list = list(changelist.result_list)
        for loan_request in changelist.result_list:
            loan_request.shown = presentation.RequestShown(loan_request, desk, read_as)
        return changelist

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """In a queue the oldest waiting first; elsewhere the newest request first."""
        queue = queue_of(request.GET.get(filters.DESK_PARAMETER, ""), request.GET.get(filters.QUEUE_PARAMETER, ""))
        if queue is None or queue.key == "done":
            return ["-created_at", "-pk"]
        return ["due_date", "pk"] if queue.key == OVERDUE else ["waiting_since", "pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LoanRequest], search_term: str
    ) -> tuple[QuerySet[LoanRequest], bool]:
        """Every word must be found; readers are found only by desks that may read their names."""
        desk = self.desk(request)
        for word in search_term.split():
            book = (
                Q(number__iexact=word)
                | Q(copy_barcode__iexact=word)
                | Q(title__icontains=word)
                | Q(author__icontains=word)
                | Q(isbn__iexact=word.replace("-", ""))
                | Q(isbn__iexact=word)
            )
            person = Q(reader__name__icontains=word) | Q(reader__reader_barcode__iexact=word)
            queryset = queryset.filter(book | readers_seen_by(desk) & person)
        return queryset, False

    @display(description=_("申请单"))
    def number_and_title(self, loan_request: LoanRequest) -> SafeString:
        return format_html(
            '<span class="bo-row"><span class="bo-number">{}</span><span class="bo-row-title">{}</span>'
            '<span class="bo-row-sub">{}</span></span>',
            loan_request.number,
            loan_request.title,
            " · ".join(filter(None, [loan_request.author, loan_request.year, loan_request.call_number])),
        )

    @display(description=_("状态"))
    def state_shown(self, loan_request: Any) -> SafeString:
        return loan_request.shown.chip

    @display(description=_("对方馆"))
    def other_library(self, loan_request: Any) -> SafeString | str:
        return loan_request.shown.other_library

    @display(description=_("读者"))
    def reader_shown(self, loan_request: Any) -> SafeString | str:
        if not loan_request.shown.sees_reader:
            return format_html('<span class="bo-muted" title="{}">—</span>', _("受理之后、结束之前可见"))
        return loan_request.reader.name

    @display(description=_("应还日期"))
    def due(self, loan_request: Any) -> SafeString | str:
        return loan_request.shown.due

    @display(description=_("等候"))
    def waited(self, loan_request: Any) -> SafeString | str:
        return presentation.waited(loan_request)
