"""The lists of the back office as HTML tables, the same for every model.

Drawn by Python and in one table style: the theme draws each cell by a template, and works out all headings again for
every row, which took longer than everything else that a page of fifty rows does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from unfold.templatetags.unfold_list import result_headers
from unfold.views import ChangeList

BOX = "action_checkbox"
LONGEST_LINE = 24  # characters of a cell that stand in one line


def chip(text: Any, tone: str = "") -> SafeString:
    """A word with a ground of its own; `tone`: waits, good, bad, or none."""
    return format_html('<span class="bo-chip-label{}">{}</span>', f" is-{tone}" if tone else "", text)


def yes_or_no(value: bool | None) -> SafeString:
    if value is None:
        return chip("—")
    return chip(_("是"), "good") if value else chip(_("否"))


@dataclass(frozen=True)
class Column:
    """One column: its name in `list_display`, its heading as the theme gives it, and whether it leads to the row."""

    name: str
    heading: dict[str, Any]
    label: str
    leads_to_row: bool

    @property
    def is_box(self) -> bool:
        return self.name == BOX


@dataclass(frozen=True)
class DrawnList:
    """What templates/admin/change_list.html shows."""

    columns: list[Column]
    rows: SafeString

    @property
    def has_boxes(self) -> bool:
        return any(column.is_box for column in self.columns)


def draw_list(cl: ChangeList) -> DrawnList:
    """The rows of one page of a change list, and what stands above them."""
    links = cl.list_display_links or ()
    columns = [
        Column(str(name), heading, str(heading["text"]), leads_to_row=name in links)
        for name, heading in zip(cl.list_display, result_headers(cl), strict=True)
    ]
    rows = "".join(f"<tr>{''.join(_cells(cl, columns, row))}</tr>" for row in cl.result_list)
    return DrawnList(columns, mark_safe(rows))  # noqa: S308  (each cell is escaped)


def _cells(cl: ChangeList, columns: list[Column], row: models.Model) -> Iterator[str]:
    is_first, empty = True, cl.model_admin.get_empty_value_display()
    for column in columns:
        if column.is_box:
            yield _box(row)
            continue
        shown = _shown(cl, column.name, row)
        long = " is-long" if len(shown) > LONGEST_LINE and "<" not in shown else ""
        if column.leads_to_row:
            shown = _link(cl, row, shown)
        if is_first:
            yield format_html('<th scope="row" class="field-{}{}">{}</th>', column.name, long, shown)
        elif shown in ("", empty):
            yield format_html('<td class="field-{} is-empty">{}</td>', column.name, shown)
        else:
            cell = '<td class="field-{}{}" data-label="{}">{}</td>'
            yield format_html(cell, column.name, long, column.label, shown)
        is_first = False


def _box(row: models.Model) -> str:
    return format_html(
        '<td class="field-pick"><input type="checkbox" name="{}" value="{}" class="bo-pick action-select" '
        'aria-label="{}"></td>',
        ACTION_CHECKBOX_NAME,
        row.pk,
        row,
    )


def _link(cl: ChangeList, row: models.Model, shown: str) -> SafeString:
    """To the page of the row, which keeps the way back to this list as it is filtered."""
    filters = f"?{cl.preserved_filters}" if cl.preserved_filters else ""
    return format_html('<a href="{}{}">{}</a>', cl.url_for_result(row), filters, shown)


def _shown(cl: ChangeList, name: str, row: models.Model) -> str:
    """What a cell says, as Django's own list would say it, but for yes and no."""
    empty = cl.model_admin.get_empty_value_display()
    try:
        field, attribute, value = lookup_field(name, row, cl.model_admin)
    except ObjectDoesNotExist:
        return empty
    if field is None or field.auto_created:
        if getattr(attribute, "boolean", False):
            return yes_or_no(value)
        return conditional_escape(display_for_value(value, getattr(attribute, "empty_value_display", empty)))
    if isinstance(field, models.BooleanField):
        return yes_or_no(value)
    if isinstance(field.remote_field, models.ManyToOneRel):
        related = getattr(row, field.name)
        return empty if related is None else conditional_escape(related)
    return conditional_escape(display_for_field(value, field, empty))
