"""Listens to what the catalogue and readers announce."""

from typing import Any

from django.dispatch import receiver

from catalog.models import MemberLibrary
from catalog.signals import library_leaving
from readers.models import Reader, User
from readers.signals import account_event, reader_erased
from requests_app.anonymising import anonymise_of
from requests_app.leaving import refuse_to_leave
from requests_app.models import LoanRequest


@receiver(library_leaving, sender=MemberLibrary, dispatch_uid="requests_app.library_leaving")
def on_library_leaving(*, library: MemberLibrary, **_unused: Any) -> None:
    refuse_to_leave(library)


@receiver(reader_erased, sender=Reader, dispatch_uid="requests_app.reader_erased")
def on_reader_erased(*, reader: Reader, **_unused: Any) -> None:
    anonymise_of(reader=reader)


@receiver(account_event, sender=User, dispatch_uid="requests_app.email_changed")
def on_account_event(*, what: str, reader: Reader | None, facts: dict[str, str], **_unused: Any) -> None:
    """Requests that run and name the former e-mail follow to the new one."""
    if what == "email_changed" and reader is not None:
        former = LoanRequest.objects.open().of_reader(reader).filter(email__iexact=facts["other_email"])
        former.update(email=reader.user.email)
