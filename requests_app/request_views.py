"""The reader's pages about requests that exist: the list, one request, and what the reader does with it."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.selectors import surviving_edition
from readers.access import reader_required
from readers.actors import Actor
from readers.models import Reader
from requests_app import selectors
from requests_app.errors import MoveRefused
from requests_app.forms import ForwardForm, ReaderMoveForm, RequestFilterForm, language_name
from requests_app.models import LoanRequest
from requests_app.moves.options import available_moves, option_of
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.timeline import next_step_of, stations_of, timeline_for_reader

PER_PAGE = 50
FILTERS = ("first", "last", "q", "state", "lender", "delivery")
MOVES_OF_READERS = ("ask_cancel", "change_delivery")  # with a page of the same kind; cancel and forward have their own


def reader_of(request: HttpRequest) -> Reader:
    """The reader whom `reader_required` let in."""
    reader: Reader = request.reader  # type: ignore[attr-defined]
    return reader


# --- the list ------------------------------------------------------------------------------------------


@reader_required
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """申请单查询."""
    reader = reader_of(request)
    tab = request.GET.get("tab", "all")
    if tab not in selectors.TABS:
        raise Http404
    form = RequestFilterForm(request.GET, reader=reader)
    found = selectors.requests_of(reader, tab=tab)
    if form.is_valid():
        values = form.cleaned_data
        found = selectors.requests_of(
            reader, tab=tab, first=values["first"], last=values["last"], text=values["q"], state=values["state"],
            lender=values["lender"], delivery=values["delivery"],
        )  # fmt: skip
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    asked = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    return render(
        request,
        "requests_app/list.html",
        {
            "page": page,
            "form": form,
            "tab": tab,
            "tabs": [
                ("open", _("进行中")),
                ("on_loan", _("在借")),
                ("done", _("已完成")),
                ("all", _("全部")),
            ],
            "filtered": bool(asked),
            "filter_query": urlencode(asked),
            "places": selectors.places_of(reader),
        },
    )


def _ticked(request: HttpRequest, data: Any) -> list[LoanRequest]:
    """The reader's own requests among the ticked numbers, newest first; one page of them at most."""
    own = selectors.requests_of(reader_of(request)).filter(number__in=data.getlist("number")[:PER_PAGE])
    return list(own.select_related("home_library", "reader", "lending_policy"))


@reader_required
@require_GET
def request_print(request: HttpRequest) -> HttpResponse:
    """打印 of the ticked requests, one after another."""
    chosen = _ticked(request, request.GET)
    if not chosen:
        messages.warning(request, _("请先勾选要打印的申请单。"))
        return redirect("requests:list")
    shown = [{"loan_request": each, "timeline": timeline_for_reader(each)} for each in chosen]
    return render(request, "requests_app/print.html", {"shown": shown, "printed_at": timezone.now()})


@reader_required
@require_POST
def cancel_selected(request: HttpRequest) -> HttpResponse:
    """撤销 of the ticked requests: shows which can be cancelled and why others cannot, asks once more, then does it."""
    chosen = _ticked(request, request.POST)
    actor = Actor.of_reader(reader_of(request))
    options = [(each, option_of(each, actor, "cancel")) for each in chosen]
    if not chosen:
        messages.warning(request, _("请先勾选要撤销的申请单。"))
        return redirect("requests:list")
    if "confirmed" not in request.POST:
        return render(
            request,
            "requests_app/cancel_selected.html",
            {
                "possible": [each for each, option in options if option is not None and option.allowed],
                "impossible": [
                    (each, option.why_not if option is not None else _("现在的状态不能撤销。"))
                    for each, option in options
                    if option is None or not option.allowed
                ],
            },
        )
    done = 0
    for each in chosen:
        try:
            move(request=each, verb="cancel", by=actor)
            done += 1
        except MoveRefused as refusal:
            messages.error(request, f"{each.number}：{refusal.message}")
    if done:
        text = ngettext("已撤销%(done)d张申请单。", "已撤销%(done)d张申请单。", done)
        messages.success(request, text % {"done": done})
    return redirect("requests:list")


# --- one request ---------------------------------------------------------------------------------------


@reader_required
@require_GET
def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One request: where it is, what is next and by when, what the reader can do."""
    loan_request = _own(request, number)
    return render(
        request,
        "requests_app/detail.html",
        {
            "loan_request": loan_request,
            "language": language_name(loan_request.language),
            "timeline": timeline_for_reader(loan_request),
            "stations": stations_of(loan_request),
            "next": next_step_of(loan_request),
            "options": available_moves(loan_request, Actor.of_reader(reader_of(request))),
            "child": LoanRequest.objects.filter(forwarded_from=loan_request).first(),
        },
    )


@reader_required
@require_http_methods(["GET", "POST"])
def request_cancel(request: HttpRequest, number: str) -> HttpResponse:
    """撤销: asks once more, then does it."""
    loan_request = _own(request, number)
    actor = Actor.of_reader(reader_of(request))
    if request.method == "POST":
        try:
            move(request=loan_request, verb="cancel", by=actor, expected_version=_version(request))
        except MoveRefused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("申请单%(number)s已撤销。") % {"number": number})
        return redirect("requests:detail", number)
    option = option_of(loan_request, actor, "cancel")
    if option is None or not option.allowed:
        if option is not None:
            messages.error(request, option.why_not)
        return redirect("requests:detail", number)
    return render(request, "requests_app/cancel.html", {"loan_request": loan_request})


@reader_required
@require_http_methods(["GET", "POST"])
def request_move(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """请求撤销 and 更改获取方式: one page with what the move asks for."""
    loan_request = _own(request, number)
    if verb not in MOVES_OF_READERS:
        raise Http404
    actor = Actor.of_reader(reader_of(request))
    option = option_of(loan_request, actor, verb)
    if option is None or not option.allowed:
        messages.error(request, option.why_not if option is not None else _("申请单的状态已经变化，请看最新情况。"))
        return redirect("requests:detail", number)
    form = ReaderMoveForm(request.POST or None, loan_request=loan_request, fields=option.fields)
    if request.method == "POST" and form.is_valid():
        try:
            move(
                request=loan_request,
                verb=verb,
                by=actor,
                expected_version=form.cleaned_data["version"],
                **form.details,
            )
        except MoveRefused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("已完成：%(move)s。") % {"move": option.label})
        return redirect("requests:detail", number)
    return render(request, "requests_app/move.html", {"loan_request": loan_request, "option": option, "form": form})


@reader_required
@require_http_methods(["GET", "POST"])
def request_forward(request: HttpRequest, number: str) -> HttpResponse:
    """转馆: which other library, why that one, and the new number."""
    loan_request = _own(request, number)
    actor = Actor.of_reader(reader_of(request))
    edition = surviving_edition(loan_request.edition_id) if loan_request.edition_id is not None else None
    if request.method == "POST":
        form = ForwardForm(request.POST, loan_request=loan_request, edition=edition)
        if form.is_valid():
            values = form.cleaned_data
            try:
                child = forward_request(
                    request=loan_request,
                    lender=values["lender"],
                    token=values["token"],
                    by=actor,
                    delivery_method=values["delivery_method"],
                    expected_version=values["version"],
                )
            except MoveRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                return redirect("requests:receipt", child.number)
    else:
        option = option_of(loan_request, actor, "forward")
        if option is None or not option.allowed:
            messages.error(request, option.why_not if option is not None else _("这张申请单不能转馆。"))
            return redirect("requests:detail", number)
        initial = {"version": loan_request.version, "token": uuid4()}
        form = ForwardForm(initial=initial, loan_request=loan_request, edition=edition)
    places = selectors.places_of(reader_of(request))
    return render(
        request,
        "requests_app/forward.html",
        {"loan_request": loan_request, "form": form, "edition": edition, "places": places},
    )


def _own(request: HttpRequest, number: str) -> LoanRequest:
    return get_object_or_404(selectors.request_of(reader_of(request), number))


def _version(request: HttpRequest) -> int | None:
    version = request.POST.get("version", "")
    return int(version) if version.isdecimal() else None
