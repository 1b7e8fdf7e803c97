"""From where a request comes: the address behind our own proxies, as far as it can be trusted."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """What the outermost of our own proxies saw, or the other end of the connection; None for a socket or nonsense.

    Each proxy adds the address it was asked from at the end of X-Forwarded-For. So of TRUSTED_PROXY_COUNT = n proxies
    the outermost wrote the n-th entry from the end; what stands before it is the client's own words.
    """
    address = str(request.META.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(hops) >= settings.TRUSTED_PROXY_COUNT:
            address = hops[-settings.TRUSTED_PROXY_COUNT]
    try:
        return ip_address(address)
    except ValueError:
        return None
