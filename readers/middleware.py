"""Puts the librarian's active desk on every request of the back office."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from readers.selectors import active_desk


class DeskMiddleware:
    """Sets `request.desk` to a catalog.scoping.Desk, or to None for readers, strangers and the portal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        in_back_office = request.path.startswith("/backoffice/")
        request.desk = active_desk(request.user) if in_back_office else None  # type: ignore[attr-defined]
        return self.get_response(request)
