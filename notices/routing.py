"""Who is told what: one table from events to recipients and texts. Editing it changes what people receive.

A mail `NAME` is templates/notices/mail/NAME.txt, a system message `NAME` is templates/notices/message/NAME.txt.
"""

from dataclasses import dataclass
from enum import StrEnum

from readers.models import MailGroup


class Recipient(StrEnum):
    """Whom a row addresses. OTHER_DESK is the library that did not act, TURN_DESK the one whose turn it is now.

    ACCOUNT is the address of an account, of a reader or a librarian; OTHER_ADDRESS the one that it had or is to have.
    """

    READER = "reader"
    HOME_DESK = "home_desk"
    LENDER_DESK = "lender_desk"
    OTHER_DESK = "other_desk"
    ACCOUNT = "account"
    TURN_DESK = "turn_desk"
    CENTER = "center"
    OTHER_ADDRESS = "other_address"


@dataclass(frozen=True)
class Told:
    """One row: this recipient gets this mail and, a reader only, this system message; but nobody hears what they did.

    unless_by: the capacity (R, H, L) in which the recipient may have made the move.
    """

    recipient: Recipient
    mail: str
    message: str = ""
    unless_by: str = ""


R, H, L, OTHER = Recipient.READER, Recipient.HOME_DESK, Recipient.LENDER_DESK, Recipient.OTHER_DESK
TURN, C = Recipient.TURN_DESK, Recipient.CENTER
A, OTHER_ADDRESS = Recipient.ACCOUNT, Recipient.OTHER_ADDRESS
NOBODY: tuple[Told, ...] = ()

# The verbs of requests_app.transitions, in its order. A lender is never told of a request that has not reached it.
# What readers do themselves is confirmed by mail only; what others do to their request is a system message as well.
# fmt: off
MOVES: dict[str, tuple[Told, ...]] = {
    "submit":    (Told(R, "submitted_reader"),                       Told(L, "submitted_lender")),
    "approve":   (Told(R, "approved_reader", message="approved"),    Told(L, "submitted_lender")),
    "reject":    (Told(R, "rejected_reader", message="rejected"),),
    "cancel":    (Told(R, "cancelled_reader"),                       Told(L, "cancelled_lender")),
    "ask_cancel":      (Told(R, "cancel_asked_reader", message="cancel_asked", unless_by="R"),
                        Told(L, "cancel_asked_lender")),
    "agree_cancel":    (Told(R, "cancel_agreed_reader", message="cancel_agreed"), Told(H, "cancel_agreed_home")),
    "refuse_cancel":   (Told(R, "cancel_refused_reader", message="cancel_refused"), Told(H, "cancel_refused_home")),
    "change_delivery": (Told(R, "delivery_changed_reader", message="delivery_changed", unless_by="R"),
                        Told(L, "delivery_changed_lender", unless_by="L")),
    "accept":    (Told(R, "accepted_reader", message="accepted"),),
    "decline":   (Told(R, "declined_reader", message="declined"),    Told(H, "declined_home")),
    "ship":      (Told(R, "shipped_reader", message="shipped"),      Told(H, "shipped_home")),
    "make_ready":         (Told(R, "ready_reader", message="ready"),),
    "hand_out_at_lender": (Told(R, "picked_up_reader", message="picked_up"), Told(H, "picked_up_home")),
    "receive":   (Told(R, "received_reader", message="received"),    Told(L, "received_lender")),
    "refuse_arrival": (Told(R, "arrival_refused_reader", message="arrival_refused"),
                       Told(L, "arrival_refused_lender")),
    "hand_out":  (Told(R, "handed_out_reader", message="handed_out"),),
    "extend_pickup":  (Told(R, "pickup_extended_reader", message="pickup_extended"),),
    "pickup_overdue": (Told(R, "pickup_overdue_reader", message="pickup_overdue"), Told(TURN, "pickup_overdue_desk")),
    "not_collected":  (Told(R, "not_collected_reader", message="not_collected"), Told(OTHER, "not_collected_other")),
    "take_back": (Told(R, "taken_back_reader", message="taken_back"),),
    "take_back_at_lender": (Told(R, "returned_at_lender_reader", message="returned_at_lender"),
                            Told(H, "returned_at_lender_home")),
    "ship_back": (Told(L, "shipped_back_lender"),),
    "check_in":  (Told(R, "checked_in_reader", message="checked_in"), Told(H, "checked_in_home")),
    "recall":        (Told(R, "recalled_reader", message="recalled"),         Told(H, "recalled_home")),
    "cancel_recall": (Told(R, "recall_ended_reader", message="recall_ended"), Told(H, "recall_ended_home")),
    "change_due":    (Told(R, "due_changed_reader", message="due_changed"),   Told(H, "due_changed_desk")),
    "shift_dates":   (Told(R, "dates_shifted_reader", message="dates_shifted"),),
    "report_missing": (Told(H, "missing_desk", unless_by="H"), Told(L, "missing_desk", unless_by="L"),
                       Told(C, "missing_center")),
    "clear_missing":  (Told(OTHER, "missing_cleared_desk"),),
    "propose_lost":   (Told(H, "lost_proposed_desk"), Told(L, "lost_proposed_desk")),
    "declare_lost":   (Told(R, "lost_reader", message="lost"), Told(H, "lost_desk"), Told(L, "lost_desk")),
    "settle_lost":    (Told(R, "lost_settled_reader", message="lost_settled"), Told(H, "lost_settled_desk"),
                       Told(L, "lost_settled_desk")),
    "found":     (Told(R, "found_reader", message="found"), Told(H, "found_desk"), Told(L, "found_desk")),
    "warn":      (Told(TURN, "warned_desk"),),
    "expire":    (Told(R, "expired_reader", message="expired"), Told(L, "expired_lender"), Told(H, "expired_home"),
                  Told(C, "expired_center")),
    "forward":   (Told(R, "forwarded_reader", message="forwarded", unless_by="R"),),  # the new request tells the rest
    # Whoever was told of the move that is taken back, unless that mail could still be withdrawn (telling.py).
    "undo":      (Told(R, "undone_reader", message="undone"), Told(H, "undone_desk"), Told(L, "undone_desk")),
    "close":     (Told(R, "closed_reader", message="closed"), Told(H, "closed_desk"), Told(L, "closed_desk")),
    "caught_up": (Told(OTHER, "caught_up_other"),),
}

# What the ledger of fines and the calendar tell (notices/fines.py, notices/reminders.py).
FINES: dict[str, tuple[Told, ...]] = {
    "opened":    (Told(R, "fined_reader", message="fined"),),
}
REMINDERS: dict[str, tuple[Told, ...]] = {
    "due_soon":  (Told(R, "due_soon_reader", message="due_soon"), Told(H, "due_soon_home")),
    "overdue":   (Told(R, "overdue_reader", message="overdue"),   Told(H, "overdue_home")),
}

REGISTRATION: dict[str, tuple[Told, ...]] = {
    "registered": (Told(R, "registered_reader"),),
    "approved":   (Told(R, "registration_approved_reader"),),
    "refused":    (Told(R, "registration_refused_reader"),),
}

# What happens to accounts (readers.signals.account_event). The desk hears of a registration once its e-mail is proved.
ACCOUNTS: dict[str, tuple[Told, ...]] = {
    "verification_asked":     (Told(A, "verification_reader"),),
    "email_verified":         (Told(H, "registered_home"),),
    "correction_asked":       (Told(A, "correction_asked_reader"),),
    "registration_corrected": (Told(H, "registration_corrected_home"),),
    "password_reset_asked":   (Told(A, "password_reset"),),
    "password_changed":       (Told(A, "password_changed"),),
    "account_created":        (Told(A, "account_created_reader"),),
    "staff_account_created":  (Told(A, "account_created_staff"),),
    "email_change_asked":     (Told(A, "email_change_old"), Told(OTHER_ADDRESS, "email_change_new")),
    "email_changed":          (Told(OTHER_ADDRESS, "email_changed"),),
    "identity_change_asked":  (Told(H, "identity_change_asked_home"),),
    "identity_changed":       (Told(A, "identity_changed_reader"),),
    "identity_change_refused": (Told(A, "identity_change_refused_reader"),),
    "suspended":              (Told(A, "suspended_reader"),),
    "suspension_lifted":      (Told(A, "suspension_lifted_reader"),),
    "card_applied":           (Told(H, "card_applied_home"),),
    "card_issued":            (Told(A, "card_issued_reader"),),
    "card_refused":           (Told(A, "card_refused_reader"),),
    "card_revoked":           (Told(A, "card_revoked_reader"),),
    "account_closed":         (Told(OTHER_ADDRESS, "account_closed"),),
}
# Letters that carry a link which opens an account: nobody but the recipient may read them, the back office neither.
SECRET = frozenset(
    {
        "registered_reader", "verification_reader", "password_reset", "account_created_reader",
        "account_created_staff", "email_change_old", "email_change_new",
    }
)  # fmt: skip
# Letters that a reader may do without (个人信息维护, 邮件通知); every other letter is always sent.
OPTIONAL: dict[str, MailGroup] = {
    "submitted_reader": MailGroup.RECEIPTS,
    "cancelled_reader": MailGroup.RECEIPTS,
    "approved_reader": MailGroup.PROGRESS,
    "accepted_reader": MailGroup.PROGRESS,
    "shipped_reader": MailGroup.PROGRESS,
    "taken_back_reader": MailGroup.RETURNS,
    "checked_in_reader": MailGroup.RETURNS,
}
# fmt: on
