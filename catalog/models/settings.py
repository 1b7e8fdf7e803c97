"""Who changed which setting of a library, when, from what to what: an append-only log."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.libraries import MemberLibrary


class SettingChangeQuerySet(models.QuerySet["SettingChange"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("the log of settings is append-only")

    def of(self, library: MemberLibrary | None) -> "SettingChangeQuerySet":
        """What concerns that library: its own settings, and those of all libraries; None: everything."""
        return self if library is None else self.filter(models.Q(library=library) | models.Q(library__isnull=True))


class SettingChange(models.Model):
    """One value. `library` is whose setting it is (none: of all), `subject` what kind of row, `row` which one."""

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    by = models.CharField(_("经办人"), max_length=150)
    desk = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("工作台")
    )
    library = models.ForeignKey(
        MemberLibrary, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("成员馆")
    )
    model = models.CharField(max_length=60)  # app.model of what was changed
    subject = models.CharField(_("事项"), max_length=60)
    row = models.CharField(_("内容"), max_length=200, blank=True)
    field = models.CharField(_("字段"), max_length=60, blank=True)
    before = models.TextField(_("原值"), blank=True)
    after = models.TextField(_("新值"), blank=True)

    objects = SettingChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("设置修改记录")
        verbose_name_plural = _("设置修改记录")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["library", "-at", "-id"], name="setting_change_library")]

    def __str__(self) -> str:
        return f"{self.subject} {self.field}".strip()
