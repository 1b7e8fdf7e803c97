"""The number of unread system messages, on every page after login."""

from typing import Any

from django.http import HttpRequest

from notices.models import SystemMessage


def unread(request: HttpRequest) -> dict[str, Any]:
    """`unread_messages`: how many messages the logged-in reader has not opened (0 for everybody else)."""
    user = getattr(request, "user", None)
    in_back_office = getattr(request, "desk", None) is not None  # its pages render many small templates
    if in_back_office or user is None or not user.is_authenticated:
        return {"unread_messages": 0}
    return {"unread_messages": SystemMessage.objects.filter(reader__user=user, read_at__isnull=True).count()}
