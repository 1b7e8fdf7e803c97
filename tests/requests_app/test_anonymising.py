"""Requests that ended long ago forget whose they were, and go on being counted."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from pytest_django import Settings

from catalog.models import MemberLibrary
from notices.models import Email, SystemMessage
from readers.models import Reader, ReaderState
from requests_app.anonymising import PERSONAL, anonymise_closed, months_before
from requests_app.models import LoanRequest, RequestEvent
from requests_app.states import State
from requests_app.statistics.selectors import monthly_figures
from tests.requests_app.conftest import MORNING

LATER = datetime(2028, 4, 20, 2, 0, tzinfo=UTC)  # the cast's request ended in March 2026
MARCH = date(2026, 3, 1)
# The other fields of a request: the book, the libraries, the course of things. A new field has to be put somewhere.
IMPERSONAL = {
    "id", "number", "confirm_token", "reader", "home_library", "lender", "state", "reason", "edition", "holding",
    "title", "author", "publisher", "year", "isbn", "language", "material_type", "call_number", "lender_class",
    "delivery_method", "copy", "copy_barcode", "lending_policy", "created_at", "submitted_at", "filled_at",
    "closed_at", "due_date", "pickup_deadline", "printed_at", "state_since", "warned_percent", "cancel_asked_at",
    "recalled_at", "due_before_recall", "missing_since", "pickup_overdue_at", "lost_proposed_at", "liable",
    "has_open_fine", "forwarded_from", "hop", "may_forward", "version", "words",
}  # fmt: skip


def test_every_field_of_a_request_is_known_to_be_personal_or_not() -> None:
    names = {field.name for field in LoanRequest._meta.concrete_fields}
    assert names == IMPERSONAL | set(PERSONAL)


def test_nothing_tells_whose_it_was_and_the_month_counts_the_same(
    request_at: Callable[..., LoanRequest], reader: Reader, bupt: MemberLibrary
) -> None:
    request = request_at(State.COMPLETED, note="林晓的课题", own_reference="林晓1", phone="13800001234")
    before = [monthly_figures(MARCH, library) for library in (None, bupt)]
    events = list(RequestEvent.objects.values_list("verb", "from_state", "to_state", "capacity", "at"))
    assert anonymise_closed(at=LATER) == 1
    request.refresh_from_db()
    assert {getattr(request, field) for field in PERSONAL} == {""}
    assert (request.reader.name, request.reader.state) == ("匿名读者", ReaderState.CLOSED)
    assert not request.reader.user.is_active
    assert list(RequestEvent.objects.values_list("verb", "from_state", "to_state", "capacity", "at")) == events
    assert [monthly_figures(MARCH, library) for library in (None, bupt)] == before
    traces = ("林晓", "linxiao", reader.reader_barcode, "13800001234")
    rows = [*LoanRequest.objects.values(), *RequestEvent.objects.values(), *Email.objects.values()]
    assert [row for row in rows if any(trace in str(row) for trace in traces)] == []
    assert not SystemMessage.objects.exists()
    reader.refresh_from_db()
    assert reader.name == "林晓", "the reader goes on borrowing"
    assert anonymise_closed(at=LATER) == 0


def test_not_yet_not_while_open_and_not_before_fines_are_settled(
    request_at: Callable[..., LoanRequest], reader: Reader, settings: Settings
) -> None:
    request = request_at(State.COMPLETED)
    assert request.closed_at is not None
    assert anonymise_closed(at=datetime(2028, 3, 20, tzinfo=UTC)) == 0
    Reader.objects.filter(pk=reader.pk).update(blocks=["有未缴罚款"])
    assert anonymise_closed(at=LATER) == 0
    Reader.objects.filter(pk=reader.pk).update(blocks=[])
    settings.READERS = {**settings.READERS, "ANONYMISE_MONTHS": 0}
    assert anonymise_closed(at=LATER) == 0
    settings.READERS = {**settings.READERS, "ANONYMISE_MONTHS": 24}
    assert anonymise_closed(at=LATER) == 1


@pytest.mark.parametrize("state", [State.ON_LOAN, State.RETURN_SHIPPED])
def test_what_runs_is_left_alone(request_at: Callable[..., LoanRequest], state: State) -> None:
    request_at(state)
    assert anonymise_closed(at=LATER) == 0


def test_many_go_in_batches(
    request_at: Callable[..., LoanRequest], submit: Callable[..., LoanRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests_app.anonymising.BATCH", 1)
    for _ in range(3):
        request_at(State.CANCELLED, submitted_at=MORNING)
    assert anonymise_closed(at=LATER) == 3
    assert Reader.objects.filter(name="匿名读者").count() == 1


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2028, 3, 31), 1, (2028, 2, 29)),
        ((2026, 1, 15), 2, (2025, 11, 15)),
        ((2026, 12, 1), 24, (2024, 12, 1)),
        ((2026, 1, 1), 12, (2025, 1, 1)),
    ],
)
def test_calendar_months(day: tuple[int, int, int], months: int, expected: tuple[int, int, int]) -> None:
    assert months_before(datetime(*day, tzinfo=UTC), months) == datetime(*expected, tzinfo=UTC)
