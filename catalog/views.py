"""Pages: joint search, editions, member libraries."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.display.card import items_of
from catalog.limits import limited
from catalog.links import Addresses, limiting_parameters, parameters_of, query_from, unread_years
from catalog.models import MaterialType, MemberLibrary
from catalog.moved import moved_to
from catalog.picker import picker_of, remember, remembered
from catalog.records import readable
from catalog.results import NO_LIMITS, chips_of, facets_of, hits_of, library_choices, pager_of, sorts_of
from catalog.search import SearchPage, SearchQuery, SearchTimeout
from catalog.search import search as run_search
from catalog.search.query import MOST_CLAUSES, OPERATORS, ROUTES, SORTS, Clause
from catalog.selectors import edition_with_holdings, libraries_by_category, surviving_edition
from catalog.vocabulary import LANGUAGES, language_label
from catalog.wording import description_of, limits_of, narrowed_by, scope_of, words_of

_FEWEST_ROWS = 3  # of the advanced form; more can be added
_NO_FIELD = ("decade", "clc")  # facets that the advanced form has no field for


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """联合检索: the form alone, or with a page of results. Only what is looked for counts against the limit."""
    query = query_from(request.GET)
    if "q" not in request.GET or "pick" in request.GET:
        return _form(request, query)
    if request.GET.get("scope") == "some" and not {"library", "group"} & request.GET.keys():
        return _form(request, query, problem=_("您还没有选择要检索的图书馆"))
    return _results(request, query)


@limited
def _results(request: HttpRequest, query: SearchQuery) -> HttpResponse:
    try:
        page = run_search(query)
    except SearchTimeout:
        return _form(request, query, status=503)
    if page.problem:
        return _form(request, query, problem=page.problem)
    page.notes += [
        _("年份“%(text)s”不是四位数字，没有按它限定。") % {"text": text} for text in unread_years(request.GET)
    ]
    response = render(request, "catalog/search.html", _results_context(request, page))
    if "scope" in request.GET:
        remember(request, response, query.libraries)
    return response


@require_safe
def advanced(request: HttpRequest) -> HttpResponse:
    """高级检索: rows with 与, 或, 非, years, language, type. Whatever the address says is filled in."""
    return _form(request, query_from(request.GET), is_advanced=True)


@require_safe
@limited
def search_json(request: HttpRequest) -> HttpResponse:
    """The same page as JSON."""
    try:
        answer, status = run_search(query_from(request.GET)).as_json(), 200
    except SearchTimeout:
        answer, status = {"problem": _("检索用时太长，请缩小检索范围。")}, 503
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})


@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    """馆藏信息 of one edition. The address is permanent: after a merge it leads to the surviving edition."""
    found = surviving_edition(pk)
    if found is None:
        raise Http404
    if found.pk != pk:
        return moved_to("catalog:edition", pk=found.pk)
    # The reader belongs to an app above this one; of it only the home library is needed here.
    reader = getattr(request.user, "reader", None)
    page = edition_with_holdings(found, home_library_id=reader.library_id if reader else None)
    source = page.described_by
    items = items_of(found, readable(source), source.syntax) if source else items_of(found)
    context = {
        "page": page,
        "edition": found,
        "items": items,
        "canonical": f"{settings.SITE_URL}{request.path}",
        "description": description_of(page),
    }
    return render(request, "catalog/edition.html", context)


@require_safe
def libraries(request: HttpRequest) -> HttpResponse:
    """成员馆目录."""
    members = list(MemberLibrary.objects.active())
    return render(request, "catalog/libraries.html", {"groups": libraries_by_category(members), "count": len(members)})


def _form(
    request: HttpRequest, query: SearchQuery, *, problem: str = "", status: int = 200, is_advanced: bool = False
) -> HttpResponse:
    """The simple form or, for what came from it, the advanced one, with what was typed and what is wrong with it."""
    members = list(MemberLibrary.objects.active())
    joint = [library for library in members if library.in_joint_search]
    chosen, only_some = _chosen(request, query, joint)
    is_advanced = is_advanced or bool(query.clauses) or "q2" in request.GET
    context = {
        "query": query,
        "problem": problem,
        "timed_out": status == 503,
        "without_count": Addresses(query).to(count=False, page=query.page) if query.count else "",
        "is_advanced": is_advanced,
        "typed": request.GET,
        "routes": ROUTES.items(),
        "operators": OPERATORS.items(),
        "rows": _rows(query),
        "most_rows": MOST_CLAUSES,
        "languages": _languages(query),
        "material_types": MaterialType.choices,
        "sorts": SORTS.items(),
        "limits": [limit for limit in limits_of(query) if not is_advanced or limit.name in _NO_FIELD],
        "picker": picker_of(joint, chosen, only_some=only_some),
        "apart": [library for library in members if not library.in_joint_search],
        "canonical": f"{settings.SITE_URL}{request.path}",
    }
    return render(request, "catalog/search.html", context, status=status)


def _languages(query: SearchQuery) -> list[tuple[str, str]]:
    """Languages to choose from; the one in force among them, though we may have no word for it."""
    languages = {code: str(label) for code, label in LANGUAGES.items()}
    if query.language:
        languages.setdefault(query.language, language_label(query.language))
    return list(languages.items())


def _chosen(request: HttpRequest, query: SearchQuery, joint: list[MemberLibrary]) -> tuple[tuple[str, ...], bool]:
    """Codes of the libraries that are ticked on a form, and whether only those are to be searched.

    The buttons 全选 and 全不选 come here where there is no JavaScript, 选择图书馆 from the results; who says nothing
    finds the choice of last time.
    """
    match request.GET.get("pick"):
        case "all":
            return tuple(library.code for library in joint), True
        case "none":
            return (), True
        case "libraries":
            return query.libraries or remembered(request), True
    if "scope" in request.GET or query.libraries:
        return query.libraries, request.GET.get("scope") != "all"
    codes = remembered(request)
    return codes, bool(codes)


def _rows(query: SearchQuery) -> list[Clause]:
    """Rows of the advanced form: those with words, one more, and never fewer than _FEWEST_ROWS."""
    rows = [Clause("and", query.text, query.route), *query.clauses]
    number = min(max(len(rows) + bool(query.clauses), _FEWEST_ROWS), MOST_CLAUSES)
    return rows + [Clause("and", "")] * (number - len(rows))


def _results_context(request: HttpRequest, page: SearchPage) -> dict[str, Any]:
    query = page.query
    addresses = Addresses(query)
    with_hits, without_hits = library_choices(page, addresses)
    # The reader belongs to an app above this one; of it only the home library is needed here.
    reader = getattr(request.user, "reader", None)
    return {
        "page": page,
        "query": query,
        "words": words_of(query),
        "scope": scope_of(query, page.libraries),
        "narrowed_by": narrowed_by(query),
        "routes": ROUTES.items(),
        "route_label": ROUTES[query.route],
        "edit_url": Addresses(query, page="catalog:advanced").to(page=1),
        "exact_url": "" if page.exact else addresses.to(count=True, page=query.page),
        "pages_exact": page.exact or page.reachable < page.total,
        "libraries_with_hits": with_hits,
        "libraries_without_hits": without_hits,
        "facets": facets_of(page, addresses),
        "hits": hits_of(page, reader.library_id if reader else None),
        "chips": chips_of(page, addresses),
        "without_limits": addresses.to(**NO_LIMITS),
        "narrowing": limiting_parameters(query),
        "sorts": sorts_of(query, addresses),
        "pager": pager_of(page, addresses),
        "jump_parameters": [pair for pair in parameters_of(query) if pair[0] != "page"],
        "suggestions": [(one, Addresses(one.query).to(page=1)) for one in page.suggestions],
        "permalink": settings.SITE_URL + addresses.to(page=query.page),
    }
