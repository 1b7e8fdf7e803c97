"""Doors of the portal: which pages are for approved readers only."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

from readers.selectors import reader_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def reader_required(view: View[P]) -> View[P]:
    """Let readers in good standing in, with `request.reader` set (home library and user loaded).

    Strangers go to the login page and come back. Staff without a reader account get 404: for them the
    page does not exist. A reader suspended during the session is logged out and told why.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        reader = reader_of(request.user)
        if reader is None:
            raise Http404
        if reason := reader.why_no_standing():
            if request.user.is_staff:
                raise Http404
            logout(request)
            messages.error(request, reason)
            return redirect_to_login(request.get_full_path())
        request.reader = reader  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded
