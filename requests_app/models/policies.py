"""出借政策, limits of the home library, and closed days. Defaults are settings.ILL, never constants in code."""

from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary


def default_loan_days() -> int:
    return int(settings.ILL["LOAN_DAYS"])


def default_answer_days() -> int:
    return int(settings.ILL["ANSWER_DAYS"])


def default_pickup_days() -> int:
    return int(settings.ILL["PICKUP_DAYS"])


def default_max_open_requests() -> int:
    return int(settings.ILL["MAX_OPEN_REQUESTS"])


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


class LendingPolicy(models.Model):
    """What one lender allows. A lender without a row follows the defaults (`LendingPolicy.of`)."""

    library = models.OneToOneField(
        MemberLibrary, on_delete=models.CASCADE, related_name="lending_policy", verbose_name=_("出借馆")
    )
    loan_days = models.PositiveSmallIntegerField(
        _("借期（天）"), default=default_loan_days, validators=[MinValueValidator(1)]
    )
    counts_from = models.CharField(_("借期起算"), max_length=10, choices=DueCountsFrom, default=DueCountsFrom.HAND_OUT)
    answer_days = models.PositiveSmallIntegerField(
        _("答复期限（工作日）"), default=default_answer_days, validators=[MinValueValidator(1)]
    )
    self_pickup = models.BooleanField(_("开通自取自还"), default=False)
    pickup_days = models.PositiveSmallIntegerField(
        _("取书期限（天）"), default=default_pickup_days, validators=[MinValueValidator(1)]
    )
    lends_foreign = models.BooleanField(_("外文图书可借"), default=False)
    call_number_required = models.BooleanField(_("必须填写索书号"), default=False)
    note = models.TextField(_("给读者的说明"), blank=True)

    class Meta:
        verbose_name = _("出借政策")
        verbose_name_plural = _("出借政策")

    def __str__(self) -> str:
        return str(self.library)

    @classmethod
    def of(cls, library: MemberLibrary) -> "LendingPolicy":
        """The library's policy, or an unsaved one with the consortium's defaults."""
        return cls.objects.filter(library=library).first() or cls(library=library)


class BorrowingPolicy(models.Model):
    """What one home library asks of its own readers; absent means the defaults (`BorrowingPolicy.of`)."""

    library = models.OneToOneField(
        MemberLibrary, on_delete=models.CASCADE, related_name="borrowing_policy", verbose_name=_("借入馆")
    )
    max_open_requests = models.PositiveSmallIntegerField(
        _("最多同时借阅册数"), default=default_max_open_requests, validators=[MinValueValidator(1)]
    )
    pickup_days = models.PositiveSmallIntegerField(
        _("到馆后取书期限（天）"), default=default_pickup_days, validators=[MinValueValidator(1)]
    )
    home_review = models.BooleanField(_("申请先由本馆审核"), default=False)

    class Meta:
        verbose_name = _("借入政策")
        verbose_name_plural = _("借入政策")

    def __str__(self) -> str:
        return str(self.library)

    @classmethod
    def of(cls, library: MemberLibrary) -> "BorrowingPolicy":
        return cls.objects.filter(library=library).first() or cls(library=library)


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
