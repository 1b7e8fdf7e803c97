"""本馆设置: what a library decides for itself on one page, with what holds now, and who changed what when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from catalog.models import (
    CatalogChange,
    ChangeKind,
    HoldingsProfile,
    MemberLibrary,
    ServicePause,
    SettingChange,
    Weekday,
)
from catalog.scoping import desk_of
from catalog.setting_history import differences, record_changes
from notices.models import Announcement
from readers.models import ReaderType, RegistrationPolicy, RosterEntry
from requests_app.models import BorrowingPolicy, Closure, LendingPolicy

CONTACTS = (
    "phone", "email", "address", "postcode", "desk_location", "opening_hours", "closed_weekdays", "catalogue_url",
)  # fmt: skip
OWN_FIELDS = ("closed_weekdays", "catalogue_url")  # declared by the form, named by the model
CHANGES_PER_PAGE = 50


@dataclass(frozen=True)
class Section:
    """One thing a library decides: what holds now, and where it is changed. `models` name its rows in the history."""

    title: str
    hint: str
    icon: str
    address: str
    facts: list[tuple[str, str]]
    models: tuple[str, ...] = ()
    changed: str = ""  # when and by whom it was changed last


class ContactsForm(forms.ModelForm):
    """What the library itself says of its desk; name, code and membership are the center's."""

    closed_weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=Weekday.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    catalogue_url = forms.URLField(
        max_length=200, required=False, assume_scheme="https", widget=UnfoldAdminTextInputWidget()
    )

    class Meta:
        model = MemberLibrary
        fields = CONTACTS
        widgets = {name: UnfoldAdminTextInputWidget() for name in CONTACTS if name not in OWN_FIELDS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OWN_FIELDS:
            column: Any = MemberLibrary._meta.get_field(name)
            self.fields[name].label = column.verbose_name
            self.fields[name].help_text = column.help_text

    def clean_closed_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["closed_weekdays"]
        if len(days) == len(Weekday):
            raise forms.ValidationError(_("每周至少有一天开馆；整段时间不开放请登记闭馆。"))
        return days


def _own_library(request: HttpRequest) -> MemberLibrary:
    """The center has no library of its own: it changes each by its own pages."""
    desk = desk_of(request)
    if desk is None or desk.library is None:
        raise Http404
    return desk.library


@require_safe
def library_settings(request: HttpRequest) -> HttpResponse:
    """The overview, and the history page by page (?p=2)."""
    library = _own_library(request)
    changes = Paginator(SettingChange.objects.of(library), CHANGES_PER_PAGE).get_page(request.GET.get("p"))
    context = {
        **admin.site.each_context(request),
        "title": _("本馆设置"),
        "library": library,
        "sections": list(_sections(library)),
        "changes": changes,
    }
    return render(request, "admin/library_settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def library_contacts(request: HttpRequest) -> HttpResponse:
    """联系方式与开馆: the form, and what it changes is written down."""
    library = _own_library(request)
    form = ContactsForm(request.POST or None, instance=MemberLibrary.objects.get(pk=library.pk))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            before = MemberLibrary.objects.select_for_update().get(pk=library.pk)
            changed = differences(before, form.instance, form.changed_data)
            MemberLibrary.objects.filter(pk=library.pk).update(**{name: form.cleaned_data[name] for name in CONTACTS})
            record_changes(row=library, values=changed, by=str(request.user), desk=library)
        messages.success(request, _("已保存。") if changed else _("没有变化。"))
        return redirect("admin:library_settings")
    context = {
        **admin.site.each_context(request),
        "title": _("联系方式与开馆"),
        "library": library,
        "form": form,
    }
    return render(request, "admin/library_contacts.html", context, status=400 if form.errors else 200)


def _sections(library: MemberLibrary) -> Iterable[Section]:
    latest = _latest_changes(library)
    for section in (
        _contacts(library), _lending(library), _borrowing(library), _closures(library), _pauses(library),
        _announcements(library), _profile(library), _registration(library), _reader_types(library), _roster(library),
    ):  # fmt: skip
        last = max((latest[model] for model in section.models if model in latest), default=None)
        changed = f"{date_format(timezone.localtime(last[0]), 'Y-m-d H:i')} {last[1]}" if last else ""
        yield Section(**{**vars(section), "changed": changed})


def _latest_changes(library: MemberLibrary) -> dict[str, tuple[datetime, str]]:
    """Model → when and by whom it was changed last. Two statements."""
    own = SettingChange.objects.filter(library=library).order_by("model", "-at", "-pk").distinct("model")
    latest = {model: (at, by) for model, at, by in own.values_list("model", "at", "by")}
    profile = CatalogChange.objects.filter(library=library, kind=ChangeKind.PROFILE).order_by("-at").first()
    if profile is not None:
        latest["catalog.holdingsprofile"] = (profile.at, profile.by)
    return latest


def _changelist(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _contacts(library: MemberLibrary) -> Section:
    weekly = _("、").join(str(Weekday(day).label) for day in library.closed_weekdays)
    facts = [
        (_("电话"), library.phone), (_("邮箱"), library.email), (_("取书地点"), library.desk_location),
        (_("开放时间"), library.opening_hours), (_("每周闭馆日"), weekly),
    ]  # fmt: skip
    return Section(
        _("联系方式与开馆"), _("读者和别的馆看到的联系方式，每周哪天不开馆"), "contact_phone",
        reverse("admin:library_contacts"), facts, ("catalog.memberlibrary",),
    )  # fmt: skip


def _policy(model: type[LendingPolicy] | type[BorrowingPolicy], library: MemberLibrary) -> tuple[Any, str]:
    """The version in force and the address at which it is changed."""
    policy = model.of(library)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return policy, reverse(f"{name}_change", args=[policy.pk]) if policy.pk else reverse(f"{name}_add")


def _lending(library: MemberLibrary) -> Section:
    policy, address = _policy(LendingPolicy, library)
    facts = [
        (_("借期"), _("%(days)d天") % {"days": policy.loan_days}),
        (_("答复期限"), _("%(days)d个工作日") % {"days": policy.answer_days}),
        (_("资料类型"), policy.material_names),
        (_("自取自还"), _("开通") if policy.self_pickup else _("未开通")),
        (_("逾期罚款"), _("%(amount)s元/天") % {"amount": policy.fine_per_day}),
    ]
    return Section(
        _("出借政策"), _("借期、期限、范围、罚款；改动成为新的版本"), "policy", address, facts,
        ("requests_app.lendingpolicy",),
    )  # fmt: skip


def _borrowing(library: MemberLibrary) -> Section:
    policy, address = _policy(BorrowingPolicy, library)
    facts = [
        (_("最多同时"), _("%(number)d册") % {"number": policy.max_open_requests}),
        (_("取书期限"), _("%(days)d天") % {"days": policy.pickup_days}),
        (_("本馆先审核"), _("是") if policy.home_review else _("否")),
    ]
    return Section(
        _("借入政策"), _("本馆读者能借多少，是否先由本馆审核"), "rule_settings", address, facts,
        ("requests_app.borrowingpolicy",),
    )  # fmt: skip


def _closures(library: MemberLibrary) -> Section:
    today = timezone.localdate()
    coming = Closure.objects.filter(Q(library=library) | Q(library__isnull=True), ends_on__gte=today)
    facts = [(f"{each.starts_on} – {each.ends_on}", each.reason) for each in coming.order_by("starts_on")[:4]]
    return Section(
        _("闭馆"), _("放假的日子：照收申请，时钟停走；到期的书可以顺延"), "event_busy", _changelist(Closure), facts,
        ("requests_app.closure",),
    )  # fmt: skip


def _pauses(library: MemberLibrary) -> Section:
    today = timezone.localdate()
    now = library.pauses.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).order_by("starts_on")[:4]
    facts = [(str(each.get_kind_display()), f"{each.starts_on} – {each.ends_on or ''}") for each in now]
    return Section(
        _("暂停服务"), _("一段时间不借入、不借出"), "pause_circle", _changelist(ServicePause), facts,
        ("catalog.servicepause",),
    )  # fmt: skip


def _announcements(library: MemberLibrary) -> Section:
    latest = Announcement.objects.filter(library=library)[:3]
    facts = [(date_format(timezone.localtime(each.published_at), "Y-m-d"), each.title) for each in latest]
    return Section(
        _("公告信息"), _("读者登录时看到的本馆公告"), "campaign", _changelist(Announcement), facts,
        ("notices.announcement",),
    )  # fmt: skip


def _profile(library: MemberLibrary) -> Section:
    profile = HoldingsProfile.objects.filter(library=library).first()
    fields = _("、").join(str(rule["field"]) for rule in profile.rules) if profile else ""
    facts = [(_("复本在哪些字段"), fields or _("自动识别"))]
    return Section(
        _("馆藏字段配置"), _("导入时从哪些字段读馆藏"), "tune", _changelist(HoldingsProfile), facts,
        ("catalog.holdingsprofile",),
    )  # fmt: skip


def _registration(library: MemberLibrary) -> Section:
    policy = RegistrationPolicy.of(library)
    address = f"{reverse('admin:readers_registrationpolicy_add')}"  # leads to the row where there is one
    facts = [(_("按名单自动通过"), _("是") if policy.approves_by_roster else _("否"))]
    return Section(
        _("注册与办证规则"), _("谁可以自动通过，资格和借书证多久有效"), "app_registration", address, facts,
        ("readers.registrationpolicy",),
    )  # fmt: skip


def _reader_types(library: MemberLibrary) -> Section:
    kinds = ReaderType.objects.filter(library=library, active=True).order_by("name")[:6]
    facts = [
        (each.name, _("%(number)d册") % {"number": each.max_open_requests} if each.max_open_requests else "")
        for each in kinds
    ]
    return Section(
        _("读者类型"), _("教师、学生等各能借多少"), "groups", _changelist(ReaderType), facts, ("readers.readertype",)
    )


def _roster(library: MemberLibrary) -> Section:
    count = RosterEntry.objects.filter(library=library).count()
    facts = [(_("名单上"), _("%(number)d人") % {"number": count})]
    return Section(_("读者名单"), _("按名单核对注册的读者"), "list_alt_check", _changelist(RosterEntry), facts)
