"""How a library's file is read (HoldingsProfile) and what each reading of one brought (ImportRun)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.libraries import MemberLibrary


class HoldingsProfile(models.Model):
    """Where one library keeps its copies inside its MARC records; interpreted by catalog/marc/holdings.py."""

    library = models.OneToOneField(
        MemberLibrary, on_delete=models.CASCADE, related_name="holdings_profile", verbose_name=_("成员馆")
    )
    rules = models.JSONField(_("规则"), default=dict, blank=True)
    status_words = models.JSONField(_("流通情况用词"), default=dict, blank=True)

    class Meta:
        verbose_name = _("馆藏字段配置")
        verbose_name_plural = _("馆藏字段配置")

    def __str__(self) -> str:
        return str(self.library)


class ImportRun(models.Model):
    """One file of one library, read once: what came in, what did not, and why."""

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="import_runs", verbose_name=_("成员馆")
    )
    file_name = models.CharField(_("文件"), max_length=300)
    by = models.CharField(_("经办人"), max_length=150, blank=True)
    started_at = models.DateTimeField(_("开始时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    report = models.JSONField(_("报告"), default=dict, blank=True)

    class Meta:
        verbose_name = _("导入记录")
        verbose_name_plural = _("导入记录")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.library} {self.file_name}"
