"""The header of every back-office page: at which desk somebody sits, and where else they may sit down."""

from typing import Any

from django.http import HttpRequest

from catalog.scoping import desk_of
from readers.models import Assignment


def desk_context(request: HttpRequest) -> dict[str, Any]:
    """The active assignment and the others, for templates/unfold/helpers/userlinks.html."""
    if desk_of(request) is None or not request.user.is_authenticated:
        return {}
    assignments: list[Assignment] = request.assignments  # type: ignore[attr-defined]
    active = next((assignment for assignment in assignments if assignment.active), None)
    return {
        "active_assignment": active,
        "other_assignments": [assignment for assignment in assignments if assignment != active],
    }
