"""What every page after login knows about the reader."""

from typing import Any

from django.http import HttpRequest

from readers.selectors import reader_of


def reader(request: HttpRequest) -> dict[str, Any]:
    """`reader`: the logged-in reader with the home library loaded, or None."""
    if getattr(request, "desk", None) is not None:  # the back office, whose pages render many small templates
        return {"reader": None}
    if hasattr(request, "reader"):  # readers.access has loaded it already
        return {"reader": request.reader}
    user = getattr(request, "user", None)
    return {"reader": None if user is None else reader_of(user)}
