"""The list of requests page by page, out of one index or, where a library looks at both of its desks, out of two.

"home here or lent here" as one condition would read a large part of all requests for every page; each half by itself is
read in the order of its index, and stops.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from catalog import bulk
from catalog.models import MemberLibrary
from catalog.paging import CappedPaginator
from catalog.scoping import desk_of
from readers.models import Reader
from requests_app.backoffice.queues import QUEUES, DeskSide, at_desk
from requests_app.models import LoanRequest
from requests_app.models.notes import has_unread_note
from requests_app.statistics.drill_down import FigureLink


def drawn(queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
    """With what is read of a request besides its own row."""
    return _with_marks(queryset.select_related("home_library", "lender", "reader"))


def _with_marks(queryset: QuerySet[LoanRequest]) -> QuerySet[LoanRequest]:
    return queryset.annotate(
        unread_at_home=has_unread_note(DeskSide.HOME), unread_at_lender=has_unread_note(DeskSide.LENDER)
    )


def desk_listed(request: HttpRequest) -> DeskSide | None:
    """The desk whose requests a list can only have: the one chosen, or that of a number of the own statistics."""
    desk, chosen = desk_of(request), request.GET.get("desk", "")
    if chosen in QUEUES:
        return DeskSide(chosen)
    figure = FigureLink.parse(request.GET.get("figure", ""))
    if desk is None or desk.library is None or figure is None or figure.side is None:
        return None
    return DeskSide(figure.side.value) if figure.library_code == desk.library.code else None


class RequestPaginator(CappedPaginator):
    """One look for the keys of all pages, which counts them too, and then the rows of one page."""

    most = 500  # ten pages; whoever looks further narrows the list

    def __init__(self, object_list: QuerySet[Any], per_page: int, *, members: dict[int, MemberLibrary]) -> None:
        super().__init__(object_list, per_page)
        self.members = members

    @cached_property
    def keys(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[: self.most + 1])

    @cached_property
    def counted(self) -> int:
        return len(self.keys)

    def page(self, number: Any) -> Page:
        number = self.validate_number(number)
        keys = self.keys[(number - 1) * self.per_page : number * self.per_page]
        rows = {row.pk: row for row in self._rows(keys)}
        return Page([rows[key] for key in keys if key in rows], number, self)

    def _rows(self, keys: list[int]) -> Iterator[LoanRequest]:
        """With what the list shows of libraries and reader: their names, instead of three further rows for each."""
        rows: Any = _with_marks(LoanRequest.objects.filter(pk__in=keys)).annotate(reader_name=F("reader__name"))
        for row in rows:
            row.home_library, row.lender = self.members[row.home_library_id], self.members[row.lender_id]
            row.reader = bulk.stored(Reader, [("id", row.reader_id), ("name", row.reader_name)])
            yield row


class TwoDesksPaginator(RequestPaginator):
    """`halves`: the requests of the two desks, which have none in common, filtered and ordered alike."""

    def __init__(
        self,
        object_list: QuerySet[Any],
        per_page: int,
        *,
        members: dict[int, MemberLibrary],
        halves: list[QuerySet[Any]],
    ) -> None:
        super().__init__(object_list, per_page, members=members)
        self.halves = halves

    @cached_property
    def keys(self) -> list[int]:
        """The first of what comes first in either half; nothing where a filter admits nothing at all."""
        if any(half.query.is_empty() for half in self.halves):  # filtered alike: then both are
            return []
        first, second = (half.values_list("created_at", "pk")[: self.most + 1] for half in self.halves)
        both = first.union(second, all=True).order_by("-created_at", "-pk")
        return [pk for _created_at, pk in both[: self.most + 1]]


class FigurePaginator(RequestPaginator):
    """The requests behind a number of the statistics.

    All their keys, because a planner that is asked for the first of them looks through the newest of all months.
    """

    @cached_property
    def keys(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True))


class RequestChangeList(ChangeList):
    """Keeps the two halves of the list of a library that has chosen no desk."""

    halves: list[QuerySet[Any]] | None = None
    root_queryset: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Filtered once; where both desks are listed all requests are filtered, and each half is cut out of them."""
        desk = desk_of(request)
        if desk is None or desk.library is None or desk_listed(request) is not None:
            return super().get_queryset(request, exclude_parameters)
        own = self.root_queryset
        self.root_queryset = LoanRequest.objects.all()
        filtered: Any = super().get_queryset(request, exclude_parameters)
        self.root_queryset = own
        self.halves = [filtered.filter(at_desk(side, desk.library)) for side in QUEUES]
        return filtered.of_library(desk.library)

    def get_results(self, request: HttpRequest) -> None:
        self.has_filters = False  # the theme's panel of links: the list has a form of its own
        request._halves = self.halves  # type: ignore[attr-defined]  # for LoanRequestAdmin.get_paginator
        super().get_results(request)
        if not self.multi_page:  # what fits on one page is looked for in the same way
            self.result_list = self.paginator.page(self.page_num).object_list
