"""Read-only questions about parcels: what waits on which route, what is in a parcel, where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, When

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from requests_app.backoffice.presentation import RequestShown
from requests_app.models import ON_THE_WAY, LoanRequest, Parcel, ParcelItem, ParcelState
from requests_app.models.parcels import ParcelQuerySet
from requests_app.parcels.legs import BACK, OUT, Leg, leg_of, waits_at

_NUMBER = re.compile(r"P-?(\d{7,12})", re.IGNORECASE)


@dataclass(frozen=True)
class Route:
    """What lies ready at a library for another one: books lent out, books going back, and how many are packed."""

    recipient: MemberLibrary
    out: int
    back: int
    packed: int

    @property
    def waiting(self) -> int:
        return self.out + self.back - self.packed


@dataclass(frozen=True)
class ItemShown:
    """One book of a parcel as a desk sees it."""

    item: ParcelItem
    shown: RequestShown
    leg: Leg

    @property
    def row(self) -> LoanRequest:
        return self.item.request

    @property
    def is_on_the_way(self) -> bool:
        return self.item.withdrawn_at is None and self.row.state == self.leg.travels

    @property
    def was_taken_out(self) -> bool:
        """Its sending was taken back: it is not in the box."""
        return self.item.sent_at is not None and (
            self.item.withdrawn_at is not None or self.row.state == self.leg.waits
        )

    @property
    def has_arrived(self) -> bool:
        return self.item.sent_at is not None and not self.is_on_the_way and not self.was_taken_out

    @property
    def is_lent(self) -> bool:
        """Whether it goes out to a reader (and not back to its library)."""
        return self.leg is OUT


def routes_from(sender: MemberLibrary) -> list[Route]:
    """The libraries for which something lies ready at `sender`, the largest pile first. Two statements."""
    other = Case(When(lender=sender, then=F("home_library_id")), default=F("lender_id"), output_field=BigIntegerField())
    piles = (
        LoanRequest.objects.filter(waits_at(sender))
        .annotate(other=other)
        .values("other")
        .annotate(
            out=Count("pk", filter=Q(state=OUT.waits), distinct=True),
            back=Count("pk", filter=Q(state=BACK.waits), distinct=True),
            packed=Count("parcel_items", filter=Q(parcel_items__sent_at__isnull=True)),
        )
        .order_by()
    )
    found = list(piles)
    libraries = MemberLibrary.objects.in_bulk([pile["other"] for pile in found])
    routes = [Route(libraries[pile["other"]], pile["out"], pile["back"], pile["packed"]) for pile in found]
    return sorted(routes, key=lambda route: (-(route.out + route.back), route.recipient.code))


def waiting_for(parcel: Parcel) -> QuerySet[LoanRequest]:
    """What lies ready on the parcel's route and is in no parcel yet, the oldest first."""
    route = Q(home_library=parcel.recipient) | Q(lender=parcel.recipient)
    unpacked = LoanRequest.objects.filter(waits_at(parcel.sender) & route).exclude(
        parcel_items__in=ParcelItem.objects.filter(sent_at__isnull=True)
    )
    return unpacked.select_related("home_library", "lender", "reader").order_by("state_since", "pk")


def parcels_seen_by(library: MemberLibrary | None) -> ParcelQuerySet:
    """The parcels of that library (None: of all), newest first, with how many books they hold and how many travel."""
    inside = Q(items__withdrawn_at__isnull=True)
    return (
        Parcel.objects.visible_to(library)
        .select_related("sender", "recipient")
        .annotate(
            books=Count("items", filter=inside),
            travelling=Count("items", filter=inside & Q(items__request__state__in=ON_THE_WAY)),
        )
        .order_by("-pk")
    )


def items_of(parcel: Parcel, desk: Desk) -> list[ItemShown]:
    """The books of the parcel in the order in which they were put in. One statement."""
    items = parcel.items.select_related(
        "request__home_library", "request__lender", "request__reader", "request__lending_policy"
    )
    return [
        ItemShown(item, RequestShown(item.request, desk), leg)
        for item in items
        if (leg := leg_of(item.request, parcel)) is not None
    ]


def parcel_of_code(code: str, library: MemberLibrary) -> Parcel | None:
    """The parcel whose number or waybill number was scanned, as far as that library has to do with it."""
    own = Parcel.objects.visible_to(library).select_related("sender", "recipient")
    if match := _NUMBER.fullmatch(code):
        return own.filter(pk=int(match[1])).first()
    return own.filter(tracking_number=code, state=ParcelState.SENT).order_by("-pk").first() if code else None


def item_of_code(items: Iterable[ItemShown], code: str) -> ItemShown | None:
    """The book of the parcel that the request number or barcode names; one that still travels before all others."""
    fitting = [each for each in items if code.upper() == each.row.number or code == each.row.copy_barcode]
    return min(fitting, key=lambda each: not each.is_on_the_way, default=None)
