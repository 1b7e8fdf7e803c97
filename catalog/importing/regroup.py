"""Groups records anew where one record fits several editions, so that the order of imports does not decide.

Placing records one by one is right as long as each fits one edition and contradicts none of its records. Where a record
fits two editions, or one record of an edition and not another, the outcome would depend on who came first. Then all
records that hang together are grouped again by what they say alone: the strongest agreements first, none that would put
two contradicting records into one edition. What people decided is left alone.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

from catalog.importing.grouping import RULE_RANK, Pool
from catalog.merging import Judgement, Keys, Verdict, doubtful, judge, vetoed
from catalog.models import Edition, Holding, Pin, SourceRecord
from catalog.review.pins import Pins

_LIMIT = 200  # records that hang together; beyond it something else is wrong, and comparing all pairs takes too long


@dataclass(frozen=True, slots=True)
class Record:
    source_id: int
    edition_id: int
    keys: Keys

    @property
    def content(self) -> str:
        return json.dumps(self.keys.as_json(), sort_keys=True, ensure_ascii=False)


def regroup(edition_ids: Collection[int]) -> set[int]:
    """Group the records of these editions, and all that hang together with them, anew.

    Returns the editions whose records changed; they must be described and indexed anew. Runs in the importer's
    transaction. Of a group, the edition of the oldest record stays; an edition left without records leads to where
    its oldest record went.
    """
    records = _hanging_together(edition_ids)
    if not records or Pin.objects.in_force().filter(record__in=[r.source_id for r in records]).exists():
        return set()
    oldest_first = sorted(cluster(records), key=lambda members: members[0].source_id)
    homes: dict[int, list[Record]] = {}
    for members in oldest_first:
        home = members[0].edition_id
        if home in homes:
            home = Edition.objects.create(title="").pk
        homes[home] = members
    touched: set[int] = set()
    for home, members in homes.items():
        for record in members:
            if record.edition_id != home:
                _move(record, home, members)
                touched |= {record.edition_id, home}
    for old in {r.edition_id for r in records} - set(homes):
        first = min((r for r in records if r.edition_id == old), key=lambda r: r.source_id)
        heir = next(home for home, members in homes.items() if first in members)
        Holding.objects.filter(edition=old, source_record__isnull=True).update(edition=heir)
        Edition.objects.filter(pk=old).update(merged_into=heir)
    return touched


def cluster(records: list[Record]) -> list[list[Record]]:
    """The groups that these records form, whatever their order; each with its oldest record first."""
    agreements: list[tuple[tuple[object, ...], Record, Record]] = []
    conflicts: set[frozenset[int]] = set()
    for a, b in combinations(records, 2):
        judgement = judge(a.keys, b.keys)
        if vetoed(a.keys, b.keys) or doubtful(a.keys, b.keys):
            conflicts.add(frozenset((a.source_id, b.source_id)))
        elif judgement.verdict is Verdict.SAME:
            contents = sorted((a.content, b.content))
            strength = (contents[0] != contents[1], RULE_RANK[judgement.rule], -judgement.score, *contents)
            agreements.append((strength, a, b))
    group_of = {record.source_id: [record] for record in records}
    for _strength, a, b in sorted(agreements, key=lambda agreement: agreement[0]):
        one, other = group_of[a.source_id], group_of[b.source_id]
        if one is other or any(frozenset((x.source_id, y.source_id)) in conflicts for x in one for y in other):
            continue
        one += other
        group_of |= {record.source_id: one for record in other}
    groups = {id(group): group for group in group_of.values()}.values()
    return [sorted(group, key=lambda record: record.source_id) for group in groups]


def _hanging_together(edition_ids: Collection[int]) -> list[Record]:
    """The records of these editions and of all editions that a chain of agreements leads to."""
    found: dict[int, list[Record]] = {}
    wanted, keys = set(edition_ids), list[Keys]()
    while wanted:
        pool = Pool(Pins())
        pool.load(keys, wanted)
        news = {
            group.edition.pk: [Record(m.source_id, group.edition.pk, m.keys) for m in group.members if m.source_id]
            for group in pool.groups()
            if group.edition.pk not in found
        }
        if keys:  # the second look: of the editions that share a block, those that agree with one of ours
            own = [record.keys for records in found.values() for record in records]
            news = {
                pk: records
                for pk, records in news.items()
                if any(judge(a, record.keys).verdict is Verdict.SAME for a in own for record in records)
            }
        found |= news
        if sum(len(records) for records in found.values()) > _LIMIT:
            return []
        keys = [record.keys for records in news.values() for record in records]
        wanted = set(news)
    return [record for records in found.values() for record in records]


def _move(record: Record, home: int, members: list[Record]) -> None:
    others = [judge(record.keys, other.keys) for other in members if other is not record]
    same = [judgement for judgement in others if judgement.verdict is Verdict.SAME]
    best = min(same, key=lambda j: (RULE_RANK[j.rule], -j.score), default=Judgement(Verdict.SAME, "own"))
    score = best.score if same else None
    SourceRecord.objects.filter(pk=record.source_id).update(edition=home, match_rule=best.rule, match_score=score)
    Holding.objects.filter(source_record=record.source_id).update(edition=home)
