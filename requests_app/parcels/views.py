"""The pages of parcels: what waits on each route, one parcel at its two ends, its label and list on paper."""

from typing import TypedDict

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import MemberLibrary
from catalog.scoping import Desk, desk_of
from readers.actors import Actor
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest, Parcel, ParcelState
from requests_app.parcels.selectors import (
    ItemShown,
    item_of_code,
    items_of,
    parcels_seen_by,
    routes_from,
    waiting_for,
)
from requests_app.parcels.services import (
    end_receipt,
    note_waybill,
    open_parcel,
    pack,
    pack_all,
    send_parcel,
    take_out,
    unpack,
)
from requests_app.scanning.codes import clean, find
from requests_app.scanning.proposals import proposals_for
from requests_app.scanning.views import at_a_library
from requests_app.services.moves import move
from requests_app.slips.slip import code_picture, square_picture

PER_PAGE = 20
TABS = {
    "pack": gettext_lazy("待装"),
    "receive": gettext_lazy("待收"),
    "sent": gettext_lazy("已发出"),
    "done": gettext_lazy("已收到"),
}


@never_cache
@require_safe
def parcels(request: HttpRequest) -> HttpResponse:
    """?tab=pack: the routes on which something waits; receive, sent, done: parcels. The center reads all that left."""
    desk = _desk(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ("sent" if desk.is_center else "pack")
    found, travels = parcels_seen_by(desk.library), Q(state=ParcelState.SENT, travelling__gt=0)
    of_tab = {
        "pack": found.filter(state=ParcelState.PACKING),
        "receive": found.filter(travels, recipient=desk.library),
        "sent": found.filter(travels, **({} if desk.is_center else {"sender": desk.library})),
        "done": found.exclude(travels).exclude(state=ParcelState.PACKING),
    }
    context = {
        **admin.site.each_context(request),
        "title": pgettext("plural", "包裹"),
        "tabs": [(key, label) for key, label in TABS.items() if not desk.is_center or key in ("sent", "done")],
        "tab": tab,
        "routes": routes_from(desk.library) if tab == "pack" and desk.library else [],
        "page": Paginator(of_tab[tab], PER_PAGE).get_page(request.GET.get("page")),
        "own": desk.library,
    }
    return TemplateResponse(request, "requests_app/parcels/list.html", context)


@require_POST
def parcel_new(request: HttpRequest, code: str) -> HttpResponse:
    """Begin (or go on with) the parcel for that library, with everything that waits for it."""
    by, _library = at_a_library(request)
    recipient = get_object_or_404(MemberLibrary, code=code)
    try:
        parcel = open_parcel(recipient=recipient, by=by)
        pack_all(parcel=parcel, by=by)
    except MoveRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("admin:requests_parcels")
    return redirect("admin:requests_parcel", parcel.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parcel(request: HttpRequest, pk: int) -> HttpResponse:
    """One parcel. Its sender packs and sends it here, its recipient takes the books out one by one."""
    desk = _desk(request)
    shown = _parcel_or_404(pk, desk)
    if request.method == "POST":
        by, library = at_a_library(request)
        code = clean(request.POST.get("code", ""))
        act = request.POST.get("act", "")
        try:
            if library.pk == shown.sender_id:
                if act == "send":
                    return _send(request, shown, by)
                if act == "waybill":
                    note_waybill(parcel=shown, by=by, **_waybill(request))
                    messages.success(request, _("已保存承运方和运单号。"))
                    return redirect("admin:requests_parcel", pk)
                _pack(request, shown, by, act, code)
            elif code:
                _receive(request, shown, by, code)
        except MoveRefused as refusal:
            messages.error(request, f"{code}：{refusal.message}" if code else refusal.message)
        return redirect("admin:requests_parcel", pk)
    return _page(request, shown, desk)


def _page(request: HttpRequest, shown: Parcel, desk: Desk, status: int = 200, **typed: str) -> HttpResponse:
    items = items_of(shown, desk)
    packs = desk.library is not None and desk.library.pk == shown.sender_id and shown.state == ParcelState.PACKING
    context = {
        **admin.site.each_context(request),
        "title": _("包裹%(number)s") % {"number": shown.number},
        "parcel": shown,
        "items": items,
        "on_the_way": [each for each in items if each.is_on_the_way],
        "packs": packs,
        "sends": desk.library is not None and desk.library.pk == shown.sender_id,
        "receives": desk.library is not None
        and desk.library.pk == shown.recipient_id
        and shown.state != ParcelState.PACKING,
        "waiting": waiting_for(shown).count() if packs else 0,
        "carrier": shown.carrier,
        "tracking_number": shown.tracking_number,
        **typed,
    }
    if request.headers.get("X-Scan") == "1":  # the scan field's script asks for the part below it
        return TemplateResponse(request, "requests_app/parcels/_live.html", {**context, "is_answer": True})
    return TemplateResponse(request, "requests_app/parcels/detail.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def parcel_end(request: HttpRequest, pk: int) -> HttpResponse:
    """GET lists what is still on the way; POST says that it is not in the parcel: it is reported missing."""
    by, library = at_a_library(request)
    shown = _parcel_or_404(pk, Desk(library=library))
    if shown.recipient_id != library.pk or shown.state != ParcelState.SENT:
        if shown.recipient_id == library.pk:
            return redirect("admin:requests_parcel", pk)  # pressed twice, or the last book came meanwhile
        raise Http404
    if request.method == "POST":
        missing = end_receipt(parcel=shown, by=by)
        if missing:
            text = ngettext(
                "收包结束，%(number)d册登记为未收到。", "收包结束，%(number)d册登记为未收到。", len(missing)
            )
            messages.warning(request, text % {"number": len(missing)})
        else:
            messages.success(request, _("收包结束，全部收到。"))
        return redirect("admin:requests_parcel", pk)
    items = items_of(shown, Desk(library=library))
    context = {
        **admin.site.each_context(request),
        "title": _("结束收包：%(number)s") % {"number": shown.number},
        "parcel": shown,
        "missing": [each for each in items if each.is_on_the_way],
    }
    return TemplateResponse(request, "requests_app/parcels/end.html", context)


@never_cache
@require_safe
def parcel_paper(request: HttpRequest, pk: int, paper: str) -> HttpResponse:
    """label: to stick on the parcel; list: the packing list to put inside. Readers' names are on neither."""
    desk = _desk(request)
    shown = _parcel_or_404(pk, desk)
    if paper not in ("label", "list"):
        raise Http404
    items = [each for each in items_of(shown, desk) if not each.was_taken_out]
    context = {
        "title": _("包裹标签") if paper == "label" else _("装箱单"),
        "parcel": shown,
        "items": items,
        "number_picture": code_picture(shown.number),
        "number_square": square_picture(shown.number),
        "back": reverse("admin:requests_parcel", args=[pk]),
    }
    return TemplateResponse(request, f"requests_app/parcels/paper_{paper}.html", context)


def _desk(request: HttpRequest) -> Desk:
    desk = desk_of(request)
    if desk is None:
        raise Http404
    return desk


def _parcel_or_404(pk: int, desk: Desk) -> Parcel:
    return get_object_or_404(Parcel.objects.visible_to(desk.library).select_related("sender", "recipient"), pk=pk)


# --- at the sender's ----------------------------------------------------------------------------------------


def _pack(request: HttpRequest, shown: Parcel, by: Actor, act: str, code: str) -> None:
    if act == "pack_all":
        number = pack_all(parcel=shown, by=by)
        text = ngettext("装入%(number)d册。", "装入%(number)d册。", number)
        messages.success(request, text % {"number": number})
    elif act == "unpack":
        item = shown.items.filter(pk=_number(request.POST.get("item", ""))).select_related("request").first()
        if item is not None:
            unpack(parcel=shown, request=item.request, by=by)
            messages.success(request, _("已取出《%(title)s》。") % {"title": item.request.title})
    elif code:
        book = _book_to_pack(code, by)
        if book is None:
            messages.error(request, _("没有找到“%(code)s”：不是等着寄出的书。") % {"code": code})
        else:
            pack(parcel=shown, request=book, by=by)
            messages.success(request, _("已装入《%(title)s》。") % {"title": book.title})


def _book_to_pack(code: str, by: Actor) -> LoanRequest | None:
    """The request that the code names; where several have that barcode, the one that can be packed at all."""
    if by.library is None:
        return None
    found = find(code, by.library).requests
    ready = [each for each in found if any(p.verb in ("ship", "ship_back") for p in proposals_for(each, by, ""))]
    return next(iter(ready or found), None)


class Waybill(TypedDict):
    carrier: str
    tracking_number: str


def _waybill(request: HttpRequest) -> Waybill:
    return Waybill(
        carrier=request.POST.get("carrier", "")[:40],
        tracking_number=clean(request.POST.get("tracking_number", ""))[:40],
    )


def _send(request: HttpRequest, shown: Parcel, by: Actor) -> HttpResponse:
    typed = _waybill(request)
    try:
        sent = send_parcel(parcel=shown, by=by, lent_in_own_system=request.POST.get("lent") == "1", **typed)
    except MoveRefused as refusal:
        messages.error(request, refusal.message)
        shown.refresh_from_db()
        return _page(request, shown, Desk(library=by.library), status=409, **typed)
    for item in sent.kept:
        title = {"title": item.request.title, "why": item.refusal}
        messages.error(request, _("请从箱中取出《%(title)s》：%(why)s") % title)
    if not sent.gone:
        return _page(request, sent.parcel, Desk(library=by.library), status=409, **typed)
    text = ngettext("已发出%(number)d册。", "已发出%(number)d册。", len(sent.gone))
    messages.success(request, text % {"number": len(sent.gone)})
    return redirect("admin:requests_parcel", shown.pk)


# --- at the recipient's ---------------------------------------------------------------------------------------


def _receive(request: HttpRequest, shown: Parcel, by: Actor, code: str) -> None:
    """A book of the parcel is ticked; one that is in no list but waited for here is taken too: the hand wins."""
    item = item_of_code(items_of(shown, Desk(library=by.library)), code)
    if item is not None:
        barcode = code if code == item.row.copy_barcode else ""
        take_out(parcel=shown, request=item.row, by=by, barcode=barcode)
        messages.success(request, _("%(move)s：《%(title)s》") % {"move": _arrived(item), "title": item.row.title})
        return
    book = _not_in_the_list(code, by)
    if book is None:
        messages.error(request, _("“%(code)s”不在这个包裹的清单里，也不是寄给本馆的书。") % {"code": code})
    else:
        messages.warning(request, _("《%(title)s》不在清单里，已另行签收。") % {"title": book.title})


def _arrived(item: ItemShown) -> str:
    return _("已签收") if item.is_lent else _("已验收")


def _not_in_the_list(code: str, by: Actor) -> LoanRequest | None:
    if by.library is None:
        return None
    found = find(code, by.library)
    ways = [
        each
        for book in found.requests
        for each in proposals_for(book, by, found.barcode)
        if each.verb in ("receive", "check_in") and not each.needs_barcode and not each.skips_stations
    ]
    if len(ways) != 1:
        return None
    details = {"barcode": ways[0].barcode} if ways[0].barcode else {}
    move(request=ways[0].request, verb=ways[0].verb, by=by, **details)  # type: ignore[arg-type]
    return ways[0].request


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
