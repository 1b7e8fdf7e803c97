"""A library's roster: who is approved without a look, because the library has put them on its list."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.errors import DecisionRefused, RosterRefused
from readers.models import Reader, ReaderState, ReaderType, RegistrationPolicy, RosterEntry, RosterUpload
from readers.registration.decisions import approve_reader
from readers.registration.roster_file import RosterRow, read_roster

BATCH = 2000


def entry_for(reader: Reader) -> RosterEntry | None:
    """The line of the library's roster with this certificate and, but for blanks and case, this name."""
    entry = RosterEntry.objects.filter(library=reader.library, certificate_number=reader.certificate_number).first()
    return entry if entry is not None and _plain(entry.name) == _plain(reader.name) else None


def _plain(name: str) -> str:
    return "".join(name.split()).casefold().replace("・", "·")


def approve_by_roster(*, reader: Reader, at: datetime | None = None) -> bool:
    """Approve a waiting reader with a verified e-mail whom the roster knows, where the library has chosen so."""
    if reader.state != ReaderState.PENDING or reader.email_verified_at is None:
        return False
    if not RegistrationPolicy.of(reader.library).approves_by_roster or entry_for(reader) is None:
        return False
    approve_reader(reader=reader, by=Actor.system(), at=at)
    return True


def approve_waiting(*, library: MemberLibrary, at: datetime | None = None) -> int:
    """After a new roster: approve those who wait and stand on it. Returns how many."""
    approved = 0
    for reader in Reader.objects.pending().filter(library=library, email_verified_at__isnull=False):
        try:
            approved += approve_by_roster(reader=reader, at=at)
        except DecisionRefused:  # a librarian was faster
            continue
    return approved


def store_roster(
    *, library: MemberLibrary, rows: list[RosterRow], replace: bool, by: Actor, at: datetime | None = None
) -> int:
    """Write the lines of an uploaded roster; `replace` forgets those of the old one that are not on it.

    Known certificates are updated; readers who are approved already stay what they are. Unknown reader types are made.
    Returns how many lines the roster has now. Raises RosterRefused for another library's roster.
    """
    if not by.works_for(library):
        raise RosterRefused(_("只能上传本馆的名单。"))
    at = at or timezone.now()
    with transaction.atomic():
        types = {kind.name: kind for kind in ReaderType.objects.filter(library=library)}
        for name in dict.fromkeys(row.reader_type for row in rows if row.reader_type):
            if name not in types:
                types[name] = ReaderType.objects.create(library=library, name=name)
        if replace:
            RosterEntry.objects.filter(library=library).delete()
        entries = [
            RosterEntry(
                library=library,
                certificate_number=row.certificate_number,
                name=row.name,
                reader_type=types.get(row.reader_type),
                expires_on=row.expires_on,
                added_at=at,
            )
            for row in rows
        ]
        RosterEntry.objects.bulk_create(
            entries,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["library", "certificate_number"],
            update_fields=["name", "reader_type", "expires_on", "added_at"],
        )
    return RosterEntry.objects.filter(library=library).count()


@dataclass(frozen=True)
class RosterPreview:
    """What confirming an upload would do."""

    new: int
    changed: int
    same: int
    gone: int  # lines of the present roster that are not in the file; forgotten when it replaces
    waiting: int  # registrations that wait now and stand on the new roster


def keep_upload(*, library: MemberLibrary, upload: UploadedFile, by: Actor, at: datetime | None = None) -> RosterUpload:
    """Read an uploaded file and keep what it says until somebody confirms. Raises RosterRefused as read_roster does."""
    if not by.works_for(library) or by.user is None:
        raise RosterRefused(_("只能上传本馆的名单。"))
    roster = read_roster(upload)
    RosterUpload.objects.filter(library=library).delete()
    return RosterUpload.objects.create(
        library=library,
        uploaded_by=by.user,
        file_name=str(upload.name)[:200],
        rows=[
            [row.certificate_number, row.name, row.reader_type, row.expires_on.isoformat() if row.expires_on else ""]
            for row in roster.rows
        ],
        errors=[[error.line, error.text, error.reason] for error in roster.errors],
        uploaded_at=at or timezone.now(),
    )


def preview_of(upload: RosterUpload) -> RosterPreview:
    """Compare an upload with the present roster and with who waits."""
    present = {
        entry.certificate_number: (entry.name, entry.reader_type.name if entry.reader_type else "", entry.expires_on)
        for entry in RosterEntry.objects.filter(library=upload.library).select_related("reader_type")
    }
    rows = rows_of(upload)
    by_number = {row.certificate_number: row for row in rows}
    same = sum(present.get(row.certificate_number) == (row.name, row.reader_type, row.expires_on) for row in rows)
    known = sum(row.certificate_number in present for row in rows)
    waiting = Reader.objects.pending().filter(library=upload.library, email_verified_at__isnull=False)
    return RosterPreview(
        new=len(rows) - known,
        changed=known - same,
        same=same,
        gone=len(present.keys() - by_number.keys()),
        waiting=sum(
            reader.certificate_number in by_number
            and _plain(by_number[reader.certificate_number].name) == _plain(reader.name)
            for reader in waiting
        ),
    )


def rows_of(upload: RosterUpload) -> list[RosterRow]:
    return [
        RosterRow(number, name, kind, date.fromisoformat(day) if day else None)
        for number, name, kind, day in upload.rows
    ]


def confirm_upload(*, upload: RosterUpload, replace: bool, by: Actor) -> tuple[int, int]:
    """Make the upload the library's roster. Returns (lines of the roster now, registrations approved by it)."""
    stored = store_roster(library=upload.library, rows=rows_of(upload), replace=replace, by=by)
    library = upload.library
    upload.delete()
    return stored, approve_waiting(library=library)


def forget_old_uploads(at: datetime | None = None) -> None:
    """Unconfirmed uploads hold people's names: they go after a day."""
    RosterUpload.objects.filter(uploaded_at__lt=(at or timezone.now()) - timedelta(days=1)).delete()
