"""Back office of notices: what the center and the libraries publish, and the outbox to look into."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import linebreaksbr
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from catalog.scoping import ScopedModelAdmin, desk_of
from catalog.setting_history import KeepsHistory
from notices import fines, outbox
from notices.errors import FineRefused
from notices.models import Announcement, Email, EmailState, Fine, FineState, News, Page, SystemMessage
from notices.routing import SECRET
from readers.actors import actor_of_desk
from readers.models import ReaderState


@admin.register(News)
class NewsAdmin(ScopedModelAdmin):
    """最新动态: the center writes, everybody may read."""

    list_display = ("title", "published_at")
    search_fields = ("title",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Page)
class PageAdmin(ScopedModelAdmin):
    """门户页面: the center writes, everybody may read."""

    list_display = ("title", "slug", "position", "updated_at")
    search_fields = ("title", "text")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Announcement)
class AnnouncementAdmin(KeepsHistory, ScopedModelAdmin):
    """公告信息: a librarian writes for the own library, the center for any."""

    library_fields = ("library",)
    list_display = ("title", "library", "published_at")
    list_select_related = ("library",)
    search_fields = ("title",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A librarian has no choice of library, so no forged form can make one."""
        desk = desk_of(request)
        return () if desk is not None and desk.is_center else ("library",)

    def save_model(self, request: HttpRequest, obj: Announcement, form: ModelForm, change: bool) -> None:
        desk = desk_of(request)
        if not change and desk is not None and desk.library is not None:
            obj.library = desk.library
        super().save_model(request, obj, form, change)


class ReadOnlyAdmin(ScopedModelAdmin):
    """Rows that the system writes and people only look at."""

    @admin.display(description=gettext_lazy("正文"))
    def text_as_written(self, row: Email | SystemMessage) -> str:
        if isinstance(row, Email) and row.kind in SECRET:
            return _("这封邮件里有收件人的一次性链接，不显示正文。")
        return linebreaksbr(row.text)

    readonly_fields: tuple[str, ...] = ("text_as_written",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    """邮件: what was written to whom and what became of it; failed ones can be sent again."""

    library_fields = ("library",)
    list_display = ("created_at", "to", "subject", "state", "attempts", "sent_at")
    list_display_links = ("subject",)
    list_filter = ("state",)
    search_fields = ("to", "subject", "request_number")
    fields = (
        "state", "to", "subject", "text_as_written", "sender_name", "reply_to", "library", "reader", "request_number",
        "created_at", "attempts", "next_attempt_at", "sent_at", "last_error",
    )  # fmt: skip
    actions = ("resend_selected",)
    change_form_outer_before_template = "notices/backoffice/email_resend.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("library", "reader")

    def get_urls(self) -> list[URLPattern]:
        resend = path(
            "<int:pk>/resend/", self.admin_site.admin_view(self.resend_view), name="notices_email_resend"
        )  # fmt: skip
        return [resend, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        email = context.get("original")
        context["may_resend"] = email is not None and email.state in (EmailState.FAILED, EmailState.UNADDRESSED)
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """重新发送 of one mail. POST only; a mail of another library does not exist."""
        email = self.get_queryset(request).filter(pk=pk).first()
        if email is None:
            raise Http404
        if outbox.resend(email=email):
            messages.success(request, _("已重新排队，马上发送。"))
        else:
            messages.error(request, _("没有重新发送：这封邮件不在失败状态，或者图书馆仍没有登记邮箱。"))
        return redirect(reverse("admin:notices_email_change", args=[pk]))

    @admin.action(description=gettext_lazy("重新发送"))
    def resend_selected(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        count = sum(outbox.resend(email=email) for email in queryset.select_related("library"))
        if count:
            text = ngettext("%(count)d封邮件已重新排队。", "%(count)d封邮件已重新排队。", count)
            messages.success(request, text % {"count": count})
        else:
            messages.warning(request, _("所选邮件中没有可以重新发送的。"))


@admin.register(SystemMessage)
class SystemMessageAdmin(ReadOnlyAdmin):
    """系统消息: what the own readers were told."""

    library_fields = ("reader__library",)
    list_display = ("created_at", "reader", "title", "sender", "read_at")
    list_display_links = ("title",)
    list_select_related = ("reader", "sender")
    search_fields = ("title", "request_number", "reader__name")
    fields = ("reader", "sender", "title", "text_as_written", "request_number", "created_at", "read_at")


def _sees_whose(request: HttpRequest, fine: Fine) -> bool:
    """Name and barcode: home and the center always, the lender until the fine is settled (product.md, People)."""
    desk = desk_of(request)
    if desk is None or fine.reader.state == ReaderState.CLOSED:
        return False
    return desk.is_center or fine.request.home_library == desk.library or fine.state == FineState.OPEN


ASSESS = "assess"  # the button beside the field for a sum


def _sum_in(text: str) -> Decimal:
    """The sum of money that somebody typed; what is no number is NaN, which `assess` refuses like any other non-sum."""
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return Decimal("NaN")


@admin.register(Fine)
class FineAdmin(ReadOnlyAdmin):
    """罚款: what is owed on requests of the desk's library; settled by two buttons, never edited."""

    library_fields = ("request__home_library", "request__lender")
    list_display = ("opened_at", "request", "reason", "amount", "liable", "state")
    list_display_links = ("request",)
    list_filter = ("state", "reason", "liable")
    list_select_related = ("request",)
    search_fields = ("request__number",)
    readonly_fields = ()
    fields = (
        "request", "reason", "days_late", "amount", "liable", "state", "recorded_by", "opened_at", "settled_by",
        "settled_at", "note",
    )  # fmt: skip
    change_form_outer_before_template = "notices/backoffice/fine_settle.html"

    def get_urls(self) -> list[URLPattern]:
        settle = path("<int:pk>/settle/", self.admin_site.admin_view(self.settle_view), name="notices_fine_settle")
        return [settle, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        fine = context.get("original")
        context["may_settle"] = fine is not None and fine.state == FineState.OPEN
        context["owed_of"] = fine.reader if fine is not None and _sees_whose(request, fine) else None
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_POST)
    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """已缴, 免除, or the sum that was left open, of one fine; a fine of another library does not exist."""
        fine: Any = self.get_queryset(request).filter(pk=pk).first()
        state, by = request.POST.get("state", ""), actor_of_desk(request)
        if fine is None or state not in (FineState.PAID, FineState.WAIVED, ASSESS):
            raise Http404
        try:
            if state == ASSESS:
                fines.assess(fine=fine, amount=_sum_in(request.POST.get("amount", "")), by=by)
                done = _("已登记：%(amount)s元。") % {"amount": fine.amount}
            else:
                fines.settle(fine=fine, state=state, by=by, note=request.POST.get("note", ""))
                done = _("已登记：%(state)s。") % {"state": fine.get_state_display()}
        except FineRefused as refusal:
            typed = {name: request.POST.get(name, "") for name in ("amount", "note")}
            request.method = "GET"  # the page is drawn again, with what was typed
            return self.change_view(request, str(pk), extra_context={"refused": str(refusal), "typed": typed})
        messages.success(request, done)
        return redirect(reverse("admin:notices_fine_change", args=[pk]))
