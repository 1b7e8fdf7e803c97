"""What people decided about the records of one batch, as the importer needs it: who stays together, who stays apart."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils import timezone

from catalog.models import DecisionKind, Pin


@dataclass
class Bound:
    """Records and editions (those without records) that one record is bound to or kept from."""

    records: set[int] = field(default_factory=set)
    editions: set[int] = field(default_factory=set)

    def meets(self, edition_id: int | None, record_ids: Iterable[int | None]) -> bool:
        return edition_id in self.editions or not self.records.isdisjoint(record_ids)

    def add(self, record_id: int | None, edition_id: int | None) -> None:
        if record_id is not None:
            self.records.add(record_id)
        if edition_id is not None:
            self.editions.add(edition_id)


class Pins:
    """The decisions in force about some records. Empty where nobody decided anything, which is the rule."""

    def __init__(self) -> None:
        self._together: dict[int, Bound] = defaultdict(Bound)
        self._apart: dict[int, Bound] = defaultdict(Bound)

    @classmethod
    def of(cls, record_ids: Collection[int]) -> "Pins":
        """One statement, or two where there are decisions about any of these records."""
        pins = cls()
        live = Pin.objects.in_force().order_by()
        own = list(live.filter(record__in=record_ids).values_list("record", "decision", "side", "decision__kind"))
        if not own:
            return pins
        bound: dict[int, list[tuple[int | None, int | None, int]]] = defaultdict(list)
        rows = live.filter(decision__in={decision for _r, decision, _s, _k in own})
        for decision, record, edition, side in rows.values_list("decision", "record", "edition", "side"):
            bound[decision].append((record, edition, side))
        for record, decision, side, kind in own:
            for other_record, other_edition, other_side in bound[decision]:
                if kind == DecisionKind.MERGE and other_record != record:
                    pins._together[record].add(other_record, other_edition)
                elif kind != DecisionKind.MERGE and other_side != side:
                    pins._apart[record].add(other_record, other_edition)
        return pins

    def hold(self, record_id: int | None, edition_id: int | None, members: Iterable[int | None]) -> bool:
        """Whether the record must stay in this edition because somebody put it together with one of its members."""
        return record_id in self._together and self._together[record_id].meets(edition_id, members)

    def forbid(self, record_id: int | None, edition_id: int | None, members: Iterable[int | None]) -> bool:
        """Whether the record must not join this edition because somebody keeps it apart from one of its members."""
        return record_id in self._apart and self._apart[record_id].meets(edition_id, members)

    def lapse(self, record_id: int) -> None:
        """The record describes another book now; what was decided about the former book binds it no more."""
        together, apart = self._together.pop(record_id, None), self._apart.pop(record_id, None)
        if together or apart:
            Pin.objects.filter(record=record_id, lapsed_at__isnull=True).update(lapsed_at=timezone.now())
