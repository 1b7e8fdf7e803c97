"""Notes between the two libraries of a request: who reads them, what is unread, and that no reader ever does."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from readers.actors import Actor
from readers.models import Reader, User
from requests_app.anonymising import anonymise_of
from requests_app.errors import MoveRefused
from requests_app.models import DeskNote, LoanRequest
from requests_app.services.notes import read_notes, write_note
from requests_app.states import State

RequestAt = Callable[..., LoanRequest]
Cast = dict[str, Actor]
LIST = "/backoffice/requests_app/loanrequest/"
INDEX = "/backoffice/"
LATER = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)


def page_of(request: LoanRequest) -> str:
    return f"{LIST}{request.pk}/change/"


def unread(client: Client, user: User) -> dict[str, int]:
    """Panel → what its card 未读留言 counts."""
    client.force_login(user)
    panels = client.get(INDEX).context["panels"]
    return {panel.title: card.count for panel in panels for card in panel.cards if card.label == "未读留言"}


def test_a_note_is_unread_at_the_other_desk_until_that_desk_has_read_it(
    client: Client, request_at: RequestAt, cast: Cast, home_librarian: User, lending_librarian: User, center_admin: User
) -> None:
    request = request_at(State.SHIPPED)
    client.force_login(home_librarian)
    answer = client.post(f"{LIST}{request.pk}/notes/", {"text": " 书还没有到，请查一下。 "})
    assert answer["Location"] == f"{page_of(request)}#notes"
    assert DeskNote.objects.get().text == "书还没有到，请查一下。"

    assert unread(client, home_librarian) == {}
    assert unread(client, center_admin) == {}
    assert unread(client, lending_librarian) == {"出借台": 1}
    listed = client.get(LIST, {"desk": "lender", "queue": "notes"})
    assert list(listed.context["cl"].result_list) == [request]
    assert "新留言" in listed.content.decode()

    page = client.get(page_of(request)).content.decode()  # looking writes nothing
    assert "书还没有到，请查一下。" in page
    assert DeskNote.objects.get().read_at_lender is None
    client.post(f"{LIST}{request.pk}/notes/read/")
    assert unread(client, lending_librarian) == {}
    client.force_login(home_librarian)
    assert "已读" in client.get(page_of(request)).content.decode()


def test_an_answer_reads_what_it_answers_and_notes_stay_when_all_is_over(
    client: Client, request_at: RequestAt, cast: Cast, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.COMPLETED)
    write_note(request=request, text="封面有划痕。", by=cast["L"])
    assert unread(client, home_librarian) == {"借入台": 1}
    write_note(request=request, text="借出前就有。", by=cast["H"])
    assert unread(client, home_librarian) == {}
    assert unread(client, lending_librarian) == {"出借台": 1}


def test_the_center_reads_without_marks_and_both_desks_read_the_center(
    client: Client, request_at: RequestAt, cast: Cast, home_librarian: User, lending_librarian: User
) -> None:
    request = request_at(State.ON_LOAN)
    write_note(request=request, text="请两馆商定。", by=cast["C"])
    assert read_notes(request=request, by=cast["C"]) == 0
    assert unread(client, home_librarian) == {"借入台": 1}
    assert unread(client, lending_librarian) == {"出借台": 1}


@pytest.mark.parametrize("capacity", ["R", "X", "S"])
def test_nobody_else_writes(request_at: RequestAt, cast: Cast, capacity: str) -> None:
    request = request_at(State.ON_LOAN)
    with pytest.raises(MoveRefused) as refused:
        write_note(request=request, text="你好", by=cast[capacity])
    assert refused.value.rule == "stranger"
    assert not DeskNote.objects.exists()


def test_a_stranger_finds_nothing_and_an_empty_note_is_refused(
    client: Client, request_at: RequestAt, strange_librarian: User, home_librarian: User
) -> None:
    request = request_at(State.ON_LOAN)
    client.force_login(strange_librarian)
    assert client.post(f"{LIST}{request.pk}/notes/", {"text": "x"}).status_code == 404
    assert client.post(f"{LIST}{request.pk}/notes/read/").status_code == 404
    client.force_login(home_librarian)
    assert "请填写留言。" in client.post(f"{LIST}{request.pk}/notes/", {"text": "  "}, follow=True).content.decode()
    assert not DeskNote.objects.exists()


def test_a_note_from_before_the_lender_had_the_request_waits_for_it(
    client: Client, request_at: RequestAt, cast: Cast, lending_librarian: User
) -> None:
    request = request_at(State.HOME_REVIEW)
    write_note(request=request, text="读者急用。", by=cast["H"])
    assert unread(client, lending_librarian) == {}


def test_the_reader_never_sees_a_note(client: Client, request_at: RequestAt, cast: Cast, reader: Reader) -> None:
    request = request_at(State.ON_LOAN)
    write_note(request=request, text="读者常常逾期。", by=cast["H"])
    client.force_login(reader.user)
    for address in ("/requests/", f"/requests/{request.number}/", "/messages/"):
        assert "读者常常逾期" not in client.get(address).content.decode()


def test_notes_are_forgotten_with_the_reader(request_at: RequestAt, cast: Cast, reader: Reader) -> None:
    write_note(request=request_at(State.COMPLETED), text="林晓已道歉。", by=cast["H"], at=LATER)
    anonymise_of(reader=reader)
    assert not DeskNote.objects.exists()
