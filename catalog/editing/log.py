"""Writes the append-only log of the catalogue."""

from typing import Any

from django.utils.translation import gettext as _

from catalog.editing.editor import Editor
from catalog.models import CatalogChange, ChangeKind, CirculationStatus, Edition, Holding, MemberLibrary


def note(
    kind: ChangeKind,
    *,
    by: Editor,
    edition: Edition | int | None = None,
    holding: Holding | None = None,
    library: MemberLibrary | None = None,
    field: str = "",
    before: Any = "",
    after: Any = "",
    reason: str = "",
) -> CatalogChange:
    """One entry; values are written as people read them."""
    return CatalogChange.objects.create(
        by=by.name[:150], desk=by.library, kind=kind,
        edition_id=edition.pk if isinstance(edition, Edition) else edition, holding=holding,
        library_id=holding.library_id if holding else library.pk if library else None,
        field=field, before=in_words(field, before), after=in_words(field, after), reason=reason[:200],
    )  # fmt: skip


def in_words(field: str, value: Any) -> str:
    """在架 for available, 是 for True; texts as they are."""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if field == "circulation_status" and value in CirculationStatus.values:
        return str(CirculationStatus(value).label)
    return str(value)
