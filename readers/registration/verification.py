"""The signed link that proves an e-mail address: no table, the signature carries who and which address."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.errors import LinkRefused
from readers.models import GONE_STATES, Reader, ReaderState
from readers.registration.roster import approve_by_roster

_SALT = "readers.registration.verify-email"
LINK_LIFE = timedelta(days=7)
PAUSE_BETWEEN_LETTERS = timedelta(minutes=5)


def verification_token(reader: Reader) -> str:
    """For the link in the letter. It dies with its age, and as soon as the reader has another address."""
    return signing.dumps({"reader": reader.pk, "email": reader.user.email.lower()}, salt=_SALT)


def reader_of_token(token: str) -> Reader:
    """Whose address the link proves. Raises LinkRefused when it is broken, too old or about a former address."""
    try:
        told = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except signing.SignatureExpired as error:
        raise LinkRefused(_("这个链接已经过期。请登录后重新发送验证邮件。")) from error
    except signing.BadSignature as error:
        raise LinkRefused(_("这个链接不完整或已失效。请从邮件里完整复制，或登录后重新发送验证邮件。")) from error
    reader = Reader.objects.select_related("library", "user").filter(pk=told["reader"]).first()
    if reader is None or reader.state in GONE_STATES or reader.user.email.lower() != told["email"]:
        raise LinkRefused(_("这个链接所属的注册已经不存在，或者已改用别的E-mail。"))
    return reader


@transaction.atomic
def verify_email(*, token: str, at: datetime | None = None) -> Reader:
    """The person has opened the link: the address is theirs. Pressing twice is pressing once.

    A waiting registration is now approved by the library's roster, or told to its desk.
    Raises LinkRefused as reader_of_token does.
    """
    at = at or timezone.now()
    reader = Reader.objects.select_for_update(of=("self",)).get(pk=reader_of_token(token).pk)
    if reader.email_verified_at is None:
        reader.email_verified_at = at
        reader.save(update_fields=["email_verified_at"])
        if reader.state == ReaderState.PENDING:
            if not approve_by_roster(reader=reader, at=at):
                announce("email_verified", user=reader.user, reader=reader, at=at)
            reader.refresh_from_db(fields=["state"])
    return reader


@transaction.atomic
def send_verification(*, reader: Reader, at: datetime | None = None) -> bool:
    """Mail the link again; False when the address is verified already or a letter went out moments ago."""
    at = at or timezone.now()
    locked = Reader.objects.select_for_update(of=("self",)).select_related("user").get(pk=reader.pk)
    sent = locked.verification_sent_at
    if locked.email_verified_at is not None or (sent is not None and at - sent < PAUSE_BETWEEN_LETTERS):
        return False
    locked.verification_sent_at = at
    locked.save(update_fields=["verification_sent_at"])
    announce("verification_asked", user=locked.user, reader=locked, at=at)
    return True
