"""An edition as the items of a catalogue card, in the words of the 馆藏信息 page."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.isbn import hyphenate
from catalog.models import Edition
from catalog.vocabulary import country_label, language_label


def _isbn_and_price(edition: Edition) -> list[str]:
    numbers = [hyphenate(number) for number in edition.isbns]
    if edition.issn:
        numbers.append(f"ISSN {edition.issn}")
    return ["：".join(filter(None, ["，".join(numbers), edition.price]))]


def _title_and_responsibility(edition: Edition) -> list[str]:
    title = edition.full_title
    if edition.parallel_title:
        title += f" = {edition.parallel_title}"
    if edition.subtitle:
        title += f" ：{edition.subtitle}"
    if responsibility := edition.responsibility or "；".join(edition.authors):
        title += f" / {responsibility}"
    return [title]


def _publication(edition: Edition) -> list[str]:
    imprint = "：".join(filter(None, [edition.place, edition.publisher]))
    return ["，".join(filter(None, [imprint, edition.year_text or str(edition.year or "")]))]


# Label and content of each item, in the order of the page.
_ITEMS: list[tuple[str | Promise, Callable[[Edition], list[str]]]] = [
    (_("ISBN/价格"), _isbn_and_price),
    (_("作品语种"), lambda edition: [language_label(edition.language) if edition.language else ""]),
    (_("出版国别"), lambda edition: [country_label(edition.country)]),
    (_("题名责任者项"), _title_and_responsibility),
    (_("版本项"), lambda edition: [edition.edition_statement]),
    (_("出版发行项"), _publication),
    (_("载体形态"), lambda edition: [edition.extent]),
    (_("丛书"), lambda edition: [edition.series]),
    (_("资料类型"), lambda edition: [edition.get_material_type_display()]),
    (_("附注"), lambda edition: edition.notes),
    (_("提要"), lambda edition: [edition.abstract]),
    (_("主题"), lambda edition: edition.subjects),
    (_("分类号"), lambda edition: [edition.clc]),
    (_("个人名称等项"), lambda edition: edition.authors),
]


def items_of(edition: Edition) -> list[tuple[str | Promise, list[str]]]:
    """The card's items as (label, lines); items the record does not have are left out."""
    items = [(label, [line for line in content(edition) if line]) for label, content in _ITEMS]
    return [(label, lines) for label, lines in items if lines]
