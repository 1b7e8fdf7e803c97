"""The one shape of statement behind every result: the facts of all entries that meet a plan, with their tiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.search import lists, tiers
from catalog.search.classes import EVERYTHING, Class
from catalog.search.database import as_array, as_arrays, rows_of
from catalog.search.facts import unpack
from catalog.search.frequencies import Frequencies, frequencies
from catalog.search.plan import Condition, Plan
from catalog.search.rows import Rows
from catalog.search.stored import TEXTS, Stored
from catalog.search.tiers import Sql, as_words
from catalog.search.tokens import LIBRARY_TOKENS, is_unspaced, token

_FIELD_OF_REST = {"a": 1, "s": 2, "p": 3}


@dataclass(frozen=True)
class Branch:
    """Rows of one class only, and of those the ones that have these grams besides."""

    within: Class = EVERYTHING
    having: tuple[str, ...] = ()


def fetch(
    plan: Plan,
    known: Frequencies,
    branches: Sequence[Branch] = (Branch(),),
    *,
    with_tiers: bool = True,
    with_titles: bool = False,
    stored: Stored | None = None,
) -> Rows:
    """Facts of all entries that meet the plan in one of the branches, in one statement, each once.

    Where few are expected, their texts come along for `stored`.
    """
    asked = _Asked()
    where, where_params = _where(asked, plan, known, branches)
    of_tiers = tiers.columns(plan) if with_tiers else []
    columns = ["string_agg(facts, ''::bytea)", *(sql for sql, _params in of_tiers)]
    if with_titles:
        columns.append(r"string_agg(pinyin_title || E'\x1f' || folded_title, E'\x1e')")
    # Of thousands of rows the texts would take longer than they save: what is listed may have so many.
    with_texts = stored is not None and not expected_rows(plan, known) and not known.all_listed(plan.condition.tokens)
    if with_texts:
        columns.append(TEXTS)
    statement = f"SELECT {', '.join(columns)} FROM {asked.table}, catalog_searchentry WHERE {where}"
    params = [value for _sql, values in of_tiers for value in values]
    [(packed, *found)] = rows_of(statement, [*params, *asked.params, *where_params], binary=True)
    facts = unpack(packed)
    if stored and with_texts:
        stored.add_texts(facts["id"].tolist(), found.pop())
    titles = found[-1].split("\x1e") if with_titles and len(facts) else []
    rows = Rows(facts, tiers.tiers_of(plan, facts, found[: len(of_tiers)]), titles)
    return rows.each_once() if len(branches) > 1 else rows


class _Asked:
    """A table in the statement with one row per branch: the tokens that its rows must have, a column per condition.

    So the text of the statement is the same for any number of branches, and is planned once.
    """

    def __init__(self) -> None:
        self.params: list[str] = []

    def column(self, tokens: Sequence[Sequence[int]]) -> str:
        """SQL of these tokens, given per branch."""
        self.params.append(as_arrays(tokens))
        return f"asked{len(self.params)}::int4[]"

    @property
    def table(self) -> str:
        names = [f"asked{number}" for number, _column in enumerate(self.params, 1)]
        return f"unnest({', '.join(['%s::text::text[]'] * len(names))}) AS branch({', '.join(names)})"


def expected_rows(plan: Plan, known: Frequencies) -> int:
    """How many entries may match, at most; rare tokens count as none."""
    expected = known.least(plan.condition.tokens)
    for operator, condition in plan.further:
        if operator == "and":
            expected = min(expected, known.least(condition.tokens))
        elif operator == "or":
            expected += known.least(condition.tokens)
    return expected


def count_each(plans: Sequence[Plan], most: int, bitmaps: lists.Bitmaps) -> list[int]:
    """How many editions each plan would find in all libraries, counted up to `most`.

    Plans of words alone are asked for together, in a statement that is the same for any number of them; of words that
    are all listed it is said as of the last night.
    """
    known = frequencies()
    numbers: list[int | None] = [None] * len(plans)
    of_words = []
    for place, plan in enumerate(plans):
        if plan.is_one_token and known.least(plan.condition.tokens) >= most:
            numbers[place] = most
        elif plan.further or plan.condition.phrases or plan.condition.syllables:
            asked = _Asked()
            where, values = _where(asked, plan, known)
            hits = f"SELECT FROM {asked.table}, catalog_searchentry WHERE {where} LIMIT %s"
            [numbers[place]] = _execute(f"SELECT count(*) FROM ({hits}) AS hits", [*asked.params, *values, most])
        else:
            of_words.append(place)
    listed = lists.numbers([plans[place].condition.tokens for place in of_words], known, bitmaps)
    for place, number in zip(of_words, listed, strict=True):
        numbers[place] = number if number is None else min(number, most)
    if unlisted := [place for place in of_words if numbers[place] is None]:
        looked_up, beside = zip(*(_divided(plans[place].condition.tokens, known) for place in unlisted), strict=True)
        found = rows_of(_COUNT_EACH, [most, as_arrays(looked_up), as_arrays(beside)])
        for place, (number,) in zip(unlisted, found, strict=True):
            numbers[place] = number
    return [number or 0 for number in numbers]


_COUNT_EACH = """
SELECT (SELECT count(*) FROM (
    SELECT FROM catalog_searchentry
    WHERE tokens @> looked_up::int4[] AND arraycontains(tokens, beside::int4[]) LIMIT %s
) AS hits)
FROM unnest(%s::text::text[], %s::text::text[]) WITH ORDINALITY AS asked(looked_up, beside, place) ORDER BY place
"""


def tokens_in_use(tokens: Sequence[int]) -> set[int]:
    """Which of these tokens any entry has; those that are listed had some last night."""
    listed = set(tokens) & frequencies().listed.keys()
    statement = """
        SELECT array_agg(one) FROM unnest(%s::text::int4[]) AS one
        WHERE EXISTS (SELECT FROM catalog_searchentry WHERE tokens @> ARRAY[one])
    """
    rare = [one for one in tokens if one not in listed]
    return listed | set(_execute(statement, [as_array(rare)])[0] or () if rare else ())


def _execute(statement: str, params: Sequence[Any]) -> tuple[Any, ...]:
    return rows_of(statement, params)[0]


def _where(asked: _Asked, plan: Plan, known: Frequencies, branches: Sequence[Branch] = (Branch(),)) -> Sql:
    if not plan.further:
        return _condition(asked, plan.condition, known, branches)
    where, params = "", []
    for operator, condition in plan.conditions:
        # What is excluded is excluded by its plain tokens: every row has those.
        within = [Branch() if operator == "not" else Branch(one.within) for one in branches]
        sql, values = _condition(asked, condition, known, within)
        if not where:
            where = sql
        elif operator == "or":
            where = f"({where}) OR ({sql})"
        else:
            where = f"({where}) AND {'NOT ' if operator == 'not' else ''}({sql})"
        params += values
    if any(one.having for one in branches):
        having = asked.column([one.within.tokens(list(map(token, one.having))) for one in branches])
        where = f"({where}) AND tokens @> {having}"
    return where, params


def _condition(asked: _Asked, condition: Condition, known: Frequencies, branches: Sequence[Branch]) -> Sql:
    """Rare tokens are looked up in the index; a frequent one beside them is looked for in the few rows they give.

    Following the long posting list of a frequent token costs three times what reading those rows does.
    """
    looked_up, beside = [], []
    for one in branches:
        tokens = (*condition.tokens, *map(token, one.having))
        rare, frequent = _divided(tokens, known) if one.within is EVERYTHING else (tokens, ())
        looked_up.append(one.within.tokens(rare))
        beside.append(frequent)
    where = [f"tokens @> {asked.column(looked_up)}"]
    if any(beside):
        # A function and not the operator: the planner would use the index for that.
        where.append(f"arraycontains(tokens, {asked.column(beside)})")
    params: list[Any] = []
    if condition.syllables:
        where.append("pinyin_title ~ %s")
        params.append(f"(^| ){condition.syllables}( |$)")
    for phrase in condition.phrases:
        sql, values = _phrase(phrase, condition.route)
        where.append(sql)
        params += values
    return " AND ".join(where), params


def _divided(tokens: Sequence[int], known: Frequencies) -> tuple[Sequence[int], Sequence[int]]:
    """The rare ones, and the frequent ones beside them; all of them, and none, where none is rare."""
    rare = [number for number in tokens if number not in known.editions and number not in LIBRARY_TOKENS]
    if not rare:
        return tokens, ()
    return rare, [number for number in tokens if number not in rare]


def _phrase(phrase: str, route: str) -> Sql:
    """The phrase stands as it is in a field of the route."""
    if route == "t":
        return _in_title(phrase)
    if route == "x":
        in_a_title, values = _in_title(phrase)
        in_rest = "position(%s in ' ' || folded_rest || ' ') > 0"
        return f"({in_a_title} OR {in_rest})", [*values, as_words(phrase)]
    number = _FIELD_OF_REST[route]
    field = f"split_part(folded_rest, E'\\x1e', {number})"
    return f"position(%s in ' ' || {field} || ' ') > 0", [as_words(phrase)]


def _in_title(text: str) -> Sql:
    if is_unspaced(text[0]) and is_unspaced(text[-1]):
        return "position(%s in folded_title) > 0", [text]
    return "position(%s in ' ' || folded_title || ' ') > 0", [as_words(text)]
