"""Addresses that nobody types by chance: they are answered, never with an error of the server."""

from collections.abc import Callable

import pytest
from django.test import Client

from catalog.models import MemberLibrary
from readers.models import Reader, User
from requests_app.models import LoanRequest
from requests_app.states import State
from tests.requests_app.conftest import cast, request_at, submit

__all__ = ["cast", "request_at", "submit"]  # fixtures

REQUESTS = "/backoffice/requests_app/loanrequest/"


@pytest.mark.parametrize(
    ("address", "status"), [("/readers/register/%00/", 404), ("/readers/register/?library=%00", 200)]
)
def test_a_nul_is_no_library(client: Client, bupt: MemberLibrary, address: str, status: int) -> None:
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/requests/%00/", 404),
        ("/requests/%00/receipt/", 404),
        ("/requests/%00/cancel/", 404),
        ("/requests/new/?lender=%00", 404),
        ("/requests/?first=0001-01-01&last=9999-12-31", 200),
    ],
)
def test_the_readers_pages(client: Client, reader: Reader, address: str, status: int) -> None:
    client.force_login(reader.user)
    assert client.get(address).status_code == status


@pytest.mark.parametrize(
    "address",
    [
        f"{REQUESTS}?lender=%00",
        f"{REQUESTS}?figure=filled.2026-11.lender.%00",
        f"{REQUESTS}?figure=filled.9999-12",
        f"{REQUESTS}?figure=filled.0001-01",
        "/backoffice/statistics/?month=0001-01",
        "/backoffice/statistics/?month=0002-01",
        "/backoffice/statistics/?month=9999-12",
    ],
)
def test_the_desks_pages(client: Client, lending_librarian: User, address: str) -> None:
    client.force_login(lending_librarian)
    assert client.get(address).status_code in (200, 302)


@pytest.mark.parametrize(
    "lookup", ["email__startswith=lin", "phone__contains=1", "recipient_name=林晓", "reader={reader}", "note__regex=."]
)
def test_a_list_cannot_be_asked_for_what_the_desk_may_not_read(
    client: Client, request_at: Callable[..., LoanRequest], reader: Reader, lending_librarian: User, lookup: str
) -> None:
    request_at(State.SUBMITTED)
    client.force_login(lending_librarian)
    assert client.get(f"{REQUESTS}?{lookup.format(reader=reader.pk)}").status_code == 400
