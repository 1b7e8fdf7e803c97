"""借还台: a reader's card brings all the reader's books at this library, with the fines; composed of all the apps."""

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog.models import MemberLibrary
from notices import fines
from notices.errors import FineRefused
from notices.models import Fine, FineQuerySet, FineState
from readers.actors import Actor
from readers.models import Reader
from requests_app.counter.books import HAND_OUT, Counter, CounterBook, counter_of, is_known_to
from requests_app.counter.services import BookOver, Outcome, move_books
from requests_app.errors import MoveRefused
from requests_app.models import LoanRequest
from requests_app.scanning.codes import clean, is_card, reader_of_code
from requests_app.scanning.views import at_a_library
from requests_app.services.moves import MoveDetails, move

START_PAGE = "admin/counter_start.html"
PAGE = "admin/counter.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def counter_start(request: HttpRequest) -> HttpResponse:
    """The empty counter: a field for the reader's card."""
    _by, library = at_a_library(request)
    code = clean(request.POST.get("code", ""))
    if request.method == "POST":
        reader = reader_of_code(code, library) if code else None
        if reader is not None:
            return redirect("admin:counter_reader", reader.pk)
    context = {**admin.site.each_context(request), "title": _("借还台"), "code": code}
    return TemplateResponse(request, START_PAGE, context, status=404 if code else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def counter_reader(request: HttpRequest, pk: int) -> HttpResponse:
    """One reader at the counter. POST: a code was scanned, or the ticked books are handed out or taken back."""
    by, library = at_a_library(request)
    reader = _reader_or_404(pk, library)
    if request.method != "POST":
        return _page(request, reader, library, counter_of(reader, by))
    counter = counter_of(reader, by)
    match request.POST.get("act", ""):
        case "hand_out" | "take_back" as act:
            books = counter.to_hand_out if act == "hand_out" else counter.to_take_back
            outcomes = move_books(books=_ticked(request, books), by=by)
            _tell(request, outcomes)
            if any(outcome.refusal for outcome in outcomes):  # what was typed for it must not be typed again
                typed = counter_of(reader, by).with_typed(request.POST, request.POST.getlist("book"))
                return _page(request, reader, library, typed, status=409)
        case "undo":
            _undo(request, counter, by)
        case _:
            other = _scanned(request, counter, reader, by, library)
            if other is not None:
                return redirect("admin:counter_reader", other.pk)
    return _back(reader, library)


def _page(
    request: HttpRequest, reader: Reader, library: MemberLibrary, counter: Counter, status: int = 200
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("借还台：%(name)s") % {"name": reader.name},
        "row": reader,
        "is_own": reader.library_id == library.pk,
        "why_not": reader.why_no_standing(),
        "card": reader.valid_card(),
        "counter": counter,
        "typed": request.POST,
        "fines": _fines(reader, library),
    }
    return TemplateResponse(request, PAGE, context, status=status)


@require_POST
def counter_fine(request: HttpRequest, pk: int, fine_pk: int) -> HttpResponse:
    """A fine is paid or waived at the counter; whoever presses neither leaves it open."""
    by, library = at_a_library(request)
    reader = _reader_or_404(pk, library)
    fine = get_object_or_404(_fines(reader, library), pk=fine_pk)
    state = request.POST.get("state", "")
    if state not in (FineState.PAID, FineState.WAIVED):
        raise Http404
    try:
        fines.settle(fine=fine, state=state, by=by, note=request.POST.get("note", ""))
    except FineRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已登记：%(state)s。") % {"state": fine.get_state_display()})
    return _back(reader, library)


def _reader_or_404(pk: int, library: MemberLibrary) -> Reader:
    """A reader whom this library may know: through a book in hand, or through a fine that is still open there."""
    reader = get_object_or_404(Reader.objects.approved().select_related("library", "user"), pk=pk)
    if not is_known_to(reader, library) and not _fines(reader, library).exists():
        raise Http404
    return reader


def _fines(reader: Reader, library: MemberLibrary) -> FineQuerySet:
    """What the reader owes, as far as it is this library's business: all at home, the own ones at a lender."""
    owed = Fine.objects.open().of_reader(reader).select_related("request__lender")
    return owed if reader.library_id == library.pk else owed.filter(request__lender=library)


def _back(reader: Reader, library: MemberLibrary) -> HttpResponse:
    """The reader's page, or the empty counter where nothing of the reader is this library's business any more."""
    if is_known_to(reader, library) or _fines(reader, library).exists():
        return redirect("admin:counter_reader", reader.pk)
    return redirect("admin:counter")


def _ticked(request: HttpRequest, books: list[CounterBook]) -> list[BookOver]:
    """The books that were ticked, each with what was typed beside it."""
    ticked = set(request.POST.getlist("book"))
    return [
        BookOver(
            request=book.row,
            verb=book.option.verb,
            version=_version(request, book),
            details=_details(request, book),
        )
        for book in books
        if str(book.row.pk) in ticked
    ]


def _version(request: HttpRequest, book: CounterBook) -> int:
    typed = request.POST.get(f"version-{book.row.pk}", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def _details(request: HttpRequest, book: CounterBook) -> MoveDetails:
    details = MoveDetails()
    if book.option.verb == "hand_out":
        details["collected_by"] = request.POST.get("collected_by", "")[:60]
        details["override"] = request.POST.get("override", "")[:200]
    if book.option.verb not in HAND_OUT:
        details["condition"] = request.POST.get(f"condition-{book.row.pk}", "")[:200]
    if book.asks_for_the_barcode:
        details["barcode"] = clean(request.POST.get(f"barcode-{book.row.pk}", ""))
    return details


def _scanned(
    request: HttpRequest, counter: Counter, reader: Reader, by: Actor, library: MemberLibrary
) -> Reader | None:
    """A book of this reader was scanned: over it goes. Returns the other reader whose card was scanned instead."""
    code = clean(request.POST.get("code", ""))
    if not code:
        return None
    other = reader_of_code(code, library)
    if other is not None:
        return other
    book = counter.book_of_code(code)
    if book is None:
        why = _("这张读者证不是本系统签发的，或者读者与本馆无关。") if is_card(code) else ""
        messages.error(request, why or _("“%(code)s”不是%(name)s在这里的书。") % {"code": code, "name": reader.name})
        return None
    if book.option.verb not in HAND_OUT and any(book.row == each.loan_request for each in counter.just_done):
        title = {"title": book.row.title}
        messages.error(request, _("《%(title)s》刚刚交给读者；确实要还书，请在下面勾选后点“还书”。") % title)
        return None
    details = MoveDetails(barcode=code) if book.asks_for_the_barcode else MoveDetails()
    over = BookOver(request=book.row, verb=book.option.verb, version=book.row.version, details=details)
    _tell(request, move_books(books=[over], by=by))
    return None


def _undo(request: HttpRequest, counter: Counter, by: Actor) -> None:
    done = next((each for each in counter.just_done if str(each.loan_request.pk) == request.POST.get("book", "")), None)
    if done is None:
        messages.error(request, _("上一步不能撤回，或者之后已有新的操作。"))
        return
    try:
        move(request=done.loan_request, verb="undo", by=by)
    except MoveRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("已撤回：%(title)s") % {"title": done.loan_request.title})


def _tell(request: HttpRequest, outcomes: list[Outcome]) -> None:
    """Say book by book what happened, with the day that the reader has to know and the fine that came of it."""
    if not outcomes:
        messages.warning(request, _("没有勾选任何一册。"))
    for outcome in outcomes:
        if outcome.event is None:
            title = {"title": outcome.request.title, "why": outcome.refusal}
            messages.error(request, _("未办理《%(title)s》：%(why)s") % title)
        else:
            messages.success(request, _sentence(outcome.request, outcome.event.verb, outcome.event.sequence))


def _sentence(row: LoanRequest, verb: str, sequence: int) -> str:
    due = row.due_date.isoformat() if row.due_date else ""
    if verb in HAND_OUT:
        return _("已交给读者《%(title)s》，应还日期%(date)s。") % {"title": row.title, "date": due}
    fine = Fine.objects.filter(request=row, event=sequence, amount__isnull=False).first()
    if fine is None:
        return _("已还书《%(title)s》。") % {"title": row.title}
    late = ngettext("逾期%(days)d天", "逾期%(days)d天", fine.days_late) % {"days": fine.days_late}
    why = late if fine.days_late else fine.get_reason_display()
    return _("已还书《%(title)s》，%(why)s，罚款%(amount)s元。") % {
        "title": row.title,
        "why": why,
        "amount": fine.amount,
    }
