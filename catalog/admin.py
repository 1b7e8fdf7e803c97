"""The back office of the catalogue: member libraries and pauses, editions and copies, what imports brought."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from catalog.isbn import to_isbn13
from catalog.marc.holdings import invalid_rules
from catalog.marc.iso2709 import MalformedRecord
from catalog.marc.reader import read_again
from catalog.merging import plain
from catalog.models import (
    CirculationStatus,
    Edition,
    Holding,
    HoldingsProfile,
    ImportRun,
    MemberLibrary,
    ServicePause,
    SourceRecord,
)
from catalog.scoping import ScopedModelAdmin, desk_of
from catalog.search.index import refresh


class OwnLibraryAdmin(ScopedModelAdmin):
    """Rows of one library; a librarian can name no other library than the own."""

    library_fields = ("library",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        desk = desk_of(request)
        if db_field.name == "library" and desk is not None and desk.library is not None:
            kwargs["queryset"] = MemberLibrary.objects.filter(pk=desk.library.pk)
            kwargs["initial"] = desk.library.pk
            kwargs["empty_label"] = None
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


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


@admin.register(MemberLibrary)
class MemberLibraryAdmin(ScopedModelAdmin):
    """Everybody sees every member, for its contacts; the center alone changes them."""

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
            ("phone", "email"), ("address", "postcode"), ("desk_location", "opening_hours"), "catalogue_url",
        )}),
        (_("服务"), {"fields": (("borrows", "lends"), ("in_joint_search", "left_on"), "note")}),
    )  # fmt: skip

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"  # for an address typed without one
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description=_("馆代码"), ordering="code")
    def code_label(self, library: MemberLibrary) -> str:
        return f"{library.code} {_('示例')}" if library.code_is_example else library.code

    @display(description=_("申请单号前缀"), ordering="request_prefix")
    def prefix_label(self, library: MemberLibrary) -> str:
        return f"{library.request_prefix} {_('示例')}" if library.prefix_is_example else library.request_prefix


@admin.register(ServicePause)
class ServicePauseAdmin(OwnLibraryAdmin):
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
class EditionAdmin(ScopedModelAdmin):
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
    exclude = ("title_key", "volume_key", "author_key", "publisher_key", "edition_key", "foreign_ids", "merged_into")

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = [f.name for f in Edition._meta.concrete_fields if f.name not in self.exclude]
        return [name for name in names if name != "hidden"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("题名"), ordering="title_key")
    def full_title(self, edition: Edition) -> str:
        return edition.full_title

    @display(description=_("作者"))
    def author_text(self, edition: Edition) -> str:
        return edition.author_text[:60]

    @display(description=_("显示"), label={_("不显示"): "warning"})
    def hidden_label(self, edition: Edition) -> Any:
        return _("不显示") if edition.hidden else ""

    @display(description=_("馆藏馆数"))
    def libraries_count(self, edition: Any) -> int:
        return edition.libraries or 0

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh([obj.pk])


@admin.register(Holding)
class HoldingAdmin(OwnLibraryAdmin):
    """Copies of the own library. A correction holds until the library's next file says otherwise."""

    list_display = ("edition", "call_number", "barcode", "location", "status_label", "loanable", "as_of")
    list_filter = ("circulation_status", "loanable", "withdrawn")
    list_select_related = ("edition", "library")
    search_fields = ("barcode", "call_number__startswith")
    search_help_text = _("条形码，或索书号开头")
    readonly_fields = ("edition", "library", "barcode", "out_on_request", "as_of")
    exclude = ("source_record",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(
        description=_("流通情况"),
        label={
            CirculationStatus.AVAILABLE.label: "success",
            CirculationStatus.ON_LOAN.label: "warning",
            CirculationStatus.LOST.label: "danger",
            CirculationStatus.MISSING.label: "danger",
        },
    )
    def status_label(self, holding: Holding) -> str:
        return holding.shown_status_label

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Holding, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        refresh([obj.edition_id])


class HoldingsProfileForm(forms.ModelForm):
    class Meta:
        model = HoldingsProfile
        fields = ("library", "rules", "status_words")
        help_texts = {
            "rules": _("一个列表；每条规则写明字段和子字段，见 docs/marc.md。留空则自动识别。"),
            "status_words": _('本馆用词到流通情况的对照，例如 {"可借": "available"}。'),
        }

    def clean_rules(self) -> Any:
        rules = self.cleaned_data["rules"]
        if rules and (problem := invalid_rules(rules)):
            raise ValidationError(problem)
        return rules

    def clean_status_words(self) -> Any:
        words = self.cleaned_data["status_words"]
        if words and (not isinstance(words, dict) or not set(words.values()) <= set(CirculationStatus.values)):
            raise ValidationError(_("对照的右边只能是：%s") % "、".join(CirculationStatus.values))
        return words


@admin.register(HoldingsProfile)
class HoldingsProfileAdmin(OwnLibraryAdmin):
    form = HoldingsProfileForm
    list_display = ("library",)
    list_select_related = ("library",)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """What each import of the own library brought; files are loaded with manage.py import_marc."""

    library_fields = ("library",)
    list_display = ("file_name", "library", "by", "started_at", "finished_at", "figures")
    list_filter = ("library__category",)
    list_select_related = ("library",)
    search_fields = ("file_name", "library__name")
    fields = ("library", "file_name", "by", "started_at", "finished_at", "figures", "rejected", "quarantined")
    readonly_fields = fields

    @display(description=_("结果"))
    def figures(self, run: ImportRun) -> str:
        report = run.report
        if "error" in report:
            return str(report["error"])
        parts = (
            (_("读入"), "read"), (_("新增"), "created"), (_("更新"), "updated"), (_("未变"), "unchanged"),
            (_("删除"), "deleted"), (_("隔离"), "quarantined_count"), (_("拒收"), "rejected_count"),
        )  # fmt: skip
        return " · ".join(f"{label} {report.get(key, 0)}" for label, key in parts)

    @display(description=_("拒收的记录"))
    def rejected(self, run: ImportRun) -> str:
        return _rows(run.report.get("rejected", []))

    @display(description=_("隔离的记录"))
    def quarantined(self, run: ImportRun) -> str:
        return _rows(run.report.get("quarantined", []))


def _rows(rows: list[dict[str, Any]]) -> str:
    """The first hundred records of a list in a report, each with its place, reason and title."""
    template = str(_("第 {} 条（字节 {}）：{} {}"))
    return format_html(
        "<ul>{}</ul>",
        format_html_join(
            "",
            "<li>" + template + "</li>",
            ((r["position"], r["offset"], r["reason"], r["title"]) for r in rows[:100]),
        ),
    )


@admin.register(SourceRecord)
class SourceRecordAdmin(ReadOnlyAdmin):
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

    @display(description=_("MARC"))
    def marc(self, record: SourceRecord) -> str:
        try:
            parsed = read_again(bytes(record.raw), syntax=record.syntax, encoding=record.encoding)
        except MalformedRecord as error:
            return str(error)
        lines = [f"LDR {parsed.leader}"]
        for field in parsed.fields:
            content = "".join(f" ${code} {value}" for code, value in field.subfields) or f" {field.data}"
            indicators = f"{field.ind1}{field.ind2}".replace(" ", "_") if field.subfields else ""
            lines.append(f"{field.tag} {indicators}{content}")
        return format_html_join("", "<div>{}</div>", ((line,) for line in lines))
