"""Where a reader may fetch books in person: for the page of the pick-up card, which belongs to an app below."""

from typing import Any

from django import template
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from catalog.models import MemberLibrary
from requests_app.models import LendingPolicy

register = template.Library()


@register.inclusion_tag("requests_app/_pickup_lenders.html")
def pickup_lenders() -> dict[str, Any]:
    """The lenders whose policy of today offers 自取自还, by name. One statement."""
    versions = LendingPolicy.objects.filter(library=OuterRef("pk"), valid_from__lte=timezone.localdate())
    present = versions.order_by("-valid_from", "-pk").values("self_pickup")[:1]
    lenders = MemberLibrary.objects.active().filter(lends=True).annotate(offers=Subquery(present)).filter(offers=True)
    return {"lenders": lenders.order_by("name")}
