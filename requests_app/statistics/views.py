"""月度统计 of the center, 本馆月报 of a library: one page of the same figures, and the same as CSV."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import MemberLibrary
from catalog.scoping import Desk, desk_of
from requests_app.states import Reason
from requests_app.statistics.charts import BarChart
from requests_app.statistics.drill_down import FigureLink, month_of
from requests_app.statistics.selectors import (
    Figure,
    Figures,
    LibraryMonth,
    Pair,
    Side,
    figures_by_pair,
    month_after,
    months_of_pairs,
    partners_of_month,
    reasons_of_month,
    total,
    year_course,
)

TEMPLATE = "requests_app/backoffice/statistics.html"


@dataclass(frozen=True)
class Cell:
    """One number and the address of the list of its requests ("" for zero: there is nothing to show)."""

    number: int
    address: str


@dataclass(frozen=True)
class Row:
    """One library at one of its desks."""

    name: str
    cells: list[Cell]
    fill_rate: float | None
    answered_share: int  # 满足 as a share of 处理, in whole percent, for the bar


@require_safe
def monthly_statistics(request: HttpRequest) -> HttpResponse:
    """?month=2026-11; a librarian reads the own library, the center all of them; ?format=csv downloads the table."""
    desk = desk_of(request)
    if desk is None:
        raise Http404
    today = timezone.localdate().replace(day=1)
    month = min(month_of(request.GET.get("month", "")) or today, today)
    pairs = figures_by_pair(month, desk.library)
    rows = months_of_pairs(pairs, desk.library)
    if request.GET.get("format") == "csv":
        return _csv(month, rows)
    as_lender, as_home = total(rows)
    context = {
        **admin.site.each_context(request),
        "title": _("本馆月报") if desk.library else _("月度统计"),
        "desk": desk,
        "month": month,
        "previous_month": month_after(month, -1),
        "next_month": month_after(month) if month < today else None,
        "summary": _summary(desk, month, as_lender, as_home),
        "tables": _tables(month, rows, as_lender) if desk.is_center else _partner_tables(desk.library, month, pairs),
        "reasons": _reasons(desk.library, month) if desk.library else [],
        "charts": _charts(desk, month),
        "columns": _columns(),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _columns() -> list[str]:
    return [_("请求"), _("满足"), _("未满足"), _("超时"), _("处理")]


FIGURES_IN_ORDER = (Figure.REQUESTS, Figure.FILLED, Figure.UNFILLED, Figure.EXPIRED, Figure.PROCESSED)


def _list_address(figure: Figure, month: date, side: Side | None = None, code: str = "") -> str:
    link = FigureLink(figure, month, side, code)
    return f"{reverse('admin:requests_app_loanrequest_changelist')}?figure={link}"


def _row(name: str, figures: Figures, month: date, side: Side | None = None, code: str = "", narrowed: str = "") -> Row:
    cells = [
        Cell(number, _list_address(figure, month, side, code) + narrowed if number else "")
        for figure in FIGURES_IN_ORDER
        for number in [getattr(figures, figure)]
    ]
    rate = figures.fill_rate
    return Row(name, cells, rate, round(rate * 100) if rate is not None else 0)


def _summary(desk: Desk, month: date, as_lender: Figures, as_home: Figures) -> list[dict[str, Any]]:
    """The month in large numbers: all libraries for the center, both desks for a library."""
    if desk.library is None:
        return [{"title": _("全部成员馆"), "row": _row("", as_lender, month), "columns": _columns()}]
    return [
        {"title": _("作为出借馆"), "row": _row("", as_lender, month, Side.LENDER, desk.library.code)},
        {"title": _("作为借入馆"), "row": _row("", as_home, month, Side.HOME, desk.library.code)},
    ]


def _tables(month: date, rows: list[LibraryMonth], all_of_them: Figures) -> list[dict[str, Any]]:
    """Every library at both desks; the totals of the two are equal."""
    tables = []
    for side, title in ((Side.LENDER, _("作为出借馆")), (Side.HOME, _("作为借入馆"))):
        at_side = [(row.library, row.as_lender if side is Side.LENDER else row.as_home) for row in rows]
        shown = [(library, figures) for library, figures in at_side if figures]
        shown.sort(key=lambda pair: (-pair[1].requests, -pair[1].processed, pair[0].code))
        tables.append(
            {
                "title": title,
                "rows": [_row(library.name, figures, month, side, library.code) for library, figures in shown],
                "total": _row(_("合计"), all_of_them, month) if shown else None,
            }
        )
    return tables


def _partner_tables(library: MemberLibrary | None, month: date, pairs: Mapping[Pair, Figures]) -> list[dict[str, Any]]:
    """The library's own month by the library at the other end; each number leads to its requests."""
    if library is None:
        return []
    partners = partners_of_month(pairs, library)
    tables = []
    for side, title, other in (
        (Side.LENDER, _("作为出借馆，按借入馆"), "home"),
        (Side.HOME, _("作为借入馆，按出借馆"), "lender"),
    ):
        rows = [
            _row(partner.name, figures, month, side, library.code, f"&{other}={partner.code}")
            for partner, figures in partners[side]
            if figures
        ]
        tables.append({"title": title, "rows": rows, "total": None})
    return tables


def _reasons(library: MemberLibrary, month: date) -> list[dict[str, Any]]:
    """Why requests were not filled, at each desk that had any such."""
    parts = []
    for side, title in ((Side.LENDER, _("作为出借馆，未满足的原因")), (Side.HOME, _("作为借入馆，未满足的原因"))):
        address = _list_address(Figure.UNFILLED, month, side, library.code)
        rows = [
            (dict(Reason.choices).get(reason) or _("未注明"), Cell(number, f"{address}&reason={reason}"))
            for reason, number in reasons_of_month(month, library, side)
        ]
        if rows:
            parts.append({"title": title, "rows": rows})
    return parts


def _charts(desk: Desk, month: date) -> list[dict[str, Any]]:
    """The course of the last twelve months; for the center both desks are the same numbers and one chart does."""
    sides: tuple[tuple[Side, str], ...] = ((Side.LENDER, _("作为出借馆")), (Side.HOME, _("作为借入馆")))
    if desk.library is None:
        sides = ((Side.LENDER, _("全部成员馆")),)
    return [
        {"title": title, "chart": BarChart.of_year(year_course(month, side=side, library=desk.library))}
        for side, title in sides
    ]


def _csv(month: date, rows: list[LibraryMonth]) -> HttpResponse:
    """UTF-8 with a byte order mark, so that spreadsheet programs read the Chinese."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="balis-{month:%Y-%m}.csv"'
    writer = csv.writer(response)
    writer.writerow([_("月份"), _("馆代码"), _("馆名"), _("身份"), *_columns(), _("满足率")])
    for row in rows:
        for name, figures in ((_("出借馆"), row.as_lender), (_("借入馆"), row.as_home)):
            rate = "" if figures.fill_rate is None else f"{figures.fill_rate:.4f}"
            numbers = [getattr(figures, figure) for figure in FIGURES_IN_ORDER]
            writer.writerow([f"{month:%Y-%m}", row.library.code, row.library.name, name, *numbers, rate])
    return response
