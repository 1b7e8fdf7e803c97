"""What a library has done today at its two desks, counted from the event log."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from requests_app.models import RequestEvent
from requests_app.states import State

# What is counted at each desk, in the order of a book's road: the words, and the events.
AT_LENDER: tuple[tuple[Promise, Q], ...] = (
    (_("收到申请"), Q(verb__in=["submit", "approve"], to_state=State.SUBMITTED)),
    (_("受理"), Q(verb="accept")),
    (_("回绝"), Q(verb="decline")),
    (_("发出"), Q(verb__in=["ship", "make_ready"])),
    (_("验收"), Q(verb__in=["check_in", "take_back_at_lender"])),
)
AT_HOME: tuple[tuple[Promise, Q], ...] = (
    (_("读者申请"), Q(verb="submit")),
    (_("签收"), Q(verb="receive")),
    (_("交给读者"), Q(verb__in=["hand_out", "hand_out_at_lender"])),
    (_("读者还书"), Q(verb__in=["take_back", "take_back_at_lender"])),
    (_("寄还"), Q(verb="ship_back")),
)
_VERBS = (
    "submit", "approve", "accept", "decline", "ship", "make_ready", "check_in", "receive", "hand_out",
    "hand_out_at_lender", "take_back", "take_back_at_lender", "ship_back",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    label: str
    number: int


@dataclass(frozen=True)
class Today:
    """Numbers of requests; what was taken back is not counted."""

    as_lender: list[Act]
    as_home: list[Act]


def acts_of_today(library: MemberLibrary | None, at: datetime) -> Today:
    """The acts since midnight in Beijing concerning that library's requests (None: of all). One statement."""
    midnight = datetime.combine(timezone.localdate(at), time.min)
    taken_back = RequestEvent.objects.filter(request=OuterRef("request"), undoes=OuterRef("sequence"))
    events = RequestEvent.objects.filter(
        ~Exists(taken_back),
        verb__in=_VERBS,
        at__gte=timezone.make_aware(midnight, timezone.get_default_timezone()),
    )
    lends = Q() if library is None else Q(request__lender=library)
    borrows = Q() if library is None else Q(request__home_library=library)
    if library is not None:
        events = events.filter(lends | borrows)
    asked = {f"lender{n}": Count("pk", filter=lends & act) for n, (_label, act) in enumerate(AT_LENDER)}
    asked |= {f"home{n}": Count("pk", filter=borrows & act) for n, (_label, act) in enumerate(AT_HOME)}
    found = events.aggregate(**asked)
    return Today(
        [Act(str(label), found[f"lender{n}"]) for n, (label, _act) in enumerate(AT_LENDER)],
        [Act(str(label), found[f"home{n}"]) for n, (label, _act) in enumerate(AT_HOME)],
    )
