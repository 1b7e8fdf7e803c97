"""Merging, splitting, keeping apart, and undoing it: what the center decides about editions, logged, reversible.

Every service is one transaction under the lock that imports hold while they group records, and locks the editions'
rows. Requests are not touched: they keep what they were told, and their edition's id leads on by `merged_into`.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.importing.batch import describe_anew, lock_grouping
from catalog.importing.incoming import WRITTEN_BY_IMPORT
from catalog.merging import Keys, Verdict, judge
from catalog.models import (
    CatalogDecision,
    DecisionKind,
    Edition,
    Holding,
    PairState,
    Pin,
    ReviewPair,
    SourceRecord,
)
from catalog.search.index import refresh

DECIDED = "decided"  # match_rule of a record that a person put where it is


_LATER = gettext_lazy("后来的决定或导入又改动了这些书目，请先撤销后来的决定。")


class DecisionRefused(Exception):
    """The decision is impossible; nothing was changed. The message is for a person."""


@transaction.atomic
def merge_editions(*, keep: Edition, other: Edition, by: str) -> CatalogDecision:
    """`other` becomes part of `keep`: its records and copies move, its id leads on. Raises DecisionRefused."""
    keep, other = _locked(keep.pk, other.pk)
    _refuse_unless_shown(keep, other)
    records = {edition.pk: _records_of(edition) for edition in (keep, other)}
    copies = _copies_without_record(other)
    before = {
        "description": _description(keep),
        "records": {str(pk): [r.pk for r in members] for pk, members in records.items()},
        "rules": {str(r.pk): [r.match_rule, r.match_score] for r in records[other.pk]},
        "copies": copies,
        "pairs": _pairs_follow(other, keep),
        "pair": _settle_pair(keep, other, PairState.MERGED, by),
    }
    _move(records[other.pk], copies, to=keep, rule=DECIDED)
    other.merged_into = keep
    other.save(update_fields=["merged_into", "updated_at"])
    describe_anew([keep.pk])
    decision = _log(DecisionKind.MERGE, keep, other, by, before)
    _pin(decision, keep, records[keep.pk], side=0)
    _pin(decision, other, records[other.pk], side=1)
    refresh([keep.pk, other.pk])
    return decision


@transaction.atomic
def split_edition(*, edition: Edition, records: Collection[SourceRecord], by: str) -> CatalogDecision:
    """These records leave their edition for a new one, with their copies. Raises DecisionRefused.

    The id stays with the part that has the oldest record, so a split may as well send the other records away.
    """
    (edition,) = _locked(edition.pk)
    _refuse_unless_shown(edition)
    members = _records_of(edition)
    named = {record.pk for record in records}
    leaving = [record for record in members if record.pk in named]
    staying = [record for record in members if record.pk not in named]
    if len(leaving) != len(named) or not leaving or not staying:
        raise DecisionRefused(_("请选择这条书目的一部分来源记录，两边都至少要有一条。"))
    if leaving[0].pk < staying[0].pk:
        leaving, staying = staying, leaving
    if all(record.deleted or record.quarantine_reason for record in leaving):
        raise DecisionRefused(_("拆出的记录已全部删除或隔离，没有可以显示的书目。"))
    before = {
        "description": _description(edition),
        "records": {str(edition.pk): [r.pk for r in members]},
        "rules": {str(r.pk): [r.match_rule, r.match_score] for r in leaving},
    }
    new = Edition.objects.create(title=edition.title)
    _move(leaving, [], to=new, rule=DECIDED)
    describe_anew([edition.pk, new.pk])
    decision = _log(DecisionKind.SPLIT, edition, new, by, before)
    _pin(decision, edition, staying, side=0)
    _pin(decision, new, leaving, side=1)
    refresh([edition.pk, new.pk])
    return decision


@transaction.atomic
def keep_apart(*, a: Edition, b: Edition, by: str) -> CatalogDecision:
    """These two are different books: no import puts their records together. Raises DecisionRefused."""
    first, second = _locked(*sorted((a.pk, b.pk)))
    _refuse_unless_shown(first, second)
    records = {edition.pk: _records_of(edition) for edition in (first, second)}
    before = {
        "records": {str(pk): [r.pk for r in members] for pk, members in records.items()},
        "pair": _settle_pair(first, second, PairState.KEPT_APART, by),
    }
    decision = _log(DecisionKind.APART, first, second, by, before)
    _pin(decision, first, records[first.pk], side=0)
    _pin(decision, second, records[second.pk], side=1)
    return decision


@transaction.atomic
def undo_decision(*, decision: CatalogDecision, by: str) -> CatalogDecision:
    """Back to the grouping before the decision; returns the entry of the undoing. Raises DecisionRefused.

    Records that came in since stay with the edition they fit. After a split the second edition's id leads back to the
    first. Where a later decision took the records elsewhere, that one must be undone first.
    """
    lock_grouping()
    decision = CatalogDecision.objects.select_related("edition", "other").get(pk=decision.pk)
    if decision.kind == DecisionKind.UNDO or hasattr(decision, "undone_by"):
        raise DecisionRefused(_("这个决定已经撤销。"))
    # Logged first: from here on its pins bind nobody.
    undoing = _log(DecisionKind.UNDO, decision.edition, decision.other, by, {}, undoes=decision)
    if decision.kind == DecisionKind.MERGE:
        _undo_merge(decision)
    elif decision.kind == DecisionKind.SPLIT:
        _undo_split(decision)
    _restore_pair(decision)
    return undoing


def _undo_merge(decision: CatalogDecision) -> None:
    other, survivor = _locked(decision.other_id, _survivor(decision.edition_id))
    before = decision.before
    there = _records_of(survivor)
    former = set(before["records"][str(other.pk)])
    returning = [record for record in there if record.pk in former]
    if other.merged_into_id is None or (former and not returning):
        raise DecisionRefused(str(_LATER))
    staying = [record for record in there if record.pk not in former]
    known = {pk for members in before["records"].values() for pk in members}
    returning += _late_comers([r for r in staying if r.pk not in known], staying, returning)
    _move(returning, before["copies"], to=other, rules=before["rules"], only_from=survivor)
    other.merged_into = None
    other.hidden = bool(returning) and all(record.deleted for record in returning)
    other.save(update_fields=["merged_into", "hidden", "updated_at"])
    for pk, pair in before["pairs"].items():
        ReviewPair.objects.filter(pk=pk, state=PairState.OPEN).update(first=pair[0], second=pair[1])
    changed = any(r.pk not in former or r.updated_at > decision.at for r in returning)
    if changed:
        describe_anew([other.pk])
    _describe_as_before(decision, survivor)
    refresh([survivor.pk, other.pk])


def _undo_split(decision: CatalogDecision) -> None:
    if (survivor := _survivor(decision.edition_id)) == _survivor(decision.other_id):
        raise DecisionRefused(str(_LATER))
    edition, new = _locked(survivor, decision.other_id)
    if new.merged_into_id is not None:
        raise DecisionRefused(str(_LATER))
    returning = _records_of(new)
    _move(returning, _copies_without_record(new), to=edition, rules=decision.before["rules"])
    new.merged_into = edition
    new.save(update_fields=["merged_into", "updated_at"])
    _describe_as_before(decision, edition)
    refresh([edition.pk, new.pk])


# --- Pieces ----------------------------------------------------------------------------------------------


def _locked(*ids: int) -> list[Edition]:
    """The editions in the order asked for; their rows are locked in the order of their ids, as refresh() does."""
    lock_grouping()
    found = {e.pk: e for e in Edition.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)}
    if len(found) != len(ids):
        raise DecisionRefused(_("请指明两条不同的书目。"))
    return [found[pk] for pk in ids]


def _refuse_unless_shown(*editions: Edition) -> None:
    for edition in editions:
        if edition.merged_into_id is not None:
            raise DecisionRefused(_("书目%(id)d已经并入别的书目。") % {"id": edition.pk})
        if edition.hidden:
            raise DecisionRefused(_("书目%(id)d不显示，不能合并或拆分。") % {"id": edition.pk})


def surviving(edition_id: int) -> Edition | None:
    """The edition to which this id leads today, hidden or not; None for an id that never was."""
    if not Edition.objects.filter(pk=edition_id).exists():
        return None
    return Edition.objects.get(pk=_survivor(edition_id))


def _survivor(edition_id: int) -> int:
    """Where this id leads today: chains of merges have no loops, since only shown editions are merged."""
    while (following := Edition.objects.values_list("merged_into", flat=True).get(pk=edition_id)) is not None:
        edition_id = following
    return edition_id


def _records_of(edition: Edition) -> list[SourceRecord]:
    """Every record, oldest first, deleted and quarantined ones too: they belong where they would come back."""
    return list(SourceRecord.objects.filter(edition=edition).order_by("pk").defer("raw"))


def _copies_without_record(edition: Edition) -> list[int]:
    """Copies that staff entered by hand: no record carries them along."""
    copies = Holding.objects.filter(edition=edition, source_record__isnull=True)
    return list(copies.order_by("pk").values_list("pk", flat=True))


def _move(
    records: Iterable[SourceRecord],
    copies: Collection[int],
    *,
    to: Edition,
    rule: str = "",
    rules: dict[str, Any] | None = None,
    only_from: Edition | None = None,
) -> None:
    """Records with their copies, and copies without record, to an edition; `updated_at` stays the importer's."""
    ids = [record.pk for record in records]
    if rules is None:
        SourceRecord.objects.filter(pk__in=ids).update(edition=to, match_rule=rule, match_score=None)
    else:
        SourceRecord.objects.filter(pk__in=ids).update(edition=to)
        for pk, (former_rule, score) in rules.items():
            former = SourceRecord.objects.filter(pk=pk, edition=to, match_rule=DECIDED)
            former.update(match_rule=former_rule, match_score=score)
    Holding.objects.filter(source_record__in=ids).update(edition=to)
    loose = Holding.objects.filter(pk__in=copies, source_record__isnull=True)
    (loose.filter(edition=only_from) if only_from else loose).update(edition=to)


def _late_comers(
    arrived: list[SourceRecord], staying: list[SourceRecord], returning: list[SourceRecord]
) -> list[SourceRecord]:
    """Records that joined the merged edition since, and fit only the part that leaves."""

    def judgements(record: SourceRecord, others: list[SourceRecord]) -> set[Verdict]:
        keys = Keys.from_json(record.match_keys)
        return {judge(keys, Keys.from_json(o.match_keys)).verdict for o in others if o.pk != record.pk}

    settled = [record for record in staying if record not in arrived]
    return [
        record
        for record in arrived
        if judgements(record, returning) == {Verdict.SAME} and Verdict.SAME not in judgements(record, settled)
    ]


def _description(edition: Edition) -> dict[str, Any]:
    return {name: getattr(edition, name) for name in WRITTEN_BY_IMPORT}


def _describe_as_before(decision: CatalogDecision, edition: Edition) -> None:
    """What the edition said before the decision, to the letter, unless an import has written on it since.

    An edition entered by hand has no records that could tell: it always gets its own words back.
    """
    untouched = _description(edition) == decision.after["description"]
    by_hand = not SourceRecord.objects.filter(edition=edition, deleted=False, quarantine_reason="").exists()
    if edition.pk == decision.edition_id and (untouched or by_hand):
        Edition.objects.filter(pk=edition.pk).update(**decision.before["description"])
    else:
        describe_anew([edition.pk])


def _log(
    kind: DecisionKind,
    edition: Edition,
    other: Edition,
    by: str,
    before: dict[str, Any],
    undoes: CatalogDecision | None = None,
) -> CatalogDecision:
    after: dict[str, Any] = {}
    if undoes is None:
        edition.refresh_from_db()
        after = {
            "description": _description(edition),
            "records": {str(e.pk): [r.pk for r in _records_of(e)] for e in (edition, other)},
        }
    return CatalogDecision.objects.create(
        kind=kind, edition=edition, other=other, by=by[:150], before=before, after=after, undoes=undoes
    )


def _pin(decision: CatalogDecision, edition: Edition, records: list[SourceRecord], *, side: int) -> None:
    pins = [Pin(decision=decision, record=record, side=side) for record in records]
    Pin.objects.bulk_create(pins or [Pin(decision=decision, edition=edition, side=side)])


def _settle_pair(a: Edition, b: Edition, state: PairState, by: str) -> dict[str, Any] | None:
    """Mark the pair as decided; returns what it was, or None where the queue did not have it."""
    pair = ReviewPair.objects.between(a.pk, b.pk).select_for_update().first()
    was = None
    if pair is None:
        pair = ReviewPair(first_id=min(a.pk, b.pk), second_id=max(a.pk, b.pk), rule=DECIDED)
    else:
        at = pair.decided_at.isoformat() if pair.decided_at else None
        was = {"state": pair.state, "decided_by": pair.decided_by, "decided_at": at}
    pair.state, pair.decided_by, pair.decided_at = state, by[:150], timezone.now()
    pair.save()
    return was


def _restore_pair(decision: CatalogDecision) -> None:
    if "pair" not in decision.before:
        return
    pairs = ReviewPair.objects.between(decision.edition_id, decision.other_id)
    if was := decision.before["pair"]:
        pairs.update(**was)
    else:
        pairs.delete()


def _pairs_follow(other: Edition, keep: Edition) -> dict[str, list[int]]:
    """Open questions about an edition that is merged away become questions about the one it is merged into.

    Where the queue asks about that one already, the question stays behind and sleeps. Returns what the pairs were.
    """
    were = {}
    for pair in ReviewPair.objects.filter(state=PairState.OPEN, first=other) | ReviewPair.objects.filter(
        state=PairState.OPEN, second=other
    ):
        third = pair.second_id if pair.first_id == other.pk else pair.first_id
        if third == keep.pk or ReviewPair.objects.between(keep.pk, third).exists():
            continue
        were[str(pair.pk)] = [pair.first_id, pair.second_id]
        pair.first_id, pair.second_id = min(keep.pk, third), max(keep.pk, third)
        pair.save(update_fields=["first", "second"])
    return were
