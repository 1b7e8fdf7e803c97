"""The list of requests as a spreadsheet (XLSX), with what the desk may see and nothing that a program would run."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from catalog.scoping import Desk
from requests_app.backoffice.presentation import RequestShown
from requests_app.backoffice.queues import DeskSide
from requests_app.models import LoanRequest

MOST_ROWS = 10_000
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_workbook(requests: Iterable[LoanRequest], desk: Desk, read_as: DeskSide | None) -> bytes:
    """One sheet, a row per request. Texts are marked as texts: `=HYPERLINK(…)` in a title stays a title."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("申请单"))
    sheet.freeze_panes = "A2"
    sheet.append([_text(sheet, heading) for heading in _headings()])
    for request in requests:
        sheet.append([_cell(sheet, value) for value in _values(request, RequestShown(request, desk, read_as))])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _headings() -> list[str]:
    return [
        _("申请单号"), _("状态"), _("书刊名称"), _("文章作者"), _("出版社"), _("出版年"), _("ISBN/ISSN"), _("索书号"),
        _("条形码"), _("借出馆"), _("借入馆"), _("读者姓名"), _("读者条码"), _("图书获取方式"), _("申请时间"),
        _("进入现状态的时间"), _("取书期限"), _("应还日期"),
    ]  # fmt: skip


def _values(request: LoanRequest, shown: RequestShown) -> list[Any]:
    reader = request.reader if shown.sees_reader else None
    return [
        request.number, shown.state_text, request.title, request.author, request.publisher, request.year,
        request.isbn, request.call_number, request.copy_barcode, request.lender.name, request.home_library.name,
        reader.name if reader else "", reader.reader_barcode if reader else "",
        str(request.get_delivery_method_display()), _local(request.created_at), _local(request.state_since),
        request.pickup_deadline, request.due_date,
    ]  # fmt: skip


def _cell(sheet: Any, value: Any) -> Any:
    return _text(sheet, value) if isinstance(value, str) else value


def _text(sheet: Any, text: str) -> Any:
    """A cell that is text whatever it begins with, and stays so when somebody edits it."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return cell


def _local(moment: datetime) -> datetime:
    """In Beijing, as spreadsheets know no time zones."""
    return timezone.localtime(moment, timezone.get_default_timezone()).replace(tzinfo=None)
