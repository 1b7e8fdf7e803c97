"""The pages of the review queue: who sees them, who decides, and what the buttons do."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from balis.desks.navigation import sidebar
from catalog.importing import import_file
from catalog.models import CatalogDecision, Edition, PairState, ReviewPair, SourceRecord
from catalog.review.reasons import reason_text
from catalog.review.selectors import compared, next_waiting
from catalog.review.services import DecisionRefused, merge_editions
from catalog.selectors import surviving_edition
from readers.models import User
from tests.catalog.records import cnmarc_book, iso_file
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db

ISBN = "9787503717444"
LIST = "admin:catalog_reviewpair_changelist"


def _login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pair(tmp_path, cumtb, bnu) -> ReviewPair:
    first = cnmarc_book("k1", title="高等数学", volume="上册", isbn=ISBN, copies=[("C1", "O13/1")])
    import_file(path=iso_file(tmp_path, first), library=cumtb)
    import_file(
        path=iso_file(tmp_path, cnmarc_book("b1", title="高等数学", isbn=ISBN, copies=[("B1", "O13/2")])), library=bnu
    )
    return ReviewPair.objects.get()


def decide(pair: ReviewPair, choice: str) -> tuple[str, dict[str, str]]:
    return reverse("admin:catalog_reviewpair_decide", args=[pair.first_id, pair.second_id]), {"choice": choice}


def pages(pair: ReviewPair) -> list[str]:
    return [
        reverse(LIST),
        reverse("admin:catalog_reviewpair_change", args=[pair.pk]),
        reverse("admin:catalog_reviewpair_compare", args=[pair.second_id, pair.first_id]),
        reverse("admin:catalog_reviewpair_edition", args=[pair.first_id]),
    ]


def test_librarians_look_and_the_center_decides(pair, lending_librarian, center_admin, reader):
    for page in pages(pair):
        looking, deciding = _login(lending_librarian).get(page), _login(center_admin).get(page)
        assert (looking.status_code, deciding.status_code) == (200, 200)
        assert 'value="merge"' not in looking.content.decode()
        assert _login(reader.user).get(page).status_code in (302, 403, 404)
        assert Client().get(page).status_code == 302
    assert 'value="merge"' in _login(center_admin).get(pages(pair)[1]).content.decode()


@pytest.mark.parametrize("name", ["decide", "split", "undo"])
def test_only_the_center_writes_and_only_by_post(name, pair, center_admin, lending_librarian):
    decision = merge_editions(keep=EditionFactory.create(), other=EditionFactory.create(), by="x")
    arguments = {"decide": [pair.first_id, pair.second_id], "split": [pair.first_id], "undo": [decision.pk]}[name]
    address = reverse(f"admin:catalog_reviewpair_{name}", args=arguments)
    data = {"choice": "merge", "record": [str(SourceRecord.objects.get(local_id="k1").pk)]}
    assert _login(lending_librarian).post(address, data).status_code == 403
    assert _login(center_admin).get(address).status_code == 405
    assert CatalogDecision.objects.count() == 1


def test_the_comparison_shows_what_differs_who_holds_it_and_the_records(pair, center_admin):
    page = _login(center_admin).get(pages(pair)[1]).content.decode()
    for text in ("只有一方写明卷册", "中国矿业大学（北京）图书馆", "北京师范大学图书馆", "O13/1", "B1", "上册", "$h"):
        assert text in page
    rows = {row.label: row.state for row in compared(pair.first, pair.second)}
    assert (rows["题名"], rows["卷册"], rows["出版社"]) == ("same", "one", "same")


def test_letters_that_differ_are_marked_script_variants_are_not():
    [title, author] = [
        row
        for row in compared(
            Edition(title="數據結構", authors=["严蔚敏"]), Edition(title="数据结构", authors=["严慰敏"])
        )
        if row.label in ("题名", "作者")
    ]
    assert title.state == "same"
    assert [(piece.text, piece.differs) for piece in author.left] == [("严", False), ("蔚", True), ("敏", False)]


def test_pressing_merge_merges_into_the_older_id_and_undo_brings_it_back(pair, center_admin):
    client = _login(center_admin)
    client.post(*decide(pair, "merge"))
    assert surviving_edition(pair.second_id) == pair.first
    page = client.get(pages(pair)[1]).content.decode()
    assert "撤销这个决定" in page
    decision = CatalogDecision.objects.get()
    assert decision.by == "center"
    client.post(reverse("admin:catalog_reviewpair_undo", args=[decision.pk]))
    assert surviving_edition(pair.second_id) == pair.second
    assert ReviewPair.objects.waiting().get() == pair
    again = client.post(reverse("admin:catalog_reviewpair_undo", args=[decision.pk]), follow=True)
    assert "已经撤销" in again.content.decode()


def test_pressing_apart_decides_and_leads_to_the_next_pair(pair, center_admin):
    others = [EditionFactory.create(title=title) for title in "甲乙"]
    later = ReviewPair.objects.create(first=others[0], second=others[1], rule="authors differ", score=0.5)
    address, data = decide(pair, "apart")
    response = _login(center_admin).post(address, data | {"next": pair.pk}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("admin:catalog_reviewpair_change", args=[later.pk])
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == (PairState.KEPT_APART, "center")
    assert next_waiting(later) is None


def test_any_two_editions_are_compared_by_number_and_merged_after_a_look(pair, center_admin):
    other = EditionFactory.create()
    client = _login(center_admin)
    address = reverse("admin:catalog_reviewpair_compare_with", args=[other.pk])
    for wrong in ("", "99999999", str(other.pk), "x"):
        assert "没有这个书目号" in client.get(address, {"other": wrong}, follow=True).content.decode()
    response = client.get(address, {"other": pair.first_id}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("admin:catalog_reviewpair_compare", args=[pair.first_id, other.pk])
    client.post(reverse("admin:catalog_reviewpair_decide", args=[pair.first_id, other.pk]), {"choice": "merge"})
    assert surviving_edition(other.pk) == pair.first
    assert client.get(address, {"other": other.pk}, follow=True).status_code == 200


def test_a_record_is_split_off_on_the_page_of_its_edition(pair, center_admin):
    client = _login(center_admin)
    client.post(*decide(pair, "merge"))
    address = reverse("admin:catalog_reviewpair_split", args=[pair.first_id])
    nothing = client.post(address, follow=True)
    assert "请选择这条书目的一部分来源记录" in nothing.content.decode()
    client.post(address, {"record": SourceRecord.objects.get(local_id="b1").pk})
    assert SourceRecord.objects.get(local_id="b1").edition_id not in (pair.first_id, pair.second_id)


def test_the_edition_page_leads_to_its_grouping(pair, lending_librarian):
    client = _login(lending_librarian)
    address = reverse("admin:catalog_edition_grouping", args=[pair.first_id])
    assert address in client.get(reverse("admin:catalog_edition_change", args=[pair.first_id])).content.decode()
    assert client.get(address)["Location"] == pages(pair)[3]


def test_the_queue_is_searched_by_title_isbn_and_number_and_cut_by_state_and_reason(pair, center_admin):
    client = _login(center_admin)
    for query, found in (
        ({"q": "高等數學"}, True), ({"q": "7-5037-1744-0"}, True), ({"q": pair.second_id}, True),
        ({"q": "线性代数"}, False), ({"rule": pair.rule}, True), ({"rule": "authors differ"}, False),
        ({"state": "merged"}, False), ({"state": "open"}, True),
    ):  # fmt: skip
        assert ("bo-review-line" in client.get(reverse(LIST), query).content.decode()) is found, query


def test_the_center_sees_how_many_wait_in_the_sidebar(pair, rf, center_admin, lending_librarian):
    def badge(user: User) -> list[str]:
        response = _login(user).get(reverse(LIST))
        lines = [item for group in sidebar(response.wsgi_request) for item in group["items"]]
        return [line.get("badge", "") for line in lines if line["title"] == "归并待审"]

    assert badge(center_admin) == ["1"]
    assert badge(lending_librarian) == []
    _login(center_admin).post(*decide(pair, "apart"))
    assert badge(center_admin) == [""]


def test_the_queue_costs_the_same_for_many_pairs(pair, center_admin):
    client = _login(center_admin)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(LIST)).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for number in range(8):
        a, b = EditionFactory.create(title=f"甲{number}"), EditionFactory.create(title=f"乙{number}")
        ReviewPair.objects.create(first=a, second=b, rule="authors differ")
    assert cost() == one


def test_pairs_that_do_not_exist_are_not_found(pair, center_admin):
    client = _login(center_admin)
    for name, arguments in (
        ("change", [999999]), ("compare", [pair.first_id, 999999]), ("compare", [pair.first_id, pair.first_id]),
        ("edition", [999999]),
    ):  # fmt: skip
        assert client.get(reverse(f"admin:catalog_reviewpair_{name}", args=arguments)).status_code == 404
    assert client.post(*decide(pair, "explode")).status_code == 404


def test_reasons_are_said_in_words():
    assert reason_text("isbn, titles differ") == "ISBN相同，题名不同"
    assert reason_text("a rule of tomorrow") == "a rule of tomorrow"


@pytest.mark.django_db(transaction=True)
def test_two_people_merging_both_ways_at_once_make_no_loop():
    a, b = EditionFactory.create(title="甲"), EditionFactory.create(title="乙")
    start, refused = threading.Barrier(2), []

    def merge(keep: Edition, other: Edition) -> None:
        try:
            start.wait()
            merge_editions(keep=keep, other=other, by="x")
        except DecisionRefused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert surviving_edition(a.pk) == surviving_edition(b.pk)
    assert Edition.objects.filter(merged_into__isnull=True).count() == 1
