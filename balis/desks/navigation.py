"""The sidebar of the back office: one table, cut to what the active desk may open."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balis.desks.counts import counts_of
from catalog.review.selectors import waiting_count
from catalog.scoping import desk_of
from requests_app.backoffice.queues import ALL_OPEN, QUEUES, DeskSide


@dataclass(frozen=True)
class Item:
    """One line. `target` is a model (`app.Model`, its list is opened) or the name of an address."""

    title: Promise
    icon: str
    target: str
    query: str = ""
    desk: str = ""  # the line of one desk of the request list: active only there
    center_only: bool = False
    library_only: bool = False  # work with books in the hand, of which the center has none


SIDEBAR: tuple[tuple[Promise | str, tuple[Item, ...]], ...] = (
    (
        "",
        (
            Item(_("工作台"), "space_dashboard", "admin:index"),
            Item(_("扫码即办"), "barcode_scanner", "admin:requests_scan", library_only=True),
            Item(_("借还台"), "sync_alt", "admin:counter", library_only=True),
            Item(_("打印书单"), "print", "admin:requests_slips", library_only=True),
            Item(pgettext_lazy("plural", "包裹"), "package_2", "admin:requests_parcels"),
        ),
    ),
    (
        pgettext_lazy("plural", "申请单"),
        (
            Item(_("出借台"), "outbox", "requests_app.LoanRequest", f"desk=lender&queue={ALL_OPEN}", DeskSide.LENDER),
            Item(_("借入台"), "inbox", "requests_app.LoanRequest", f"desk=home&queue={ALL_OPEN}", DeskSide.HOME),
            Item(_("全部申请单"), "list_alt", "requests_app.LoanRequest", "", "all"),
        ),
    ),
    (
        pgettext_lazy("plural", "读者"),
        (
            Item(_("读者审核"), "how_to_reg", "readers.Reader"),
            Item(pgettext_lazy("plural", "罚款"), "payments", "notices.Fine"),
            Item(_("读者名单"), "list_alt_check", "readers.RosterEntry"),
        ),
    ),
    (
        _("馆藏与目录"),
        (
            Item(pgettext_lazy("plural", "书目"), "menu_book", "catalog.Edition"),
            Item(_("馆藏"), "shelves", "catalog.Holding"),
            Item(_("导入馆藏"), "upload_file", "catalog.ImportRun"),
            Item(_("归并待审"), "call_merge", "catalog.ReviewPair", center_only=True),
            Item(_("馆藏字段配置"), "tune", "catalog.HoldingsProfile"),
            Item(_("修改记录"), "history", "catalog.CatalogChange"),
            Item(pgettext_lazy("plural", "成员馆"), "account_balance", "catalog.MemberLibrary"),
        ),
    ),
    (
        _("通知"),
        (
            Item(_("最新动态"), "newspaper", "notices.News"),
            Item(_("公告信息"), "campaign", "notices.Announcement"),
            Item(_("邮件"), "mail", "notices.Email"),
            Item(_("系统消息"), "chat", "notices.SystemMessage"),
            Item(_("门户页面"), "article", "notices.Page", center_only=True),
        ),
    ),
    (
        _("统计"),
        (
            Item(_("月度统计"), "monitoring", "admin:requests_statistics", center_only=True),
            Item(_("本馆月报"), "monitoring", "admin:requests_statistics", library_only=True),
        ),
    ),
    (
        _("设置"),
        (
            Item(_("本馆设置"), "settings", "admin:library_settings", library_only=True),
            Item(_("出借政策"), "policy", "requests_app.LendingPolicy"),
            Item(_("借入政策"), "rule_settings", "requests_app.BorrowingPolicy"),
            Item(_("注册与办证规则"), "app_registration", "readers.RegistrationPolicy"),
            Item(pgettext_lazy("plural", "读者类型"), "groups", "readers.ReaderType"),
            Item(_("闭馆"), "event_busy", "requests_app.Closure"),
            Item(_("暂停服务"), "pause_circle", "catalog.ServicePause"),
            Item(_("馆员任职"), "badge", "readers.Assignment"),
            Item(pgettext_lazy("plural", "账号"), "manage_accounts", "readers.User"),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups as unfold wants them, without what this desk may not open."""
    desk = desk_of(request)
    if desk is None:
        return []
    groups = []
    for title, items in SIDEBAR:
        shown = [_drawn(request, item) for item in items if _may_open(request, item, desk.is_center)]
        if shown:
            groups.append({"title": title, "separator": False, "collapsible": False, "items": shown})
    return groups


def _may_open(request: HttpRequest, item: Item, is_center: bool) -> bool:
    if (item.center_only and not is_center) or (item.library_only and is_center):
        return False
    if ":" in item.target:
        return True
    model = apps.get_model(item.target)
    if not admin.site.is_registered(model):
        return False
    model_admin = admin.site.get_model_admin(model)
    return model_admin.has_module_permission(request) and model_admin.has_view_permission(request)


def _drawn(request: HttpRequest, item: Item) -> dict[str, Any]:
    if ":" in item.target:
        address = reverse(item.target)
        active = request.path == address
    else:
        meta = apps.get_model(item.target)._meta
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        active = request.path.startswith(address)
        if item.desk:
            chosen = request.GET.get("desk", "")
            active = request.path == address and item.desk == (chosen if chosen in QUEUES else "all")
    drawn: dict[str, Any] = {
        "title": item.title,
        "icon": item.icon,
        "link": f"{address}?{item.query}" if item.query else address,
        "active": active,
    }
    number = _waiting(request, item)
    if number:
        drawn |= {"badge": str(number), "badge_variant": "primary"}
    return drawn


def _waiting(request: HttpRequest, item: Item) -> int:
    """What waits for this desk behind the line. Of the libraries' work the center watches, without badges."""
    desk = desk_of(request)
    if desk is None:
        return 0
    if desk.is_center:
        return waiting_count() if item.target == "catalog.ReviewPair" else 0
    counts = counts_of(request)
    if item.target == "readers.Reader":
        return counts.for_readers
    if item.desk in QUEUES:
        return sum(queue_count.count for queue_count in counts.for_us(item.desk).values())
    return 0
