"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from balis import health

urlpatterns = [
    path("", include("notices.urls")),
    path("catalog/", include("catalog.urls")),
    path("readers/", include("readers.urls")),
    path("requests/", include("requests_app.urls")),
    path("backoffice/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain"), name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
