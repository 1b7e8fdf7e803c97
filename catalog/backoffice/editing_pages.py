"""Editing in the back office: copies corrected and added, books entered, editions hidden; every page shows its log."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from catalog.backoffice.editing_forms import BookForm, CopyForm, CorrectionForm, HidingForm
from catalog.display.card import items_of
from catalog.editing import (
    CORRECTABLE,
    Editor,
    EditRefused,
    add_book,
    add_copy,
    correct_copy,
    hide_edition,
    release_corrections,
    show_edition,
)
from catalog.editing.log import in_words
from catalog.isbn import to_isbn13
from catalog.models import CatalogChange, Edition, Holding, MemberLibrary, SourceRecord
from catalog.records import public_records, readable
from catalog.scoping import desk_of

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object

LATEST = 20  # entries of the log shown on a page; the rest is in the list of changes
_MOST_EDITIONS = 10


def editor_of(request: HttpRequest) -> Editor:
    """Who edits in this request. Raises PermissionDenied without a desk."""
    desk = desk_of(request)
    if desk is None or not request.user.is_authenticated:
        raise PermissionDenied
    return Editor(str(request.user), desk.library)


class HoldingPages(Base):
    """Correcting, adding and blocking of copies, for HoldingAdmin; a copy of another library is a 404."""

    form = CorrectionForm
    fields = (
        "edition", "library", ("call_number", "barcode"), ("location", "shelf"), ("circulation_status", "loanable"),
        "note", "withdrawn", "reason", ("out_on_request", "as_of"),
    )  # fmt: skip
    readonly_fields = ("edition", "library", "out_on_request", "as_of")
    actions = ("not_for_loan", "for_loan")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:object_id>/release/", self.admin_site.admin_view(self.release_view), name="catalog_holding_release"
        )
        return [own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return desk_of(request) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("edition", "library")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context: dict[str, Any] = extra_context or {}
        if object_id and object_id.isdigit():
            holding = self.get_queryset(request).filter(pk=object_id).first()
            if holding is not None:
                context |= {
                    "holding": holding,
                    "pins": _pins(holding),
                    "changes": holding.changes.select_related("desk")[:LATEST],
                }
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Holding, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in CORRECTABLE if name in form.changed_data}
        stored = Holding.objects.get(pk=obj.pk)
        try:
            correct_copy(
                holding=stored, values=values, by=editor_of(request), reason=form.cleaned_data.get("reason", "")
            )
        except EditRefused as error:  # somebody else was quicker than the form's own check
            messages.error(request, str(error))

    def release_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: what the file says stands again."""
        holding = self.get_queryset(request).filter(pk=object_id).first()
        if holding is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            release_corrections(holding=holding, by=editor_of(request))
            messages.success(request, _("已恢复为文件里的内容。"))
        except EditRefused as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:catalog_holding_change", args=[holding.pk]))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A book by its ISBN (a known edition gets a copy), or by hand."""
        editor = editor_of(request)
        isbn = to_isbn13(request.GET.get("isbn", ""))
        editions = list(Edition.objects.visible().filter(isbns__contains=[isbn])[:_MOST_EDITIONS]) if isbn else []
        chosen = _chosen(request, editions)
        by_hand = chosen is None and ("by_hand" in request.GET or (isbn is not None and not editions))
        form = None
        if chosen is not None or by_hand:
            form = self._new_form(request, BookForm if by_hand else CopyForm)
            if request.method == "POST" and form.is_valid():
                try:
                    return self._added(request, form, chosen, editor)
                except EditRefused as error:
                    form.add_error(None, str(error))
        elif request.method == "POST":
            raise Http404
        context = self.admin_site.each_context(request) | {
            "title": _("新增图书"), "opts": self.model._meta, "typed": request.GET.get("isbn", ""), "isbn": isbn,
            "editions": editions, "chosen": chosen, "form": form, "by_hand": by_hand,
        }  # fmt: skip
        return TemplateResponse(request, "catalog/backoffice/add_book.html", context)

    def _new_form(self, request: HttpRequest, kind: type[CopyForm]) -> Any:
        desk = desk_of(request)
        libraries = MemberLibrary.objects.active()
        if desk is not None and desk.library is not None:
            libraries = libraries.filter(pk=desk.library.pk)
        initial = {"isbn": request.GET.get("isbn", "")}
        return kind(request.POST if request.method == "POST" else None, libraries=libraries, initial=initial)

    def _added(self, request: HttpRequest, form: Any, chosen: Edition | None, editor: Editor) -> HttpResponse:
        library, reason = form.cleaned_data["library"], form.cleaned_data["reason"]
        if chosen is not None:
            holding = add_copy(edition=chosen, library=library, copy=form.copy(), by=editor, reason=reason)
        else:
            holding = add_book(library=library, book=form.book(), copy=form.copy(), by=editor, reason=reason)
        messages.success(request, _("已加入目录：%(title)s") % {"title": holding.edition})
        return HttpResponseRedirect(reverse("admin:catalog_holding_change", args=[holding.pk]))

    def not_for_loan(self, request: HttpRequest, queryset: QuerySet[Holding]) -> None:
        self._set_loanable(request, queryset, False)

    not_for_loan.short_description = gettext_lazy("设为不外借")  # type: ignore[attr-defined]

    def for_loan(self, request: HttpRequest, queryset: QuerySet[Holding]) -> None:
        self._set_loanable(request, queryset, True)

    for_loan.short_description = gettext_lazy("设为可外借")  # type: ignore[attr-defined]

    def _set_loanable(self, request: HttpRequest, queryset: QuerySet[Holding], loanable: bool) -> None:
        editor = editor_of(request)
        changed = [correct_copy(holding=h, values={"loanable": loanable}, by=editor) for h in queryset.order_by("pk")]
        messages.success(request, _("已修改%(number)d册。") % {"number": sum(map(bool, changed))})


class EditionPages(Base):
    """Hiding for EditionAdmin, and the log of an edition and its copies as far as the desk may read it."""

    form = HidingForm
    fields = ("hidden", "reason", "card", "created_at", "updated_at")
    readonly_fields = ("card", "created_at", "updated_at")

    @display(description=gettext_lazy("著录"))
    def card(self, edition: Edition) -> Any:
        """The edition as readers see it."""
        records = public_records(edition)
        items = items_of(edition, readable(records[0]), records[0].syntax) if records else items_of(edition)
        return render_to_string("catalog/backoffice/_card.html", {"items": items})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = list(super().get_fields(request, obj))
        return names if self.has_change_permission(request, obj) else [name for name in names if name != "reason"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context: dict[str, Any] = extra_context or {}
        desk = desk_of(request)
        if object_id and object_id.isdigit() and desk is not None:
            changes = CatalogChange.objects.visible_to(desk.library).filter(edition=int(object_id))
            context["changes"] = changes.select_related("desk", "holding__library")[:LATEST]
            records = SourceRecord.objects.filter(edition=int(object_id), deleted=False).select_related("library")
            context["records"] = records.defer("raw").order_by("library__code", "pk")[:LATEST]
            context["desk"] = desk
        return super().changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        act = hide_edition if form.cleaned_data["hidden"] else show_edition
        try:
            act(edition=obj, by=editor_of(request), reason=form.cleaned_data.get("reason", ""))
        except EditRefused as error:
            messages.error(request, str(error))


def _chosen(request: HttpRequest, editions: list[Edition]) -> Edition | None:
    """The edition that gets the copy: the one asked for; if several share the ISBN, none without being asked for."""
    asked = request.GET.get("edition", "")
    return next((edition for edition in editions if str(edition.pk) == asked), None)


def _pins(holding: Holding) -> list[tuple[str, str]]:
    """Corrected fields by name, with what the file says, for the page."""
    fields = {field.name: str(field.verbose_name) for field in Holding._meta.concrete_fields}
    return [
        (fields.get(name, name), in_words(name, said))
        for name, said in holding.pinned_fields.items()
        if not (name == "withdrawn" and said)
    ]
