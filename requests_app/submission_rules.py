"""The rules of a new request as a list: each is one function, its first line is the rule in docs/states.md."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, Holding, MemberLibrary, PauseKind
from catalog.review.services import surviving
from readers.models import Reader
from requests_app.errors import SubmissionRefused
from requests_app.models import BorrowingPolicy, DeliveryMethod, LendingPolicy
from requests_app.selectors import offers_self_pickup, places_of

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
    edition: Edition | None
    holding: Holding | None
    lending: LendingPolicy
    borrowing: BorrowingPolicy
    at: datetime

    @property
    def home(self) -> MemberLibrary:
        return self.reader.library

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


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


def home_borrows(submission: Submission) -> None:
    """The home library borrows, and its borrowing is not paused."""
    home = submission.home
    if not home.borrows or home.left_on is not None or home.is_paused(PauseKind.BORROWING, submission.day):
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
    if lender.is_paused(PauseKind.LENDING, submission.day):
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
    asked = surviving(submission.edition.pk) if submission.edition else None
    if asked is not None and holding.edition_id != asked.pk:
        raise SubmissionRefused(_("所选馆藏不是这种书，请重新选择。"), rule="copy_of_another_edition")
    if holding.withdrawn or not holding.loanable:
        raise SubmissionRefused(_("这一册不外借，请选择其他馆藏。"), rule="copy_not_lent")


def delivery_is_offered(submission: Submission) -> None:
    """Self pick-up only where the lender offers it."""
    if submission.delivery_method not in DeliveryMethod.values:
        raise SubmissionRefused(_("请选择读者获取方式。"), rule="delivery_missing")
    if submission.delivery_method == DeliveryMethod.SELF_PICKUP and not offers_self_pickup(submission.lending):
        raise SubmissionRefused(_("出借馆没有开展自取自还服务"), rule="no_self_pickup")


def a_place_is_free(submission: Submission) -> None:
    """Fewer books asked for and borrowed than the home library allows at a time."""
    places = places_of(submission.reader, submission.borrowing)
    if not places.free:
        raise SubmissionRefused(places.rule, rule="limit")


SUBMISSION_RULES: tuple[Callable[[Submission], None], ...] = (
    reader_is_approved,
    reader_is_not_blocked,
    home_borrows,
    lender_is_not_home,
    lender_lends,
    language_is_lent,
    call_number_if_demanded,
    copy_is_lent,
    delivery_is_offered,
    a_place_is_free,
)


def check(submission: Submission) -> None:
    """Raise SubmissionRefused for the first rule that does not hold."""
    for rule in SUBMISSION_RULES:
        rule(submission)
