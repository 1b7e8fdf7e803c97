"""Keeps the search entries equal to the catalogue: every change of an edition or its copies ends in refresh()."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db import transaction
from django.db.models import Q

from catalog import bulk
from catalog.models import Edition, Holding, MaterialType, SearchEntry, SourceRecord
from catalog.search.pinyin import title_syllables
from catalog.search.tokens import edition_grams, normal_form, pinyin_grams, title_of, tokens


def refresh(edition_ids: Collection[int]) -> None:
    """Rewrite the search entries of these editions from what the database holds now.

    Runs in the caller's transaction, in five statements however many ids are given. Editions that are hidden, merged
    into another one or gone lose their entry. The edition rows are locked first (in the order of their ids), so that
    of two transactions changing copies of one edition the later sees what the earlier wrote.
    """
    ids = set(edition_ids)
    if not ids:
        return
    with transaction.atomic():
        editions = list(Edition.objects.visible().filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        SearchEntry.objects.filter(pk__in=ids - {edition.pk for edition in editions}).delete()
        libraries, call_numbers = _holders(ids)
        bulk.upsert([_entry(edition, libraries[edition.pk], call_numbers[edition.pk]) for edition in editions])


def rebuild(batch_size: int = 1000) -> Iterator[int]:
    """Write every entry anew, one transaction per batch; yields how many editions are done after each.

    Searches go on meanwhile. Entries of editions that should have none are removed at the end.
    """
    done = last = 0
    while batch := list(
        Edition.objects.visible().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:batch_size]
    ):
        refresh(batch)
        last, done = batch[-1], done + len(batch)
        yield done
    SearchEntry.objects.filter(Q(edition__hidden=True) | Q(edition__merged_into__isnull=False)).delete()


def fill(batch_size: int = 1000) -> Iterator[int]:
    """Write the entries that are missing (an import wrote editions without), one transaction per batch; yields how
    many are done after each."""
    done = last = 0
    missing = Edition.objects.visible().filter(search_entry__isnull=True).order_by("pk").values_list("pk", flat=True)
    while batch := list(missing.filter(pk__gt=last)[:batch_size]):
        refresh(batch)
        last, done = batch[-1], done + len(batch)
        yield done


def _holders(edition_ids: set[int]) -> tuple[dict[int, set[int]], dict[int, set[str]]]:
    """Libraries of the joint search that hold each edition, and the call numbers under which they do."""
    libraries: dict[int, set[int]] = defaultdict(set)
    call_numbers: dict[int, set[str]] = defaultdict(set)
    copies = Holding.objects.present().filter(
        edition__in=edition_ids, library__in_joint_search=True, library__left_on__isnull=True
    )
    for edition_id, library_id, call_number in copies.order_by().values_list("edition", "library", "call_number"):
        libraries[edition_id].add(library_id)
        call_numbers[edition_id].add(call_number)
    # A library that sent a record without listing copies holds the book all the same.
    records = SourceRecord.objects.filter(
        edition__in=edition_ids,
        deleted=False,
        quarantine_reason="",
        holdings__isnull=True,
        library__in_joint_search=True,
        library__left_on__isnull=True,
    )
    for edition_id, library_id in records.order_by().values_list("edition", "library"):
        libraries[edition_id].add(library_id)
    return libraries, call_numbers


def _entry(edition: Edition, library_ids: set[int], call_numbers: set[str]) -> SearchEntry:
    syllables = title_syllables(edition.full_title)
    grams = edition_grams(edition, sorted(call_numbers)) | pinyin_grams(syllables)
    return SearchEntry(
        edition_id=edition.pk,
        tokens=tokens(grams),
        folded_title=normal_form(title_of(edition)),
        pinyin_title=" ".join(syllables),
        year=edition.year or 0,
        language=edition.language,
        material_type=edition.material_type or MaterialType.OTHER,
        clc_class=_clc_class(edition.clc),
        library_ids=sorted(library_ids),
    )


def _clc_class(number: str) -> str:
    """Main class of the Chinese Library Classification: one letter A–Z, or nothing."""
    letter = number.strip()[:1].upper()
    return letter if letter.isascii() and letter.isalpha() else ""
