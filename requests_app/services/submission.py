"""A new request: the rules, the number, the first event."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, Holding, MaterialType, MemberLibrary
from readers.actors import Actor, Capacity
from readers.models import Reader
from requests_app.errors import SubmissionRefused
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest, NumberSeries
from requests_app.services.events import announce, count_places, write_event
from requests_app.states import State
from requests_app.submission_rules import CHINESE, Submission, check

NUMBER_LENGTH = 10


def submit_request(
    *,
    reader: Reader,
    lender: MemberLibrary,
    token: UUID,
    by: Actor,
    delivery_method: str,
    title: str,
    call_number: str,
    holding: Holding | None = None,
    edition: Edition | None = None,
    author: str = "",
    publisher: str = "",
    year: str = "",
    isbn: str = "",
    language: str = CHINESE,
    material_type: str = MaterialType.BOOK,
    recipient_name: str,
    email: str,
    phone: str = "",
    note: str = "",
    own_reference: str = "",
    at: datetime | None = None,
) -> LoanRequest:
    """One reader asks one lender for one volume: SUBMITTED, or HOME_REVIEW where the home library reviews first.

    token: made when the form was shown; the same token again gives the same request, also when two presses race.
    Raises SubmissionRefused naming the rule; then nothing was written.
    """
    at = at or timezone.now()
    capacity, on_behalf_of = _capacity(reader, by)
    with transaction.atomic():
        # One submission per reader at a time: the limit and the token are judged under this lock.
        reader = Reader.objects.select_for_update(of=("self",)).select_related("library", "user").get(pk=reader.pk)
        known = LoanRequest.objects.filter(confirm_token=token).first()
        if known is not None:
            if known.reader_id != reader.pk:
                raise SubmissionRefused(_("这张申请单已经失效，请重新填写。"), rule="token_of_another_reader")
            return known

        edition = edition or (holding.edition if holding is not None else None)
        borrowing = BorrowingPolicy.of(reader.library)
        check(
            Submission(
                reader=reader,
                lender=lender,
                delivery_method=delivery_method,
                call_number=call_number,
                language=language,
                edition=edition,
                holding=holding,
                lending=LendingPolicy.of(lender),
                borrowing=borrowing,
                at=at,
            )
        )
        request = LoanRequest(
            number=_next_number(lender),
            confirm_token=token,
            reader=reader,
            home_library=reader.library,
            lender=lender,
            edition=edition,
            holding=holding,
            title=title,
            author=author,
            publisher=publisher,
            year=year,
            isbn=isbn,
            language=language,
            material_type=material_type,
            call_number=call_number,
            lender_class=edition.clc if edition is not None else "",
            delivery_method=delivery_method,
            recipient_name=recipient_name,
            email=email,
            phone=phone,
            note=note,
            own_reference=own_reference,
            created_at=at,
        )
        event = write_event(
            request=request,
            verb="submit",
            by=by,
            capacity=capacity,
            from_state="",
            to_state=State.HOME_REVIEW if borrowing.home_review else State.SUBMITTED,
            at=at,
            on_behalf_of=on_behalf_of,
        )
        if request.state == State.SUBMITTED:
            request.submitted_at = at
        request.save()
        event.request = request
        event.save()
        count_places(reader.pk)
        announce(request, [event])
    return request


def _capacity(reader: Reader, by: Actor) -> tuple[Capacity, MemberLibrary | None]:
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
    NumberSeries.objects.get_or_create(library=lender)
    series = NumberSeries.objects.select_for_update().get(library=lender)
    series.last_serial += 1
    series.save(update_fields=["last_serial"])
    number = f"{lender.request_prefix}{series.last_serial:0{NUMBER_LENGTH - len(lender.request_prefix)}d}"
    if len(number) > NUMBER_LENGTH:
        raise SubmissionRefused(
            _("%(library)s的申请单号已用完，请联系中心。") % {"library": lender.name}, rule="series_full"
        )
    return number
