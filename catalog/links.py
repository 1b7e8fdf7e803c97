"""Searches as addresses: from the parameters of a request to a SearchQuery, and from a SearchQuery to its permalink."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from catalog.models import LibraryCategory, MaterialType, MemberLibrary
from catalog.search.query import LONGEST_TEXT, MOST_CLAUSES, OPERATORS, ROUTES, SORTS, Clause, SearchQuery

_MOST_LIBRARIES = 500
_MOST_TEXT = LONGEST_TEXT + 1  # one character more than is searched: the reader is told that the rest is not

# The fields of a SearchQuery in the order in which they stand in an address, each with the name of its parameter.
_PARAMETERS = {
    "text": "q",
    "route": "route",
    "clauses": "",  # op2 q2 route2, op3 q3 route3 …
    "sort": "sort",
    "language": "language",
    "material_type": "material_type",
    "decade": "decade",
    "clc": "clc",
    "year_from": "from",
    "year_to": "to",
    "count": "count",
    "page": "page",
    "libraries": "library",
}
_YEARS = ("from", "to")
_DEFAULTS = {field.name: field.default for field in fields(SearchQuery)}

Pairs = list[tuple[str, str]]


def query_from(params: QueryDict) -> SearchQuery:
    """The search asked for by `q route op2 q2 route2 … library group scope page sort language material_type decade clc
    from to count`.

    What is not understood counts as not given, so that no address gives an error. `group` is a category of libraries
    and stands for all its members; with `scope=all` the libraries named besides are passed over.
    """
    language = params.get("language", "")
    clc = params.get("clc", "")
    decade = _number(params.get("decade", ""))
    first, last = (_year(params.get(name, "")) for name in _YEARS)
    if first is not None and last is not None:
        first, last = min(first, last), max(first, last)  # from 2010 to 2000 means from 2000 to 2010
    return SearchQuery(
        text=_text(params.get("q", "")),
        route=_one_of(params.get("route", ""), ROUTES, "all"),
        libraries=_libraries(params),
        page=_number(params.get("page", "")) or 1,
        sort=_one_of(params.get("sort", ""), SORTS, "relevance"),
        language=language if re.fullmatch(r"[a-z]{3}", language) else "",
        material_type=_one_of(params.get("material_type", ""), MaterialType.values, ""),
        decade=decade // 10 * 10 if decade is not None and decade < 10_000 else None,
        clc=clc if re.fullmatch(r"[A-Z]", clc) else "",
        year_from=first,
        year_to=last,
        clauses=_clauses(params),
        count=params.get("count") == "1",
    )


def parameters_of(query: SearchQuery) -> Pairs:
    """The parameters that give this search, defaults left out: what links and hidden inputs carry."""
    return [pair for field in _PARAMETERS for pair in _pairs(field, getattr(query, field))]


def limiting_parameters(query: SearchQuery) -> Pairs:
    """The parameters that narrow and order this search: what goes along when other words are typed."""
    words = ("text", "route", "clauses", "count", "page")
    return [pair for field in _PARAMETERS if field not in words for pair in _pairs(field, getattr(query, field))]


def address_of(query: SearchQuery, **changes: Any) -> str:
    """The permalink of this search with some fields changed, as Addresses gives it."""
    return Addresses(query).to(**changes)


class Addresses:
    """Permalinks of one search and of those beside it; what they have in common is encoded once."""

    def __init__(self, query: SearchQuery, *, page: str = "catalog:search") -> None:
        self._start = reverse(page) + "?"
        self._parts = {field: urlencode(_pairs(field, getattr(query, field))) for field in _PARAMETERS}

    def to(self, **changes: Any) -> str:
        """The search with these fields changed. Whatever else than the page changes, it begins with page 1 again and
        lets go of the exact count, which may be slow."""
        if changes.keys() - {"page"}:
            changes = {"page": 1, "count": False, **changes}
        parts = self._parts | {field: urlencode(_pairs(field, value)) for field, value in changes.items()}
        return self._start + "&".join(filter(None, parts.values()))


def unread_years(params: QueryDict) -> list[str]:
    """What was typed as a year and is none."""
    typed = [params.get(name, "").strip() for name in _YEARS]
    return [text for text in typed if text and _year(text) is None]


def _year(text: str) -> int | None:
    """A year of one to four digits, full-width ones too, or None."""
    number = _number(unicodedata.normalize("NFKC", text.strip()[:8]))
    return number if number is not None and 0 < number < 10_000 else None


def _pairs(field: str, value: Any) -> Pairs:
    if field == "text":
        return [("q", value)]
    if field == "libraries":
        return [("library", code) for code in value]
    if field == "clauses":
        return [pair for place, clause in enumerate(value, 2) for pair in _clause_pairs(place, clause)]
    if value == _DEFAULTS[field]:
        return []
    return [(_PARAMETERS[field], "1" if value is True else str(value))]


def _clause_pairs(place: int, clause: Clause) -> Pairs:
    pairs = [(f"q{place}", clause.text)]
    if clause.operator != "and":
        pairs.insert(0, (f"op{place}", clause.operator))
    if clause.route != "all":
        pairs.append((f"route{place}", clause.route))
    return pairs


def _clauses(params: QueryDict) -> tuple[Clause, ...]:
    """The further rows of the advanced form that have words in them."""
    rows = (
        Clause(
            _one_of(params.get(f"op{place}", ""), OPERATORS, "and"),
            _text(params.get(f"q{place}", "")),
            _one_of(params.get(f"route{place}", ""), ROUTES, "all"),
        )
        for place in range(2, MOST_CLAUSES + 1)
    )
    return tuple(row for row in rows if row.text)


def _libraries(params: QueryDict) -> tuple[str, ...]:
    if params.get("scope") == "all":
        return ()
    codes = [code for code in dict.fromkeys(params.getlist("library")) if re.fullmatch(r"[0-9]{6}", code)]
    groups = set(params.getlist("group")) & set(LibraryCategory.values)
    if groups or (codes and params.get("scope") == "some"):
        members = dict(MemberLibrary.objects.searchable().values_list("code", "category"))
        codes = list(dict.fromkeys([*codes, *(code for code, category in members.items() if category in groups)]))
        if members.keys() <= set(codes):
            return ()  # every one chosen is the same search as none, and a shorter address
    return tuple(codes[:_MOST_LIBRARIES])


def _text(typed: str) -> str:
    return typed.replace("\x00", " ").strip()[:_MOST_TEXT].rstrip()


def _one_of(value: str, allowed: Iterable[Any], default: str) -> str:
    return value if value in allowed else default


def _number(text: str) -> int | None:
    """A whole number of at most twelve ASCII digits, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None
