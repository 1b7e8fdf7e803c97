"""Asking for a book: the request form, the confirmation, the number."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from catalog.models import Edition, Holding, MemberLibrary
from catalog.selectors import surviving_edition
from readers.access import reader_required
from readers.actors import Actor
from readers.models import MailGroup, Reader
from requests_app import drafts, selectors
from requests_app.errors import SubmissionRefused
from requests_app.forms import ConfirmForm, RequestForm, initial_of, language_name, material_name
from requests_app.models import BorrowingPolicy, LendingPolicy
from requests_app.moves.options import option_of
from requests_app.request_views import reader_of
from requests_app.services.submission import submit_request
from requests_app.submission_rules import Submission
from requests_app.submission_warnings import Warned, nothing_on_shelf, warnings_of


@reader_required
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """填写馆际互借申请单: ?holding=, ?edition=&lender=, ?draft= (返回修改), or blank."""
    reader = reader_of(request)
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
        if lender is None and form.suggestion is not None:
            form.initial["lender"] = form.suggestion.library.code
            lender = form.suggestion.library
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
            "warnings": _warnings(reader, edition, holding, shown_lender, form["title"].value() or ""),
            "suggestion": form.suggestion,
        },
    )


def _warnings(
    reader: Reader, edition: Edition | None, holding: Holding | None, lender: MemberLibrary | None, title: str
) -> list[Warned]:
    """What the reader will be asked about when confirming."""
    found = warnings_of(
        Submission(
            reader=reader,
            lender=lender or reader.library,
            delivery_method="",
            call_number="",
            language="",
            material_type="",
            edition=edition,
            holding=holding,
            lending=LendingPolicy.of(lender or reader.library),
            borrowing=BorrowingPolicy.of(reader.library),
            at=timezone.now(),
            title=title,
        )
    )
    return [warning for warning in found if lender is not None or warning.key != nothing_on_shelf.__name__]


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
    reader = reader_of(request)
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
    warnings = _warnings(reader, edition, holding, lender, draft.values["title"])
    form = ConfirmForm(request.POST or None, policy=policy, warnings=warnings, initial={"draft": draft.token})
    if request.method == "POST" and form.is_valid():
        try:
            made = submit_request(
                reader=reader,
                lender=lender,
                token=draft.uuid,
                by=Actor.of_reader(reader),
                delivery_method=form.cleaned_data["delivery_method"],
                own_reference=form.cleaned_data["own_reference"],
                may_forward=form.cleaned_data["may_forward"],
                confirmed=form.cleaned_data["confirmed"],
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
        },
    )


@reader_required
@require_GET
def request_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The 申请单号, large, and how long it can still be taken back."""
    loan_request = get_object_or_404(selectors.request_of(reader_of(request), number))
    return render(
        request,
        "requests_app/receipt.html",
        {
            "loan_request": loan_request,
            "cancel": option_of(loan_request, Actor.of_reader(reader_of(request)), "cancel"),
            "places": selectors.places_of(reader_of(request)),
            "is_mailed": MailGroup.RECEIPTS not in reader_of(request).muted_mails,
        },
    )
