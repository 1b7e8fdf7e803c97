"""The rules of a new request as a list: each is one function, its first line is the rule in docs/states.md."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, Holding, MemberLibrary, PauseKind, ServicePause
from catalog.review.services import surviving
from readers.models import Reader
from requests_app.errors import SubmissionRefused
from requests_app.models import BorrowingPolicy, DeliveryMethod, LendingPolicy, LoanRequest
from requests_app.selectors import Places, PlaceTaken, asked_this_month, limit_of, places_taken_by

CHINESE = "chi"
NOT_FOREIGN = frozenset({"", CHINESE, "tib", "mon", "uig"})  # books published in China


@dataclass(frozen=True)
class Submission:
    """What is asked for, by whom, of whom: what the rules judge before there is a request."""

    reader: Reader
    lender: MemberLibrary
    delivery_method: str
    call_number: str
    language: str
    material_type: str
    edition: Edition | None
    holding: Holding | None
    lending: LendingPolicy
    borrowing: BorrowingPolicy
    at: datetime
    title: str = ""
    forwarded_from: LoanRequest | None = None

    @property
    def home(self) -> MemberLibrary:
        return self.reader.library

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)

    @cached_property
    def places_taken(self) -> list[PlaceTaken]:
        """What takes the reader's places now; exact only under a lock on the reader."""
        return places_taken_by(self.reader)

    def is_paused(self, library: MemberLibrary, kind: str) -> bool:
        """Whether that service is paused on the day of the submission at one of its two libraries."""
        return any(paused == library.pk and what in (kind, PauseKind.BOTH) for paused, what in self._pauses)

    @cached_property
    def _pauses(self) -> list[tuple[int, str]]:
        pauses = ServicePause.objects.in_force(self.day).filter(library__in=[self.home, self.lender])
        return list(pauses.order_by().values_list("library_id", "kind"))


def reader_is_approved(submission: Submission) -> None:
    """The reader is approved by the home library, and on that day neither suspended nor expired."""
    if reason := submission.reader.why_no_standing(submission.day):
        raise SubmissionRefused(reason, rule="not_approved")


def reader_is_not_blocked(submission: Submission) -> None:
    """Nothing blocks the reader (an unpaid fine, an overdue book)."""
    if submission.reader.blocks:
        raise SubmissionRefused(
            _("您的账号有限制，暂不能提交新申请：%(blocks)s。") % {"blocks": _("；").join(submission.reader.blocks)},
            rule="blocked",
        )


def no_book_is_overdue(submission: Submission) -> None:
    """The reader has no overdue book, where the home library minds."""
    if submission.borrowing.overdue_blocks and any(
        place.is_overdue(submission.day) for place in submission.places_taken
    ):
        raise SubmissionRefused(_("您有逾期未还的图书，归还后即可申请。"), rule="overdue")


def home_borrows(submission: Submission) -> None:
    """The home library borrows, and its borrowing is not paused."""
    home = submission.home
    if not home.borrows or home.left_on is not None or submission.is_paused(home, PauseKind.BORROWING):
        raise SubmissionRefused(
            _("%(library)s暂停馆际互借借入服务，暂不能提交申请。") % {"library": home.name}, rule="borrowing_paused"
        )


def lender_is_not_home(submission: Submission) -> None:
    """The lender is another library than the reader's own."""
    if submission.lender.pk == submission.home.pk:
        raise SubmissionRefused(_("这是您所在的图书馆，请直接到馆借阅。"), rule="own_library")


def lender_lends(submission: Submission) -> None:
    """The lender lends, and its lending is not paused."""
    lender = submission.lender
    if not lender.lends or lender.left_on is not None:
        raise SubmissionRefused(
            _("%(library)s不提供馆际互借借出服务，请选择其他出借馆。") % {"library": lender.name}, rule="does_not_lend"
        )
    if submission.is_paused(lender, PauseKind.LENDING):
        raise SubmissionRefused(
            _("%(library)s暂停借出服务，请选择其他出借馆。") % {"library": lender.name}, rule="lending_paused"
        )


def language_is_lent(submission: Submission) -> None:
    """A book in a foreign language only where the lender's policy lends them."""
    edition = submission.edition  # the language it is catalogued in cannot be chosen away in the form
    catalogued = edition.language if edition is not None else ""
    if not {submission.language, catalogued} <= NOT_FOREIGN and not submission.lending.lends_foreign:
        raise SubmissionRefused(
            _("%(library)s只出借中文图书。") % {"library": submission.lender.name}, rule="language_not_lent"
        )


def material_is_lent(submission: Submission) -> None:
    """Only the kinds of material that the lender's policy lends."""
    edition = submission.edition
    kinds = {submission.material_type} | ({edition.material_type} if edition is not None else set())
    if not kinds <= set(submission.lending.material_types):
        raise SubmissionRefused(
            _("%(library)s只出借%(kinds)s。")
            % {"library": submission.lender.name, "kinds": submission.lending.material_names},
            rule="material_not_lent",
        )


def the_quota_is_not_used_up(submission: Submission) -> None:
    """The lender has not had its monthly quota of requests."""
    quota = submission.lending.monthly_quota
    if quota is not None and asked_this_month(submission.lender, submission.at) >= quota:
        raise SubmissionRefused(
            _("%(library)s本月的受理数量（%(quota)d件）已满，请选择其他出借馆或下月再申请。")
            % {"library": submission.lender.name, "quota": quota},
            rule="quota",
        )


def call_number_if_demanded(submission: Submission) -> None:
    """A call number where the lender's policy demands one."""
    if submission.lending.call_number_required and not submission.call_number:
        raise SubmissionRefused(
            _("%(library)s要求填写索书号。") % {"library": submission.lender.name}, rule="call_number_missing"
        )


def copy_is_lent(submission: Submission) -> None:
    """The copy asked for, where one was named, is the lender's, still there, and lent out."""
    holding = submission.holding
    if holding is None:
        return
    if holding.library_id != submission.lender.pk:
        raise SubmissionRefused(_("所选馆藏不属于所选的出借馆，请重新选择。"), rule="copy_of_another_library")
    if submission.edition is not None and not _is_copy_of(holding, submission.edition):
        raise SubmissionRefused(_("所选馆藏不是这种书，请重新选择。"), rule="copy_of_another_edition")
    if holding.withdrawn or not holding.loanable:
        raise SubmissionRefused(_("这一册不外借，请选择其他馆藏。"), rule="copy_not_lent")


def _is_copy_of(holding: Holding, edition: Edition) -> bool:
    """Whether it is a copy of that edition, or of the one that it was merged into since."""
    if holding.edition_id == edition.pk:
        return True
    leads_to = surviving(edition.pk)
    return leads_to is None or holding.edition_id == leads_to.pk


def delivery_is_offered(submission: Submission) -> None:
    """Self pick-up only where the lender offers it."""
    if submission.delivery_method not in DeliveryMethod.values:
        raise SubmissionRefused(_("请选择读者获取方式。"), rule="delivery_missing")
    if submission.delivery_method == DeliveryMethod.SELF_PICKUP:
        self_pickup_is_open_to(submission.reader, submission.lending, submission.day)


def a_place_is_free(submission: Submission) -> None:
    """Fewer books asked for and borrowed than the home library allows at a time, of this lender and in all."""
    taken = submission.places_taken
    places = Places(limit=limit_of(submission.reader, submission.borrowing), taken=len(taken))
    if not places.free:
        raise SubmissionRefused(places.rule, rule="limit")
    most = submission.borrowing.max_per_lender
    if most is not None and sum(place.lender_id == submission.lender.pk for place in taken) >= most:
        raise SubmissionRefused(
            _("每位读者同时向一个出借馆最多申请和借阅%(limit)d册。") % {"limit": most}, rule="limit_per_lender"
        )
    most = submission.borrowing.max_foreign
    is_foreign = submission.language not in NOT_FOREIGN
    if most is not None and is_foreign and sum(place.language not in NOT_FOREIGN for place in taken) >= most:
        raise SubmissionRefused(
            _("每位读者最多同时申请和借阅%(limit)d册外文图书。") % {"limit": most}, rule="limit_foreign"
        )


# --- what moves judge by the same rules ----------------------------------------------------------------


def lending_stopped(lender: MemberLibrary, day: date) -> bool:
    """Whether the library lends nothing on that day: it does not lend, has left, or has paused."""
    return not lender.lends or lender.left_on is not None or lender.is_paused(PauseKind.LENDING, day)


def reader_may_borrow(reader: Reader, day: date) -> bool:
    """Whether the reader is neither suspended nor expired on that day."""
    return not reader.why_no_standing(day)


def card_is_valid(reader: Reader, day: date) -> bool:
    """Whether the reader has a pick-up card (联盟自取借书证) that is valid until that day."""
    return reader.cards.valid(day).exists()


def self_pickup_is_open_to(reader: Reader, policy: LendingPolicy, day: date) -> None:
    """Raises SubmissionRefused where the lender has no pick-up, or the card does not last to the last day to fetch."""
    if not policy.self_pickup:
        raise SubmissionRefused(_("出借馆没有开展自取自还服务"), rule="no_self_pickup")
    if not card_is_valid(reader, day + timedelta(days=policy.pickup_days)):
        raise SubmissionRefused(_("自取需要在取书期限内有效的联盟自取借书证，请先申领。"), rule="card_invalid")


SUBMISSION_RULES: tuple[Callable[[Submission], None], ...] = (
    reader_is_approved,
    reader_is_not_blocked,
    no_book_is_overdue,
    home_borrows,
    lender_is_not_home,
    lender_lends,
    language_is_lent,
    material_is_lent,
    call_number_if_demanded,
    copy_is_lent,
    the_quota_is_not_used_up,
    delivery_is_offered,
    a_place_is_free,
)


def check(submission: Submission) -> None:
    """Raise SubmissionRefused for the first rule that does not hold."""
    for rule in SUBMISSION_RULES:
        rule(submission)
