"""Which registration this browser may look at without a login: the one it made, or proved by password, lately."""

import time

from django.http import HttpRequest

from readers.models import Reader, Standing

_KEY = "registration"
_SECONDS = 3600  # a shared computer must not show it to the next person for long


def remember_registration(request: HttpRequest, reader: Reader) -> None:
    request.session[_KEY] = {"reader": reader.pk, "since": int(time.time())}


def remembered_registration(request: HttpRequest) -> Reader | None:
    """The reader behind it, with library and account loaded, while the registration is not approved; else None."""
    kept = request.session.get(_KEY)
    if not isinstance(kept, dict) or time.time() - kept["since"] > _SECONDS:
        return None
    reader = Reader.objects.select_related("library", "user").filter(pk=kept["reader"]).first()
    shown = (Standing.PENDING, Standing.CORRECTION, Standing.REFUSED)
    return reader if reader is not None and reader.standing() in shown else None


def forget_registration(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
