"""The page of one move for many requests: asked, made row by row, and told which went and which did not."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from readers.actors import actor_of_desk
from requests_app.backoffice.bulk import (
    BULK_MOVES,
    MOST_AT_ONCE,
    WITH_BARCODE,
    BulkForm,
    BulkRow,
    is_done_at_once,
    perform,
    rows_picked,
)
from requests_app.models import LoanRequest
from requests_app.transitions import rows_of

TEMPLATE = "requests_app/backoffice/request_bulk.html"
PICKED, VERB, BACK, CONFIRMED = "picked", "verb", "back", "confirmed"

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object


class BulkPages(Base):
    """The bulk page of LoanRequestAdmin; requests that the desk may not see do not exist here either."""

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """POST only: `picked` requests and a `verb`; with `confirmed` (or where nothing is to ask) it is done."""
        verb = request.POST.get(VERB, "")
        if verb not in BULK_MOVES:
            raise Http404
        picked = [int(key) for key in request.POST.getlist(PICKED)[:MOST_AT_ONCE] if key.isdecimal()]
        found: list[Any] = list(self.get_queryset(request).filter(pk__in=picked).order_by("pk"))
        by_key = {each.pk: each for each in found}
        requests: list[LoanRequest] = [by_key[key] for key in dict.fromkeys(picked) if key in by_key]
        back = _list_address(request)
        if not requests:
            messages.warning(request, _("请先勾选要办理的申请单。"))
            return HttpResponseRedirect(back)

        actor = actor_of_desk(request)
        rows = rows_picked(requests, verb, actor, request.POST)
        confirmed = CONFIRMED in request.POST
        form = BulkForm(request.POST if confirmed else None, verb=verb, actor=actor)
        asked = form.cleaned_data if confirmed and form.is_valid() else None
        if asked is None and is_done_at_once(verb, actor):
            asked = {}
        if asked is not None:
            perform(rows, verb, actor, asked)
        return self._bulk_page(request, verb, rows, form, back=back, tried=asked is not None)

    def _bulk_page(
        self, request: HttpRequest, verb: str, rows: list[BulkRow], form: BulkForm, *, back: str, tried: bool
    ) -> HttpResponse:
        done = [row for row in rows if row.done]
        refused = [row for row in rows if row.refusal]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": rows_of(verb)[0].label,
            "verb": verb,
            "label": str(rows_of(verb)[0].label),
            "form": form,
            "with_barcode": verb in WITH_BARCODE,
            "back": back,
            "tried": tried,
            "done": done,
            "refused": refused,
            "offered": [row for row in rows if not row.why_not] if not tried else [],
            "not_offered": [row for row in rows if row.why_not] if not tried else [],
            "may_retry": tried and verb in WITH_BARCODE,
            "summary": _summary(len(done), len(refused)) if tried else "",
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, TEMPLATE, context, status=400 if form.errors else 200)


def _summary(done: int, refused: int) -> str:
    went = ngettext("办理了%(number)d张", "办理了%(number)d张", done) % {"number": done}
    if not refused:
        return went
    not_gone = ngettext("%(number)d张没有办理", "%(number)d张没有办理", refused) % {"number": refused}
    return f"{went}，{not_gone}"


def _list_address(request: HttpRequest) -> str:
    """Back to the list as it was filtered; only its query is taken from the form."""
    query = request.POST.get(BACK, "").partition("?")[2]
    address = reverse("admin:requests_app_loanrequest_changelist")
    return f"{address}?{query}" if query else address
