"""Who is told what: one table from events to recipients and texts. Editing it changes what people receive.

A mail `NAME` is templates/notices/mail/NAME.txt, a system message `NAME` is templates/notices/message/NAME.txt.
"""

from dataclasses import dataclass
from enum import StrEnum


class Recipient(StrEnum):
    """Whom a row addresses. OTHER_DESK is the library of the two that did not act."""

    READER = "reader"
    HOME_DESK = "home_desk"
    LENDER_DESK = "lender_desk"
    OTHER_DESK = "other_desk"


@dataclass(frozen=True)
class Told:
    """One row: this recipient gets this mail and, a reader only, this system message."""

    recipient: Recipient
    mail: str
    message: str = ""


R, H, L, OTHER = Recipient.READER, Recipient.HOME_DESK, Recipient.LENDER_DESK, Recipient.OTHER_DESK
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
    "registered": (Told(R, "registered_reader"), Told(H, "registered_home")),
    "approved":   (Told(R, "registration_approved_reader"),),
    "refused":    (Told(R, "registration_refused_reader"),),
}
# fmt: on
