"""A library's record at its own desk: every field as it came, and the files of it."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from catalog.models import SourceRecord
from catalog.record_views import file_response, written
from catalog.records import raw_file, readable

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object


class RecordPages(Base):
    """The readable fields and the downloads of SourceRecordAdmin; a record of another library is a 404."""

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:object_id>/<str:form>/download",
            self.admin_site.admin_view(self.download_view),
            name="catalog_sourcerecord_download",
        )
        return [own, *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: int, form: str) -> HttpResponse:
        """`mrc` and `xml` in UTF-8 with all fields, `raw` the bytes as they came."""
        queryset: QuerySet[Any] = self.get_queryset(request)
        source = queryset.select_related("library").filter(pk=object_id).first()
        if source is None or form not in ("mrc", "xml", "raw"):
            raise Http404
        if form == "raw":
            return file_response(raw_file(source))
        return written(source, readable(source), form)

    @display(description=_("MARC"))
    def marc(self, record: SourceRecord) -> Any:
        return render_to_string("catalog/backoffice/record.html", {"source": record, "marc": readable(record)})
