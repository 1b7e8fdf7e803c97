"""The life of one import: its states, and the one table of steps between them."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("待确认")
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("导入中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")
    CANCELLED = "cancelled", _("已取消")


@dataclass(frozen=True)
class Step:
    """`label` is what the button says; steps without one are taken by the machine."""

    verb: str
    from_states: tuple[ImportState, ...]
    to_state: ImportState
    label: Promise | str = ""


_S = ImportState
STEPS: dict[str, Step] = {
    step.verb: step
    for step in (
        Step("start", (_S.UPLOADED,), _S.QUEUED, _("开始导入")),
        Step("claim", (_S.QUEUED,), _S.RUNNING),
        Step("finish", (_S.RUNNING,), _S.DONE),
        Step("fail", (_S.RUNNING,), _S.FAILED),
        Step("stop", (_S.RUNNING,), _S.CANCELLED),  # asked for by a person, taken at the end of a batch
        Step("requeue", (_S.RUNNING,), _S.QUEUED),  # its worker is gone
        Step("cancel", (_S.UPLOADED, _S.QUEUED), _S.CANCELLED, _("取消")),
        Step("retry", (_S.FAILED, _S.CANCELLED), _S.QUEUED, _("重新导入")),
    )
}

OPEN_STATES = (_S.UPLOADED, _S.QUEUED, _S.RUNNING)
FINAL_STATES = (_S.DONE, _S.FAILED, _S.CANCELLED)
