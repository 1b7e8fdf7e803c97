"""Words for entries of the catalogue's log."""

from django import template
from django.core.exceptions import FieldDoesNotExist

from catalog.models import CatalogChange, ChangeKind, Holding, HoldingsProfile

register = template.Library()


@register.filter
def field_label(change: CatalogChange) -> str:
    """索书号 for call_number."""
    model = HoldingsProfile if change.kind == ChangeKind.PROFILE else Holding
    try:
        return str(model._meta.get_field(change.field).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return change.field
