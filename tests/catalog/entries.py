"""Search entries as tests read them."""

from catalog.models import Edition, MemberLibrary, SearchEntry
from catalog.search.facts import holder_bits, unpack


def holders(edition: Edition | int) -> list[MemberLibrary]:
    """The libraries that hold this edition according to its search entry, in the order of their creation."""
    entry = SearchEntry.objects.get(edition=edition)
    return list(
        MemberLibrary.objects.filter(slot__in=holder_bits(unpack(entry.facts))[0].nonzero()[0].tolist()).order_by("pk")
    )
