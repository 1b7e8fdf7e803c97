"""What a move or a submission answers when it is refused: always a sentence for the person at the screen."""


class MoveRefused(Exception):
    """The move did not happen and nothing was changed; `str(error)` tells the person why, in their language.

    `rule` names the guard in code ("hour_over", "barcode_unknown" …), for tests and for pages that react to one rule.
    """

    def __init__(self, message: object, *, rule: str = "") -> None:
        super().__init__(str(message))
        self.rule = rule

    @property
    def message(self) -> str:
        return str(self)


class StalePage(MoveRefused):
    """Somebody acted on the request after the page was shown: show its present state, let the person choose again."""


class SubmissionRefused(MoveRefused):
    """A new request was not taken; the message names the rule."""


class ParcelRefused(MoveRefused):
    """A parcel was not packed, sent or received as asked; nothing was changed."""
