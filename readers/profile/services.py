"""What a reader changes alone, and what the librarian corrects about a person."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.models import GONE_STATES, Reader
from readers.registration.services import constraints_in_words, lock_registrations_of, normal_certificate
from readers.selectors import registration_conflicts

# What a reader may change without the librarian; `email` lives on the account.
CONTACT_FIELDS = ("phone", "department", "job_title", "education", "address", "postcode", "note")


def update_contact(*, reader: Reader, by: Actor, email: str, contact: Mapping[str, str]) -> Reader:
    """Change what a reader may change alone: the e-mail and the fields of CONTACT_FIELDS given in `contact`.

    Raises RegistrationRefused when the e-mail belongs to another reader of the same library.
    """
    unknown = set(contact) - set(CONTACT_FIELDS)
    if unknown:
        raise ValueError(f"not contact fields: {sorted(unknown)}")
    with transaction.atomic():
        lock_registrations_of(reader.library)
        locked = Reader.objects.select_for_update(of=("self",)).select_related("user").get(pk=reader.pk)
        if not (by.reader == locked or by.works_for(locked.library)):
            raise RegistrationRefused({"": _("只能修改自己的个人信息。")})
        if email.lower() != locked.user.email.lower():
            conflicts = registration_conflicts(library=locked.library, email=email, but=locked.pk)
            if conflicts:
                raise RegistrationRefused(conflicts)
        locked.user.email = email
        locked.user.save(update_fields=["email"])
        for field, value in contact.items():
            setattr(locked, field, value)
        locked.save(update_fields=list(contact))
    return locked


def correct_identity(
    *,
    reader: Reader,
    by: Actor,
    name: str,
    certificate_type: str,
    certificate_number: str,
    gender: str = "",
    birth_date: date | None = None,
) -> Reader:
    """Correct who a reader is, as the home librarian has seen it on paper; the barcode follows the certificate.

    Raises RegistrationRefused when another reader of the library has that certificate.
    """
    certificate_number = normal_certificate(certificate_number)
    with transaction.atomic(), constraints_in_words():
        lock_registrations_of(reader.library)
        locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        if not by.works_for(locked.library):
            raise RegistrationRefused({"": _("只有读者所在的图书馆可以更正身份信息。")})
        if locked.state not in GONE_STATES:
            conflicts = registration_conflicts(
                library=locked.library, certificate_number=certificate_number, but=locked.pk
            )
            if conflicts:
                raise RegistrationRefused(conflicts)
        locked.name = name
        locked.certificate_type = certificate_type
        locked.certificate_number = certificate_number
        locked.reader_barcode = Reader.barcode_of(locked.library, certificate_number)
        locked.gender = gender
        locked.birth_date = birth_date
        locked.save(
            update_fields=[
                "name", "certificate_type", "certificate_number", "reader_barcode", "gender", "birth_date",
            ]
        )  # fmt: skip
        locked.user.first_name = name
        locked.user.save(update_fields=["first_name"])
    return locked
