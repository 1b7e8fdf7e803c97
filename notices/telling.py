"""Tells people what happened: follows the rows of routing.py and writes mails and messages in the same transaction."""

from collections.abc import Iterable
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from notices import outbox
from notices.letters import write_letter, write_message
from notices.models import Email, SystemMessage
from notices.routing import ACCOUNTS, MOVES, OPTIONAL, REGISTRATION, Recipient, Told
from readers.actors import Actor, Capacity
from readers.models import Reader, ReaderState, User
from readers.registration.verification import verification_token
from requests_app.models import LoanRequest, RequestEvent
from requests_app.moves.options import option_of
from requests_app.states import BookAt, Liable, Reason, State
from requests_app.transitions import rows_of

FORWARDED_FROM = frozenset(state for row in rows_of("forward") for state in row.from_states)
HOMES_TURN = (State.HOME_REVIEW, State.SHIPPED, State.ARRIVED, State.RETURNED)
_TITLE_IN_SUBJECT = 40  # characters; a subject is read on a phone


def tell_of_move(*, request: LoanRequest, event: RequestEvent) -> None:
    """Write what this event of this request tells, to whom the table says. Twice for one event writes once.

    Raises KeyError for a verb without a row: a move that nobody has thought about must not pass in silence.
    """
    rows = MOVES[event.verb]
    if event.undoes is not None:
        rows = _told_of_the_undone(rows, request, event)
    context = _on_one_line(context_of_request(request) | _context_of_event(request, event))
    tellings = []
    for told in rows:
        recipient = _resolve(told.recipient, event)
        if recipient is Recipient.LENDER_DESK and not _reached_lender(event):
            continue
        if told.unless_by and told.unless_by == event.capacity:
            continue
        tellings.append((told, recipient, f"request/{request.number}/{event.sequence}/{event.verb}/{told.recipient}"))
    tell_of_request(tellings, context, request=request, at=event.at)


def tell_of_request(
    tellings: Iterable[tuple[Told, Recipient, str]], context: dict[str, Any], *, request: LoanRequest, at: datetime
) -> None:
    """Mails and, for readers, system messages about a request; a key that is there already writes nothing.

    tellings: what is told to whom under which key. A reader who has been forgotten is told nothing: a book may still
    be found years later.
    """
    reader, lender = request.reader, request.lender
    mails, messages = [], []
    for told, recipient, key in tellings:
        if recipient is Recipient.READER and reader.state == ReaderState.CLOSED:
            continue
        if not _is_muted(told, recipient, reader):
            mails.append(_mail(told, recipient, key, context, reader=reader, lender=lender, request=request, at=at))
        if told.message:
            title, text = write_message(told.message, context)
            messages.append(
                SystemMessage(
                    key=key,
                    reader=reader,
                    sender=lender,  # product.md, screen 11: the lender; home's contact stands in the text
                    title=title,
                    text=text,
                    request_number=request.number,
                    created_at=at,
                )
            )
    outbox.queue_emails(mails)
    SystemMessage.objects.bulk_create(messages, ignore_conflicts=True)


def _told_of_the_undone(rows: tuple[Told, ...], request: LoanRequest, event: RequestEvent) -> tuple[Told, ...]:
    """Of these rows those whose recipient was told of the move that is taken back.

    A mail that has not gone out is withdrawn, with its unread message, and then there is nothing to correct.
    """
    start = f"request/{request.number}/{event.undoes}/"
    withdrawn = set(outbox.withdraw(keys_begin_with=start))
    SystemMessage.objects.filter(key__in=withdrawn, read_at__isnull=True).delete()
    told = {key.rpartition("/")[2] for key in outbox.keys_beginning_with(start) if key not in withdrawn}
    desks = {Recipient.OTHER_DESK.value, Recipient.TURN_DESK.value}
    return tuple(
        row for row in rows if row.recipient in told or (row.recipient is not Recipient.READER and told & desks)
    )


def tell_of_registration(*, reader: Reader, what: str, at: datetime) -> None:
    """Write what a registration tells; `what` is a key of routing.REGISTRATION. Twice for one time writes once."""
    context = _on_one_line(_context_of_registration(reader, at))
    start = f"reader/{reader.pk}/{what}/{at.timestamp():.6f}"
    for_whom: dict[str, Any] = {"reader": reader, "lender": None, "request": None, "at": at}
    outbox.queue_emails(
        _mail(told, told.recipient, f"{start}/{told.recipient}", context, **for_whom)
        for told in REGISTRATION[what]
        if not _is_muted(told, told.recipient, reader)
    )


def tell_of_account(*, user: User, reader: Reader | None, what: str, at: datetime, facts: dict[str, str]) -> None:
    """Write what an event of an account tells; `what` is a key of routing.ACCOUNTS. Twice for one time writes once.

    reader: None for an account of a librarian; then the letter comes from the center.
    """
    context = _on_one_line({**_context_of_account(user, reader, at), **facts})
    for name, path in facts.items():
        if name == "path" or name.endswith("_path"):
            context[f"{name.removesuffix('path')}url"] = f"{settings.SITE_URL}{path}"
    mails = []
    for told in ACCOUNTS[what]:
        key = f"account/{user.pk}/{what}/{at.timestamp():.6f}/{told.recipient}"
        if told.recipient is Recipient.HOME_DESK:
            if reader is not None:
                mails.append(_mail(told, told.recipient, key, context, reader=reader, lender=None, request=None, at=at))
            continue
        subject, text = write_letter(told.mail, context)
        home = reader.library if reader is not None else None
        mails.append(
            outbox.write_email(
                key=key,
                to=facts["other_email"] if told.recipient is Recipient.OTHER_ADDRESS else user.email,
                subject=subject,
                text=text,
                kind=told.mail,
                library=home,
                reader=reader,
                sender_name=sender_name_of(home) if home is not None else "",
                reply_to=home.email if home is not None else "",
                at=at,
            )
        )
    outbox.queue_emails(mails)


def sender_name_of(home: MemberLibrary) -> str:
    """In whose name a reader's letter comes."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("%(library)s馆际互借") % {"library": home.name}


def _is_muted(told: Told, recipient: Recipient, reader: Reader) -> bool:
    return recipient is Recipient.READER and OPTIONAL.get(told.mail) in reader.muted_mails


def _mail(
    told: Told,
    recipient: Recipient,
    key: str,
    context: dict[str, Any],
    *,
    reader: Reader,
    lender: MemberLibrary | None,
    request: LoanRequest | None,
    at: datetime,
) -> Email:
    to_reader, to_home = recipient is Recipient.READER, recipient is Recipient.HOME_DESK
    state_text = context.get("state_texts", {}).get(recipient, "")
    subject, text = write_letter(told.mail, context | {"state_text": state_text, "to_home": to_home})
    home = reader.library if request is None else request.home_library
    library: MemberLibrary | None
    if to_reader:
        # A letter from the own library: whoever answers it reaches the librarian who knows the case.
        sender_name = sender_name_of(home)
        to, library, reply_to = (request.email if request else "") or reader.user.email, home, home.email
    elif recipient is Recipient.CENTER:
        sender_name, to, library, reply_to = "", parseaddr(settings.DEFAULT_FROM_EMAIL)[1], None, home.email
    else:
        library = lender if recipient is Recipient.LENDER_DESK and lender else home
        other = home if library == lender else lender
        sender_name, to, reply_to = "", library.email, other.email if other else ""
    return outbox.write_email(
        key=key,
        to=to,
        subject=subject,
        text=text,
        kind=told.mail,
        library=library,
        reader=reader if to_reader else None,
        request_number=request.number if request else "",
        sender_name=sender_name,
        reply_to=reply_to,
        at=at,
    )


def _resolve(recipient: Recipient, event: RequestEvent) -> Recipient:
    """OTHER_DESK and TURN_DESK as the desk they mean here: the center acts for the library it stands in for."""
    if recipient is Recipient.TURN_DESK:
        return Recipient.HOME_DESK if event.to_state in HOMES_TURN else Recipient.LENDER_DESK
    if recipient is not Recipient.OTHER_DESK:
        return recipient
    if event.capacity == Capacity.CENTER:
        acted_at_home = event.on_behalf_of_id == event.request.home_library_id
    else:
        acted_at_home = event.capacity == Capacity.HOME
    return Recipient.LENDER_DESK if acted_at_home else Recipient.HOME_DESK


def _reached_lender(event: RequestEvent) -> bool:
    """Whether the lender knows of the request: it is shown nothing of what still waits at home."""
    if event.to_state == State.HOME_REVIEW:
        return False
    return event.from_state != State.HOME_REVIEW or event.to_state == State.SUBMITTED


# --- What the templates know; all values are plain text, ready to stand in a sentence -------------------------


def _on_one_line(context: dict[str, Any]) -> dict[str, Any]:
    """What people typed stays within its line: a paragraph of its own could look like a button of ours."""
    return {name: outbox.one_line(value) if isinstance(value, str) else value for name, value in context.items()}


def context_of_request(request: LoanRequest) -> dict[str, Any]:
    """What every letter about a request may say."""
    home, lender, reader = request.home_library, request.lender, request.reader
    with translation.override(settings.LANGUAGE_CODE):
        return {
            **_context_of_library(home),
            "number": request.number,
            "title": in_book_marks(request.title),
            "short_title": in_book_marks(request.title, _TITLE_IN_SUBJECT),
            "author": outbox.one_line(request.author),
            "publication": "，".join(part for part in (request.publisher, request.year) if part),
            "isbn": request.isbn,
            "call_number": request.call_number,
            "barcode": request.copy_barcode,
            "delivery": request.get_delivery_method_display(),
            "is_pickup": request.is_pickup,
            "is_fetched": request.state == State.ON_LOAN,
            "lender": lender.name,
            "lender_phone": lender.phone,
            "lender_desk_location": lender.desk_location,
            "lender_opening_hours": lender.opening_hours,
            "answer_days": request.terms.answer_days,
            "reader_name": reader.name,
            "reader_barcode": reader.reader_barcode,
            "recipient_name": request.recipient_name or reader.name,
            "cancel_until": _moment(request.cancel_deadline),
            "due_date": _day(request.due_date),
            "due_day": date_format(request.due_date, _("Y年n月j日")) if request.due_date else "",
            "pickup_deadline": _day(request.pickup_deadline),
            "reason": request.reason_text,
            "paused": request.reason == Reason.SERVICE_PAUSED,
            "reader_state": request.state_text,
            "state_texts": {
                Recipient.HOME_DESK.value: request.state_text_home,
                Recipient.LENDER_DESK.value: request.state_text_lender,
            },
            "request_url": site_url("requests:detail", number=request.number),
            "holders_url": _holders_url(request),
            "desk_url": site_url("admin:requests_app_loanrequest_change", request.pk),
        }


def _context_of_event(request: LoanRequest, event: RequestEvent) -> dict[str, Any]:
    """What the letters about this one move may say besides."""
    details = event.details
    with translation.override(settings.LANGUAGE_CODE):
        return {
            "by_the_system": event.capacity == Capacity.SYSTEM,
            "waits_at_home": event.to_state == State.HOME_REVIEW,
            "copy_was_prepared": event.from_state == State.ACCEPTED,
            "collected_by": details.get("collected_by", ""),
            "condition": details.get("condition", ""),
            "amount": details.get("amount", ""),
            "note": event.note,
            "percent": details.get("percent", ""),
            "clock_deadline": _moment(datetime.fromisoformat(details["deadline"])) if "deadline" in details else "",
            "pickup_moved": "pickup_deadline" in details,
            "liable": str(Liable(details["liable"]).label) if details.get("liable") else "",
            "liable_is_reader": details.get("liable") == Liable.READER,
            "book_at": str(BookAt(details["book_at"]).label) if details.get("book_at") else "",
            "forwarded_to": details.get("forwarded_to", ""),
            "forwarded_lender": details.get("lender", ""),
            "undone": str(rows_of(details["undone"])[0].done) if "undone" in details else "",
            "may_be_forwarded": _may_be_forwarded(request, event),
        }


def _may_be_forwarded(request: LoanRequest, event: RequestEvent) -> bool:
    if event.to_state not in FORWARDED_FROM:
        return False
    option = option_of(request, Actor.of_reader(request.reader), "forward", event.at)
    return option is not None and option.allowed


def _context_of_registration(reader: Reader, at: datetime) -> dict[str, Any]:
    with translation.override(settings.LANGUAGE_CODE):
        return {
            **_context_of_library(reader.library),
            "recipient_name": reader.name,
            "reader_name": reader.name,
            "reader_barcode": reader.reader_barcode,
            "username": reader.user.username,
            "department": reader.department,
            "job_title": reader.job_title,
            "registered_on": _day(timezone.localdate(reader.registered_at)),
            "reason": reader.refusal_reason,
            "correction_note": reader.correction_note,
            "login_url": site_url("readers:login"),
            "verify_url": site_url("readers:email_verify", token=verification_token(reader)),
            "register_url": site_url("readers:register_library"),
            "desk_url": site_url("admin:readers_reader_change", reader.pk),
        }


def _context_of_account(user: User, reader: Reader | None, at: datetime) -> dict[str, Any]:
    if reader is not None:
        known = _context_of_registration(reader, at)
    else:
        known = {"recipient_name": str(user), "username": user.username, "login_url": site_url("readers:login")}
    return {
        **known,
        "card_url": site_url("readers:card"),
        "forgotten_url": site_url("readers:password_forgotten"),
        "link_hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }


def _context_of_library(home: MemberLibrary) -> dict[str, Any]:
    return {
        "home": home.name,
        "home_phone": home.phone,
        "home_email": home.email,
        "desk_location": home.desk_location,
        "opening_hours": home.opening_hours,
    }


def site_url(name: str, *args: Any, **kwargs: Any) -> str:
    """The full address of a page of the portal, for mails."""
    return f"{settings.SITE_URL}{reverse(name, args=args or None, kwargs=kwargs or None)}"


def in_book_marks(title: str, length: int | None = None) -> str:
    """《title》 on one line; a title that already stands in its marks gets no second pair, one within it 〈〉."""
    title = outbox.one_line(title)
    if title.startswith("《") and title.endswith("》") and title.count("《") == 1:
        title = title[1:-1]
    title = title.replace("《", "〈").replace("》", "〉")
    if length is not None and len(title) > length:
        title = title[: length - 1] + "…"
    return f"《{title}》"


def _holders_url(request: LoanRequest) -> str:
    """Where to see who else has the book: its edition, or a search for what the reader wrote."""
    if request.edition_id is not None:
        return site_url("catalog:edition", pk=request.edition_id)
    return f"{site_url('catalog:search')}?{urlencode({'q': outbox.one_line(request.title)[:60]})}"


def _day(day: date | None) -> str:
    return date_format(day, _("Y年n月j日（l）")) if day else ""


def _moment(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), _("n月j日 H:i")) if at else ""
