"""Changes of a reader's data that do not happen at once: identity waits for the librarian, an e-mail for two links."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from readers.models.accounts import User
from readers.models.choices import CertificateType, Gender
from readers.models.readers import CERTIFICATE_RULE, Reader


class ChangeState(models.TextChoices):
    ASKED = "asked", _("待审查")
    DONE = "done", _("已更改")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class IdentityChange(models.Model):
    """What a reader asks to have corrected about name or certificate; it waits for the librarian."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="identity_changes")
    name = models.CharField(_("读者姓名"), max_length=60)
    certificate_type = models.CharField(_("证件类型"), max_length=20, choices=CertificateType)
    certificate_number = models.CharField(_("证件号码"), max_length=14, validators=[CERTIFICATE_RULE])
    gender = models.CharField(_("读者性别"), max_length=10, choices=Gender, blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ChangeState, default=ChangeState.ASKED)
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    decided_at = models.DateTimeField(_("审查时间"), null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("身份信息更改")
        verbose_name_plural = _("身份信息更改")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["reader"], condition=Q(state="asked"), name="identity_change_asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.reader} → {self.name}"


class EmailChange(models.Model):
    """A new e-mail that counts once both addresses have confirmed it; the row is what makes its links single-use."""

    reader = models.OneToOneField(Reader, on_delete=models.CASCADE, related_name="email_change")
    old_email = models.EmailField()
    new_email = models.EmailField(_("新的E-mail"))
    asked_at = models.DateTimeField(default=timezone.now)
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("E-mail更改")
        verbose_name_plural = _("E-mail更改")

    def __str__(self) -> str:
        return f"{self.old_email} → {self.new_email}"
