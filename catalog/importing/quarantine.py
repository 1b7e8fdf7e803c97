"""Quarantined records: how each would read in every encoding, and taking one in as a person chose."""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.importing.batch import store
from catalog.importing.incoming import Unusable, incoming, profile_digest
from catalog.importing.report import ImportReport
from catalog.importing.target import Target
from catalog.marc import plausibility
from catalog.marc.encodings import ENCODINGS, garbled, garbled_title
from catalog.marc.iso2709 import MalformedRecord
from catalog.marc.mapping import describe
from catalog.marc.reader import ReadRecord, read_again
from catalog.models import HoldingsProfile, SourceRecord


class ReleaseRefused(Exception):
    """The record cannot be taken in this way; the message says why, for a person."""


@dataclass(frozen=True)
class Rereading:
    """A record decoded in one encoding; `doubt` says what still looks wrong, `current` marks the import's choice."""

    encoding: str
    title: str
    author: str
    publisher: str
    doubt: str
    current: bool


def rereadings(record: SourceRecord) -> list[Rereading]:
    """The record in each encoding that can read it at all and finds a title, the most plausible first."""
    found: list[tuple[float, Rereading]] = []
    for encoding in ENCODINGS:
        try:
            read = read_again(bytes(record.raw), syntax=record.syntax, encoding=encoding)
        except MalformedRecord:
            continue
        book = describe(read, record.syntax)
        text = " ".join(value for field in read.fields for _code, value in field.subfields)
        if book.title:
            author = "；".join(book.authors) or book.responsibility
            current = encoding == record.encoding
            doubt = garbled(text) or garbled_title(book.title)
            reading = Rereading(encoding, book.title, author, book.publisher, doubt, current=current)
            found.append((plausibility.score(text), reading))
    found.sort(key=lambda pair: (bool(pair[1].doubt), -pair[0]))
    return [reading for _score, reading in found]


@transaction.atomic
def release(*, record: SourceRecord, encoding: str, by: str) -> SourceRecord:
    """Take the record in, read in that encoding, whatever it looks like; the same bytes are not quarantined again.

    Raises ReleaseRefused.
    """
    record = SourceRecord.objects.select_for_update(of=("self",)).select_related("library").get(pk=record.pk)
    if record.deleted or not record.quarantine_reason:
        raise ReleaseRefused(_("这条记录已不在隔离中。"))
    raw = bytes(record.raw)
    stored = HoldingsProfile.objects.filter(library=record.library).first()
    said = stored is not None and (stored.rules or stored.status_words)
    profile = {"rules": stored.rules, "status_words": stored.status_words} if stored and said else {}
    try:
        parsed = read_again(raw, syntax=record.syntax, encoding=encoding)
        item = incoming(ReadRecord(1, 0, raw, parsed, record.syntax, encoding), profile, profile_digest(profile))
    except (MalformedRecord, Unusable) as error:
        raise ReleaseRefused(_("%(error)s，不能收入。") % {"error": error}) from error
    if item.read.garbled:  # of what a person may overrule nothing is checked here; without words there is no book
        raise ReleaseRefused(_("%(error)s，不能收入。") % {"error": item.read.garbled})
    item.local_id = record.local_id
    item.log.append(_("由%(by)s解除隔离，按 %(encoding)s 读取") % {"by": by, "encoding": encoding})
    store([item], Target(record.library, timezone.now(), ImportReport()))
    SourceRecord.objects.filter(pk=record.pk).update(released=hashlib.sha256(raw).hexdigest())
    record.refresh_from_db()
    return record
