"""How one library takes readers in: its policy, and the roster it may approve by."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import MemberLibrary
from readers.models.accounts import User
from readers.models.readers import CERTIFICATE_RULE
from readers.models.types import ReaderType


def default_card_days() -> int:
    return int(settings.READERS["CARD_DAYS"])


class RegistrationPolicy(models.Model):
    """What one library has chosen; absent means the defaults (`RegistrationPolicy.of`)."""

    library = models.OneToOneField(
        MemberLibrary, on_delete=models.CASCADE, related_name="registration_policy", verbose_name=_("成员馆")
    )
    approves_by_roster = models.BooleanField(
        _("按名单自动通过"),
        default=False,
        help_text=_("证件号码和姓名与名单一致、E-mail已验证的注册，不再逐个审查。"),
    )
    membership_days = models.PositiveSmallIntegerField(
        _("读者资格有效期（天）"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("自通过审查之日起；留空则不限期。名单里写明有效期的，以名单为准。"),
    )
    card_days = models.PositiveSmallIntegerField(
        _("联盟自取借书证有效期（天）"), default=default_card_days, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("注册与办证规则")
        verbose_name_plural = _("注册与办证规则")

    def __str__(self) -> str:
        return str(self.library)

    @classmethod
    def of(cls, library: MemberLibrary) -> "RegistrationPolicy":
        """The library's policy, or an unsaved one with the defaults."""
        return cls.objects.filter(library=library).first() or cls(library=library)


class RosterEntry(models.Model):
    """One person of a library's roster, by whom it approves without looking; certificate in its stored form."""

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.CASCADE, related_name="roster", verbose_name=_("成员馆")
    )
    certificate_number = models.CharField(_("证件号码"), max_length=14, validators=[CERTIFICATE_RULE])
    name = models.CharField(_("读者姓名"), max_length=60)
    reader_type = models.ForeignKey(
        ReaderType, null=True, blank=True, on_delete=models.SET_NULL, verbose_name=_("读者类型")
    )
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    added_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = _("读者名单")
        verbose_name_plural = _("读者名单")
        ordering = ["library__code", "certificate_number"]
        constraints = [
            models.UniqueConstraint(fields=["library", "certificate_number"], name="roster_certificate_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.certificate_number}"


class RosterUpload(models.Model):
    """A roster that was read and not yet confirmed: good lines and bad ones. Gone when confirmed, or next day."""

    library = models.ForeignKey(MemberLibrary, on_delete=models.CASCADE, related_name="+")
    uploaded_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    rows = models.JSONField()  # [certificate_number, name, reader_type, expires_on as 2027-06-30 or ""]
    errors = models.JSONField()  # [line, text, reason]
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("上传的名单")
        verbose_name_plural = _("上传的名单")

    def __str__(self) -> str:
        return self.file_name
