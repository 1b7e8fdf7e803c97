"""A copy that is out on one of our requests shows 已借出, whatever its library's import says."""

import pytest

from catalog.circulation import mark_copy_back, mark_copy_out
from catalog.models import CirculationStatus, Holding

pytestmark = pytest.mark.django_db


def test_a_copy_out_on_a_request_is_on_loan_until_it_is_back(copy: Holding) -> None:
    mark_copy_out(holding=copy, request_number="KD00000001")
    copy.refresh_from_db()
    assert copy.out_on_request == "KD00000001"
    assert copy.shown_status == CirculationStatus.ON_LOAN
    assert not copy.is_on_shelf

    mark_copy_back(holding=copy)
    copy.refresh_from_db()
    assert copy.shown_status == CirculationStatus.AVAILABLE
    assert copy.is_on_shelf


def test_an_import_in_between_does_not_put_the_copy_back(copy: Holding) -> None:
    mark_copy_out(holding=copy, request_number="KD00000001")
    Holding.objects.filter(pk=copy.pk).update(circulation_status=CirculationStatus.AVAILABLE)
    copy.refresh_from_db()
    assert copy.shown_status == CirculationStatus.ON_LOAN


def test_marking_one_copy_leaves_the_others_alone(copy: Holding) -> None:
    other = Holding.objects.create(
        edition=copy.edition, library=copy.library, barcode="C1", circulation_status="available", as_of=copy.as_of
    )
    mark_copy_out(holding=copy, request_number="KD00000001")
    other.refresh_from_db()
    assert other.is_on_shelf
