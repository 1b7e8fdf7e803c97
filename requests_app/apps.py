"""App configuration. Requests, their life and their figures."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests_app"
    verbose_name = _("馆际互借")

    def ready(self) -> None:
        from requests_app import receivers  # noqa: F401  (connects the listeners)
