"""Listens to what readers announces."""

from typing import Any

from django.dispatch import receiver

from readers.models import Reader
from readers.signals import reader_erased
from requests_app.anonymising import anonymise_of


@receiver(reader_erased, sender=Reader, dispatch_uid="requests_app.reader_erased")
def on_reader_erased(*, reader: Reader, **_unused: Any) -> None:
    anonymise_of(reader=reader)
