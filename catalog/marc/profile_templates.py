"""Rules to start a holdings profile from, by the system a library uses: what its exports usually look like.

Every library may have changed its system's layout, so a template is a beginning to be compared with the preview of a
real file. Keys of a rule: catalog/marc/holdings.py.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Template:
    key: str
    label: Promise
    rules: list[dict[str, Any]]
    status_words: dict[str, str] = field(default_factory=dict)


TEMPLATES: tuple[Template, ...] = (
    Template(
        "huiwen", _("汇文：905，条形码在字段内重复"),
        [{"field": "905", "copies": "barcodes", "barcode": "b", "call_number": ["s", "d/e"], "location": "l c"}],
        {"可借": "available", "阅览": "reference", "剔除": "lost"},
    ),
    Template(
        "905", _("905 每册一个字段（图创、金盘、Aleph 等）"),
        [{"field": "905", "copies": "field", "barcode": "b", "call_number": ["s", "d/e"], "location": "l", "shelf": "m",
          "status": "k"}],
    ),
    Template(
        "905-groups", _("905 一个字段，每册一组子字段"),
        [{"field": "905", "copies": "group", "barcode": "b", "call_number": ["s", "d/e"], "location": "l",
          "status": "k"}],
    ),
    Template(
        "906", _("906 与 935，条形码连号（CALIS 联机编目）"),
        [{"field": "906", "copies": "barcodes", "barcode": "b", "call_number": ["s", "h", "d/e"], "location": "l",
          "status": "k"},
         {"field": "935", "copies": "barcodes", "barcode": "b", "call_number": ["s", "d/e"],
          "where": {"a": r"^\d{6}$"}}],
    ),
    Template(
        "aleph", _("Aleph：986 馆藏字段，905 索书号"),
        [{"field": "986", "copies": "group", "barcode": "a", "call_number": ["c", "b"], "location": "d"},
         {"field": "905", "copies": "group", "barcode": "b", "call_number": ["s", "d/e"]}],
    ),
    Template(
        "alma", _("Alma：AVA（每个馆藏地一行，没有条形码）"),
        [{"field": "AVA", "copies": "field", "call_number": ["d"], "location": "c q b", "status": "e"}],
        {"available": "available", "unavailable": "on_loan", "check_holdings": "unknown"},
    ),
    Template(
        "koha", _("Koha：952"),
        [{"field": "952", "copies": "field", "barcode": "p", "call_number": ["o"], "location": "c b", "shelf": "j",
          "note": "z", "flags": {"q": "on_loan", "1": "lost", "7": "reference", "0": "lost", "4": "missing"}}],
    ),
    Template(
        "852", _("MARC21 馆藏字段 852"),
        [{"field": "852", "copies": "group", "barcode": "p", "call_number": ["h i", "k h i", "j"], "location": "c b",
          "note": "z"}],
    ),
)  # fmt: skip


def template(key: str) -> Template | None:
    return next((one for one in TEMPLATES if one.key == key), None)
