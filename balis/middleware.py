"""Relaxes the content security policy where unfold needs it: in the back office, and only there."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse

BACK_OFFICE_PATH = "/backoffice/"
UNFOLD_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
}


class BackOfficePolicyMiddleware:
    """Django 5.2 runs middlewares outside in; CSPMiddleware reads what the inner response carries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(BACK_OFFICE_PATH):
            response._csp_update = UNFOLD_POLICY  # type: ignore[attr-defined]
        return response
