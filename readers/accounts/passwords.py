"""Passwords by mail: links that work once and for a day, asked for by the person or sent by the home librarian."""

from datetime import datetime, timedelta

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.accounts.lockout import forget_wrong_passwords
from readers.actors import Actor
from readers.errors import DecisionRefused
from readers.models import GONE_STATES, EmailChange, Reader, User
from readers.selectors import accounts_for_login, reader_of

# One letter in so much time for one account: nobody fills another person's mailbox.
PAUSE_BETWEEN_LETTERS = timedelta(minutes=5)
# An e-mail may be known at several libraries; each account gets its own letter.
MOST_ACCOUNTS = 5


def ask_password_reset(*, login: str, at: datetime | None = None) -> int:
    """Mail a link to every account that this login name, barcode or e-mail means. Returns how many letters went out.

    The number is for tests and logs; the page must say the same whatever it is.
    """
    at = at or timezone.now()
    return sum(_send_link(account, what="password_reset_asked", at=at) for account in _accounts_meant(login))


def send_password_link(*, reader: Reader, by: Actor, at: datetime | None = None) -> bool:
    """The home librarian has the link mailed to the reader; False when one went out moments ago.

    The link goes to the reader's address only and is never shown to the librarian. Raises DecisionRefused for
    somebody else's reader.
    """
    if not by.works_for(reader.library):
        raise DecisionRefused(_("只有读者所在的图书馆可以发送重设密码的邮件。"))
    if reader.state in GONE_STATES:
        raise DecisionRefused(_("这位读者的账号已经不能登录，没有发送。"))
    return _send_link(reader.user, what="password_reset_asked", at=at or timezone.now())


def send_first_password_link(*, reader: Reader, at: datetime) -> None:
    """The letter of an account that the librarian made on the spot: the reader chooses the first password."""
    _send_link(reader.user, what="account_created", at=at)


def send_first_staff_password_link(*, user: User, at: datetime | None = None) -> None:
    """A new account of a librarian: the link to choose the first password, which nobody at the center ever knows."""
    _send_link(user, what="staff_account_created", at=at or timezone.now())


@transaction.atomic
def password_was_set(*, user: User, by_mail: bool, at: datetime | None = None) -> None:
    """Tell the owner that the password is another one now; a link from a mail also proves the address.

    Other sessions end by themselves: they carry a digest of the old password.
    """
    at = at or timezone.now()
    reader = reader_of(user)
    EmailChange.objects.filter(reader__user=user).delete()  # whoever asked for it may have known the old password
    if by_mail:
        forget_wrong_passwords(user)
        if reader is not None and reader.email_verified_at is None:
            Reader.objects.filter(pk=reader.pk).update(email_verified_at=at)
    announce("password_changed", user=user, reader=reader, at=at)


def reset_path(user: User) -> str:
    """The path of the page where this account gets a new password; single-use, settings.PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("readers:password_reset", args=[uid, default_token_generator.make_token(user)])


def _accounts_meant(login: str) -> list[User]:
    login = login.strip().replace("\0", "")
    if not login:
        return []
    accounts = accounts_for_login(login)[:1]
    if "@" in login:
        same_email = User.objects.alias(lower_email=Lower("email")).filter(lower_email=login.lower())
        living = same_email.filter(Q(reader__isnull=True) | ~Q(reader__state__in=GONE_STATES))
        accounts += living.order_by("pk")[:MOST_ACCOUNTS]
    return [account for account in dict.fromkeys(accounts) if account.is_active and account.email]


def _send_link(user: User, *, what: str, at: datetime) -> bool:
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if locked.password_letter_at and at - locked.password_letter_at < PAUSE_BETWEEN_LETTERS:
            return False
        locked.password_letter_at = at
        locked.save(update_fields=["password_letter_at"])
        announce(what, user=locked, reader=reader_of(locked), at=at, path=reset_path(locked))
    return True
