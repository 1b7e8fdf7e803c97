"""Another e-mail: both addresses confirm it by a link; without the old one, the home librarian changes it on sight."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import ChangeRefused, LinkRefused, RegistrationRefused
from readers.models import EmailChange, Reader
from readers.registration.services import lock_registrations_of
from readers.selectors import registration_conflicts

_SALT = "readers.profile.email-change"
LINK_LIFE = timedelta(days=3)


class Side(StrEnum):
    """Which of the two addresses a link was sent to."""

    OLD = "old"
    NEW = "new"


def ask_email_change(*, reader: Reader, new_email: str, by: Actor, at: datetime | None = None) -> EmailChange:
    """Write to both addresses; the address stays what it is until both have confirmed. A new wish replaces an older.

    Raises RegistrationRefused when the address is taken at this library, or is the present one.
    """
    if by.reader != reader:
        raise ChangeRefused(_("只能修改自己的个人信息。"))
    at = at or timezone.now()
    _check_new_email(reader, new_email)
    with transaction.atomic():
        EmailChange.objects.filter(reader=reader).delete()
        change = EmailChange.objects.create(
            reader=reader, old_email=reader.user.email, new_email=new_email, asked_at=at
        )
        announce(
            "email_change_asked",
            user=reader.user,
            reader=reader,
            at=at,
            other_email=new_email,
            new_email=new_email,
            old_email=reader.user.email,
            old_path=_path(change, Side.OLD),
            new_path=_path(change, Side.NEW),
        )
    return change


def cancel_email_change(*, reader: Reader, by: Actor) -> None:
    """The reader thinks better of it; the links die with the row."""
    if by.reader != reader:
        raise ChangeRefused(_("只能修改自己的个人信息。"))
    EmailChange.objects.filter(reader=reader).delete()


def change_of_token(token: str) -> tuple[EmailChange, Side]:
    """Which change, and which address the link was sent to. Raises LinkRefused for a dead or broken link."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except signing.BadSignature as error:
        raise LinkRefused(_("这个链接不完整或已经过期。请登录后重新更改E-mail。")) from error
    change = EmailChange.objects.select_related("reader__library", "reader__user").filter(pk=told["change"]).first()
    if change is None or change.reader.user.email != change.old_email:
        raise LinkRefused(_("这个链接已经用过，或者E-mail的更改已经取消。"))
    return change, Side(told["side"])


@transaction.atomic
def confirm_email_change(*, token: str, at: datetime | None = None) -> EmailChange:
    """One of the two addresses agrees; with the second the e-mail is changed and the links are dead.

    Raises LinkRefused for a dead link, RegistrationRefused when somebody took the address meanwhile.
    """
    at = at or timezone.now()
    found, side = change_of_token(token)
    change = EmailChange.objects.select_for_update(of=("self",)).select_related("reader__user").get(pk=found.pk)
    if side is Side.OLD:
        change.old_confirmed_at = change.old_confirmed_at or at
    else:
        change.new_confirmed_at = change.new_confirmed_at or at
    change.save(update_fields=["old_confirmed_at", "new_confirmed_at"])
    if change.old_confirmed_at and change.new_confirmed_at:
        reader = change.reader
        _check_new_email(reader, change.new_email)
        _write(reader, change.new_email, verified_at=at)
        announce("email_changed", user=reader.user, reader=reader, at=at, other_email=change.old_email)
    return change


@transaction.atomic
def change_email_on_sight(*, reader: Reader, new_email: str, by: Actor, at: datetime | None = None) -> None:
    """The home librarian changes it for a reader at the desk who has lost the old address.

    The old address is told, the new one gets a link to verify. Raises ChangeRefused for another library's reader,
    RegistrationRefused when the address is taken.
    """
    if not by.works_for(reader.library):
        raise ChangeRefused(_("只有读者所在的图书馆可以更改E-mail。"))
    at = at or timezone.now()
    _check_new_email(reader, new_email)
    old_email = reader.user.email
    _write(reader, new_email, verified_at=None)
    Reader.objects.filter(pk=reader.pk).update(verification_sent_at=at)
    announce("email_changed", user=reader.user, reader=reader, at=at, other_email=old_email)
    announce("verification_asked", user=reader.user, reader=reader, at=at)


def _check_new_email(reader: Reader, new_email: str) -> None:
    if new_email.lower() == reader.user.email.lower():
        raise RegistrationRefused({"new_email": _("这就是现在的E-mail。")})
    conflicts = registration_conflicts(library=reader.library, email=new_email, but=reader.pk)
    if conflicts:
        raise RegistrationRefused({"new_email": conflicts["email"]})


def _write(reader: Reader, new_email: str, *, verified_at: datetime | None) -> None:
    lock_registrations_of(reader.library)
    _check_new_email(reader, new_email)
    reader.user.email = new_email
    reader.user.save(update_fields=["email"])
    reader.email_verified_at = verified_at
    reader.save(update_fields=["email_verified_at"])
    EmailChange.objects.filter(reader=reader).delete()


def _path(change: EmailChange, side: Side) -> str:
    token = signing.dumps({"change": change.pk, "side": side.value}, salt=_SALT)
    return reverse("readers:email_change_confirm", args=[token])
