"""Refusals of the services of this app; each carries sentences that a person can read."""


class RegistrationRefused(Exception):
    """A registration or a change of a reader's data cannot be; `errors` maps the field ("" for none) to why."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class DecisionRefused(Exception):
    """A decision on a registration cannot be made: it was made before, has no reason, or is not theirs to make."""


class AppointmentRefused(Exception):
    """A post cannot be given, taken or switched to."""


class LinkRefused(Exception):
    """A link from a mail is broken, too old, or about something that is no more."""


class PhotoRefused(Exception):
    """An uploaded photo cannot be used, or is not theirs to change."""


class ChangeRefused(Exception):
    """A change of identity, e-mail, standing or card, or the closing of an account, cannot be."""


class RosterRefused(Exception):
    """An uploaded roster cannot be read at all; single bad rows are no refusal."""
