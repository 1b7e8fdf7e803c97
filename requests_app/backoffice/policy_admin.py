"""What a library decides for itself: lending and borrowing policy, closed days."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from catalog.scoping import ScopedModelAdmin, desk_of
from requests_app.models import Closure


class OwnLibraryAdmin(ScopedModelAdmin):
    """Rows of one library: its librarians write the own ones, the center all of them."""

    library_fields = ("library",)
    ordering: tuple[str, ...] = ("library__code",)
    search_fields = ("library__name", "library__short_name", "library__code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("library")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A librarian's rows are the own library's: there is nothing to choose."""
        desk = desk_of(request)
        return () if desk is not None and desk.is_center else ("library",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        desk = desk_of(request)
        if desk is not None and desk.library is not None:
            obj.library = desk.library
        super().save_model(request, obj, form, change)


class OneRowPerLibraryAdmin(OwnLibraryAdmin):
    """A policy: every library has one at most."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A librarian whose library has a policy already is led to it."""
        desk = desk_of(request)
        own = self.model.objects.filter(library=desk.library).first() if desk and desk.library else None
        if own is not None:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", own.pk)
        return super().add_view(request, form_url, extra_context)


class LendingPolicyAdmin(OneRowPerLibraryAdmin):
    list_display = ("library", "loan_days", "counts_from", "answer_days", "self_pickup", "lends_foreign")
    fieldsets = (
        (_("借期"), {"fields": ("library", "loan_days", "counts_from", "answer_days")}),
        (_("范围"), {"fields": ("lends_foreign", "call_number_required")}),
        (_("自取自还"), {"fields": ("self_pickup", "pickup_days")}),
        (_("说明"), {"fields": ("note",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The same groups without what `get_exclude` leaves out."""
        left_out = self.get_exclude(request, obj)
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field not in left_out]})
            for name, options in self.fieldsets
        ]


class BorrowingPolicyAdmin(OneRowPerLibraryAdmin):
    list_display = ("library", "max_open_requests", "pickup_days", "home_review")


class ClosureAdmin(OwnLibraryAdmin):
    """闭馆. A closure of all libraries (library empty) is the center's; librarians only read it."""

    list_display = ("library_shown", "starts_on", "ends_on", "reason")
    list_display_links = ("library_shown",)
    ordering = ("-starts_on", "pk")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closure]:
        desk = desk_of(request)
        if desk is None:
            return Closure.objects.none()
        queryset = Closure.objects.select_related("library")
        return queryset if desk.library is None else queryset.filter(Q(library=desk.library) | Q(library__isnull=True))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        desk = desk_of(request)
        if obj is not None and desk is not None and desk.library is not None and obj.library_id != desk.library.pk:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def library_shown(self, closure: Closure) -> str:
        return closure.library.name if closure.library else str(_("全部成员馆"))

    library_shown.short_description = _("成员馆")  # type: ignore[attr-defined]
