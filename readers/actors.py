"""Who does something: every service takes `by=` one of these, and every event stores it."""

from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from readers.models import Reader, User


class Capacity(StrEnum):
    """R reader, H home librarian, L lending librarian, C center, S system (lifecycle.md).

    A librarian's capacity (H or L) depends on the request; `Actor.kind` only says LIBRARIAN.
    """

    READER = "R"
    HOME = "H"
    LENDER = "L"
    CENTER = "C"
    SYSTEM = "S"


@dataclass(frozen=True)
class Actor:
    """A person (or the system) at work. Build one by the class methods below, never directly."""

    user: User | None
    library: MemberLibrary | None
    reader: Reader | None = None
    is_center: bool = False
    reason: str = ""  # the center's reason to act on behalf, shown as 中心代办

    @classmethod
    def of_reader(cls, reader: Reader) -> "Actor":
        return cls(user=reader.user, library=reader.library, reader=reader)

    @classmethod
    def of_librarian(cls, user: User, library: MemberLibrary) -> "Actor":
        return cls(user=user, library=library)

    @classmethod
    def of_center(cls, user: User, reason: str = "") -> "Actor":
        return cls(user=user, library=None, is_center=True, reason=reason)

    @classmethod
    def system(cls) -> "Actor":
        return cls(user=None, library=None)

    @property
    def is_system(self) -> bool:
        return self.user is None

    @property
    def name(self) -> str:
        return "" if self.user is None else str(self.user)

    def works_for(self, library: MemberLibrary) -> bool:
        """Whether this actor may decide for that library: its librarian, the center, or the system."""
        if self.reader is not None:
            return False
        return self.is_center or self.is_system or self.library == library


def actor_of_desk(request: HttpRequest, reason: str = "") -> Actor:
    """Who works in the back office in this request; `reason` is the center's reason to act on behalf.

    Raises PermissionDenied without a desk (`request.desk` is set by readers.middleware).
    """
    desk = desk_of(request)
    if desk is None or not request.user.is_authenticated:
        raise PermissionDenied
    if desk.library is None:
        return Actor.of_center(request.user, reason=reason)
    return Actor.of_librarian(request.user, desk.library)
