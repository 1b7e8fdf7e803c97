"""The nameless reader of a library, to whom the requests belong that no longer say whose they were."""

from catalog.models import MemberLibrary
from readers.models import Reader, ReaderState, User

NAME = "匿名读者"


def nobody_of(library: MemberLibrary) -> Reader:
    """That library's nameless reader; made when first needed. Nobody can log in as it."""
    found = Reader.objects.filter(user__username=_login(library)).first()
    if found is not None:
        return found
    user, _made = User.objects.get_or_create(username=_login(library), defaults={"is_active": False, "password": "!"})
    reader, _made = Reader.objects.get_or_create(
        user=user, defaults={"library": library, "name": NAME, "state": ReaderState.CLOSED}
    )
    return reader


def _login(library: MemberLibrary) -> str:
    return f"nobody{library.code}"
