"""A new request: the rules, the number, the first event."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, Holding, MaterialType, MemberLibrary
from readers.actors import Actor, Capacity
from readers.models import Reader
from requests_app.errors import SubmissionRefused
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest, NumberSeries
from requests_app.services.events import announce, keep_count, write_event
from requests_app.states import State
from requests_app.submission_rules import CHINESE, Submission, check
from requests_app.submission_warnings import check_confirmed

NUMBER_LENGTH = 10
_NEXT_SERIAL = f"""
INSERT INTO {NumberSeries._meta.db_table} AS series (library_id, last_serial) VALUES (%s, 1)
ON CONFLICT (library_id) DO UPDATE SET last_serial = series.last_serial + 1 RETURNING last_serial
"""  # noqa: S608  (one statement takes the lock and counts on)


@dataclass(frozen=True)
class BookAsked:
    """What is asked for and for whom, as it is kept on the request."""

    title: str
    call_number: str
    recipient_name: str
    email: str
    author: str = ""
    publisher: str = ""
    year: str = ""
    isbn: str = ""
    language: str = CHINESE
    material_type: str = MaterialType.BOOK
    phone: str = ""
    note: str = ""
    own_reference: str = ""
    may_forward: bool = False

    def submission(self, *, reader: Reader, lender: MemberLibrary, at: datetime, **how: Any) -> Submission:
        """What the rules judge, with the policies of that day. `how`: the other fields of Submission."""
        day = timezone.localdate(at)
        return Submission(
            reader=reader,
            lender=lender,
            call_number=self.call_number,
            language=self.language,
            material_type=self.material_type,
            title=self.title,
            lending=LendingPolicy.of(lender, day),
            borrowing=BorrowingPolicy.of(reader.library, day),
            at=at,
            **how,
        )


def submit_request(
    *,
    reader: Reader,
    lender: MemberLibrary,
    token: UUID,
    by: Actor,
    delivery_method: str,
    holding: Holding | None = None,
    edition: Edition | None = None,
    confirmed: Collection[str] | None = None,
    at: datetime | None = None,
    **book: Any,
) -> LoanRequest:
    """One reader asks one lender for one volume: SUBMITTED, or HOME_REVIEW where the home library reviews first.

    token: made when the form was shown; the same token again gives the same request, also when two presses race.
    confirmed: the keys of the warnings (submission_warnings.py) that the reader has confirmed; None asks about nothing.
    book: the fields of BookAsked.
    Raises SubmissionRefused naming the rule, WarningsUnconfirmed with the warnings; then nothing was written.
    """
    at = at or timezone.now()
    capacity, on_behalf_of = capacity_to_submit(reader, by)
    try:
        with transaction.atomic():
            # One submission per reader at a time: the limit is judged under this lock.
            reader = lock_reader(reader)
            edition = edition or (holding.edition if holding is not None else None)
            asked = BookAsked(**book)
            submission = asked.submission(
                reader=reader, lender=lender, at=at, delivery_method=delivery_method, edition=edition, holding=holding
            )
            check(submission)
            if confirmed is not None:
                check_confirmed(submission, confirmed)
            return write_request(
                submission,
                asked,
                token=token,
                by=by,
                capacity=capacity,
                on_behalf_of=on_behalf_of,
                state=State.HOME_REVIEW if submission.borrowing.home_review else State.SUBMITTED,
            )
    except (SubmissionRefused, IntegrityError):
        # Whatever stands in the way of a second press (a place less, the unique token): the first one was taken. Asked
        # only now, because hardly anybody presses twice.
        known = request_made_with(token, reader)
        if known is None:
            raise
        return known


def write_request(
    submission: Submission,
    asked: BookAsked,
    *,
    token: UUID,
    by: Actor,
    capacity: Capacity,
    on_behalf_of: MemberLibrary | None,
    state: State,
) -> LoanRequest:
    """Write the row of a submission that was checked under the reader's lock, its first event, and announce it."""
    parent, edition = submission.forwarded_from, submission.edition
    request = LoanRequest(
        number=_next_number(submission.lender),
        confirm_token=token,
        reader=submission.reader,
        home_library=submission.home,
        lender=submission.lender,
        lending_policy=submission.lending if submission.lending.pk is not None else None,
        edition=edition,
        holding=submission.holding,
        lender_class=edition.clc if edition is not None else "",
        delivery_method=submission.delivery_method,
        created_at=submission.at,
        forwarded_from=parent,
        hop=parent.hop + 1 if parent is not None else 0,
        **vars(asked),
    )
    event = write_event(
        request=request,
        verb="submit",
        by=by,
        capacity=capacity,
        from_state="",
        to_state=state,
        at=submission.at,
        on_behalf_of=on_behalf_of,
        details={"forwarded_from": parent.number} if parent is not None else {},
    )
    if request.state == State.SUBMITTED:
        request.submitted_at = submission.at
    request.save()
    event.request = request
    event.save()
    # Read under the reader's lock, which every move takes before it commits: nothing has changed since.
    keep_count(submission.reader.pk, [*(place.state for place in submission.places_taken), request.state])
    announce(request, [event])
    return request


def lock_reader(reader: Reader) -> Reader:
    """The reader's row as it is now, locked; account, library and type stay those that the caller has loaded."""
    locked = Reader.objects.select_for_update().get(pk=reader.pk)
    locked.user, locked.library = reader.user, reader.library
    if locked.reader_type_id == reader.reader_type_id:
        locked.reader_type = reader.reader_type
    return locked


def request_made_with(token: UUID, reader: Reader) -> LoanRequest | None:
    """The request that this token has already made, if any. Raises SubmissionRefused if it is not theirs."""
    known = LoanRequest.objects.filter(confirm_token=token).first()
    if known is not None and known.reader_id != reader.pk:
        raise SubmissionRefused(_("这张申请单已经失效，请重新填写。"), rule="token_of_another_reader")
    return known


def capacity_to_submit(reader: Reader, by: Actor) -> tuple[Capacity, MemberLibrary | None]:
    """The reader, or a librarian of the home library (or the center, with a reason) for the reader."""
    if by.reader is not None and by.reader.pk == reader.pk:
        return Capacity.READER, None
    if by.is_center:
        if not by.reason:
            raise SubmissionRefused(_("中心代办请说明原因。"), rule="behalf_reason_missing")
        return Capacity.CENTER, reader.library
    if by.reader is None and by.library is not None and by.library.pk == reader.library_id:
        return Capacity.HOME, None
    raise SubmissionRefused(_("申请单只能由读者本人或其所在馆提交。"), rule="stranger")


def _next_number(lender: MemberLibrary) -> str:
    """The lender's prefix and the next serial, zero-padded to ten characters: ST00006202.

    The row stays locked until the transaction ends, so numbers are unique and, without a failure, without gaps.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_SERIAL, [lender.pk])
        (serial,) = cursor.fetchone()
    number = f"{lender.request_prefix}{serial:0{NUMBER_LENGTH - len(lender.request_prefix)}d}"
    if len(number) > NUMBER_LENGTH:
        raise SubmissionRefused(
            _("%(library)s的申请单号已用完，请联系中心。") % {"library": lender.name}, rule="series_full"
        )
    return number
