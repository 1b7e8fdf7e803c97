"""Who changed what in the catalogue by hand: an append-only log beside the libraries' files."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.bibliography import Edition, Holding
from catalog.models.libraries import MemberLibrary


class ChangeKind(models.TextChoices):
    BOOK_ADDED = "book_added", _("新增书目")
    COPY_ADDED = "copy_added", _("新增馆藏")
    CORRECTED = "corrected", _("更正")
    RELEASED = "released", _("恢复按文件更新")
    HIDDEN = "hidden", _("不再显示")
    SHOWN = "shown", _("恢复显示")
    PROFILE = "profile", _("修改馆藏字段配置")


class CatalogChangeQuerySet(models.QuerySet["CatalogChange"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("the log of the catalogue is append-only")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("the log of the catalogue is append-only")

    def visible_to(self, library: MemberLibrary | None) -> "CatalogChangeQuerySet":
        """What a desk may read: its own library's changes and those of editions; the center (None) reads all."""
        return self if library is None else self.filter(Q(library=library) | Q(library__isnull=True))


class CatalogChange(models.Model):
    """One value changed by one person; `before` and `after` are as people read them.

    `library` owns what was changed (none for an edition), `desk` is where the person sat (none for the center).
    """

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    by = models.CharField(_("经办人"), max_length=150)
    desk = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("工作台")
    )
    kind = models.CharField(_("事项"), max_length=20, choices=ChangeKind)
    library = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("成员馆")
    )
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="changes", verbose_name=_("书目")
    )
    holding = models.ForeignKey(
        Holding, null=True, blank=True, on_delete=models.PROTECT, related_name="changes", verbose_name=_("馆藏")
    )
    field = models.CharField(_("字段"), max_length=40, blank=True)
    before = models.TextField(_("原值"), blank=True)
    after = models.TextField(_("新值"), blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    objects = CatalogChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("修改记录")
        verbose_name_plural = _("修改记录")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.field}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the log of the catalogue is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the log of the catalogue is append-only")
