"""The reader's pages: the request form, the confirmation, the number, the list, one request."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from catalog.models import Edition, Holding, MemberLibrary
from catalog.selectors import surviving_edition
from readers.access import reader_required
from readers.actors import Actor
from readers.models import Reader
from requests_app import drafts, selectors
from requests_app.errors import MoveRefused, SubmissionRefused
from requests_app.forms import ConfirmForm, RequestFilterForm, RequestForm, initial_of, language_name, material_name
from requests_app.models import LendingPolicy, LoanRequest
from requests_app.services.moves import move
from requests_app.services.submission import submit_request
from requests_app.timeline import timeline_for_reader
from requests_app.moves.options import option_of

PER_PAGE = 50


def _reader(request: HttpRequest) -> Reader:
    """The reader whom `reader_required` let in."""
    reader: Reader = request.reader  # type: ignore[attr-defined]
    return reader


@reader_required
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """申请单查询."""
    reader = _reader(request)
    tab = request.GET.get("tab", "all")
    if tab not in selectors.TABS:
        raise Http404
    form = RequestFilterForm(request.GET)
    found = selectors.requests_of(reader, tab=tab)
    if form.is_valid():
        values = form.cleaned_data
        found = selectors.requests_of(reader, tab=tab, first=values["first"], last=values["last"], text=values["q"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    asked = {name: request.GET[name] for name in ("first", "last", "q") if request.GET.get(name)}
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


@reader_required
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """填写馆际互借申请单: ?holding=, ?edition=&lender=, ?draft= (返回修改), or blank."""
    reader = _reader(request)
    draft = drafts.find(request.session, request.GET.get("draft", ""))
    holding, edition, lender = _what_is_asked_for(request, draft)
    if request.method == "POST":
        form = RequestForm(request.POST, reader=reader, edition=edition, holding=holding)
        if form.is_valid():
            values = {name: str(value) for name, value in form.cleaned_data.items() if name != "lender"}
            values["lender"] = form.cleaned_data["lender"].code
            kept = drafts.Draft(
                values=values,
                holding=form.holding.pk if form.holding else None,
                edition=edition.pk if edition else None,
                **({"token": draft.token} if draft else {}),
            )
            drafts.keep(request.session, kept)
            return redirect(f"{reverse('requests:confirm')}?draft={kept.token}")
    else:
        initial = draft.values if draft else initial_of(reader, edition, holding, lender)
        form = RequestForm(initial=initial, reader=reader, edition=edition, holding=holding)
    shown_lender = lender or (holding.library if holding else None)
    return render(
        request,
        "requests_app/new.html",
        {
            "form": form,
            "edition": edition,
            "holding": holding,
            "lender": shown_lender,
            "policy": LendingPolicy.of(shown_lender) if shown_lender else None,
            "places": selectors.places_of(reader),
            "own_copies": selectors.copies_at_home(reader, edition),
        },
    )


def _what_is_asked_for(
    request: HttpRequest, draft: drafts.Draft | None
) -> tuple[Holding | None, Edition | None, MemberLibrary | None]:
    """The catalogue rows that the address or the draft names; 404 for rows that a reader does not see."""
    holding_id: Any = draft.holding if draft else request.GET.get("holding")
    edition_id: Any = draft.edition if draft else request.GET.get("edition")
    code: Any = draft.values["lender"] if draft else request.GET.get("lender")
    holding = edition = lender = None
    if holding_id:
        copies = Holding.objects.present().select_related("edition", "library")
        holding = get_object_or_404(copies, pk=_number(holding_id), edition__hidden=False)
        edition, lender = holding.edition, holding.library
    elif edition_id:
        edition = surviving_edition(_number(edition_id))
        if edition is None:
            raise Http404
    if code:
        lender = get_object_or_404(MemberLibrary.objects.active().of_code(code))
        if edition is not None and (holding is None or holding.library_id != lender.pk):
            holding = selectors.copy_to_ask_for(edition, lender.pk)
    return holding, edition, lender


def _number(text: Any) -> int:
    if not str(text).isdecimal() or len(str(text)) > 18:
        raise Http404
    return int(text)


@reader_required
@never_cache
@require_http_methods(["GET", "POST"])
def request_confirm(request: HttpRequest) -> HttpResponse:
    """确认申请单: everything read-only; confirming twice, or reloading, makes one request."""
    reader = _reader(request)
    token = request.POST.get("draft", "") if request.method == "POST" else request.GET.get("draft", "")
    draft = drafts.find(request.session, token)
    if draft is None:
        known = selectors.request_of_token(reader, token)
        if known is not None:
            return redirect("requests:receipt", known.number)
        messages.warning(request, _("这张申请单已经失效，请重新填写。"))
        return redirect("requests:list")
    lender = get_object_or_404(MemberLibrary, code=draft.values["lender"])
    policy = LendingPolicy.of(lender)
    edition = Edition.objects.filter(pk=draft.edition).first() if draft.edition else None
    holding = Holding.objects.filter(pk=draft.holding).first() if draft.holding else None
    form = ConfirmForm(request.POST or None, policy=policy, initial={"draft": draft.token})
    if request.method == "POST" and form.is_valid():
        try:
            made = submit_request(
                reader=reader,
                lender=lender,
                token=draft.uuid,
                by=Actor.of_reader(reader),
                delivery_method=form.cleaned_data["delivery_method"],
                own_reference=form.cleaned_data["own_reference"],
                edition=edition,
                holding=holding,
                **draft.asked_for,
            )
        except SubmissionRefused as refusal:
            form.add_error(None, refusal.message)
        else:
            drafts.drop(request.session, draft.token)
            return redirect("requests:receipt", made.number)
    return render(
        request,
        "requests_app/confirm.html",
        {
            "form": form,
            "draft": draft,
            "values": draft.values,
            "language": language_name(draft.values["language"]),
            "material_type": material_name(draft.values["material_type"]),
            "lender": lender,
            "lender_class": edition.clc if edition else "",
            "policy": policy,
            "places": selectors.places_of(reader),
            "own_copies": selectors.copies_at_home(reader, edition),
        },
    )


@reader_required
@require_GET
def request_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The 申请单号, large, and how long it can still be taken back."""
    loan_request = get_object_or_404(selectors.request_of(_reader(request), number))
    return render(
        request,
        "requests_app/receipt.html",
        {
            "loan_request": loan_request,
            "cancel": option_of(loan_request, Actor.of_reader(_reader(request)), "cancel"),
            "places": selectors.places_of(_reader(request)),
        },
    )


@reader_required
@require_GET
def request_detail(request: HttpRequest, number: str) -> HttpResponse:
    """One request: where it is, what is next, what the reader can do."""
    loan_request = get_object_or_404(selectors.request_of(_reader(request), number))
    return render(
        request,
        "requests_app/detail.html",
        {
            "loan_request": loan_request,
            "language": language_name(loan_request.language),
            "timeline": timeline_for_reader(loan_request),
            "cancel": option_of(loan_request, Actor.of_reader(_reader(request)), "cancel"),
        },
    )


@reader_required
@require_http_methods(["GET", "POST"])
def request_cancel(request: HttpRequest, number: str) -> HttpResponse:
    """撤销: asks once more, then does it."""
    loan_request = get_object_or_404(selectors.request_of(_reader(request), number))
    actor = Actor.of_reader(_reader(request))
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            move(
                request=loan_request,
                verb="cancel",
                by=actor,
                expected_version=int(version) if version.isdecimal() else None,
            )
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

