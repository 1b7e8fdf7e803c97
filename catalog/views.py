"""Pages: joint search, editions, member libraries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.display.card import items_of
from catalog.links import address_of, parameters_of, query_from
from catalog.models import MemberLibrary
from catalog.records import readable
from catalog.search import SearchPage, SearchQuery
from catalog.search import search as run_search
from catalog.search.page import FacetValue, SearchedLibrary
from catalog.search.query import ROUTES, SORTS
from catalog.selectors import edition_with_holdings, libraries_by_category, surviving_edition

# Facet of the search page → the field of SearchQuery it narrows and its heading.
FACET_HEADINGS = {
    "language": ("language", gettext_lazy("语种")),
    "material_type": ("material_type", gettext_lazy("类型")),
    "decade": ("decade", gettext_lazy("出版年代")),
    "clc": ("clc", gettext_lazy("学科分类")),
}


@dataclass(frozen=True)
class Choice:
    """One link beside the results: what it narrows to, how many hits that leaves, whether it is in force."""

    label: str
    count: int
    url: str
    active: bool


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """联合检索: the form alone, or with a page of results."""
    query = query_from(request.GET)
    nothing_chosen = request.GET.get("scope") == "some" and not query.libraries
    if "q" not in request.GET or nothing_chosen:
        return _entrance(request, query, problem=_("您还没有选择要检索的图书馆") if nothing_chosen else "")
    page = run_search(query)
    if page.problem:
        return _entrance(request, query, problem=page.problem)
    query = page.query
    context = _form_context(query, page.libraries) | {
        "page": page,
        "route_label": ROUTES[query.route],
        "scope": _scope(query, page.libraries),
        "narrowing": any(page.per_library.values()),
        "library_choices": _library_choices(page),
        "facets": [
            (heading, _facet_choices(query, field, page.facets[name]))
            for name, (field, heading) in FACET_HEADINGS.items()
            if page.facets[name]
        ],
        "chips": _chips(page),
        "sorts": [
            Choice(str(label), 0, address_of(query, sort=key), key == query.sort) for key, label in SORTS.items()
        ],
        "pager": _pager(page),
        "jump_parameters": [item for item in parameters_of(query) if item[0] != "page"],
        "suggestions": [(one, address_of(one.query)) for one in page.suggestions],
        "permalink": address_of(query),
    }
    return render(request, "catalog/search.html", context)


@require_safe
def search_json(request: HttpRequest) -> HttpResponse:
    """The same page as JSON."""
    page = run_search(query_from(request.GET))
    return JsonResponse(page.as_json(), json_dumps_params={"ensure_ascii": False})


@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """馆藏信息 of one edition. The address is permanent: after a merge it leads to the surviving edition."""
    found = surviving_edition(pk)
    if found is None:
        raise Http404
    if found.pk != pk:
        return redirect("catalog:edition", pk=found.pk, permanent=True)
    # The reader belongs to an app above this one; of it only the home library is needed here.
    reader = getattr(request.user, "reader", None)
    page = edition_with_holdings(found, home_library_id=reader.library_id if reader else None)
    source = page.described_by
    items = items_of(found, readable(source), source.syntax) if source else items_of(found)
    context = {"page": page, "edition": found, "items": items}
    return render(request, "catalog/edition.html", context)


@require_safe
def libraries(request: HttpRequest) -> HttpResponse:
    """成员馆目录."""
    members = list(MemberLibrary.objects.active())
    return render(request, "catalog/libraries.html", {"groups": libraries_by_category(members), "count": len(members)})


def _entrance(request: HttpRequest, query: SearchQuery, *, problem: str = "") -> HttpResponse:
    members = list(MemberLibrary.objects.active())
    joint = [library for library in members if library.in_joint_search]
    context = _form_context(query, joint) | {
        "problem": problem,
        "joint_count": len(joint),
        "apart": [library for library in members if not library.in_joint_search],
    }
    return render(request, "catalog/search.html", context)


def _form_context(query: SearchQuery, libraries: Sequence[MemberLibrary | SearchedLibrary]) -> dict[str, object]:
    return {
        "query": query,
        "routes": ROUTES.items(),
        "groups": libraries_by_category(libraries),
        "chosen": set(query.libraries),
    }


def _scope(query: SearchQuery, libraries: Sequence[MemberLibrary | SearchedLibrary]) -> str:
    """Where was searched, in words: all libraries, one by name, several by number."""
    chosen = [library.name for library in libraries if library.code in query.libraries]
    if not chosen:
        return _("全部成员馆")
    if len(chosen) == 1:
        return chosen[0]
    return _("%(first)s等%(number)d个图书馆") % {"first": chosen[0], "number": len(chosen)}


def _library_choices(page: SearchPage) -> list[Choice]:
    """Hits per library, all libraries of the joint search, those with most hits first."""
    query = page.query
    choices = [
        Choice(
            library.name,
            page.per_library[library.code],
            address_of(query, libraries=(library.code,)),
            library.code in query.libraries,
        )
        for library in page.libraries
    ]
    return sorted(choices, key=lambda choice: (not choice.active, -choice.count))


def _facet_choices(query: SearchQuery, field: str, values: list[FacetValue]) -> list[Choice]:
    """A click narrows; a click on what is in force lets go of it."""
    choices = []
    for facet in values:
        value = int(facet.value) if field == "decade" else facet.value
        if value == "":
            continue
        active = getattr(query, field) == value
        url = address_of(query, **{field: SearchQuery.__dataclass_fields__[field].default if active else value})
        choices.append(Choice(facet.label, facet.count, url, active))
    return choices


def _chips(page: SearchPage) -> list[Choice]:
    """What narrows this page, each with the address without it."""
    query = page.query
    names = {library.code: library.name for library in page.libraries}
    chips = [
        Choice(names[code], 0, address_of(query, libraries=tuple(c for c in query.libraries if c != code)), True)
        for code in query.libraries[:6]
        if code in names
    ]
    if len(query.libraries) > 6:
        chips = [Choice(_scope(query, page.libraries), 0, address_of(query, libraries=()), True)]
    for name, (field, _heading) in FACET_HEADINGS.items():
        value, default = getattr(query, field), SearchQuery.__dataclass_fields__[field].default
        if value != default:
            label = next((facet.label for facet in page.facets[name] if facet.value == str(value)), str(value))
            chips.append(Choice(label, 0, address_of(query, **{field: default}), True))
    return chips


def _pager(page: SearchPage) -> dict[str, object]:
    """首页 上页 下页 末页 and some numbers around the page shown."""
    current, last = page.query.page, page.pages
    first_shown = max(1, min(current - 2, last - 4))

    def url(number: int) -> str:
        return address_of(page.query, page=number)

    return {
        "first": url(1) if current > 1 else "",
        "previous": url(current - 1) if current > 1 else "",
        "next": url(current + 1) if current < last else "",
        "last": url(last) if current < last else "",
        "numbers": [(n, url(n), n == current) for n in range(first_shown, min(last, first_shown + 4) + 1)],
    }
