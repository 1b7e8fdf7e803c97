"""App configuration of the project itself and of the back office."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BalisConfig(AppConfig):
    name = "balis"
    verbose_name = "BALIS"


class BackOfficeConfig(AdminConfig):
    default_site = "balis.backoffice.BackOfficeSite"
