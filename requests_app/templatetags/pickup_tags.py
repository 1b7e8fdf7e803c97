"""Where a reader may fetch books in person: for the page of the pick-up card, which belongs to an app below."""

from typing import Any

from django import template

from catalog.models import MemberLibrary

register = template.Library()


@register.inclusion_tag("requests_app/_pickup_lenders.html")
def pickup_lenders() -> dict[str, Any]:
    """The lenders whose policy offers 自取自还, by name. One statement."""
    lenders = MemberLibrary.objects.active().filter(lends=True, lending_policy__self_pickup=True)
    return {"lenders": lenders.order_by("name")}
