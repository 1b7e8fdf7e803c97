"""扫码记录: what a librarian scanned, and what came of it; forgotten after some days."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import MemberLibrary
from readers.models import User
from requests_app.models.requests import LoanRequest


class ScanOutcome(models.TextChoices):
    WAITING = "waiting", _("等待确认")
    DONE = "done", _("已办理")
    REFUSED = "refused", _("未办理")
    UNKNOWN = "unknown", _("无法识别")
    OPENED = "opened", _("已打开")
    UNDONE = "undone", _("已撤回")


class Scan(models.Model):
    """One code read at one desk. `proposals` are the moves it may mean, written by requests_app.scanning.proposals."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("经办人"))
    library = models.ForeignKey(MemberLibrary, on_delete=models.CASCADE, related_name="+", verbose_name=_("经办馆"))
    at = models.DateTimeField(_("时间"), default=timezone.now)
    text = models.CharField(_("扫描内容"), max_length=200)
    outcome = models.CharField(_("结果"), max_length=10, choices=ScanOutcome)
    message = models.CharField(max_length=400, blank=True)
    proposals = models.JSONField(default=list, blank=True)
    # What was done: the move, and its place in the log of the request.
    request = models.ForeignKey(LoanRequest, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=30, blank=True)
    sequence = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("扫码记录")
        verbose_name_plural = pgettext_lazy("plural", "扫码记录")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "library", "-at"], name="scan_queue")]

    def __str__(self) -> str:
        return f"{self.text} {self.get_outcome_display()}"
