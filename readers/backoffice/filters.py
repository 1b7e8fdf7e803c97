"""The filters of the list of readers: what waits for the librarian, and where readers stand."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from readers.models import CardState, ChangeState, ReaderState

# key -> what the list says, and which readers; "todo" of the dashboard leads here.
TODO: dict[str, tuple[Any, dict[str, Any]]] = {
    "review": (_("待审核注册"), {"state": ReaderState.PENDING}),
    "identity": (_("待审身份更改"), {"identity_changes__state": ChangeState.ASKED}),
    "card": (_("待办借书证"), {"cards__state": CardState.APPLIED}),
}


class TodoFilter(SimpleListFilter):
    """待办."""

    title = _("待办")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, label) for key, (label, _lookup) in TODO.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**TODO[value][1]) if value in TODO else queryset


class StandingFilter(SimpleListFilter):
    """Suspended and expired readers, which are no states."""

    title = _("资格")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("good", _("正常")), ("suspended", _("已暂停")), ("expired", _("已到期"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        match self.value():
            case "good":
                return queryset.in_good_standing()
            case "suspended":
                return queryset.suspended()
            case "expired":
                return queryset.expired()
        return queryset
