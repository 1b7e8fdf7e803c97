"""What a library decides for itself: lending and borrowing policy with their versions, and closed days."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.models import MaterialType
from catalog.own_rows import OwnLibraryAdmin
from catalog.scoping import desk_of
from catalog.setting_history import KeepsHistory
from readers.actors import actor_of_desk
from requests_app.models import Closure
from requests_app.models.policies import PolicyVersion
from requests_app.services.closing import enter_closure, preview, remove_closure

PREVIEW_TEMPLATE = "requests_app/backoffice/closure_preview.html"
SHIFT = "shift"  # the answer to the preview: yes or no


class PolicyAdmin(KeepsHistory, OwnLibraryAdmin):
    """A policy in versions: a version in force is history, and changing it makes the next one."""

    ordering = ("library__code", "-valid_from", "-pk")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A librarian whose library has a policy already is led to its present version."""
        desk = desk_of(request)
        if desk is not None and desk.library is not None:
            present = self.model.of(desk.library)
            if present.pk is not None:
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", present.pk)
        return super().add_view(request, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_from": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: PolicyVersion, form: Any, change: bool) -> None:
        if change and type(obj).objects.get(pk=obj.pk).is_in_force:  # type: ignore[attr-defined]
            obj.pk, obj._state.adding = None, True
            obj.created_at = timezone.now()
            obj.valid_from = max(obj.valid_from, timezone.localdate())
            messages.info(
                request,
                gettext("新的规定自%(date)s起生效；此前提交的申请仍按原来的规定。") % {"date": obj.valid_from},
            )
        super().save_model(request, obj, form, change)


class LendingPolicyAdmin(PolicyAdmin):
    list_display = ("library", "valid_from", "loan_days", "counts_from", "answer_days", "self_pickup", "lends_foreign")
    fieldsets = (
        (_("生效"), {"fields": ("library", "valid_from")}),
        (_("借期"), {"fields": ("loan_days", "counts_from", "recall_notice_days", "vacation_shift", "reminder_days")}),
        (_("办理期限"), {"fields": ("answer_days", "dispatch_days")}),
        (_("范围"), {"fields": ("lends_foreign", "material_types", "monthly_quota", "call_number_required")}),
        (_("自取自还"), {"fields": ("self_pickup", "pickup_days")}),
        (pgettext_lazy("plural", "罚款"), {"fields": ("fine_per_day", "fine_grace_days", "fine_cap")}),
        (_("说明"), {"fields": ("note",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The same groups without what `get_exclude` leaves out."""
        left_out = self.get_exclude(request, obj)
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field not in left_out]})
            for name, options in self.fieldsets
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The kinds of material as boxes to tick."""
        if db_field.name != "material_types":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.MultipleChoiceField(
            label=db_field.verbose_name,
            choices=MaterialType.choices,
            initial=db_field.get_default(),
            widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        )


class BorrowingPolicyAdmin(PolicyAdmin):
    list_display = ("library", "valid_from", "max_open_requests", "pickup_days", "home_review")


class ClosureAdmin(KeepsHistory, OwnLibraryAdmin):
    """闭馆. A closure of all libraries (library empty) is the center's; librarians only read it."""

    list_display = ("library_shown", "starts_on", "ends_on", "reason")
    list_display_links = ("library_shown",)
    ordering = ("-starts_on", "pk")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closure]:
        desk = desk_of(request)
        if desk is None:
            return Closure.objects.none()
        queryset = Closure.objects.select_related("library")
        return queryset if desk.library is None else queryset.filter(Q(library=desk.library) | Q(library__isnull=True))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        desk = desk_of(request)
        if obj is not None and desk is not None and desk.library is not None and obj.library_id != desk.library.pk:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    # --- what a closure does to loans that run -----------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A closure that hits running loans is shown with the dates it would move before it is saved."""
        if request.method == "POST" and SHIFT not in request.POST:
            asked = self._preview(request, object_id)
            if asked is not None:
                return asked
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _preview(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        present = self.get_object(request, object_id) if object_id else None
        may = self.has_change_permission(request, present) if object_id else self.has_add_permission(request)
        if not may or (object_id and present is None):
            return None
        form = self.get_form(request, present, change=present is not None)(request.POST, instance=present)
        if not form.is_valid():
            return None
        closure = form.save(commit=False)
        desk = desk_of(request)
        if desk is not None and desk.library is not None:
            closure.library = desk.library
        shifts = preview(closure)
        if not shifts:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("闭馆期间到期的图书"),
            "opts": self.opts,
            "closure": closure,
            "shifts": shifts,
            "kept": [(name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"],
        }
        return TemplateResponse(request, PREVIEW_TEMPLATE, context)

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        desk = desk_of(request)
        if desk is not None and desk.library is not None:
            obj.library = desk.library
        shifts = enter_closure(closure=obj, by=actor_of_desk(request), shift=request.POST.get(SHIFT) == "yes")
        if shifts:
            text = ngettext(
                "已调整%(number)d个日期，读者已得到通知。", "已调整%(number)d个日期，读者已得到通知。", len(shifts)
            )
            messages.success(request, text % {"number": len(shifts)})

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        """Removing a closure brings back the dates it had moved."""
        back = remove_closure(closure=obj, by=actor_of_desk(request))
        if back:
            text = ngettext("已恢复%(number)d个日期。", "已恢复%(number)d个日期。", len(back))
            messages.success(request, text % {"number": len(back)})

    def library_shown(self, closure: Closure) -> str:
        return closure.library.name if closure.library else str(_("全部成员馆"))

    library_shown.short_description = _("成员馆")  # type: ignore[attr-defined]
