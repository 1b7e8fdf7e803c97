"""Requests filled in but not yet confirmed: kept in the session under the token that will make them one request."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

_KEY = "request_drafts"
_KEPT = 5  # several tabs may each have a draft; older ones are forgotten


@dataclass
class Draft:
    """What the reader typed, and the catalogue rows it came from. `values` holds text as the form showed it."""

    values: dict[str, str]
    holding: int | None = None
    edition: int | None = None
    token: str = field(default_factory=lambda: str(uuid4()))

    @property
    def asked_for(self) -> dict[str, Any]:
        """The values as submit_request takes them; the lender is a row and passed by itself."""
        return {name: value for name, value in self.values.items() if name != "lender"}

    @property
    def uuid(self) -> UUID:
        return UUID(self.token)


def keep(session: SessionBase, draft: Draft) -> None:
    """Put the draft into the session, as the newest."""
    drafts: dict[str, Any] = session.get(_KEY, {})
    drafts.pop(draft.token, None)
    drafts[draft.token] = asdict(draft)
    session[_KEY] = dict(list(drafts.items())[-_KEPT:])


def find(session: SessionBase, token: str) -> Draft | None:
    """The draft of that token, or None when it was submitted or forgotten."""
    kept = session.get(_KEY, {}).get(token)
    return Draft(**kept) if kept else None


def drop(session: SessionBase, token: str) -> None:
    """Forget the draft: it has become a request."""
    drafts = dict(session.get(_KEY, {}))
    if drafts.pop(token, None) is not None:
        session[_KEY] = drafts
