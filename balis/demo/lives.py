"""The lives of the demo's requests, planned backwards from the last thing that happened, whatever day it is today."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from balis.demo.clock import after_working_time, readers_time, working_time
from balis.demo.people import DEMO_DESKS, DEMO_READER, STAFFED, Cast
from catalog.models import CirculationStatus, Holding, MemberLibrary
from readers.models import Reader
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest, cancel_window
from requests_app.states import Reason, State

SEED = "balis demo story 1"
PLAN_ATTEMPTS = 200
FAMOUS_FROM = 3  # libraries

# The ordinary road, and how many hours (from, to) lie between a move and the one before it.
PICKUP_ROAD = ("submit", "accept", "make_ready")
ROAD = ("submit", "accept", "ship", "receive", "hand_out", "take_back", "ship_back", "check_in")
HOURS_SINCE_LAST = {
    "accept": (1, 26), "ship": (2, 28), "receive": (22, 70), "hand_out": (2, 90), "take_back": (7 * 24, 23 * 24),
    "ship_back": (1, 40), "check_in": (22, 70), "decline": (2, 40),
    "make_ready": (2, 20),
}  # fmt: skip
LAST_MOVE = {
    State.SUBMITTED: "submit", State.ACCEPTED: "accept", State.SHIPPED: "ship", State.ARRIVED: "receive",
    State.ON_LOAN: "hand_out", State.RETURNED: "take_back", State.RETURN_SHIPPED: "ship_back",
    State.COMPLETED: "check_in", State.UNFILLED: "decline", State.CANCELLED: "cancel",
    State.EXPIRED: "expire", State.READY_AT_LENDER: "make_ready",
}  # fmt: skip

# state at the end: how many requests, and how many days ago (from, to) its last move was.
ENDINGS: tuple[tuple[State, int, tuple[float, float]], ...] = (
    (State.COMPLETED, 74, (0.2, 84)),
    (State.UNFILLED, 16, (0.2, 110)),
    (State.CANCELLED, 7, (0.5, 100)),
    (State.EXPIRED, 3, (1, 60)),
    (State.ON_LOAN, 14, (0.5, 27)),
    (State.ON_LOAN, 2, (33, 40)),  # overdue
    (State.SUBMITTED, 1, (0.005, 0.02)),  # may still be cancelled
    (State.SUBMITTED, 8, (0.1, 1.6)),
    (State.ACCEPTED, 6, (0.05, 1.0)),
    (State.SHIPPED, 6, (0.1, 1.8)),
    (State.ARRIVED, 6, (0.1, 4)),
    (State.RETURNED, 4, (0.1, 1.2)),
    (State.RETURN_SHIPPED, 5, (0.1, 2)),
)
# What the demo reader finds: a book to fetch, one at home, four that went well, one refused; one place stays free.
DEMO_READER_ENDINGS = (
    (State.COMPLETED, 75, "NLC", "数字信号处理教程"),
    (State.COMPLETED, 52, "BD", "乡土中国"),
    (State.UNFILLED, 40, "ST", "时间简史"),
    (State.COMPLETED, 26, "KD", "C程序设计语言"),
    (State.ON_LOAN, 9, "QH", "1984"),
    (State.ARRIVED, 0.4, "KD", "计算机程序设计艺术"),
)
# Where requests go.
ASKED_OF = {"NLC": 4, "ST": 3, "BD": 4, "QH": 4, "BSD": 3, "KD": 4, "BUPT": 3, "BH": 2, "XKX": 1, "XKJ": 1}
IN_TIME = timedelta(days=26)  # the shortest loan of the demo is four weeks
FREED_BY = {"take_back", "decline", "cancel", "expire"}
ANSWER_HOURS = 48  # the two working days that the consortium gives a lender

# Reasons of a refusal with what the lender adds, as often as in life.
REFUSALS = (
    (Reason.ON_LOAN, "读者已借出，预计下月归还。", 5),
    (Reason.NOT_ON_SHELF, "两次查找未见，已登记待查。", 4),
    (Reason.NOT_FOR_LOAN, "本馆仅存一册，只供阅览。", 3),
    (Reason.DAMAGED, "书脊脱落，正在修补。", 1),
    (Reason.AGAINST_RULES, "随书光盘不外借。", 1),
    (Reason.INCOMPLETE, "索书号与书名不符，请核对后重新申请。", 1),
)
CONDITIONS = ("", "", "", "完好", "封面略有磨损", "书角有折痕")
# Books that no catalogue of the demo world has; asked for with the blank form.
BLANK_FORMS = (
    ("敦煌变文集 上集", "王重民", "人民文学出版社", "1957"),
    ("北京城的生命印记", "侯仁之", "生活·读书·新知三联书店", "2009"),
    ("中国数学简史", "中外数学简史编写组", "山东教育出版社", "1986"),
)


Move = tuple[datetime, str, dict[str, Any]]  # when, the verb, what was typed into its dialog
BlankForm = tuple[str, str, str, str]  # title, author, publisher, year


@dataclass(frozen=True)
class Candidate:
    """A copy that may be asked for, and the ids of all libraries that hold its edition."""

    holding: Holding
    held_by: frozenset[int]


@dataclass
class Plan:
    """The life of one request, planned: moves with their times, oldest first."""

    reader: Reader
    lender: MemberLibrary
    moves: list[Move]
    holding: Holding | None = None
    blank: BlankForm | None = None
    request: LoanRequest | None = field(default=None, repr=False)

    @property
    def is_pickup(self) -> bool:
        return any(verb == "make_ready" for _moment, verb, _details in self.moves)

    @property
    def occupies(self) -> tuple[datetime, datetime | None]:
        """From when to when it takes one of the reader's places; None: it still does."""
        freed = next((moment for moment, verb, _details in self.moves if verb in FREED_BY), None)
        return self.moves[0][0], freed

    @property
    def late_from(self) -> datetime | None:
        """From when on the overdue book would forbid the reader to ask, judged strictly; None: it is back in time."""
        times = {verb: moment for moment, verb, _details in self.moves}
        if "hand_out" not in times:
            return None
        late = times["hand_out"] + IN_TIME
        return late if times.get("take_back", datetime.max.replace(tzinfo=late.tzinfo)) > late else None

    @property
    def comes_back_late(self) -> bool:
        """A fine would come of it; the demo's readers are punctual, or have the book still."""
        return self.late_from is not None and any(verb == "take_back" for _moment, verb, _details in self.moves)


def plan_moves(rng: random.Random, ending: State, last: datetime) -> list[Move]:
    """The moves that lead to this ending, planned backwards from the last one."""
    verb = LAST_MOVE[ending]
    if verb == "submit":
        return [(last, "submit", {})]
    if verb == "cancel":
        return [(last - cancel_window() * rng.uniform(0.05, 0.9), "submit", {}), (last, "cancel", {})]
    if verb == "expire":
        submitted = readers_time(rng, last - timedelta(days=6))
        silence = [("warn", 0.5), ("warn", 0.8), ("expire", 1)]
        late = timedelta(minutes=rng.randrange(2, 9))  # the clocks are looked at every few minutes
        return [
            (submitted, "submit", {}),
            *((after_working_time(submitted, ANSWER_HOURS * share) + late, each, {}) for each, share in silence),
        ]
    if verb == "decline":
        verbs = ["submit", "decline"] if rng.random() < 0.8 else ["submit", "accept", "decline"]
    else:
        road = ROAD if verb in ROAD else PICKUP_ROAD
        verbs = list(road[: road.index(verb) + 1])
        if verb == "check_in" and rng.random() < 0.06:
            verbs.remove("ship_back")  # home forgot to say so; the lender's check-in catches up
    moment = working_time(rng, last)
    planned: list[Move] = []
    for verb in reversed(verbs):
        planned.append((moment, verb, _details(rng, verb)))
        if verb != "submit":
            earlier = moment - timedelta(hours=rng.uniform(*HOURS_SINCE_LAST[verb]))
            if verbs[verbs.index(verb) - 1] == "submit":
                # No lender is so quick that the reader could not have cancelled any more.
                moment = readers_time(rng, earlier - cancel_window())
            else:
                moment = working_time(rng, earlier)
    return planned[::-1]


def _details(rng: random.Random, verb: str) -> dict[str, Any]:
    if verb == "decline":
        reason, note, _weight = rng.choices(REFUSALS, [weight for *_, weight in REFUSALS])[0]
        return {"reason": reason, "note": note}
    if verb in ("receive", "take_back", "check_in"):
        return {"condition": rng.choice(CONDITIONS)}
    if verb == "hand_out" and rng.random() < 0.05:
        return {"collected_by": "同学代取"}
    return {}


class Planner:
    """Plans lives so that no rule is broken: places of the readers, one request per copy, lenders that lend it."""

    def __init__(self, cast: Cast, now: datetime) -> None:
        self.cast, self.now = cast, now
        self.rng = random.Random(SEED)  # noqa: S311
        self.plans: list[Plan] = []
        self.occupied: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        self.late: dict[int, list[datetime]] = defaultdict(list)
        self.limits = {library.pk: BorrowingPolicy.of(library).max_open_requests for library in cast.libraries.values()}
        self.shelves = {prefix: _borrowable(cast.libraries[prefix]) for prefix in STAFFED}
        self.used: set[int] = set()
        self.insist_on_call_numbers = {
            prefix for prefix in STAFFED if LendingPolicy.of(cast.libraries[prefix]).call_number_required
        }

    def all_plans(self, scale: float) -> list[Plan]:
        demo_reader = next(reader for reader in self.cast.readers if reader.user.username == DEMO_READER)
        for ending, days_ago, prefix, title in DEMO_READER_ENDINGS:
            lender, last = self.cast.libraries[prefix], self.now - timedelta(days=days_ago)
            attempts = (self._plan(demo_reader, lender, ending, last, title=title) for _ in range(PLAN_ATTEMPTS))
            self._add(next(plan for plan in attempts if not plan.comes_back_late))
        others = [reader for reader in self.cast.readers if reader != demo_reader]
        self._add_pickups(others)  # before all the rest: few have a card, and their places must be free
        for ending, count, (newest, oldest) in ENDINGS:
            if ending == State.CANCELLED and not cancel_window():
                continue  # where the center has switched the window off nobody could have cancelled
            for _ in range(max(1, round(count * scale))):
                self._add_somewhere(others, ending, newest, oldest)
        for number, blank in enumerate(BLANK_FORMS):
            ending = (State.COMPLETED, State.UNFILLED, State.SUBMITTED)[number]
            self._add_somewhere(others, ending, 0.3 + 12 * (2 - number), 0.6 + 14 * (2 - number), blank=blank)
        self._add_for_parcels(others)
        return self.plans

    def _add(self, plan: Plan) -> None:
        self.plans.append(plan)
        self.occupied[plan.reader.pk].append(plan.occupies)
        if plan.late_from is not None:
            self.late[plan.reader.pk].append(plan.late_from)
        if plan.holding is not None:
            self.used.add(plan.holding.pk)

    def _add_somewhere(
        self,
        readers: list[Reader],
        ending: State,
        newest: float,
        oldest: float,
        blank: BlankForm | None = None,
        lender: MemberLibrary | None = None,
    ) -> None:
        """Plan a life with this ending for any reader who has a place for it. RuntimeError if nobody has."""
        for _ in range(PLAN_ATTEMPTS):
            reader = self.rng.choice(readers)
            last = self.now - timedelta(days=self.rng.uniform(newest, oldest))
            asked = lender or self._choose_lender(reader, blank=blank is not None)
            plan = self._plan(reader, asked, ending, last, blank=blank)
            if self._has_place(reader, plan):
                return self._add(plan)
        raise RuntimeError(f"no reader has a place for a request that ends as {ending}")

    def _add_pickups(self, readers: list[Reader]) -> None:
        """At every staffed library that hands out itself a book waits for a reader with a card."""
        today = timezone.localdate(self.now)
        with_card = [reader for reader in readers if reader.cards.valid(today + timedelta(days=30)).exists()]
        for lender in (self.cast.libraries[prefix] for prefix in STAFFED):
            if LendingPolicy.of(lender).self_pickup:
                from_elsewhere = [reader for reader in with_card if reader.library != lender]
                self._add_somewhere(from_elsewhere, State.READY_AT_LENDER, 0.1, 1.5, lender=lender)

    def _add_for_parcels(self, readers: list[Reader]) -> None:
        """A book that waits to be sent to each of the desks that the demo's logins lead to, and one at the first."""
        at_desks = [self.cast.libraries[prefix] for prefix in DEMO_DESKS]
        senders = [self.cast.libraries[prefix] for prefix in STAFFED if prefix not in DEMO_DESKS]
        for sender, recipient in zip(senders, at_desks, strict=False):
            there = [reader for reader in readers if reader.library == recipient]
            self._add_somewhere(there, State.ACCEPTED, 0.1, 1.0, lender=sender)
        elsewhere = [reader for reader in readers if reader.library != at_desks[0]]
        self._add_somewhere(elsewhere, State.ACCEPTED, 0.1, 1.0, lender=at_desks[0])

    def _has_place(self, reader: Reader, plan: Plan) -> bool:
        """Whether the reader stays within the limit all the time; counts every overlap, so rather too strict."""
        begins, ends = plan.occupies
        late = plan.late_from
        if plan.comes_back_late or any(begins >= other for other in self.late[reader.pk]):
            return False
        if late is not None and any(other_begins >= late for other_begins, _ends in self.occupied[reader.pk]):
            return False
        overlapping = sum(
            (ends is None or other_begins <= ends) and (other_ends is None or begins <= other_ends)
            for other_begins, other_ends in self.occupied[reader.pk]
        )
        return overlapping < self.limits[reader.library_id]

    def _plan(
        self,
        reader: Reader,
        lender: MemberLibrary,
        ending: State,
        last: datetime,
        *,
        blank: BlankForm | None = None,
        title: str = "",
    ) -> Plan:
        holding = self._choose_copy(reader, lender, title) if blank is None else None
        moves = plan_moves(self.rng, ending, last)
        if blank is not None:
            # Nobody finds a book on the shelf that no catalogue has.
            not_held = {"reason": Reason.NOT_HELD, "note": ""}
            moves = [(at, verb, not_held if verb == "decline" else details) for at, verb, details in moves]
        return Plan(reader, lender, moves, holding, blank)

    def _choose_lender(self, reader: Reader, *, blank: bool) -> MemberLibrary:
        """Any staffed library but the reader's own; for a blank form one that does not insist on a call number."""
        prefixes = [prefix for prefix in STAFFED if prefix != reader.library.request_prefix]
        if blank:
            prefixes = [prefix for prefix in prefixes if prefix not in self.insist_on_call_numbers]
        return self.cast.libraries[self.rng.choices(prefixes, [ASKED_OF[prefix] for prefix in prefixes])[0]]

    def _choose_copy(self, reader: Reader, lender: MemberLibrary, title: str) -> Holding:
        """A copy on the lender's shelf that the home library does not have; known books more often than others.

        With a title: one of that title, if the lender has it.
        """
        candidates = self.shelves[lender.request_prefix]
        for candidate in candidates:
            if title and candidate.holding.edition.title == title and candidate.holding.pk not in self.used:
                return candidate.holding
        for _ in range(PLAN_ATTEMPTS):
            candidate = self.rng.choice(candidates)
            unknown = len(candidate.held_by) < FAMOUS_FROM
            if unknown and self.rng.random() < 0.7:
                continue
            if candidate.holding.pk not in self.used and reader.library_id not in candidate.held_by:
                return candidate.holding
        raise RuntimeError(f"{lender} has no copy left that {reader} could ask for")


def _borrowable(library: MemberLibrary) -> list[Candidate]:
    """The library's copies on the shelf that it lends, in a fixed order."""
    copies = (
        Holding.objects.requestable()
        .filter(library=library, circulation_status=CirculationStatus.AVAILABLE)
        .exclude(barcode="")
        .select_related("edition")
        .order_by("barcode")
    )
    if not LendingPolicy.of(library).lends_foreign:
        copies = copies.filter(edition__language="chi")
    found = list(copies)
    held_by: dict[int, set[int]] = defaultdict(set)
    pairs = Holding.objects.filter(edition__in={copy.edition_id for copy in found})
    for edition_id, library_id in pairs.values_list("edition_id", "library_id"):
        held_by[edition_id].add(library_id)
    return [Candidate(copy, frozenset(held_by[copy.edition_id])) for copy in found]
