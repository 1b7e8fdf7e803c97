"""Which lender? The libraries that hold a book, the most promising first, each with one line of reason."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.core.cache import cache
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.arrival import usual_arrival
from catalog.models import CirculationStatus, Edition, Holding, MemberLibrary, PauseKind
from catalog.selectors import surviving_edition
from readers.models import Reader
from requests_app.models import Closure, LendingPolicy, LoanRequest, RequestEvent
from requests_app.states import State
from requests_app.submission_rules import NOT_FOREIGN

ANSWERS_COUNTED = timedelta(days=120)
_CACHED_FOR = 600  # seconds; how fast a library answers changes slowly


@dataclass(frozen=True)
class Lender:
    """One library that holds the book. `hours` is the median time to its answer, None where nothing is known.

    why_not: why it cannot be asked today; empty where it can.
    """

    library: MemberLibrary
    copies: int
    on_shelf: int
    tells: bool  # whether it says at all if its copies are on the shelf
    open_today: bool
    hours: float | None
    offers_pickup: bool
    why_not: str = ""

    @property
    def shelf_note(self) -> str:
        if self.on_shelf:
            return _("在架%(on_shelf)d册，共%(held)d册") % {"on_shelf": self.on_shelf, "held": self.copies}
        if not self.tells:
            return _("共%(held)d册，以本馆目录为准") % {"held": self.copies}
        return _("共%(held)d册，暂无在架") % {"held": self.copies}

    @property
    def reason(self) -> str:
        """Why this one, in one line."""
        if self.why_not:
            return self.why_not
        said = [self.shelf_note, _("今天开馆") if self.open_today else _("今天闭馆")]
        if self.hours is not None:
            said.append(_answers(self.hours))
        if self.library.arrival_days:
            said.append(usual_arrival(self.library.arrival_days))
        return _("，").join(said)

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, float, str]:
        """The most promising first: can be asked, has a copy there, says so, is open, answers fast."""
        unknown = 48.0
        return (
            bool(self.why_not),
            not self.on_shelf,
            not self.tells,
            not self.open_today,
            self.hours if self.hours is not None else unknown,
            self.library.code,
        )


def lenders_of(edition: Edition, *, reader: Reader, at: datetime, besides: Iterable[int] = ()) -> list[Lender]:
    """The libraries but the reader's own that hold the edition, the most promising first.

    besides: ids of libraries to leave out. A handful of statements, whatever the number of libraries.
    """
    day = timezone.localdate(at)
    copies: dict[int, list[Holding]] = defaultdict(list)
    held = Holding.objects.requestable().filter(edition=edition).exclude(library_id__in=[reader.library_id, *besides])
    for copy in held.select_related("library"):
        copies[copy.library_id].append(copy)
    closed = _closed_on(day, copies)
    paused = set(
        MemberLibrary.objects.filter(pk__in=copies).paused(PauseKind.LENDING, day).values_list("pk", flat=True)
    )
    policies = _policies(copies, day)
    speeds = answer_hours()
    foreign = edition.language not in NOT_FOREIGN
    lenders = [
        Lender(
            library=own[0].library,
            copies=len(own),
            on_shelf=sum(copy.is_on_shelf for copy in own),
            tells=any(copy.shown_status != CirculationStatus.UNKNOWN for copy in own),
            open_today=pk not in closed and day.weekday() not in own[0].library.closed_weekdays,
            hours=speeds.get(pk),
            offers_pickup=(policies.get(pk) or LendingPolicy(library=own[0].library)).self_pickup,
            why_not=_why_not(own[0].library, policies.get(pk), edition, foreign, pk in paused),
        )
        for pk, own in copies.items()
    ]
    return sorted(lenders, key=lambda lender: lender.rank)


def suggested_lender(request: LoanRequest, at: datetime) -> Lender | None:
    """Where a request that was not filled should go on: the most promising library that was not asked yet."""
    edition = surviving_edition(request.edition_id) if request.edition_id is not None else None
    if edition is None:
        return None
    return next(
        (lender for lender in lenders_left(request, edition, at) if not lender.why_not),
        None,
    )


def lenders_left(request: LoanRequest, edition: Edition, at: datetime) -> list[Lender]:
    """The holders that this request and those it came from have not asked."""
    return lenders_of(edition, reader=request.reader, at=at, besides=asked_already(request))


def asked_already(request: LoanRequest) -> list[int]:
    """The ids of the lenders that were asked on the way to this request, and of its own."""
    asked, each = [request.lender_id], request
    while each.forwarded_from_id is not None:
        each = LoanRequest.objects.get(pk=each.forwarded_from_id)
        asked.append(each.lender_id)
    return asked


def answer_hours() -> dict[int, float]:
    """The median hours from request to answer of every lender, over the last months; kept for ten minutes."""
    known: dict[int, float] | None = cache.get("answer-hours")
    if known is None:
        hours: dict[int, list[float]] = defaultdict(list)
        answers = RequestEvent.objects.filter(
            Q(verb="accept") | Q(verb="decline", from_state=State.SUBMITTED), at__gt=timezone.now() - ANSWERS_COUNTED
        )
        waited = answers.values_list("request__lender_id", F("at") - F("request__submitted_at"))
        for lender_id, passed in waited:
            if passed is not None:
                hours[lender_id].append(passed.total_seconds() / 3600)
        known = {lender_id: median(each) for lender_id, each in hours.items()}
        cache.set("answer-hours", known, _CACHED_FOR)
    return known


def _answers(hours: float) -> str:
    if hours <= 24:
        number = max(1, round(hours))
        return ngettext("通常%(number)d小时内答复", "通常%(number)d小时内答复", number) % {"number": number}
    number = round(hours / 24)
    return ngettext("通常%(number)d天内答复", "通常%(number)d天内答复", number) % {"number": number}


def _why_not(
    library: MemberLibrary, policy: LendingPolicy | None, edition: Edition, foreign: bool, paused: bool
) -> str:
    policy = policy or LendingPolicy(library=library)
    if paused:
        return _("暂停借出服务")
    if foreign and not policy.lends_foreign:
        return _("只出借中文图书")
    if edition.material_type not in policy.material_types:
        return _("只出借%(kinds)s") % {"kinds": policy.material_names}
    return ""


def _policies(libraries: Iterable[int], day: date) -> dict[int, LendingPolicy]:
    versions = LendingPolicy.objects.filter(library__in=libraries, valid_from__lte=day)
    newest = versions.order_by("library_id", "-valid_from", "-pk").distinct("library_id")
    return {policy.library_id: policy for policy in newest.select_related("library")}


def _closed_on(day: date, libraries: Iterable[int]) -> set[int]:
    closures = Closure.objects.filter(starts_on__lte=day, ends_on__gte=day).values_list("library_id", flat=True)
    closed = set(closures)
    return set(libraries) if None in closed else {pk for pk in closed if pk is not None}
