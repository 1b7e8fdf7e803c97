"""The member libraries of the consortium and the times at which their service is paused."""

import re
from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MOST_LIBRARIES = 128  # bits of a search entry; the consortium has some 80 members


class LibraryCategory(models.TextChoices):
    """The groups of the joint search page, in the order in which it shows them."""

    PUBLIC = "public", _("公共馆")
    ENGINEERING = "engineering", _("工科类")
    ECONOMICS = "economics", _("财经类")
    HUMANITIES = "humanities", _("人文社科类")
    NORMAL = "normal", _("师范类")
    ARTS = "arts", _("艺术类")
    LAW = "law", _("政法类")
    COMPREHENSIVE = "comprehensive", _("综合类")
    AGRICULTURE = "agriculture", _("农业类")
    VOCATIONAL = "vocational", _("高职高专类")
    INDEPENDENT = "independent", _("独立学院")
    FORESTRY = "forestry", _("林业类")
    MEDICINE = "medicine", _("医药类")
    PRIVATE = "private", _("民办类")
    SPORTS = "sports", _("体育类")
    LANGUAGES = "languages", _("语言类")


class PauseKind(models.TextChoices):
    BORROWING = "borrowing", _("暂停借入")
    LENDING = "lending", _("暂停借出")
    BOTH = "both", _("暂停服务")


class Weekday(models.IntegerChoices):
    """The days of a week as date.weekday() counts them."""

    MONDAY = 0, _("星期一")
    TUESDAY = 1, _("星期二")
    WEDNESDAY = 2, _("星期三")
    THURSDAY = 3, _("星期四")
    FRIDAY = 4, _("星期五")
    SATURDAY = 5, _("星期六")
    SUNDAY = 6, _("星期日")


class MemberLibraryQuerySet(models.QuerySet["MemberLibrary"]):
    def active(self) -> "MemberLibraryQuerySet":
        """Members that have not left the consortium."""
        return self.filter(left_on__isnull=True)

    def registering(self) -> "MemberLibraryQuerySet":
        """Members whose readers may register (国家图书馆 and 上海图书馆 only lend)."""
        return self.active().filter(borrows=True)

    def searchable(self) -> "MemberLibraryQuerySet":
        """Members whose holdings are in the joint search."""
        return self.active().filter(in_joint_search=True)

    def of_code(self, text: str) -> "MemberLibraryQuerySet":
        """The member with that 6-digit code, or none; any text may stand in an address, a NUL too."""
        return self.filter(code=text) if re.fullmatch(r"[0-9]{6}", text) else self.none()

    def paused(self, kind: str, on: date | None = None) -> "MemberLibraryQuerySet":
        """Members whose `kind` of service (PauseKind.BORROWING or LENDING) is paused on that day."""
        return self.filter(pk__in=ServicePause.objects.covering(kind, on).values("library"))


class MemberLibrary(models.Model):
    """成员馆: one library of the consortium; campuses with a desk of their own are separate members."""

    code = models.CharField(
        _("馆代码"),
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^\d{6}$", _("馆代码是6位数字。"))],
    )
    request_prefix = models.CharField(
        _("申请单号前缀"),
        max_length=4,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,4}$", _("前缀是2至4个大写字母。"))],
    )
    code_is_example = models.BooleanField(_("馆代码为示例"), default=False)
    prefix_is_example = models.BooleanField(_("前缀为示例"), default=False)
    name = models.CharField(_("馆名"), max_length=100, unique=True)
    short_name = models.CharField(_("简称"), max_length=40)
    english_name = models.CharField(_("英文馆名"), max_length=150, blank=True)
    category = models.CharField(_("类别"), max_length=20, choices=LibraryCategory)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    postcode = models.CharField(_("邮政编码"), max_length=10, blank=True)
    phone = models.CharField(_("馆际互借联系电话"), max_length=60, blank=True)
    email = models.EmailField(_("馆际互借邮箱"), blank=True)
    desk_location = models.CharField(_("取书地点"), max_length=120, blank=True)
    opening_hours = models.CharField(_("开放时间"), max_length=120, blank=True)
    # 0 Monday … 6 Sunday; beside the closures, which have dates (requests_app.calendar).
    closed_weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("每周闭馆日"),
        default=list,
        blank=True,
        help_text=_("新的应还日期和取书期限不会落在这些日子。"),
    )
    catalogue_url = models.URLField(_("本馆目录网址"), blank=True)
    borrows = models.BooleanField(_("借入"), default=True)
    lends = models.BooleanField(_("借出"), default=True)
    in_joint_search = models.BooleanField(_("参加联合检索"), default=True)
    left_on = models.DateField(_("退出日期"), null=True, blank=True)
    note = models.TextField(_("备注"), blank=True)
    # Counted every night by requests_app.arrivals; None where too few books came from here.
    arrival_days = models.PositiveSmallIntegerField(_("通常到馆天数"), null=True, editable=False)
    # The library's place in the search index (catalog/search/facts.py): given once, never given to another library.
    slot = models.PositiveSmallIntegerField(unique=True, editable=False)

    objects = MemberLibraryQuerySet.as_manager()

    class Meta:
        verbose_name = _("成员馆")
        verbose_name_plural = pgettext_lazy("plural", "成员馆")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(slot__lt=MOST_LIBRARIES), name="library_slot_in_the_index"),
            models.CheckConstraint(condition=Q(closed_weekdays__len__lt=7), name="library_opens_on_some_day"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.slot is None:
            self.slot = MemberLibrary.next_slot()
        super().save(*args, **kwargs)

    @staticmethod
    def next_slot() -> int:
        """The slot after the last one given; two libraries created at once are kept apart by the constraint."""
        last = MemberLibrary.objects.aggregate(last=Max("slot"))["last"]
        return 0 if last is None else int(last) + 1

    def is_paused(self, kind: str, on: date | None = None) -> bool:
        """Whether PauseKind.BORROWING or PauseKind.LENDING is paused here on that day (default today)."""
        return self.pauses.covering(kind, on).exists()


class ServicePauseQuerySet(models.QuerySet["ServicePause"]):
    def covering(self, kind: str, on: date | None = None) -> "ServicePauseQuerySet":
        """Pauses of that kind (or of both) that are in force on the day, default today in Beijing."""
        return self.in_force(on).filter(kind__in=[kind, PauseKind.BOTH])

    def in_force(self, on: date | None = None) -> "ServicePauseQuerySet":
        on = on or timezone.localdate()
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


class ServicePause(models.Model):
    """暂停服务: borrowing, lending or both stop from one day to another (inclusive) or until further notice."""

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.CASCADE, related_name="pauses", verbose_name=_("成员馆")
    )
    kind = models.CharField(_("范围"), max_length=10, choices=PauseKind, default=PauseKind.BOTH)
    starts_on = models.DateField(_("起始日期"))
    ends_on = models.DateField(_("截止日期"), null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    objects = ServicePauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("暂停服务")
        verbose_name_plural = _("暂停服务")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="pause_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.library} {self.get_kind_display()} {self.starts_on}–{self.ends_on or ''}"
