"""What is typed into the search box of the requests: number, barcode, ISBN, reader, or words of the book."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.scoping import Desk
from readers.models import Reader
from requests_app.backoffice.privacy import readers_seen_by
from requests_app.models import LoanRequest
from requests_app.models.words import numbers_asked, words_asked

MOST_WORDS = 8
MOST_READERS = 500  # a name that more have (a surname alone) is looked for among the requests instead


@dataclass(frozen=True)
class Named:
    """The readers that one of the words may mean: key, name, barcode; `too_many` where they are not listed."""

    readers: tuple[tuple[int, str, str], ...] = ()
    too_many: bool = False


def found_by(queryset: QuerySet[LoanRequest], text: str, desk: Desk, named: Named) -> QuerySet[LoanRequest]:
    """Every word must be found; readers are found only by desks that may read their names.

    Every way to be found is one look-up in an index of the requests, so that the database can put them together.
    """
    for word in _words(text):
        queryset = queryset.filter(_has_word(word) | readers_seen_by(desk) & _has_reader(word, named))
    return queryset


def readers_named(text: str) -> Named:
    """Whom the text may mean, looked up before the requests. One statement."""
    meant = Q()
    for word in _words(text):
        meant |= Q(name__startswith=word) | Q(reader_barcode=word.upper())
    if not meant:
        return Named()
    found = Reader.objects.filter(meant).order_by().values_list("pk", "name", "reader_barcode")[: MOST_READERS + 1]
    return Named(tuple(found)) if len(found) <= MOST_READERS else Named(too_many=True)


def _words(text: str) -> list[str]:
    return text.split()[:MOST_WORDS]


def _has_word(word: str) -> Q:
    ways = Q(words__contains=words) if (words := words_asked(word)) else Q(pk__in=[])
    if any(character.isdecimal() for character in word):
        for number in numbers_asked(word):
            ways |= Q(words__contains=[number])
        ways |= Q(number=word.upper()) | Q(copy_barcode__in=sorted({word, word.upper(), word.lower()}))
    return ways


def _has_reader(word: str, named: Named) -> Q:
    if named.too_many:
        return Q(reader__name__startswith=word) | Q(reader__reader_barcode=word.upper())
    return Q(reader__in=[pk for pk, name, barcode in named.readers if name.startswith(word) or barcode == word.upper()])
