"""转馆: a request that was not filled goes on to another library, once, with every rule of a new request."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from catalog.models import Holding, MemberLibrary, PauseKind, ServicePause
from notices.models import Email
from readers.actors import Actor
from requests_app.clocks import run_clocks
from requests_app.errors import MoveRefused, SubmissionRefused
from requests_app.lenders import lenders_of
from requests_app.models import BorrowingPolicy, LendingPolicy, LoanRequest
from requests_app.moves.options import option_of
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.states import Reason, State
from tests.factories import HoldingFactory, MemberLibraryFactory
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
NEXT_DAY = MORNING + timedelta(days=1)


@pytest.fixture
def second_copy(copy: Holding, bnu: MemberLibrary) -> Holding:
    return HoldingFactory.create(edition=copy.edition, library=bnu, barcode="N1", call_number="O13/7")


def forward(request: LoanRequest, lender: MemberLibrary, by: Actor, **more: object) -> LoanRequest:
    return forward_request(request=request, lender=lender, by=by, **{"token": uuid4(), "at": NEXT_DAY, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["R", "H", "C"])
def test_it_goes_on_as_a_new_linked_request(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding, who: str
) -> None:
    request = request_at(State.UNFILLED)
    child = forward(request, bnu, cast[who])

    assert (child.state, child.lender, child.holding, child.call_number) == (State.SUBMITTED, bnu, second_copy, "O13/7")
    assert (child.forwarded_from_id, child.hop, child.number[:3]) == (request.pk, 1, "BSD")
    assert child.cancel_deadline == NEXT_DAY + timedelta(hours=1)  # a fresh hour
    request.refresh_from_db()
    assert request.state == State.UNFILLED
    last = request.events.order_by("-sequence")[0]
    assert (last.verb, last.details["forwarded_to"], last.capacity) == ("forward", child.number, who)
    told = Email.objects.filter(request_number=child.number).values_list("kind", flat=True)
    assert set(told) == {"submitted_reader", "submitted_lender"}


@pytest.mark.parametrize("state", [State.UNFILLED, State.EXPIRED, State.UNCOLLECTED])
def test_from_these_ends(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding, state: State
) -> None:
    child = forward(request_at(state), bnu, cast["R"], at=MORNING + timedelta(days=15))
    assert child.state == State.SUBMITTED


def test_from_a_return_only_when_the_arrival_was_refused(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding
) -> None:
    with pytest.raises(MoveRefused, match="只有未满足的申请可以转馆"):
        forward(request_at(State.RETURNED), bnu, cast["R"], at=MORNING + timedelta(days=15))


def test_a_refused_arrival_goes_on(request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding) -> None:
    request = request_at(State.ARRIVED)
    move(request=request, verb="refuse_arrival", by=cast["H"], at=NEXT_DAY + timedelta(hours=4),
         reason=Reason.WRONG_VOLUME)  # fmt: skip
    child = forward(request, bnu, cast["R"], at=NEXT_DAY + timedelta(hours=5))
    request.refresh_from_db()
    assert (request.state, child.state) == (State.RETURNED, State.SUBMITTED)


def test_one_child_and_the_same_token_gives_it_again(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding
) -> None:
    request, token = request_at(State.UNFILLED), uuid4()
    child = forward(request, bnu, cast["R"], token=token)
    assert forward(request, bnu, cast["R"], token=token).pk == child.pk
    with pytest.raises(MoveRefused, match=f"已经转馆，新的申请单是{child.number}"):
        forward(request, bnu, cast["R"])
    assert option_of(request, cast["R"], "forward") is None


def test_not_where_nobody_else_has_the_book(request_at: RequestAt, submit: RequestAt, cast: Cast, bnu: MemberLibrary,
                                            copy: Holding) -> None:  # fmt: skip
    """The button says so, and the letters do not speak of 转馆."""
    request = request_at(State.UNFILLED)
    for who in "RHC":
        option = option_of(request, cast[who], "forward", NEXT_DAY)
        assert option is not None
        assert (option.allowed, option.why_not) == (False, "没有别的成员馆可以借出这本书，不能转馆。")
    with pytest.raises(MoveRefused, match="没有别的成员馆"):
        forward(request, bnu, cast["R"])
    assert "转馆”" not in Email.objects.get(kind="declined_reader").text
    HoldingFactory.create(edition=copy.edition, library=bnu, loanable=False)
    assert not option_of(request, cast["R"], "forward", NEXT_DAY).allowed  # type: ignore[union-attr]

    unknown = submit(holding=None, edition=None)  # in no catalogue: any library may have it
    move(request=unknown, verb="decline", by=cast["L"], at=NEXT_DAY, reason=Reason.NOT_HELD)
    assert option_of(unknown, cast["R"], "forward", NEXT_DAY).allowed  # type: ignore[union-attr]
    assert forward(unknown, bnu, cast["R"]).state == State.SUBMITTED


def test_not_to_the_same_library_and_not_to_one_without_the_book(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, cumtb: MemberLibrary, copy: Holding
) -> None:
    HoldingFactory.create(edition=copy.edition, library=MemberLibraryFactory.create())
    request = request_at(State.UNFILLED)
    for lender, rule in ((cumtb, "same_lender"), (bnu, "does_not_hold"), (request.home_library, "does_not_hold")):
        with pytest.raises(SubmissionRefused) as refused:
            forward(request, lender, cast["R"])
        assert refused.value.rule == rule
    assert LoanRequest.objects.count() == 1


def test_every_rule_of_a_new_request_holds(
    request_at: RequestAt, submit: RequestAt, cast: Cast, bnu: MemberLibrary, bupt: MemberLibrary, second_copy: Holding
) -> None:
    HoldingFactory.create(edition=second_copy.edition, library=MemberLibraryFactory.create())
    request = request_at(State.UNFILLED)
    BorrowingPolicy.objects.create(library=bupt, max_open_requests=1)
    other = submit(at=NEXT_DAY)
    with pytest.raises(SubmissionRefused) as refused:
        forward(request, bnu, cast["R"])
    assert refused.value.rule == "limit"
    move(request=other, verb="cancel", by=cast["R"], at=NEXT_DAY)
    ServicePause.objects.create(library=bnu, kind=PauseKind.LENDING, starts_on=NEXT_DAY.date())
    with pytest.raises(SubmissionRefused) as refused:
        forward(request, bnu, cast["R"])
    assert refused.value.rule == "lending_paused"


def test_three_hops_at_most(request_at: RequestAt, cast: Cast, copy: Holding) -> None:
    libraries = [MemberLibraryFactory.create() for _ in range(4)]
    for library in libraries:
        HoldingFactory.create(edition=copy.edition, library=library)
    request = request_at(State.UNFILLED)
    for hop, library in enumerate(libraries[:3], start=1):
        request = forward(request, library, cast["R"], at=NEXT_DAY)
        assert request.hop == hop
        lender = Actor.of_librarian(cast["L"].user, library)  # type: ignore[arg-type]
        move(request=request, verb="decline", by=lender, at=NEXT_DAY, reason=Reason.ON_LOAN)
    with pytest.raises(MoveRefused, match="最多转馆3次"):
        forward(request, libraries[3], cast["R"])
    option = option_of(request, cast["R"], "forward")
    assert option is not None
    assert option.why_not == "最多转馆3次。"


def test_a_stranger_and_the_lender_do_not_forward(
    request_at: RequestAt, cast: Cast, bnu: MemberLibrary, second_copy: Holding
) -> None:
    request = request_at(State.UNFILLED)
    for who, rule in (("X", "stranger"), ("L", "wrong_capacity")):
        with pytest.raises(MoveRefused) as refused:
            forward(request, bnu, cast[who])
        assert refused.value.rule == rule


def test_the_system_goes_on_where_the_reader_agreed(
    request_at: RequestAt, cast: Cast, second_copy: Holding, bnu: MemberLibrary
) -> None:
    without = request_at(State.UNFILLED)
    request = request_at(State.UNFILLED, may_forward=True)
    moved = run_clocks(at=NEXT_DAY)
    assert moved == {"forward": 1}
    child = LoanRequest.objects.get(forwarded_from=request)
    assert (child.lender, child.may_forward) == (bnu, True)
    assert not LoanRequest.objects.filter(forwarded_from=without).exists()
    assert Email.objects.filter(kind="forwarded_reader", request_number=request.number).exists()
    assert run_clocks(at=NEXT_DAY) == {}


def test_which_lender_and_why(
    request_at: RequestAt, copy: Holding, reader: object, second_copy: Holding, bnu: MemberLibrary, cumtb: MemberLibrary
) -> None:
    Holding.objects.filter(pk=copy.pk).update(circulation_status="on_loan")
    paused = MemberLibraryFactory.create()
    HoldingFactory.create(edition=copy.edition, library=paused)
    ServicePause.objects.create(library=paused, kind=PauseKind.LENDING, starts_on=MORNING.date())
    LendingPolicy.objects.create(library=bnu, loan_days=20)
    found = lenders_of(copy.edition, reader=reader, at=MORNING)  # type: ignore[arg-type]
    assert [lender.library for lender in found] == [bnu, cumtb, paused]
    assert found[0].reason == "在架1册，共1册，今天开馆"
    assert found[1].reason == "共1册，暂无在架，今天开馆"
    assert found[2].why_not == "暂停借出服务"
