"""How long a book usually takes: counted per lender, told where a reader chooses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Holding, MemberLibrary
from catalog.search.index import refresh
from readers.models import Reader
from requests_app.arrivals import COUNTED, FEWEST, count_arrivals
from requests_app.lenders import lenders_of
from requests_app.models import LoanRequest
from requests_app.states import State
from tests.requests_app.conftest import MORNING

pytestmark = pytest.mark.django_db
LATER = MORNING + timedelta(days=60)


@pytest.fixture
def arrived(request_at: Callable[..., LoanRequest]) -> Callable[[int], None]:
    """So many books went the whole road one after the other; each was there 26 hours after it was asked for."""

    def walk(number: int) -> None:
        for place in range(number):
            request_at(State.COMPLETED, MORNING + timedelta(days=18 * place))

    return walk


def test_the_median_of_whole_days_is_told_once_enough_books_arrived(
    arrived: Callable[[int], None], cumtb: MemberLibrary, bupt: MemberLibrary
) -> None:
    arrived(FEWEST - 1)
    count_arrivals(at=LATER)
    cumtb.refresh_from_db()
    assert cumtb.arrival_days is None
    arrived(1)
    count_arrivals(at=LATER)
    for library in (cumtb, bupt):
        library.refresh_from_db()
    assert (cumtb.arrival_days, bupt.arrival_days) == (2, None)


def test_what_was_long_ago_says_nothing(arrived: Callable[[int], None], cumtb: MemberLibrary) -> None:
    arrived(FEWEST)
    count_arrivals(at=LATER)
    count_arrivals(at=LATER + COUNTED + timedelta(days=60))
    cumtb.refresh_from_db()
    assert cumtb.arrival_days is None


def test_a_book_that_only_left_has_not_arrived(
    request_at: Callable[..., LoanRequest], cumtb: MemberLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests_app.arrivals.FEWEST", 1)
    request_at(State.SHIPPED)
    count_arrivals(at=LATER)
    cumtb.refresh_from_db()
    assert cumtb.arrival_days is None


def test_hits_the_edition_and_the_choice_of_a_lender_tell_it(
    client: Client, reader: Reader, copy: Holding, cumtb: MemberLibrary
) -> None:
    MemberLibrary.objects.filter(pk=cumtb.pk).update(arrival_days=3)
    refresh([copy.edition_id])
    assert "通常3天到馆" in client.get("/catalog/", {"q": copy.edition.title}).text
    assert "通常3天到馆" in client.get(reverse("catalog:edition", args=[copy.edition_id])).text
    (lender,) = lenders_of(copy.edition, reader=reader, at=MORNING)
    assert lender.reason.endswith("通常3天到馆")
    Holding.objects.filter(pk=copy.pk).update(circulation_status="on_loan")
    assert "到馆" not in client.get("/catalog/", {"q": copy.edition.title}).text
