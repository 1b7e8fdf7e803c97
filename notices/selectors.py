"""Read-only questions about messages and about what is published."""

from decimal import Decimal

from django.db.models import Sum

from catalog.models import MemberLibrary
from notices.models import (
    Announcement,
    Fine,
    FineQuerySet,
    News,
    PublishedQuerySet,
    SystemMessage,
    SystemMessageQuerySet,
)
from readers.models import Reader


def messages_of(reader: Reader) -> SystemMessageQuerySet:
    """The reader's system messages, newest first, with their senders."""
    return SystemMessage.objects.of_reader(reader).select_related("sender")


def fines_of(reader: Reader) -> FineQuerySet:
    """罚款日志: what the reader has to answer for, newest first."""
    return Fine.objects.of_reader(reader).select_related("request__lender")


def owed_by(reader: Reader) -> Decimal:
    """The sum of the reader's open fines, in yuan."""
    return Fine.objects.open().of_reader(reader).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def latest_news(count: int) -> list[News]:
    return list(News.objects.published()[:count])


def searchable_library_count() -> int:
    """How many libraries a joint search reaches today."""
    return MemberLibrary.objects.searchable().count()


def announcements() -> PublishedQuerySet:
    """Published announcements of libraries that are still members, newest first."""
    return Announcement.objects.published().filter(library__left_on__isnull=True).select_related("library")
