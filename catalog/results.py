"""What stands around the hits of a page of results: counts that narrow, chips, orders, pages, each with its address."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.arrival import usual_arrival
from catalog.links import Addresses
from catalog.models import MaterialType
from catalog.search import SearchPage, SearchQuery
from catalog.search.page import HeldBy, Result
from catalog.search.query import SORTS
from catalog.templatetags.catalog_numbers import counted
from catalog.wording import narrowings_of, scope_of

FACET_HEADINGS = {
    "material_type": gettext_lazy("类型"),
    "language": gettext_lazy("语种"),
    "decade": gettext_lazy("出版年代"),
    "clc": gettext_lazy("学科分类"),
}
_SHOWN_AT_ONCE = 8  # values of a facet; the rest unfolds
_MOST_LIBRARY_CHIPS = 6
_MOST_HOLDERS = 6
_MOST_CALL_NUMBERS = 3
_PAGES_AROUND = 2
_DEFAULTS = {field.name: field.default for field in fields(SearchQuery)}
NO_LIMITS = {name: _DEFAULTS[name] for name in (*FACET_HEADINGS, "year_from", "year_to", "libraries")}


class Choice(NamedTuple):
    """A link beside the results: what it narrows to, how many hits that leaves (in words), whether it is in force."""

    label: str
    hits: str
    url: str
    active: bool


class Facet(NamedTuple):
    heading: str
    choices: Sequence[Choice]
    further: Sequence[Choice]


@dataclass(frozen=True)
class Pager:
    """Addresses of 首页 上页 下页 末页 (empty where there is none), and some numbers around the page shown."""

    first: str
    previous: str
    next: str
    last: str
    numbers: Sequence[tuple[int, str, bool]]


def library_choices(page: SearchPage, addresses: Addresses) -> tuple[list[Choice], list[Choice]]:
    """Hits per library, those chosen first, then by hits; and the libraries without any. Both together are all."""
    chosen = set(page.query.libraries)
    with_hits, without = [], []
    for library in page.libraries:
        number, active = page.per_library[library.code], library.code in chosen
        if number or active:
            kept = tuple(code for code in page.query.libraries if code != library.code) if active else (library.code,)
            choice = Choice(library.name, counted(number, page.exact), addresses.to(libraries=kept), active)
            with_hits.append((not active, -number, choice))
        else:
            without.append(Choice(library.name, counted(0, page.exact), "", False))
    return [choice for _inactive, _number, choice in sorted(with_hits, key=itemgetter(0, 1))], without


def facets_of(page: SearchPage, addresses: Addresses) -> list[Facet]:
    facets = []
    for name, heading in FACET_HEADINGS.items():
        if choices := _facet_choices(page, name, addresses):
            facets.append(Facet(str(heading), choices[:_SHOWN_AT_ONCE], choices[_SHOWN_AT_ONCE:]))
    return facets


def _facet_choices(page: SearchPage, name: str, addresses: Addresses) -> list[Choice]:
    """A click narrows; a click on what is in force lets go of it. What is unknown cannot be asked for."""
    choices = []
    for facet in page.facets[name]:
        value: Any = int(facet.value) if name == "decade" else facet.value
        if value:
            active = getattr(page.query, name) == value
            url = addresses.to(**{name: _DEFAULTS[name] if active else value})
            choices.append(Choice(facet.label, counted(facet.count, page.exact), url, active))
    return choices


def chips_of(page: SearchPage, addresses: Addresses) -> list[Choice]:
    """What narrows this page, each with the address without it."""
    query = page.query
    names = {library.code: library.name for library in page.libraries}
    chosen = [code for code in query.libraries if code in names]
    if len(chosen) > _MOST_LIBRARY_CHIPS:
        chips = [Choice(scope_of(query, page.libraries), "", addresses.to(libraries=()), True)]
    else:
        chips = [
            Choice(names[code], "", addresses.to(libraries=tuple(other for other in chosen if other != code)), True)
            for code in chosen
        ]
    return chips + [Choice(label, "", addresses.to(**change), True) for label, change in narrowings_of(query)]


def sorts_of(query: SearchQuery, addresses: Addresses) -> list[Choice]:
    return [Choice(str(label), "", addresses.to(sort=key), key == query.sort) for key, label in SORTS.items()]


def pager_of(page: SearchPage, addresses: Addresses) -> Pager:
    current, last = page.query.page, page.pages
    first_shown = max(1, min(current - _PAGES_AROUND, last - 2 * _PAGES_AROUND))
    shown = range(first_shown, min(last, first_shown + 2 * _PAGES_AROUND) + 1)

    def url(number: int) -> str:
        return addresses.to(page=number)

    return Pager(
        first=url(1) if current > 1 else "",
        previous=url(current - 1) if current > 1 else "",
        next=url(current + 1) if current < last else "",
        last=url(last) if current < last else "",
        numbers=[(number, url(number), number == current) for number in shown],
    )


class HolderChip(NamedTuple):
    """One library at a hit; `remark`: 本馆, or 不外借 where it takes no requests, else nothing."""

    name: str
    on_shelf: bool
    remark: str


class Hit(NamedTuple):
    """One result as it is shown. `facts`: which it is, its label and its text; `further_call_numbers`: there are more
    than `call_numbers`; `holders`: those of the libraries that are named, of `holder_count`."""

    title: str
    subtitle: str
    url: str
    facts: Sequence[tuple[str, str, str]]
    call_numbers: Sequence[str]
    further_call_numbers: bool
    on_shelf: bool
    untold: bool
    arrival: str
    holders: Sequence[HolderChip]
    holder_count: int


def hits_of(page: SearchPage, home_library_id: int | None) -> list[Hit]:
    """The results; at each the reader's own library stands first, then those that have a copy 在架 and lend."""
    words = _Words()
    return [_hit(result, home_library_id, words) for result in page.results]


class _Words:
    """What is said at every hit, translated once."""

    def __init__(self) -> None:
        self.author, self.publisher, self.year = _("作者"), _("出版社"), _("出版年份")
        self.type, self.isbn = _("类型"), _("国际标准书号")
        self.types = {value: str(label) for value, label in MaterialType.choices}
        self.home, self.lends_not = _("本馆"), _("不外借")


def _hit(result: Result, home_library_id: int | None, words: _Words) -> Hit:
    edition = result.edition
    year = edition.year_text or str(edition.year or "")
    if year and edition.edition_statement:
        year = _("%(year)s（%(edition)s）") % {"year": year, "edition": edition.edition_statement}
    facts = [
        ("author", words.author, edition.author_text),
        ("publisher", words.publisher, edition.publisher),
        ("year", words.year, year),
        ("type", words.type, words.types[edition.material_type]),
        ("isbn", words.isbn, result.isbns),
    ]

    def order(held: HeldBy) -> tuple[bool, bool, bool]:
        return held.library.id != home_library_id, not held.on_shelf, not held.library.lends

    def remark(held: HeldBy) -> str:
        if held.library.id == home_library_id:
            return words.home
        return "" if held.library.lends else words.lends_not

    numbers = result.call_numbers
    return Hit(
        title=edition.full_title,
        subtitle=edition.subtitle,
        url=reverse("catalog:edition", args=[edition.pk]),
        facts=[fact for fact in facts if fact[-1]],
        call_numbers=numbers[:_MOST_CALL_NUMBERS],
        further_call_numbers=len(numbers) > _MOST_CALL_NUMBERS,
        on_shelf=result.on_shelf,
        untold=result.untold,
        arrival=usual_arrival(result.arrival_days),
        holders=[
            HolderChip(held.library.short_name, held.on_shelf, remark(held))
            for held in sorted(result.holders, key=order)[:_MOST_HOLDERS]
        ],
        holder_count=len(result.holders),
    )
