"""What the home library decides about a registration."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import DecisionRefused
from readers.models import Reader, ReaderState, RegistrationPolicy, RosterEntry
from readers.registration.waiting import WAITING
from readers.signals import reader_decided


def approve_reader(*, reader: Reader, by: Actor, at: datetime | None = None) -> Reader:
    """Let a waiting reader in. Raises DecisionRefused if someone has decided already, or it is not `by`'s to do."""
    return _decide(reader, state=ReaderState.APPROVED, reason="", by=by, at=at)


def refuse_reader(*, reader: Reader, reason: str, by: Actor, at: datetime | None = None) -> Reader:
    """Refuse a waiting reader with a reason that the reader is told. Raises DecisionRefused as approve_reader does."""
    reason = reason.strip()
    if not reason:
        raise DecisionRefused(_("请填写不通过的原因，读者会看到它。"))
    return _decide(reader, state=ReaderState.REFUSED, reason=reason, by=by, at=at)


@transaction.atomic
def ask_correction(*, reader: Reader, note: str, by: Actor, at: datetime | None = None) -> Reader:
    """Send a waiting registration back to the person, who corrects it and waits again.

    Raises DecisionRefused without a note, for another library's reader, or when somebody has decided already.
    """
    note = note.strip()
    if not note:
        raise DecisionRefused(_("请写明要更正什么，读者会看到它。"))
    locked = _lock_waiting(reader, by)
    locked.state, locked.correction_note = ReaderState.CORRECTION, note
    locked.save(update_fields=["state", "correction_note"])
    announce("correction_asked", user=locked.user, reader=locked, at=at or timezone.now())
    reader.state, reader.correction_note = locked.state, locked.correction_note
    return locked


def _decide(reader: Reader, *, state: ReaderState, reason: str, by: Actor, at: datetime | None) -> Reader:
    at = at or timezone.now()
    with transaction.atomic():
        locked = _lock_waiting(reader, by)
        locked.state = state
        locked.refusal_reason = reason
        locked.correction_note = ""
        if state == ReaderState.APPROVED:
            _take_in(locked, at)
        locked.decided_at = at
        locked.decided_by = by.user
        locked.save(
            update_fields=[
                "state",
                "refusal_reason",
                "correction_note",
                "decided_at",
                "decided_by",
                "reader_type",
                "expires_on",
            ]
        )
        reader_decided.send(sender=Reader, reader=locked, approved=state == ReaderState.APPROVED, at=at)
    for field in ("state", "refusal_reason", "decided_at", "decided_by"):
        setattr(reader, field, getattr(locked, field))
    return locked


def _take_in(reader: Reader, at: datetime) -> None:
    """Give a new reader type and last day: the roster's where the reader stands on it, else the library's rule."""
    entry = RosterEntry.objects.filter(library=reader.library, certificate_number=reader.certificate_number).first()
    if entry is not None:
        reader.reader_type_id = reader.reader_type_id or entry.reader_type_id
        reader.expires_on = entry.expires_on
    reader.expires_on = reader.expires_on or first_expiry(reader.library, at)


def first_expiry(library: MemberLibrary, at: datetime) -> date | None:
    """The last day of a reader taken in now by the library's rule; None where it has none."""
    days = RegistrationPolicy.of(library).membership_days
    return timezone.localdate(at) + timedelta(days=days) if days else None


def _lock_waiting(reader: Reader, by: Actor) -> Reader:
    locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
    if not by.works_for(locked.library):
        raise DecisionRefused(_("只有%(library)s可以审查这位读者。") % {"library": locked.library})
    if locked.state not in WAITING:
        raise DecisionRefused(_decided_already(locked))
    return locked


def _decided_already(reader: Reader) -> str:
    moment = timezone.localtime(reader.decided_at).strftime("%Y-%m-%d %H:%M") if reader.decided_at else ""
    return _("%(name)s 已审查过，现在是“%(state)s”（%(who)s %(moment)s），没有再作改动。") % {
        "name": reader.name,
        "state": reader.get_state_display(),
        "who": reader.decided_by or "",
        "moment": moment,
    }
