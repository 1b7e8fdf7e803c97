"""The choice of libraries: all, none, a category, one by one, without JavaScript too; and how it is remembered."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import MemberLibrary
from catalog.picker import COOKIE
from readers.models import Reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bupt", "cumtb", "bnu", "nlc")]

SEARCH, ADVANCED = reverse("catalog:search"), reverse("catalog:advanced")


def ticked(client: Client, path: str = SEARCH, **parameters: object) -> set[str]:
    """Codes of the ticked libraries, or {"all"} where all are searched."""
    html = client.get(path, parameters).content.decode()
    if re.search(r'id="scope-all" checked', html):
        return {"all"}
    return set(re.findall(r'name="library" value="(\d+)" id="library-\d+" checked', html))


def test_at_first_all_are_searched(client: Client) -> None:
    assert ticked(client) == {"all"}
    assert ticked(client, ADVANCED) == {"all"}


@pytest.mark.parametrize("path", [SEARCH, ADVANCED])
def test_buttons_tick_all_and_none_and_keep_what_was_typed(client: Client, path: str) -> None:
    assert ticked(client, path, pick="all") == {"110001", "211130", "211260", "232060"}
    assert ticked(client, path, pick="none", library="211130") == set()
    html = client.get(path, {"pick": "none", "q": "高等数学"}).content.decode()
    assert 'value="高等数学"' in html
    assert "您还没有选择" not in html
    assert "已选 0 / 4" in html


def test_results_lead_back_to_the_choice(client: Client) -> None:
    html = client.get(SEARCH, {"q": "高等数学", "library": "211130"}).content.decode()
    assert '<input type="hidden" name="library" value="211130">' in html
    assert 'name="pick" value="libraries"' in html
    assert ticked(client, q="高等数学", library="211130", pick="libraries") == {"211130"}
    assert ticked(client, q="高等数学", pick="libraries") == set()  # ready to choose, not "all"


def test_the_choice_of_the_last_search_is_offered_again(client: Client) -> None:
    client.get(SEARCH, {"q": "高等数学", "scope": "some", "library": ["211130", "232060"]})
    assert ticked(client) == {"211130", "232060"}
    assert ticked(client, ADVANCED) == {"211130", "232060"}
    html = client.get(SEARCH, {"q": "高等数学"}).content.decode()
    assert "检索 全部成员馆" in html  # an address means the same for everybody

    client.get(SEARCH, {"q": "高等数学", "scope": "all", "library": "211130"})
    assert ticked(client) == {"all"}


def test_links_do_not_change_what_is_remembered(client: Client) -> None:
    client.get(SEARCH, {"q": "高等数学", "scope": "some", "library": "211130"})
    client.get(SEARCH, {"q": "高等数学", "library": "232060"})
    assert ticked(client) == {"211130"}


def test_each_person_at_one_computer_has_a_choice_of_their_own(client: Client, reader: Reader) -> None:
    client.get(SEARCH, {"q": "高等数学", "scope": "some", "library": "232060"})
    client.force_login(reader.user)
    assert ticked(client) == {"all"}
    client.get(SEARCH, {"q": "高等数学", "scope": "some", "library": "211260"})
    client.logout()
    assert ticked(client) == {"all"}


def test_the_cookie_is_for_this_site_alone_and_lasts(client: Client) -> None:
    response = client.get(SEARCH, {"q": "高等数学", "scope": "some", "group": "engineering"})
    cookie = response.cookies[COOKIE]
    assert cookie.value == "0.211130.232060"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 3600


@pytest.mark.parametrize("value", ["", "0", "0.", "x.211130", "0.21113", "0.211130;", "0" + ".211130" * 200])
def test_a_cookie_that_is_not_ours_is_passed_over(client: Client, value: str) -> None:
    client.cookies[COOKIE] = value
    assert ticked(client) == {"all"}


def test_a_library_that_left_is_no_longer_ticked(client: Client, cumtb: MemberLibrary) -> None:
    client.cookies[COOKIE] = "0.211130.232060"
    MemberLibrary.objects.filter(pk=cumtb.pk).update(in_joint_search=False)
    assert ticked(client) == {"211130"}
