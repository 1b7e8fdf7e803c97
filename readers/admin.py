"""The back office of readers: the queue of registrations, the decision, corrections of identity."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from unfold.decorators import action, display
from unfold.widgets import INPUT_CLASSES

from catalog.scoping import ScopedModelAdmin, desk_of
from readers import staff_admin  # noqa: F401  (registers accounts and posts)
from readers.actors import actor_of_desk
from readers.backoffice.forms import IdentityForm, RefusalForm
from readers.errors import DecisionRefused, RegistrationRefused
from readers.models import Reader, ReaderState
from readers.profile.services import correct_identity
from readers.registration.decisions import approve_reader, refuse_reader
from readers.selectors import duplicates_of

STATE_COLOURS = {
    ReaderState.PENDING: "warning",
    ReaderState.APPROVED: "success",
    ReaderState.REFUSED: "danger",
    ReaderState.CORRECTION: "info",
    ReaderState.CLOSED: "info",
}
# Offered while the reason is typed; any other wording will do.
REFUSAL_SUGGESTIONS = (
    _("证件号码与本馆记录不符"),
    _("姓名与证件不符"),
    _("信息不全，请补充所属院系和联系电话"),
    _("不属于本馆服务对象"),
    _("重复注册"),
)


@admin.register(Reader)
class ReaderAdmin(ScopedModelAdmin):
    """Readers of the own library, those who wait first. Everything is read-only; what changes goes by services."""

    library_fields = ("library",)
    list_display = ("name", "state_label", "reader_barcode", "department", "education", "registered_at")
    list_filter = ("state",)
    search_fields = ("name", "certificate_number", "reader_barcode", "user__username", "user__email", "phone")
    search_help_text = _("姓名、证件号码、读者条码、登录名、E-mail、电话")
    actions = ("approve_selected",)
    fieldsets = (
        (_("身份信息"), {"fields": (
            ("name", "library"), ("certificate_type", "certificate_number"), ("reader_barcode", "login_name"),
            ("gender", "birth_date"),
        )}),
        (_("联系方式"), {"fields": (
            ("phone", "email"), ("department", "job_title"), ("education", "postcode"), "address", "note",
        )}),
        (_("审查"), {"fields": (("state", "registered_at"), ("decided_at", "decided_by"), "refusal_reason")}),
        (_("借阅"), {"fields": (("open_requests", "books_out"),)}),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No free editing: the buttons of the page are the changes there are."""
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return desk_of(request) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("library", "user", "decided_by")

    def get_ordering(self, request: HttpRequest) -> Any:
        """Who has waited longest stands first; then everybody else, the newest first."""
        waiting_since = Case(When(state=ReaderState.PENDING, then=F("registered_at")))
        return [waiting_since.asc(nulls_last=True), "-registered_at", "-pk"]

    def get_list_display(self, request: HttpRequest) -> Any:
        desk = desk_of(request)
        columns = super().get_list_display(request)
        return (*columns, "library") if desk is not None and desk.is_center else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        desk = desk_of(request)
        filters = super().get_list_filter(request)
        return (*filters, "library") if desk is not None and desk.is_center else filters

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, reader: Reader) -> tuple[str, str]:
        return reader.state, reader.get_state_display()

    @display(description=_("读者登录名"))
    def login_name(self, reader: Reader) -> str:
        return reader.user.username

    @display(description=_("E-mail"))
    def email(self, reader: Reader) -> str:
        return reader.user.email

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/approve/", wrap(require_POST(self.approve_view)), name="readers_reader_approve"),
            path("<int:pk>/refuse/", wrap(require_POST(self.refuse_view)), name="readers_reader_refuse"),
            path(
                "<int:pk>/identity/",
                wrap(require_http_methods(["GET", "HEAD", "POST"])(self.identity_view)),
                name="readers_reader_identity",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        reader = self.get_object(request, object_id)
        desk = desk_of(request)
        if reader is None or desk is None:
            raise Http404
        extra_context = {
            **(extra_context or {}),
            "title": str(reader),
            "reader_row": reader,
            "waits": reader.state == ReaderState.PENDING,
            "duplicates": duplicates_of(reader, seen_by=desk),
            "suggestions": REFUSAL_SUGGESTIONS,
            "input_classes": " ".join(INPUT_CLASSES),
        }
        return super().change_view(request, object_id, form_url, extra_context)

    def _reader_or_404(self, request: HttpRequest, pk: int) -> Reader:
        reader: Reader | None = self.get_queryset(request).filter(pk=pk).first()
        if reader is None:
            raise Http404
        return reader

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """通过."""
        reader = self._reader_or_404(request, pk)
        try:
            approve_reader(reader=reader, by=actor_of_desk(request))
        except DecisionRefused as refusal:
            messages.warning(request, str(refusal))
            return redirect("admin:readers_reader_change", pk)
        messages.success(request, gettext("已通过：%(reader)s。审查结果将发送到读者的E-mail。") % {"reader": reader})
        return redirect("admin:readers_reader_changelist")

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """不通过, with the reason."""
        reader = self._reader_or_404(request, pk)
        form = RefusalForm(request.POST)
        if not form.is_valid():
            messages.error(request, " ".join(str(error) for error in form.errors["reason"]))
            return redirect("admin:readers_reader_change", pk)
        try:
            refuse_reader(reader=reader, reason=form.cleaned_data["reason"], by=actor_of_desk(request))
        except DecisionRefused as refusal:
            messages.warning(request, str(refusal))
            return redirect("admin:readers_reader_change", pk)
        messages.success(request, gettext("未通过：%(reader)s。原因将发送到读者的E-mail。") % {"reader": reader})
        return redirect("admin:readers_reader_changelist")

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """更正身份信息: form and change."""
        reader = self._reader_or_404(request, pk)
        form = IdentityForm(request.POST or None, instance=reader)
        if request.method == "POST" and form.is_valid():
            try:
                correct_identity(reader=reader, by=actor_of_desk(request), **form.cleaned_data)
            except RegistrationRefused as refusal:
                form.add_refusal(refusal)
            else:
                self.log_change(request, reader, [{"changed": {"fields": [str(f) for f in form.changed_data]}}])
                messages.success(request, gettext("身份信息已更正。"))
                return redirect("admin:readers_reader_change", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("更正身份信息"),
            "opts": self.opts,
            "form": form,
            "reader_row": reader,
            "back_url": reverse("admin:readers_reader_change", args=[pk]),
        }
        return render(request, "admin/readers/reader/identity.html", context)

    @action(description=_("通过所选的注册"), permissions=["decide"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Reader]) -> None:
        """Approve one by one: what cannot be approved is named and does not stop the others."""
        by = actor_of_desk(request)
        approved: list[str] = []
        for reader in queryset:
            try:
                approve_reader(reader=reader, by=by)
            except DecisionRefused as refusal:
                messages.warning(request, str(refusal))
            else:
                approved.append(str(reader))
        if approved:
            text = ngettext("已通过 %(count)d 位读者：%(names)s", "已通过 %(count)d 位读者：%(names)s", len(approved))
            messages.success(request, text % {"count": len(approved), "names": gettext("、").join(approved)})
