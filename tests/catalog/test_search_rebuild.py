"""A rebuild beside a catalogue that changes: what was written meanwhile is in the new index, and nothing waits long."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, connections, transaction

from catalog.models import Edition, FrequentToken, Holding, SearchChange, SearchEntry
from catalog.search import SearchQuery, maintenance, rebuild, search
from catalog.search.check import differences
from catalog.search.index import refresh
from catalog.search.maintenance import maintain
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db(transaction=True)


def started(pool: ThreadPoolExecutor, work: Callable[[], None]) -> Future[None]:
    """Do something in another thread, which has a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    return pool.submit(run)


def elsewhere(work: Callable[[], None]) -> None:
    """The same, and wait until it is done; what it raises is raised here."""
    with ThreadPoolExecutor(1) as pool:
        started(pool, work).result(timeout=30)


@pytest.fixture
def editions() -> list[Edition]:
    library = MemberLibraryFactory.create(code="900001")
    made = EditionFactory.create_batch(12, title="数学")
    for edition in made:
        HoldingFactory.create(edition=edition, library=library)
    refresh([edition.pk for edition in made])
    return made


def all_differences() -> list[object]:
    return [one for _last, found in differences() for one in found]


def test_changes_during_a_rebuild_are_in_the_new_index(editions: list[Edition]) -> None:
    changed, hidden, held = editions[:3]
    other_library = MemberLibraryFactory.create(code="900002")

    def change() -> None:
        Edition.objects.filter(pk=changed.pk).update(title="化学")
        Edition.objects.filter(pk=hidden.pk).update(hidden=True)
        HoldingFactory.create(edition=held, library=other_library)
        new = EditionFactory.create(title="物理")
        with transaction.atomic():
            refresh([changed.pk, hidden.pk, held.pk, new.pk])

    batches: Iterator[int] = rebuild.rebuild(batch_size=4)
    next(batches)  # the first four are read, with those that change now
    elsewhere(change)
    assert search(SearchQuery("物理")).total == 1  # in the index in use at once
    for _done in batches:
        pass

    assert search(SearchQuery("化学")).results[0].edition == changed
    assert search(SearchQuery("物理")).total == 1
    assert search(SearchQuery("数学")).total == len(editions) - 2
    assert search(SearchQuery("数学")).results[0].edition == held
    assert all_differences() == []


def test_a_change_that_is_not_committed_when_the_rebuild_ends_is_not_lost(editions: list[Edition]) -> None:
    """The swap waits for it, and carries it over."""
    changed = editions[-1]
    written, rebuilt = threading.Event(), threading.Event()

    def change_slowly() -> None:
        with transaction.atomic():
            Edition.objects.filter(pk=changed.pk).update(title="化学")
            refresh([changed.pk])
            written.set()
            assert not rebuilt.wait(timeout=1), "the rebuild cannot end before this transaction does"

    batches = rebuild.rebuild(batch_size=4)
    next(batches)
    with ThreadPoolExecutor(1) as pool:
        change = started(pool, change_slowly)
        assert written.wait(timeout=30)
        for _done in batches:
            pass
        rebuilt.set()
        change.result(timeout=30)

    assert [result.edition for result in search(SearchQuery("化学")).results] == [changed]
    assert all_differences() == []


def test_searches_go_on_while_the_index_is_rebuilt(editions: list[Edition]) -> None:
    found: list[int] = []
    for _done in rebuild.rebuild(batch_size=3):
        elsewhere(lambda: found.append(search(SearchQuery("数学")).total))
    assert found == [len(editions)] * 4


def test_an_interrupted_rebuild_leaves_the_index_and_can_be_done_again(editions: list[Edition]) -> None:
    batches = rebuild.rebuild(batch_size=4)
    next(batches)
    batches.close()
    assert search(SearchQuery("数学")).total == len(editions)
    assert list(rebuild.rebuild())[-1] == len(editions)
    assert all_differences() == []


def test_a_second_rebuild_and_the_count_wait_for_their_turn(editions: list[Edition]) -> None:
    batches = rebuild.rebuild(batch_size=4)
    next(batches)
    with pytest.raises(rebuild.Busy):
        elsewhere(lambda: list(rebuild.rebuild()))
    with pytest.raises(rebuild.Busy):
        elsewhere(maintain)
    batches.close()
    elsewhere(maintain)


def test_the_table_that_is_swapped_in_is_like_the_old_one(editions: list[Edition]) -> None:
    """Names of indexes and constraints, columns and defaults: the next rebuild and the next migration need them."""
    shape = """
        SELECT 'column', column_name, data_type, is_nullable, column_default FROM information_schema.columns
        WHERE table_name = 'catalog_searchentry'
        UNION ALL SELECT 'index', indexname, indexdef, '', '' FROM pg_indexes WHERE tablename = 'catalog_searchentry'
        UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint
        WHERE conrelid = 'catalog_searchentry'::regclass ORDER BY 1, 2
    """

    def now() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(shape)
            return cursor.fetchall()

    before = now()
    list(rebuild.rebuild())
    assert now() == before
    list(rebuild.rebuild())
    assert now() == before


def test_many_writers_and_a_rebuild_at_once(editions: list[Edition]) -> None:
    """Four connections write without end while the index is rebuilt three times; index and catalogue agree after."""
    stop = threading.Event()

    def write(own: Edition) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with transaction.atomic():
                Edition.objects.filter(pk=own.pk).update(title=f"数学{number}", hidden=number % 5 == 0)
                Holding.objects.filter(edition=own).update(withdrawn=number % 3 == 0)
                refresh([own.pk])

    with ThreadPoolExecutor(4) as pool:
        writers = [started(pool, partial(write, own)) for own in editions[:4]]
        try:
            for _round in range(3):
                list(rebuild.rebuild(batch_size=3))
        finally:
            stop.set()
        for writer in writers:
            writer.result(timeout=30)
    assert all_differences() == []
    assert SearchChange.objects.exclude(edition_ids=[]).exists()  # so that last night's counts are known to be old


def test_counting_while_others_write_leaves_the_counts_as_estimates(
    editions: list[Edition], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "FREQUENT", 5)
    real = maintenance._tokens_in_use

    def while_another_writes(total: int) -> tuple[dict[int, int], int]:
        elsewhere(lambda: refresh([editions[0].pk]))
        return real(total)

    monkeypatch.setattr(maintenance, "_tokens_in_use", while_another_writes)
    maintain()
    assert FrequentToken.objects.exists()
    assert SearchChange.objects.count() == 1


def test_an_entry_goes_with_its_edition_after_a_swap(editions: list[Edition]) -> None:
    """The foreign key of the new table works: no entry without an edition."""
    list(rebuild.rebuild())
    gone = editions[0]
    gone.holdings.all().delete()
    gone.delete()
    assert not SearchEntry.objects.filter(pk=gone.pk).exists()
