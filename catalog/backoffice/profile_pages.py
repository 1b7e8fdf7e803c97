"""The page of a library's holdings profile: rules, words for circulation, and how real records would be read."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.backoffice.editing_pages import LATEST, editor_of
from catalog.editing import save_profile
from catalog.importing.profile_preview import SAMPLE_BYTES, preview, records_of_library, records_of_sample
from catalog.marc.holdings import DEFAULT_RULES, invalid_rules
from catalog.marc.marcxml import RefusedXml
from catalog.marc.reader import UnreadableFile
from catalog.models import CatalogChange, ChangeKind, CirculationStatus, HoldingsProfile, MemberLibrary
from catalog.scoping import desk_of

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object

# The keys of a rule for those who write one, in the order in which they are needed.
RULE_KEYS = {
    "field": gettext_lazy("字段号，例如 905"),
    "copies": gettext_lazy("复本怎样重复：field 每个字段一册，group 字段内成组重复，barcodes 只有条形码重复"),
    "barcode": gettext_lazy("条形码的子字段"),
    "call_number": gettext_lazy("索书号，依次尝试，先有的算；d/e 表示两个子字段用斜线连接"),
    "location": gettext_lazy("馆藏地址；写 c b 表示有 c 用 c，没有用 b"),
    "shelf": gettext_lazy("架位信息"),
    "status": gettext_lazy("流通情况的用词在哪个子字段"),
    "note": gettext_lazy("备注"),
    "where": gettext_lazy("只有子字段符合这个正则表达式的字段才算，例如 {\"a\": \"^211260$\"}"),
    "flags": gettext_lazy("子字段有值就算某种流通情况，例如 {\"q\": \"on_loan\"}"),
    "starts": gettext_lazy("一组从哪个子字段开始，不写时是条形码"),
}  # fmt: skip


class ProfileForm(forms.Form):
    """Rules as JSON, words as `可借 = 在架` on a line each (or as JSON)."""

    library = forms.ModelChoiceField(MemberLibrary.objects.none(), label=gettext_lazy("成员馆"))
    rules = forms.CharField(
        label=gettext_lazy("规则"), required=False, widget=forms.Textarea({"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy("留空则自动识别。"),
    )  # fmt: skip
    status_words = forms.CharField(
        label=gettext_lazy("流通情况用词"), required=False, widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("每行一个：本馆用词 = 流通情况，例如：可借 = 在架。常见的用词已经认识，不必写。"),
    )  # fmt: skip
    encoding = forms.ChoiceField(
        label=gettext_lazy("文件编码"), required=False,
        choices=HoldingsProfile._meta.get_field("encoding").choices or (),
        help_text=gettext_lazy("自动判断出错时在此指定，此后导入都按它解码。"),
    )  # fmt: skip
    sample = forms.FileField(
        label=gettext_lazy("用样本文件预览"), required=False,
        help_text=gettext_lazy("不选文件时，用本馆最近导入的记录预览。样本不保存。"),
    )  # fmt: skip

    def __init__(self, *args: Any, libraries: QuerySet[MemberLibrary], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["library"].queryset = libraries  # type: ignore[attr-defined]
        for name in ("library", "encoding"):
            self.fields[name].widget.attrs["class"] = "bo-input"

    def clean_rules(self) -> list[dict[str, Any]]:
        text = self.cleaned_data["rules"].strip()
        if text in ("", "{}", "[]"):
            return []
        try:
            rules = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValidationError(
                _("第%(line)d行第%(column)d列附近写法不对，检查引号、逗号和括号。")
                % {"line": error.lineno, "column": error.colno}
            ) from error
        if problem := invalid_rules(rules):
            raise ValidationError(problem)
        return rules

    def clean_status_words(self) -> dict[str, str]:
        text = self.cleaned_data["status_words"].strip()
        if text.startswith("{"):
            return _statuses(_pairs_of_json(text))
        pairs = []
        for line in filter(None, map(str.strip, text.splitlines())):
            word, sign, status = line.replace("＝", "=").partition("=")
            if not sign or not word.strip():
                raise ValidationError(_("“%(line)s”没有写成：本馆用词 = 流通情况。") % {"line": line[:60]})
            pairs.append((word.strip(), status.strip()))
        return _statuses(pairs)


class ProfilePages(Base):
    """The page for HoldingsProfileAdmin; a profile of another library is a 404. `preview` saves nothing."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        profile = self._profile(request, object_id)
        libraries = self._libraries(request, profile)
        if request.method == "POST":
            form = ProfileForm(request.POST, request.FILES, libraries=libraries)
            if form.is_valid() and "preview" not in request.POST:
                data = form.cleaned_data
                profile = save_profile(
                    library=data["library"], rules=data["rules"], status_words=data["status_words"],
                    encoding=data["encoding"] or "auto", by=editor_of(request),
                )  # fmt: skip
                messages.success(request, _("已保存；下次导入时所有记录按新的配置重新读取。"))
                return HttpResponseRedirect(reverse("admin:catalog_holdingsprofile_change", args=[profile.pk]))
        else:
            form = ProfileForm(libraries=libraries, initial=_initial(profile, libraries, request.GET.get("start", "")))
        context = self.admin_site.each_context(request) | {
            "title": _("馆藏字段配置"), "opts": self.model._meta, "profile": profile, "form": form,
            "starts": [rule["field"] for rule in DEFAULT_RULES], "rule_keys": RULE_KEYS.items(),
            "statuses": [label for _value, label in CirculationStatus.choices], "changes": _changes(profile),
        }  # fmt: skip
        context |= self._previewed(request, form, profile)
        return TemplateResponse(request, "catalog/backoffice/profile.html", context)

    def _profile(self, request: HttpRequest, object_id: str | None) -> HoldingsProfile | None:
        if object_id is None:
            return None
        found: QuerySet[Any] = self.get_queryset(request).select_related("library")
        profile = found.filter(pk=object_id).first() if object_id.isdigit() else None
        if profile is None:
            raise Http404
        return profile

    def _libraries(self, request: HttpRequest, profile: HoldingsProfile | None) -> QuerySet[MemberLibrary]:
        """The profile's own library, or those of the desk that have none yet."""
        desk = desk_of(request)
        if desk is None:
            raise Http404
        if profile is not None:
            return MemberLibrary.objects.filter(pk=profile.library_id)
        libraries = MemberLibrary.objects.active().filter(holdings_profile__isnull=True)
        return libraries if desk.library is None else libraries.filter(pk=desk.library.pk)

    def _previewed(self, request: HttpRequest, form: ProfileForm, profile: HoldingsProfile | None) -> dict[str, Any]:
        """The preview: of what the form says once it is valid, of the stored profile when the page is opened."""
        if request.method == "POST":
            if not form.is_valid():
                return {}
            wanted, library = form.cleaned_data, form.cleaned_data["library"]
        elif profile is not None:
            wanted, library = {"rules": profile.rules, "status_words": profile.status_words}, profile.library
        else:
            return {}
        sample = wanted.get("sample")
        try:
            records = (
                records_of_sample(sample.read(SAMPLE_BYTES), wanted["encoding"] or "auto")
                if sample
                else records_of_library(library)
            )
        except (UnreadableFile, RefusedXml) as error:
            form.add_error("sample", str(error))
            return {}
        return {
            "preview": preview(records, {"rules": wanted["rules"], "status_words": wanted["status_words"]}),
            "sample_name": sample.name if sample else "",
            "is_draft": request.method == "POST",
        }


def _initial(profile: HoldingsProfile | None, libraries: QuerySet[MemberLibrary], start: str) -> dict[str, Any]:
    rules = [rule for rule in DEFAULT_RULES if rule["field"] == start] or (profile.rules if profile else [])
    words = profile.status_words if profile else {}
    return {
        "library": profile.library_id if profile else libraries[:2][0] if len(libraries[:2]) == 1 else None,
        "rules": json.dumps(rules, ensure_ascii=False, indent=1) if rules else "",
        "encoding": profile.encoding if profile else "auto",
        "status_words": "\n".join(f"{word} = {CirculationStatus(status).label}" for word, status in words.items()),
    }


def _changes(profile: HoldingsProfile | None) -> list[CatalogChange]:
    if profile is None:
        return []
    changes = CatalogChange.objects.filter(kind=ChangeKind.PROFILE, library=profile.library_id)
    return list(changes.select_related("desk")[:LATEST])


def _pairs_of_json(text: str) -> list[tuple[str, str]]:
    try:
        words = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValidationError(_("写法不对，检查引号、逗号和括号。")) from error
    return [(str(word), str(status)) for word, status in words.items()]


def _statuses(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Words with the code of their status, given by code or label."""
    known = {str(label): value for value, label in CirculationStatus.choices}
    known |= {value: value for value in CirculationStatus.values}
    for word, status in pairs:
        if status not in known:
            labels = "、".join(str(label) for _value, label in CirculationStatus.choices)
            raise ValidationError(_("“%(word)s”右边只能是：%(labels)s。") % {"word": word[:60], "labels": labels})
    return {word: known[status] for word, status in pairs}
