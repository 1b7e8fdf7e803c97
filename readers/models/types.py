"""读者类型: the kinds of readers one home library distinguishes, each with its own limit."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary


class ReaderTypeQuerySet(models.QuerySet["ReaderType"]):
    def active(self) -> "ReaderTypeQuerySet":
        """Types that a librarian may still give."""
        return self.filter(active=True)


class ReaderType(models.Model):
    """One kind of reader at one home library (教师, 研究生 …).

    `max_open_requests` is None where the library's own limit holds. A type that is no longer active stays with the
    readers who have it, and so does its limit.
    """

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.CASCADE, related_name="reader_types", verbose_name=_("成员馆")
    )
    name = models.CharField(_("读者类型"), max_length=40)
    max_open_requests = models.PositiveSmallIntegerField(
        _("最多同时借阅册数"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("留空则按本馆借入政策的册数。"),
    )
    active = models.BooleanField(_("在用"), default=True)

    objects = ReaderTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("读者类型")
        verbose_name_plural = pgettext_lazy("plural", "读者类型")
        ordering = ["library__code", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "name"],
                name="reader_type_once_per_library",
                violation_error_message=_("本馆已有这个读者类型。"),
            ),
            models.CheckConstraint(
                condition=models.Q(max_open_requests__isnull=True) | models.Q(max_open_requests__gte=1),
                name="reader_type_limit_at_least_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name
