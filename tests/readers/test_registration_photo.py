"""The photo on the registration form: not required, made clean at once, kept when the form comes back."""

import base64
import io
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import Photo, Reader, ReaderState, User
from readers.profile.photos import SIZE
from readers.registration.decisions import ask_correction
from readers.registration.photo_field import KEPT_MAX_LENGTH
from tests.readers.test_photos import picture, upload

FORM = "/readers/register/211130/"
MINE = "/readers/registration/"
CORRECT = "/readers/registration/correct/"


def kept_in(page: HttpResponse) -> str:
    found = re.search(r'name="photo_kept" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]


def test_a_photo_given_while_registering_is_kept_clean(
    client: Client, bupt: MemberLibrary, typed: dict[str, str]
) -> None:
    page = client.post(FORM, typed | {"photo": upload(picture(comment=b"secret comment"))}, follow=True)
    photo = Reader.objects.get().photo
    assert photo is not None
    assert Image.open(io.BytesIO(bytes(photo.jpeg))).size == SIZE
    assert b"secret comment" not in bytes(photo.jpeg)
    assert photo.data_address in page.content.decode(), "the person sees it while waiting"


def test_without_a_photo_one_registers_all_the_same(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    page = client.post(FORM, typed, follow=True)
    assert Reader.objects.get().photo is None
    assert "没有提供" in page.content.decode()


def test_another_mistake_does_not_lose_the_photo(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    page = client.post(FORM, typed | {"phone": "没有电话", "photo": upload(picture())})
    assert list(page.context["form"].errors) == ["phone"]
    assert "照片已保留" in page.content.decode()
    assert not Photo.objects.exists(), "of somebody who has not registered nothing is kept"
    client.post(FORM, typed | {"photo_kept": kept_in(page)})
    photo = Reader.objects.get().photo
    assert photo is not None
    assert Image.open(io.BytesIO(bytes(photo.jpeg))).size == SIZE


def test_a_new_choice_replaces_the_kept_one(client: Client, bupt: MemberLibrary, typed: dict[str, str]) -> None:
    page = client.post(FORM, typed | {"phone": "", "photo": upload(picture())})
    black = io.BytesIO()
    Image.new("RGB", (600, 800), "black").save(black, "PNG")
    client.post(FORM, typed | {"photo_kept": kept_in(page), "photo": upload(black.getvalue(), "me.png")})
    assert Image.open(io.BytesIO(bytes(Photo.objects.get().jpeg))).getpixel((240, 320)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"GIF89a no picture", "不是可用的照片"),
        (picture(size=(100, 100)), "照片太小"),
        (picture()[:2000], "不完整或已损坏"),
    ],
)
def test_a_bad_photo_is_told_at_its_field(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], content: bytes, sentence: str
) -> None:
    page = client.post(FORM, typed | {"photo": upload(content)})
    assert list(page.context["form"].errors) == ["photo"]
    assert sentence in page.content.decode()
    assert not Reader.objects.exists()


@pytest.mark.parametrize(
    "kept",
    ["no base64!", base64.b64encode(b"<script>").decode(), "A" * (KEPT_MAX_LENGTH + 4)],
    ids=["text", "html", "long"],
)
def test_what_the_browser_kept_is_not_trusted(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], kept: str
) -> None:
    page = client.post(FORM, typed | {"photo_kept": kept})
    assert list(page.context["form"].errors) == ["photo"]
    assert kept not in page.content.decode()
    assert not Reader.objects.exists()


def test_the_photo_is_replaced_by_a_correction_and_goes_with_a_withdrawal(
    client: Client, bupt: MemberLibrary, typed: dict[str, str], home_librarian: User
) -> None:
    client.post(FORM, typed | {"photo": upload(picture())})
    reader = Reader.objects.select_related("library").get()
    ask_correction(reader=reader, note="照片不清楚", by=Actor.of_librarian(home_librarian, bupt))
    before = Photo.objects.get()
    assert before.data_address in client.get(CORRECT).content.decode()
    client.post(CORRECT, typed | {"photo": upload(picture(size=(480, 640)))})
    reader.refresh_from_db()
    assert reader.state == ReaderState.PENDING
    assert reader.photo == Photo.objects.get() != before
    client.post(CORRECT, typed)
    reader.refresh_from_db()
    assert reader.photo is not None, "no new choice leaves the photo alone"
    client.post("/readers/registration/withdraw/")
    assert not Photo.objects.exists()


def test_the_home_librarian_sees_it_beside_the_registration_and_nobody_else(
    client: Client,
    bupt: MemberLibrary,
    typed: dict[str, str],
    home_librarian: User,
    lending_librarian: User,
) -> None:
    client.post(FORM, typed | {"photo": upload(picture())})
    reader = Reader.objects.get()
    address = f"/backoffice/readers/reader/{reader.pk}/photo/{reader.photo_id}.jpg"
    client.force_login(home_librarian)
    assert address in client.get(f"/backoffice/readers/reader/{reader.pk}/change/").content.decode()
    assert client.get(address)["Content-Type"] == "image/jpeg"
    client.force_login(lending_librarian)
    assert client.get(address).status_code == 404
