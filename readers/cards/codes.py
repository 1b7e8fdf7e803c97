"""What machines read on a card: the reader's barcode, and a QR code that nobody can make up."""

import base64
import io

import segno
from barcode import Code128
from barcode.writer import SVGWriter
from django.conf import settings
from django.core import signing
from django.urls import reverse

from readers.errors import LinkRefused
from readers.models import PickupCard

_SALT = "readers.cards.qr"


def verify_url(card: PickupCard) -> str:
    """The address in the QR code: short, signed, and about this one card, whose state is looked up when scanned."""
    token = signing.Signer(salt=_SALT).sign(card.serial or "")
    return f"{settings.SITE_URL}{reverse('readers:card_verify', args=[token])}"


def card_of_token(token: str) -> PickupCard:
    """The card behind a scanned code. Raises LinkRefused for a code that is not ours."""
    try:
        serial = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature as error:
        raise LinkRefused from error
    found = PickupCard.objects.select_related("reader__library", "photo").filter(serial=serial).first()
    if found is None:
        raise LinkRefused
    return found


def qr_picture(card: PickupCard) -> str:
    """The QR code as a data: address, for an <img> (inline styles of an SVG are not allowed on our pages)."""
    return str(segno.make(verify_url(card), error="m").svg_data_uri(scale=4, border=2, dark="#16242b"))


def barcode_picture(text: str) -> str:
    """Code 128 of the reader's barcode as a data: address; "" for an empty text."""
    if not text:
        return ""
    out = io.BytesIO()
    Code128(text, writer=SVGWriter()).write(
        out, options={"write_text": False, "module_height": 9.0, "module_width": 0.24, "quiet_zone": 3.0}
    )
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
