"""What a person may do with the own registration while it waits: correct it, or withdraw it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.errors import DecisionRefused, RegistrationRefused
from readers.models import Reader, ReaderState
from readers.profile.photos import keep_portrait
from readers.registration.services import constraints_in_words, lock_registrations_of, normal_certificate
from readers.selectors import registration_conflicts
from readers.signals import reader_erased

WAITING = (ReaderState.PENDING, ReaderState.CORRECTION)
CORRECTABLE = (
    "name", "certificate_type", "certificate_number", "gender", "birth_date", "phone", "department", "job_title",
    "education", "address", "postcode", "note",
)  # fmt: skip


def correct_registration(
    *, reader: Reader, email: str, values: Mapping[str, Any], portrait: bytes | None = None, at: datetime | None = None
) -> Reader:
    """The person corrects what was typed; a registration that the library had sent back waits again.

    values: fields of CORRECTABLE. portrait: another photo, made by photos.as_portrait. Another e-mail has to be
    verified anew. Raises RegistrationRefused when certificate or e-mail are taken, or somebody has decided meanwhile.
    """
    unknown = set(values) - set(CORRECTABLE)
    if unknown:
        raise ValueError(f"not fields of a registration: {sorted(unknown)}")
    at = at or timezone.now()
    with transaction.atomic(), constraints_in_words():
        lock_registrations_of(reader.library)
        locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        if locked.state not in WAITING:
            raise RegistrationRefused({"": _("本馆已经审查过这个注册，不能再更正。")})
        certificate_number = normal_certificate(str(values.get("certificate_number", locked.certificate_number)))
        conflicts = registration_conflicts(
            library=locked.library, certificate_number=certificate_number, email=email, but=locked.pk
        )
        if conflicts:
            raise RegistrationRefused(conflicts)
        for field, value in values.items():
            setattr(locked, field, value)
        locked.certificate_number = certificate_number
        locked.reader_barcode = Reader.barcode_of(locked.library, certificate_number)
        was_sent_back = locked.state == ReaderState.CORRECTION
        locked.state, locked.correction_note = ReaderState.PENDING, ""
        is_new_address = email.lower() != locked.user.email.lower()
        if is_new_address:
            locked.email_verified_at, locked.verification_sent_at = None, at
        locked.save()
        if portrait:
            keep_portrait(reader=locked, jpeg=portrait, at=at)
        locked.user.email, locked.user.first_name = email, locked.name
        locked.user.save(update_fields=["email", "first_name"])
        if is_new_address:
            announce("verification_asked", user=locked.user, reader=locked, at=at)
        elif was_sent_back:
            announce("registration_corrected", user=locked.user, reader=locked, at=at)
    return locked


@transaction.atomic
def withdraw_registration(*, reader: Reader) -> None:
    """撤回注册: nothing of the person is kept. Raises DecisionRefused when the library has decided meanwhile."""
    locked = Reader.objects.select_for_update(of=("self",)).select_related("user").get(pk=reader.pk)
    if locked.state not in WAITING:
        raise DecisionRefused(_("本馆已经审查过这个注册，不能再撤回。"))
    reader_erased.send(sender=Reader, reader=locked)
    locked.user.delete()
