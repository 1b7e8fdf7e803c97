"""The quarantined records of a desk: listed, read anew in another encoding, taken in."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.importing import quarantine
from catalog.marc.encodings import ENCODINGS
from catalog.models import SourceRecord
from catalog.scoping import desk_of

ROWS_PER_PAGE = 20

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object


class QuarantinePages(Base):
    """Pages beside those of imports. A record of another library does not exist (404)."""

    if TYPE_CHECKING:

        def _page(
            self, request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
        ) -> TemplateResponse: ...

    def _quarantined(self, request: HttpRequest) -> QuerySet[SourceRecord]:
        desk = desk_of(request)
        if desk is None:
            raise Http404
        records = SourceRecord.objects.filter(deleted=False).exclude(quarantine_reason="").select_related("library")
        return (records if desk.library is None else records.filter(library=desk.library)).order_by("-updated_at", "pk")

    @method_decorator(require_safe)
    def quarantine_view(self, request: HttpRequest) -> HttpResponse:
        page = Paginator(self._quarantined(request), ROWS_PER_PAGE).get_page(request.GET.get("page"))
        rows = [_row(record) for record in page]
        return self._page(request, "quarantine.html", _("隔离的记录"), page=page, rows=rows, desk=desk_of(request))

    @method_decorator(require_POST)
    def release_view(self, request: HttpRequest, record_id: int) -> HttpResponse:
        """POST `encoding`: the record is taken in as it reads in that encoding."""
        record = self._quarantined(request).filter(pk=record_id).first()
        encoding = request.POST.get("encoding", "")
        if record is None or encoding not in ENCODINGS:
            raise Http404
        try:
            released = quarantine.release(record=record, encoding=encoding, by=request.user.get_username())
        except quarantine.ReleaseRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("已收入：%(title)s") % {"title": released.edition})
        return HttpResponseRedirect(reverse("admin:catalog_importrun_quarantine"))


def _row(record: SourceRecord) -> dict[str, Any]:
    """Readings that look right and the one the import chose; the others stand folded away."""
    readings = quarantine.rereadings(record)
    shown = [reading for reading in readings if not reading.doubt or reading.current]
    return {"record": record, "readings": shown, "others": [r for r in readings if r not in shown]}
