"""Who is told what: one table from events to recipients and texts. Editing it changes what people receive.

A mail `NAME` is templates/notices/mail/NAME.txt, a system message `NAME` is templates/notices/message/NAME.txt.
"""

from dataclasses import dataclass
from enum import StrEnum


class Recipient(StrEnum):
    """Whom a row addresses. OTHER_DESK is the library of the two that did not act.

    ACCOUNT is the address of an account, of a reader or a librarian; NEW_ADDRESS the one it is to have.
    """

    READER = "reader"
    HOME_DESK = "home_desk"
    LENDER_DESK = "lender_desk"
    OTHER_DESK = "other_desk"
    ACCOUNT = "account"
    NEW_ADDRESS = "new_address"


@dataclass(frozen=True)
class Told:
    """One row: this recipient gets this mail and, a reader only, this system message."""

    recipient: Recipient
    mail: str
    message: str = ""


R, H, L, OTHER = Recipient.READER, Recipient.HOME_DESK, Recipient.LENDER_DESK, Recipient.OTHER_DESK
A, NEW = Recipient.ACCOUNT, Recipient.NEW_ADDRESS
NOBODY: tuple[Told, ...] = ()

# The verbs of requests_app.transitions, in its order. A lender is never told of a request that has not reached it.
# What readers do themselves is confirmed by mail only; what others do to their request is a system message as well.
# fmt: off
MOVES: dict[str, tuple[Told, ...]] = {
    "submit":    (Told(R, "submitted_reader"),                       Told(L, "submitted_lender")),
    "approve":   (Told(R, "approved_reader", message="approved"),    Told(L, "submitted_lender")),
    "reject":    (Told(R, "rejected_reader", message="rejected"),),
    "cancel":    (Told(R, "cancelled_reader"),                       Told(L, "cancelled_lender")),
    "accept":    (Told(R, "accepted_reader", message="accepted"),),
    "decline":   (Told(R, "declined_reader", message="declined"),    Told(H, "declined_home")),
    "ship":      (Told(R, "shipped_reader", message="shipped"),      Told(H, "shipped_home")),
    "receive":   (Told(R, "received_reader", message="received"),    Told(L, "received_lender")),
    "hand_out":  (Told(R, "handed_out_reader", message="handed_out"),),
    "take_back": (Told(R, "taken_back_reader", message="taken_back"),),
    "ship_back": (Told(L, "shipped_back_lender"),),
    "check_in":  (Told(R, "checked_in_reader", message="checked_in"), Told(H, "checked_in_home")),
    "caught_up": (Told(OTHER, "caught_up_other"),),
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
}
# Letters that carry a link which opens an account: nobody but the recipient may read them, the back office neither.
SECRET = frozenset({"registered_reader", "verification_reader", "password_reset", "account_created_reader"})
# fmt: on
