"""联盟自取借书证: applied for with a photo, issued by the home library, verified by scanning, revoked, run out."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import MemberLibrary
from notices.models import Email
from readers.actors import Actor
from readers.cards.codes import barcode_picture, verify_url
from readers.cards.services import apply_for_card, issue_card, refuse_card, revoke_card, why_not_apply
from readers.errors import ChangeRefused
from readers.models import CardState, Photo, PickupCard, Reader, RegistrationPolicy, User
from readers.profile.photos import set_photo
from requests_app.models import LendingPolicy
from tests.readers.test_photos import picture, upload

CARD = "/readers/card/"


@pytest.fixture
def by_bupt(home_librarian: User, bupt: MemberLibrary) -> Actor:
    return Actor.of_librarian(home_librarian, bupt)


@pytest.fixture
def photo(reader: Reader) -> Photo:
    return set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(reader))


@pytest.fixture
def applied(reader: Reader, photo: Photo) -> PickupCard:
    return apply_for_card(reader=reader, by=Actor.of_reader(reader))


@pytest.fixture
def issued(applied: PickupCard, by_bupt: Actor) -> PickupCard:
    return issue_card(card=applied, by=by_bupt)


def path_of(card: PickupCard) -> str:
    return verify_url(card).removeprefix("http://localhost:8000")


def test_a_photo_comes_first(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    page = client.get(CARD).content.decode()
    assert "请先上传照片" in page
    assert "disabled" in page
    client.post(CARD + "apply/")
    assert not PickupCard.objects.exists()


def test_the_whole_way(client: Client, reader: Reader, photo: Photo, home_librarian: User) -> None:
    client.force_login(reader.user)
    client.post(CARD + "apply/")
    assert "本馆核对照片" in client.get(CARD).content.decode()
    assert Email.objects.get(kind="card_applied_home").to == "ill@bupt.example"

    client.force_login(home_librarian)
    page = f"/backoffice/readers/reader/{reader.pk}/"
    assert f"/photo/{photo.pk}.jpg" in client.get(page + "change/").content.decode()
    client.post(page + "card-issue/")
    card = PickupCard.objects.get()
    assert (card.state, card.serial, card.issued_by, card.photo) == (
        CardState.ISSUED, "211130-00001", home_librarian, photo,
    )  # fmt: skip
    assert card.valid_until == timezone.localdate() + timedelta(days=365)
    assert "211130-00001" in Email.objects.get(kind="card_issued_reader").text

    client.force_login(reader.user)
    text = client.get(CARD).content.decode()
    assert "211130-00001" in text
    assert text.count("data:image/svg+xml") == 2, "QR code and barcode"


def test_a_lender_scans_and_sees_whom_to_trust(
    client: Client, issued: PickupCard, reader: Reader, lending_librarian: User
) -> None:
    client.force_login(lending_librarian)
    text = client.get(path_of(issued)).content.decode()
    for shown in ("有效", "林晓", "北京邮电大学图书馆", "211130-00001"):
        assert shown in text
    for hidden in ("linxiao@bupt.example", "010-00000000", "13005129002550"):
        assert hidden not in text
    assert client.get(path_of(issued) + "photo.jpg").headers["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"suspended_on": date(2026, 1, 1), "suspension_reason": "丢书"}, "已暂停"),
        ({"expires_on": date(2026, 1, 1)}, "已到期"),
    ],
)
def test_a_reader_out_of_standing_is_not_served(
    client: Client,
    issued: PickupCard,
    reader: Reader,
    lending_librarian: User,
    change: dict[str, object],
    sentence: str,
) -> None:
    Reader.objects.filter(pk=reader.pk).update(**change)
    client.force_login(lending_librarian)
    text = client.get(path_of(issued)).content.decode()
    assert "不能凭此取书" in text
    assert sentence in text


def test_a_card_that_has_run_out_or_was_revoked_says_so(
    client: Client, issued: PickupCard, lending_librarian: User, by_bupt: Actor
) -> None:
    client.force_login(lending_librarian)
    PickupCard.objects.update(valid_until=date(2026, 1, 1))
    assert "已于 2026-01-01 到期" in client.get(path_of(issued)).content.decode()
    revoke_card(card=issued, reason="照片与本人不符", by=by_bupt)
    text = client.get(path_of(issued)).content.decode()
    assert "已吊销" in text
    assert "照片与本人不符" in text
    assert "照片与本人不符" in Email.objects.get(kind="card_revoked_reader").text


def test_blocks_are_shown_to_the_lender(
    client: Client, issued: PickupCard, reader: Reader, lending_librarian: User
) -> None:
    Reader.objects.filter(pk=reader.pk).update(blocks=["有逾期图书"])
    client.force_login(lending_librarian)
    assert "有逾期图书" in client.get(path_of(issued)).content.decode()


def test_nobody_makes_up_a_code(client: Client, issued: PickupCard, lending_librarian: User) -> None:
    client.force_login(lending_librarian)
    good = path_of(issued)
    for forged in (good.replace("00001:", "00002:"), "/readers/card/verify/211130-00001/", good[:-3] + "x/"):
        page = client.get(forged)
        assert page.status_code == 404
        assert "林晓" not in page.content.decode()


def test_readers_and_strangers_learn_nothing_from_a_code(client: Client, issued: PickupCard, reader: Reader) -> None:
    assert client.get(path_of(issued)).headers["Location"].startswith("/readers/login/")
    client.force_login(reader.user)
    assert client.get(path_of(issued)).status_code == 404
    assert client.get(path_of(issued) + "photo.jpg").status_code == 404


def test_a_new_photo_does_not_change_the_card(reader: Reader, issued: PickupCard, photo: Photo) -> None:
    newer = set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(reader))
    issued.refresh_from_db()
    assert issued.photo == photo
    assert set(Photo.objects.all()) == {photo, newer}


def test_the_next_card_replaces_the_last(reader: Reader, issued: PickupCard, by_bupt: Actor) -> None:
    assert "到期前30天起" in why_not_apply(reader)
    PickupCard.objects.update(valid_until=timezone.localdate() + timedelta(days=30))
    again = issue_card(card=apply_for_card(reader=reader, by=Actor.of_reader(reader)), by=by_bupt)
    issued.refresh_from_db()
    assert (issued.state, again.serial) == (CardState.REPLACED, "211130-00002")
    assert reader.valid_card() == again


def test_a_refusal_is_told_and_one_applies_again(
    client: Client, applied: PickupCard, reader: Reader, by_bupt: Actor
) -> None:
    with pytest.raises(ChangeRefused, match="请填写原因"):
        refuse_card(card=applied, reason=" ", by=by_bupt)
    refuse_card(card=applied, reason="照片不是正面照", by=by_bupt)
    client.force_login(reader.user)
    assert "照片不是正面照" in client.get(CARD).content.decode()
    apply_for_card(reader=reader, by=Actor.of_reader(reader))
    assert PickupCard.objects.applied().count() == 1


def test_the_card_ends_with_the_reader(
    applied: PickupCard, reader: Reader, bupt: MemberLibrary, by_bupt: Actor
) -> None:
    RegistrationPolicy.objects.create(library=bupt, card_days=90)
    last = timezone.localdate() + timedelta(days=20)
    Reader.objects.filter(pk=reader.pk).update(expires_on=last)
    assert issue_card(card=applied, by=by_bupt).valid_until == last


def test_only_the_home_library_and_only_once(
    applied: PickupCard, by_bupt: Actor, lending_librarian: User, cumtb: MemberLibrary
) -> None:
    with pytest.raises(ChangeRefused):
        issue_card(card=applied, by=Actor.of_librarian(lending_librarian, cumtb))
    issue_card(card=applied, by=by_bupt)
    with pytest.raises(ChangeRefused, match="已经办理过"):
        issue_card(card=applied, by=by_bupt)


def test_the_lenders_that_take_it_are_listed(client: Client, reader: Reader, cumtb: MemberLibrary) -> None:
    client.force_login(reader.user)
    assert "还没有图书馆开展自取自还" in client.get(CARD).content.decode()
    LendingPolicy.objects.create(library=cumtb, self_pickup=True)
    assert "中国矿业大学" in client.get(CARD).content.decode()


def test_the_barcode_is_code_128_of_the_readers_barcode() -> None:
    import base64

    data = barcode_picture("21113013005129002550")
    svg = base64.b64decode(data.partition("base64,")[2]).decode()
    assert len(re.findall("<rect", svg)) > 30
    assert barcode_picture("") == ""
