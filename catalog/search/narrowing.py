"""What of the rows that match a query wants: facets, years, and the libraries chosen."""

from dataclasses import dataclass

from catalog.search.facts import Counts, Facts, Mask, count, held_by, narrowed
from catalog.search.query import SearchQuery
from catalog.search.rows import Rows
from catalog.search.tokens import library_gram

FEW_LIBRARIES = 8  # chosen; what so many hold is asked for by itself


@dataclass(frozen=True)
class Narrowing:
    """What of the rows a query wants: facets and years, and the libraries chosen (their slots; none means all)."""

    query: SearchQuery
    slots: frozenset[int] = frozenset()

    @property
    def is_narrow(self) -> bool:
        return bool(self.slots) or self.query.is_narrowed

    @property
    def to_few_libraries(self) -> bool:
        return 0 < len(self.slots) <= FEW_LIBRARIES

    @property
    def apart(self) -> tuple[tuple[str, ...], ...]:
        """Grams that ask for what is wanted library by library, where few are chosen; else one that asks for all."""
        return tuple((library_gram(slot),) for slot in sorted(self.slots)) if self.to_few_libraries else ((),)

    def by_facets(self, facts: Facts) -> Mask | None:
        query = self.query
        first, last = query.year_from, query.year_to
        if query.decade is not None:
            first = max(query.decade, first or 0)
            last = min(query.decade + 9, query.decade + 9 if last is None else last)
        return narrowed(
            facts, language=query.language, material_type=query.material_type, clc=query.clc,
            first_year=first, last_year=last,
        )  # fmt: skip

    def by_libraries(self, facts: Facts) -> Mask | None:
        return held_by(facts, self.slots) if self.slots else None

    def apply(self, rows: Rows) -> Rows:
        rows = rows.only(self.by_facets(rows.facts))
        return rows.only(self.by_libraries(rows.facts))

    def apply_to_facts(self, facts: Facts) -> Facts:
        for mask_of in (self.by_facets, self.by_libraries):
            mask = mask_of(facts)
            facts = facts if mask is None else facts[mask]
        return facts

    def count(self, facts: Facts, scale: float = 1) -> Counts:
        mask = self.by_facets(facts)
        facts = facts if mask is None else facts[mask]
        return count(facts, self.by_libraries(facts), scale)
