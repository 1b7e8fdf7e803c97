"""The face at the desk: who may compare whoever stands there with a photo, and who may not."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import CardState, Photo, PickupCard, Reader, User
from readers.profile.photos import set_photo
from requests_app.models import DeliveryMethod, LoanRequest
from requests_app.states import FINAL_STATES, State
from tests.readers.test_photos import picture, upload
from tests.requests_app.conftest import WAYS, open_for_pickup

RequestAt = Callable[..., LoanRequest]
NEVER_SENT = (State.HOME_REVIEW, State.REJECTED)


@pytest.fixture
def own_photo(reader: Reader) -> Photo:
    return set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(reader))


@pytest.fixture
def card(reader: Reader, cumtb: MemberLibrary, own_photo: Photo) -> PickupCard:
    """The reader's card, with the photo that was checked for it; since then the reader has uploaded another."""
    open_for_pickup(cumtb, reader)
    card = PickupCard.objects.get()
    card.photo = own_photo
    card.save()
    set_photo(reader=reader, upload=upload(picture(size=(480, 640))), by=Actor.of_reader(reader))
    return card


def photo_of(request: LoanRequest, photo: Photo | None) -> str:
    return f"/backoffice/requests_app/loanrequest/{request.pk}/photo/{photo.pk if photo else 0}.jpg"


def sees(client: Client, user: User, request: LoanRequest, photo: Photo | None) -> bool:
    """Whether the page shows the photo and the address gives it; that both say the same is asserted."""
    client.force_login(user)
    address = photo_of(request, photo)
    page = client.get(f"/backoffice/requests_app/loanrequest/{request.pk}/change/")
    status = client.get(address).status_code
    assert (status == 200) is (address in page.content.decode())
    assert status in (200, 404)
    return status == 200


@pytest.mark.parametrize("method", DeliveryMethod)
@pytest.mark.parametrize("state", [state for state in WAYS if state not in NEVER_SENT])
def test_the_lender_sees_the_face_of_whoever_comes_in_person_while_the_request_runs(
    client: Client,
    request_at: RequestAt,
    card: PickupCard,
    home_librarian: User,
    lending_librarian: User,
    strange_librarian: User,
    center_admin: User,
    state: State,
    method: DeliveryMethod,
) -> None:
    request = request_at(state)
    LoanRequest.objects.filter(pk=request.pk).update(delivery_method=method)
    comes = method == DeliveryMethod.SELF_PICKUP and state != State.SUBMITTED and state not in FINAL_STATES
    assert sees(client, lending_librarian, request, card.photo) is comes
    assert sees(client, home_librarian, request, card.photo)
    assert sees(client, center_admin, request, card.photo)
    assert not sees(client, strange_librarian, request, card.photo)


def test_a_card_that_is_not_valid_shows_the_lender_no_face(
    client: Client,
    request_at: RequestAt,
    card: PickupCard,
    lending_librarian: User,
    home_librarian: User,
    reader: Reader,
) -> None:
    request = request_at(State.READY_AT_LENDER)
    PickupCard.objects.update(state=CardState.REVOKED)
    assert not sees(client, lending_librarian, request, card.photo)
    reader.refresh_from_db()
    assert not sees(client, lending_librarian, request, reader.photo)
    assert sees(client, home_librarian, request, reader.photo), "home knows its reader's own photo"


def test_home_compares_without_a_card_too(
    client: Client, request_at: RequestAt, own_photo: Photo, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.ARRIVED)
    assert sees(client, home_librarian, request, own_photo)
    client.force_login(home_librarian)
    move_page = client.get(f"/backoffice/requests_app/loanrequest/{request.pk}/move/hand_out/").content.decode()
    assert photo_of(request, own_photo) in move_page
    assert not sees(client, lending_librarian, request, own_photo)


def test_no_other_photo_comes_by_this_way(
    client: Client, request_at: RequestAt, card: PickupCard, lending_librarian: User, reader: Reader
) -> None:
    request = request_at(State.READY_AT_LENDER)
    client.force_login(lending_librarian)
    reader.refresh_from_db()
    assert reader.photo != card.photo
    assert client.get(photo_of(request, reader.photo)).status_code == 404
    answer = client.get(photo_of(request, card.photo))
    assert answer["Cache-Control"].startswith("private")
    assert client.post(photo_of(request, card.photo)).status_code == 405


def test_neither_reader_nor_stranger_comes_by_this_way(
    client: Client, request_at: RequestAt, card: PickupCard, reader: Reader
) -> None:
    request = request_at(State.READY_AT_LENDER)
    assert client.get(photo_of(request, card.photo)).status_code == 302
    client.force_login(reader.user)
    assert client.get(photo_of(request, card.photo)).status_code == 302
