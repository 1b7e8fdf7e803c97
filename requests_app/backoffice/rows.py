"""The rows of the list of requests as HTML: a template takes five times as long for the fifty of a page."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from requests_app.backoffice.presentation import RequestShown

_ROW = (
    '<tr>{boxes}<th scope="row" class="field-number_and_title"><a href="{key}/change/{way_back}" class="bo-row">'
    '<span class="bo-number">{number}</span><span class="bo-row-title">{title}</span>'
    '<span class="bo-row-sub">{book}</span></a></th>'
    '<td class="field-state_shown">{chip}{flags}{note}{not_yet}</td>'
    '<td class="field-other_library">{library}</td><td class="field-reader_shown">{reader}</td>'
    '<td class="field-due" data-label="{due_label}">{due}</td>'
    '<td class="field-waited" data-label="{waited_label}">{waited}</td></tr>'
)
# The box to tick, and the version that the page shows: who acted meanwhile is told from it.
_BOXES = (
    '<td class="field-pick"><input type="checkbox" class="bo-pick" name="picked" value="{0}" aria-label="{1}">'
    '<input type="hidden" name="version-{0}" value="{2}"></td>'
)


def draw_rows(rows: Iterable[Any], *, way_back: str, with_boxes: bool) -> SafeString:
    """The rows of one page, each with what `shown` says of it; `way_back` is what their links say of this list."""
    new_note = format_html(' <span class="bo-flag is-note">{}</span>', _("新留言"))
    no_reader = format_html('<span class="bo-muted" title="{}">—</span>', _("受理之后、结束之前可见"))
    same = {"way_back": way_back, "due_label": _("应还日期"), "waited_label": _("等候")}
    drawn = []
    for row in rows:
        shown: RequestShown = row.shown
        wait = shown.not_yet
        drawn.append(
            format_html(
                _ROW,
                boxes=format_html(_BOXES, row.pk, row.number, row.version) if with_boxes else "",
                key=row.pk,
                number=row.number,
                title=row.title,
                book=shown.book,
                chip=shown.chip,
                flags=format_html_join("", ' <span class="bo-flag">{}</span>', ((flag,) for flag in row.flags)),
                note=new_note if shown.has_unread_note else "",
                not_yet=format_html('<small class="bo-not-yet">{}</small>', wait) if wait else "",
                library=shown.other_library,
                reader=row.reader.name if shown.sees_reader else no_reader,
                due=shown.due,
                waited=shown.waited,
                **same,
            )
        )
    return mark_safe("".join(drawn))  # noqa: S308  (each row is escaped)
