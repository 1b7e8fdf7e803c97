"""App configuration. Accounts, readers and librarians."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadersConfig(AppConfig):
    name = "readers"
    verbose_name = _("读者与馆员")

    def ready(self) -> None:
        from readers import receivers  # noqa: F401  (connects the listeners)
