"""联盟自取借书证: the reader applies, the home library checks the photo and issues, or revokes."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readers.accounts.events import announce
from readers.actors import Actor
from readers.errors import ChangeRefused
from readers.models import CardState, PickupCard, Reader, RegistrationPolicy, Standing
from readers.profile.photos import forget_unused_photos
from readers.registration.services import lock_registrations_of

# So long before its end a card may be applied for anew.
RENEWAL = timedelta(days=30)


def why_not_apply(reader: Reader, on: date | None = None) -> str:
    """Why this reader cannot apply for a card on that day, in a sentence for the reader, or ""."""
    on = on or timezone.localdate()
    if reason := reader.why_no_standing(on):
        return reason
    if reader.cards.applied().exists():
        return _("您的申请正在等待本馆办理。")
    card = reader.cards.filter(state=CardState.ISSUED).first()
    if card is not None and card.valid_until is not None and card.valid_until > on + RENEWAL:
        return _("您的借书证有效期至%(day)s，到期前30天起可以申请换证。") % {"day": card.valid_until.isoformat()}
    if reader.photo_id is None:
        return _("请先上传照片，借书证上要印照片。")
    return ""


def apply_for_card(*, reader: Reader, by: Actor, at: datetime | None = None) -> PickupCard:
    """Ask the home library for a card, or for the next one. Raises ChangeRefused with why_not_apply's sentence."""
    at = at or timezone.now()
    if by.reader != reader:
        raise ChangeRefused(_("借书证由读者本人申请。"))
    with transaction.atomic():
        locked = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        if reason := why_not_apply(locked, timezone.localdate(at)):
            raise ChangeRefused(reason)
        card = PickupCard.objects.create(reader=locked, applied_at=at)
        announce("card_applied", user=locked.user, reader=locked, at=at)
    return card


def issue_card(*, card: PickupCard, by: Actor, at: datetime | None = None) -> PickupCard:
    """The librarian has compared photo and person: the card is valid from now on and replaces an older one.

    Valid for the library's card days, never beyond the reader's own last day. Raises ChangeRefused when the card does
    not wait any more, or the reader has no photo or no good standing.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    with transaction.atomic():
        locked, reader = _lock(card, by)
        if locked.state != CardState.APPLIED:
            raise ChangeRefused(_("这份申请已经办理过，现在是“%(state)s”。") % {"state": locked.get_state_display()})
        if reader.why_no_standing(today):
            raise ChangeRefused(
                _("这位读者的资格现在是“%(state)s”，不能发证。") % {"state": reader.standing(today).label}
            )
        if reader.photo_id is None:
            raise ChangeRefused(_("这位读者还没有照片，不能发证。"))
        last = today + timedelta(days=RegistrationPolicy.of(reader.library).card_days)
        reader.cards.filter(state=CardState.ISSUED).update(state=CardState.REPLACED, ended_at=at, ended_by=by.user)
        locked.state, locked.issued_at, locked.issued_by = CardState.ISSUED, at, by.user
        locked.photo_id = reader.photo_id
        locked.valid_until = min(last, reader.expires_on or last)
        locked.serial = _next_serial(reader)
        locked.save()
        forget_unused_photos(reader)
        announce(
            "card_issued", user=reader.user, reader=reader, at=at, serial=locked.serial,
            valid_until=locked.valid_until.isoformat(),
        )  # fmt: skip
    return locked


def refuse_card(*, card: PickupCard, reason: str, by: Actor, at: datetime | None = None) -> PickupCard:
    """Not this time, with a reason the reader is told (the photo, for instance)."""
    return _end(card, CardState.APPLIED, CardState.REFUSED, "card_refused", reason, by, at)


def revoke_card(*, card: PickupCard, reason: str, by: Actor, at: datetime | None = None) -> PickupCard:
    """The card is worth nothing from now on; whoever scans it sees so."""
    return _end(card, CardState.ISSUED, CardState.REVOKED, "card_revoked", reason, by, at)


def _end(
    card: PickupCard, before: CardState, after: CardState, what: str, reason: str, by: Actor, at: datetime | None
) -> PickupCard:
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise ChangeRefused(_("请填写原因，读者会看到它。"))
    with transaction.atomic():
        locked, reader = _lock(card, by)
        if locked.state != before:
            raise ChangeRefused(_("这份申请已经办理过，现在是“%(state)s”。") % {"state": locked.get_state_display()})
        locked.state, locked.reason, locked.ended_at, locked.ended_by = after, reason, at, by.user
        locked.save(update_fields=["state", "reason", "ended_at", "ended_by"])
        announce(what, user=reader.user, reader=reader, at=at, reason=reason)
    return locked


def _lock(card: PickupCard, by: Actor) -> tuple[PickupCard, Reader]:
    reader = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=card.reader_id)
    if not by.works_for(reader.library):
        raise ChangeRefused(_("只有读者所在的图书馆可以办理。"))
    return PickupCard.objects.select_for_update(of=("self",)).get(pk=card.pk), reader


def _next_serial(reader: Reader) -> str:
    """Library code and a running number, under the library's lock: 211130-00042."""
    lock_registrations_of(reader.library)
    prefix = f"{reader.library.code}-"
    last = PickupCard.objects.filter(serial__startswith=prefix).order_by("-serial").values_list("serial", flat=True)
    number = int(str(last[0]).removeprefix(prefix)) + 1 if last[:1] else 1
    if number > 99999:
        raise ChangeRefused(_("本馆的证号已用完，请联系中心。"))
    return f"{prefix}{number:05d}"


def is_in_order(card: PickupCard, on: date | None = None) -> bool:
    """Whether a lender may hand out a book to whoever shows this card on that day."""
    return card.is_valid(on) and card.reader.standing(on) == Standing.GOOD
