"""The review queue's entrance: an import hands over the pairs its rules could not decide."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import ReviewPair


@dataclass(frozen=True, slots=True)
class Doubt:
    """`record_id` is the record that came in; `edition_id` where it is now, `other_id` where it might belong."""

    edition_id: int
    other_id: int
    record_id: int | None
    rule: str
    score: float


def record_doubts(doubts: Iterable[Doubt]) -> None:
    """Queue these pairs, in one statement; a pair that is already known stays as it is, decided or not.

    Runs in the caller's transaction, after the editions have their ids.
    """
    pairs = {
        (min(d.edition_id, d.other_id), max(d.edition_id, d.other_id)): d for d in doubts if d.edition_id != d.other_id
    }
    ReviewPair.objects.bulk_create(
        [
            ReviewPair(first_id=first, second_id=second, record_id=d.record_id, rule=d.rule[:60], score=d.score)
            for (first, second), d in sorted(pairs.items())
        ],
        ignore_conflicts=True,
    )
