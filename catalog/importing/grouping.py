"""Which edition a record belongs to, for one batch: the editions it might join, loaded at once, and the choice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from django.db import connection

from catalog import bulk
from catalog.importing.incoming import WRITTEN_BY_IMPORT, Incoming
from catalog.marc.bibliographic import Bibliographic
from catalog.merging import Keys, Verdict, doubtful, judge, keys_of, same_book, similarity, vetoed
from catalog.models import Edition, SourceRecord
from catalog.review.pins import Pins

# The attributes of an edition that its records decide.
DESCRIBED = (*WRITTEN_BY_IMPORT, "hidden")
described = attrgetter(*DESCRIBED)
# Which reason counts for more.
RULE_RANK = {"isbn": 0, "unified": 1, "foreign": 2, "description": 3}


@dataclass(eq=False)
class Member:
    """One live record of an edition; `source_id` is None until the record is saved."""

    keys: Keys
    quality: int
    source_id: int | None = None
    item: Incoming | None = None


@dataclass(eq=False)
class Group:
    """An edition and its live records. Unsaved editions have no pk yet."""

    edition: Edition
    members: list[Member] = field(default_factory=list)
    by_hand: Keys | None = None  # an edition without records: staff entered it, it is compared by its own attributes
    described_by: Member | None = None
    orphaned: bool = False  # every record it had is deleted
    stored: tuple[object, ...] = ()  # what the database says of it, in the order of DESCRIBED

    def compared(self) -> list[Keys]:
        return [member.keys for member in self.members] or ([self.by_hand] if self.by_hand else [])

    def best(self) -> Member | None:
        """The record that tells most; the oldest of equals, so that the description does not flicker."""
        return min(
            self.members,
            key=lambda m: (-m.quality, m.source_id is None, m.source_id or 0, m.keys.title, m.keys.isbns),
            default=None,
        )


@dataclass(frozen=True)
class Placement:
    group: Group
    rule: str
    score: float


@dataclass
class Found:
    """Where a record belongs, if anywhere, and the editions that a person must compare it with."""

    placement: Placement | None = None
    doubts: list[Placement] = field(default_factory=list)
    # Editions that this record fits although it cannot join them, or not alone: catalog/importing/regroup.py.
    contested: list[Group] = field(default_factory=list)


class Pool:
    """Every edition that records of this batch could join, found through what two records must share."""

    def __init__(self, pins: Pins) -> None:
        self.pins = pins
        self._groups: dict[int, Group] = {}
        self._blocks: dict[tuple[object, ...], list[Group]] = defaultdict(list)

    def load(self, wanted: Iterable[Keys], edition_ids: Iterable[int]) -> None:
        """Load editions that share a block with one of these keys, and the editions named, in four queries."""
        keys = list(wanted)
        found = set(edition_ids) | (_sharing_a_block(keys) if keys else set())
        for edition in Edition.objects.filter(bulk.AnyOf("pk", found)):
            self._groups[edition.pk] = Group(edition, stored=described(edition))
        records = SourceRecord.objects.filter(
            bulk.AnyOf("edition", found), deleted=False, quarantine_reason=""
        ).order_by("pk")
        for pk, edition_id, match_keys, quality in records.values_list("pk", "edition", "match_keys", "quality"):
            self._groups[edition_id].members.append(Member(Keys.from_json(match_keys), quality, pk))
        empty = [pk for pk, group in self._groups.items() if not group.members]
        orphans = set(
            SourceRecord.objects.filter(bulk.AnyOf("edition", empty)).order_by().values_list("edition", flat=True)
        )
        for group in self._groups.values():
            group.orphaned = group.edition.pk in orphans
            if not group.members:
                group.by_hand = keys_of(_as_book(group.edition))
            group.described_by = group.best()
            self._index(group)

    def groups(self) -> Iterable[Group]:
        return self._groups.values()

    def group(self, edition_id: int) -> Group | None:
        return self._groups.get(edition_id)

    def add(self, group: Group) -> None:
        """An edition that this batch creates; later records of the batch may join it."""
        self._index(group)

    def join(self, group: Group, member: Member) -> None:
        group.members.append(member)
        for block in _blocks(member.keys):
            if group not in self._blocks[block]:
                self._blocks[block].append(group)

    def place(self, keys: Keys, *, besides: Group | None = None, source_id: int | None = None) -> Found:
        """The edition that takes this record, or none for an edition of its own.

        At least one of its records must be the same by the rules, and none may contradict or be in doubt: a record
        that passes for one member only would chain two editions together. What people keep apart is not compared.
        """
        candidates = {id(g): g for block in _blocks(keys) for g in self._blocks[block] if g is not besides}
        accepted, found = [], Found()
        for group in candidates.values():
            if self.pins.forbid(source_id, group.edition.pk, (m.source_id for m in group.members)):
                continue
            compared = group.compared()
            judgements = [judge(keys, other) for other in compared]
            same = [j for j in judgements if j.verdict is Verdict.SAME]
            if any(j.vetoed for j in judgements):
                if same:
                    found.contested.append(group)
                continue
            near = [j for j in judgements if j.verdict is not Verdict.DIFFERENT]
            if not near:
                continue
            unsure = (other for other, j in zip(compared, judgements, strict=True) if j.verdict is not Verdict.SAME)
            if doubt := next((d for other in unsure if (d := doubtful(keys, other))), ""):
                found.doubts.append(Placement(group, doubt, max(j.score for j in near)))
                if same:
                    found.contested.append(group)
            elif same:
                best = min(same, key=lambda j: (RULE_RANK[j.rule], -j.score))
                accepted.append(Placement(group, best.rule, best.score))
            else:
                best = max(near, key=lambda j: j.score)
                found.doubts.append(Placement(group, best.rule, best.score))
        found.placement = min(
            accepted,
            key=lambda p: (RULE_RANK[p.rule], -p.score, p.group.edition.pk is None, p.group.edition.pk or 0),
            default=None,
        )
        if len(accepted) > 1:
            found.contested += [placement.group for placement in accepted]
        return found

    def _index(self, group: Group) -> None:
        for keys in group.compared():
            for block in _blocks(keys):
                if group not in self._blocks[block]:
                    self._blocks[block].append(group)


# One descent into an index for every number. With `&&` PostgreSQL reads the whole table; without OFFSET 0 it compares
# every number with every edition while the table grows and its statistics are old.
_SHARING_A_BLOCK = """
SELECT id FROM unnest(%s::varchar[]) AS n,
LATERAL (SELECT id, merged_into_id FROM catalog_edition WHERE isbns @> ARRAY[n] OFFSET 0) AS e
WHERE merged_into_id IS NULL
UNION ALL
SELECT id FROM unnest(%s::varchar[]) AS n,
LATERAL (SELECT id, merged_into_id FROM catalog_edition WHERE foreign_ids @> ARRAY[n] OFFSET 0) AS e
WHERE merged_into_id IS NULL
UNION ALL
SELECT id FROM unnest(%s::varchar[]) AS n,
LATERAL (SELECT id, merged_into_id FROM catalog_edition WHERE unified_number = n AND unified_number <> '' OFFSET 0) AS e
WHERE merged_into_id IS NULL
UNION ALL
SELECT id FROM unnest(%s::varchar[], %s::int[]) AS n(said, published),
LATERAL (SELECT id, merged_into_id FROM catalog_edition WHERE title_key = said AND year = published OFFSET 0) AS e
WHERE merged_into_id IS NULL
"""


def _sharing_a_block(keys: list[Keys]) -> set[int]:
    """Ids of the editions, none merged into another, that one of these keys might belong to. Needs a transaction."""
    isbns = {isbn for k in keys for isbn in k.isbns}
    foreign = {number for k in keys for number in (*k.foreign, *k.further_blocks())}
    unified = {k.unified for k in keys if k.unified}
    described = {(k.title, k.year) for k in keys if k.title and k.publisher and k.year}
    titles, years = [title for title, _year in described], [year for _title, year in described]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # while the table grows the planner knows nothing of its size
        cursor.execute(_SHARING_A_BLOCK, list(map(bulk.array, (isbns, foreign, unified, titles, years))))
        found = {pk for (pk,) in cursor.fetchall()}
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
    return found


def still_belongs(keys: Keys, group: Group, before: Keys) -> bool:
    """Whether a changed record stays in its edition: it fits the others, or, alone, is still the same book."""
    others = group.compared()
    if others:
        return not any(vetoed(keys, other) or doubtful(keys, other) for other in others)
    return same_book(keys, before)


def doubt_about(keys: Keys, group: Group) -> Placement | None:
    """The doubt for which a changed record leaves its edition; None where something contradicts."""
    others = group.compared()
    if any(vetoed(keys, other) for other in others):
        return None
    doubt = next((d for other in others if (d := doubtful(keys, other))), "")
    return Placement(group, doubt, max(similarity(keys, other) for other in others)) if doubt else None


def _blocks(keys: Keys) -> list[tuple[object, ...]]:
    blocks: list[tuple[object, ...]] = [("isbn", isbn) for isbn in keys.isbns]
    blocks += [("foreign", number) for number in keys.foreign]
    if keys.unified:
        blocks.append(("unified", keys.unified))
    if keys.title and keys.publisher and keys.year:
        blocks.append(("description", keys.title, keys.year))
    return blocks


def _as_book(edition: Edition) -> Bibliographic:
    names = (
        "title", "subtitle", "volume", "responsibility", "authors", "edition_statement", "publisher", "year", "extent",
        "language", "isbns", "issn", "unified_number", "material_type",
    )  # fmt: skip
    book = Bibliographic(**{name: getattr(edition, name) for name in names})
    book.electronic = edition.material_type == "ebook"
    return book
