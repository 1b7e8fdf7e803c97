"""A reader made by the home librarian at the desk, with the certificate in hand: approved at once."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from readers.accounts.passwords import send_first_password_link
from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.models import Reader, ReaderState, ReaderType, User
from readers.registration.decisions import first_expiry
from readers.registration.services import constraints_in_words, lock_registrations_of, normal_certificate
from readers.selectors import registration_conflicts


def create_reader(
    *,
    library: MemberLibrary,
    by: Actor,
    username: str,
    email: str,
    name: str,
    certificate_number: str,
    reader_type: ReaderType | None = None,
    expires_on: date | None = None,
    at: datetime | None = None,
    **details: Any,
) -> Reader:
    """An approved reader without a password: a letter brings the link to choose the first one.

    details: further fields of the registration form. Raises RegistrationRefused for another library, or when login
    name, certificate or e-mail are taken.
    """
    at = at or timezone.now()
    if not by.works_for(library):
        raise RegistrationRefused({"": _("只能为本馆建立读者。")})
    certificate_number = normal_certificate(certificate_number)
    with transaction.atomic(), constraints_in_words():
        lock_registrations_of(library)
        conflicts = registration_conflicts(
            library=library, username=username, certificate_number=certificate_number, email=email
        )
        if conflicts:
            raise RegistrationRefused(conflicts)
        user = User(username=username, email=email, first_name=name)
        user.set_unusable_password()
        user.save()
        reader = Reader.objects.create(
            user=user,
            library=library,
            name=name,
            certificate_number=certificate_number,
            reader_type=reader_type,
            expires_on=expires_on or first_expiry(library, at),
            state=ReaderState.APPROVED,
            registered_at=at,
            decided_at=at,
            decided_by=by.user,
            **details,
        )
        send_first_password_link(reader=reader, at=at)
    return reader
