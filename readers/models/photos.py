"""Readers' photos: small JPEG files of our own making, kept in the database.

They are personal data that must vanish with the account in the same transaction, and must never have an address of
their own on a file server; some ten kilobytes each.
"""

import base64

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Photo(models.Model):
    """One photo of one reader: the current one (Reader.photo), or one checked for a card (PickupCard.photo)."""

    reader = models.ForeignKey("readers.Reader", on_delete=models.CASCADE, related_name="photos")
    jpeg = models.BinaryField()
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = _("照片")
        verbose_name_plural = _("照片")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.uploaded_at:%Y-%m-%d}"

    @property
    def data_address(self) -> str:
        """The picture as a data: address, for pages of a person who cannot log in yet."""
        return "data:image/jpeg;base64," + base64.b64encode(bytes(self.jpeg)).decode()
