"""A reader's photo: re-encoded, stripped, limited, and shown to nobody who has no business with it."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.errors import PhotoRefused
from readers.models import Photo, Reader, User
from readers.profile.photos import SIZE, as_portrait, set_photo
from tests.factories import ReaderFactory, UserFactory

PAGE = "/readers/profile/photo/"


def upload(content: bytes, name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def picture(size: tuple[int, int] = (900, 1200), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "#8899aa").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("PNG", "L")]
)
def test_whatever_comes_becomes_a_small_portrait(kind: str, mode: str) -> None:
    jpeg = as_portrait(upload(picture(kind=kind, mode=mode)))
    made = Image.open(io.BytesIO(jpeg))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", SIZE)
    assert len(jpeg) < 100_000


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("JPEG", "CMYK")]
)
def test_a_large_picture_is_made_small_first_and_looks_the_same(kind: str, mode: str) -> None:
    jpeg = as_portrait(upload(picture((2400, 3200), kind=kind, mode=mode)))
    small = as_portrait(upload(picture(kind=kind, mode=mode)))
    pair = [Image.open(io.BytesIO(content)).getpixel((240, 320)) for content in (jpeg, small)]
    assert max(abs(a - b) for a, b in zip(*pair, strict=True)) <= 2


def test_a_progressive_jpeg_may_have_no_more_pixels_than_a_png() -> None:
    with pytest.raises(PhotoRefused, match="像素太多"):
        as_portrait(upload(picture((5000, 4000), progressive=True)))
    as_portrait(upload(picture((5000, 4000))))


def test_metadata_do_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010E] = "home, sweet home"
    exif[0x8825] = {1: "N", 2: (39.0, 57.0, 30.0)}
    content = picture(exif=exif.tobytes(), comment=b"secret comment", icc_profile=b"not a real profile")
    assert b"sweet home" in content
    jpeg = as_portrait(upload(content))
    made = Image.open(io.BytesIO(jpeg))
    assert not made.getexif()
    assert "icc_profile" not in made.info
    for trace in (b"sweet home", b"secret comment", b"Exif"):
        assert trace not in jpeg


def test_a_photo_taken_sideways_stands_upright() -> None:
    sideways = Image.new("RGB", (1200, 900), "white")
    sideways.paste("black", (0, 0, 300, 900))  # on the left: after turning clockwise it is on top
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    sideways.save(out, "JPEG", exif=exif.tobytes())
    made = Image.open(io.BytesIO(as_portrait(upload(out.getvalue()))))
    assert made.getpixel((240, 20))[0] < 60
    assert made.getpixel((240, 600))[0] > 200


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "不是可用的照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "不是可用的照片"),
        (b"GIF89a" + bytes(100), "不是可用的照片"),
        (picture()[:400], "不完整"),
        (picture((100, 100)), "照片太小"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content: bytes, sentence: str) -> None:
    with pytest.raises(PhotoRefused, match=sentence):
        as_portrait(upload(content))


def test_a_picture_that_unfolds_to_gigabytes_is_not_unfolded() -> None:
    bomb = picture((9000, 9000), kind="PNG", mode="L")
    assert len(bomb) < 200_000
    with pytest.raises(PhotoRefused, match="像素太多"):
        as_portrait(upload(bomb))


def test_a_file_over_the_limit_is_not_opened(settings: Settings) -> None:
    settings.READERS = {**settings.READERS, "PHOTO_MAX_MB": 0}
    with pytest.raises(PhotoRefused, match="不能超过"):
        as_portrait(upload(picture()))


def test_upload_replace_and_remove(client: Client, reader: Reader) -> None:
    client.force_login(reader.user)
    assert client.post(PAGE, {"photo": upload(picture())}).headers["Location"] == PAGE
    first = Photo.objects.get()
    assert client.get(f"{PAGE}{first.pk}.jpg").headers["Content-Type"] == "image/jpeg"
    assert "private" in client.get(f"{PAGE}{first.pk}.jpg").headers["Cache-Control"]
    client.post(PAGE, {"photo": upload(picture())})
    assert Photo.objects.exclude(pk=first.pk).count() == Photo.objects.count() == 1
    page = client.post(PAGE, {"photo": upload(b"nonsense")})
    assert "不是可用的照片" in page.content.decode()
    client.post(PAGE + "remove/")
    assert not Photo.objects.exists()
    reader.refresh_from_db()
    assert reader.photo is None


def test_who_sees_a_photo(
    client: Client,
    reader: Reader,
    home_librarian: User,
    lending_librarian: User,
    center_admin: User,
    bupt: MemberLibrary,
) -> None:
    photo = set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(reader))
    other = ReaderFactory.create(library=bupt, user=UserFactory.create(username="other"))
    own = f"{PAGE}{photo.pk}.jpg"
    desk = f"/backoffice/readers/reader/{reader.pk}/photo/{photo.pk}.jpg"
    seen = {}
    for person in (reader.user, other.user, home_librarian, lending_librarian, center_admin):
        client.force_login(person)
        seen[person.username] = (client.get(own).status_code, client.get(desk).status_code)
    assert seen == {
        "linxiao": (200, 302), "other": (404, 302), "bupt": (404, 200), "cumtb": (404, 404), "center": (404, 200),
    }  # fmt: skip
    mixed = f"/backoffice/readers/reader/{other.pk}/photo/{photo.pk}.jpg"
    client.force_login(home_librarian)
    assert client.get(mixed).status_code == 404


def test_nobody_changes_somebody_elses_photo(reader: Reader, bupt: MemberLibrary, bnu: MemberLibrary) -> None:
    other = ReaderFactory.create(library=bupt)
    with pytest.raises(PhotoRefused):
        set_photo(reader=reader, upload=upload(picture()), by=Actor.of_reader(other))
