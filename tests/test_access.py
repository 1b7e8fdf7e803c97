"""Every address of the portal × every kind of person, as the tables of access_tables.py say."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from balis.tasks import heartbeat
from catalog.import_states import ImportState
from catalog.marc.writer import write_iso2709
from catalog.models import (
    CatalogChange,
    ChangeKind,
    Holding,
    HoldingsProfile,
    ImportRun,
    MemberLibrary,
    PauseKind,
    ReviewPair,
    ServicePause,
    SourceRecord,
)
from notices.models import Announcement, Email, EmailState, Fine, FineReason, News, Page, SystemMessage
from readers.cards.codes import verify_url
from readers.models import (
    Assignment,
    CardState,
    Photo,
    PickupCard,
    Reader,
    ReaderState,
    ReaderType,
    RegistrationPolicy,
    Role,
    RosterEntry,
    RosterUpload,
    User,
)
from requests_app.models import BorrowingPolicy, Closure, LendingPolicy, LoanRequest, Parcel, ParcelState
from requests_app.states import State
from tests.access_tables import PEOPLE, READ, RESERVED_READ, RESERVED_WRITE, WRITE
from tests.catalog.records import cnmarc_book
from tests.factories import AssignmentFactory, EditionFactory, ReaderFactory, UserFactory
from tests.notices.conftest import broker, queue
from tests.requests_app.conftest import MORNING, cast, request_at, submit

__all__ = ["broker", "cast", "request_at", "submit"]  # fixtures

# These pages take a POST like a GET; the lists' actions are tested with their apps.
ANSWERS_POST_LIKE_GET = re.compile(
    r"/backoffice/((search/)?|<app_label>/|<url>|r/.*|\w+/\w+/|.*/history/|.*<path:object_id>/"
    r"|.*/download|catalog/catalogchange/.*)"
)


def _table(text: str) -> dict[str, dict[str, str]]:
    rows = [line.split() for line in text.strip().splitlines() if not line.startswith("#")]
    assert all(len(row) == 1 + len(PEOPLE) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: dict(zip(PEOPLE, row[1:], strict=True)) for row in rows}


def _routes(patterns: list[Any] | None = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the project as its patterns write it; of the regular expressions only the names remain."""
    found: list[URLPattern | URLResolver] = get_resolver().url_patterns if patterns is None else patterns
    for pattern in found:
        route = prefix + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", str(pattern.pattern)).strip("^$").replace("\\.", ".")
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def _model_of(route: str) -> str:
    """`email` for /backoffice/notices/email/…, "" elsewhere."""
    match = re.match(r"/backoffice/\w+/(\w+)/", route)
    return match[1] if match else ""


@pytest.fixture
def people(
    reader: Reader,
    home_librarian: User,
    lending_librarian: User,
    strange_librarian: User,
    center_admin: User,
) -> dict[str, User | None]:
    staff = (home_librarian, lending_librarian, strange_librarian, center_admin)
    return dict(zip(PEOPLE, (None, reader.user, *staff), strict=True))


@pytest.fixture
def rows(
    bupt: MemberLibrary,
    cumtb: MemberLibrary,
    reader: Reader,
    home_librarian: User,
    copy: Holding,
    request_at: Callable[..., LoanRequest],
) -> dict[str, Any]:
    """One row of every model of the back office, by the name of the model; requests and mails by the real services."""
    day = date(2026, 3, 10)
    another = EditionFactory.create(volume="")
    made = {
        "memberlibrary": bupt,
        "servicepause": ServicePause.objects.create(
            library=cumtb, kind=PauseKind.BORROWING, starts_on=day, ends_on=day
        ),
        "edition": copy.edition,
        "holding": copy,
        "holdingsprofile": HoldingsProfile.objects.create(library=cumtb),
        "importrun": ImportRun.objects.create(library=cumtb, file_name="cumtb.iso", state=ImportState.DONE),
        "sourcerecord": SourceRecord.objects.create(
            library=cumtb,
            local_id="k1",
            raw=write_iso2709(cnmarc_book("k1")),
            syntax="cnmarc",
            encoding="utf-8",
            edition=copy.edition,
        ),
        "catalogchange": CatalogChange.objects.create(
            kind=ChangeKind.CORRECTED, by="cumtb", library=cumtb, holding=copy
        ),
        "reviewpair": ReviewPair.objects.create(first=copy.edition, second=another, rule="volume"),
        "user": reader.user,
        "assignment": Assignment.objects.get(user=home_librarian),
        "reader": ReaderFactory.create(library=bupt, state=ReaderState.PENDING, user=UserFactory.create()),
        "photo": Photo.objects.create(reader=reader, jpeg=b"a picture"),
        "readertype": ReaderType.objects.create(library=bupt, name="教师"),
        "registrationpolicy": RegistrationPolicy.objects.create(library=bupt),
        "rosterentry": RosterEntry.objects.create(library=bupt, certificate_number="1", name="林晓"),
        "rosterupload": RosterUpload.objects.create(
            library=bupt, uploaded_by=home_librarian, file_name="roster.csv", rows=[["1", "林晓", "", ""]], errors=[]
        ),
        "loanrequest": request_at(State.SUBMITTED),
        "lendingpolicy": LendingPolicy.objects.create(library=cumtb),
        "borrowingpolicy": BorrowingPolicy.objects.create(library=bupt),
        "closure": Closure.objects.create(library=bupt, starts_on=day, ends_on=day),
        "news": News.objects.create(title="寒假安排", text="照常服务。"),
        "page": Page.objects.create(slug="rules", title="管理办法", text="每人三册。"),
        "announcement": Announcement.objects.create(library=bupt, title="闭馆通知"),
        "systemmessage": SystemMessage.objects.create(key="one", reader=reader, title="文献到馆", text="请来取书。"),
        "email": queue(library=bupt, reader=reader),
    }
    made["fine"] = Fine.objects.create(
        request=made["loanrequest"],
        reader=reader,
        event=1,
        reason=FineReason.DAMAGE,
        liable="reader",
        opened_at=MORNING,
    )
    made["reader_photo"] = Photo.objects.create(reader=made["reader"], jpeg=b"a picture")
    made["pickupcard"] = PickupCard.objects.create(
        reader=reader, state=CardState.ISSUED, serial="211130-00001", issued_at=timezone.now(), photo=made["photo"],
        valid_until=date(2199, 1, 1),
    )  # fmt: skip
    made["cast_reader"] = reader
    made["parcel"] = Parcel.objects.create(
        sender=cumtb, recipient=bupt, state=ParcelState.SENT, sent_at=timezone.now()
    )  # fmt: skip
    Email.objects.update(state=EmailState.SENT)  # /readyz minds mails that wait since March
    return made


@pytest.fixture
def address(rows: dict[str, Any]) -> Callable[[str], str]:
    """A route with the cast's rows put in: /news/<int:pk>/ becomes /news/1/."""
    request, post = rows["loanrequest"], rows["assignment"]
    named = {"number": request.number, "slug": "rules", "code": "211130", "verb": "accept", "content_type_id": 1,
             "app_label": "notices", "url": "nothing/", "form": "xml", "paper": "label",
             "first": rows["reviewpair"].first_id,
             "second": rows["reviewpair"].second_id, "edition_id": rows["edition"].pk, "decision_id": 1,
             "fine_pk": rows["fine"].pk,
             "record_id": rows["sourcerecord"].pk, "photo_pk": rows["reader_photo"].pk}  # fmt: skip
    card_token = verify_url(rows["pickupcard"]).split("/")[-2]
    by_start = {
        "/news/": "news", "/messages/": "systemmessage", "/catalog/editions/": "edition",
        "/catalog/records/": "sourcerecord", "/readers/profile/photo/": "photo",
        "/backoffice/readers/rosterentry/upload/": "rosterupload", "/backoffice/counter/": "cast_reader",
        "/backoffice/parcels/": "parcel",
    }  # fmt: skip

    def _address(route: str) -> str:
        special = next((rows[to] for at, to in by_start.items() if route.startswith(at)), None)
        row = special or rows.get(_model_of(route)) or post
        if "/card/verify/" in route:
            route = route.replace("<str:token>", card_token)
        own = {"photo_pk": rows["photo"].pk} if _model_of(route) == "loanrequest" else {}
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str((named | own).get(match[1], row.pk)), route)
        return filled.replace("report.xml", "report.json")

    return _address


def _answers(method: str, url: str, user: User | None, **options: Any) -> HttpResponse:
    """What this person gets; whatever it changed is undone, so that no answer hangs on the one before."""
    client = Client(raise_request_exception=False, **options)
    heartbeat()  # /readyz asks for a worker that lived a moment ago
    with transaction.atomic():
        if user is not None:
            client.force_login(user)
        response: HttpResponse = getattr(client, method)(url)
        transaction.set_rollback(True)
    return response


def _in_a_word(response: HttpResponse) -> str:
    if response.status_code in (301, 302):
        return "login" if "/login/" in response["Location"] else "go"
    return str(response.status_code)


def _differences(
    method: str, table: dict[str, dict[str, str]], person: str, user: User | None, address: Callable[[str], str]
) -> dict[str, str]:
    """Address → `wanted, got` where they differ."""
    found = {route: _in_a_word(_answers(method, address(route), user)) for route in table}
    return {
        route: f"wanted {cells[person]}, got {found[route]}"
        for route, cells in table.items()
        if cells[person] != found[route]
    }


def test_every_address_stands_in_the_table() -> None:
    assert sorted(_table(READ)) == sorted(_routes())
    assert set(_table(WRITE)) <= set(_routes())


@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_open_what(people: dict[str, User | None], address: Callable[[str], str], person: str) -> None:
    assert _differences("get", _table(READ), person, people[person], address) == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_write_what(people: dict[str, User | None], address: Callable[[str], str], person: str) -> None:
    assert _differences("post", _table(WRITE), person, people[person], address) == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_what_is_not_in_the_table_of_writing_takes_no_post(
    people: dict[str, User | None], address: Callable[[str], str], person: str
) -> None:
    silent = [
        route for route in _table(READ) if route not in _table(WRITE) and not ANSWERS_POST_LIKE_GET.fullmatch(route)
    ]
    taken = {route: _in_a_word(_answers("post", address(route), people[person])) for route in silent}
    assert {route: word for route, word in taken.items() if word not in ("405", "404", "login")} == {}


THE_CASTS_OWN_POST = "/readers/desk/<int:pk>/switch/"  # nobody else may switch to it


def _without(table: dict[str, dict[str, str]], *routes: str) -> dict[str, dict[str, str]]:
    return {route: cells for route, cells in table.items() if route not in routes}


@pytest.mark.parametrize(("person", "library"), [("home", "bupt"), ("lender", "cumtb"), ("stranger", "bnu")])
def test_a_supervisor_may_what_a_librarian_of_the_library_may(
    people: dict[str, User | None],
    address: Callable[[str], str],
    request: pytest.FixtureRequest,
    person: str,
    library: str,
) -> None:
    """And nothing more at another library; what becomes the supervisor's alone, the next test shows."""
    chief = _post(request.getfixturevalue(library), Role.SUPERVISOR)
    assert _differences("get", _table(READ), person, chief, address) == {}
    assert _differences("post", _without(_table(WRITE), THE_CASTS_OWN_POST), person, chief, address) == {}


def test_where_there_is_a_supervisor_the_rules_of_the_library_are_theirs(
    people: dict[str, User | None], address: Callable[[str], str], bupt: MemberLibrary
) -> None:
    _post(bupt, Role.SUPERVISOR)
    librarian = people["home"]
    assert _differences("get", _table(READ), "home", librarian, address) == _as_told(RESERVED_READ)
    assert _differences("post", _table(WRITE), "home", librarian, address) == _as_told(RESERVED_WRITE)


def _post(library: MemberLibrary, role: Role) -> User:
    person = UserFactory.create(username="chief", is_staff=True)
    AssignmentFactory.create(user=person, library=library, role=role)
    return person


def _as_told(text: str) -> dict[str, str]:
    rows = (line.split() for line in text.strip().splitlines() if not line.startswith("#"))
    return {route: f"wanted {usual}, got {instead}" for route, usual, instead in rows}


@pytest.mark.parametrize("person", ["home", "lender", "stranger"])
def test_the_actions_of_a_list_touch_no_row_of_others(
    people: dict[str, User | None], rows: dict[str, Any], address: Callable[[str], str], person: str
) -> None:
    """A list may be told to act on any key: on rows that this desk cannot open, nothing happens."""
    tried, changed = 0, []
    typed = {"post": "yes", "apply": "1", "reason": "原因", "note": "说明"}
    for model, model_admin in admin.site._registry.items():
        name, app = model._meta.model_name, model._meta.app_label
        route = f"/backoffice/{app}/{name}/<path:object_id>/change/"
        if _table(READ).get(route, {}).get(person) != "404":
            continue
        row = model._default_manager.filter(pk=rows[str(name)].pk)
        before = list(row.values())
        for _function, action, _description in model_admin._get_base_actions():
            client = Client()
            client.force_login(people[person])  # type: ignore[arg-type]
            client.post(
                address(f"/backoffice/{app}/{name}/"), {**typed, "action": action, "_selected_action": [row[0].pk]}
            )
            tried += 1
            if list(row.values()) != before:
                changed.append(f"{name} {action}")
    assert tried
    assert changed == []


def test_every_post_needs_its_token(people: dict[str, User | None], address: Callable[[str], str]) -> None:
    without = {}
    for route in _table(WRITE):
        for person in ("reader", "home", "lender", "center"):
            response = _answers("post", address(route), people[person], enforce_csrf_checks=True)
            without[route, person] = response.status_code
    assert {key: status for key, status in without.items() if status not in (403, 404)} == {}
