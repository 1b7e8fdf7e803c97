"""Registrations that came to nothing are not kept."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from readers.models import Reader, ReaderState
from readers.signals import reader_erased


def forget_registrations(*, at: datetime | None = None) -> int:
    """Delete refused registrations, and waiting ones whose e-mail nobody ever proved, after REGISTRATION_DAYS.

    Returns how many. A waiting one that was verified stays until the library decides.
    """
    before = (at or timezone.now()) - timedelta(days=int(settings.READERS["REGISTRATION_DAYS"]))
    over = Reader.objects.filter(
        Q(state=ReaderState.REFUSED, decided_at__lt=before)
        | Q(
            state__in=(ReaderState.PENDING, ReaderState.CORRECTION),
            email_verified_at__isnull=True,
            registered_at__lt=before,
        )
    ).select_related("user", "library")
    count = 0
    for reader in over:
        with transaction.atomic():
            reader_erased.send(sender=Reader, reader=reader)
            reader.user.delete()
        count += 1
    return count
