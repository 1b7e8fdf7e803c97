"""The back office of the catalogue: member libraries and pauses, editions and copies, what imports brought."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.backoffice.editing_pages import EditionPages, HoldingPages
from catalog.backoffice.import_admin import ImportRunAdmin
from catalog.backoffice.lists import chip
from catalog.backoffice.profile_pages import ProfilePages
from catalog.backoffice.record_pages import RecordPages
from catalog.isbn import to_isbn13
from catalog.merging import plain
from catalog.models import (
    CatalogChange,
    CirculationStatus,
    Edition,
    Holding,
    HoldingsProfile,
    ImportRun,
    MemberLibrary,
    ReviewPair,
    ServicePause,
    SourceRecord,
    Weekday,
)
from catalog.own_rows import OwnLibraryAdmin
from catalog.review_admin import ReviewPairAdmin
from catalog.scoping import ScopedModelAdmin, desk_of
from catalog.setting_history import KeepsHistory
from catalog.signals import library_leaving
from catalog.tasks import refresh_library

STATUS_TONES: dict[str, str] = {
    CirculationStatus.AVAILABLE: "good",
    CirculationStatus.ON_LOAN: "waits",
    CirculationStatus.LOST: "bad",
    CirculationStatus.MISSING: "bad",
}


class ReadOnlyAdmin(ScopedModelAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PauseInline(TabularInline):
    model = ServicePause
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return desk_of(request) is not None

    def _is_center(self, request: HttpRequest) -> bool:
        desk = desk_of(request)
        return desk is not None and desk.is_center

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request)


class MemberLibraryForm(forms.ModelForm):
    """A member leaves on a day that has come, and when the apps above know nothing against it."""

    def clean_closed_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["closed_weekdays"]
        if len(days) == len(Weekday):
            raise ValidationError(gettext("每周至少有一天开馆；整段时间不开放请登记闭馆。"))
        return days

    def clean_left_on(self) -> date | None:
        day: date | None = self.cleaned_data["left_on"]
        if day is None or day == self.initial.get("left_on"):
            return day
        if day > timezone.localdate():
            raise ValidationError(gettext("退出日期不能晚于今天。请在退出当天登记；在此之前可以登记暂停服务。"))
        if self.instance.pk is not None:
            library_leaving.send(sender=MemberLibrary, library=self.instance)
        return day


@admin.register(MemberLibrary)
class MemberLibraryAdmin(KeepsHistory, ScopedModelAdmin):
    """Everybody sees every member, for its contacts; the center alone changes them."""

    form = MemberLibraryForm
    list_display = ("name", "code_label", "prefix_label", "category", "borrows", "lends", "in_joint_search")
    list_filter = ("category", "borrows", "lends", "in_joint_search")
    search_fields = ("name", "short_name", "code", "request_prefix")
    inlines = (PauseInline,)
    fieldsets = (
        (None, {"fields": (
            ("name", "short_name"), ("english_name", "category"), ("code", "code_is_example"),
            ("request_prefix", "prefix_is_example"),
        )}),
        (_("联系方式"), {"fields": (
            ("phone", "email"), ("address", "postcode"), ("desk_location", "opening_hours"),
            "closed_weekdays", "catalogue_url",
        )}),
        (_("服务"), {"fields": (("borrows", "lends"), ("in_joint_search", "left_on"), "note")}),
    )  # fmt: skip

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "closed_weekdays":
            return forms.TypedMultipleChoiceField(
                label=db_field.verbose_name,
                help_text=db_field.help_text,
                choices=Weekday.choices,
                coerce=int,
                required=False,
                widget=UnfoldAdminCheckboxSelectMultipleWidget(),
            )
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"  # for an address typed without one
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, library: MemberLibrary, form: Any, change: bool) -> None:
        super().save_model(request, library, form, change)
        if change and {"in_joint_search", "left_on"} & set(form.changed_data):
            refresh_library.delay_on_commit(library.pk)

    @display(description=_("馆代码"), ordering="code")
    def code_label(self, library: MemberLibrary) -> str:
        return f"{library.code} {_('示例')}" if library.code_is_example else library.code

    @display(description=_("申请单号前缀"), ordering="request_prefix")
    def prefix_label(self, library: MemberLibrary) -> str:
        return f"{library.request_prefix} {_('示例')}" if library.prefix_is_example else library.request_prefix


@admin.register(ServicePause)
class ServicePauseAdmin(KeepsHistory, OwnLibraryAdmin):
    list_display = ("library", "kind", "starts_on", "ends_on", "reason")
    list_filter = ("kind",)
    list_select_related = ("library",)


class HoldingInline(TabularInline):
    """Copies of one edition, for reading; they are changed on their own page."""

    model = Holding
    fields = ("library", "call_number", "barcode", "location", "status_label", "loanable", "as_of")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Holding.objects.present().select_related("library", "edition")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return desk_of(request) is not None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("流通情况"))
    def status_label(self, holding: Holding) -> str:
        return str(holding.shown_status_label)


@admin.register(Edition)
class EditionAdmin(EditionPages, ScopedModelAdmin):
    """Every edition, for everybody to see. The center may hide one; what it says comes from the libraries' records."""

    list_display = (
        "full_title",
        "author_text",
        "publisher",
        "year",
        "material_type",
        "libraries_count",
        "hidden_label",
    )
    list_filter = ("material_type", "hidden")
    search_fields = ("title_key",)  # only makes the search box appear, see get_search_results
    search_help_text = _("题名开头，或ISBN")
    show_full_result_count = False
    ordering = ("-pk",)
    inlines = (HoldingInline,)
    actions_detail = ("grouping",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # A subquery per shown row; a join would count the copies of the whole catalogue for every page.
        copies = Holding.objects.present().filter(edition=OuterRef("pk")).order_by().values("edition")
        counted = Subquery(copies.annotate(n=Count("library", distinct=True)).values("n"))
        return super().get_queryset(request).annotate(libraries=counted)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        if isbn := to_isbn13(search_term):
            return queryset.filter(isbns__contains=[isbn]), False
        return queryset.filter(title_key__startswith=plain(search_term)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("题名"), ordering="title_key")
    def full_title(self, edition: Edition) -> str:
        return edition.full_title

    @display(description=_("作者"))
    def author_text(self, edition: Edition) -> str:
        return edition.author_text[:60]

    @display(description=_("显示"))
    def hidden_label(self, edition: Edition) -> str:
        return chip(_("不显示"), "waits") if edition.hidden else ""

    @display(description=_("馆藏馆数"))
    def libraries_count(self, edition: Any) -> int:
        return edition.libraries or 0

    @action(description=_("归并"), url_path="grouping", icon="call_merge")
    def grouping(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Only leads to the page of the edition's records (catalog/review_admin.py)."""
        return HttpResponseRedirect(reverse("admin:catalog_reviewpair_edition", args=[object_id]))


@admin.register(Holding)
class HoldingAdmin(HoldingPages, OwnLibraryAdmin):
    """Copies of the own library. A correction holds until the library's file says something new."""

    list_display = ("edition", "call_number", "barcode", "location", "status_label", "loanable", "as_of_day")
    list_filter = ("circulation_status", "loanable", "withdrawn")
    list_select_related = ("edition", "library")
    search_fields = ("barcode", "call_number__startswith")
    search_help_text = _("条形码，或索书号开头")

    @display(description=_("流通情况"))
    def status_label(self, holding: Holding) -> str:
        """What readers see; of a copy that has been taken out they see nothing, and the list says so."""
        if holding.withdrawn:
            return chip(_("已剔除"), "bad")
        return chip(holding.shown_status_label, STATUS_TONES.get(holding.shown_status, ""))

    @display(description=_("截至"), ordering="as_of")
    def as_of_day(self, holding: Holding) -> str:
        return timezone.localdate(holding.as_of).isoformat()


@admin.register(HoldingsProfile)
class HoldingsProfileAdmin(ProfilePages, OwnLibraryAdmin):
    list_display = ("library", "fields_read", "words_read", "encoding")
    list_select_related = ("library",)
    search_help_text = _("馆名，或馆代码")

    @display(description=_("复本在哪些字段"))
    def fields_read(self, profile: HoldingsProfile) -> str:
        return "、".join(str(rule["field"]) for rule in profile.rules) or str(_("自动识别"))

    @display(description=_("流通情况用词"))
    def words_read(self, profile: HoldingsProfile) -> str:
        return "、".join(profile.status_words) or "—"


@admin.register(CatalogChange)
class CatalogChangeAdmin(ReadOnlyAdmin):
    """Who changed what by hand: the own library's copies, and what the center did to editions."""

    list_display = ("at", "by", "kind", "what", "before", "after", "reason")
    list_filter = ("kind",)
    list_select_related = ("edition", "holding", "desk")
    search_fields = ("by", "holding__barcode")
    search_help_text = _("经办人，或条形码")
    fields = ("at", "by", "desk", "kind", "library", "edition", "holding", "field", "before", "after", "reason")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        desk = desk_of(request)
        if desk is None:
            return CatalogChange.objects.none()
        return super().get_queryset(request) & CatalogChange.objects.visible_to(desk.library)

    @display(description=_("书目"))
    def what(self, change: CatalogChange) -> str:
        return f"{change.edition or ''} {change.holding or ''}".strip()


@admin.register(SourceRecord)
class SourceRecordAdmin(RecordPages, ReadOnlyAdmin):
    """The own library's records as they came, readable field by field."""

    library_fields = ("library",)
    list_display = ("local_id", "library", "edition", "syntax", "encoding", "quarantine_reason", "deleted")
    list_filter = ("syntax", "encoding", "deleted", ("quarantine_reason", admin.EmptyFieldListFilter))
    list_select_related = ("library", "edition")
    search_fields = ("local_id",)
    fields = (
        "library", "local_id", "edition", "syntax", "encoding", "match_rule", "match_score", "quarantine_reason",
        "deleted", "log", "marc",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).defer("raw")

    @display(description=_("解析记录"))
    def log(self, record: SourceRecord) -> str:
        return "；".join(str(line) for line in record.parse_log)


admin.site.register(ImportRun, ImportRunAdmin)
admin.site.register(ReviewPair, ReviewPairAdmin)
