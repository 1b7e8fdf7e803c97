"""The table of the back office's lists: what a cell says, what leads to the row, and that nothing is taken for HTML."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from catalog.backoffice.lists import chip, yes_or_no
from readers.models import User
from tests.factories import EditionFactory, HoldingFactory, MemberLibraryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, center_admin: User) -> Client:
    client.force_login(center_admin)
    return client


def _rows(response: Any) -> str:
    html = response.content.decode()
    return html[html.index("<tbody>") : html.index("</tbody>")]


def test_text_of_a_row_is_never_html(desk: Client) -> None:
    EditionFactory(title="<script>alert(1)</script>")
    rows = _rows(desk.get("/backoffice/catalog/edition/"))
    assert "<script>" not in rows
    assert "&lt;script&gt;" in rows


def test_the_first_column_leads_to_the_row_and_keeps_the_way_back(desk: Client) -> None:
    edition = EditionFactory(title="高等数学")
    rows = _rows(desk.get("/backoffice/catalog/edition/", {"hidden__exact": "0"}))
    address = f"/backoffice/catalog/edition/{edition.pk}/change/?_changelist_filters=hidden__exact%3D0"
    assert f'<a href="{address}">{edition.full_title}</a>' in rows


def test_cells_say_yes_and_no_in_words_and_name_their_column(desk: Client) -> None:
    MemberLibraryFactory(borrows=True, lends=False)
    rows = _rows(desk.get("/backoffice/catalog/memberlibrary/"))
    assert '<td class="field-borrows" data-label="借入"><span class="bo-chip-label is-good">是</span></td>' in rows
    assert '<td class="field-lends" data-label="借出"><span class="bo-chip-label">否</span></td>' in rows


def test_what_is_empty_is_marked_and_what_is_long_may_break(desk: Client) -> None:
    EditionFactory(title="短", publisher="北京大学出版社与清华大学出版社联合出版发行中心第三编辑部", year=None)
    rows = _rows(desk.get("/backoffice/catalog/edition/"))
    assert 'class="field-year is-empty"' in rows
    assert 'class="field-publisher is-long"' in rows


def test_a_related_row_and_a_time_are_shown_as_people_read_them(desk: Client) -> None:
    copy = HoldingFactory(as_of=datetime(2026, 3, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai")))
    rows = _rows(desk.get("/backoffice/catalog/holding/"))
    assert copy.edition.full_title in rows
    assert "2026-03-01" in rows


def test_headings_tell_the_order_and_turn_it(desk: Client) -> None:
    EditionFactory()
    html = desk.get("/backoffice/catalog/edition/", {"o": "3"}).content.decode()
    assert 'aria-sort="ascending"' in html
    assert 'href="?o=-3"' in html


def test_boxes_stand_where_something_can_be_done_with_many(desk: Client) -> None:
    EditionFactory()
    assert 'id="action-toggle"' not in desk.get("/backoffice/catalog/edition/").content.decode()
    assert 'id="action-toggle"' in desk.get("/backoffice/readers/assignment/").content.decode()


def test_small_pieces() -> None:
    assert chip("<b>", "bad") == '<span class="bo-chip-label is-bad">&lt;b&gt;</span>'
    assert "—" in yes_or_no(None)
