"""The back office site: Django's admin in unfold's clothes, open to librarians with an assignment."""

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class BackOfficeSite(UnfoldAdminSite):
    """Django's admin with the desk's own pages beside those of the models."""

    site_title = _("馆际互借事务管理系统")
    site_header = _("馆际互借事务管理系统")
    index_title = _("工作台")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Only active staff with an active assignment; everybody else is shown the login page."""
        return bool(request.user.is_active and request.user.is_staff and getattr(request, "desk", None))

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model."""
        from balis.desks.handover import handover
        from requests_app.statistics.views import monthly_statistics  # models are not loaded when this module is

        return [
            path("handover/<int:pk>/", self.admin_view(handover), name="handover"),
            path("statistics/", self.admin_view(monthly_statistics), name="requests_statistics"),
        ]
