"""How often one address may do what writes to other people's mailboxes: generous, for a campus shares one address."""

import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from readers.accounts.lockout import client_address

logger = logging.getLogger(__name__)

HOUR = 3600


def too_often(request: HttpRequest, what: str) -> bool:
    """Count this form against the address it comes from; true once FORMS_PER_HOUR are exceeded in the running hour.

    The count lives in the cache. Without a cache nothing is limited, and the log says so: readers come first.
    """
    key = f"forms:{what}:{client_address(request)}"
    try:
        cache.add(key, 0, timeout=HOUR)
        count = cache.incr(key)
    except RedisError:
        logger.exception("no cache: forms of %s are not counted", what)
        return False
    except ValueError:  # it ran out between the two commands
        return False
    return count > int(settings.READERS["FORMS_PER_HOUR"])
