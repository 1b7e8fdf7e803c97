"""The one statement behind a result page: which editions match, how many where, and the best of them in order."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog.search.plan import Plan
from catalog.search.query import SearchQuery
from catalog.search.tokens import is_unspaced, token

# Columns of a hit that the facets count, in the order in which the statement returns them.
FACETS = ("language", "material_type", "decade", "clc")

_BEST_FIRST = "cardinality(library_ids) DESC, year DESC, edition_id"
_ORDERS = {
    "relevance": f"tier, {_BEST_FIRST}",
    "year": "year DESC, tier, cardinality(library_ids) DESC, edition_id",
    "title": "pinyin_title, folded_title, edition_id",
    "holdings": "cardinality(library_ids) DESC, tier, year DESC, edition_id",
}

# `hits` has everything that matches; `chosen` what of it stands in the chosen libraries. Counts come back as one
# concatenated text each and are counted in Python: several times faster than unnest and GROUP BY.
_STATEMENT = """
WITH hits AS MATERIALIZED (
    SELECT edition_id, year, language, material_type, clc_class, library_ids, pinyin_title, folded_title,
           {tier} AS tier
    FROM catalog_searchentry
    WHERE {where}
), chosen AS (
    SELECT * FROM hits WHERE {chosen}
)
SELECT (SELECT count(*) FROM chosen),
       (SELECT string_agg(array_to_string(library_ids, ','), ',') FROM hits WHERE library_ids <> '{{}}'),
       (SELECT string_agg(concat_ws(E'\\x1f', language, material_type, year / 10 * 10, clc_class), E'\\x1e')
        FROM chosen),
       ARRAY(SELECT edition_id FROM chosen ORDER BY {order} LIMIT %s OFFSET %s)
"""


@dataclass
class Hits:
    """What one plan found. `per_library` (library id → editions) ignores the choice of libraries, the rest obeys it."""

    total: int = 0
    per_library: Counter[int] = field(default_factory=Counter)
    facets: dict[str, Counter[str]] = field(default_factory=dict)
    edition_ids: list[int] = field(default_factory=list)


def find(
    plan: Plan,
    query: SearchQuery,
    *,
    library_ids: Collection[int] = (),
    limit: int,
    offset: int = 0,
    without: Collection[int] = (),
) -> Hits:
    """Run one plan. `library_ids` narrows to editions that one of them holds; `without` leaves editions out."""
    tier, tier_params = _tier(plan)
    where, where_params = _conditions(plan, query, without)
    chosen = "library_ids && %s::int[]" if library_ids else "true"
    statement = _STATEMENT.format(
        tier=tier, where=" AND ".join(where), chosen=chosen, order=_ORDERS.get(query.sort, _ORDERS["relevance"])
    )
    params = [*tier_params, *where_params, *([sorted(library_ids)] if library_ids else []), limit, offset]
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        total, libraries, facet_rows, edition_ids = cursor.fetchone()
    per_library = Counter({int(pk): n for pk, n in Counter(libraries.split(",")).items()}) if libraries else Counter()
    return Hits(total, per_library, _count_facets(facet_rows), edition_ids)


def count_each(plans: Collection[Plan]) -> list[int]:
    """How many editions each plan would find in all libraries, in one statement."""
    if not plans:
        return []
    one = "(SELECT count(*) FROM catalog_searchentry WHERE {where})"
    statements: list[str] = []
    params: list[Any] = []
    for plan in plans:
        where, where_params = _conditions(plan, SearchQuery(""), ())
        statements.append(one.format(where=" AND ".join(where)))
        params.extend(where_params)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(statements), params)
        return list(cursor.fetchone())


def _conditions(plan: Plan, query: SearchQuery, without: Collection[int]) -> tuple[list[str], list[Any]]:
    where = ["tokens @> %s::int[]"]
    params: list[Any] = [[token(gram) for gram in plan.grams]]
    if plan.syllables:
        where.append("pinyin_title ~ %s")
        params.append(f"(^| ){plan.syllables}( |$)")
    if plan.route == "t":
        for phrase in plan.phrases:
            where.append("position(%s in ' ' || folded_title || ' ') > 0")
            params.append(_inside(phrase))
    for column, value in (
        ("language", query.language),
        ("material_type", query.material_type),
        ("clc_class", query.clc),
        ("year / 10 * 10", query.decade),
    ):
        if value not in ("", None):
            where.append(f"{column} = %s")
            params.append(value)
    if without:
        where.append("edition_id <> ALL(%s)")
        params.append(list(without))
    return where, params


def _tier(plan: Plan) -> tuple[str, list[Any]]:
    """SQL of a hit's tier: exact title, begins with, phrase inside, for the whole query and then for its words."""
    if plan.syllables:
        return (
            "CASE WHEN pinyin_title ~ %s THEN 0 WHEN pinyin_title ~ %s THEN 1 ELSE 2 END",
            [f"^{plan.syllables}$", f"^{plan.syllables}( |$)"],
        )
    if plan.route not in "xts" or not plan.whole:
        return "0", []
    cases: list[str] = []
    params: list[Any] = []
    for texts in ([plan.whole], list(plan.words)):
        if not texts:
            continue
        for condition, values in (
            # The token of the whole title tells 家 from 家春秋; it is looked at only where the title begins alike.
            ("(starts_with(folded_title, %s) AND tokens @> %s::int[])", [(t, [token("=" + t)]) for t in texts]),
            ("starts_with(folded_title || ' ', %s)", [(_begin(t),) for t in texts]),
            ("position(%s in ' ' || folded_title || ' ') > 0", [(_inside(t),) for t in texts]),
        ):
            cases.append(f"WHEN {' OR '.join([condition] * len(texts))} THEN {len(cases)}")
            params.extend(value for row in values for value in row)
    return f"CASE {' '.join(cases)} ELSE {len(cases)} END", params


def _begin(text: str) -> str:
    """Words end at a blank: a title that begins with `and` does not begin with `android`."""
    return text if is_unspaced(text[-1]) else text + " "


def _inside(text: str) -> str:
    return _begin(text) if is_unspaced(text[0]) else " " + _begin(text)


def _count_facets(rows: str | None) -> dict[str, Counter[str]]:
    facets: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row, number in Counter(rows.split("\x1e") if rows else ()).items():
        for name, value in zip(FACETS, row.split("\x1f"), strict=True):
            facets[name][value] += number
    return facets
