"""Accounts and the posts of librarians."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary

LOGIN_NAME_RULE = RegexValidator(r"^[A-Za-z0-9]+\Z", _("登录名只能由字符a-z、A-Z、0-9组成，不能使用空格。"))


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
    password_letter_at = models.DateTimeField(null=True, blank=True, editable=False)  # the last link to set a password

    class Meta(AbstractUser.Meta):
        verbose_name = _("账号")  # type: ignore[assignment]
        verbose_name_plural = pgettext_lazy("plural", "账号")  # type: ignore[assignment]
        constraints = [models.UniqueConstraint(Lower("username"), name="username_unique_ignoring_case")]
        indexes = [models.Index(Lower("email"), name="user_email_lower")]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


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
