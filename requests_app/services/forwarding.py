"""转馆: a request that was not filled goes on to another library as a new, linked request with a fresh hour."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Edition, MemberLibrary
from catalog.selectors import surviving_edition
from readers.actors import Actor, Capacity
from requests_app.errors import SubmissionRefused
from requests_app.models import DeliveryMethod, LoanRequest, RequestEvent
from requests_app.selectors import copy_to_ask_for
from requests_app.services.events import announce, write_event
from requests_app.services.moves import begin, lock
from requests_app.services.submission import BookAsked, lock_reader, request_made_with, write_request
from requests_app.states import State
from requests_app.submission_rules import check


def forward_request(
    *,
    request: LoanRequest,
    lender: MemberLibrary,
    token: UUID,
    by: Actor,
    delivery_method: str = DeliveryMethod.LOGISTICS,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> LoanRequest:
    """The new request at `lender`, linked to this one, which stays as it is. The same token again gives the same one.

    Raises MoveRefused where this request may not go on (the row `forward` of the table), SubmissionRefused for a rule
    of a new request. The home library has reviewed the wish already: it is not asked again.
    """
    at = at or timezone.now()
    with transaction.atomic():
        parent = lock(request)  # before the reader, as every move locks them
        known = request_made_with(token, parent.reader)
        if known is not None:
            return known
        _row, attempt = begin(parent, "forward", by, at, expected_version)
        reader = lock_reader(parent.reader)
        if lender.pk == parent.lender_id:
            raise SubmissionRefused(_("请选择另一家出借馆。"), rule="same_lender")
        edition = _edition_of(parent)
        holding = copy_to_ask_for(edition, lender.pk) if edition is not None else None
        if edition is not None and holding is None:
            raise SubmissionRefused(_("%(library)s没有可借的这种书。") % {"library": lender.name}, rule="does_not_hold")
        asked = BookAsked(
            title=parent.title,
            call_number=holding.call_number if holding is not None else parent.call_number,
            recipient_name=parent.recipient_name,
            email=parent.email,
            author=parent.author,
            publisher=parent.publisher,
            year=parent.year,
            isbn=parent.isbn,
            language=parent.language,
            material_type=parent.material_type,
            phone=parent.phone,
            note=parent.note,
            own_reference=parent.own_reference,
            may_forward=parent.may_forward,
        )
        submission = asked.submission(
            reader=reader, lender=lender, at=at, delivery_method=delivery_method, edition=edition, holding=holding,
            forwarded_from=parent,
        )  # fmt: skip
        check(submission)
        child = write_request(
            submission,
            asked,
            token=token,
            by=by,
            capacity=attempt.capacity,
            on_behalf_of=attempt.on_behalf_of,
            state=State.SUBMITTED,
        )
        _note_on_parent(parent, child, by, attempt.capacity, attempt.on_behalf_of, at)
    request.version = parent.version
    return child


def _note_on_parent(
    parent: LoanRequest,
    child: LoanRequest,
    by: Actor,
    capacity: Capacity,
    on_behalf_of: MemberLibrary | None,
    at: datetime,
) -> None:
    event = write_event(
        request=parent,
        verb="forward",
        by=by,
        capacity=capacity,
        from_state=parent.state,
        to_state=State(parent.state),
        at=at,
        on_behalf_of=on_behalf_of,
        details={"forwarded_to": child.number, "lender": child.lender.name},
    )
    parent.save(update_fields=["version", "state"])
    RequestEvent.objects.bulk_create([event])
    announce(parent, [event])


def _edition_of(request: LoanRequest) -> Edition | None:
    return surviving_edition(request.edition_id) if request.edition_id is not None else None
