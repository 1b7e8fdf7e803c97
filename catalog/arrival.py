"""How long a book from another library takes, in words (counted by requests_app.arrivals)."""

from django.utils.translation import ngettext


def usual_arrival(days: int | None) -> str:
    """通常3天到馆; empty where nothing is known."""
    return ngettext("通常%(number)d天到馆", "通常%(number)d天到馆", days) % {"number": days} if days else ""
