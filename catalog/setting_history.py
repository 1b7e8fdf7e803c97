"""The history of settings: a mixin for the admin of what a library decides, and the service that writes it."""

from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary, SettingChange
from catalog.scoping import desk_of

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object

_LONGEST = 500  # characters of a value that are kept


def record_changes(
    *, row: Model, values: list[tuple[str, str, str]], by: str, desk: MemberLibrary | None, what: str = ""
) -> None:
    """Write one line per changed value (field, before, after), as people read them."""
    library = row if isinstance(row, MemberLibrary) else getattr(row, "library", None)
    SettingChange.objects.bulk_create(
        SettingChange(
            by=by[:150],
            desk=desk,
            library=library,
            model=row._meta.label_lower,
            subject=str(row._meta.verbose_name)[:60],
            row=(what or str(row))[:200],
            field=field[:60],
            before=before[:_LONGEST],
            after=after[:_LONGEST],
        )
        for field, before, after in values
    )


def shown(row: Model, name: str) -> str:
    """The value of a field as people read it; "" for nothing."""
    value = getattr(row, name)
    display = getattr(row, f"get_{name}_display", None)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        base = row._meta.get_field(name).base_field  # type: ignore[union-attr]
        names = dict(base.flatchoices)
        return _("、").join(str(names.get(each, each)) for each in value)
    return str(display() if display is not None else value)


def differences(before: Model | None, after: Model, names: list[str]) -> list[tuple[str, str, str]]:
    """The values of those fields that differ, with the names of the fields."""
    found = []
    for name in names:
        was, now = shown(before, name) if before is not None else "", shown(after, name)
        if was != now:
            found.append((str(after._meta.get_field(name).verbose_name), was, now))  # type: ignore[union-attr]
    return found


class KeepsHistory(Base):
    """Admin whose rows are settings: what is added, changed or deleted here is written down, value by value.

    It hangs on the steps of Django's form view around the saving, so that an admin may save by a service of its own.
    """

    def save_form(self, request: HttpRequest, form: ModelForm, change: bool) -> Any:
        stored = type(form.instance)._default_manager.filter(pk=form.instance.pk)
        form.row_before = stored.first() if change else None  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def construct_change_message(self, request: HttpRequest, form: ModelForm, formsets: Any, add: bool = False) -> Any:
        """Called when everything is saved."""
        row: Any = form.instance
        before = form.row_before  # type: ignore[attr-defined]
        columns = {field.name for field in row._meta.concrete_fields}
        changed = differences(before, row, [name for name in form.changed_data if name in columns])
        if before is None:
            self._record(request, row, [(_("新增"), "", str(row)), *changed])
        elif changed:
            self._record(request, row, changed)
        for formset in formsets or ():
            for added in formset.new_objects:
                self._record(request, added, [(_("新增"), "", str(added))])
            for each, names in formset.changed_objects:
                self._record(request, each, [(_("更改"), _("、").join(names), str(each))])
            for deleted in formset.deleted_objects:
                self._record(request, deleted, [(_("删除"), str(deleted), "")])
        return super().construct_change_message(request, form, formsets, add)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Called before the rows go, one or several."""
        for row in queryset:
            self._record(request, row, [(_("删除"), str(row), "")])
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, row: Model, values: list[tuple[str, str, str]]) -> None:
        desk = desk_of(request)
        library = desk.library if desk is not None else None
        record_changes(row=row, values=values, by=str(request.user), desk=library)
