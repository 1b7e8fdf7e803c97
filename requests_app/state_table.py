"""The states and moves as a document: printed from the tables in code, so that it cannot differ from them."""

from collections.abc import Callable, Iterable

from django.utils import translation

from readers.actors import Capacity
from requests_app.states import COUNTED_STATES, FINAL_STATES, NEVER_LENT, NEXT_STEP_OF_PICKUP, WORDINGS, State
from requests_app.submission_rules import SUBMISSION_RULES
from requests_app.submission_warnings import WARNINGS
from requests_app.transitions import TRANSITIONS, UNDOABLE, VERBS, Transition

INTRODUCTION = """\
# The life of a request

Written by `manage.py state_table --write` from `requests_app/states.py`, `requests_app/transitions.py`,
`requests_app/submission_rules.py` and `requests_app/submission_warnings.py`; `manage.py state_table --check` fails when
this page differs from them.
"""


def as_markdown() -> str:
    """The whole page, in the language of the source (Chinese labels), ending with a newline."""
    with translation.override("zh-hans"):
        return "\n".join([INTRODUCTION, *_states(), *_moves(), *_rules(), *_diagram()])


def _states() -> Iterable[str]:
    yield "## States\n"
    yield "A request that never left its home library is not shown to the lender.\n"
    yield "| code | the reader reads | home desk | lender desk | next, as the reader is told | takes a place |"
    yield "|---|---|---|---|---|---|"
    for state in State:
        words = WORDINGS[state]
        end = " ■" if state in FINAL_STATES else ""
        place = "yes" if state in COUNTED_STATES else "no"
        if state is State.LOST:
            place = "where the reader is liable"  # states.TAKES_A_PLACE
        lender = words.lender or "(not shown)"
        yield f"| {state.value}{end} | {state.label} | {words.home} | {lender} | {words.next_step} | {place} |"
    yield "\n■ the end. UNFILLED and REJECTED are shown with their reason, ARRIVED and ON_LOAN with their date.\n"
    read = (f"{state.value} {words}" for state, words in NEVER_LENT.items())
    yield f"Of a book that goes back without having been lent the reader reads: {'; '.join(read)}.\n"
    told = (f"{state.value} {words}" for state, words in NEXT_STEP_OF_PICKUP.items())
    yield f"Who fetches the book at the lender is told of what comes next: {'; '.join(told)}.\n"


def _moves() -> Iterable[str]:
    yield "## Moves\n"
    yield "R reader (own request) · H home librarian · L lending librarian · C center, with a reason · S system\n"
    yield "| verb | button | from | to | who | only if | besides |"
    yield "|---|---|---|---|---|---|---|"
    for row in TRANSITIONS:
        cells = [
            row.verb,
            str(row.label),
            ", ".join(row.from_states) or "–",
            row.to_state or "(stays)",
            " ".join(_who(row)),
            _sentences((*row.conditions, *row.checks)) if row.verb != "submit" else "the rules of a new request, below",
            _sentences(row.effects),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "Where a condition does not hold there is no button, or it is there, disabled, and says why.\n"
    for row in TRANSITIONS:
        if row.comes_after is not None:
            yield (
                f"`{row.verb}` ordinarily comes after {row.comes_after.value}. From its other states the skipped "
                "stations are first written as one `caught_up` event: the book in the hand wins."
            )
    yield f"\n`undo` takes back {', '.join(f'`{verb}`' for verb in VERBS if verb in UNDOABLE)}.\n"


def _rules() -> Iterable[str]:
    yield "## Rules of a new request\n"
    for number, rule in enumerate(SUBMISSION_RULES, start=1):
        yield f"{number}. {_first_line(rule)}"
    yield "\nThe reader is asked, and may go on, where:\n"
    for warning in WARNINGS:
        yield f"- {_first_line(warning)}"
    yield ""


def _diagram() -> Iterable[str]:
    yield "## Diagram\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> HOME_REVIEW: submit, where the home library reviews"
    drawn = set()
    for row in TRANSITIONS:
        for start in row.from_states or ("[*]",):
            arrow = f"    {start} --> {row.to_state}: {row.verb}"
            if row.to_state is not None and arrow not in drawn:
                drawn.add(arrow)
                yield arrow
    yield "    LOST --> RETURNED: found"
    yield "    LOST --> COMPLETED: found, at the lender"
    yield "    CLOSED_LOST --> RETURNED: found"
    yield "    CLOSED_LOST --> COMPLETED: found, at the lender"
    reached = {row.to_state for row in TRANSITIONS}
    for state in State:
        if state in FINAL_STATES and state in reached:
            yield f"    {state.value} --> [*]"
    yield "```\n"


def _who(row: Transition) -> list[str]:
    return [capacity.value for capacity in Capacity if row.admits(capacity)]


def _sentences(functions: Iterable[Callable[..., object]]) -> str:
    return " ".join(_first_line(function) for function in functions)


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]
