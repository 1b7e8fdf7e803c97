"""The look of the back office: the UNFOLD setting. Colours are those of the portal (static/css/balis.css)."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _


def _stylesheet(request: HttpRequest) -> str:
    return static("css/backoffice.css")


def _script(request: HttpRequest) -> str:
    return static("js/backoffice.js")


def _favicon(request: HttpRequest) -> str:
    return static("img/seal.svg")


def _login_image(request: HttpRequest) -> str:
    return static("img/backoffice-shelves.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("馆际互借事务管理系统"),
    "SITE_HEADER": _("馆际互借"),
    "SITE_SUBHEADER": _("BALIS 事务管理系统"),
    "SITE_SYMBOL": "local_library",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "THEME": "light",
    "BORDER_RADIUS": "6px",
    "STYLES": [_stylesheet],
    "SCRIPTS": [_script],
    "GLOBAL_CALLBACK": "balis.desks.header.desk_context",
    "DASHBOARD_CALLBACK": "balis.desks.dashboard.dashboard_callback",
    "LOGIN": {"image": _login_image},
    "COLORS": {
        "base": {
            "50": "oklch(97.8% .004 200)",
            "100": "oklch(96% .006 200)",
            "200": "oklch(91.5% .009 200)",
            "300": "oklch(86% .012 205)",
            "400": "oklch(70% .018 210)",
            "500": "oklch(54% .022 215)",
            "600": "oklch(44% .024 218)",
            "700": "oklch(36.5% .026 220)",
            "800": "oklch(28% .026 222)",
            "900": "oklch(22% .026 224)",
            "950": "oklch(14% .022 226)",
        },
        "primary": {
            "50": "oklch(97.4% .012 215)",
            "100": "oklch(94.6% .022 217)",
            "200": "oklch(89.5% .04 219)",
            "300": "oklch(81% .062 221)",
            "400": "oklch(68% .078 224)",
            "500": "oklch(54% .082 227)",
            "600": "oklch(43% .074 229)",
            "700": "oklch(36.5% .064 230)",
            "800": "oklch(31% .053 231)",
            "900": "oklch(26.5% .043 232)",
            "950": "oklch(19% .033 233)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": "balis.desks.navigation.sidebar",
    },
}
