"""What readers do with their messages."""

from datetime import datetime

from django.utils import timezone

from notices.models import SystemMessage
from readers.models import Reader


def mark_read(*, message: SystemMessage, by: Reader, at: datetime | None = None) -> None:
    """Mark one of the reader's own messages as read; the first reading counts."""
    SystemMessage.objects.of_reader(by).unread().filter(pk=message.pk).update(read_at=at or timezone.now())


def mark_all_read(*, by: Reader, at: datetime | None = None) -> int:
    """Mark everything the reader has got so far as read; returns how many were unread."""
    return SystemMessage.objects.of_reader(by).unread().update(read_at=at or timezone.now())
