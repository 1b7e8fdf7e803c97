"""Compares hits with what is stored: the index holds hashes, and different grams may share one."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from catalog.models import Edition, Holding
from catalog.search.facts import Facts
from catalog.search.index import indexed
from catalog.search.plan import Plan
from catalog.search.stored import Folded, Stored
from catalog.search.tokens import is_unspaced, pieces_by_route, texts_of

_TEXT_ROUTES = set("tasp^=xzZ")
_PINYIN_ROUTES = set("zZ")
_Pieces = Mapping[str, set[str]]  # of an edition, by route
_Test = Callable[[Any], bool]  # whether what is known of an edition (Folded or _Pieces) has a gram


def aliens_among(plan: Plan, hits: Facts, stored: Stored) -> set[int]:
    """Ids of hits that lack what the plan asks for.

    Phrases and pinyin are not compared here: the statement itself does that, on the stored text.
    """
    ids = hits["id"].tolist()
    if not ids:
        return set()
    routes = {gram[0] for _operator, condition in plan.conditions for gram in condition.grams}
    if routes <= _PINYIN_ROUTES:
        return set()
    known: Mapping[int, Any]
    test: Callable[[str], _Test]
    if routes <= _TEXT_ROUTES:  # nothing to fold, for the common case
        known, test = stored.texts(ids), _stands_in_text
    else:
        known, test = _pieces(ids, with_call_numbers="c" in routes), _is_among_pieces
    conditions = [
        (operator, [test(gram) for gram in condition.grams if gram[0] not in _PINYIN_ROUTES])
        for operator, condition in plan.conditions
    ]
    return {pk for pk in ids if pk not in known or not _meets(conditions, known[pk])}


def _meets(conditions: Sequence[tuple[str, Sequence[_Test]]], known: Any) -> bool:
    met = True
    for operator, tests in conditions:
        holds = all(test(known) for test in tests)
        if operator == "and":
            met = met and holds
        elif operator == "or":
            met = met or holds
        else:
            met = met and not holds
    return met


def _is_among_pieces(gram: str) -> Callable[[_Pieces], bool]:
    """Whether pieces have this gram."""
    route, piece = gram[0], gram[1:]
    return lambda pieces: piece in pieces[route]


def _stands_in_text(gram: str) -> Callable[[Folded], bool]:
    """Whether texts have this gram."""
    route, piece = gram[0], gram[1:]
    if is_unspaced(piece):

        def in_line(line: str) -> bool:
            return piece in line

    else:
        word = f" {piece} "

        def in_line(line: str) -> bool:
            return word in f" {line} "

    if route == "t":
        return lambda folded: in_line(folded.title)
    if route == "x":
        return lambda folded: in_line(folded.title) or in_line(folded.rest)
    field = "asp".index(route)
    if route == "a" and len(piece) == 1:
        return lambda folded: (
            in_line(folded.fields[field])
            or any(name.lstrip().startswith(piece) for name in folded.fields[field].split("\x1f"))
        )
    return lambda folded: in_line(folded.fields[field])


def _pieces(ids: Collection[int], *, with_call_numbers: bool) -> dict[int, _Pieces]:
    """Everything that is known of the editions: numbers and call numbers as well."""
    call_numbers: dict[int, list[str]] = defaultdict(list)
    if with_call_numbers:
        copies = Holding.objects.present().filter(edition__in=ids).order_by()
        for pk, number in copies.values_list("edition", "call_number"):
            call_numbers[pk].append(number)
    return {
        edition.id: pieces_by_route(edition, texts_of(edition), call_numbers[edition.id])
        for edition in indexed(Edition.objects.filter(pk__in=ids))
    }
