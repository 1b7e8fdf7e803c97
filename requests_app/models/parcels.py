"""包裹: books that travel together from one library to another, and the list of what was put in."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary
from requests_app.models.requests import LoanRequest
from requests_app.states import State


class ParcelState(models.TextChoices):
    PACKING = "packing", _("装包中")
    SENT = "sent", _("已发出")
    RECEIVED = "received", _("已收到")


# Where a book is while it travels: on the way to the reader's library, or back to the lender.
ON_THE_WAY = (State.SHIPPED, State.RETURN_SHIPPED)


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, library: MemberLibrary | None) -> "ParcelQuerySet":
        """What a library sent or gets; what is still being packed only the sender sees. None: the center sees all."""
        if library is None:
            return self
        return self.filter(Q(sender=library) | Q(recipient=library) & ~Q(state=ParcelState.PACKING))


class Parcel(models.Model):
    """One parcel on one route. Loans and returns of the same route share it (拼包)."""

    sender = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="parcels_sent", verbose_name=_("寄件馆")
    )
    recipient = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="parcels_received", verbose_name=_("收件馆")
    )
    state = models.CharField(_("状态"), max_length=10, choices=ParcelState, default=ParcelState.PACKING)
    carrier = models.CharField(_("承运方"), max_length=40, blank=True)
    tracking_number = models.CharField(_("运单号"), max_length=40, blank=True, db_index=True)
    created_at = models.DateTimeField(_("开始装包"), default=timezone.now)
    sent_at = models.DateTimeField(_("发出时间"), null=True, blank=True)
    sent_by = models.CharField(_("发出人"), max_length=60, blank=True)
    received_at = models.DateTimeField(_("收到时间"), null=True, blank=True)
    received_by = models.CharField(_("收件人"), max_length=60, blank=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("包裹")
        verbose_name_plural = pgettext_lazy("plural", "包裹")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["sender", "state", "-sent_at"], name="parcel_sender"),
            models.Index(fields=["recipient", "state", "-sent_at"], name="parcel_recipient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "recipient"], condition=Q(state=ParcelState.PACKING), name="one_packing_per_route"
            ),
            models.CheckConstraint(condition=~Q(sender=F("recipient")), name="parcel_goes_elsewhere"),
            models.CheckConstraint(
                condition=Q(state=ParcelState.PACKING) | Q(sent_at__isnull=False), name="sent_parcel_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What its label says and a scanner reads: P-0000042. Shaped so that it is never a request number."""
        return f"P-{self.pk:07d}"


class ParcelItem(models.Model):
    """One book in one parcel. Whether it has arrived is not kept here: the state of its request says so.

    sent_at: when the parcel left with it; refusal: why it could not leave with the parcel before; withdrawn_at: when
    its sending was taken back.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="items")
    request = models.ForeignKey(LoanRequest, on_delete=models.PROTECT, related_name="parcel_items")
    added_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("包裹中的书")
        verbose_name_plural = _("包裹中的书")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["parcel", "request"], name="book_once_in_a_parcel"),
            models.UniqueConstraint(fields=["request"], condition=Q(sent_at__isnull=True), name="book_packed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id}/{self.request_id}"
