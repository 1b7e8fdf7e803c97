"""The elements of a card: which exist, what they are called, and who writes them for each kind of MARC."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.display import cnmarc, marc21
from catalog.marc.encodings import CNMARC
from catalog.marc.mapping import Tagged
from catalog.marc.record import Record

# Name and label of every element, in the order of a card.
LABELS: dict[str, str | Promise] = {
    "isbn_price": _("ISBN/价格"),
    "language": _("作品语种"),
    "country": _("出版国别"),
    "title_area": _("题名与责任者"),
    "title": _("题名"),
    "titlepinyin": _("题名与责任说明拼音"),
    "author": _("责任者"),
    "other_titles": _("其他题名"),
    "edition_area": _("版本项"),
    "material_specific_area": _("资料特殊细节项"),
    "publication_area": _("出版发行项"),
    "publishtime": _("出版时间"),
    "physical_area": _("载体形态项"),
    "series_area": _("丛编项"),
    "notes_area": _("附注项"),
    "abstract": _("提要"),
    "contents": _("目次"),
    "subjects": _("主题分析"),
    "classes": _("分类号"),
    "names": _("个人名称等项"),
}

Writer = Callable[[Tagged], list[str]]


class Element(NamedTuple):
    """One element of a card; `lines` is never empty."""

    name: str
    label: str
    lines: list[str]

    @property
    def value(self) -> str:
        return "\n".join(self.lines)


def element_of(record: Record, syntax: str, name: str) -> Element | None:
    """One element by its name (see LABELS), or None where the record has nothing to say. KeyError: no such element."""
    label = LABELS[name]
    tagged, writers = _prepared(record, syntax)
    lines = _lines(writers, name, tagged)
    return Element(name, str(label), lines) if lines else None


def elements_of(record: Record, syntax: str) -> dict[str, Element]:
    """All elements the record has, by name, in the order of a card."""
    tagged, writers = _prepared(record, syntax)
    written = ((name, _lines(writers, name, tagged)) for name in LABELS)
    return {name: Element(name, str(LABELS[name]), lines) for name, lines in written if lines}


def _prepared(record: Record, syntax: str) -> tuple[Tagged, dict[str, Writer]]:
    module = cnmarc if syntax == CNMARC else marc21
    return module.prepare(record), module.WRITERS


def _lines(writers: dict[str, Writer], name: str, tagged: Tagged) -> list[str]:
    writer = writers.get(name)
    return list(dict.fromkeys(line for line in writer(tagged) if line)) if writer else []
