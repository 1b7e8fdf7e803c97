"""Where a reader stands on a day, and the sentence that says why they may not borrow."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from catalog.models import MemberLibrary
from readers.models import CardState, PickupCard, Reader, ReaderState, ReaderType, Standing
from tests.factories import ReaderFactory

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)


def suspended(first: date, last: date | None = None) -> Reader:
    return Reader(
        state=ReaderState.APPROVED, suspended_on=first, suspended_until=last, suspension_reason="多次逾期不还"
    )


@pytest.mark.parametrize(
    ("reader", "standing"),
    [
        (Reader(state=ReaderState.APPROVED), Standing.GOOD),
        (Reader(state=ReaderState.PENDING), Standing.PENDING),
        (Reader(state=ReaderState.REFUSED, expires_on=MONDAY), Standing.REFUSED),
        (Reader(state=ReaderState.APPROVED, expires_on=TUESDAY), Standing.GOOD),
        (Reader(state=ReaderState.APPROVED, expires_on=MONDAY), Standing.EXPIRED),
        (suspended(MONDAY), Standing.SUSPENDED),
        (suspended(MONDAY, TUESDAY), Standing.SUSPENDED),
        (suspended(MONDAY, MONDAY), Standing.GOOD),
        (suspended(WEDNESDAY), Standing.GOOD),
    ],
)
def test_the_days_named_are_included(reader: Reader, standing: Standing) -> None:
    assert reader.standing(TUESDAY) == standing
    assert (reader.why_not_borrow(TUESDAY) == "") == (standing == Standing.GOOD)


def test_a_block_closes_borrowing_without_touching_the_standing() -> None:
    reader = Reader(state=ReaderState.APPROVED, blocks=["有未缴罚款", "有逾期图书"])
    assert reader.standing(TUESDAY) == Standing.GOOD
    assert reader.why_no_standing(TUESDAY) == ""
    assert reader.why_not_borrow(TUESDAY) == "您的账号有限制，暂不能提交新申请：有未缴罚款；有逾期图书。"


def test_the_queryset_knows_the_same_rules_as_the_row(bupt: MemberLibrary) -> None:
    for change in (
        {},
        {"expires_on": MONDAY},
        {"expires_on": TUESDAY},
        {"state": ReaderState.PENDING},
        {"suspended_on": MONDAY, "suspension_reason": "x"},
        {"suspended_on": MONDAY, "suspended_until": MONDAY, "suspension_reason": "x"},
        {"suspended_on": MONDAY, "suspended_until": TUESDAY, "suspension_reason": "x"},
        {"suspended_on": WEDNESDAY, "suspension_reason": "x"},
    ):
        ReaderFactory.create(library=bupt, **change)
    by_row = {reader.pk for reader in Reader.objects.all() if reader.standing(TUESDAY) == Standing.GOOD}
    assert set(Reader.objects.in_good_standing(TUESDAY).values_list("pk", flat=True)) == by_row
    assert len(by_row) == 4
    assert Reader.objects.suspended(TUESDAY).count() == 2
    assert Reader.objects.expired(TUESDAY).count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"suspended_on": TUESDAY},
        {"suspension_reason": "没有起始日期"},
        {"suspended_on": TUESDAY, "suspended_until": MONDAY, "suspension_reason": "x"},
    ],
)
def test_the_database_keeps_half_a_suspension_out(reader: Reader, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reader.objects.filter(pk=reader.pk).update(**change)


def test_a_card_counts_to_its_last_day(reader: Reader) -> None:
    card = PickupCard.objects.create(reader=reader)
    assert list(PickupCard.objects.valid(TUESDAY)) == []
    PickupCard.objects.filter(pk=card.pk).update(
        state=CardState.ISSUED, serial="211130-00001", issued_at="2026-03-01T08:00+08:00", valid_until=date(2199, 3, 10)
    )
    card.refresh_from_db()
    assert list(PickupCard.objects.valid(date(2199, 3, 10))) == [card]
    assert list(PickupCard.objects.valid(date(2199, 3, 11))) == []
    assert (card.is_valid(date(2199, 3, 10)), card.is_valid(date(2199, 3, 11))) == (True, False)
    assert reader.valid_card() == card
    assert reader.valid_card(until=date(2199, 3, 10)) == card
    assert reader.valid_card(until=date(2199, 3, 11)) is None


def test_a_type_is_named_once_at_a_library(bupt: MemberLibrary, cumtb: MemberLibrary) -> None:
    ReaderType.objects.create(library=bupt, name="教师", max_open_requests=5)
    ReaderType.objects.create(library=cumtb, name="教师")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReaderType.objects.create(library=bupt, name="教师")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReaderType.objects.create(library=bupt, name="无", max_open_requests=0)
