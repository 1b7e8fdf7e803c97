"""The back office of readers: the queue of registrations, and one page a reader with every act there is."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from unfold.decorators import action, display

from catalog.backoffice.lists import chip
from catalog.scoping import ScopedModelAdmin, desk_of
from readers.actors import actor_of_desk
from readers.backoffice.acts import ACT, ACTS
from readers.backoffice.filters import StandingFilter, TodoFilter
from readers.backoffice.forms import CorrectionNoteForm, IdentityForm, NewReaderForm, RefusalForm, dressed
from readers.backoffice.reader_page import REFUSAL_SUGGESTIONS, ActShown, form_of, page_of
from readers.errors import ChangeRefused, DecisionRefused, RegistrationRefused
from readers.models import WAITING_SINCE, Photo, Reader, ReaderState, Standing
from readers.profile.identity import correct_identity
from readers.profile.photos import photo_response
from readers.registration.decisions import approve_reader, ask_correction, refuse_reader
from readers.registration.on_the_spot import create_reader

TONES = {  # of the chips in the list
    Standing.PENDING: "waits",
    Standing.CORRECTION: "quiet",
    Standing.GOOD: "good",
    Standing.REFUSED: "bad",
    Standing.SUSPENDED: "bad",
    Standing.EXPIRED: "bad",
    Standing.CLOSED: "quiet",
}


@admin.register(Reader)
class ReaderAdmin(ScopedModelAdmin):
    """Readers of the own library, those who wait first. Everything is read-only; what changes goes by services."""

    library_fields = ("library",)
    list_display = ("name", "standing_label", "reader_barcode", "department", "verified", "twin", "registered_at")
    list_filter = (TodoFilter, "state", StandingFilter, "reader_type")
    search_fields = ("name", "certificate_number", "reader_barcode", "user__username", "user__email", "phone")
    search_help_text = _("姓名、证件号码、读者条码、登录名、E-mail、电话")
    actions = ("approve_selected", "refuse_selected", "correction_selected")
    change_form_template = "readers/backoffice/reader.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return desk_of(request) is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No free editing: the buttons of the page are the changes there are."""
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return desk_of(request) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        twins = Reader.objects.filter(certificate_number__iexact=OuterRef("certificate_number"))
        return (
            super()
            .get_queryset(request)
            .select_related("library", "user", "decided_by", "reader_type")
            .annotate(has_twin=Exists(twins.exclude(pk=OuterRef("pk")).exclude(certificate_number="")))
        )

    def get_ordering(self, request: HttpRequest) -> Any:
        """Who has waited longest stands first; then everybody else, the newest first."""
        return [WAITING_SINCE.asc(), "-registered_at", "-pk"]  # NULL stands last

    def get_list_display(self, request: HttpRequest) -> Any:
        desk = desk_of(request)
        columns = super().get_list_display(request)
        return (*columns, "library") if desk is not None and desk.is_center else columns

    def get_list_filter(self, request: HttpRequest) -> Any:
        desk = desk_of(request)
        filters = super().get_list_filter(request)
        if desk is not None and desk.is_center:
            return (*(each for each in filters if each != "reader_type"), "library")
        return filters

    @display(description=_("状态"), ordering="state")
    def standing_label(self, reader: Reader) -> SafeString:
        standing = reader.standing()
        text = reader.get_state_display() if standing == Standing.GOOD else standing.label
        return chip(text, TONES[standing])

    @display(description=_("E-mail已验证"))
    def verified(self, reader: Reader) -> SafeString:
        return chip(_("是"), "good") if reader.email_verified_at is not None else chip(_("否"), "bad")

    @display(description=_("证件重复"))
    def twin(self, reader: Any) -> SafeString | str:
        return chip(_("有"), "bad") if reader.has_twin else ""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        acts = [
            path(
                f"<int:pk>/{act.key}/",
                wrap(require_POST(partial(self.act_view, key=act.key))),
                name=f"readers_reader_{act.key}",
            )
            for act in ACTS
        ]
        return [
            *acts,
            path(
                "<int:pk>/identity/",
                wrap(require_http_methods(["GET", "HEAD", "POST"])(self.identity_view)),
                name="readers_reader_identity",
            ),
            path("<int:pk>/photo/<int:photo_pk>.jpg", wrap(require_safe(self.photo_view)), name="readers_reader_photo"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        reader, desk = self.get_object(request, object_id), desk_of(request)
        if reader is None or desk is None:
            raise Http404
        if request.method not in ("GET", "HEAD"):
            return super().change_view(request, object_id, form_url, extra_context)  # refuses: nothing is edited here
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(reader),
            **page_of(reader, desk),
            **(extra_context or {}),
        }
        return render(request, self.change_form_template, context)

    def _reader_or_404(self, request: HttpRequest, pk: int) -> Reader:
        reader: Reader | None = self.get_queryset(request).filter(pk=pk).first()
        if reader is None:
            raise Http404
        return reader

    def act_view(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """One act of the table; a form that is not in order comes back with what was typed."""
        reader, act = self._reader_or_404(request, pk), ACT[key]
        values: dict[str, Any] = {}
        form = None
        if act.form is not None:
            form = form_of(act, reader, request.POST)
            if not form.is_valid():
                return self._shown_again(request, reader, key, form)
            values = form.cleaned_data
        try:
            act.run(reader, actor_of_desk(request), values)
        except (DecisionRefused, ChangeRefused, RegistrationRefused) as refusal:
            messages.warning(request, str(refusal))
            if form is not None:
                return self._shown_again(request, reader, key, form)
            return redirect("admin:readers_reader_change", pk)
        reader.refresh_from_db()
        if reader.state != ReaderState.CLOSED:  # of somebody who has gone the log keeps nothing
            self.log_change(request, reader, str(act.label))
        messages.success(request, act.done % {"reader": reader})
        if act.back_to_queue:
            return redirect("admin:readers_reader_changelist")
        return redirect("admin:readers_reader_change", pk)

    def _shown_again(self, request: HttpRequest, reader: Reader, key: str, form: Any) -> HttpResponse:
        """The reader's page with this form bound: its errors, and what was typed.

        Where somebody has decided meanwhile the form has no place on the page any more; the message says so.
        """
        request.method = "GET"  # the page is drawn, not posted to
        desk = desk_of(request)
        if desk is None:
            raise Http404
        page = page_of(reader, desk)
        page["acts"][key.replace("-", "_")] = ActShown(ACT[key], form, is_open=True)
        return self.change_view(request, str(reader.pk), extra_context=page)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """当场建立读者."""
        desk = desk_of(request)
        if desk is None:
            raise Http404
        form = dressed(NewReaderForm(request.POST or None, library=desk.library))
        if request.method == "POST" and form.is_valid():
            try:
                reader = create_reader(by=actor_of_desk(request), **form.for_service())
            except RegistrationRefused as refusal:
                form.add_refusal(refusal)
            else:
                messages.success(
                    request, gettext("已建立：%(reader)s。设置密码的链接已发送到读者的E-mail。") % {"reader": reader}
                )
                return redirect("admin:readers_reader_change", reader.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("当场建立读者"),
            "form": form,
            "desk": desk,
        }
        return render(request, "readers/backoffice/new_reader.html", context)

    def identity_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """更正身份信息: form and change."""
        reader = self._reader_or_404(request, pk)
        form = IdentityForm(request.POST or None, instance=reader)
        if form.passes(lambda: correct_identity(reader=reader, by=actor_of_desk(request), **form.cleaned_data)):
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

    def photo_view(self, request: HttpRequest, pk: int, photo_pk: int) -> HttpResponse:
        """A photo of an own reader."""
        photo = Photo.objects.filter(pk=photo_pk, reader=self._reader_or_404(request, pk)).first()
        if photo is None:
            raise Http404
        return photo_response(photo)

    # --- many at once ----------------------------------------------------------------------------------

    @action(description=_("通过所选的注册"), permissions=["decide"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Reader]) -> None:
        """Approve one by one: what cannot be approved is named and does not stop the others.

        An e-mail that nobody has proved is looked at one by one, on the reader's page.
        """
        by = actor_of_desk(request)
        approved: list[str] = []
        for reader in queryset:
            if reader.state == ReaderState.PENDING and reader.email_verified_at is None:
                text = gettext("%(reader)s 的E-mail还没有验证，没有一并通过；需要时请单独审查。")
                messages.warning(request, text % {"reader": reader})
                continue
            try:
                approve_reader(reader=reader, by=by)
            except DecisionRefused as refusal:
                messages.warning(request, str(refusal))
            else:
                approved.append(str(reader))
        if approved:
            text = ngettext("已通过 %(count)d 位读者：%(names)s", "已通过 %(count)d 位读者：%(names)s", len(approved))
            messages.success(request, text % {"count": len(approved), "names": gettext("、").join(approved)})

    @action(description=_("不通过所选的注册…"), permissions=["decide"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[Reader]) -> HttpResponse | None:
        return self._with_words(request, queryset, RefusalForm, "refuse_selected", gettext("不通过所选的注册"))

    @action(description=_("请所选的读者更正…"), permissions=["decide"])
    def correction_selected(self, request: HttpRequest, queryset: QuerySet[Reader]) -> HttpResponse | None:
        return self._with_words(
            request, queryset, CorrectionNoteForm, "correction_selected", gettext("请所选的读者更正")
        )

    def _with_words(
        self, request: HttpRequest, queryset: QuerySet[Reader], form_class: Any, name: str, title: str
    ) -> HttpResponse | None:
        """Ask for the words that all of them are told, then decide one by one."""
        form = dressed(form_class(request.POST if "apply" in request.POST else None))
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "form": form,
                "chosen": queryset,
                "action_name": name,
                "suggestions": REFUSAL_SUGGESTIONS,
            }
            return render(request, "readers/backoffice/decide_many.html", context)
        by, decided = actor_of_desk(request), []
        for reader in queryset:
            try:
                if name == "refuse_selected":
                    refuse_reader(reader=reader, reason=form.cleaned_data["reason"], by=by)
                else:
                    ask_correction(reader=reader, note=form.cleaned_data["note"], by=by)
            except DecisionRefused as refusal:
                messages.warning(request, str(refusal))
            else:
                decided.append(str(reader))
        if decided:
            text = ngettext("已办理 %(count)d 位读者：%(names)s", "已办理 %(count)d 位读者：%(names)s", len(decided))
            messages.success(request, text % {"count": len(decided), "names": gettext("、").join(decided)})
        return None
