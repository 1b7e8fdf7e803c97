"""`move()`: one door, one event per step, and a sentence when it stays shut."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Edition, Holding
from readers.actors import Actor
from readers.models import Reader
from requests_app.errors import MoveRefused, StalePage
from requests_app.models import DueCountsFrom, LendingPolicy, LoanRequest, RequestEvent
from requests_app.services.moves import move
from requests_app.signals import request_moved
from requests_app.states import FINAL_STATES, RESERVING_STATES, Reason, State
from requests_app.timeline import stations_of
from tests.factories import EditionFactory
from tests.requests_app.conftest import MORNING, WAYS

Cast = dict[str, Actor]
RequestAt = Callable[..., LoanRequest]
HOUR = timedelta(hours=1)


def test_a_book_goes_the_whole_way(request_at: RequestAt, reader: Reader, copy: Holding) -> None:
    request = request_at(State.COMPLETED)

    assert list(request.events.values_list("sequence", "verb", "from_state", "to_state")) == [
        (1, "submit", "", "SUBMITTED"),
        (2, "accept", "SUBMITTED", "ACCEPTED"),
        (3, "ship", "ACCEPTED", "SHIPPED"),
        (4, "receive", "SHIPPED", "ARRIVED"),
        (5, "hand_out", "ARRIVED", "ON_LOAN"),
        (6, "take_back", "ON_LOAN", "RETURNED"),
        (7, "ship_back", "RETURNED", "RETURN_SHIPPED"),
        (8, "check_in", "RETURN_SHIPPED", "COMPLETED"),
    ]
    stored = LoanRequest.objects.get(pk=request.pk)
    assert stored.state == State.COMPLETED
    assert stored.version == 8
    assert stored.filled_at == MORNING + 2 * HOUR
    assert stored.closed_at == MORNING + 17 * 24 * HOUR
    copy.refresh_from_db()
    assert copy.out_on_request == ""


def test_the_event_keeps_who_when_where_and_what(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)

    event = move(request=request, verb="receive", by=cast["H"], at=MORNING + 26 * HOUR, condition=" 封面有折痕 ")

    event.refresh_from_db()
    assert (event.capacity, event.actor, event.library) == ("H", cast["H"].user, request.home_library)
    assert event.at == MORNING + 26 * HOUR
    assert event.details == {"condition": "封面有折痕", "pickup_deadline": "2026-03-18"}


@pytest.mark.parametrize("state", WAYS)
def test_the_log_replays_to_the_state(request_at: RequestAt, state: State) -> None:
    request = request_at(state)
    assert replay(request) == request.state


def replay(request: LoanRequest) -> str:
    """Follow the log from nothing; every event must start where the one before it ended."""
    state = ""
    for place, event in enumerate(request.events.order_by("sequence"), start=1):
        assert event.sequence == place
        assert event.from_state == state
        state = event.to_state
    return state


@pytest.mark.parametrize("state", WAYS)
def test_a_final_request_holds_no_copy_and_no_place(
    request_at: RequestAt, state: State, reader: Reader, copy: Holding
) -> None:
    request = request_at(state)
    reader.refresh_from_db()
    copy.refresh_from_db()

    assert bool(request.closed_at) == (state in FINAL_STATES)
    assert (copy.out_on_request == request.number) == (state in RESERVING_STATES)
    takes_a_place = state not in FINAL_STATES and state not in (State.RETURNED, State.RETURN_SHIPPED)
    assert reader.open_requests == int(takes_a_place)
    assert reader.books_out == int(state == State.ON_LOAN)


# --- who and when ------------------------------------------------------------------------------------


def test_a_wrong_state_is_answered_with_a_sentence_and_changes_nothing(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    before = snapshot(request)

    with pytest.raises(MoveRefused, match=f"申请单{request.number}现在是“已提交”，不能“到馆签收”。"):
        move(request=request, verb="receive", by=cast["H"])

    assert snapshot(request) == before


def test_a_wrong_person_is_told_whose_move_it_is(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(MoveRefused, match="“受理”只能由出借馆操作。"):
        move(request=request, verb="accept", by=cast["R"], barcode="C6024202")


def test_a_stranger_is_refused(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(MoveRefused) as refused:
        move(request=request, verb="accept", by=cast["X"], barcode="C6024202")
    assert refused.value.rule == "stranger"


def test_another_reader_of_the_same_library_is_a_stranger(request_at: RequestAt, reader: Reader) -> None:
    from tests.factories import ReaderFactory

    request = request_at(State.SUBMITTED)
    other = ReaderFactory.create(library=reader.library)
    with pytest.raises(MoveRefused) as refused:
        move(request=request, verb="cancel", by=Actor.of_reader(other), at=MORNING)
    assert refused.value.rule == "stranger"


def test_a_request_under_review_at_home_does_not_exist_for_the_lender(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.HOME_REVIEW)
    with pytest.raises(MoveRefused) as refused:
        move(request=request, verb="accept", by=cast["L"], barcode="C6024202")
    assert refused.value.rule == "stranger"


def test_a_stale_page_is_told_so(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    shown = request.version
    move(request=request, verb="accept", by=cast["L"], at=MORNING, barcode="C6024202")
    before = snapshot(request)

    with pytest.raises(StalePage, match="已由矿大（北京）于03-10 09:00办理“受理”，现在是“出借馆已受理，正在取书”"):
        move(request=request, verb="cancel", by=cast["R"], at=MORNING, expected_version=shown)

    assert snapshot(request) == before


def test_the_center_acts_on_behalf_and_says_why(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)

    with pytest.raises(MoveRefused, match="请说明原因"):
        move(request=request, verb="accept", by=Actor.of_center(cast["C"].user), barcode="C6024202")  # type: ignore[arg-type]
    event = move(request=request, verb="accept", by=cast["C"], barcode="C6024202")

    assert (event.capacity, event.library, event.on_behalf_of) == ("C", None, request.lender)
    assert event.details["on_behalf_reason"] == "电话委托"


def test_the_center_does_not_act_for_the_reader(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(MoveRefused, match="只能由读者本人操作"):
        move(request=request, verb="cancel", by=cast["C"], at=MORNING)


def test_a_refused_effect_undoes_everything(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    before = snapshot(request)

    def break_down(**kwargs: object) -> None:
        raise RuntimeError("a listener failed")

    request_moved.connect(break_down)
    try:
        with pytest.raises(RuntimeError):
            move(request=request, verb="accept", by=cast["L"], barcode="C6024202")
    finally:
        request_moved.disconnect(break_down)

    assert snapshot(request) == before
    assert not Holding.objects.exclude(out_on_request="").exists()


def test_an_unknown_detail_is_a_programming_error(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(TypeError, match="colour"):
        move(request=request, verb="accept", by=cast["L"], colour="red")  # type: ignore[call-arg]
    with pytest.raises(KeyError):
        move(request=request, verb="fly", by=cast["L"])


def test_listeners_hear_every_event_with_the_request_in_its_new_state(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    heard: list[tuple[str, str]] = []

    def listen(request: LoanRequest, event: RequestEvent, **kwargs: object) -> None:
        heard.append((event.verb, request.state))

    request_moved.connect(listen)
    try:
        move(request=request, verb="check_in", by=cast["L"], barcode="C6024202")
    finally:
        request_moved.disconnect(listen)

    assert heard == [("caught_up", "COMPLETED"), ("check_in", "COMPLETED")]


def snapshot(request: LoanRequest) -> object:
    return (
        LoanRequest.objects.filter(pk=request.pk).values().get(),
        list(RequestEvent.objects.filter(request=request).values()),
        Reader.objects.filter(pk=request.reader_id).values().get(),
    )


# --- the reader's hour -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SUBMITTED, State.ACCEPTED])
def test_the_reader_cancels_in_the_last_second_of_the_hour(request_at: RequestAt, cast: Cast, state: State) -> None:
    request = request_at(state)
    move(request=request, verb="cancel", by=cast["R"], at=MORNING + HOUR - timedelta(seconds=1))
    assert request.state == State.CANCELLED


def test_the_reader_does_not_cancel_when_the_hour_is_over(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    with pytest.raises(MoveRefused, match="满60分钟后不能直接撤销"):
        move(request=request, verb="cancel", by=cast["R"], at=MORNING + HOUR)


def test_who_has_asked_to_cancel_is_told_to_wait_and_not_to_ask(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    move(request=request, verb="ask_cancel", by=cast["R"], at=MORNING + timedelta(hours=2))
    with pytest.raises(MoveRefused, match="请等待出借馆答复"):
        move(request=request, verb="cancel", by=cast["R"], at=MORNING + timedelta(hours=3))


def test_the_lender_does_not_dispatch_in_the_last_second_of_the_hour(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ACCEPTED)
    with pytest.raises(MoveRefused, match="读者在10:00之前可以撤销申请"):
        move(request=request, verb="ship", by=cast["L"], at=MORNING + HOUR - timedelta(seconds=1))
    move(request=request, verb="ship", by=cast["L"], at=MORNING + HOUR)
    assert request.state == State.SHIPPED


def test_the_length_of_the_hour_is_a_setting(request_at: RequestAt, cast: Cast, settings: object) -> None:
    settings.ILL = {**settings.ILL, "CANCEL_WINDOW_MINUTES": 5}  # type: ignore[attr-defined]
    request = request_at(State.ACCEPTED)
    with pytest.raises(MoveRefused, match="满5分钟后"):
        move(request=request, verb="cancel", by=cast["R"], at=MORNING + timedelta(minutes=5))


def test_while_it_waits_at_home_the_reader_cancels_at_any_time(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.HOME_REVIEW)
    move(request=request, verb="cancel", by=cast["R"], at=MORNING + 50 * HOUR)
    assert request.state == State.CANCELLED


def test_the_hour_starts_when_home_approves(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.HOME_REVIEW)
    move(request=request, verb="approve", by=cast["H"], at=MORNING + 20 * HOUR)
    move(request=request, verb="cancel", by=cast["R"], at=MORNING + 20.9 * HOUR)
    assert request.state == State.CANCELLED


# --- the copy ----------------------------------------------------------------------------------------


def test_accepting_names_and_reserves_the_copy(request_at: RequestAt, cast: Cast, copy: Holding) -> None:
    request = request_at(State.ACCEPTED)
    copy.refresh_from_db()
    assert (request.copy, request.copy_barcode, copy.out_on_request) == (copy, "C6024202", request.number)


def test_a_barcode_is_needed_where_the_holdings_are_loaded(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(MoveRefused, match="请扫描或输入所取图书的条形码"):
        move(request=request, verb="accept", by=cast["L"])
    with pytest.raises(MoveRefused, match="条形码C999不是本馆收藏的这种书"):
        move(request=request, verb="accept", by=cast["L"], barcode="C999")


def test_no_barcode_is_needed_for_a_book_outside_the_catalogue(submit: RequestAt, cast: Cast) -> None:
    request = submit(holding=None, title="一本未入联合目录的书")
    move(request=request, verb="accept", by=cast["L"])
    assert (request.state, request.copy_barcode) == (State.ACCEPTED, "")


def test_holdings_without_barcodes_take_the_one_in_the_hand(request_at: RequestAt, cast: Cast, copy: Holding) -> None:
    Holding.objects.update(barcode="")
    request = request_at(State.SUBMITTED)
    move(request=request, verb="accept", by=cast["L"], at=MORNING, barcode="B-7")
    assert request.copy_barcode == "B-7"


def test_one_copy_is_not_lent_twice(request_at: RequestAt, submit: RequestAt, cast: Cast) -> None:
    first = request_at(State.ACCEPTED)
    second = submit()
    with pytest.raises(MoveRefused, match=f"已用于申请单{first.number}，请另取一册"):
        move(request=second, verb="accept", by=cast["L"], barcode="C6024202")
    move(request=first, verb="decline", by=cast["L"], reason=Reason.DAMAGED)
    move(request=second, verb="accept", by=cast["L"], barcode="C6024202")
    assert second.state == State.ACCEPTED


def test_another_book_is_not_checked_in(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.RETURN_SHIPPED)
    with pytest.raises(MoveRefused, match="收到的图书条形码是C777，借出的是C6024202"):
        move(request=request, verb="check_in", by=cast["L"], barcode="C777")


def test_a_refusal_carries_a_reason_the_reader_sees(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SUBMITTED)
    with pytest.raises(MoveRefused, match="请选择原因"):
        move(request=request, verb="decline", by=cast["L"], note="没有")
    move(request=request, verb="decline", by=cast["L"], reason=Reason.NOT_HELD)
    assert request.state_text == "未满足，本馆无此馆藏"


# --- the book in the hand wins -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "skipped"),
    [
        (State.SHIPPED, ["ARRIVED", "ON_LOAN", "RETURNED", "RETURN_SHIPPED"]),
        (State.ARRIVED, ["ON_LOAN", "RETURNED", "RETURN_SHIPPED"]),
        (State.ON_LOAN, ["RETURNED", "RETURN_SHIPPED"]),
        (State.RETURNED, ["RETURN_SHIPPED"]),
    ],
)
def test_the_lender_checks_in_whatever_arrives(
    request_at: RequestAt, cast: Cast, state: State, skipped: list[str]
) -> None:
    request = request_at(state)

    move(request=request, verb="check_in", by=cast["L"], barcode="C6024202")

    caught_up, check_in = request.events.order_by("-sequence")[:2][::-1]
    assert (caught_up.verb, caught_up.from_state, caught_up.to_state) == ("caught_up", state, "RETURN_SHIPPED")
    assert caught_up.details == {"because_of": "check_in", "skipped": skipped}
    assert (check_in.verb, check_in.from_state, check_in.to_state) == ("check_in", "RETURN_SHIPPED", "COMPLETED")
    assert replay(request) == State.COMPLETED


def test_home_takes_back_a_book_whose_hand_out_was_never_recorded(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ARRIVED)
    move(request=request, verb="take_back", by=cast["H"])
    assert request.state == State.RETURNED
    assert replay(request) == State.RETURNED
    assert request.events.get(verb="caught_up").details["skipped"] == ["ON_LOAN"]


# --- dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts_from", "preliminary", "final"),
    [
        # submitted and shipped on 10 March, arrived and handed out on 11 March, 30 days
        (DueCountsFrom.REQUEST, date(2026, 4, 9), date(2026, 4, 9)),
        (DueCountsFrom.DISPATCH, date(2026, 4, 9), date(2026, 4, 9)),
        (DueCountsFrom.ARRIVAL, date(2026, 4, 9), date(2026, 4, 10)),
        (DueCountsFrom.HAND_OUT, date(2026, 4, 9), date(2026, 4, 10)),
    ],
)
def test_the_lenders_policy_counts_the_loan(
    request_at: RequestAt, cast: Cast, cumtb: object, counts_from: str, preliminary: date, final: date
) -> None:
    LendingPolicy.objects.create(library=cumtb, loan_days=30, counts_from=counts_from)
    request = request_at(State.SHIPPED)
    assert request.due_date == preliminary
    move(request=request, verb="receive", by=cast["H"], at=MORNING + 26 * HOUR)
    move(request=request, verb="hand_out", by=cast["H"], at=MORNING + 30 * HOUR)
    assert request.due_date == final


def test_the_day_of_a_hand_out_is_the_day_in_beijing(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ARRIVED)
    just_after_midnight = MORNING.replace(day=11, hour=16, minute=1)  # 12 March, 0:01 in Beijing
    move(request=request, verb="hand_out", by=cast["H"], at=just_after_midnight)
    assert request.due_date == date(2026, 4, 11)


# --- speed -------------------------------------------------------------------------------------------


def test_a_move_takes_few_queries(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.RETURNED)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        move(request=request, verb="ship_back", by=cast["H"])
    own = [q for q in queries if '"requests_app_' in q["sql"] or '"readers_reader"' in q["sql"]]
    assert len(own) <= 7


def test_a_request_follows_its_edition_when_that_is_merged(cast: Cast, request_at: RequestAt, copy: Holding) -> None:
    request = request_at(State.SUBMITTED, edition=copy.edition, holding=copy)
    survivor = EditionFactory.create()
    Holding.objects.filter(edition=copy.edition).update(edition=survivor)
    Edition.objects.filter(pk=copy.edition_id).update(merged_into=survivor)
    with pytest.raises(MoveRefused, match="不是本馆收藏的这种书"):
        move(request=request, verb="accept", by=cast["L"], barcode="C0000000")
    move(request=request, verb="accept", by=cast["L"], barcode=copy.barcode)
    request.refresh_from_db()
    assert (request.state, request.copy) == (State.ACCEPTED, copy)


def test_a_book_that_came_back_is_recalled_no_more(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.ON_LOAN)
    at = MORNING + timedelta(days=10)
    move(request=request, verb="recall", by=cast["L"], at=at, due_date=date(2026, 3, 27), note="教师急用")
    assert "已召回" in request.flags
    move(request=request, verb="take_back", by=cast["H"], at=at + timedelta(days=1))
    assert request.flags == []
    assert request.due_date == date(2026, 3, 27)


@pytest.mark.parametrize("verb", ["refuse_arrival", "not_collected"])
def test_what_was_never_lent_has_no_due_date_and_no_loan_on_its_road(
    request_at: RequestAt, cast: Cast, verb: str
) -> None:
    request = request_at(State.ARRIVED)
    typed = {"reason": Reason.WRONG_VOLUME, "note": "寄来的是下册"} if verb == "refuse_arrival" else {}
    move(request=request, verb=verb, by=cast["H"], at=MORNING + timedelta(days=20), **typed)  # type: ignore[arg-type]
    assert request.due_date is None
    assert request.state_text == "本馆退回，待送回出借馆"
    road = [(station.label, station.passed, station.here) for station in stations_of(request)]
    assert road[3:] == [("到馆", True, False), ("借阅", False, False), ("归还", False, True), ("完成", False, False)]


def test_a_station_that_nobody_recorded_was_passed_all_the_same(request_at: RequestAt, cast: Cast) -> None:
    request = request_at(State.SHIPPED)
    move(request=request, verb="check_in", by=cast["L"], at=MORNING + timedelta(days=30), barcode="C6024202")
    assert all(station.passed or station.here for station in stations_of(request))
