"""The life of a request as one table. Buttons, guards, docs/states.md and tests are all derived from it.

A new move is a new row here, plus the guard and effect functions it names (requests_app/moves/, by theme).
"""

from django.utils.translation import gettext_lazy as _

from requests_app.moves import (
    cancelling,
    copies,
    dates,
    delivery,
    forwarding,
    people,
    silence,
    trouble,
    undoing,
    words,
)
from requests_app.moves.row import C, H, L, R, S, Transition
from requests_app.moves.undoing import CAUGHT_UP, UNDOABLE
from requests_app.states import ARRIVAL_REASONS, FINAL_STATES, REFUSAL_REASONS, REVIEW_REASONS, State

# Where the moves of UNDOABLE lead: from there the last one may be taken back.
_AFTER_UNDOABLE = (
    State.SUBMITTED,
    State.ACCEPTED,
    State.UNFILLED,
    State.SHIPPED,
    State.READY_AT_LENDER,
    State.ARRIVED,
    State.ON_LOAN,
    State.RETURNED,
    State.RETURN_SHIPPED,
    State.COMPLETED,
)
_NOT_FINAL = tuple(state for state in State if state not in FINAL_STATES)

# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    # --- asking -------------------------------------------------------------------------------------------------
    Transition(
        "submit", _("提交"), _("提交申请"), (), State.SUBMITTED, (R, H),
        effects=(delivery.start_the_hour,),
        is_button=False,
    ),  # its guards stand in submission_rules.py: there is no request yet to look at
    Transition(
        "approve", _("审核通过"), _("本馆审核通过"), (State.HOME_REVIEW,), State.SUBMITTED, (H,),
        guards=(people.home_still_borrows, people.the_lender_still_lends),
        effects=(delivery.start_the_hour,),
        expected=True,
    ),
    Transition(
        "approve", _("审核通过"), _("本馆审核期满，自动通过"), (State.HOME_REVIEW,), State.SUBMITTED, (S,),
        guards=(people.home_still_borrows, people.the_lender_still_lends, silence.the_time_is_over),
        effects=(delivery.start_the_hour,),
    ),
    Transition(
        "reject", _("不通过"), _("本馆未通过"), (State.HOME_REVIEW,), State.REJECTED, (H,),
        checks=(words.reason_is_given,),
        effects=(words.keep_the_reason,),
        fields=("reason", "note"), reasons=REVIEW_REASONS,
    ),
    Transition(
        "reject", _("不通过"), _("本馆暂停服务，申请未通过"), (State.HOME_REVIEW,), State.REJECTED, (S,),
        guards=(people.borrowing_has_stopped,),
        effects=(people.say_the_service_is_paused,),
    ),
    # --- taking it back -----------------------------------------------------------------------------------------
    Transition(
        "cancel", _("撤销"), _("读者撤销申请"),
        (State.HOME_REVIEW, State.SUBMITTED, State.ACCEPTED), State.CANCELLED, (R,),
        guards=(cancelling.the_hour_still_runs,),
        effects=(cancelling.answer_the_wish_to_cancel, copies.release_the_copy),
    ),
    Transition(
        "cancel", _("撤销"), _("读者撤销申请"), (State.READY_AT_LENDER,), State.CANCELLED, (R,),
        effects=(copies.release_the_copy, dates.forget_the_pickup),
    ),
    Transition(
        "ask_cancel", _("请求撤销"), _("请求撤销"), (State.SUBMITTED, State.ACCEPTED), None, (R, H),
        shown_if=(cancelling.a_cancel_may_be_asked,),
        effects=(cancelling.ask_to_cancel,),
        fields=("note",),
    ),
    Transition(
        "agree_cancel", _("同意撤销"), _("出借馆同意撤销"), (State.SUBMITTED, State.ACCEPTED), State.CANCELLED, (L,),
        shown_if=(cancelling.a_cancel_is_asked,),
        effects=(cancelling.answer_the_wish_to_cancel, copies.release_the_copy),
    ),
    Transition(
        "agree_cancel", _("同意撤销"), _("出借馆未答复，申请撤销"), (State.SUBMITTED,), State.CANCELLED, (S,),
        guards=(cancelling.the_lender_was_silent,),
        effects=(cancelling.answer_the_wish_to_cancel,),
    ),
    Transition(
        "refuse_cancel", _("拒绝撤销"), _("出借馆未同意撤销"), (State.SUBMITTED, State.ACCEPTED), None, (L,),
        shown_if=(cancelling.a_cancel_is_asked,),
        effects=(cancelling.answer_the_wish_to_cancel,),
        fields=("note",),
    ),
    Transition(
        "change_delivery", _("更改获取方式"), _("更改获取方式"), (State.SUBMITTED, State.ACCEPTED), None, (R, L),
        guards=(delivery.the_other_way_is_open,),
        checks=(delivery.another_way_is_chosen,),
        effects=(delivery.change_the_delivery,),
        fields=("delivery_method",),
    ),
    # --- answering and sending ----------------------------------------------------------------------------------
    Transition(
        "accept", _("受理"), _("出借馆受理申请"), (State.SUBMITTED,), State.ACCEPTED, (L,),
        checks=(copies.barcode_names_a_free_copy,),
        effects=(copies.reserve_the_copy,),
        fields=("barcode", "note"),
        expected=True,
    ),
    Transition(
        "decline", _("回绝"), _("出借馆未能满足"),
        (State.SUBMITTED, State.ACCEPTED, State.READY_AT_LENDER), State.UNFILLED, (L,),
        checks=(words.reason_is_given,),
        effects=(words.keep_the_reason, cancelling.answer_the_wish_to_cancel, copies.release_the_copy,
                 dates.forget_the_pickup),
        fields=("reason", "note"), reasons=REFUSAL_REASONS,
    ),
    Transition(
        "ship", _("发出"), _("出借馆发出图书"), (State.ACCEPTED,), State.SHIPPED, (L,),
        shown_if=(delivery.goes_by_logistics,),
        guards=(cancelling.no_cancel_is_asked, cancelling.the_hour_is_over),
        effects=(delivery.count_as_filled, dates.set_due_date_at_dispatch, words.keep_how_it_travels),
        fields=("lent_in_own_system", "note"),
        expected=True,
    ),
    Transition(
        "make_ready", _("备好待取"), _("图书已备好，请到出借馆自取"), (State.ACCEPTED,), State.READY_AT_LENDER, (L,),
        shown_if=(delivery.is_fetched_by_the_reader,),
        guards=(cancelling.no_cancel_is_asked, cancelling.the_hour_is_over),
        effects=(delivery.count_as_filled, dates.set_pickup_deadline_at_lender),
        fields=("note",),
        expected=True,
    ),
    # --- to the reader ------------------------------------------------------------------------------------------
    Transition(
        "hand_out_at_lender", _("交给读者"), _("读者到出借馆取书"), (State.READY_AT_LENDER,), State.ON_LOAN, (L,),
        guards=(people.the_reader_may_borrow, people.the_card_is_valid),
        effects=(dates.set_due_date_at_hand_out, dates.forget_the_pickup),
        fields=("note",),
        expected=True,
    ),
    Transition(
        "receive", _("到馆签收"), _("文献到馆"), (State.SHIPPED,), State.ARRIVED, (H,),
        effects=(dates.set_due_date_at_arrival, dates.set_pickup_deadline, trouble.no_longer_missing,
                 words.keep_the_condition),
        fields=("condition",),
        expected=True,
    ),
    Transition(
        "refuse_arrival", _("拒收退回"), _("本馆拒收，退回出借馆"),
        (State.SHIPPED, State.ARRIVED), State.RETURNED, (H,),
        checks=(words.reason_is_given,),
        effects=(words.keep_the_reason, trouble.no_longer_missing, dates.forget_the_pickup, dates.forget_the_loan),
        fields=("reason", "note"), reasons=ARRIVAL_REASONS,
    ),
    Transition(
        "hand_out", _("交给读者"), _("读者获取图书"), (State.ARRIVED,), State.ON_LOAN, (H,),
        checks=(people.the_reader_may_borrow_or_it_is_said_why,),
        effects=(dates.set_due_date_at_hand_out, dates.forget_the_pickup, words.keep_the_collector),
        fields=("collected_by", "override"),
        expected=True,
    ),
    Transition(
        "extend_pickup", _("延长取书期限"), _("取书期限延长"), (State.ARRIVED,), None, (H,),
        checks=(dates.the_new_deadline_is_later,),
        effects=(dates.extend_the_deadline,),
        fields=("pickup_deadline",),
    ),
    Transition(
        "extend_pickup", _("延长取书期限"), _("取书期限延长"), (State.READY_AT_LENDER,), None, (L,),
        checks=(dates.the_new_deadline_is_later,),
        effects=(dates.extend_the_deadline,),
        fields=("pickup_deadline",),
    ),
    Transition(
        "pickup_overdue", _("标记逾期未取"), _("过了取书期限，书还没有取"),
        (State.ARRIVED, State.READY_AT_LENDER), None, (S,),
        guards=(dates.the_deadline_has_passed, dates.not_flagged_as_uncollected),
        effects=(dates.flag_as_uncollected,),
    ),
    Transition(
        "not_collected", _("登记逾期未取"), _("逾期未取，退回出借馆"), (State.ARRIVED,), State.RETURNED, (H,),
        shown_if=(dates.the_deadline_has_passed,),
        effects=(dates.forget_the_pickup, dates.forget_the_loan),
    ),
    Transition(
        "not_collected", _("登记逾期未取"), _("逾期未取，图书已上架"),
        (State.READY_AT_LENDER,), State.UNCOLLECTED, (L,),
        shown_if=(dates.the_deadline_has_passed,),
        effects=(dates.forget_the_pickup, copies.release_the_copy),
    ),
    # --- and back -----------------------------------------------------------------------------------------------
    Transition(
        "take_back", _("还书"), _("读者还书"), (State.ARRIVED, State.ON_LOAN), State.RETURNED, (H,),
        effects=(dates.count_the_days_late, dates.forget_the_pickup, words.keep_the_condition),
        fields=("condition",),
        comes_after=State.ON_LOAN, expected=True,
    ),
    Transition(
        "take_back_at_lender", _("到馆还书"), _("读者还到出借馆"), (State.ON_LOAN,), State.COMPLETED, (L,),
        checks=(copies.barcode_is_the_one_lent, trouble.the_amount_is_not_negative),
        effects=(dates.count_the_days_late, copies.release_the_copy, words.keep_the_condition, trouble.keep_the_damage),
        fields=("barcode", "condition", "amount"),
    ),
    Transition(
        "ship_back", _("寄还"), _("图书寄还出借馆"), (State.RETURNED,), State.RETURN_SHIPPED, (H,),
        effects=(words.keep_how_it_travels,),
        fields=("note",),
        expected=True,
    ),
    Transition(
        "check_in", _("验收入藏"), _("出借馆验收入藏"),
        (State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.RETURN_SHIPPED), State.COMPLETED, (L,),
        checks=(copies.barcode_is_the_one_lent, trouble.the_amount_is_not_negative),
        effects=(dates.count_the_days_late, dates.forget_the_pickup, trouble.no_longer_missing,
                 copies.release_the_copy, words.keep_the_condition, trouble.keep_the_damage),
        fields=("barcode", "condition", "amount"),
        comes_after=State.RETURN_SHIPPED, expected=True,
    ),
    # --- dates --------------------------------------------------------------------------------------------------
    Transition(
        "recall", _("召回"), _("出借馆召回图书"), (State.ARRIVED, State.ON_LOAN), None, (L,),
        shown_if=(dates.not_recalled_yet,),
        checks=(words.note_is_given, dates.the_recall_is_early_enough),
        effects=(dates.recall_the_book,),
        fields=("due_date", "note"),
    ),
    Transition(
        "cancel_recall", _("取消召回"), _("出借馆取消召回"), (State.ARRIVED, State.ON_LOAN), None, (L,),
        shown_if=(dates.it_is_recalled,),
        effects=(dates.take_the_recall_back,),
    ),
    Transition(
        "change_due", _("更改应还日期"), _("应还日期更改"), (State.SHIPPED, State.ARRIVED, State.ON_LOAN), None, (L,),
        checks=(words.note_is_given, dates.the_new_due_date_is_later),
        effects=(dates.change_the_due_date,),
        fields=("due_date", "note"),
    ),
    Transition(
        "shift_dates", _("因闭馆调整日期"), _("因闭馆调整日期"),
        (State.SHIPPED, State.READY_AT_LENDER, State.ARRIVED, State.ON_LOAN), None, (H, L, S),
        effects=(dates.move_the_dates,),
        fields=("due_date", "pickup_deadline", "note"),
        is_button=False,
    ),  # made for every loan that a new closure hits: calendar/closing.py
    # --- trouble ------------------------------------------------------------------------------------------------
    Transition(
        "report_missing", _("登记未收到"), _("登记图书未收到"),
        (State.SHIPPED, State.RETURN_SHIPPED), None, (H, L),
        shown_if=(trouble.not_reported_missing,),
        effects=(trouble.report_as_missing,),
        fields=("note",),
    ),
    Transition(
        "report_missing", _("登记未收到"), _("在途过久，登记为未收到"),
        (State.SHIPPED, State.RETURN_SHIPPED), None, (S,),
        guards=(trouble.not_reported_missing, trouble.on_the_way_for_long),
        effects=(trouble.report_as_missing,),
    ),
    Transition(
        "clear_missing", _("已找到，继续"), _("图书已找到"), (State.SHIPPED, State.RETURN_SHIPPED), None, (H, L),
        shown_if=(trouble.reported_missing,),
        effects=(trouble.no_longer_missing,),
        fields=("note",),
    ),
    Transition(
        "propose_lost", _("建议按遗失处理"), _("逾期过久，建议按遗失处理"), (State.ON_LOAN,), None, (S,),
        guards=(trouble.overdue_for_long,),
        effects=(trouble.propose_as_lost,),
    ),
    Transition(
        "declare_lost", _("登记遗失"), _("图书登记为遗失"),
        (State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.RETURNED, State.RETURN_SHIPPED), State.LOST, (H, L),
        checks=(trouble.the_amount_is_not_negative,),
        effects=(dates.forget_the_pickup, trouble.name_the_liable),
        fields=("note", "amount"),
    ),
    Transition(
        "settle_lost", _("赔偿结案"), _("赔偿结案"), (State.LOST,), State.CLOSED_LOST, (L,),
        effects=(copies.write_off_the_copy, trouble.nobody_is_liable),
        fields=("note",),
    ),
    Transition(
        "found", _("图书找到"), _("图书找到"), (State.LOST, State.CLOSED_LOST), None, (H, L),
        guards=(copies.the_copy_is_not_taken,),
        effects=(trouble.nobody_is_liable, trouble.go_back_or_end, copies.find_the_copy),
        fields=("note",),
    ),
    # --- clocks and the end -------------------------------------------------------------------------------------
    Transition(
        "warn", _("提醒办理"), _("提醒尽快办理"), (State.HOME_REVIEW, State.SUBMITTED, State.ACCEPTED), None, (S,),
        guards=(silence.a_warning_is_due,),
        effects=(silence.note_the_warning,),
    ),
    Transition(
        "expire", _("超时"), _("出借馆逾期未处理"), (State.SUBMITTED, State.ACCEPTED), State.EXPIRED, (S,),
        guards=(silence.the_time_is_over_or_lending_stopped,),
        effects=(silence.say_why_it_expired, cancelling.answer_the_wish_to_cancel, copies.release_the_copy),
    ),
    Transition(
        "forward", _("转馆"), _("转往其他馆"), (State.UNFILLED, State.EXPIRED, State.UNCOLLECTED), None, (R, H),
        shown_if=(forwarding.not_forwarded_yet,),
        guards=(forwarding.hops_are_left, forwarding.somebody_else_has_it),
        fields=("lender",),
    ),
    Transition(
        "forward", _("转馆"), _("转往其他馆"), (State.RETURNED,), None, (R, H),
        shown_if=(forwarding.the_arrival_was_refused, forwarding.not_forwarded_yet),
        guards=(forwarding.hops_are_left, forwarding.somebody_else_has_it),
        fields=("lender",),
    ),
    Transition(
        "forward", _("转馆"), _("未满足，自动转往其他馆"), (State.UNFILLED, State.EXPIRED), None, (S,),
        guards=(forwarding.the_reader_agreed, forwarding.not_forwarded_yet, forwarding.hops_are_left),
    ),  # the new request is made by services/forwarding.py
    Transition(
        "undo", _("撤回上一步"), _("撤回上一步"), _AFTER_UNDOABLE, None, (H, L),
        shown_if=(undoing.the_last_move_may_be_taken_back,),
        effects=(undoing.take_the_last_move_back,),
    ),
    Transition(
        "close", _("关闭申请单"), _("中心关闭申请单"), _NOT_FINAL, State.CLOSED, (C,),
        checks=(words.note_is_given, trouble.where_the_book_is),
        effects=(copies.leave_the_copy_where_it_is, trouble.nobody_is_liable, words.keep_the_reason),
        fields=("note", "book_at"),
    ),
)
# fmt: on

VERBS: tuple[str, ...] = tuple(dict.fromkeys(row.verb for row in TRANSITIONS))
MADE_BY_OTHER_SERVICES = frozenset({"submit", "forward"})  # they make a new request: services/

__all__ = ["CAUGHT_UP", "MADE_BY_OTHER_SERVICES", "TRANSITIONS", "UNDOABLE", "VERBS", "Transition", "rows_of"]


def rows_of(verb: str) -> tuple[Transition, ...]:
    return tuple(row for row in TRANSITIONS if row.verb == verb)
