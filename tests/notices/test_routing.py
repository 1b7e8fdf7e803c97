"""The table of who is told what is complete, and every text it names exists and is used."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from notices.routing import ACCOUNTS, FINES, MOVES, REGISTRATION, REMINDERS, SECRET, Recipient
from requests_app.transitions import CAUGHT_UP, VERBS

TABLES = (MOVES, FINES, REMINDERS, REGISTRATION, ACCOUNTS)
ALL_ROWS = [told for table in TABLES for rows in table.values() for told in rows]
TEMPLATES = Path(settings.BASE_DIR) / "templates" / "notices"


def test_every_verb_of_the_states_table_says_who_is_told() -> None:
    assert set(MOVES) == {*VERBS, CAUGHT_UP}


def test_the_letters_on_disk_are_exactly_those_of_the_table() -> None:
    on_disk = {path.stem for path in (TEMPLATES / "mail").glob("*.txt") if not path.stem.startswith("base_")}
    assert on_disk == {told.mail for told in ALL_ROWS}


def test_the_messages_on_disk_are_exactly_those_of_the_table() -> None:
    on_disk = {path.stem for path in (TEMPLATES / "message").glob("*.txt") if not path.stem.startswith("base_")}
    assert on_disk == {told.message for told in ALL_ROWS if told.message}


def test_only_readers_get_system_messages() -> None:
    assert {told.recipient for told in ALL_ROWS if told.message} == {Recipient.READER}


def test_letters_with_links_that_open_an_account_are_known_as_secret() -> None:
    assert {told.mail for told in ALL_ROWS} >= SECRET
    links = re.compile(r"\{\{ (verify_url|url|old_url|new_url) \}\}")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (TEMPLATES / "mail").glob("*.txt")}
    with_link = {name for name, text in texts.items() if links.search(text)}
    assert with_link == SECRET


@pytest.mark.parametrize(
    ("verb", "recipients"),
    [
        # the "told" column of the design's table of moves
        ("submit", {"reader", "lender_desk"}),
        ("cancel", {"reader", "lender_desk"}),
        ("accept", {"reader"}),
        ("decline", {"reader", "home_desk"}),
        ("ship", {"reader", "home_desk"}),
        ("receive", {"reader", "lender_desk"}),
        ("hand_out", {"reader"}),
        ("take_back", {"reader"}),
        ("ship_back", {"lender_desk"}),
        ("check_in", {"reader", "home_desk"}),
        ("ask_cancel", {"reader", "lender_desk"}),
        ("agree_cancel", {"reader", "home_desk"}),
        ("refuse_cancel", {"reader", "home_desk"}),
        ("change_delivery", {"reader", "lender_desk"}),
        ("make_ready", {"reader"}),
        ("hand_out_at_lender", {"reader", "home_desk"}),
        ("refuse_arrival", {"reader", "lender_desk"}),
        ("extend_pickup", {"reader"}),
        ("not_collected", {"reader", "other_desk"}),
        ("take_back_at_lender", {"reader", "home_desk"}),
        ("recall", {"reader", "home_desk"}),
        ("change_due", {"reader", "home_desk"}),
        ("report_missing", {"home_desk", "lender_desk", "center"}),
        ("declare_lost", {"reader", "home_desk", "lender_desk"}),
        ("settle_lost", {"reader", "home_desk", "lender_desk"}),
        ("found", {"reader", "home_desk", "lender_desk"}),
        ("expire", {"reader", "home_desk", "lender_desk", "center"}),
        ("close", {"reader", "home_desk", "lender_desk"}),
    ],
)
def test_a_move_is_told_to_those_whom_it_concerns(verb: str, recipients: set[str]) -> None:
    assert {told.recipient.value for told in MOVES[verb]} == recipients
