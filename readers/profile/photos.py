"""A reader's photo: whatever is uploaded becomes a small JPEG of our own, without metadata."""

import io
import warnings
from datetime import datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from readers.actors import Actor
from readers.errors import PhotoRefused
from readers.models import Photo, PickupCard, Reader

SIZE = (480, 640)  # pixels, 3:4 as on identity cards
SMALLEST = (240, 320)
# A picture of a few kilobytes may unfold to gigabytes. JPEG, which phones make, is decoded at a fraction of its size.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
# Only what a phone or scanner makes; Pillow's other readers stay shut.
FORMATS = ("JPEG", "PNG", "WEBP")


def as_portrait(upload: UploadedFile) -> bytes:
    """The upload as a JPEG of SIZE, cut to 3:4, turned as the camera was held, without any metadata.

    Raises PhotoRefused with a sentence for the person: too large a file, not a picture, too small, too many pixels.
    """
    limit = int(settings.READERS["PHOTO_MAX_MB"])
    if (upload.size or 0) > limit * 1024 * 1024:
        raise PhotoRefused(_("照片文件不能超过%(limit)dMB。") % {"limit": limit})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=FORMATS)
            # A progressive JPEG is held in memory as a whole while it is decoded; phones do not make them.
            kind = "PNG" if picture.info.get("progressive") else str(picture.format)
            if picture.width * picture.height > MOST_PIXELS[kind]:
                raise PhotoRefused(_("照片的像素太多，请缩小后再上传。"))
            picture.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
            upright = ImageOps.exif_transpose(_of_handy_size(picture))
            if upright.width < SMALLEST[0] or upright.height < SMALLEST[1]:
                raise PhotoRefused(
                    _("照片太小，至少要%(width)d×%(height)d像素。") % {"width": SMALLEST[0], "height": SMALLEST[1]}
                )
            portrait = ImageOps.fit(_without_alpha(upright), SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.3))
            # Pasted into a new picture: nothing of the old file's metadata comes along.
            clean = Image.new("RGB", SIZE)
            clean.paste(portrait)
            out = io.BytesIO()
            clean.save(out, "JPEG", quality=85, optimize=True)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused(_("这不是可用的照片，请上传JPG、PNG或WebP文件。")) from error
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow says of broken files
        raise PhotoRefused(_("照片文件不完整或已损坏，请换一张。")) from error
    return out.getvalue()


def _of_handy_size(picture: Image.Image) -> Image.Image:
    """A large picture at a fraction of its size before anything copies it: anybody may send one while registering."""
    if picture.mode == "P":
        picture = picture.convert("RGBA")
    factor = min(picture.size) // (SIZE[0] * 2)
    return picture.reduce(factor) if factor > 1 and picture.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else picture


def _without_alpha(picture: Image.Image) -> Image.Image:
    """RGB, with white where the picture is transparent."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(white, layers).convert("RGB")
    return picture.convert("RGB")


def set_photo(*, reader: Reader, upload: UploadedFile, by: Actor, at: datetime | None = None) -> Photo:
    """Give the reader a new photo. A card keeps the photo that was checked for it; others are deleted.

    Raises PhotoRefused as as_portrait does, or for somebody else's photo.
    """
    if not (by.reader == reader or by.works_for(reader.library)):
        raise PhotoRefused(_("只能上传自己的照片。"))
    jpeg = as_portrait(upload)  # slow, so before the transaction
    with transaction.atomic():
        locked = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
        reader.photo = keep_portrait(reader=locked, jpeg=jpeg, at=at or timezone.now())
    return reader.photo


def keep_portrait(*, reader: Reader, jpeg: bytes, at: datetime) -> Photo:
    """Make a picture of as_portrait the reader's photo. The caller holds the reader's row."""
    reader.photo = Photo.objects.create(reader=reader, jpeg=jpeg, uploaded_at=at)
    reader.save(update_fields=["photo"])
    forget_unused_photos(reader)
    return reader.photo


def remove_photo(*, reader: Reader, by: Actor) -> None:
    """Take the photo away; an issued card keeps its own. Raises PhotoRefused for somebody else's photo."""
    if not (by.reader == reader or by.works_for(reader.library)):
        raise PhotoRefused(_("只能上传自己的照片。"))
    with transaction.atomic():
        locked = Reader.objects.select_for_update(of=("self",)).get(pk=reader.pk)
        locked.photo = None
        locked.save(update_fields=["photo"])
        forget_unused_photos(locked)
    reader.photo = None


def forget_unused_photos(reader: Reader) -> None:
    """Delete what is neither the reader's photo nor the photo of an issued card."""
    on_cards = PickupCard.objects.filter(reader=reader, state="issued", photo__isnull=False).values("photo")
    Photo.objects.filter(reader=reader).exclude(Q(pk=reader.photo_id) | Q(pk__in=on_cards)).delete()


def photo_response(photo: Photo) -> HttpResponse:
    """The picture itself. Every view that sends it has asked first who is looking."""
    response = HttpResponse(bytes(photo.jpeg), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
