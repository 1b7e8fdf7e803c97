"""What the reader gets: one page of results with its counts, or what was tried and what may help."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import chain, compress
from typing import Any, NamedTuple

from django.db import OperationalError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from catalog.isbn import hyphenate
from catalog.models import Edition, MaterialType
from catalog.search.facts import FACETS, Facts, holder_bits
from catalog.search.hits import FURTHEST, Hits, find
from catalog.search.libraries import SearchedLibrary, searched_libraries
from catalog.search.plan import Plan, each_plan
from catalog.search.query import LONGEST_TEXT, PAGE_SIZE, SearchQuery
from catalog.search.stored import Stored, copies_in
from catalog.search.suggestions import Suggestion, suggestions
from catalog.vocabulary import clc_label, decade_label, language_label

_LAST_PAGE = 10**6
_NO_COPIES_LISTED = (False, True, "")  # a library may send its record without a list of copies


class SearchTimeout(Exception):
    """The search took longer than it may; a narrower one will be answered."""


class HeldBy(NamedTuple):
    """One library that holds a result: whether a copy is 在架, or may be, and a call number."""

    library: SearchedLibrary
    on_shelf: bool
    untold: bool  # the library does not tell the status of a copy, or sent no list of copies
    call_number: str


@dataclass(frozen=True)
class Result:
    """An edition and the `libraries` of the joint search that hold it; their `copies` (catalog.search.stored.copies_in)
    are put together where they are read: a page may have a thousand."""

    edition: Edition
    libraries: Sequence[SearchedLibrary]
    copies: str = ""

    @cached_property
    def holders(self) -> tuple[HeldBy, ...]:
        at: dict[int, tuple[bool, bool, str]] = {}
        for library_id, on_shelf, untold, call_number in copies_in(self.copies):
            if some := at.get(library_id):
                at[library_id] = (some[0] or on_shelf, some[1] or untold, min(some[2], call_number))
            else:
                at[library_id] = (on_shelf, untold, call_number)
        return tuple(HeldBy(library, *at.get(library.id, _NO_COPIES_LISTED)) for library in self.libraries)

    @property
    def on_shelf(self) -> bool:
        return any(holder.on_shelf for holder in self.holders)

    @property
    def untold(self) -> bool:
        return any(holder.untold for holder in self.holders)

    @property
    def arrival_days(self) -> int | None:
        """After how many days it is usually there, from the quickest lender with a copy 在架; None: not known."""
        known = (held.library.arrival_days for held in self.holders if held.on_shelf and held.library.lends)
        return min(filter(None, known), default=None)

    @property
    def call_numbers(self) -> list[str]:
        """Different call numbers, in the order of the libraries."""
        return list(dict.fromkeys(holder.call_number for holder in self.holders if holder.call_number))

    @property
    def isbns(self) -> str:
        """All its ISBNs with hyphens, as one line."""
        return "，".join(map(hyphenate, self.edition.isbns))

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.edition.pk,
            "title": self.edition.full_title,
            "author": self.edition.author_text,
            "publisher": self.edition.publisher,
            "year": self.edition.year,
            "isbn": self.edition.isbns[0] if self.edition.isbns else "",
            "libraries": [library.code for library in self.libraries],
            "on_shelf": self.on_shelf,
        }


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int


@dataclass
class SearchPage:
    """The answer to one SearchQuery.

    `query.page` is the page really shown (the last one where the asked page lies beyond it). `per_library` has every
    library of the joint search, whatever libraries were chosen. Where not `exact`, all numbers are estimates (约);
    SearchQuery.count asks for the exact ones. `reachable` hits can be paged through. `path` is how it was counted
    (catalog/search/hits.py), `found_by` the plan that found the hits, `tried` all plans that ran. `problem` says in
    one sentence why nothing could be looked for.
    """

    query: SearchQuery
    total: int = 0
    exact: bool = True
    path: str = ""
    reachable: int = 0
    per_library: dict[str, int] = field(default_factory=dict)
    facets: dict[str, list[FacetValue]] = field(default_factory=lambda: {name: [] for name in FACETS})
    results: list[Result] = field(default_factory=list)
    found_by: str = ""
    tried: tuple[str, ...] = ()
    suggestions: list[Suggestion] = field(default_factory=list)
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    libraries: Sequence[SearchedLibrary] = ()
    ms: float = 0.0

    @property
    def pages(self) -> int:
        return max(1, -(-self.reachable // PAGE_SIZE))

    def as_json(self) -> dict[str, Any]:
        """The page as `manage.py search --json` and /catalog/search.json give it (docs/search.md)."""
        answer: dict[str, Any] = {
            "total": self.total,
            "exact": self.exact,
            "page": self.query.page,
            "pages": self.pages,
            "per_library": self.per_library,
            "facets": {name: {facet.value: facet.count for facet in values} for name, values in self.facets.items()},
            "results": [result.as_json() for result in self.results],
            "found_by": self.found_by,
            "tried": list(self.tried),
            "suggestions": [{"text": one.query.text, "total": one.total} for one in self.suggestions],
            "ms": self.ms,
        }
        if self.problem:
            answer["problem"] = self.problem
        return answer


def search(query: SearchQuery) -> SearchPage:
    """Look for `query.text` and return the asked page. Never raises for anything a reader can type.

    Raises SearchTimeout where the database gave up (settings.SEARCH["TIMEOUT_MS"]).
    """
    started = time.perf_counter()
    libraries = searched_libraries()
    page = SearchPage(query=query, libraries=libraries)
    page.per_library = dict.fromkeys((library.code for library in libraries), 0)
    wanted = set(query.libraries)
    chosen = frozenset(library.slot for library in libraries if library.code in wanted)
    plans = each_plan(query)
    first = next(plans, None)
    if query.libraries and not chosen:
        page.problem = _("没有找到您所选的图书馆，请重新选择。")
    elif first is None:
        page.problem = _nothing_to_look_for(query)
    else:
        if len(query.text.strip()) > LONGEST_TEXT:
            page.notes.append(_("检索词太长，只检索了前%(number)d个字符。") % {"number": LONGEST_TEXT})
        with _within_time():
            _answer(page, chain([first], plans), chosen)
    page.ms = round((time.perf_counter() - started) * 1000, 1)
    return page


def _nothing_to_look_for(query: SearchQuery) -> str:
    if query.text.strip() and query.route == "isbn":
        return _("ISBN/ISSN途径只查号码，您输入的没有号码。请改选题名或全部字段。")
    if query.text.strip() and query.route == "pinyin":
        return _("题名拼音途径只查拼音，例如gaodengshuxue。请改选题名或全部字段。")
    return _("请输入检索词：一个词、一个字或一个ISBN都可以。")


@contextmanager
def _within_time() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimeout from error
        raise


def _answer(page: SearchPage, plans: Iterable[Plan], chosen: frozenset[int]) -> None:
    hits, tried, stored = Hits(), [], Stored()
    for plan in plans:
        tried.append(plan.name)
        hits, page.query = _hits_of_page(plan, page.query, chosen, stored)
        if hits.counts.per_slot or hits.counts.total:
            page.found_by = plan.name
            break
    page.tried = tuple(tried)
    page.total, page.exact, page.path, page.reachable = hits.counts.total, hits.exact, hits.path, hits.reachable
    codes = {library.slot: library.code for library in page.libraries}
    page.per_library.update({codes[slot]: n for slot, n in hits.counts.per_slot.items() if slot in codes})
    page.facets = {name: _facet_values(name, hits.counts.facets[name]) for name in FACETS}
    page.results = _results(hits.page, page.libraries, stored)
    if hits.reordered:
        page.notes.append(_("检索结果太多，不能按题名排序，已按相关度排序。缩小范围后可按题名排序。"))
    if hits.reachable < hits.counts.total and page.query.page == page.pages:
        page.notes.append(_("最多显示前%(number)d条结果，请缩小检索范围。") % {"number": hits.reachable})
    if page.found_by == "edition":
        page.notes.append(_("版次不是检索词，已略去；各书的版次见检索结果。"))
    if not page.total:
        page.suggestions = suggestions(page.query)


def _hits_of_page(plan: Plan, query: SearchQuery, chosen: frozenset[int], stored: Stored) -> tuple[Hits, SearchQuery]:
    """The hits of one plan and the query with the page that is really shown, the last where there are fewer."""
    asked = min(max(query.page, 1), FURTHEST // PAGE_SIZE if not query.count else _LAST_PAGE)
    while True:
        query = replace(query, page=asked)
        hits = find(plan, query, stored, slots=chosen, limit=PAGE_SIZE, offset=(asked - 1) * PAGE_SIZE)
        last = max(1, -(-hits.reachable // PAGE_SIZE))
        if asked <= last:
            return hits, query
        asked = last


def _results(hits: Facts, libraries: Sequence[SearchedLibrary], stored: Stored) -> list[Result]:
    """The hits as they are shown, in their order; one that was hidden in this moment is left out."""
    ids = hits["id"].tolist()
    if not ids:
        return []
    editions = stored.editions(ids)
    held = holder_bits(hits)[:, [library.slot for library in libraries]]
    results = []
    for pk, holds in zip(ids, held.tolist(), strict=True):
        if pk in editions:
            results.append(Result(editions[pk], list(compress(libraries, holds)), stored.copies(pk)))
    return results


def _facet_values(name: str, counts: dict[str, int]) -> list[FacetValue]:
    """Values of one facet: decades from new to old, the rest by number of hits."""
    language = get_language()
    values = [FacetValue(value, _label(name, value, language), number) for value, number in counts.items()]
    if name == "decade":
        return sorted(values, key=lambda facet: -int(facet.value))
    return sorted(values, key=lambda facet: (-facet.count, facet.value))


@lru_cache(maxsize=2000)
def _label(facet: str, value: str, _language: str | None) -> str:
    """What a value of a facet is called in the language in use."""
    match facet:
        case "language":
            return language_label(value)
        case "material_type":
            return str(dict(MaterialType.choices).get(value, value))
        case "decade":
            return decade_label(int(value))
    return clc_label(value)
