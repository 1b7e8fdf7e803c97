"""联盟自取借书证: the card with which a reader fetches books in person at other libraries."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from readers.models.accounts import User
from readers.models.photos import Photo
from readers.models.readers import Reader


class CardState(models.TextChoices):
    APPLIED = "applied", _("已申请，待本馆办理")
    ISSUED = "issued", _("已发证")
    REFUSED = "refused", _("未通过")
    REVOKED = "revoked", _("已吊销")
    REPLACED = "replaced", _("已换新证")


class PickupCardQuerySet(models.QuerySet["PickupCard"]):
    def applied(self) -> "PickupCardQuerySet":
        return self.filter(state=CardState.APPLIED)

    def valid(self, on: date | None = None) -> "PickupCardQuerySet":
        """Cards issued and not run out on that day (default today). The reader's standing is another question."""
        return self.filter(state=CardState.ISSUED, valid_until__gte=on or timezone.localdate())


class PickupCard(models.Model):
    """One application and, once issued, the card. `serial` is given with the issue and never used again."""

    reader = models.ForeignKey(Reader, on_delete=models.CASCADE, related_name="cards", verbose_name=_("读者"))
    state = models.CharField(_("状态"), max_length=10, choices=CardState, default=CardState.APPLIED)
    applied_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    serial = models.CharField(_("证号"), max_length=20, null=True, blank=True, unique=True)
    issued_at = models.DateTimeField(_("发证时间"), null=True, blank=True)
    issued_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("发证人")
    )
    photo = models.ForeignKey(
        Photo, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("照片")
    )  # as it was checked; a later photo of the reader does not change the card
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)  # refused, revoked or replaced
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("经办人")
    )
    reason = models.CharField(_("原因"), max_length=200, blank=True)  # of a refusal or revocation; the reader reads it

    objects = PickupCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("联盟自取借书证")
        verbose_name_plural = pgettext_lazy("plural", "联盟自取借书证")
        ordering = ["-applied_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["reader"], condition=Q(state="applied"), name="card_applied_once"),
            models.UniqueConstraint(fields=["reader"], condition=Q(state="issued"), name="card_issued_once"),
            models.CheckConstraint(
                condition=~Q(state="issued")
                | Q(serial__isnull=False, issued_at__isnull=False, valid_until__isnull=False),
                name="issued_card_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return self.serial or f"{self.reader} {self.get_state_display()}"

    def is_valid(self, on: date | None = None) -> bool:
        """Issued and not run out on that day (default today in Beijing)."""
        return (
            self.state == CardState.ISSUED
            and self.valid_until is not None
            and self.valid_until >= (on or timezone.localdate())
        )
