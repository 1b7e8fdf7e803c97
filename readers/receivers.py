"""Listens to this app's own announcements."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.dispatch import receiver

from readers.models import Reader
from readers.signals import reader_erased


@receiver(reader_erased, sender=Reader, dispatch_uid="readers.reader_erased")
def on_reader_erased(*, reader: Reader, **_unused: Any) -> None:
    """The back office's log names the reader whom it is about."""
    kinds = ContentType.objects.get_for_models(Reader, type(reader.user))
    for row in (reader, reader.user):
        LogEntry.objects.filter(content_type=kinds[type(row)], object_id=str(row.pk)).delete()
