"""Slips: which requests they are for, in which order, and that printing is noted once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from celery import Celery
from django.db import connection
from django.test import Client
from django.urls import reverse

from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.models import User
from requests_app.models import LoanRequest
from requests_app.services.moves import move
from requests_app.slips.kinds import NOTICE, PULL, STRAP
from requests_app.slips.printing import mark_printed
from requests_app.slips.selection import slips_to_print
from requests_app.slips.slip import code_picture
from requests_app.states import State
from tests.factories import EditionFactory, HoldingFactory, ReaderFactory
from tests.requests_app.conftest import MORNING

RequestAt = Callable[..., LoanRequest]
Submit = Callable[..., LoanRequest]
Cast = dict[str, Actor]


@pytest.fixture
def shelves(submit: Submit, cumtb: MemberLibrary, bupt: MemberLibrary) -> dict[str, LoanRequest]:
    """Four requests for books that stand at two places, by call number; each of another reader."""

    def ask(location: str, call_number: str) -> LoanRequest:
        copy = HoldingFactory.create(
            edition=EditionFactory.create(title=f"书 {call_number}"), library=cumtb, location=location,
            call_number=call_number, barcode=f"{location}-{call_number}",
        )  # fmt: skip
        reader = ReaderFactory.create(library=bupt)
        return submit(holding=copy, title=copy.edition.title, call_number=call_number, reader=reader)

    places = [("总馆", "TP312C/123"), ("分馆", "I247.57/2"), ("总馆", "TP312C/23"), ("总馆", "O13-43/1")]
    return {call_number: ask(location, call_number) for location, call_number in places}


def test_slips_follow_the_shelves(shelves: dict[str, LoanRequest], cumtb: MemberLibrary) -> None:
    order = [slip.call_number for slip in slips_to_print(PULL, cumtb)]
    assert order == ["I247.57/2", "O13-43/1", "TP312C/23", "TP312C/123"]


def test_each_desk_gets_its_kinds(request_at: RequestAt, cumtb: MemberLibrary, bupt: MemberLibrary) -> None:
    arrived = request_at(State.ARRIVED)
    assert [slip.row for slip in slips_to_print(NOTICE, bupt)] == [arrived]
    assert [slip.row for slip in slips_to_print(STRAP, bupt)] == [arrived]
    for kind in (PULL, STRAP, NOTICE):
        assert slips_to_print(kind, cumtb) == []


def test_the_statements_do_not_grow_with_the_slips(
    shelves: dict[str, LoanRequest], cumtb: MemberLibrary, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(2):
        assert len([slip.shown.sees_reader for slip in slips_to_print(PULL, cumtb)]) == 4


def test_printing_is_noted_once_and_the_second_time_is_a_reprint(
    client: Client, lending_librarian: User, shelves: dict[str, LoanRequest], cast: Cast
) -> None:
    client.force_login(lending_librarian)
    address = reverse("admin:requests_slips_print")
    some = [request.pk for request in shelves.values()][:2]
    page = client.post(address, {"kind": "pull", "paper": "a4", "request": some})
    assert page.status_code == 200
    assert "补打" not in page.content.decode()
    assert set(LoanRequest.objects.filter(printed_at__isnull=False).values_list("pk", flat=True)) == set(some)
    first = LoanRequest.objects.get(pk=some[0]).printed_at

    again = client.post(
        address, {"kind": "pull", "paper": "label", "request": [request.pk for request in shelves.values()]}
    )
    assert again.content.decode().count("补打，首次") == 2
    assert "slips-label" in again.content.decode()
    assert LoanRequest.objects.get(pk=some[0]).printed_at == first, "the first print counts"
    assert not LoanRequest.objects.filter(lender=shelves["TP312C/23"].lender, printed_at=None).exists()
    accepted = move(request=shelves["TP312C/23"], verb="accept", by=cast["L"], barcode="总馆-TP312C/23")
    page = client.get(reverse("admin:requests_app_loanrequest_change", args=[accepted.request_id])).content.decode()
    assert "取书单已打印" in page
    choice = client.get(reverse("admin:requests_slips")).content.decode()
    assert " checked" not in choice, "what is printed is not ticked again"


def test_looking_at_the_choice_or_a_get_marks_nothing(
    client: Client, lending_librarian: User, shelves: dict[str, LoanRequest]
) -> None:
    client.force_login(lending_librarian)
    client.get(reverse("admin:requests_slips"))
    assert client.get(reverse("admin:requests_slips_print")).status_code == 405
    assert not LoanRequest.objects.filter(printed_at__isnull=False).exists()


def test_nothing_of_other_libraries_is_printed_or_marked(
    client: Client, strange_librarian: User, shelves: dict[str, LoanRequest]
) -> None:
    client.force_login(strange_librarian)
    pks = [request.pk for request in shelves.values()] + ["x", "99999999999999999999"]
    page = client.post(reverse("admin:requests_slips_print"), {"kind": "pull", "request": pks}, follow=True)
    assert "没有勾选" in page.content.decode()
    assert not LoanRequest.objects.filter(printed_at__isnull=False).exists()


def test_a_new_request_shows_the_copies_on_the_shelf_but_no_reader(
    client: Client, lending_librarian: User, submit: Submit
) -> None:
    submit()
    client.force_login(lending_librarian)
    pk = LoanRequest.objects.get().pk
    page = client.post(reverse("admin:requests_slips_print"), {"kind": "pull", "request": [pk]}).content.decode()
    assert "C6024202" in page
    assert "林晓" not in page


def test_what_a_code_128_cannot_write_is_left_out() -> None:
    assert code_picture("P-0000042").startswith("data:image/svg+xml")
    assert code_picture("馆藏0001") == ""


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_print_one_batch_at_once_make_one_first_print(
    submit: Submit, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Celery, "send_task", lambda *args, **kwargs: None)
    pk = submit().pk
    barrier, reprints = Barrier(2), []

    def print_it(minutes: int) -> None:
        try:
            barrier.wait(timeout=10)
            before = mark_printed(pks=[pk], by=cast["L"], at=MORNING + timedelta(minutes=minutes))
            reprints.append(len(before))
        finally:
            connection.close()

    clerks = [Thread(target=print_it, args=(minutes,)) for minutes in (1, 2)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert sorted(reprints) == [0, 1]
