"""Who a reader is: the librarian corrects it from the certificate; the reader asks, and the librarian agrees or not."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import ChangeRefused, RegistrationRefused
from readers.models import GONE_STATES, ChangeState, IdentityChange, Reader
from readers.registration.services import constraints_in_words, lock_registrations_of, normal_certificate
from readers.selectors import registration_conflicts

IDENTITY_FIELDS = ("name", "certificate_type", "certificate_number", "gender", "birth_date")


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


def ask_identity_change(
    *,
    reader: Reader,
    by: Actor,
    name: str,
    certificate_type: str,
    certificate_number: str,
    gender: str = "",
    birth_date: date | None = None,
    note: str = "",
    at: datetime | None = None,
) -> IdentityChange:
    """The reader asks for a correction, which waits for the home library's review.

    Raises ChangeRefused when nothing differs, another one waits already, or it is somebody else's; RegistrationRefused
    when another reader of the library has that certificate.
    """
    if by.reader != reader:
        raise ChangeRefused(_("只能更改自己的身份信息。"))
    asked = {
        "name": name,
        "certificate_type": certificate_type,
        "certificate_number": normal_certificate(certificate_number),
        "gender": gender,
        "birth_date": birth_date,
    }
    if all(getattr(reader, field) == value for field, value in asked.items()):
        raise ChangeRefused(_("与现在的身份信息相同，没有需要更改的。"))
    conflicts = registration_conflicts(
        library=reader.library, certificate_number=str(asked["certificate_number"]), but=reader.pk
    )
    if conflicts:
        raise RegistrationRefused(conflicts)
    at = at or timezone.now()
    try:
        with transaction.atomic():
            change = IdentityChange.objects.create(reader=reader, note=note, asked_at=at, **asked)
            announce("identity_change_asked", user=reader.user, reader=reader, at=at)
    except IntegrityError as error:
        raise ChangeRefused(_("您已提出更改，正在等待本馆审查；可先撤回再提出。")) from error
    return change


@transaction.atomic
def withdraw_identity_change(*, reader: Reader, by: Actor) -> None:
    """The reader takes the own request back; nothing happens when there is none."""
    if by.reader != reader:
        raise ChangeRefused(_("只能更改自己的身份信息。"))
    IdentityChange.objects.filter(reader=reader, state=ChangeState.ASKED).delete()


@transaction.atomic
def decide_identity_change(
    *, change: IdentityChange, agree: bool, by: Actor, reason: str = "", at: datetime | None = None
) -> IdentityChange:
    """The librarian agrees (the data change, the barcode follows) or refuses with a reason the reader is told.

    Raises ChangeRefused when somebody has decided already, without a reason, or for another library's reader;
    RegistrationRefused when the certificate is taken meanwhile.
    """
    at = at or timezone.now()
    locked = IdentityChange.objects.select_for_update(of=("self",)).select_related("reader__library").get(pk=change.pk)
    reader = locked.reader
    if not by.works_for(reader.library):
        raise ChangeRefused(_("只有读者所在的图书馆可以更正身份信息。"))
    if locked.state != ChangeState.ASKED:
        raise ChangeRefused(_("这项更改已经审查过或已被读者撤回。"))
    reason = reason.strip()
    if not agree and not reason:
        raise ChangeRefused(_("请填写不通过的原因，读者会看到它。"))
    if agree:
        reader = correct_identity(reader=reader, by=by, **{field: getattr(locked, field) for field in IDENTITY_FIELDS})
    locked.state = ChangeState.DONE if agree else ChangeState.REFUSED
    locked.decided_at, locked.decided_by, locked.reason = at, by.user, reason
    locked.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    what = "identity_changed" if agree else "identity_change_refused"
    announce(what, user=reader.user, reader=reader, at=at, reason=reason)
    return locked
