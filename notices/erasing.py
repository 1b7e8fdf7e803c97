"""When a person goes, what was written to and about them goes too."""

from django.db.models import Q

from notices.models import Email, EmailState, SystemMessage
from readers.models import Reader

ERASED = "（已清除）"


def erase_letters_of(reader: Reader) -> None:
    """Delete the reader's letters and messages; from letters of desks that name the reader take the text.

    Letters that still wait to be sent are not sent any more.
    """
    SystemMessage.objects.filter(reader=reader).delete()
    Email.objects.filter(Q(reader=reader) | Q(to__iexact=reader.user.email, library=reader.library)).delete()
    if reader.reader_barcode:
        about = Email.objects.filter(library=reader.library, text__contains=reader.reader_barcode)
        about.filter(state=EmailState.QUEUED).update(state=EmailState.WITHDRAWN)
        about.update(subject=ERASED, text=ERASED, html="")
