"""Builds the demo world into an empty database, step by step: libraries, catalogue, people, story, publications."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from django.apps import apps
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from balis.demo import cards, catalogue, libraries, people, publications, story
from catalog.importing import import_file
from catalog.models import Edition, Holding, MemberLibrary
from notices.models import Email, SystemMessage
from notices.outbox import recorded_as_history
from readers.models import User
from requests_app.arrivals import count_arrivals

DEFAULT_BOOKS = 4_000
OUR_APPS = ("catalog", "readers", "requests_app", "notices")
READ_AFTER = timedelta(days=2)  # older messages have been read by now


class ImportFailed(RuntimeError):
    """The real importer did not take every record of our own files."""


@dataclass
class Narrator:
    """Says one sentence per step, with the seconds it took."""

    say: Callable[[str], object]

    @contextmanager
    def step(self) -> Iterator[list[str]]:
        """Inside it the step puts its sentence into the list."""
        started = monotonic()
        sentence: list[str] = []
        yield sentence
        self.say(f"{' '.join(sentence)} ({monotonic() - started:.1f} s)")


def is_empty() -> bool:
    """Whether this database has neither libraries nor accounts."""
    return not MemberLibrary.objects.exists() and not User.objects.exists()


def empty_database() -> None:
    """Delete every row of our apps, and sessions and log entries with them."""
    models = [model for label in OUR_APPS for model in apps.get_app_config(label).get_models(include_auto_created=True)]
    models += [apps.get_model("sessions", "Session")]
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
    with connection.cursor() as cursor:
        # CASCADE reaches the tables of Django's own apps that point to accounts: the admin's log, permissions.
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


def build(
    *,
    books: int = DEFAULT_BOOKS,
    now: datetime | None = None,
    story_scale: float = 1.0,
    say: Callable[[str], object] = lambda sentence: None,
) -> people.Cast:
    """Build the whole demo world into an empty database; deterministic but for `now`.

    books: how many invented books besides the real ones; story_scale: see story.tell.
    Raises ImportFailed when the importer rejects or quarantines one of our records.
    """
    now = now or timezone.now()
    narrator = Narrator(say)
    with recorded_as_history():  # mails of the past belong to the past: recorded as sent, never sent
        with narrator.step() as sentence, transaction.atomic():
            center = people.create_center()
            members = libraries.create_libraries()
            sentence.append(f"{len(members)} member libraries are in place.")
        with narrator.step() as sentence:
            records, files = _load_catalogue(books, members)
            sentence.append(
                f"{files} catalogue files with {records} records were imported: {Edition.objects.visible().count()} "
                f"editions, {Holding.objects.count()} copies."
            )
        with narrator.step() as sentence, transaction.atomic():
            cast = people.create_people(members, center, now)
            issued = cards.issue_cards(cast, now)
            sentence.append(
                f"{len(cast.librarians)} desks are staffed, {len(cast.readers)} readers are approved, "
                f"{issued} have asked for a pick-up card."
            )
        with narrator.step() as sentence, transaction.atomic():
            counts = story.tell(cast, now, scale=story_scale)
            _let_time_pass(now)
            count_arrivals(at=now)
            sentence.append(
                f"{sum(counts.values())} requests have moved ("
                + ", ".join(f"{state} {count}" for state, count in sorted(counts.items()))
                + f"); {Email.objects.count()} mails and {SystemMessage.objects.count()} messages told of it."
            )
        with narrator.step() as sentence, transaction.atomic():
            news, announcements, pages = publications.publish(members, now)
            sentence.append(f"{news} news, {announcements} announcements and {pages} pages are published.")
    return cast


def _load_catalogue(books: int, members: dict[str, MemberLibrary]) -> tuple[int, int]:
    """Write every library's file and read it with the real importer; returns records and files."""
    files = catalogue.catalogue_files(books)
    records = 0
    with tempfile.TemporaryDirectory(prefix="balis-demo-") as folder:
        for file in files:
            report = import_file(path=file.write(Path(folder)), library=members[file.shelf.library], by="demo_data")
            result = report.as_dict()
            if result["rejected"] or result["quarantined"] or result["created"] != len(file.records):
                raise ImportFailed(f"{file.name}: {result}")
            records += len(file.records)
    return records, len(files)


def _let_time_pass(now: datetime) -> None:
    """What happened long ago has been read."""
    old = SystemMessage.objects.filter(created_at__lt=now - READ_AFTER)
    old.update(read_at=F("created_at") + timedelta(hours=5))
