"""What the home library decides about an approved reader: suspension, expiry, type."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import ChangeRefused
from readers.models import Reader, ReaderState, ReaderType


def suspend_reader(
    *, reader: Reader, reason: str, by: Actor, until: date | None = None, at: datetime | None = None
) -> Reader:
    """Close borrowing from today to `until` (included; None: until it is lifted), with a reason the reader is told.

    What is on its way runs to its end. Raises ChangeRefused without a reason, for a day that is over, or for a reader
    who is not an approved one of `by`'s library.
    """
    at = at or timezone.now()
    today, reason = timezone.localdate(at), reason.strip()
    if not reason:
        raise ChangeRefused(_("请填写暂停的原因，读者会看到它。"))
    if until is not None and until < today:
        raise ChangeRefused(_("截止日期不能早于今天。"))
    with transaction.atomic():
        locked = _lock(reader, by)
        locked.suspended_on, locked.suspended_until = today, until
        locked.suspension_reason, locked.suspended_by = reason, by.user
        locked.save(update_fields=["suspended_on", "suspended_until", "suspension_reason", "suspended_by"])
        announce(
            "suspended", user=locked.user, reader=locked, at=at, reason=reason, until=until.isoformat() if until else ""
        )
    return locked


def lift_suspension(*, reader: Reader, by: Actor, at: datetime | None = None) -> Reader:
    """Open borrowing again. Raises ChangeRefused when nothing is suspended."""
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock(reader, by)
        if locked.suspended_on is None:
            raise ChangeRefused(_("这位读者没有被暂停。"))
        locked.suspended_on = locked.suspended_until = locked.suspended_by = None
        locked.suspension_reason = ""
        locked.save(update_fields=["suspended_on", "suspended_until", "suspension_reason", "suspended_by"])
        announce("suspension_lifted", user=locked.user, reader=locked, at=at)
    return locked


@transaction.atomic
def set_membership(*, reader: Reader, reader_type: ReaderType | None, expires_on: date | None, by: Actor) -> Reader:
    """Set reader type and last day (None: without end). Raises ChangeRefused for a type of another library."""
    locked = _lock(reader, by)
    if reader_type is not None and reader_type.library_id != locked.library_id:
        raise ChangeRefused(_("这个读者类型不属于读者所在的图书馆。"))
    locked.reader_type, locked.expires_on = reader_type, expires_on
    locked.save(update_fields=["reader_type", "expires_on"])
    return locked


def _lock(reader: Reader, by: Actor) -> Reader:
    locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
    if not by.works_for(locked.library):
        raise ChangeRefused(_("只有读者所在的图书馆可以办理。"))
    if locked.state != ReaderState.APPROVED:
        raise ChangeRefused(_("只有已通过审查的读者可以办理。"))
    return locked
