"""How a library's file is read (HoldingsProfile) and each import of one, from upload to report (ImportRun)."""

import os
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.import_states import FINAL_STATES, ImportState
from catalog.models.libraries import MemberLibrary


class HoldingsProfile(models.Model):
    """Where one library keeps its copies inside its MARC records; interpreted by catalog/marc/holdings.py."""

    library = models.OneToOneField(
        MemberLibrary, on_delete=models.CASCADE, related_name="holdings_profile", verbose_name=_("成员馆")
    )
    rules = models.JSONField(_("规则"), default=dict, blank=True)
    status_words = models.JSONField(_("流通情况用词"), default=dict, blank=True)
    encoding = models.CharField(
        _("文件编码"),
        max_length=10,
        choices=[("auto", _("自动判断")), ("utf-8", "UTF-8"), ("gb18030", "GB18030 / GBK"), ("big5", "Big5"),
                 ("marc-8", "MARC-8")],
        default="auto",
        help_text=_("自动判断出错时在此指定，此后导入都按它解码。"),
    )  # fmt: skip
    # What most of the library's last file was in: where the bytes leave a doubt, it decides.
    usual_encoding = models.CharField(max_length=10, default="", db_default="", blank=True, editable=False)

    class Meta:
        verbose_name = _("馆藏字段配置")
        verbose_name_plural = _("馆藏字段配置")

    def __str__(self) -> str:
        return str(self.library)


class ImportStorage(FileSystemStorage):
    """MEDIA_ROOT/imports: no address leads to these files, and only the portal's own account reads them."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        return str(Path(settings.MEDIA_ROOT) / "imports")

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)  # noqa: PTH100  (what Django's storage itself does)

    def url(self, name: str | None) -> str:
        raise ValueError("files of imports are not served")


def upload_name(run: "ImportRun", name: str) -> str:
    """A name of our own: what the librarian's file was called stays in `file_name`."""
    return f"{run.library.code}/{uuid.uuid4().hex}"


class ImportRun(models.Model):
    """One file of one library on its way into the catalogue: uploaded, looked at, queued, read, reported.

    Files loaded by `manage.py import_marc` have a row without `upload`. The steps between states are those of
    catalog/import_states.py; catalog/jobs.py takes them.
    """

    library = models.ForeignKey(
        MemberLibrary, on_delete=models.PROTECT, related_name="import_runs", verbose_name=_("成员馆")
    )
    file_name = models.CharField(_("文件"), max_length=300)
    upload = models.FileField(
        storage=ImportStorage(), upload_to=upload_name, max_length=120, blank=True, editable=False
    )
    size = models.BigIntegerField(_("文件大小"), default=0, editable=False)  # bytes
    expected = models.PositiveIntegerField(default=0, editable=False)  # records, counted roughly at upload
    by = models.CharField(_("经办人"), max_length=150, blank=True)
    syntax = models.CharField(_("格式"), max_length=10, default="auto")
    encoding = models.CharField(_("编码"), max_length=20, default="auto")
    replace = models.BooleanField(_("整库替换"), default=False)
    force = models.BooleanField(default=False, editable=False)  # replace, however much would vanish
    state = models.CharField(_("状态"), max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    cancel_asked = models.BooleanField(default=False, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    earlier = models.JSONField(default=list, editable=False)  # figures of attempts that did not reach the end
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    queued_at = models.DateTimeField(_("排队时间"), null=True, blank=True)
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    report = models.JSONField(_("报告"), default=dict, blank=True)

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["library"],
                condition=Q(state=ImportState.RUNNING) & ~Q(upload=""),
                name="one_import_runs_per_library",
            )
        ]

    def __str__(self) -> str:
        return f"{self.library} {self.file_name}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def has_file(self) -> bool:
        return bool(self.upload.name) and self.upload.storage.exists(str(self.upload.name))

    @property
    def upload_path(self) -> Path:
        return Path(self.upload.path)

    @property
    def percent(self) -> int | None:
        """How far the reading has come, by the rough count made at upload; None where that count is unknown."""
        read = int(self.report.get("read", 0))
        return min(99, read * 100 // self.expected) if self.expected else None

    @property
    def error(self) -> str:
        return str(self.report.get("error", ""))

    def close(self, *, state: ImportState, report: dict[str, Any]) -> None:
        """The end of a reading, good or bad."""
        self.state, self.report, self.finished_at = state, report, timezone.now()
        self.save(update_fields=["state", "report", "finished_at"])
