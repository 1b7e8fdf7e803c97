"""A small demo world, built once by the real importer and the real services: what the story must have reached."""

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import RequestFactory, override_settings
from django.utils import timezone

from balis import demo
from balis.demo import catalogue, clock, lives, people, world
from balis.demo.doubtful import doubtful_records
from catalog.models import Edition, MemberLibrary, PauseKind, ReviewPair, SourceRecord
from notices.models import Announcement, Email, EmailState, News, Page, SystemMessage
from readers.models import PickupCard, Reader, ReaderState, User
from readers.selectors import active_desk
from requests_app.models import LendingPolicy, LoanRequest, Parcel, ParcelState, RequestEvent
from requests_app.selectors import places_of
from requests_app.states import State

pytestmark = pytest.mark.django_db  # without a mark pytest-django would not make a test database at all

BOOKS = 60


@pytest.fixture(scope="module")
def now() -> datetime:
    return clock.at(timezone.localdate(), 14, 20)


@pytest.fixture(scope="module")
def demo_world(django_db_setup: None, django_db_blocker: Any, now: datetime) -> Iterator[people.Cast]:
    """Built once for the module (it takes seconds) and rolled back after it."""
    fast = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), fast, transaction.atomic():
        yield world.build(books=BOOKS, now=now, story_scale=0.3)
        transaction.set_rollback(True)


@pytest.fixture
def demo_reader(demo_world: people.Cast) -> Reader:
    return Reader.objects.get(user__username=people.DEMO_READER)


@pytest.mark.usefixtures("demo_world")
def test_parcels_wait_at_the_desks() -> None:
    """Two on their way and one being packed, whatever day it is today."""
    states = sorted(Parcel.objects.values_list("state", flat=True))
    assert states == [ParcelState.PACKING, ParcelState.SENT, ParcelState.SENT]
    assert all(parcel.items.exists() for parcel in Parcel.objects.all())


@pytest.mark.usefixtures("demo_world")
class TestCatalogue:
    def test_every_record_was_imported(self) -> None:
        files = catalogue.catalogue_files(BOOKS)
        assert SourceRecord.objects.count() == sum(len(file.records) for file in files)
        assert not SourceRecord.objects.exclude(quarantine_reason="").exists()

    def test_no_edition_mixes_two_books(self) -> None:
        """A wrong merge ships the wrong volume."""
        books = {
            (file.shelf.library, record.first("001")): book
            for file in catalogue.catalogue_files(BOOKS)
            for book, record in zip(file.books, file.records, strict=True)
        }
        of_edition = defaultdict(set)
        sources = SourceRecord.objects.values_list("library__request_prefix", "local_id", "edition_id")
        for prefix, local_id, edition_id in sources:
            book = books[prefix, local_id]
            of_edition[edition_id].add((book.title, book.volume, book.edition, book.people, book.year))
        assert [mixed for mixed in of_edition.values() if len(mixed) > 1] == []

    def test_books_of_many_libraries_are_seen_once(self) -> None:
        distinct = len(catalogue.books(BOOKS)) + len(doubtful_records())
        assert distinct <= Edition.objects.visible().count() < distinct * 1.02
        edition = Edition.objects.visible().get(isbns__contains=["9787536692930"])
        assert edition.holdings.values("library").distinct().count() >= 11

    def test_the_center_has_doubts_to_decide_each_with_its_reason(self) -> None:
        records = doubtful_records()
        waiting = ReviewPair.objects.waiting().select_related("first", "second")
        assert len(waiting) == len({record.pair for record in records}) >= 12
        for pair in waiting:
            halves = {
                (record.library, record.book.title, record.book.volume)
                for record in records
                if record.reason == pair.rule
            }
            for edition in (pair.first, pair.second):
                [source] = edition.source_records.all()
                number = edition.volume if edition.volume else ""
                assert (source.library.request_prefix, edition.title, number) in halves, pair.rule


class TestPeople:
    @pytest.mark.parametrize("who", demo.logins(), ids=lambda who: who[1])
    def test_every_login_that_is_printed_works(self, demo_world: people.Cast, who: tuple[str, str, str]) -> None:
        _who, login, password = who
        request = RequestFactory().post("/login/")  # the lockout wants to know from where
        assert authenticate(request, username=login, password=password) == User.objects.get(username=login)

    def test_desks_are_where_they_should_be(self, demo_world: people.Cast) -> None:
        for login, prefix in (("bupt", "BUPT"), ("cumtb", "KD")):
            desk = active_desk(User.objects.get(username=login))
            assert desk is not None
            assert desk.library == demo_world.libraries[prefix]
        center = active_desk(User.objects.get(username="center"))
        assert center is not None
        assert center.is_center
        assert User.objects.get(username="bistu").assignments.count() == 2

    def test_some_readers_wait_and_one_was_refused(self, demo_world: people.Cast) -> None:
        assert Reader.objects.filter(state=ReaderState.PENDING, library__request_prefix="BUPT").count() == 2
        assert Reader.objects.get(state=ReaderState.REFUSED).refusal_reason

    def test_cards_are_issued_applied_for_and_revoked(self, demo_reader: Reader) -> None:
        at_home = PickupCard.objects.filter(reader__library=demo_reader.library)
        assert sorted(at_home.values_list("state", flat=True)) == ["applied", "issued", "revoked"]
        card = demo_reader.valid_card()
        assert card is not None
        assert card.photo is not None
        assert LendingPolicy.objects.get(library__request_prefix="KD").self_pickup

    def test_suspended_members_are_paused(self, demo_world: people.Cast) -> None:
        paused = MemberLibrary.objects.paused(PauseKind.BORROWING)
        assert {library.short_name for library in paused} == {"北印", "警察学院", "市委党校"}


@pytest.mark.usefixtures("demo_world")
class TestStory:
    def test_every_state_of_the_story_is_reached(self) -> None:
        planned = {str(state) for state in lives.LAST_MOVE}
        assert set(LoanRequest.objects.values_list("state", flat=True)) == planned | {State.LOST}

    @pytest.mark.parametrize("hours", range(0, 7 * 24, 13))
    def test_lives_can_be_planned_at_every_hour_of_the_week(
        self, demo_world: people.Cast, now: datetime, hours: int
    ) -> None:
        planner = lives.Planner(demo_world, now + timedelta(hours=hours))
        assert {plan.moves[-1][1] for plan in planner.all_plans(1.0)} >= {"make_ready", "check_in", "receive"}

    def test_nothing_happens_in_the_future(self, now: datetime) -> None:
        assert not RequestEvent.objects.filter(at__gt=now).exists()
        assert not Email.objects.filter(created_at__gt=now).exists()

    def test_numbers_follow_the_times(self) -> None:
        times = list(LoanRequest.objects.filter(lender__request_prefix="KD").order_by("number"))
        assert [request.created_at for request in times] == sorted(request.created_at for request in times)

    def test_unfilled_requests_say_why(self) -> None:
        assert not LoanRequest.objects.filter(state=State.UNFILLED, reason="").exists()

    def test_no_mail_of_the_past_waits_to_be_sent(self) -> None:
        assert Email.objects.count() > 100
        assert not Email.objects.exclude(state=EmailState.SENT).exists()

    def test_the_demo_reader_has_something_of_everything_and_a_free_place(self, demo_reader: Reader) -> None:
        states = list(demo_reader.requests.values_list("state", flat=True))
        assert {State.ARRIVED, State.ON_LOAN, State.COMPLETED, State.UNFILLED} == set(states)
        assert places_of(demo_reader).free == 1
        assert SystemMessage.objects.filter(reader=demo_reader, read_at__isnull=True).exists()

    def test_the_portal_has_something_to_say(self) -> None:
        assert News.objects.published().count() == 8
        assert Announcement.objects.published().count() == 6
        assert Page.objects.filter(slug="guide").exists()


class TestCommand:
    def test_it_does_not_touch_a_database_that_is_in_use(self, demo_world: people.Cast) -> None:
        before = LoanRequest.objects.count()
        with pytest.raises(CommandError, match="--reset"):
            call_command("demo_data")
        assert LoanRequest.objects.count() == before

    def test_a_second_start_changes_nothing(self, demo_world: people.Cast) -> None:
        before = LoanRequest.objects.count()
        call_command("demo_data", "--if-empty")
        assert LoanRequest.objects.count() == before

    def test_it_asks_before_it_deletes_what_is_not_a_demo(
        self, demo_world: people.Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("delete"))  # a pipe, not a person
        User.objects.filter(username="center").update(email="someone@library.example")
        with pytest.raises(CommandError, match="--no-input"):
            call_command("demo_data", "--reset")
        assert LoanRequest.objects.exists()

    def test_emptying_leaves_nothing_behind(self, demo_world: people.Cast) -> None:
        connection.check_constraints()  # what is still to be checked would be in the way of TRUNCATE
        world.empty_database()
        assert world.is_empty()
        assert not Email.objects.exists()
        assert not Edition.objects.exists()
