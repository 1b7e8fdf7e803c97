"""What one library decides about its readers: types, rules of registration, roster."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import MemberLibrary
from catalog.own_rows import OneRowPerLibraryAdmin, OwnLibraryAdmin
from catalog.scoping import desk_of
from catalog.setting_history import KeepsHistory
from readers.actors import actor_of_desk
from readers.backoffice.forms import RosterForm
from readers.errors import RosterRefused
from readers.models import ReaderType, RegistrationPolicy, RosterEntry, RosterUpload
from readers.registration.roster import confirm_upload, keep_upload, preview_of
from readers.selectors import decides_for_library

SHOWN_ERRORS = 200
SHOWN_ROWS = 15


def decides(request: HttpRequest) -> bool:
    """Whether the desk of this request sets the rules of its library. One statement at most in a web request."""
    known: bool | None = getattr(request, "_decides_for_library", None)
    if known is None:
        known = decides_for_library(desk_of(request))
        request._decides_for_library = known  # type: ignore[attr-defined]
    return known


class RulesOfTheLibrary:
    """Read by every librarian of the library; written by its 主管 (by all, where it has none) and by the center."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return decides(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return decides(request)


@admin.register(ReaderType)
class ReaderTypeAdmin(KeepsHistory, RulesOfTheLibrary, OwnLibraryAdmin):
    """读者类型, never deleted: a type out of use stays with the readers who have it."""

    list_display = ("name", "library", "max_open_requests", "active")
    list_filter = ("active",)
    ordering = ("library__code", "name")
    search_fields = ("name", "library__name")
    actions = None


@admin.register(RegistrationPolicy)
class RegistrationPolicyAdmin(KeepsHistory, RulesOfTheLibrary, OneRowPerLibraryAdmin):
    """注册与办证规则."""

    list_display = ("library", "approves_by_roster", "membership_days", "card_days")
    fields = ("library", "approves_by_roster", "membership_days", "card_days")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        left_out = self.get_exclude(request, obj)
        return [name for name in self.fields if name not in left_out]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise Http404
        return super().add_view(request, form_url, extra_context)


@admin.register(RosterEntry)
class RosterAdmin(RulesOfTheLibrary, OwnLibraryAdmin):
    """读者名单: uploaded as a whole, looked up here."""

    list_display = ("certificate_number", "name", "reader_type", "expires_on", "library", "added_at")
    ordering = ("library__code", "certificate_number")
    search_fields = ("certificate_number", "name")
    list_select_related = ("library", "reader_type")
    list_before_template = "readers/backoffice/roster_links.html"
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("reader_type")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        form = require_http_methods(["GET", "HEAD", "POST"])
        return [
            path("upload/", wrap(form(self.upload_view)), name="readers_rosterentry_upload"),
            path("upload/<int:pk>/", wrap(form(self.preview_view)), name="readers_rosterentry_preview"),
            path("upload/<int:pk>/discard/", wrap(require_POST(self.discard_view)), name="readers_rosterentry_discard"),
            *super().get_urls(),
        ]

    def _own_library(self, request: HttpRequest) -> MemberLibrary:
        """A roster is the library's own business: the center reads it, and uploads none."""
        desk = desk_of(request)
        if desk is None or desk.library is None or not decides(request):
            raise Http404
        return desk.library

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """上传名单: read at once, written after the preview."""
        library = self._own_library(request)
        form = RosterForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                kept = keep_upload(library=library, upload=form.cleaned_data["file"], by=actor_of_desk(request))
            except RosterRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                return redirect("admin:readers_rosterentry_preview", kept.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("上传读者名单"),
            "form": form,
            "library": library,
            "policy": RegistrationPolicy.of(library),
            "count": RosterEntry.objects.filter(library=library).count(),
        }
        return render(request, "readers/backoffice/roster_upload.html", context)

    def _upload_or_404(self, request: HttpRequest, pk: int) -> RosterUpload:
        upload = (
            RosterUpload.objects.filter(pk=pk, library=self._own_library(request)).select_related("library").first()
        )
        if upload is None:
            raise Http404
        return upload

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the upload would change; the button makes it so."""
        upload = self._upload_or_404(request, pk)
        if request.method == "POST":
            replace = request.POST.get("replace") == "1"
            stored, approved = confirm_upload(upload=upload, replace=replace, by=actor_of_desk(request))
            text = gettext("名单已更新，现有%(stored)d人；按名单自动通过了%(approved)d位等待审查的读者。")
            messages.success(request, text % {"stored": stored, "approved": approved})
            return redirect("admin:readers_rosterentry_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("核对读者名单"),
            "upload": upload,
            "preview": preview_of(upload),
            "policy": RegistrationPolicy.of(upload.library),
            "shown_rows": upload.rows[:SHOWN_ROWS],
            "shown_errors": upload.errors[:SHOWN_ERRORS],
        }
        return render(request, "readers/backoffice/roster_preview.html", context)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._upload_or_404(request, pk).delete()
        messages.success(request, gettext("没有保存这份名单。"))
        return redirect("admin:readers_rosterentry_upload")
