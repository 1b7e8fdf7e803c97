"""A library's MARC record for readers: to look at, and to take along as a file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.marc.record import Record
from catalog.models import SourceRecord
from catalog.moved import moved_to
from catalog.records import (
    MarcFile,
    NotWritable,
    iso2709_file,
    marcxml_file,
    public_marc,
    public_records,
    public_source,
)
from catalog.selectors import surviving_edition


@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The fields of one record as its library sent them, without local ones."""
    source = _source_or_404(pk)
    marc = public_marc(source)
    return render(request, "catalog/record.html", {"source": source, "edition": source.edition, "marc": marc})


@require_safe
def record_file(request: HttpRequest, pk: str, form: str) -> HttpResponse:
    """One record as ISO 2709 (`mrc`) or MARCXML (`xml`)."""
    return _download(_source_or_404(int(pk)), form)


@require_safe
def edition_file(request: HttpRequest, pk: str, form: str) -> HttpResponse:
    """The record that describes an edition, in the same two forms."""
    edition = surviving_edition(int(pk))
    if edition is None:
        raise Http404
    if edition.pk != int(pk):
        return moved_to("catalog:edition_file", pk=edition.pk, form=form)
    for source in public_records(edition)[:1]:
        return _download(source, form)
    raise Http404


def _source_or_404(pk: int) -> SourceRecord:
    source = public_source(pk)
    if source is None:
        raise Http404
    return source


def _download(source: SourceRecord, form: str) -> HttpResponse:
    return written(source, public_marc(source), form)


def written(source: SourceRecord, marc: Record | None, form: str) -> HttpResponse:
    """The record as a file, `mrc` or `xml`; 404 for one that cannot be read, 422 for one that the form cannot hold."""
    if marc is None:
        raise Http404
    try:
        return file_response(iso2709_file(source, marc) if form == "mrc" else marcxml_file(source, marc))
    except NotWritable as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")


def file_response(file: MarcFile) -> HttpResponse:
    response = HttpResponse(file.content, content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
