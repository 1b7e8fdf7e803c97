"""Compares hits with what is stored: the index holds hashes, and different grams may share one."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import partial

from catalog.models import Edition, Holding
from catalog.search.facts import Facts
from catalog.search.index import indexed
from catalog.search.plan import Plan
from catalog.search.stored import Folded, Stored
from catalog.search.tokens import is_unspaced, pieces_by_route, texts_of

_TEXT_ROUTES = set("tasp^=xzZ")
_Has = Callable[[str], bool]  # whether an edition has a gram


def aliens_among(plan: Plan, hits: Facts, stored: Stored) -> set[int]:
    """Ids of hits that lack what the plan asks for.

    Phrases and pinyin are not compared here: the statement itself does that, on the stored text.
    """
    ids = hits["id"].tolist()
    if not ids:
        return set()
    routes = {gram[0] for _operator, condition in plan.conditions for gram in condition.grams}
    if routes <= set("zZ"):
        return set()
    if routes <= _TEXT_ROUTES:
        tests = _by_stored_text(stored.texts(ids), plan)
    else:
        tests = _by_edition(ids, with_call_numbers="c" in routes)
    return {pk for pk in ids if pk not in tests or not _meets(plan, tests[pk])}


def _meets(plan: Plan, has: _Has) -> bool:
    met = True
    for operator, condition in plan.conditions:
        holds = all(has(gram) for gram in condition.grams)
        if operator == "and":
            met = met and holds
        elif operator == "or":
            met = met or holds
        else:
            met = met and not holds
    return met


def _by_stored_text(texts: Mapping[int, Folded], plan: Plan) -> dict[int, _Has]:
    """Tests by the folded texts of the entries: nothing to fold, for the common case."""
    test_of = {gram: _test(gram) for _operator, condition in plan.conditions for gram in condition.grams}
    return {pk: partial(_stands_in, folded, test_of) for pk, folded in texts.items()}


def _stands_in(folded: Folded, test_of: Mapping[str, Callable[[Folded], bool]], gram: str) -> bool:
    return test_of[gram](folded)


def _test(gram: str) -> Callable[[Folded], bool]:
    """Whether texts have this gram."""
    route, piece = gram[0], gram[1:]
    if route in "zZ":
        return lambda _folded: True
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


def _by_edition(ids: Collection[int], *, with_call_numbers: bool) -> dict[int, _Has]:
    """Tests by everything that is known of the editions: numbers and call numbers as well."""
    call_numbers: dict[int, list[str]] = defaultdict(list)
    if with_call_numbers:
        copies = Holding.objects.present().filter(edition__in=ids).order_by()
        for pk, number in copies.values_list("edition", "call_number"):
            call_numbers[pk].append(number)
    tests: dict[int, _Has] = {}
    for edition in indexed(Edition.objects.filter(pk__in=ids)):
        found = pieces_by_route(edition, texts_of(edition), call_numbers[edition.id])
        tests[edition.id] = partial(_is_among, found)
    return tests


def _is_among(found: dict[str, set[str]], gram: str) -> bool:
    return gram[0] in "zZ" or gram[1:] in found[gram[0]]
