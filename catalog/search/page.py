"""What the reader gets: one page of results with its counts, or what was tried and what may help."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from catalog.isbn import hyphenate
from catalog.models import CirculationStatus, Edition, Holding, MaterialType, MemberLibrary
from catalog.search.hits import FACETS, Hits, count_each, find
from catalog.search.plan import Plan, plans_for
from catalog.search.query import LONGEST_TEXT, PAGE_SIZE, SearchQuery, clean_text
from catalog.search.tokens import COLUMNS_READ, is_unspaced, normal_form, runs
from catalog.search.verify import aliens_among
from catalog.vocabulary import clc_label, language_label

# Up to here every hit is compared with what is stored, not only the page that is shown: hashes may collide.
MOST_VERIFIED = 200
_MOST_ROUNDS = 4  # searches without the aliens of the one before; one is all but always enough
_LAST_PAGE = 10**6
_COLUMNS_SHOWN = (
    "title", "subtitle", "volume", "authors", "responsibility", "publisher", "year", "year_text", "isbns", "issn",
    "edition_statement", "language", "material_type", "search_entry__library_ids",
)  # fmt: skip


@dataclass(frozen=True)
class HeldBy:
    """One library that holds a result: how many copies, whether one is 在架, or may be, and a call number."""

    library: MemberLibrary
    copies: int
    on_shelf: bool
    untold: bool  # the library does not tell the status of a copy, or sent no list of copies
    call_number: str


@dataclass(frozen=True)
class Result:
    edition: Edition
    holders: tuple[HeldBy, ...]

    @property
    def on_shelf(self) -> bool:
        return any(holder.on_shelf for holder in self.holders)

    @property
    def untold(self) -> bool:
        return any(holder.untold for holder in self.holders)

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
            "libraries": [holder.library.code for holder in self.holders],
            "on_shelf": self.on_shelf,
        }


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Suggestion:
    """A search that finds something, offered where this one did not."""

    label: str
    query: SearchQuery
    total: int


@dataclass
class SearchPage:
    """The answer to one SearchQuery.

    `query.page` is the page really shown (the last one where the asked page lies beyond it). `per_library` has every
    library of the joint search, whatever libraries were chosen. `found_by` names the plan that found the hits,
    `tried` all plans that ran. `problem` says in one sentence why nothing could be looked for.
    """

    query: SearchQuery
    total: int = 0
    exact: bool = True
    per_library: dict[str, int] = field(default_factory=dict)
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    found_by: str = ""
    tried: tuple[str, ...] = ()
    suggestions: list[Suggestion] = field(default_factory=list)
    problem: str = ""
    notes: list[str] = field(default_factory=list)
    libraries: list[MemberLibrary] = field(default_factory=list)
    ms: float = 0.0

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

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
    """Look for `query.text` and return the asked page. Never raises for anything a reader can type."""
    started = time.perf_counter()
    libraries = list(MemberLibrary.objects.searchable())
    page = SearchPage(query=query, libraries=libraries)
    page.per_library = dict.fromkeys((library.code for library in libraries), 0)
    page.facets = {name: [] for name in FACETS}
    ids = {library.code: library.pk for library in libraries}
    chosen = {ids[code] for code in query.libraries if code in ids}
    plans = plans_for(query)
    if query.libraries and not chosen:
        page.problem = _("没有找到您所选的图书馆，请重新选择。")
    elif not plans:
        page.problem = _("请输入检索词：一个词、一个字或一个ISBN都可以。")
    else:
        if len(query.text.strip()) > LONGEST_TEXT:
            page.notes.append(_("检索词太长，只检索了前%(number)d个字符。") % {"number": LONGEST_TEXT})
        _answer(page, plans, chosen)
    page.ms = round((time.perf_counter() - started) * 1000, 1)
    return page


def _answer(page: SearchPage, plans: Sequence[Plan], chosen: set[int]) -> None:
    hits, tried = Hits(), []
    editions: list[Edition] = []
    for plan in plans:
        tried.append(plan.name)
        hits, editions, page.query = _verified_hits(plan, page.query, chosen)
        if hits.per_library or hits.total:
            page.found_by = plan.name
            page.exact = not plan.phrases or plan.route == "t" or hits.total <= MOST_VERIFIED
            break
    page.tried = tuple(tried)
    page.total = hits.total
    codes = {library.pk: library.code for library in page.libraries}
    page.per_library.update({codes[pk]: n for pk, n in hits.per_library.items() if pk in codes})
    page.facets = {name: _facet_values(name, hits.facets.get(name, {})) for name in FACETS}
    page.results = _results(editions, page.libraries)
    if not page.total:
        page.suggestions = _suggestions(page.query, hits)


def _verified_hits(plan: Plan, query: SearchQuery, chosen: set[int]) -> tuple[Hits, list[Edition], SearchQuery]:
    """The hits of one plan, the editions of the asked page, and the query with the page that is really shown.

    Editions that match by their hashes only are found by reading them, and the search is run again without them.
    """
    query = replace(query, page=min(max(query.page, 1), _LAST_PAGE))
    aliens: set[int] = set()
    rounds = 0
    while True:
        first = (query.page - 1) * PAGE_SIZE
        # The first pages come with all that must be verified if the hits turn out to be few.
        limit, offset = (MOST_VERIFIED, 0) if first < MOST_VERIFIED else (PAGE_SIZE, first)
        hits = find(plan, query, library_ids=chosen, limit=limit, offset=offset, without=aliens)
        if hits.total <= first and query.page > 1:
            query = replace(query, page=max(1, -(-hits.total // PAGE_SIZE)))
            continue
        shown = hits.edition_ids[first - offset : first - offset + PAGE_SIZE]
        editions = (
            Edition.objects.filter(search_entry__isnull=False)
            .select_related("search_entry")
            .only(*COLUMNS_READ, *_COLUMNS_SHOWN)
            .in_bulk(hits.edition_ids if hits.total <= MOST_VERIFIED else shown)
        )
        found = aliens_among(editions.values(), plan)
        rounds += 1
        if not found or rounds == _MOST_ROUNDS:
            return hits, [editions[pk] for pk in shown if pk in editions and pk not in found], query
        aliens |= found


def _results(editions: Sequence[Edition], libraries: Sequence[MemberLibrary]) -> list[Result]:
    copies: dict[tuple[int, int], tuple[int, int, int, str]] = {}
    available = Q(circulation_status=CirculationStatus.AVAILABLE, out_on_request="")
    untold = Q(circulation_status=CirculationStatus.UNKNOWN, out_on_request="")
    counted = (
        Holding.objects.present()
        .filter(edition__in=editions)
        .order_by()
        .values_list("edition", "library")
        .annotate(
            copies=Count("pk"),
            on_shelf=Count("pk", filter=available),
            untold=Count("pk", filter=untold),
            first_call_number=Min("call_number"),
        )
    )
    for edition_id, library_id, *told in counted:
        copies[edition_id, library_id] = (told[0], told[1], told[2], told[3])
    results = []
    for edition in editions:
        held = []
        for library in libraries:
            if library.pk in edition.search_entry.library_ids:
                # A library may have sent its record without a list of copies.
                number, on_shelf, untold_copies, call_number = copies.get((edition.pk, library.pk), (0, 0, 1, ""))
                held.append(HeldBy(library, number, on_shelf > 0, untold_copies > 0, call_number))
        results.append(Result(edition, tuple(held)))
    return results


def _facet_values(name: str, counts: dict[str, int]) -> list[FacetValue]:
    """Values of one facet: decades from new to old, the rest by number of hits."""
    labels = {
        "language": language_label,
        "material_type": lambda value: str(dict(MaterialType.choices).get(value, value)),
        "decade": lambda value: _("%(year)s年代") % {"year": value} if value != "0" else _("年代不详"),
        "clc": clc_label,
    }
    values = [FacetValue(value, labels[name](value), number) for value, number in counts.items()]
    if name == "decade":
        return sorted(values, key=lambda facet: -int(facet.value))
    return sorted(values, key=lambda facet: (-facet.count, facet.value))


def _suggestions(query: SearchQuery, hits: Hits) -> list[Suggestion]:
    """Searches that do find something: wider in libraries, facets or route, or with fewer words."""
    wider: list[tuple[str, SearchQuery]] = []
    plain = SearchQuery(text=query.text, route=query.route)
    if query.libraries or query.is_narrowed:
        wider.append((_("在全部成员馆中检索，不加限制"), plain))
    if query.route != "all":
        wider.append((_("在全部字段中检索"), replace(plain, route="all")))
    words = runs(clean_text(query.text))
    shorter = words if len(words) > 1 else [words[0][:4], words[0][-4:]] if words and is_unspaced(words[0]) else []
    for word in dict.fromkeys(shorter):
        if len(word) > 1 and word != normal_form(query.text):
            wider.append((_("只检索“%(word)s”") % {"word": word}, replace(plain, text=word, route="all")))
    offers = [(label, offer, plans[0]) for label, offer in wider[:6] if (plans := plans_for(offer))]
    totals = count_each([plan for _label, _offer, plan in offers])
    return [
        Suggestion(label, offer, total) for (label, offer, _plan), total in zip(offers, totals, strict=True) if total
    ]
