"""Puts the librarian's active desk on every request of the back office."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from readers.selectors import assignments_of, desk_among, may_work


class DeskMiddleware:
    """Sets `request.desk` to a catalog.scoping.Desk, or to None for readers, strangers and the portal.

    `request.assignments` are all posts of that person, read with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        in_back_office = request.path.startswith("/backoffice/")
        posts = list(assignments_of(request.user)) if in_back_office and may_work(request.user) else []
        request.assignments = posts  # type: ignore[attr-defined]
        request.desk = desk_among(posts)  # type: ignore[attr-defined]
        return self.get_response(request)
