"""Rows of the back office belong to a desk: one base class keeps every librarian at the own library."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin

from catalog.models.libraries import MemberLibrary
from catalog.paging import CappedPaginator


@dataclass(frozen=True)
class Desk:
    """Who sits at the back office in this request: a librarian of one library, or the center.

    `library` is None exactly when `is_center` is true; `role` is the code of the post. Set as `request.desk` by
    readers.middleware.
    """

    library: MemberLibrary | None
    is_center: bool = False
    role: str = field(default="", compare=False)
    decides: bool | None = field(default=None, compare=False)  # sets the rules of its library; None: not looked up


def desk_of(request: HttpRequest) -> Desk | None:
    return getattr(request, "desk", None)


class ScopedModelAdmin(ModelAdmin):
    """Admin of rows that belong to libraries. A row of another library does not exist (404, not 403).

    `library_fields` name the lookups that lead to the row's libraries; a librarian sees a row when
    one of them is the own library, the center sees all. Without `library_fields` rows are for all to
    see and, unless `center_only_writes` is off, for the center alone to change.
    """

    library_fields: tuple[str, ...] = ()
    center_only_writes = True
    list_per_page = 50
    paginator: type[Paginator] = CappedPaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        queryset = super().get_queryset(request)
        desk = desk_of(request)
        if desk is None:
            return queryset.none()
        if desk.is_center or not self.library_fields:
            return queryset
        scope = Q()
        for lookup in self.library_fields:
            scope |= Q(**{lookup: desk.library})
        return queryset.filter(scope)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return desk_of(request) is not None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return desk_of(request) is not None

    def _may_write(self, request: HttpRequest) -> bool:
        desk = desk_of(request)
        return desk is not None and (desk.is_center or bool(self.library_fields) or not self.center_only_writes)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may_write(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        self._row_or_404(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        self._row_or_404(request, object_id)
        return super().delete_view(request, object_id, extra_context)

    def _row_or_404(self, request: HttpRequest, object_id: str | None) -> None:
        """Django asks for the permission first and would answer 403 for a row of another library."""
        if object_id is not None and self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Django's admin would redirect with a message; what one may not see does not exist (404)."""
        raise Http404
