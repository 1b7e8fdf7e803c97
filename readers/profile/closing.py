"""销户: the person goes, the figures stay."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import ChangeRefused
from readers.models import Assignment, CardState, EmailChange, IdentityChange, Photo, PickupCard, Reader, ReaderState
from readers.signals import closing_considered, reader_erased

NOBODY = "已销户读者"


def why_not_close(reader: Reader) -> str:
    """Why this account cannot be closed now, in a sentence for the reader, or ""."""
    if reader.books_out:
        return _("您还有%(number)d册图书在借，归还后才能销户。") % {"number": reader.books_out}
    if reader.open_requests:
        return _("您还有%(number)d张申请单没有办结，撤销或办结后才能销户。") % {"number": reader.open_requests}
    if reader.blocks:
        return _("您的账号还有未了事项，办结后才能销户：%(blocks)s。") % {"blocks": _("；").join(reader.blocks)}
    if Assignment.objects.filter(user=reader.user_id).exists():
        return _("这个账号还有馆员任职，请先由中心办理交接。")
    answers = closing_considered.send(sender=Reader, reader=reader)
    return next((reason for _listener, reason in answers if reason), "")


def close_account(*, reader: Reader, by: Actor, at: datetime | None = None) -> None:
    """Erase the personal data of a reader for good. What stays is a nameless row, so that counts stay.

    Kept: home library, reader type, 职称, 学历, the dates, the cards' numbers. Raises ChangeRefused while books are
    out, requests open or fines unsettled (why_not_close), or for somebody else's account.
    """
    at = at or timezone.now()
    with transaction.atomic():
        locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        if not (by.reader == locked or by.works_for(locked.library)):
            raise ChangeRefused(_("只能注销自己的账号。"))
        if locked.state == ReaderState.CLOSED:
            return
        if reason := why_not_close(locked):
            raise ChangeRefused(reason)
        user, address = locked.user, locked.user.email
        reader_erased.send(sender=Reader, reader=locked)  # while the data still say what to look for
        _erase(locked, at)
        # The farewell is the last thing we know of the address; notices forgets it some days after it went out.
        announce("account_closed", user=user, at=at, other_email=address, home=locked.library.name)


def _erase(reader: Reader, at: datetime) -> None:
    PickupCard.objects.filter(reader=reader, state=CardState.APPLIED).delete()
    PickupCard.objects.filter(reader=reader, state=CardState.ISSUED).update(
        state=CardState.REVOKED, ended_at=at, reason=_("销户")
    )
    for rows in (Photo.objects, IdentityChange.objects, EmailChange.objects):
        rows.filter(reader=reader).delete()
    reader.photo = None
    reader.name, reader.certificate_number, reader.reader_barcode = NOBODY, "", ""
    reader.gender, reader.birth_date = "", None
    reader.phone = reader.department = reader.address = reader.postcode = reader.note = ""
    reader.refusal_reason = reader.correction_note = reader.suspension_reason = ""
    reader.suspended_on = reader.suspended_until = reader.suspended_by = None
    reader.email_verified_at = reader.verification_sent_at = None
    reader.muted_mails = []
    reader.state, reader.closed_at = ReaderState.CLOSED, at
    reader.save()
    user = reader.user
    user.username, user.first_name, user.email = f"closed{user.pk}", "", ""
    user.last_login, user.is_active = None, False
    user.set_unusable_password()
    user.save()
