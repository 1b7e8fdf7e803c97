"""Listens to what the apps below announce; every listener only writes rows, in the transaction of the change."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from notices.erasing import erase_letters_about, erase_letters_of
from notices.fines import book_fines
from notices.models import Fine
from notices.telling import tell_of_account, tell_of_move, tell_of_registration
from readers.models import Reader, User
from readers.profile.nobody import nobody_of
from readers.signals import account_event, closing_considered, reader_decided, reader_erased, reader_registered
from requests_app.models import LoanRequest, RequestEvent
from requests_app.signals import request_moved, requests_anonymised


@receiver(request_moved, sender=LoanRequest, dispatch_uid="notices.request_moved")
def on_request_moved(*, request: LoanRequest, event: RequestEvent, **_unused: Any) -> None:
    book_fines(request=request, event=event)
    tell_of_move(request=request, event=event)


@receiver(reader_registered, sender=Reader, dispatch_uid="notices.reader_registered")
def on_reader_registered(*, reader: Reader, **_unused: Any) -> None:
    tell_of_registration(reader=reader, what="registered", at=reader.registered_at)


@receiver(reader_decided, sender=Reader, dispatch_uid="notices.reader_decided")
def on_reader_decided(*, reader: Reader, approved: bool, at: datetime, **_unused: Any) -> None:
    tell_of_registration(reader=reader, what="approved" if approved else "refused", at=at)


@receiver(account_event, sender=User, dispatch_uid="notices.account_event")
def on_account_event(
    *, what: str, user: User, reader: Reader | None, at: datetime, facts: dict[str, str], **_unused: Any
) -> None:
    tell_of_account(user=user, reader=reader, what=what, at=at, facts=facts)


@receiver(closing_considered, sender=Reader, dispatch_uid="notices.closing_considered")
def on_closing_considered(*, reader: Reader, **_unused: Any) -> str:
    if Fine.objects.open().of_reader(reader).exists():  # what others owe, they settle without the reader
        return _("还有没有处理的罚款，处理后才能销户。")
    return ""


@receiver(reader_erased, sender=Reader, dispatch_uid="notices.reader_erased")
def on_reader_erased(*, reader: Reader, **_unused: Any) -> None:
    erase_letters_of(reader)


@receiver(requests_anonymised, sender=LoanRequest, dispatch_uid="notices.requests_anonymised")
def on_requests_anonymised(*, numbers: list[str], **_unused: Any) -> None:
    erase_letters_about(numbers)
    for fine in Fine.objects.filter(request__number__in=numbers).select_related("request__home_library"):
        fine.reader, fine.note = nobody_of(fine.request.home_library), ""
        fine.save(update_fields=["reader", "note"])
