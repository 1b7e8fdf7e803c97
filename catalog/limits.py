"""Polite limits: how many searches one stranger's address, or one logged-in person, may make in a minute.

A whole campus may stand behind one address, so the limit of an address is generous: it is there for robots. Whoever is
logged in is counted alone. Without the cache nobody is counted: a search is worth more than its limit.
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from catalog.client import client_address

_log = logging.getLogger(__name__)
_WINDOW = 60  # seconds
_IPV6_SITE = 64  # bits: what one household or machine has to itself

View = Callable[..., HttpResponse]


def limited(view: View) -> View:
    """Answer 429 to whoever asks too often, with the seconds until the next minute in Retry-After."""

    @wraps(view)
    def polite(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait = seconds_to_wait(request)
        return _too_many(request, wait) if wait else view(request, *args, **kwargs)

    return polite


def seconds_to_wait(request: HttpRequest) -> int:
    """Count this request; 0 where it may be answered, else the seconds after which the next one will be."""
    who, most = _counted_as(request)
    if not who or most <= 0:
        return 0
    now = time.time()
    window = int(now // _WINDOW)
    key = f"searches:{who}:{window}"
    try:
        cache.add(key, 0, timeout=2 * _WINDOW)
        number = cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: the key went between the two lines
        _log.warning("searches are not counted: %s", error)
        return 0
    return int((window + 1) * _WINDOW - now) + 1 if number > most else 0


def _counted_as(request: HttpRequest) -> tuple[str, int]:
    """Under which name this request is counted, and how many a minute that name may make; no name, no limit."""
    limits = settings.SEARCH_LIMITS
    if request.user.is_authenticated:
        return f"user-{request.user.pk}", limits["PER_PERSON"]
    address = client_address(request)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address is None or address.is_loopback:
        return "", 0  # ourselves, or a proxy that nobody declared: better no limit than one for all together
    if isinstance(address, IPv6Address):
        address = IPv6Address(int(address) >> _IPV6_SITE << _IPV6_SITE)
    return f"address-{address}", limits["PER_ADDRESS"]


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    if request.path.endswith(".json"):
        response: HttpResponse = JsonResponse(
            {"problem": _("检索太频繁，请在%(seconds)d秒后再试。") % {"seconds": wait}, "retry_after": wait},
            status=429,
            json_dumps_params={"ensure_ascii": False},
        )
    else:
        context = {
            "wait": wait,
            "here": request.get_full_path(),
            "typed": request.GET,
            "canonical": f"{settings.SITE_URL}{request.path}",
        }
        response = render(request, "catalog/too_many.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
