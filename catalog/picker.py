"""The choice of libraries on the search forms, and how it is remembered (docs/decisions, “A choice of libraries”)."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from catalog.models import MemberLibrary
from catalog.selectors import libraries_by_category

COOKIE = "balis_libraries"
_YEAR = 365 * 24 * 3600  # seconds
_REMEMBERED = re.compile(r"(?P<owner>\d{1,18})(?P<codes>(?:\.\d{6}){1,128})")


@dataclass(frozen=True)
class PickerGroup:
    """One category with its libraries, each with whether it is ticked."""

    category: str
    label: str
    libraries: tuple[tuple[MemberLibrary, bool], ...]
    ticked: int


@dataclass(frozen=True)
class Picker:
    """`only_some`: only the ticked libraries are searched, else all of them."""

    groups: list[PickerGroup]
    only_some: bool
    ticked: int
    total: int


def picker_of(libraries: Iterable[MemberLibrary], chosen: Collection[str], *, only_some: bool) -> Picker:
    chosen = set(chosen)
    groups = []
    for group in libraries_by_category(libraries):
        members = tuple((library, library.code in chosen) for library in group.libraries)
        groups.append(PickerGroup(group.category, group.label, members, sum(ticked for _library, ticked in members)))
    ticked, total = sum(group.ticked for group in groups), sum(len(group.libraries) for group in groups)
    return Picker(groups, only_some, ticked, total)


def remembered(request: HttpRequest) -> tuple[str, ...]:
    """Codes of the libraries this person chose last in this browser; none for all."""
    match = _REMEMBERED.fullmatch(request.COOKIES.get(COOKIE, ""))
    if match is None or match["owner"] != _owner(request):
        return ()
    return tuple(match["codes"].strip(".").split("."))


def remember(request: HttpRequest, response: HttpResponse, codes: Collection[str]) -> None:
    """Keep the choice for the next visit; choosing all forgets it."""
    if not codes:
        response.delete_cookie(COOKIE, samesite="Lax")
    else:
        value = ".".join([_owner(request), *codes])
        response.set_cookie(COOKIE, value, max_age=_YEAR, httponly=True, samesite="Lax", secure=request.is_secure())


def _owner(request: HttpRequest) -> str:
    """Whose choice it is: at a computer of a reading room the next person does not inherit it."""
    return str(request.user.pk or 0)
