"""Accounts, readers and librarians with their assignments."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary

LOGIN_NAME_RULE = RegexValidator(r"^[A-Za-z0-9]+\Z", _("登录名只能由字符a-z、A-Z、0-9组成，不能使用空格。"))
CERTIFICATE_RULE = RegexValidator(r"^[A-Za-z0-9]+\Z", _("证件号码只能由字母和数字组成，14字符为限。"))


class User(AbstractUser):
    """One login. `username` is 读者登录名; a person is a Reader, a librarian by Assignment, or both."""

    username = models.CharField(
        _("登录名"),
        max_length=40,
        unique=True,
        validators=[LOGIN_NAME_RULE],
        error_messages={"unique": _("这个登录名已有人使用，请换一个。")},
    )
    first_name = models.CharField(_("姓名"), max_length=150, blank=True)  # the whole name; last_name stays empty
    email = models.EmailField(_("E-mail"), blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("账号")  # type: ignore[assignment]
        verbose_name_plural = pgettext_lazy("plural", "账号")  # type: ignore[assignment]
        constraints = [models.UniqueConstraint(Lower("username"), name="username_unique_ignoring_case")]
        indexes = [models.Index(Lower("email"), name="user_email_lower")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class CertificateType(models.TextChoices):
    """证件类型. 身份证 is missing on purpose: its 18 characters do not fit the 14 of 证件号码."""

    LIBRARY_CARD = "library_card", _("借书证")
    STUDENT_CARD = "student_card", _("学生证")
    STAFF_CARD = "staff_card", _("工作证")
    PASSPORT = "passport", _("护照")
    OTHER = "other", _("其他")


class Gender(models.TextChoices):
    FEMALE = "female", _("女")
    MALE = "male", _("男")


class JobTitle(models.TextChoices):
    """职称, students first: they are most of our readers. The stored value is the word itself."""

    STUDENT = "学生", _("学生")
    TEACHING_ASSISTANT = "助教", _("助教")
    LECTURER = "讲师", _("讲师")
    ASSOCIATE_PROFESSOR = "副教授", _("副教授")
    PROFESSOR = "教授", _("教授")
    RESEARCH_ASSISTANT = "研究实习员", _("研究实习员")
    ASSISTANT_RESEARCHER = "助理研究员", _("助理研究员")
    ASSOCIATE_RESEARCHER = "副研究员", _("副研究员")
    RESEARCHER = "研究员", _("研究员")
    ENGINEER = "工程师", _("工程师")
    SENIOR_ENGINEER = "高级工程师", _("高级工程师")
    LIBRARIAN = "馆员", _("馆员")
    ASSOCIATE_RESEARCH_LIBRARIAN = "副研究馆员", _("副研究馆员")
    RESEARCH_LIBRARIAN = "研究馆员", _("研究馆员")
    ADMINISTRATION = "行政人员", _("行政人员")
    OTHER = "其他", _("其他")


class Education(models.TextChoices):
    """学历, reached or being studied for. The stored value is the word itself."""

    COLLEGE = "大专", _("大专")
    BACHELOR = "本科", _("本科")
    MASTER = "硕士", _("硕士")
    DOCTOR = "博士", _("博士")
    OTHER = "其他", _("其他")


class ReaderState(models.TextChoices):
    PENDING = "pending", _("等待本馆审查")
    APPROVED = "approved", _("已通过")
    REFUSED = "refused", _("未通过")
    SUSPENDED = "suspended", _("已暂停")


class ReaderQuerySet(models.QuerySet["Reader"]):
    def approved(self) -> "ReaderQuerySet":
        return self.filter(state=ReaderState.APPROVED)

    def pending(self) -> "ReaderQuerySet":
        return self.filter(state=ReaderState.PENDING)


class Reader(models.Model):
    """读者: a person registered at one home library, approved there before the first login."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reader")
    library = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="readers", verbose_name=_("所属学校图书馆")
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
    registered_at = models.DateTimeField(_("注册时间"), default=timezone.now)
    decided_at = models.DateTimeField(_("审查时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("审查人")
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
        indexes = [models.Index(fields=["library", "state", "registered_at"], name="reader_queue")]
        # A refused registration does not stand in the way of a second, corrected one.
        constraints = [
            models.UniqueConstraint(
                "library",
                Upper("certificate_number"),
                condition=~Q(state="refused"),
                name="certificate_once_per_library",
            ),
            models.UniqueConstraint(
                fields=["reader_barcode"], condition=~Q(state="refused"), name="reader_barcode_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.reader_barcode})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Derive the barcode: 6-digit library code + certificate number (211130 + 13005129002550)."""
        if not self.reader_barcode:
            self.reader_barcode = self.barcode_of(self.library, self.certificate_number)
        super().save(*args, **kwargs)

    @property
    def is_approved(self) -> bool:
        return self.state == ReaderState.APPROVED

    @staticmethod
    def barcode_of(library: MemberLibrary, certificate_number: str) -> str:
        return f"{library.code}{certificate_number.upper()}"


class Role(models.TextChoices):
    LIBRARIAN = "librarian", _("馆际互借员")
    SUPERVISOR = "supervisor", _("主管")
    CENTER = "center", _("中心管理员")


class Assignment(models.Model):
    """A librarian's post at one library (or at the center); one is active at a time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("账号"))
    library = models.ForeignKey(
        MemberLibrary,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
        verbose_name=_("成员馆"),
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role, default=Role.LIBRARIAN)
    active = models.BooleanField(_("当前使用"), default=True)

    class Meta:
        verbose_name = _("馆员任职")
        verbose_name_plural = _("馆员任职")
        ordering = ["user_id", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="center", library__isnull=True) | ~Q(role="center") & Q(library__isnull=False),
                name="assignment_library_unless_center",
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(active=True), name="one_active_assignment_per_user"),
            models.UniqueConstraint(
                fields=["user", "library", "role"],
                nulls_distinct=False,
                name="assignment_appointed_once",
                violation_error_message=_("这个账号已有这个任职。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.place}"

    @property
    def place(self) -> str:
        """Where and as what: 北京邮电大学图书馆 馆际互借员, or 中心管理员."""
        return " ".join(part for part in (str(self.library or ""), self.get_role_display()) if part)
