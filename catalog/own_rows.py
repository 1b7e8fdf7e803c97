"""Rows that one library decides for itself: its librarians write the own ones, the center all of them."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalog.scoping import ScopedModelAdmin, desk_of


class OwnLibraryAdmin(ScopedModelAdmin):
    """Rows of one library: its librarians write the own ones, the center all of them."""

    library_fields = ("library",)
    search_fields: tuple[str, ...] = ("library__name", "library__short_name", "library__code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("library")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A librarian's rows are the own library's: there is nothing to choose."""
        desk = desk_of(request)
        return () if desk is not None and desk.is_center else ("library",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A row knows its library before it is judged: "once per library" is told at the form, not by the database."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        desk = desk_of(request)
        if desk is None or desk.library is None:
            return form
        library = desk.library

        class OwnLibraryForm(form):
            def _post_clean(self) -> None:
                self.instance.library = library
                super()._post_clean()

            def _get_validation_exclusions(self) -> set[str]:
                return set(super()._get_validation_exclusions()) - {"library"}

        return OwnLibraryForm


class OneRowPerLibraryAdmin(OwnLibraryAdmin):
    """A policy: every library has one at most."""

    ordering = ("library__code",)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A librarian whose library has a policy already is led to it."""
        desk = desk_of(request)
        own = self.model.objects.filter(library=desk.library).first() if desk and desk.library else None
        if own is not None:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", own.pk)
        return super().add_view(request, form_url, extra_context)
