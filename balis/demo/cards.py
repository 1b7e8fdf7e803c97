"""Photos and pick-up cards of the demo's readers: issued, applied for, revoked, and one of another library."""

import random
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from balis.demo.clock import readers_time, working_time
from balis.demo.people import DEMO_READER, PENDING, Cast
from balis.demo.portraits import portrait
from readers.actors import Actor
from readers.cards.services import apply_for_card, issue_card, revoke_card
from readers.models import Gender, PickupCard, Reader
from readers.profile.photos import set_photo

SEED = "balis demo cards 1"
HOME = "BUPT"  # the demo reader's library, whose desk has a card to decide
LENDER = "KD"  # a library that hands out to readers who come
ELSEWHERE = "QH"  # a library whose reader fetches a book there
REVOKED_BECAUSE = "读者报告借书证丢失。"


def issue_cards(cast: Cast, now: datetime) -> int:
    """Give some readers photos and cards, at times of the past; returns how many cards there are."""
    at_home = [reader for reader in cast.readers if reader.library.request_prefix == HOME]
    demo_reader = next(reader for reader in at_home if reader.user.username == DEMO_READER)
    has_applied, lost_it = [reader for reader in at_home if reader != demo_reader][:2]
    at_lender, elsewhere = (
        next(reader for reader in cast.readers if reader.library.request_prefix == prefix)
        for prefix in (LENDER, ELSEWHERE)
    )

    rng = random.Random(SEED)  # noqa: S311
    _apply(rng, has_applied, now - timedelta(days=1))
    for reader, days_ago in ((demo_reader, 130), (at_lender, 110), (elsewhere, 105), (lost_it, 90)):
        card = _apply(rng, reader, now - timedelta(days=days_ago))
        desk = cast.librarian(reader.library)
        decided = working_time(rng, card.applied_at + timedelta(days=4))
        issue_card(card=card, by=desk, at=max(decided, card.applied_at + timedelta(hours=1)))
        if reader == lost_it:
            revoke_card(card=card, reason=REVOKED_BECAUSE, by=desk, at=working_time(rng, now - timedelta(days=12)))

    for waits in Reader.objects.filter(user__username=PENDING[0][0]).select_related("library", "user"):
        _give_photo(waits, waits.registered_at)
    return PickupCard.objects.count()


def _apply(rng: random.Random, reader: Reader, at: datetime) -> PickupCard:
    at = readers_time(rng, at)
    _give_photo(reader, at - timedelta(minutes=4))
    return apply_for_card(reader=reader, by=Actor.of_reader(reader), at=at)


def _give_photo(reader: Reader, at: datetime) -> None:
    upload = SimpleUploadedFile("photo.png", portrait(reader.user.username, long_hair=reader.gender == Gender.FEMALE))
    set_photo(reader=reader, upload=upload, by=Actor.of_reader(reader), at=at)
