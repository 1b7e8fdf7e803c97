"""What changes readers: registration, the home library's decision, corrections and contact data."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from psycopg import errors as postgres_errors

from catalog.models import MemberLibrary, PauseKind
from readers.actors import Actor
from readers.errors import DecisionRefused, RegistrationRefused
from readers.models import GONE_STATES, Reader, ReaderState, User
from readers.selectors import registration_conflicts
from readers.signals import reader_decided, reader_registered

# What a reader may change without the librarian; `email` lives on the account.
CONTACT_FIELDS = ("phone", "department", "job_title", "education", "address", "postcode", "note")

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
    at: datetime | None = None,
) -> Reader:
    """Register a person at a library: an account and a reader who waits for that library's review.

    Raises RegistrationRefused when the library takes no registrations now, or when login name, certificate
    or e-mail are taken. Announces `reader_registered`.
    """
    certificate_number = normal_certificate(certificate_number)
    hashed = make_password(password)  # slow on purpose, so before the lock
    with transaction.atomic(), _constraints_in_words():
        _lock_registrations_of(library)
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
            registered_at=at or timezone.now(),
        )
        reader_registered.send(sender=Reader, reader=reader)
    return reader


def approve_reader(*, reader: Reader, by: Actor, at: datetime | None = None) -> Reader:
    """Let a waiting reader in. Raises DecisionRefused if someone has decided already, or it is not `by`'s to do."""
    return _decide(reader, state=ReaderState.APPROVED, reason="", by=by, at=at)


def refuse_reader(*, reader: Reader, reason: str, by: Actor, at: datetime | None = None) -> Reader:
    """Refuse a waiting reader with a reason that the reader is told. Raises DecisionRefused as approve_reader does."""
    reason = reason.strip()
    if not reason:
        raise DecisionRefused(_("请填写不通过的原因，读者会看到它。"))
    return _decide(reader, state=ReaderState.REFUSED, reason=reason, by=by, at=at)


def _decide(reader: Reader, *, state: ReaderState, reason: str, by: Actor, at: datetime | None) -> Reader:
    at = at or timezone.now()
    with transaction.atomic():
        locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        if not by.works_for(locked.library):
            raise DecisionRefused(_("只有%(library)s可以审查这位读者。") % {"library": locked.library})
        if locked.state != ReaderState.PENDING:
            raise DecisionRefused(_decided_already(locked))
        locked.state = state
        locked.refusal_reason = reason
        locked.decided_at = at
        locked.decided_by = by.user
        locked.save(update_fields=["state", "refusal_reason", "decided_at", "decided_by"])
        reader_decided.send(sender=Reader, reader=locked, approved=state == ReaderState.APPROVED, at=at)
    for field in ("state", "refusal_reason", "decided_at", "decided_by"):
        setattr(reader, field, getattr(locked, field))
    return locked


def _decided_already(reader: Reader) -> str:
    moment = timezone.localtime(reader.decided_at).strftime("%Y-%m-%d %H:%M") if reader.decided_at else ""
    return _("%(name)s 已审查过，现在是“%(state)s”（%(who)s %(moment)s），没有再作改动。") % {
        "name": reader.name,
        "state": reader.get_state_display(),
        "who": reader.decided_by or "",
        "moment": moment,
    }


def update_contact(*, reader: Reader, by: Actor, email: str, contact: Mapping[str, str]) -> Reader:
    """Change what a reader may change alone: the e-mail and the fields of CONTACT_FIELDS given in `contact`.

    Raises RegistrationRefused when the e-mail belongs to another reader of the same library.
    """
    unknown = set(contact) - set(CONTACT_FIELDS)
    if unknown:
        raise ValueError(f"not contact fields: {sorted(unknown)}")
    with transaction.atomic():
        _lock_registrations_of(reader.library)
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
    with transaction.atomic(), _constraints_in_words():
        _lock_registrations_of(reader.library)
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


def normal_certificate(text: str) -> str:
    """A certificate number as it is stored: half-width, upper case, without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def _lock_registrations_of(library: MemberLibrary) -> None:
    """One registration at a time per library: e-mails have no constraint that spans account and reader."""
    MemberLibrary.objects.select_for_update(no_key=True).get(pk=library.pk)


def _check_open_for_registration(library: MemberLibrary) -> None:
    if not MemberLibrary.objects.registering().filter(pk=library.pk).exists():
        raise RegistrationRefused({"": _("%(library)s不办理读者注册。") % {"library": library}})
    if library.is_paused(PauseKind.BORROWING):
        raise RegistrationRefused({"": _("%(library)s现在暂停服务，不能注册。") % {"library": library}})


class _constraints_in_words:
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
