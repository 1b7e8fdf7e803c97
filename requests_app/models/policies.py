"""出借政策, limits of the home library, and closed days. Defaults are settings.ILL, never constants in code.

Policies have versions: a change is a new row, and a request keeps the row that was in force when it was submitted, so
no running loan is altered.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import MaterialType, MemberLibrary


def default_loan_days() -> int:
    return int(settings.ILL["LOAN_DAYS"])


def default_answer_days() -> int:
    return int(settings.ILL["ANSWER_DAYS"])


def default_pickup_days() -> int:
    return int(settings.ILL["PICKUP_DAYS"])


def default_max_open_requests() -> int:
    return int(settings.ILL["MAX_OPEN_REQUESTS"])


def default_dispatch_days() -> int:
    return int(settings.ILL["DISPATCH_DAYS"])


def default_approve_days() -> int:
    return int(settings.ILL["APPROVE_DAYS"])


def default_recall_notice_days() -> int:
    return int(settings.ILL["RECALL_NOTICE_DAYS"])


def default_fine_per_day() -> Decimal:
    return Decimal(str(settings.ILL["FINE_PER_DAY"]))


def default_reminder_days() -> list[int]:
    return [int(day) for day in settings.ILL["REMINDER_DAYS"]]


def ordinary_books() -> list[str]:
    return [MaterialType.BOOK.value]


def cancel_window() -> timedelta:
    """How long the reader may cancel, and the lender not dispatch, after the request reached the lender."""
    return timedelta(minutes=int(settings.ILL["CANCEL_WINDOW_MINUTES"]))


LONGEST_CLOSURE_DAYS = 400  # longer than any vacation: a typing error in the year would move every due date


class DueCountsFrom(models.TextChoices):
    """From which day the loan period counts."""

    REQUEST = "request", _("申请日")
    DISPATCH = "dispatch", _("发出日")
    ARRIVAL = "arrival", _("到馆日")
    HAND_OUT = "hand_out", _("取书日")


class PolicyVersion(models.Model):
    """One version of one library's policy: in force from `valid_from` until a later version takes over.

    The first version of a library may leave the day as it is, far back: it has always been in force.
    """

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.CASCADE, related_name="%(class)s_versions", verbose_name=_("成员馆")
    )
    valid_from = models.DateField(_("生效日期"), default=date(2007, 1, 1))
    created_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)

    # In plain SQL: asked twice for every request made, and all columns named one by one take longer than the answer.
    _IN_FORCE: ClassVar[str] = (
        "SELECT * FROM {} WHERE library_id = %s AND valid_from <= %s ORDER BY valid_from DESC, id DESC LIMIT 1"
    )

    class Meta:
        abstract = True
        ordering = ["library_id", "-valid_from", "-pk"]

    def __str__(self) -> str:
        return f"{self.library} {self.valid_from}"

    @property
    def is_in_force(self) -> bool:
        """Whether its first day has come: such a version is history and never edited."""
        return self.pk is not None and self.valid_from <= timezone.localdate()

    @classmethod
    def of(cls, library: MemberLibrary, on: date | None = None) -> Self:
        """The version in force on that day (default today), or an unsaved one with the consortium's defaults."""
        found = cls._default_manager.raw(
            cls._IN_FORCE.format(cls._meta.db_table), [library.pk, on or timezone.localdate()]
        )
        version = next(iter(found), None) or cls()
        version.library = library
        return version


class LendingPolicy(PolicyVersion):
    """What one lender allows. A lender without a row follows the defaults (`LendingPolicy.of`)."""

    loan_days = models.PositiveSmallIntegerField(
        _("借期（天）"), default=default_loan_days, validators=[MinValueValidator(1)]
    )
    counts_from = models.CharField(_("借期起算"), max_length=10, choices=DueCountsFrom, default=DueCountsFrom.HAND_OUT)
    answer_days = models.PositiveSmallIntegerField(
        _("答复期限（工作日）"), default=default_answer_days, validators=[MinValueValidator(1)]
    )
    dispatch_days = models.PositiveSmallIntegerField(
        _("受理后发出期限（工作日）"), default=default_dispatch_days, validators=[MinValueValidator(1)]
    )
    monthly_quota = models.PositiveSmallIntegerField(
        _("每月最多受理申请数"), null=True, blank=True, help_text=_("留空表示不限。")
    )
    self_pickup = models.BooleanField(_("开通自取自还"), default=False)
    pickup_days = models.PositiveSmallIntegerField(
        _("取书期限（天）"), default=default_pickup_days, validators=[MinValueValidator(1)]
    )
    lends_foreign = models.BooleanField(_("外文图书可借"), default=False)
    material_types = ArrayField(
        models.CharField(max_length=20, choices=MaterialType), verbose_name=_("出借的资料类型"), default=ordinary_books
    )
    call_number_required = models.BooleanField(_("必须填写索书号"), default=False)
    recall_notice_days = models.PositiveSmallIntegerField(
        _("召回提前天数"), default=default_recall_notice_days, validators=[MinValueValidator(1)]
    )
    vacation_shift = models.BooleanField(
        _("闭馆时应还日期顺延"),
        default=True,
        help_text=_("不顺延的，应还日期提前到闭馆前最后一个开馆日。"),
    )
    fine_per_day = models.DecimalField(
        _("逾期罚款（元/天）"), max_digits=6, decimal_places=2, default=default_fine_per_day,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    fine_grace_days = models.PositiveSmallIntegerField(_("宽限天数"), default=0)
    fine_cap = models.DecimalField(
        _("逾期罚款上限（元）"), max_digits=8, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)], help_text=_("留空表示不设上限。"),
    )  # fmt: skip
    reminder_days = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("提醒和催还的日子"),
        default=default_reminder_days,
        help_text=_("相对应还日期的天数，负数在前；最后一次之后每7天再催一次。"),
    )
    note = models.TextField(_("给读者的说明"), blank=True)

    class Meta(PolicyVersion.Meta):
        verbose_name = _("出借政策")
        verbose_name_plural = _("出借政策")
        indexes = [models.Index(fields=["library", "-valid_from"], name="lending_policy_version")]

    @property
    def material_names(self) -> str:
        """The kinds of material it lends, as readers read them."""
        return _("、").join(str(MaterialType(kind).label) for kind in self.material_types if kind in MaterialType)


class BorrowingPolicy(PolicyVersion):
    """What one home library asks of its own readers; absent means the defaults (`BorrowingPolicy.of`)."""

    max_open_requests = models.PositiveSmallIntegerField(
        _("最多同时借阅册数"), default=default_max_open_requests, validators=[MinValueValidator(1)]
    )
    max_per_lender = models.PositiveSmallIntegerField(
        _("其中同一出借馆最多"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("留空表示不限。")
    )
    max_foreign = models.PositiveSmallIntegerField(
        _("其中外文图书最多"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("留空表示不限。")
    )
    pickup_days = models.PositiveSmallIntegerField(
        _("到馆后取书期限（天）"), default=default_pickup_days, validators=[MinValueValidator(1)]
    )
    home_review = models.BooleanField(_("申请先由本馆审核"), default=False)
    approve_days = models.PositiveSmallIntegerField(
        _("审核期限（工作日）"), default=default_approve_days, validators=[MinValueValidator(1)],
        help_text=_("到期仍未审核的申请自动通过。"),
    )  # fmt: skip
    overdue_blocks = models.BooleanField(_("有逾期图书时不能申请"), default=True)
    fines_block = models.BooleanField(_("有未缴罚款时不能申请"), default=True)

    class Meta(PolicyVersion.Meta):
        verbose_name = _("借入政策")
        verbose_name_plural = _("借入政策")
        indexes = [models.Index(fields=["library", "-valid_from"], name="borrowing_policy_version")]


class ClosureQuerySet(models.QuerySet["Closure"]):
    def affecting(self, library: MemberLibrary, first: date, last: date) -> "ClosureQuerySet":
        """Closures of that library, or of all, that touch the days first..last (inclusive)."""
        return self.filter(Q(library=library) | Q(library__isnull=True), starts_on__lte=last, ends_on__gte=first)


class Closure(models.Model):
    """闭馆: days off of one library, or of all (library empty): requests are taken, clocks stop."""

    library = models.ForeignKey(
        MemberLibrary,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="closures",
        verbose_name=_("成员馆"),
        help_text=_("留空表示所有成员馆。"),
    )
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"))
    reason = models.CharField(_("原因"), max_length=100, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("闭馆")
        verbose_name_plural = _("闭馆")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="closure_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.library or _('全部成员馆')} {self.starts_on}–{self.ends_on}"

    def clean(self) -> None:
        if self.starts_on and self.ends_on and (self.ends_on - self.starts_on).days > LONGEST_CLOSURE_DAYS:
            raise ValidationError({"ends_on": _("一次闭馆最长400天，请核对年份。")})
