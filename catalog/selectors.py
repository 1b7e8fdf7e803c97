"""Read-only questions about member libraries, editions and their copies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.arrival import usual_arrival
from catalog.models import (
    CirculationStatus,
    Edition,
    Holding,
    LibraryCategory,
    MemberLibrary,
    PauseKind,
    ServicePause,
    SourceRecord,
)
from catalog.records import public_records

# Copies that cannot be lent whatever their library's policy, and the sentence that says so.
_NEVER_LENT = {
    CirculationStatus.REFERENCE: gettext_lazy("此册只供馆内阅览，不外借。"),
    CirculationStatus.PROCESSING: gettext_lazy("此册正在编目，暂不外借。"),
    CirculationStatus.MISSING: gettext_lazy("此册下落待查，暂不外借。"),
    CirculationStatus.LOST: gettext_lazy("此册已遗失。"),
}


@dataclass(frozen=True)
class LibraryGroup:
    """Libraries of one category, as the joint search page groups them."""

    category: str
    label: str
    libraries: tuple[MemberLibrary, ...]


@dataclass(frozen=True)
class Copy:
    """One copy on the edition page. `why_not` is the rule that keeps it from being asked for, empty if none does."""

    holding: Holding
    why_not: str = ""
    warning: str = ""


@dataclass
class HeldAt:
    """The copies of one edition in one library, and its records. Without copies it sent a record only."""

    library: MemberLibrary
    copies: list[Copy] = field(default_factory=list)
    records: list[SourceRecord] = field(default_factory=list)
    is_home: bool = False

    @property
    def on_shelf(self) -> int:
        return sum(copy.holding.is_on_shelf for copy in self.copies)

    @property
    def arrival(self) -> str:
        """How long a book from here usually takes; empty for the own library, and where nothing is known."""
        return usual_arrival(None if self.is_home or not self.library.lends else self.library.arrival_days)

    @property
    def as_of(self) -> datetime | None:
        """When this library last told us about these copies."""
        return max((copy.holding.as_of for copy in self.copies), default=None)


@dataclass(frozen=True)
class EditionPage:
    edition: Edition
    held_at: list[HeldAt]
    described_by: SourceRecord | None = None  # the record the card is made of; none for a book entered by hand

    @property
    def home(self) -> HeldAt | None:
        """The reader's own library, where it holds the edition."""
        return next((held for held in self.held_at if held.is_home), None)

    @property
    def on_shelf(self) -> int:
        return sum(held.on_shelf for held in self.held_at)

    @property
    def untold(self) -> bool:
        """Whether some library leaves it open if its copy is on the shelf."""
        return any(
            copy.holding.shown_status == CirculationStatus.UNKNOWN for held in self.held_at for copy in held.copies
        )

    @property
    def best_copy(self) -> Copy | None:
        """The first copy on the shelf that may be asked for, else the first that may be asked for at all."""
        askable = [copy for held in self.held_at for copy in held.copies if not copy.why_not]
        return next((copy for copy in askable if copy.holding.is_on_shelf), askable[0] if askable else None)

    @property
    def copy_count(self) -> int:
        return sum(len(held.copies) for held in self.held_at)


def libraries_by_category(libraries: Iterable[MemberLibrary]) -> list[LibraryGroup]:
    """The libraries grouped in the order of LibraryCategory; empty categories are left out."""
    groups: dict[str, list[MemberLibrary]] = {category: [] for category in LibraryCategory.values}
    for library in libraries:
        groups[library.category].append(library)
    return [
        LibraryGroup(category, str(LibraryCategory(category).label), tuple(members))
        for category, members in groups.items()
        if members
    ]


def surviving_edition(pk: int) -> Edition | None:
    """The edition a reader gets for this id: itself, or the one it was merged into; None where that is hidden."""
    edition = Edition.objects.filter(pk=pk).first()
    passed: set[int] = set()
    while edition is not None and edition.merged_into_id is not None and edition.pk not in passed:
        passed.add(edition.pk)
        edition = edition.merged_into
    return None if edition is None or edition.hidden or edition.pk in passed else edition


def edition_with_holdings(edition: Edition, *, home_library_id: int | None = None) -> EditionPage:
    """Everything the 馆藏信息 page shows: the own library first, then libraries with a copy on the shelf.

    Only libraries of the joint search appear. Three statements, however many copies there are.
    """
    holdings = list(
        edition.holdings.present()
        .filter(library__in_joint_search=True, library__left_on__isnull=True)
        .select_related("library")
        .order_by("library__code", "call_number", "barcode", "pk")
    )
    paused = {
        pause.library_id: pause
        for pause in ServicePause.objects.covering(PauseKind.LENDING).filter(
            library__in={holding.library_id for holding in holdings}
        )
    }
    held: dict[int, HeldAt] = {}
    for holding in holdings:
        at = held.setdefault(holding.library_id, HeldAt(holding.library, is_home=holding.library_id == home_library_id))
        why_not = why_not_asked_for(holding, pause=paused.get(holding.library_id), is_home=at.is_home)
        at.copies.append(Copy(holding, why_not, "" if why_not else _warning(holding)))
    records = public_records(edition)
    for record in records:
        at = held.setdefault(record.library_id, HeldAt(record.library, is_home=record.library_id == home_library_id))
        at.records.append(record)
    order = sorted(held.values(), key=lambda at: (not at.is_home, not at.on_shelf, not at.copies, at.library.code))
    return EditionPage(edition, order, records[0] if records else None)


def why_not_asked_for(holding: Holding, *, pause: ServicePause | None, is_home: bool) -> str:
    """The rule of the catalogue that keeps this copy from being asked for, as a sentence, or nothing.

    What the lender's policy adds (languages, quota) is told by the request form.
    """
    if is_home:
        return _("这是您所在图书馆的馆藏，请直接到馆借阅。")
    if not holding.library.lends:
        return _("该馆不对外借出图书。")
    if pause is not None:
        if pause.ends_on is None:
            return _("该馆暂停借出服务，恢复时间另行通知。")
        return _("该馆暂停借出服务，至%(date)s。") % {"date": pause.ends_on}
    if rule := _NEVER_LENT.get(CirculationStatus(holding.shown_status)):
        return str(rule)
    if not holding.loanable:
        return _("按该馆规定，此册不外借。")
    return ""


def _warning(holding: Holding) -> str:
    if holding.shown_status == CirculationStatus.ON_LOAN:
        return _("此册已借出，提交后可能无法满足。")
    return ""
