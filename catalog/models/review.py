"""Where rules end and people decide: pairs in doubt, what the center decided about editions, and the pins it left."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.bibliography import Edition, SourceRecord


class PairState(models.TextChoices):
    OPEN = "open", _("待审")
    MERGED = "merged", _("已合并")
    KEPT_APART = "apart", _("已分开")


class ReviewPairQuerySet(models.QuerySet["ReviewPair"]):
    def between(self, a: int, b: int) -> "ReviewPairQuerySet":
        """The pair of these two editions, whichever is named first."""
        return self.filter(first=min(a, b), second=max(a, b))

    def waiting(self) -> "ReviewPairQuerySet":
        """Pairs that still ask something: undecided, and both editions are shown to readers."""
        return self.filter(
            state=PairState.OPEN,
            first__merged_into__isnull=True,
            first__hidden=False,
            second__merged_into__isnull=True,
            second__hidden=False,
        )


class ReviewPair(models.Model):
    """待审书目对: two editions that may be one; the rules found reasons for both. `first` is the older id."""

    first = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+", verbose_name=_("书目甲"))
    second = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="+", verbose_name=_("书目乙"))
    record = models.ForeignKey(
        SourceRecord, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("来源记录")
    )
    rule = models.CharField(_("存疑原因"), max_length=60)
    score = models.FloatField(_("题名相似度"), default=0.0)  # 0 to 1
    state = models.CharField(_("状态"), max_length=10, choices=PairState, default=PairState.OPEN)
    created_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    decided_by = models.CharField(_("决定人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    objects = ReviewPairQuerySet.as_manager()

    class Meta:
        verbose_name = _("归并待审")
        verbose_name_plural = _("归并待审")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="review_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="review_pair_older_first"),
        ]
        indexes = [models.Index(fields=["state", "-score", "id"], name="review_pair_queue")]

    def __str__(self) -> str:
        return f"{self.first_id} / {self.second_id}"


class DecisionKind(models.TextChoices):
    MERGE = "merge", _("合并")
    SPLIT = "split", _("拆分")
    APART = "apart", _("分开")
    UNDO = "undo", _("撤销")


class CatalogDecisionQuerySet(models.QuerySet["CatalogDecision"]):
    def in_force(self) -> "CatalogDecisionQuerySet":
        """Decisions that nobody has undone."""
        return self.exclude(kind=DecisionKind.UNDO).filter(undone_by__isnull=True)

    def about(self, edition: Edition) -> "CatalogDecisionQuerySet":
        return self.filter(Q(edition=edition) | Q(other=edition))

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("decisions are only added")

    def delete(self) -> NoReturn:
        raise TypeError("decisions are only added")


class CatalogDecision(models.Model):
    """编目决定: one decision of a person about two editions, with the grouping before and after. Only added.

    `edition` is the one that keeps its id, `other` the one that was merged into it, split off it, or kept apart from
    it. `before` and `after` are written and read by catalog/review/services.py only.
    """

    kind = models.CharField(_("决定"), max_length=10, choices=DecisionKind)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", verbose_name=_("书目"))
    other = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+", verbose_name=_("另一书目"))
    by = models.CharField(_("决定人"), max_length=150)
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by", verbose_name=_("撤销的决定")
    )

    objects = CatalogDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("编目决定")
        verbose_name_plural = _("编目决定")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.UNDO, undoes__isnull=False)
                | (~Q(kind=DecisionKind.UNDO) & Q(undoes__isnull=True)),
                name="decision_undo_names_what",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.edition_id} / {self.other_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise TypeError("decisions are only added")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("decisions are only added")


class PinQuerySet(models.QuerySet["Pin"]):
    def in_force(self) -> "PinQuerySet":
        """Pins that bind an import: of decisions that nobody has undone, of records that are still the same book."""
        return self.filter(decision__undone_by__isnull=True, lapsed_at__isnull=True)


class Pin(models.Model):
    """On which side of a decision a record stood.

    While the decision is in force, the records of a merge belong together, and those of the two sides of a split or
    of a pair kept apart never meet in one edition, whatever an import finds (catalog/review/pins.py). An edition
    without records (entered by hand) is pinned itself. A record that turned into another book is bound no more:
    `lapsed_at`.
    """

    decision = models.ForeignKey(CatalogDecision, on_delete=models.PROTECT, related_name="pins")
    record = models.ForeignKey(SourceRecord, null=True, on_delete=models.CASCADE, related_name="pins")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.CASCADE, related_name="+")
    side = models.PositiveSmallIntegerField()  # 0: of decision.edition, 1: of decision.other
    lapsed_at = models.DateTimeField(null=True)

    objects = PinQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(record__isnull=True, edition__isnull=False) | Q(record__isnull=False, edition__isnull=True),
                name="pin_holds_one_thing",
            ),
            models.CheckConstraint(condition=Q(side__in=(0, 1)), name="pin_side_is_0_or_1"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.record_id or self.edition_id}"
