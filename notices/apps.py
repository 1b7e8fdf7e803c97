"""App configuration. Who is told what."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "notices"
    verbose_name = _("通知与消息")

    def ready(self) -> None:
        from notices import receivers, reminders  # noqa: F401  (connect the listeners and the checks at sending)
