"""The back office site: Django's admin in unfold's clothes, open to librarians with an assignment."""

from typing import Any

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

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Of one app alone: the theme asks for all with every page, but the sidebar is balis/desks/navigation.py."""
        return super().get_app_list(request, app_label) if app_label else []

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model."""
        from balis.desks.counter import counter_fine, counter_reader, counter_start
        from balis.desks.handover import handover
        from balis.desks.library_page import library_contacts, library_settings
        from requests_app.parcels import views as parcels
        from requests_app.scanning import views as scanning
        from requests_app.slips import views as slips
        from requests_app.statistics.views import monthly_statistics  # models are not loaded when this module is

        return [
            path("handover/<int:pk>/", self.admin_view(handover), name="handover"),
            path("library/", self.admin_view(library_settings), name="library_settings"),
            path("library/contacts/", self.admin_view(library_contacts), name="library_contacts"),
            path("scan/", self.admin_view(scanning.scan_desk), name="requests_scan"),
            path("scan/direct/", self.admin_view(scanning.scan_direct), name="requests_scan_direct"),
            path("scan/<int:pk>/confirm/", self.admin_view(scanning.scan_confirm), name="requests_scan_confirm"),
            path("scan/<int:pk>/undo/", self.admin_view(scanning.scan_undo), name="requests_scan_undo"),
            path("counter/", self.admin_view(counter_start), name="counter"),
            path("counter/<int:pk>/", self.admin_view(counter_reader), name="counter_reader"),
            path("counter/<int:pk>/fine/<int:fine_pk>/", self.admin_view(counter_fine), name="counter_fine"),
            path("slips/", self.admin_view(slips.slips), name="requests_slips"),
            path("slips/print/", self.admin_view(slips.print_slips), name="requests_slips_print"),
            path("parcels/", self.admin_view(parcels.parcels), name="requests_parcels"),
            path("parcels/to/<slug:code>/", self.admin_view(parcels.parcel_new), name="requests_parcel_new"),
            path("parcels/<int:pk>/", self.admin_view(parcels.parcel), name="requests_parcel"),
            path("parcels/<int:pk>/end/", self.admin_view(parcels.parcel_end), name="requests_parcel_end"),
            path("parcels/<int:pk>/<slug:paper>/", self.admin_view(parcels.parcel_paper), name="requests_parcel_paper"),
            path("statistics/", self.admin_view(monthly_statistics), name="requests_statistics"),
        ]
