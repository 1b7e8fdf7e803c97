"""Compares hits with what is stored: the index holds hashes, and different grams may share one."""

from collections import defaultdict
from collections.abc import Collection

from catalog.models import Edition, Holding
from catalog.search.plan import Plan
from catalog.search.tokens import edition_grams, is_unspaced, normal_form, title_of


def aliens_among(editions: Collection[Edition], plan: Plan) -> set[int]:
    """Ids of editions that lack one of the plan's grams or one of its quoted phrases.

    Pinyin is not compared here: the statement itself does that (hits.py).
    """
    grams = {gram for gram in plan.grams if gram[0] not in "zZ"}
    if not grams or not editions:
        return set()
    call_numbers: dict[int, list[str]] = defaultdict(list)
    if plan.route == "c":
        copies = Holding.objects.present().filter(edition__in=[edition.pk for edition in editions]).order_by()
        for pk, number in copies.values_list("edition", "call_number"):
            call_numbers[pk].append(number)
    return {
        edition.pk
        for edition in editions
        if not grams <= edition_grams(edition, call_numbers[edition.pk])
        or not all(_has_phrase(edition, plan.route, phrase) for phrase in plan.phrases)
    }


def _has_phrase(edition: Edition, route: str, phrase: str) -> bool:
    fields = {
        "t": [title_of(edition)],
        "a": [*edition.authors, edition.responsibility],
        "s": edition.subjects,
        "p": [edition.publisher],
    }
    everywhere = [text for texts in fields.values() for text in texts] + [edition.series]
    head, tail = ("" if is_unspaced(end) else " " for end in (phrase[0], phrase[-1]))
    texts = everywhere if route == "x" else fields[route]
    return any(f"{head}{phrase}{tail}" in f" {normal_form(text)} " for text in texts)
