"""Registering at a library: the account and the reader who waits for that library's review."""

import unicodedata
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from psycopg import errors as postgres_errors

from catalog.models import MemberLibrary, PauseKind
from readers.errors import RegistrationRefused
from readers.models import Reader, User
from readers.profile.photos import keep_portrait
from readers.selectors import registration_conflicts
from readers.signals import reader_registered

# The database has the last word on duplicates: its constraint, the field it is about, the sentence.
_FIELD_OF_CONSTRAINT = {
    "username_unique_ignoring_case": "username",
    "readers_user_username_key": "username",
    "certificate_once_per_library": "certificate_number",
    "reader_barcode_unique": "certificate_number",
}


@sensitive_variables("password")
def register_reader(
    *,
    library: MemberLibrary,
    username: str,
    password: str,
    email: str,
    name: str,
    certificate_number: str,
    certificate_type: str,
    phone: str,
    department: str,
    job_title: str,
    education: str,
    gender: str = "",
    birth_date: date | None = None,
    address: str = "",
    postcode: str = "",
    note: str = "",
    portrait: bytes | None = None,
    at: datetime | None = None,
) -> Reader:
    """Register a person at a library: an account and a reader who waits for that library's review.

    portrait: a picture made by photos.as_portrait. Raises RegistrationRefused when the library takes no
    registrations now, or when login name, certificate or e-mail are taken. Announces `reader_registered`.
    """
    at = at or timezone.now()
    certificate_number = normal_certificate(certificate_number)
    hashed = make_password(password)  # slow on purpose, so before the lock
    with transaction.atomic(), constraints_in_words():
        lock_registrations_of(library)
        _check_open_for_registration(library)
        conflicts = registration_conflicts(
            library=library, username=username, certificate_number=certificate_number, email=email
        )
        if conflicts:
            raise RegistrationRefused(conflicts)
        user = User.objects.create(username=username, email=email, first_name=name, password=hashed)
        reader = Reader.objects.create(
            user=user,
            library=library,
            name=name,
            certificate_type=certificate_type,
            certificate_number=certificate_number,
            gender=gender,
            birth_date=birth_date,
            phone=phone,
            department=department,
            job_title=job_title,
            education=education,
            address=address,
            postcode=postcode,
            note=note,
            registered_at=at,
            verification_sent_at=at,
        )
        if portrait:
            keep_portrait(reader=reader, jpeg=portrait, at=at)
        reader_registered.send(sender=Reader, reader=reader)
    return reader


def normal_certificate(text: str) -> str:
    """A certificate number as it is stored: half-width, upper case, without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def lock_registrations_of(library: MemberLibrary) -> None:
    """One registration at a time per library: e-mails have no constraint that spans account and reader."""
    MemberLibrary.objects.select_for_update(no_key=True).get(pk=library.pk)


def _check_open_for_registration(library: MemberLibrary) -> None:
    if not MemberLibrary.objects.registering().filter(pk=library.pk).exists():
        raise RegistrationRefused({"": _("%(library)s不办理读者注册。") % {"library": library}})
    if library.is_paused(PauseKind.BORROWING):
        raise RegistrationRefused({"": _("%(library)s现在暂停服务，不能注册。") % {"library": library}})


class constraints_in_words:
    """Turns a violated unique constraint (two registrations at the same moment) into RegistrationRefused."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        cause = error.__cause__ if isinstance(error, IntegrityError) else None
        if isinstance(cause, postgres_errors.UniqueViolation):
            field = _FIELD_OF_CONSTRAINT.get(cause.diag.constraint_name or "")
            if field == "username":
                raise RegistrationRefused({field: _("这个登录名已有人使用，请换一个。")}) from error
            if field == "certificate_number":
                raise RegistrationRefused({field: _("这个证件号码已在本馆注册。")}) from error
