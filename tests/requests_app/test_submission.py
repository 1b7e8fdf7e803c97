"""A new request: every rule by its sentence, the number, and the token."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.models import Holding, MemberLibrary, PauseKind, ServicePause
from readers.actors import Actor
from readers.models import Reader, ReaderState
from requests_app.errors import SubmissionRefused
from requests_app.models import (
    BorrowingPolicy,
    DeliveryMethod,
    LendingPolicy,
    LoanRequest,
    NumberSeries,
    RequestEvent,
)
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import HoldingFactory, ReaderFactory
from tests.requests_app.conftest import MORNING

Submit = Callable[..., LoanRequest]
TODAY = date(2026, 3, 10)


def test_a_request_keeps_what_was_asked_for(submit: Submit, reader: Reader, copy: Holding) -> None:
    request = submit(own_reference="课题3", note="请发上册")

    request.refresh_from_db()
    assert request.state == State.SUBMITTED
    assert (request.title, request.call_number, request.lender_class) == ("高等数学辅导 上册", "O13/04/1", "O13")
    assert (request.edition, request.holding) == (copy.edition, copy)
    assert (request.created_at, request.submitted_at) == (MORNING, MORNING)
    event = request.events.get()
    assert (event.verb, event.from_state, event.to_state, event.capacity) == ("submit", "", "SUBMITTED", "R")
    reader.refresh_from_db()
    assert reader.open_requests == 1


def test_the_number_is_prefix_and_serial_in_ten_characters(submit: Submit, cumtb: MemberLibrary) -> None:
    assert submit().number == "KD00000001"
    assert submit().number == "KD00000002"
    NumberSeries.objects.filter(library=cumtb).update(last_serial=6201)
    assert submit().number == "KD00006202"


def test_numbers_run_separately_for_each_lender(submit: Submit, nlc: MemberLibrary) -> None:
    submit()
    assert submit(lender=nlc, holding=None).number == "NLC0000001"


def test_a_series_that_is_full_refuses_instead_of_growing(submit: Submit, cumtb: MemberLibrary) -> None:
    NumberSeries.objects.create(library=cumtb, last_serial=99_999_999)
    with refused("series_full"):
        submit()
    assert NumberSeries.objects.get(library=cumtb).last_serial == 99_999_999


def test_the_same_token_gives_the_same_request(submit: Submit) -> None:
    token = uuid4()
    first = submit(token=token)
    second = submit(token=token, title="改过的题名")
    assert second.pk == first.pk
    assert LoanRequest.objects.count() == RequestEvent.objects.count() == 1


def test_the_same_token_gives_the_same_request_whatever_stands_in_the_way_by_now(submit: Submit) -> None:
    token = uuid4()
    first = submit(token=token)
    submit(), submit()  # no place is left
    assert submit(token=token).pk == first.pk
    assert LoanRequest.objects.count() == NumberSeries.objects.get().last_serial == 3


def test_a_token_of_another_reader_opens_nothing(submit: Submit, bupt: MemberLibrary) -> None:
    token = uuid4()
    submit(token=token)
    with refused("token_of_another_reader"):
        submit(token=token, reader=ReaderFactory.create(library=bupt))


# --- the limit ---------------------------------------------------------------------------------------


def test_the_fourth_book_is_refused_with_the_rule(submit: Submit, reader: Reader) -> None:
    for _ in range(3):
        submit()
    with pytest.raises(SubmissionRefused, match="每位读者最多同时申请和借阅3册，您现有3册"):
        submit()
    assert LoanRequest.objects.count() == 3
    assert NumberSeries.objects.get().last_serial == 3


def test_a_returned_book_frees_its_place_at_once(submit: Submit, request_at: Submit) -> None:
    request_at(State.RETURNED)
    submit()
    submit()
    submit()
    with refused("limit"):
        submit()


def test_a_cancelled_request_frees_its_place(submit: Submit, reader: Reader) -> None:
    requests = [submit() for _ in range(3)]
    move(request=requests[0], verb="cancel", by=Actor.of_reader(reader), at=MORNING)
    assert submit().state == State.SUBMITTED


def test_the_home_library_sets_the_limit(submit: Submit, bupt: MemberLibrary) -> None:
    BorrowingPolicy.objects.create(library=bupt, max_open_requests=1)
    submit()
    with pytest.raises(SubmissionRefused, match="最多同时申请和借阅1册"):
        submit()


# --- who may ask whom --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"state": ReaderState.PENDING},
        {"state": ReaderState.REFUSED},
        {"suspended_on": TODAY, "suspension_reason": "丢失图书未赔"},
        {"expires_on": TODAY - timedelta(days=1)},
    ],
)
def test_only_a_reader_in_good_standing_asks(submit: Submit, reader: Reader, change: dict[str, Any]) -> None:
    Reader.objects.filter(pk=reader.pk).update(**change)
    with refused("not_approved"):
        submit()


def test_a_blocked_reader_is_told_what_blocks(submit: Submit, reader: Reader) -> None:
    Reader.objects.filter(pk=reader.pk).update(blocks=["有未缴罚款"])
    with pytest.raises(SubmissionRefused, match="有未缴罚款"):
        submit()


@pytest.mark.parametrize("kind", [PauseKind.LENDING, PauseKind.BOTH])
def test_a_paused_lender_is_not_asked(submit: Submit, cumtb: MemberLibrary, kind: str) -> None:
    ServicePause.objects.create(library=cumtb, kind=kind, starts_on=TODAY, ends_on=TODAY)
    with pytest.raises(SubmissionRefused, match=f"{cumtb.name.replace('（', '.').replace('）', '.')}暂停借出服务"):
        submit()


@pytest.mark.parametrize("kind", [PauseKind.BORROWING, PauseKind.BOTH])
def test_a_paused_home_library_asks_nobody(submit: Submit, bupt: MemberLibrary, kind: str) -> None:
    ServicePause.objects.create(library=bupt, kind=kind, starts_on=TODAY)
    with refused("borrowing_paused"):
        submit()


def test_a_pause_of_borrowing_at_the_lender_does_not_matter(submit: Submit, cumtb: MemberLibrary) -> None:
    ServicePause.objects.create(library=cumtb, kind=PauseKind.BORROWING, starts_on=TODAY)
    assert submit().state == State.SUBMITTED


def test_a_pause_that_ended_yesterday_does_not_matter(submit: Submit, cumtb: MemberLibrary) -> None:
    yesterday = TODAY - timedelta(days=1)
    ServicePause.objects.create(library=cumtb, kind=PauseKind.BOTH, starts_on=yesterday, ends_on=yesterday)
    assert submit().state == State.SUBMITTED


def test_a_library_that_does_not_lend_is_not_asked(submit: Submit, cumtb: MemberLibrary) -> None:
    cumtb.lends = False
    with refused("does_not_lend"):
        submit()


def test_a_library_that_left_is_not_asked(submit: Submit, cumtb: MemberLibrary) -> None:
    cumtb.left_on = TODAY
    with refused("does_not_lend"):
        submit()


def test_the_own_library_is_not_asked(submit: Submit, bupt: MemberLibrary) -> None:
    with refused("own_library"):
        submit(lender=bupt, holding=None)


# --- what may be asked for ---------------------------------------------------------------------------


def test_foreign_books_only_where_the_policy_lends_them(submit: Submit, cumtb: MemberLibrary) -> None:
    with pytest.raises(SubmissionRefused, match="只出借中文图书"):
        submit(language="eng", holding=None)
    LendingPolicy.objects.create(library=cumtb, lends_foreign=True)
    assert submit(language="eng", holding=None).language == "eng"


def test_a_foreign_book_of_the_catalogue_stays_foreign_whatever_the_form_says(submit: Submit, copy: Holding) -> None:
    copy.edition.language = "eng"
    copy.edition.save()
    with pytest.raises(SubmissionRefused) as refused:
        submit(language="chi")
    assert refused.value.rule == "language_not_lent"


def test_a_call_number_where_the_policy_demands_one(submit: Submit, cumtb: MemberLibrary) -> None:
    LendingPolicy.objects.create(library=cumtb, call_number_required=True)
    with pytest.raises(SubmissionRefused, match="要求填写索书号"):
        submit(call_number="")
    assert submit().call_number


def test_a_copy_that_stays_in_the_house_is_not_asked_for(submit: Submit, copy: Holding) -> None:
    copy.loanable = False
    with pytest.raises(SubmissionRefused, match="这一册不外借"):
        submit()


def test_a_copy_that_vanished_is_not_asked_for(submit: Submit, copy: Holding) -> None:
    copy.withdrawn = True
    with refused("copy_not_lent"):
        submit()


def test_the_copy_must_be_the_lenders(submit: Submit, bnu: MemberLibrary) -> None:
    with refused("copy_of_another_library"):
        submit(holding=HoldingFactory.create(library=bnu))


def test_the_copy_must_be_of_the_edition(submit: Submit, cumtb: MemberLibrary, copy: Holding) -> None:
    with refused("copy_of_another_edition"):
        submit(holding=HoldingFactory.create(library=cumtb), edition=copy.edition)


def test_no_pick_up_where_the_lender_does_not_offer_it(submit: Submit) -> None:
    with pytest.raises(SubmissionRefused, match="出借馆没有开展自取自还服务"):
        submit(delivery_method=DeliveryMethod.SELF_PICKUP)


def test_an_unknown_delivery_method_is_refused(submit: Submit) -> None:
    with refused("delivery_missing"):
        submit(delivery_method="pigeon")


# --- on behalf, and review at home -------------------------------------------------------------------


def test_the_home_librarian_submits_for_the_reader(submit: Submit, cast: dict[str, Actor]) -> None:
    assert submit(by=cast["H"]).events.get().capacity == "H"


@pytest.mark.parametrize("who", ["L", "X", "S"])
def test_nobody_else_submits_for_the_reader(submit: Submit, cast: dict[str, Actor], who: str) -> None:
    with refused("stranger"):
        submit(by=cast[who])
    assert not LoanRequest.objects.exists()


def test_the_center_submits_with_a_reason(submit: Submit, cast: dict[str, Actor]) -> None:
    event = submit(by=cast["C"]).events.get()
    assert (event.capacity, event.on_behalf_of, event.details["on_behalf_reason"]) == (
        "C",
        event.request.home_library,
        "电话委托",
    )
    with refused("behalf_reason_missing"):
        submit(by=Actor.of_center(cast["C"].user))  # type: ignore[arg-type]


def test_a_home_library_that_reviews_sees_the_request_first(submit: Submit, bupt: MemberLibrary) -> None:
    BorrowingPolicy.objects.create(library=bupt, home_review=True)
    request = submit()
    assert (request.state, request.submitted_at) == (State.HOME_REVIEW, None)


def refused(rule: str) -> "pytest.RaisesExc[SubmissionRefused]":
    return pytest.RaisesExc(SubmissionRefused, check=lambda refusal: refusal.rule == rule)


def test_a_submission_asks_the_database_little(
    submit: Submit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """What `make bench-submit` lives on: each further statement costs some percent of the submissions a second."""
    submit()
    with django_assert_max_num_queries(12):  # savepoint and release of the test are among them
        submit()
