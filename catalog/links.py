"""Searches as addresses: from the parameters of a request to a SearchQuery, and from a SearchQuery to its permalink."""

import re
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from catalog.models import LibraryCategory, MaterialType, MemberLibrary
from catalog.search.query import ROUTES, SORTS, SearchQuery

_MOST_LIBRARIES = 500


def query_from(params: QueryDict) -> SearchQuery:
    """The search asked for by `q route library group page sort language material_type decade clc`.

    What is not understood counts as not given, so that no address gives an error. `group` is a category of
    libraries and stands for all its members.
    """
    codes = list(dict.fromkeys(params.getlist("library")))[:_MOST_LIBRARIES]
    if groups := set(params.getlist("group")) & set(LibraryCategory.values):
        members = MemberLibrary.objects.searchable().filter(category__in=groups).values_list("code", flat=True)
        codes = list(dict.fromkeys([*codes, *members]))
    language = params.get("language", "")
    clc = params.get("clc", "")
    decade = _number(params.get("decade", ""))
    return SearchQuery(
        text=params.get("q", ""),
        route=_one_of(params.get("route", ""), ROUTES, "all"),
        libraries=tuple(codes),
        page=_number(params.get("page", "")) or 1,
        sort=_one_of(params.get("sort", ""), SORTS, "relevance"),
        language=language if re.fullmatch(r"[a-z]{3}", language) else "",
        material_type=_one_of(params.get("material_type", ""), MaterialType.values, ""),
        decade=decade // 10 * 10 if decade is not None and decade < 10_000 else None,
        clc=clc if re.fullmatch(r"[A-Z]", clc) else "",
    )


def parameters_of(query: SearchQuery) -> list[tuple[str, str]]:
    """The parameters that give this search, defaults left out: what links and hidden inputs carry."""
    parameters = [("q", query.text)]
    for name, value, default in (
        ("route", query.route, "all"),
        ("sort", query.sort, "relevance"),
        ("language", query.language, ""),
        ("material_type", query.material_type, ""),
        ("decade", query.decade, None),
        ("clc", query.clc, ""),
        ("page", query.page, 1),
    ):
        if value != default:
            parameters.append((name, str(value)))
    parameters.extend(("library", code) for code in query.libraries)
    return parameters


def address_of(query: SearchQuery, **changes: Any) -> str:
    """The permalink of this search with some fields changed; a change of anything but the page goes to page 1."""
    if changes:
        query = replace(query, **{"page": 1, **changes})
    encoded = QueryDict(mutable=True)
    for name, value in parameters_of(query):
        encoded.appendlist(name, value)
    return f"{reverse('catalog:search')}?{encoded.urlencode()}"


def _one_of(value: str, allowed: Any, default: str) -> str:
    return value if value in allowed else default


def _number(text: str) -> int | None:
    """A whole number of at most twelve ASCII digits, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None
