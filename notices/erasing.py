"""When a person goes, what was written to and about them goes too."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from notices.models import Email, EmailState, SystemMessage
from readers.models import Reader
from requests_app.anonymising import months_before

ERASED = "（已清除）"
# The last letter to somebody who has gone holds the address: as long as a mail server may take to complain.
FAREWELL_KEPT = timedelta(days=7)


def erase_letters_of(reader: Reader) -> None:
    """Delete the reader's letters and messages; from letters of desks that name the reader take the text.

    Letters that still wait to be sent are not sent any more.
    """
    SystemMessage.objects.filter(reader=reader).delete()
    Email.objects.filter(Q(reader=reader) | Q(to__iexact=reader.user.email, library=reader.library)).delete()
    if reader.reader_barcode:
        about = Email.objects.filter(library=reader.library, text__contains=reader.reader_barcode)
        about.filter(state=EmailState.QUEUED).update(state=EmailState.WITHDRAWN)
        about.update(subject=ERASED, text=ERASED)


def erase_letters_about(numbers: list[str]) -> None:
    """Delete letters and messages about requests that no longer say whose they were."""
    SystemMessage.objects.filter(request_number__in=numbers).delete()
    Email.objects.filter(request_number__in=numbers).delete()


def forget_letters(*, at: datetime | None = None) -> None:
    """Delete letters that lie here longer than anything needs them: after ANONYMISE_MONTHS, farewells after a week."""
    at = at or timezone.now()
    over = Email.objects.exclude(state__in=[EmailState.QUEUED, EmailState.SENDING])
    over.filter(kind="account_closed", created_at__lt=at - FAREWELL_KEPT).delete()
    months = int(settings.READERS["ANONYMISE_MONTHS"])
    if months:
        over.filter(created_at__lt=months_before(at, months)).delete()
