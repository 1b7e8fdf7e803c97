"""What an import brought, for the screen and as files to download."""

import csv
import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from catalog.models import ImportRun

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Figure:
    label: str
    number: int
    note: str = ""


def figures(report: dict[str, Any]) -> list[Figure]:
    """The numbers of a report in the order in which a person asks for them."""

    def number(key: str) -> int:
        return int(report.get(key, 0))

    merged = number("merged")
    return [
        Figure(_("读入"), number("read")),
        Figure(_("新增"), number("created"), _("并入已有书目 %(count)d") % {"count": merged} if merged else ""),
        Figure(_("更新"), number("updated")),
        Figure(_("未变"), number("unchanged")),
        Figure(_("删除"), number("deleted")),
        Figure(_("隔离"), number("quarantined_count")),
        Figure(_("拒收"), number("rejected_count")),
    ]


def copy_figures(report: dict[str, Any]) -> list[Figure]:
    return [
        Figure(_("新增馆藏"), int(report.get("copies", 0))),
        Figure(_("剔除馆藏"), int(report.get("withdrawn", 0))),
        Figure(_("因在借而保留"), int(report.get("kept_out_count", 0))),
    ]


def one_line(report: dict[str, Any]) -> str:
    """The figures that are not zero, for a list of imports."""
    shown = [*figures(report), Figure(_("剔除记录"), int(report.get("records_withdrawn", 0)))]
    return " · ".join(f"{figure.label} {figure.number}" for figure in shown if figure.number)


def as_json(run: ImportRun) -> HttpResponse:
    """The whole report with where it came from."""
    content = {
        "file": run.file_name, "library": run.library.code, "state": run.state, "by": run.by,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        **run.report, "earlier_attempts": run.earlier,
    }  # fmt: skip
    response = HttpResponse(json.dumps(content, ensure_ascii=False, indent=2) + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.json"'
    return response


def as_csv(run: ImportRun) -> HttpResponse:
    """Quarantined and rejected records, one per line, as spreadsheets open it (UTF-8 with a mark)."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("结果"), _("第几条"), _("字节位置"), _("原因"), _("题名")])
    for label, key in ((_("隔离"), "quarantined"), (_("拒收"), "rejected")):
        for row in run.report.get(key, []):
            writer.writerow([label, row["position"], row["offset"], _plain(row["reason"]), _plain(row["title"])])
    return response


def _plain(text: str) -> str:
    """Text of a library's file must not become a formula in a spreadsheet."""
    return f"'{text}" if text.startswith(_FORMULA) else text
