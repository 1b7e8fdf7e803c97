"""An edition as the items of a catalogue card, in the words of the 馆藏信息 page."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.display.elements import elements_of
from catalog.isbn import hyphenate, to_isbn13
from catalog.marc.record import Record
from catalog.models import Edition
from catalog.vocabulary import country_label, language_label

Lines = list[str]


def _numbers(edition: Edition) -> Lines:
    numbers = [hyphenate(number) for number in edition.isbns]
    if edition.issn:
        numbers.append(f"ISSN {edition.issn}")
    elif not numbers and edition.unified_number:
        numbers.append(edition.unified_number)
    if not numbers:
        return [edition.price]
    return [" : ".join(filter(None, [numbers[0], edition.price])), *numbers[1:]]


def _title_and_responsibility(edition: Edition) -> Lines:
    title = ". ".join(filter(None, [edition.title, edition.volume]))
    if edition.subtitle:
        title += f" : {edition.subtitle}"
    if edition.parallel_title:
        title += f" = {edition.parallel_title}"
    responsibility = edition.responsibility or " ; ".join(edition.authors)
    return [f"{title} / {responsibility}" if responsibility else title]


def _publication(edition: Edition) -> Lines:
    imprint = " : ".join(filter(None, [edition.place, edition.publisher]))
    return [", ".join(filter(None, [imprint, edition.year_text or str(edition.year or "")]))]


class Item(NamedTuple):
    """One item of the page: its label, the element of the record that fills it, and the edition's own words."""

    label: str | Promise
    element: str
    of_edition: Callable[[Edition], Lines]


def _nothing(edition: Edition) -> Lines:
    return []


ITEMS = (
    Item(_("ISBN/价格"), "isbn_price", _numbers),
    Item(_("作品语种"), "language", lambda edition: [language_label(edition.language) if edition.language else ""]),
    Item(_("出版国别"), "country", lambda edition: [country_label(edition.country)]),
    Item(_("题名责任者项"), "title_area", _title_and_responsibility),
    Item(_("其他题名"), "other_titles", lambda edition: edition.other_titles),
    Item(_("版本项"), "edition_area", lambda edition: [edition.edition_statement]),
    Item(_("资料特殊细节项"), "material_specific_area", _nothing),
    Item(_("出版发行项"), "publication_area", _publication),
    Item(_("载体形态"), "physical_area", lambda edition: [edition.extent]),
    Item(_("丛书"), "series_area", lambda edition: [f"({edition.series})" if edition.series else ""]),
    Item(_("资料类型"), "", lambda edition: [edition.get_material_type_display()]),
    Item(_("附注"), "notes_area", lambda edition: edition.notes),
    Item(_("目次"), "contents", _nothing),
    Item(_("提要"), "abstract", lambda edition: edition.abstract.split("\n")),
    Item(_("主题"), "subjects", lambda edition: edition.subjects),
    Item(_("分类号"), "classes", lambda edition: [edition.clc]),
    Item(_("个人名称等项"), "names", lambda edition: edition.authors),
)


def items_of(edition: Edition, record: Record | None = None, syntax: str = "") -> list[tuple[str | Promise, list[str]]]:
    """The card's items as (label, lines); items there is nothing for are left out.

    `record` is the record that describes the edition; an item it does not fill is filled from the edition, which
    may have been entered by hand. ISBNs of the edition's other records follow those of this record.
    """
    elements = elements_of(record, syntax) if record is not None else {}
    items = []
    for item in ITEMS:
        element = elements.get(item.element)
        lines = list(element.lines) if element else [line for line in item.of_edition(edition) if line]
        if item.element == "isbn_price" and element:
            shown = {isbn for line in lines if (isbn := to_isbn13(line))}
            lines += [hyphenate(isbn) for isbn in edition.isbns if isbn not in shown]
        if lines:
            items.append((item.label, list(dict.fromkeys(lines))))
    return items
