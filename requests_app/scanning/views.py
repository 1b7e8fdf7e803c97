"""The page 扫码即办: one field, what was scanned last, the queue with its buttons. It works without scripts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from readers.actors import Actor, actor_of_desk
from requests_app.errors import MoveRefused
from requests_app.models import Scan, ScanOutcome
from requests_app.scanning.desk import confirm, scan, undo
from requests_app.scanning.shown import ScanShown, queue_of_scans

PAGE = "requests_app/backoffice/scan.html"
LIVE = "requests_app/backoffice/_scan_live.html"
DIRECT_COOKIE = "scan_direct"
DIRECT_COOKIE_AGE = 365 * 24 * 3600  # seconds: it belongs to the workstation with the scanner


def at_a_library(request: HttpRequest) -> tuple[Actor, MemberLibrary]:
    """Who scans, and where. The center has no books in its hands: 404."""
    desk = desk_of(request)
    if desk is None or desk.library is None:
        raise Http404
    return actor_of_desk(request), desk.library


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def scan_desk(request: HttpRequest) -> HttpResponse:
    """GET shows the desk (?scan= what was scanned last, ?waiting= what is asked for); POST takes one entry."""
    by, library = at_a_library(request)
    if request.method == "POST":
        return _take(request, by)
    last, waiting = _own(by, request.GET.get("scan", "")), _own(by, request.GET.get("waiting", ""))
    context = {
        "shown": ScanShown(last, library) if last else None,
        "asked": ScanShown(waiting, library) if waiting and waiting.outcome == ScanOutcome.WAITING else None,
        "queue": queue_of_scans(by, library),
        "direct": _is_direct(request),
    }
    if request.headers.get("X-Scan") == "1":
        return TemplateResponse(request, LIVE, context)
    return TemplateResponse(request, PAGE, {**admin.site.each_context(request), "title": _("扫码即办"), **context})


def _take(request: HttpRequest, by: Actor) -> HttpResponse:
    entry = scan(
        text=request.POST.get("code", ""),
        by=by,
        pending=_own(by, request.POST.get("pending", "")),
        direct=_is_direct(request),
        lent_in_own_system=request.POST.get("lent") == "1",
    )
    if entry.reader is not None:
        return redirect("admin:counter_reader", entry.reader.pk)
    if entry.parcel is not None:
        return redirect("admin:requests_parcel", entry.parcel.pk)
    return _back(entry.scan, entry.waiting)


@require_POST
def scan_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """办理 of a scan further down the queue that was left without its Enter."""
    by, _library = at_a_library(request)
    mine = get_object_or_404(Scan, pk=pk, user=by.user, library=by.library)
    done = confirm(scan=mine, by=by)
    return _back(done, done)


@require_POST
def scan_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the move of one scan."""
    by, _library = at_a_library(request)
    mine = get_object_or_404(Scan, pk=pk, user=by.user, library=by.library)
    try:
        undo(scan=mine, by=by)
    except MoveRefused as refusal:
        messages.error(request, refusal.message)
    return _back(mine, None)


@require_POST
def scan_direct(request: HttpRequest) -> HttpResponse:
    """Turn direct mode on or off for this workstation."""
    at_a_library(request)
    response = _back(None, None)
    if request.POST.get("direct") == "1":
        response.set_cookie(
            DIRECT_COOKIE, "1", max_age=DIRECT_COOKIE_AGE, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(DIRECT_COOKIE, samesite="Lax")
    return response


def _is_direct(request: HttpRequest) -> bool:
    return request.COOKIES.get(DIRECT_COOKIE) == "1"


def _own(by: Actor, pk: str) -> Scan | None:
    """The scan of that number, if it is this librarian's at this desk."""
    if not pk.isascii() or not pk.isdecimal() or len(pk) > 18:
        return None
    return Scan.objects.filter(pk=int(pk), user=by.user, library=by.library).select_related("request").first()


def _back(last: Scan | None, waiting: Scan | None) -> HttpResponseRedirect:
    shown: dict[str, Any] = {}
    if last is not None:
        shown["scan"] = last.pk
    if waiting is not None:
        shown["waiting"] = waiting.pk
    address = reverse("admin:requests_scan")
    return HttpResponseRedirect(f"{address}?{urlencode(shown)}" if shown else address)
