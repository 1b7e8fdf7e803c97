"""What the center decides about editions: merging, splitting, keeping apart; imports obey, and everything is undone."""

from typing import Any

import pytest

from catalog.importing import import_file
from catalog.models import (
    CatalogDecision,
    Edition,
    Holding,
    MemberLibrary,
    PairState,
    Pin,
    ReviewPair,
    SearchEntry,
    SourceRecord,
)
from catalog.review.services import DecisionRefused, keep_apart, merge_editions, split_edition, undo_decision
from catalog.search.index import refresh
from catalog.selectors import surviving_edition
from tests.catalog.entries import holders
from tests.catalog.records import cnmarc_book, iso_file
from tests.factories import EditionFactory, HoldingFactory

pytestmark = pytest.mark.django_db

ISBN = "9787503717444"
BY = "中心"


@pytest.fixture
def bring(tmp_path):
    """Import records of a library as one file."""

    def run(library: MemberLibrary, *records: Any):
        return import_file(path=iso_file(tmp_path, *records), library=library, by="test")

    return run


def first_volume(number: str = "k1", **more: Any):
    return cnmarc_book(number, title="高等数学", volume="上册", isbn=ISBN, copies=[("C1", "O13/1")], **more)


def no_volume(number: str = "b1", **more: Any):
    return cnmarc_book(number, title="高等数学", isbn=ISBN, copies=[("B1", "O13/2")], **more)


@pytest.fixture
def in_doubt(bring, cumtb, bnu) -> tuple[Edition, Edition]:
    """One library states the volume, the other does not: two editions, and a question for the center."""
    bring(cumtb, first_volume())
    bring(bnu, no_volume())
    return edition_of("k1"), edition_of("b1")


def edition_of(local_id: str) -> Edition:
    found = SourceRecord.objects.select_related("edition").get(local_id=local_id).edition
    assert found is not None
    return found


def grouping() -> set[frozenset[str]]:
    """Which records are one edition."""
    groups: dict[int | None, set[str]] = {}
    for edition, number in SourceRecord.objects.values_list("edition", "local_id"):
        groups.setdefault(edition, set()).add(number)
    return {frozenset(members) for members in groups.values()}


def everything() -> dict[str, list[Any]]:
    """The whole state that readers and importers see; only the time of the last writing is left out."""
    state = {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Edition, Holding, SourceRecord, SearchEntry, ReviewPair)
    }
    for row in state["Edition"]:
        del row["updated_at"]
    for row in state["SearchEntry"]:
        row["tokens"], row["facts"] = sorted(row["tokens"]), bytes(row["facts"])
    return state


# --- The queue -------------------------------------------------------------------------------------------


def test_a_doubt_of_the_import_waits_for_the_center_once(in_doubt, bring, cumtb, bnu):
    first, second = in_doubt
    pair = ReviewPair.objects.waiting().get()
    assert (pair.first, pair.second, pair.rule) == (first, second, "volume stated on one side")
    assert pair.score == 1.0
    assert pair.record.local_id == "b1"
    bring(bnu, no_volume(pages="321页"))
    bring(cumtb, first_volume(pages="322页"))
    assert ReviewPair.objects.get() == pair, "a pair is asked about once, from whichever side it is met"


def test_what_contradicts_is_no_question(bring, cumtb, bnu):
    bring(cumtb, first_volume())
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="下册", isbn=ISBN))
    assert not ReviewPair.objects.exists()


def test_records_of_one_file_are_compared_with_each_other(bring, cumtb):
    bring(cumtb, first_volume("k1"), cnmarc_book("k2", title="高等数学", isbn=ISBN))
    assert ReviewPair.objects.waiting().count() == 1


def test_a_record_that_becomes_doubtful_leaves_and_the_center_is_asked(bring, cumtb, bnu):
    bring(cumtb, first_volume())
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN))
    assert Edition.objects.count() == 1
    bring(bnu, no_volume())
    assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}
    assert ReviewPair.objects.waiting().get().rule == "volume stated on one side"


def test_a_question_about_a_book_that_readers_no_longer_see_is_not_asked(in_doubt, bring, bnu):
    bring(bnu, cnmarc_book("b1", status="d"))
    assert not ReviewPair.objects.waiting().exists()
    bring(bnu, no_volume())
    assert ReviewPair.objects.waiting().count() == 1


# --- Merging ---------------------------------------------------------------------------------------------


def test_merging_moves_records_and_copies_and_the_old_id_leads_on(in_doubt):
    keep, other = in_doubt
    merge_editions(keep=keep, other=other, by=BY)
    assert grouping() == {frozenset({"k1", "b1"})}
    assert set(Holding.objects.values_list("edition", flat=True)) == {keep.pk}
    assert surviving_edition(other.pk) == keep
    assert set(SearchEntry.objects.values_list("edition", flat=True)) == {keep.pk}
    assert len(holders(keep)) == 2
    pair = ReviewPair.objects.get()
    assert (pair.state, pair.decided_by) == (PairState.MERGED, BY)
    assert pair.decided_at


def test_a_wrong_merge_can_be_undone_completely(in_doubt, bnu):
    keep, other = in_doubt
    HoldingFactory.create(edition=other, library=bnu, barcode="BY-HAND", source_record=None)
    refresh([other.pk])
    before = everything()
    decision = merge_editions(keep=keep, other=other, by=BY)
    assert everything() != before
    undo_decision(decision=decision, by="另一人")
    assert everything() == before
    assert surviving_edition(other.pk) == other
    assert [(d.kind, d.by) for d in CatalogDecision.objects.order_by("pk")] == [("merge", BY), ("undo", "另一人")]


def test_a_merge_survives_that_both_files_come_again(in_doubt, bring, cumtb, bnu):
    merge_editions(keep=in_doubt[0], other=in_doubt[1], by=BY)
    bring(cumtb, first_volume())
    bring(bnu, no_volume())
    assert grouping() == {frozenset({"k1", "b1"})}
    bring(cumtb, first_volume(pages="325页"))
    bring(bnu, no_volume(pages="326页"))
    assert grouping() == {frozenset({"k1", "b1"})}, "corrected records are placed anew, and stay together"
    assert Edition.objects.visible().count() == 1
    assert ReviewPair.objects.get().state == PairState.MERGED


def test_a_deleted_record_that_comes_back_is_where_it_was_put(in_doubt, bring, bnu):
    merge_editions(keep=in_doubt[0], other=in_doubt[1], by=BY)
    bring(bnu, cnmarc_book("b1", status="d"))
    bring(bnu, no_volume())
    assert grouping() == {frozenset({"k1", "b1"})}


def test_a_book_entered_by_hand_is_merged_and_gets_its_own_words_back(in_doubt, bring, bnu):
    by_hand = EditionFactory.create(title="高等数学（手工录入）", isbns=[ISBN])
    refresh([by_hand.pk])
    before = everything()
    decision = merge_editions(keep=by_hand, other=in_doubt[1], by=BY)
    by_hand.refresh_from_db()
    assert by_hand.title == "高等数学", "a library's record describes a book better than a form"
    undo_decision(decision=decision, by=BY)
    assert everything() == before
    decision = merge_editions(keep=by_hand, other=in_doubt[1], by=BY)
    bring(bnu, no_volume(pages="321页"))
    assert edition_of("b1") == by_hand
    undo_decision(decision=decision, by=BY)
    by_hand.refresh_from_db()
    assert by_hand.title == "高等数学（手工录入）"


def test_a_book_entered_by_hand_is_kept_apart_too(bring, cumtb):
    bring(cumtb, cnmarc_book("k1", title="高等数学", isbn=ISBN))
    by_hand = EditionFactory.create(
        title="高等数学", volume="", isbns=[ISBN], title_key="高等数学", publisher="", year=None, authors=[],
        responsibility="", year_text="",
    )  # fmt: skip
    keep_apart(a=by_hand, b=edition_of("k1"), by=BY)
    own = edition_of("k1")
    bring(cumtb, cnmarc_book("k1", title="高等数学", isbn=ISBN, pages="321页"))
    assert edition_of("k1") == own
    undo_decision(decision=CatalogDecision.objects.get(), by=BY)
    bring(cumtb, cnmarc_book("k1", title="高等数学", isbn=ISBN, pages="322页"))
    assert edition_of("k1") == by_hand, "without the decision the rules join them"


def test_undone_the_rules_decide_again(in_doubt, bring, bnu):
    undo_decision(decision=merge_editions(keep=in_doubt[0], other=in_doubt[1], by=BY), by=BY)
    bring(bnu, no_volume(pages="326页"))
    assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}
    assert ReviewPair.objects.waiting().count() == 1


def test_what_an_import_changed_meanwhile_is_not_lost_by_undoing(in_doubt, bring, bnu):
    keep, other = in_doubt
    decision = merge_editions(keep=keep, other=other, by=BY)
    bring(bnu, no_volume(pages="999页"))
    undo_decision(decision=decision, by=BY)
    keep.refresh_from_db()
    other.refresh_from_db()
    assert ("999页" in other.extent, "999页" in keep.extent) == (True, False)


def test_records_that_joined_since_go_where_they_fit(in_doubt, bring, bupt):
    keep, other = in_doubt
    decision = merge_editions(keep=keep, other=other, by=BY)
    bring(bupt, cnmarc_book("p1", title="高等数学", isbn=ISBN), cnmarc_book("p2", title="高等数学 上册", isbn=ISBN))
    SourceRecord.objects.update(edition=keep)  # as an import would, had the rules changed
    undo_decision(decision=decision, by=BY)
    assert grouping() == {frozenset({"k1", "p2"}), frozenset({"b1", "p1"})}


def test_a_record_whose_number_now_means_another_book_is_not_held_back(in_doubt, bring, bnu):
    merge_editions(keep=in_doubt[0], other=in_doubt[1], by=BY)
    bring(bnu, cnmarc_book("b1", title="线性代数", publisher="清华大学出版社", year="2010"))
    assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}
    assert Pin.objects.get(record__local_id="b1").lapsed_at


def test_chains_of_merges_end_at_the_last_survivor_and_cannot_be_closed(db):
    a, b, c = (EditionFactory.create(title=title) for title in "甲乙丙")
    merge_editions(keep=b, other=a, by=BY)
    merge_editions(keep=c, other=b, by=BY)
    assert surviving_edition(a.pk) == surviving_edition(b.pk) == c
    for other in (a, b, c):
        with pytest.raises(DecisionRefused):
            merge_editions(keep=a, other=other, by=BY)
    with pytest.raises(DecisionRefused):
        merge_editions(keep=c, other=c, by=BY)
    assert surviving_edition(a.pk) == c


def test_the_first_of_two_merges_can_be_undone_alone(bring, cumtb, bnu, bupt):
    bring(cumtb, first_volume())
    bring(bnu, no_volume())
    bring(bupt, cnmarc_book("p1", title="线性代数"))
    k, b, p = (edition_of(number) for number in ("k1", "b1", "p1"))
    first = merge_editions(keep=k, other=b, by=BY)
    k.refresh_from_db()
    second = merge_editions(keep=p, other=k, by=BY)
    undo_decision(decision=first, by=BY)
    assert grouping() == {frozenset({"k1", "p1"}), frozenset({"b1"})}
    assert (surviving_edition(b.pk), surviving_edition(k.pk)) == (b, p)
    undo_decision(decision=second, by=BY)
    assert grouping() == {frozenset({"k1"}), frozenset({"p1"}), frozenset({"b1"})}
    assert Holding.objects.get(barcode="B1").edition == b


def test_open_questions_follow_the_merge_and_come_back(bring, cumtb, bnu, bupt):
    bring(cumtb, first_volume())
    bring(bnu, no_volume())
    twin = EditionFactory.create(title="高等数学")
    third = edition_of("b1")
    pair = ReviewPair.objects.get()
    decision = merge_editions(keep=twin, other=edition_of("k1"), by=BY)
    pair.refresh_from_db()
    assert {pair.first_id, pair.second_id} == {twin.pk, third.pk}
    assert ReviewPair.objects.waiting().count() == 1
    undo_decision(decision=decision, by=BY)
    pair.refresh_from_db()
    assert {pair.first_id, pair.second_id} == {edition_of("k1").pk, third.pk}


# --- Keeping apart ---------------------------------------------------------------------------------------


def test_editions_kept_apart_stay_so_even_if_their_records_become_alike(in_doubt, bring, cumtb, bnu):
    decision = keep_apart(a=in_doubt[1], b=in_doubt[0], by=BY)
    assert ReviewPair.objects.get().state == PairState.KEPT_APART
    alike = cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN, copies=[("B1", "O13/2")])
    bring(cumtb, first_volume())
    bring(bnu, alike)
    assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}
    undo_decision(decision=decision, by=BY)
    assert ReviewPair.objects.get().state == PairState.OPEN
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN, pages="321页"))
    assert grouping() == {frozenset({"k1", "b1"})}


def test_keeping_apart_changes_no_book_and_is_undone_completely(in_doubt):
    before = everything()
    undo_decision(decision=keep_apart(a=in_doubt[0], b=in_doubt[1], by=BY), by=BY)
    assert everything() == before


# --- Splitting -------------------------------------------------------------------------------------------


@pytest.fixture
def shared(bring, cumtb, bnu) -> Edition:
    """One edition of two libraries, merged by the rules."""
    bring(cumtb, first_volume())
    bring(bnu, cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN, copies=[("B1", "O13/2")]))
    return Edition.objects.get()


@pytest.mark.parametrize("sent_away", ["k1", "b1"])
def test_on_a_split_the_id_stays_with_the_oldest_record(shared, sent_away, cumtb, bnu):
    split_edition(edition=shared, records=[SourceRecord.objects.get(local_id=sent_away)], by=BY)
    assert edition_of("k1") == shared
    assert edition_of("b1") != shared
    assert edition_of("b1").full_title == "高等数学 上册"
    assert Holding.objects.get(barcode="B1").edition == edition_of("b1")
    assert holders(shared) == [cumtb]
    assert holders(edition_of("b1")) == [bnu]


def test_what_was_split_is_not_merged_again_by_the_files(shared, bring, cumtb, bnu):
    split_edition(edition=shared, records=[SourceRecord.objects.get(local_id="b1")], by=BY)
    for pages in ("320页", "321页"):
        bring(cumtb, first_volume(pages=pages))
        bring(bnu, cnmarc_book("b1", title="高等数学", volume="上册", isbn=ISBN, pages=pages))
        assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}


def test_a_split_is_undone_and_the_new_id_leads_back(shared):
    before = everything()
    decision = split_edition(edition=shared, records=[SourceRecord.objects.get(local_id="b1")], by=BY)
    undo_decision(decision=decision, by=BY)
    after = everything()
    [redirect] = [row for row in after["Edition"] if row["id"] == decision.other_id]
    assert redirect["merged_into_id"] == shared.pk
    after["Edition"].remove(redirect)
    assert after == before


def test_a_split_takes_a_part_never_all_nor_what_is_elsewhere(shared, bring, cumtb):
    bring(cumtb, cnmarc_book("k9", title="别的书"))
    for numbers in ([], ["k1", "b1"], ["k9"], ["k1", "k9"]):
        with pytest.raises(DecisionRefused):
            split_edition(edition=shared, records=SourceRecord.objects.filter(local_id__in=numbers), by=BY)
    assert not CatalogDecision.objects.exists()


# --- The log ---------------------------------------------------------------------------------------------


def test_decisions_say_who_when_before_and_after_and_are_only_added(in_doubt):
    keep, other = in_doubt
    decision = merge_editions(keep=keep, other=other, by=BY)
    k, b = (SourceRecord.objects.get(local_id=number).pk for number in ("k1", "b1"))
    assert decision.before["records"] == {str(keep.pk): [k], str(other.pk): [b]}
    assert decision.after["records"] == {str(keep.pk): [k, b], str(other.pk): []}
    assert decision.at
    with pytest.raises(TypeError):
        decision.save()
    with pytest.raises(TypeError):
        decision.delete()
    with pytest.raises(TypeError):
        CatalogDecision.objects.update(by="")
    with pytest.raises(TypeError):
        CatalogDecision.objects.filter(pk=decision.pk).delete()


def test_nothing_is_undone_twice_and_later_decisions_come_first(in_doubt):
    keep, other = in_doubt
    merged = merge_editions(keep=keep, other=other, by=BY)
    split = split_edition(edition=keep, records=[SourceRecord.objects.get(local_id="b1")], by=BY)
    with pytest.raises(DecisionRefused, match="先撤销后来的"):
        undo_decision(decision=merged, by=BY)
    assert not CatalogDecision.objects.filter(undoes=merged).exists(), "a refusal leaves no trace"
    undone = undo_decision(decision=split, by=BY)
    undo_decision(decision=merged, by=BY)
    for decision in (merged, split, undone):
        with pytest.raises(DecisionRefused):
            undo_decision(decision=decision, by=BY)
    assert grouping() == {frozenset({"k1"}), frozenset({"b1"})}


def test_hidden_books_are_not_merged(in_doubt):
    Edition.objects.filter(pk=in_doubt[1].pk).update(hidden=True)
    with pytest.raises(DecisionRefused):
        merge_editions(keep=in_doubt[0], other=in_doubt[1], by=BY)
    assert not CatalogDecision.objects.exists()
