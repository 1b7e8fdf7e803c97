"""The search entries follow the catalogue."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Edition, Holding, MemberLibrary, SearchEntry, SourceRecord
from catalog.search.facts import count, unpack
from catalog.search.index import refresh
from catalog.search.rebuild import rebuild
from catalog.search.tokens import token
from tests.catalog.entries import holders
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db


def test_an_entry_holds_what_the_result_page_counts(edition: Edition, copy: Holding) -> None:
    refresh([edition.pk])

    entry = SearchEntry.objects.get(pk=edition.pk)
    assert entry.folded_title == "高等数学辅导上册"
    assert entry.pinyin_title == "gao deng shu xue fu dao shang ce"
    counts = count(unpack(entry.facts))
    assert counts.facets == {
        "language": {"chi": 1},
        "material_type": {"book": 1},
        "decade": {"1980": 1},
        "clc": {"O": 1},
    }
    assert holders(edition) == [copy.library]
    assert token("t数学") in entry.tokens
    assert token("co13/04/1") in entry.tokens


def test_refreshing_twice_changes_nothing(edition: Edition, copy: Holding) -> None:
    refresh([edition.pk])
    before = SearchEntry.objects.values().get()
    refresh([edition.pk, edition.pk])
    assert SearchEntry.objects.values().get() == before


def test_a_changed_title_replaces_the_old_words(edition: Edition) -> None:
    refresh([edition.pk])
    edition.title = "线性代数"
    edition.save()
    refresh([edition.pk])

    tokens = SearchEntry.objects.get().tokens
    assert token("t线性") in tokens
    assert token("t高等") not in tokens


@pytest.mark.parametrize("fate", ["hidden", "merged"])
def test_an_edition_readers_must_not_see_has_no_entry(edition: Edition, fate: str) -> None:
    refresh([edition.pk])
    if fate == "hidden":
        edition.hidden = True
    else:
        edition.merged_into = EditionFactory.create()
    edition.save()

    refresh([edition.pk])

    assert not SearchEntry.objects.filter(pk=edition.pk).exists()


def test_an_id_that_does_not_exist_is_no_error(db: None) -> None:
    refresh([999_999_999])
    refresh([])
    assert not SearchEntry.objects.exists()


def test_only_members_of_the_joint_search_with_a_present_copy_hold_it(edition: Edition, copy: Holding) -> None:
    HoldingFactory.create(edition=edition, withdrawn=True)
    HoldingFactory.create(edition=edition, library=MemberLibraryFactory.create(in_joint_search=False))
    HoldingFactory.create(edition=edition, library=MemberLibraryFactory.create(left_on="2020-01-01"))

    refresh([edition.pk])

    assert holders(edition) == [copy.library]


def test_a_record_without_copies_still_names_its_library(edition: Edition, bnu: MemberLibrary) -> None:
    SourceRecord.objects.create(
        library=bnu, local_id="1", syntax="cnmarc", encoding="utf-8", raw=b"", sha256="", edition=edition
    )
    refresh([edition.pk])
    assert holders(edition) == [bnu]


def test_the_number_of_statements_does_not_grow_with_the_batch(cumtb: MemberLibrary) -> None:
    def statements_for(count: int) -> int:
        editions = EditionFactory.create_batch(count)
        for one in editions:
            HoldingFactory.create(edition=one, library=cumtb)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            refresh([one.pk for one in editions])
        return len(queries)

    assert statements_for(1) == statements_for(40)


def test_rebuild_restores_every_entry_and_removes_strays(edition: Edition) -> None:
    stray = EditionFactory.create()
    refresh([edition.pk, stray.pk])
    Edition.objects.filter(pk=stray.pk).update(hidden=True)
    SearchEntry.objects.filter(pk=edition.pk).delete()

    assert list(rebuild(batch_size=1))[-1] == 1

    assert list(SearchEntry.objects.values_list("pk", flat=True)) == [edition.pk]
