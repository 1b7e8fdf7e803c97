"""What the review pages show: the queue's numbers, two editions field by field, the records and history of one."""

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from catalog.isbn import hyphenate
from catalog.models import (
    CatalogDecision,
    DecisionKind,
    Edition,
    Holding,
    MemberLibrary,
    PairState,
    ReviewPair,
    SourceRecord,
)
from catalog.review.reasons import placed_text
from catalog.vocabulary import language_label

_WAITING_KEY = "catalog-review-waiting"
_WAITING_SECONDS = 60
_SHOWN_DECISIONS = 50


@dataclass(frozen=True)
class Piece:
    """Part of a value; `differs` where the other side says something else."""

    text: str
    differs: bool = False


@dataclass(frozen=True)
class Row:
    """One field of two editions. `state` is same, differs, or one (only one side says anything)."""

    label: str
    left: list[Piece]
    right: list[Piece]
    state: str


@dataclass(frozen=True)
class Held:
    """What one library has of an edition."""

    library: MemberLibrary
    copies: list[Holding]
    records: list[SourceRecord]

    @property
    def placed(self) -> list[tuple[SourceRecord, str]]:
        """Each record with the reason why it belongs to its edition."""
        return [(record, placed_text(record.match_rule)) for record in self.records]


_FIELDS: tuple[tuple[str, Any], ...] = (
    ("title", _("题名")), ("volume", _("卷册")), ("subtitle", _("副题名")), ("parallel_title", _("并列题名")),
    ("other_titles", _("其他题名")), ("responsibility", _("责任说明")), ("authors", _("作者")),
    ("edition_statement", _("版本项")), ("place", _("出版地")), ("publisher", _("出版社")), ("year_text", _("出版年")),
    ("extent", _("载体形态")), ("series", _("丛书")), ("isbns", _("ISBN")), ("issn", _("ISSN")),
    ("unified_number", _("统一书号")), ("price", _("价格")), ("language", _("作品语种")),
    ("material_type", _("资料类型")), ("clc", _("中图分类号")), ("subjects", _("主题")), ("notes", _("附注")),
    ("abstract", _("提要")),
)  # fmt: skip


def waiting_count() -> int:
    """How many pairs wait for the center; up to a minute old, since every page of the back office asks."""
    count: int | None = cache.get(_WAITING_KEY)
    if count is None:
        count = ReviewPair.objects.waiting().count()
        cache.set(_WAITING_KEY, count, _WAITING_SECONDS)
    return count


def forget_waiting_count() -> None:
    cache.delete(_WAITING_KEY)


def counts_by_state() -> dict[str, int]:
    """Numbers of the tabs: waiting pairs, and decided ones. Two statements."""
    decided = ReviewPair.objects.exclude(state=PairState.OPEN).order_by().values_list("state").annotate(Count("pk"))
    return {PairState.OPEN.value: ReviewPair.objects.waiting().count(), **dict(decided)}


def rules_waiting() -> list[tuple[str, int]]:
    """Why pairs wait, the most frequent reason first."""
    counted = ReviewPair.objects.waiting().order_by().values_list("rule").annotate(number=Count("pk"))
    return list(counted.order_by("-number", "rule"))


def next_waiting(after: ReviewPair | None = None) -> ReviewPair | None:
    """The pair to look at next, in the order of the queue."""
    waiting = ReviewPair.objects.waiting().order_by("-score", "pk")
    if after is not None:
        later = waiting.filter(score=after.score, pk__gt=after.pk).first() or waiting.filter(score__lt=after.score)
        if isinstance(later, ReviewPair):
            return later
        if found := later.first():
            return found
        waiting = waiting.exclude(pk=after.pk)
    return waiting.first()


def compared(left: Edition, right: Edition) -> list[Row]:
    """Every field that one of the two states, in the order of a catalogue card."""
    rows = []
    for name, label in _FIELDS:
        a, b = _shown(left, name), _shown(right, name)
        if not a and not b:
            continue
        if not a or not b:
            rows.append(Row(str(label), [Piece(a)] if a else [], [Piece(b)] if b else [], "one"))
        elif fold(a).replace(" ", "") == fold(b).replace(" ", ""):
            rows.append(Row(str(label), [Piece(a)], [Piece(b)], "same"))
        else:
            rows.append(Row(str(label), *_pieces(a, b), "differs"))
    return rows


def held(editions: list[Edition]) -> dict[int, list[Held]]:
    """For each edition its libraries with copies and records. Two statements for all of them."""
    ids = [edition.pk for edition in editions]
    copies: dict[tuple[int, int], list[Holding]] = defaultdict(list)
    records: dict[tuple[int, int], list[SourceRecord]] = defaultdict(list)
    libraries: dict[int, MemberLibrary] = {}
    for holding in Holding.objects.present().filter(edition__in=ids).select_related("library"):
        copies[holding.edition_id, holding.library_id].append(holding)
        libraries[holding.library_id] = holding.library
    for record in SourceRecord.objects.filter(edition__in=ids).select_related("library").defer("raw").order_by("pk"):
        if record.edition_id is not None:
            records[record.edition_id, record.library_id].append(record)
            libraries[record.library_id] = record.library
    places = sorted({*copies, *records}, key=lambda place: libraries[place[1]].code)
    return {
        pk: [
            Held(libraries[library], copies[pk, library], records[pk, library])
            for edition, library in places
            if edition == pk
        ]
        for pk in ids
    }


def decisions_about(*editions: Edition) -> list[CatalogDecision]:
    """The latest decisions about these editions, newest first, each with what undid it."""
    about = CatalogDecision.objects.none()
    for edition in editions:
        about = about | CatalogDecision.objects.about(edition)
    return list(
        about.exclude(kind=DecisionKind.UNDO)
        .select_related("edition", "other", "undone_by")
        .order_by("-pk")[:_SHOWN_DECISIONS]
    )


def decision_between(a: Edition, b: Edition) -> CatalogDecision | None:
    """The decision in force about these two, if any."""
    return CatalogDecision.objects.in_force().about(a).filter(pk__in=CatalogDecision.objects.about(b)).first()


def _shown(edition: Edition, name: str) -> str:
    value = getattr(edition, name)
    if name == "isbns":
        return "；".join(hyphenate(isbn) for isbn in value)
    if name == "year_text":
        return str(value or edition.year or "")
    if name == "language":
        return language_label(value) if value else ""
    if name == "material_type":
        return str(edition.get_material_type_display())
    return "；".join(value) if isinstance(value, list) else str(value)


def _pieces(a: str, b: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts cut where they part; long texts, which would take long to align, differ as a whole."""
    if len(a) + len(b) > 1200:
        return [Piece(a, differs=True)], [Piece(b, differs=True)]
    left, right = [], []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if a2 > a1:
            left.append(Piece(a[a1:a2], kind != "equal"))
        if b2 > b1:
            right.append(Piece(b[b1:b2], kind != "equal"))
    return left, right
