"""Reads a roster as libraries export it: CSV or XLSX, with a heading, one person a line, errors told line by line."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from readers.errors import RosterRefused
from readers.registration.services import normal_certificate

# What libraries call their columns. Blanks and stars around a heading do not count.
COLUMNS = {
    "certificate_number": (
        "证件号码", "证件号", "读者证号", "借书证号", "证号", "学号", "工号", "学工号", "一卡通号", "certificate",
    ),
    "name": ("读者姓名", "姓名", "name"),
    "reader_type": ("读者类型", "类型", "类别", "type"),
    "expires_on": ("有效期至", "有效期", "截止日期", "expires"),
}  # fmt: skip
MOST_ROWS = 300_000
MOST_COLUMNS = 60
# An XLSX is a zip archive: a small one may unfold to far more than a roster can be.
MOST_UNPACKED = 150 * 1024 * 1024
_CERTIFICATE = re.compile(r"[A-Za-z0-9]{1,14}")


@dataclass(frozen=True)
class RosterRow:
    """One good line."""

    certificate_number: str
    name: str
    reader_type: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class RosterError:
    """A line that is left out, and why; `line` counts from 1 as spreadsheets do."""

    line: int
    text: str
    reason: str


@dataclass
class Roster:
    """What a file holds."""

    rows: list[RosterRow] = field(default_factory=list)
    errors: list[RosterError] = field(default_factory=list)


def read_roster(upload: UploadedFile) -> Roster:
    """Read an uploaded CSV (UTF-8 or GB 18030) or XLSX. Bad lines are in `errors`.

    Raises RosterRefused when the file as a whole is of no use: too large, not a table, no heading that we know.
    """
    limit = int(settings.READERS["ROSTER_MAX_MB"])
    if (upload.size or 0) > limit * 1024 * 1024:
        raise RosterRefused(_("名单文件不能超过%(limit)dMB。") % {"limit": limit})
    content = upload.read()
    lines = _lines_of_xlsx(content) if content.startswith(b"PK") else _lines_of_csv(content)
    return _read_lines(lines)


def _lines_of_csv(content: bytes) -> Iterator[list[Any]]:
    if b"\0" in content[:4096] or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise RosterRefused(_("请上传CSV或XLSX文件；旧的XLS文件请先另存为XLSX。"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise RosterRefused(_("文件的编码无法识别，请另存为UTF-8的CSV或XLSX。")) from error
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise RosterRefused(_("文件不是可用的表格。")) from error


def _lines_of_xlsx(content: bytes) -> Iterator[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise RosterRefused(_("文件展开后太大，请拆开上传。"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # a wrong size in the file must not make us read a million empty lines
            for line in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
                yield list(line)
        finally:
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError, TypeError) as error:
        raise RosterRefused(_("文件不是可用的表格。")) from error


def _read_lines(lines: Iterable[list[Any]]) -> Roster:
    roster = Roster()
    places: dict[str, int] | None = None
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if number > MOST_ROWS:
            raise RosterRefused(_("名单不能超过%(limit)d行。") % {"limit": MOST_ROWS})
        cells = [_text(cell) for cell in line[:MOST_COLUMNS]]
        if not any(cells):
            continue
        if places is None:
            places = _places_in_heading(cells)
            continue
        row = _row(line, cells, places)
        if isinstance(row, str):
            roster.errors.append(RosterError(number, "，".join(cells)[:120], row))
        elif row.certificate_number in seen:
            first = seen[row.certificate_number]
            reason = _("证件号码与第%(line)d行重复") % {"line": first}
            roster.errors.append(RosterError(number, "，".join(cells)[:120], reason))
        else:
            seen[row.certificate_number] = number
            roster.rows.append(row)
    if places is None:
        raise RosterRefused(_("文件是空的。"))
    return roster


def _places_in_heading(cells: list[str]) -> dict[str, int]:
    known = {name: column for column, names in COLUMNS.items() for name in names}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = known.get(re.sub(r"[\s*＊]", "", cell).lower())
        if column is not None:
            places.setdefault(column, place)
    if not {"certificate_number", "name"} <= places.keys():
        raise RosterRefused(_("第一行应是表头，至少有“证件号码”和“姓名”两列。"))
    return places


def _row(line: list[Any], cells: list[str], places: dict[str, int]) -> RosterRow | str:
    """The line as a row, or why it cannot be one."""

    def cell(column: str) -> str:
        place = places.get(column)
        return cells[place] if place is not None and place < len(cells) else ""

    certificate, name = normal_certificate(cell("certificate_number")), " ".join(cell("name").split())
    if not certificate:
        return _("没有证件号码")
    if not _CERTIFICATE.fullmatch(certificate):
        return _("证件号码只能由字母和数字组成，14字符为限")
    if not name or len(name) > 60:
        return _("没有姓名，或姓名太长")
    if len(cell("reader_type")) > 40:
        return _("读者类型太长")
    place = places.get("expires_on")
    raw = line[place] if place is not None and place < len(line) else None
    expires_on = _day(raw)
    if expires_on is None and cell("expires_on"):
        return _("有效期看不懂，请写成2027-06-30")
    return RosterRow(certificate, name, cell("reader_type"), expires_on)


def _text(cell: Any) -> str:
    """A cell as text: certificate numbers that a spreadsheet took for figures come back whole."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\0", "").strip().strip("\ufeff'’").strip()


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", _text(cell))
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
