"""The pages of parcels at both ends: packing by scanning, sending, taking out, finishing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.models import LoanRequest, Parcel, ParcelState
from requests_app.parcels.services import open_parcel, pack_all, send_parcel
from requests_app.scanning.desk import scan
from requests_app.services.moves import move
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]


@pytest.fixture
def books(request_at: RequestAt, cumtb: MemberLibrary, bupt: MemberLibrary) -> list[LoanRequest]:
    """Two accepted books for BUPT."""
    asked = timezone.now() - timedelta(days=2)

    def accepted(barcode: str) -> LoanRequest:
        copy = HoldingFactory.create(edition=EditionFactory.create(title=barcode), library=cumtb, barcode=barcode)
        return request_at(
            State.ACCEPTED, submitted_at=asked, holding=copy, title=barcode, reader=ReaderFactory.create(library=bupt)
        )

    return [accepted("C9000001"), accepted("C9000002")]


@pytest.fixture
def sent(books: list[LoanRequest], bupt: MemberLibrary, cast: Cast) -> Parcel:
    parcel = open_parcel(recipient=bupt, by=cast["L"])
    pack_all(parcel=parcel, by=cast["L"])
    return send_parcel(parcel=parcel, by=cast["L"], tracking_number="SF1").parcel


def states(*requests: LoanRequest) -> list[str]:
    return [LoanRequest.objects.get(pk=each.pk).state for each in requests]


def test_the_sender_packs_what_it_scans_and_sends_it(
    client: Client, lending_librarian: User, books: list[LoanRequest], bupt: MemberLibrary, cast: Cast
) -> None:
    client.force_login(lending_librarian)
    assert "北京邮电大学图书馆" in client.get(reverse("admin:requests_parcels")).content.decode()
    open_parcel(recipient=bupt, by=cast["L"])
    address = reverse("admin:requests_parcel", args=[Parcel.objects.get().pk])
    page = client.post(address, {"code": "C9000001"}, follow=True).content.decode()
    assert "已装入《C9000001》" in page
    assert "把等着的1册也装入" in page
    page = client.post(address, {"code": "C7777777"}, follow=True).content.decode()
    assert "没有找到“C7777777”" in page
    client.post(address, {"act": "pack_all"})
    client.post(address, {"act": "unpack", "item": str(Parcel.objects.get().items.get(request=books[1]).pk)})
    client.post(address, {"act": "send", "carrier": "顺丰", "tracking_number": "SF9", "lent": "1"})
    assert states(*books) == [State.SHIPPED, State.ACCEPTED]
    assert books[0].events.get(verb="ship").details["lent_in_own_system"] is True
    page = client.post(address, {"act": "send"}, follow=True)
    assert "已经由" in page.content.decode(), "the second clerk is told"


def test_where_nothing_can_leave_what_was_typed_stays(
    client: Client, lending_librarian: User, books: list[LoanRequest], bupt: MemberLibrary, cast: Cast
) -> None:
    client.force_login(lending_librarian)
    client.post(reverse("admin:requests_parcel_new", args=[bupt.code]))
    for book in books:
        move(request=book, verb="ask_cancel", by=cast["H"])
    address = reverse("admin:requests_parcel", args=[Parcel.objects.get().pk])
    page = client.post(address, {"act": "send", "carrier": "顺丰", "tracking_number": "SF9"})
    assert page.status_code == 409
    text = page.content.decode()
    assert 'value="SF9"' in text
    assert text.count("请从箱中取出") == 2


def test_the_recipient_scans_the_parcel_and_takes_the_books_out(
    client: Client, home_librarian: User, books: list[LoanRequest], sent: Parcel, cast: Cast
) -> None:
    assert scan(text=sent.number, by=cast["H"]).parcel == sent
    assert scan(text="SF1", by=cast["H"]).parcel == sent
    assert scan(text=sent.number, by=cast["X"]).parcel is None
    client.force_login(home_librarian)
    answer = client.post(reverse("admin:requests_scan"), {"code": sent.number})
    address = reverse("admin:requests_parcel", args=[sent.pk])
    assert answer["Location"] == address
    page = client.post(address, {"code": "C9000001"}, follow=True, headers={"X-Scan": "1"}).content.decode()
    assert "已签收：《C9000001》" in page
    assert "<html" not in page
    page = client.post(address, {"code": "C9000001"}, follow=True).content.decode()
    assert "C9000001：" in page, "a book scanned twice is refused by its state"
    assert states(*books) == [State.ARRIVED, State.SHIPPED]

    end = reverse("admin:requests_parcel_end", args=[sent.pk])
    page = client.get(end).content.decode()
    assert "C9000002" in page
    assert "C9000001" not in page
    assert states(books[1]) == [State.SHIPPED]
    assert LoanRequest.objects.get(pk=books[1].pk).missing_since is None, "looking reports nothing"
    client.post(end)
    client.post(end)
    missing = LoanRequest.objects.get(pk=books[1].pk)
    assert missing.events.filter(verb="report_missing").count() == 1
    assert Parcel.objects.get().state == ParcelState.RECEIVED


def test_a_book_that_is_in_no_list_but_in_the_hand_is_received(
    client: Client, home_librarian: User, sent: Parcel, request_at: RequestAt
) -> None:
    stray = request_at(State.SHIPPED, submitted_at=timezone.now() - timedelta(days=2))
    client.force_login(home_librarian)
    address = reverse("admin:requests_parcel", args=[sent.pk])
    page = client.post(address, {"code": "C6024202"}, follow=True).content.decode()
    assert "不在清单里，已另行签收" in page
    assert states(stray) == [State.ARRIVED]
    page = client.post(address, {"code": "ZZZ"}, follow=True).content.decode()
    assert "“ZZZ”不在这个包裹的清单里" in page


def test_the_papers_of_a_parcel_name_no_reader(client: Client, home_librarian: User, sent: Parcel) -> None:
    client.force_login(home_librarian)
    for paper in ("label", "list"):
        text = client.get(reverse("admin:requests_parcel_paper", args=[sent.pk, paper])).content.decode()
        assert sent.number in text
        assert "林晓" not in text
    assert client.get(reverse("admin:requests_parcel_paper", args=[sent.pk, "poster"])).status_code == 404


def test_the_statements_of_the_lists_do_not_grow(
    client: Client,
    lending_librarian: User,
    sent: Parcel,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    client.force_login(lending_librarian)
    for tab in ("pack", "receive", "sent", "done"):
        with django_assert_max_num_queries(11):
            client.get(reverse("admin:requests_parcels"), {"tab": tab})
    with django_assert_max_num_queries(10):
        client.get(reverse("admin:requests_parcel", args=[sent.pk]))


def test_the_waybill_number_can_follow_when_the_van_has_been_there(
    client: Client, lending_librarian: User, sent: Parcel, cast: Cast
) -> None:
    client.force_login(lending_librarian)
    address = reverse("admin:requests_parcel", args=[sent.pk])
    client.post(address, {"act": "waybill", "carrier": "中国邮政", "tracking_number": " EB1 "})
    assert scan(text="EB1", by=cast["H"]).parcel == sent
    assert "中国邮政" in client.get(address).content.decode()


def test_a_parcel_whose_books_all_came_singly_waits_for_nobody(
    client: Client, home_librarian: User, sent: Parcel, books: list[LoanRequest], cast: Cast
) -> None:
    client.force_login(home_librarian)
    address = reverse("admin:requests_parcels")
    assert sent.number in client.get(address, {"tab": "receive"}).content.decode()
    for book in books:
        move(request=LoanRequest.objects.get(pk=book.pk), verb="receive", by=cast["H"])
    assert sent.number not in client.get(address, {"tab": "receive"}).content.decode()
    assert sent.number in client.get(address, {"tab": "done"}).content.decode()
