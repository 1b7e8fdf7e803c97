"""Pages of the pick-up card: the reader's own, and the one a lender sees after scanning."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from readers.access import reader_required
from readers.actors import Actor
from readers.cards.codes import barcode_picture, card_of_token, qr_picture
from readers.cards.services import apply_for_card, is_in_order, why_not_apply
from readers.errors import ChangeRefused, LinkRefused
from readers.models import CardState
from readers.profile.photos import photo_response
from readers.selectors import active_desk


@never_cache
@require_safe
@reader_required
def card(request: HttpRequest) -> HttpResponse:
    """联盟自取借书证: the card itself when there is one, how to get one when not."""
    reader = request.reader  # type: ignore[attr-defined]
    cards = list(reader.cards.select_related("photo").order_by("-applied_at", "-pk")[:10])
    issued = next((row for row in cards if row.state == CardState.ISSUED), None)
    context = {
        "issued": issued,
        "in_order": issued is not None and is_in_order(issued),
        "latest": cards[0] if cards else None,
        "why_not": why_not_apply(reader),
        "qr": qr_picture(issued) if issued else "",
        "barcode": barcode_picture(reader.reader_barcode) if issued else "",
    }
    return render(request, "readers/card.html", context)


@require_POST
@reader_required
def card_apply(request: HttpRequest) -> HttpResponse:
    reader = request.reader  # type: ignore[attr-defined]
    try:
        apply_for_card(reader=reader, by=Actor.of_reader(reader))
    except ChangeRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("申请已提交，本馆核对照片后办理，结果将发送到您的E-mail。"))
    return redirect("readers:card")


@never_cache
@require_safe
@login_required
def card_verify(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR code leads to: for librarians of any member; whom a card belongs to is nobody else's business."""
    if active_desk(request.user) is None:
        raise Http404
    try:
        found = card_of_token(token)
    except LinkRefused:
        return render(request, "readers/card_verify.html", {"card": None}, status=404)
    context = {"card": found, "row": found.reader, "token": token, "in_order": is_in_order(found)}
    return render(request, "readers/card_verify.html", context)


@never_cache
@require_safe
@login_required
def card_verify_photo(request: HttpRequest, token: str) -> HttpResponse:
    """The photo on a scanned card, for the comparison at the desk."""
    if active_desk(request.user) is None:
        raise Http404
    try:
        photo = card_of_token(token).photo
    except LinkRefused as error:
        raise Http404 from error
    if photo is None:
        raise Http404
    return photo_response(photo)
