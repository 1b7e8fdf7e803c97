"""读者: who borrows, in which standing, and why somebody may not borrow today."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from readers.models.accounts import User
from readers.models.choices import CertificateType, Education, Gender, JobTitle
from readers.models.types import ReaderType

if TYPE_CHECKING:
    from readers.models.cards import PickupCard

CERTIFICATE_RULE = RegexValidator(r"^[A-Za-z0-9]+\Z", _("证件号码只能由字母和数字组成，14字符为限。"))


class ReaderState(models.TextChoices):
    """What the home library has decided. Suspension and expiry stand beside it: see Standing."""

    PENDING = "pending", _("等待本馆审查")
    CORRECTION = "correction", _("待本人更正")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    CLOSED = "closed", _("已销户")


# A refused registration does not stand in the way of a second one, and of a closed account nothing is left.
GONE_STATES = (ReaderState.REFUSED, ReaderState.CLOSED)


class Standing(models.TextChoices):
    """Where a reader stands on one day: the state, or for an approved reader whether borrowing is open."""

    PENDING = "pending", _("等待本馆审查")
    CORRECTION = "correction", _("待本人更正")
    REFUSED = "refused", _("未通过")
    CLOSED = "closed", _("已销户")
    SUSPENDED = "suspended", _("已暂停")
    EXPIRED = "expired", _("已到期")
    GOOD = "good", _("正常")


class ReaderQuerySet(models.QuerySet["Reader"]):
    def approved(self) -> "ReaderQuerySet":
        """Let in by the home library; suspended and expired readers are among them."""
        return self.filter(state=ReaderState.APPROVED)

    def pending(self) -> "ReaderQuerySet":
        return self.filter(state=ReaderState.PENDING)

    def suspended(self, on: date | None = None) -> "ReaderQuerySet":
        on = on or timezone.localdate()
        return self.approved().filter(
            Q(suspended_until__isnull=True) | Q(suspended_until__gte=on), suspended_on__lte=on
        )

    def expired(self, on: date | None = None) -> "ReaderQuerySet":
        return self.approved().filter(expires_on__lt=on or timezone.localdate())

    def in_good_standing(self, on: date | None = None) -> "ReaderQuerySet":
        """Approved, and on that day neither suspended nor expired."""
        on = on or timezone.localdate()
        suspended = Q(suspended_on__isnull=False, suspended_on__lte=on) & (
            Q(suspended_until__isnull=True) | Q(suspended_until__gte=on)
        )
        return self.approved().filter(Q(expires_on__isnull=True) | Q(expires_on__gte=on)).exclude(suspended)


# When a reader who waits for the home library registered; NULL of everybody else.
WAITING_SINCE = Case(When(state=ReaderState.PENDING, then=F("registered_at")))


class Reader(models.Model):
    """读者: a person registered at one home library, approved there before the first login."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reader")
    library = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="readers", verbose_name=_("所属学校图书馆")
    )
    reader_type = models.ForeignKey(
        ReaderType,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="readers",
        verbose_name=_("读者类型"),
    )
    name = models.CharField(_("读者姓名"), max_length=60)
    certificate_type = models.CharField(
        _("证件类型"), max_length=20, choices=CertificateType, default=CertificateType.LIBRARY_CARD
    )
    certificate_number = models.CharField(_("证件号码"), max_length=14, validators=[CERTIFICATE_RULE])
    reader_barcode = models.CharField(_("读者条码"), max_length=20)
    gender = models.CharField(_("读者性别"), max_length=10, choices=Gender, blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    phone = models.CharField(_("联系电话"), max_length=40)
    department = models.CharField(_("所属院系"), max_length=80)
    job_title = models.CharField(_("职称"), max_length=40, choices=JobTitle)
    education = models.CharField(_("学历"), max_length=40, choices=Education)
    address = models.CharField(_("通信地址"), max_length=200, blank=True)
    postcode = models.CharField(_("邮政编码"), max_length=10, blank=True)
    note = models.TextField(_("备注"), blank=True, validators=[MaxLengthValidator(100)])
    state = models.CharField(_("状态"), max_length=20, choices=ReaderState, default=ReaderState.PENDING)
    refusal_reason = models.CharField(_("未通过原因"), max_length=200, blank=True)
    correction_note = models.CharField(_("请读者更正"), max_length=200, blank=True)
    registered_at = models.DateTimeField(_("注册时间"), default=timezone.now)
    email_verified_at = models.DateTimeField(_("E-mail验证时间"), null=True, blank=True)
    verification_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("审查时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("审查人")
    )

    photo = models.ForeignKey(
        "readers.Photo", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("照片")
    )
    muted_mails = ArrayField(models.CharField(max_length=20), default=list, blank=True, editable=False)  # MailGroup
    closed_at = models.DateTimeField(_("销户时间"), null=True, blank=True)

    # Borrowing closed for a time, or after a day; both days are days in Beijing and included.
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    suspended_on = models.DateField(_("暂停自"), null=True, blank=True)
    suspended_until = models.DateField(_("暂停至"), null=True, blank=True)  # None: until it is lifted
    suspension_reason = models.CharField(_("暂停原因"), max_length=200, blank=True)
    suspended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("暂停经办人")
    )

    # Written by requests_app in the transaction of the move that changes them.
    open_requests = models.PositiveSmallIntegerField(_("占用册数"), default=0, editable=False)
    books_out = models.PositiveSmallIntegerField(_("在借册数"), default=0, editable=False)
    blocks = ArrayField(
        models.CharField(max_length=100), verbose_name=_("限制"), default=list, blank=True, editable=False
    )

    objects = ReaderQuerySet.as_manager()

    class Meta:
        verbose_name = _("读者")
        verbose_name_plural = pgettext_lazy("plural", "读者")
        ordering = ["-registered_at", "-pk"]
        indexes = [
            models.Index(fields=["library", "state", "registered_at"], name="reader_queue"),
            models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="reader_name_begins"),
            models.Index(fields=["reader_barcode"], name="reader_barcode_looked_up"),
            models.Index(Upper("certificate_number"), name="reader_certificate_twins"),
            # The order of the center's list: who waits, then the newest.
            models.Index(WAITING_SINCE, F("registered_at").desc(), F("id").desc(), name="reader_waiting_first"),
        ]
        constraints = [
            models.UniqueConstraint(
                "library",
                Upper("certificate_number"),
                condition=~Q(state__in=GONE_STATES),
                name="certificate_once_per_library",
            ),
            models.UniqueConstraint(
                fields=["reader_barcode"], condition=~Q(state__in=GONE_STATES), name="reader_barcode_unique"
            ),
            models.CheckConstraint(
                condition=Q(suspended_on__isnull=True, suspended_until__isnull=True, suspension_reason="")
                | Q(suspended_on__isnull=False)
                & ~Q(suspension_reason="")
                & (Q(suspended_until__isnull=True) | Q(suspended_until__gte=F("suspended_on"))),
                name="suspension_has_start_and_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.reader_barcode})" if self.reader_barcode else self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Derive the barcode: 6-digit library code + certificate number (211130 + 13005129002550)."""
        if not self.reader_barcode and self.certificate_number:
            self.reader_barcode = self.barcode_of(self.library, self.certificate_number)
        super().save(*args, **kwargs)

    @property
    def is_approved(self) -> bool:
        return self.state == ReaderState.APPROVED

    def standing(self, on: date | None = None) -> Standing:
        """Where the reader stands on that day (default today in Beijing). Asks no question of the database."""
        on = on or timezone.localdate()
        if self.state != ReaderState.APPROVED:
            return Standing(self.state)
        if self.suspended_on and self.suspended_on <= on <= (self.suspended_until or date.max):
            return Standing.SUSPENDED
        if self.expires_on and self.expires_on < on:
            return Standing.EXPIRED
        return Standing.GOOD

    def why_no_standing(self, on: date | None = None) -> str:
        """The sentence for a reader who is not in good standing on that day, or ""; blocks do not count here."""
        match self.standing(on):
            case Standing.PENDING:
                return gettext("您的注册正在等待本馆审查，通过后才能登录。审查结果将发送到您的E-mail。")
            case Standing.CORRECTION:
                return gettext("本馆请您更正注册资料：%(note)s") % {"note": self.correction_note}
            case Standing.REFUSED:
                return gettext("您的注册未通过本馆审查，不能登录。原因：%(reason)s") % {"reason": self.refusal_reason}
            case Standing.CLOSED:
                return gettext("这个账号已经销户。")
            case Standing.SUSPENDED if self.suspended_until:
                return gettext("您的读者资格已被本馆暂停至%(day)s（含当日）。原因：%(reason)s") % {
                    "day": self.suspended_until.isoformat(),
                    "reason": self.suspension_reason,
                }
            case Standing.SUSPENDED:
                return gettext("您的读者资格已被本馆暂停。原因：%(reason)s") % {"reason": self.suspension_reason}
            case Standing.EXPIRED if self.expires_on:
                return gettext("您的读者资格已于%(day)s到期，请与本馆馆际互借员联系续期。") % {
                    "day": self.expires_on.isoformat()
                }
        return ""

    def why_not_borrow(self, on: date | None = None) -> str:
        """Why this reader may not ask for a book on that day, in a sentence for the reader, or "" if they may.

        Standing first (approved, not suspended, not expired), then the blocks of fines and overdue books.
        """
        if reason := self.why_no_standing(on):
            return reason
        if self.blocks:
            blocks = gettext("；").join(self.blocks)
            return gettext("您的账号有限制，暂不能提交新申请：%(blocks)s。") % {"blocks": blocks}
        return ""

    def valid_card(self, until: date | None = None) -> "PickupCard | None":
        """The pick-up card that lets this reader fetch a book today and up to `until`, or None."""
        today = timezone.localdate()
        return self.cards.valid(max(until or today, today)).first()

    @staticmethod
    def barcode_of(library: MemberLibrary, certificate_number: str) -> str:
        return f"{library.code}{certificate_number.upper()}"
