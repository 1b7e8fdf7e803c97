"""Listens to what the catalogue and readers announce."""

from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from catalog.signals import library_leaving
from readers.models import Reader, User
from readers.signals import account_event, closing_considered, reader_erased
from requests_app.anonymising import anonymise_of
from requests_app.leaving import refuse_to_leave
from requests_app.models import LoanRequest
from requests_app.states import Liable, State

# What became of a book that somebody else lost, others settle without the reader.
LOST_BY_OTHERS = Q(state=State.LOST) & ~Q(liable=Liable.READER)


@receiver(closing_considered, sender=Reader, dispatch_uid="requests_app.closing_considered")
def on_closing_considered(*, reader: Reader, **_unused: Any) -> str:
    """Until the lender has checked the book in, a return can be taken back and damage be found."""
    if LoanRequest.objects.open().of_reader(reader).exclude(LOST_BY_OTHERS).exists():
        return _("您归还的图书还没有由出借馆验收，验收之后才能销户。")
    return ""


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
