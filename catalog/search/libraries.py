"""The members of the joint search as its pages show them; every process remembers them for a while."""

import threading
import time
from typing import NamedTuple

from django.conf import settings

from catalog.search.database import rows_of


class SearchedLibrary(NamedTuple):
    """A member of the joint search: what of a MemberLibrary the pages show; eighty of them stand on every page."""

    id: int
    code: str
    slot: int
    name: str
    short_name: str
    english_name: str
    category: str
    lends: bool
    catalogue_url: str
    arrival_days: int | None


# In the order of their codes.
_LIBRARIES = f"""
SELECT {", ".join(SearchedLibrary._fields)} FROM catalog_memberlibrary
WHERE in_joint_search AND left_on IS NULL ORDER BY code
"""
_known: tuple[SearchedLibrary, ...] = ()
_looked_at = 0.0
_lock = threading.Lock()


def searched_libraries() -> tuple[SearchedLibrary, ...]:
    """The members in the order of their codes, as of at most SEARCH["LOOK_AGAIN_SECONDS"] ago."""
    global _known, _looked_at
    now = time.monotonic()
    if not _looked_at or now - _looked_at >= settings.SEARCH["LOOK_AGAIN_SECONDS"]:
        with _lock:
            _known, _looked_at = tuple(map(SearchedLibrary._make, rows_of(_LIBRARIES))), now
    return _known
