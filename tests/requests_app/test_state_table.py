"""docs/states.md is the code, printed."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from requests_app.moves.cancelling import the_hour_is_over
from requests_app.state_table import as_markdown
from requests_app.states import FINAL_STATES, State
from requests_app.transitions import TRANSITIONS


def test_the_page_in_the_repository_agrees_with_the_code() -> None:
    call_command("state_table", "--check")


def test_a_page_that_differs_is_found(tmp_path: Path) -> None:
    page = tmp_path / "states.md"
    with pytest.raises(CommandError, match=r"state_table --write"):
        call_command("state_table", "--check", "--path", str(page))
    call_command("state_table", "--write", "--path", str(page))
    call_command("state_table", "--check", "--path", str(page))
    page.write_text(page.read_text(encoding="utf-8").replace("UNFILLED", "UNFULFILLED"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"states\.md differs from the code"):
        call_command("state_table", "--check", "--path", str(page))


def test_every_state_every_move_and_every_rule_stand_in_it() -> None:
    page = as_markdown()
    for state in State:
        assert f"| {state.value}" in page
    for row in TRANSITIONS:
        assert f"| {row.verb} | {row.label} |" in page
        for function in (*row.guards, *row.checks, *row.effects):
            assert function.__doc__
            assert function.__doc__.splitlines()[0] in page
    assert str(the_hour_is_over.__doc__).splitlines()[0] in page


def test_the_diagram_has_an_arrow_for_every_way() -> None:
    page = as_markdown()
    assert "    [*] --> SUBMITTED: submit" in page
    assert "    SHIPPED --> COMPLETED: check_in" in page
    ways = {(state, row.to_state, row.verb) for row in TRANSITIONS for state in row.from_states if row.to_state}
    arrows = [line for line in page.splitlines() if line.startswith("    ") and "-->" in line]
    assert len(arrows) == len(set(arrows))
    assert {f"    {start} --> {to}: {verb}" for start, to, verb in ways} <= set(arrows)
    assert {f"    {state.value} --> [*]" for state in FINAL_STATES} <= set(arrows)
