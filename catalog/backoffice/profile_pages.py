"""The page of a library's holdings profile: rules, words for circulation, and how real records would be read."""

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.backoffice import profile_rows
from catalog.backoffice.editing_pages import LATEST, editor_of
from catalog.backoffice.profile_forms import ProfileForm, Rules, Words
from catalog.editing import save_profile
from catalog.importing.profile_preview import SAMPLE_BYTES, Preview, preview, records_of_library, records_of_sample
from catalog.importing.unpacking import PackingRefused, unpacked
from catalog.marc.marcxml import RefusedXml
from catalog.marc.profile_templates import TEMPLATES
from catalog.marc.reader import UnreadableFile
from catalog.models import CatalogChange, ChangeKind, HoldingsProfile, MemberLibrary
from catalog.scoping import desk_of

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object

_KEEP_SAMPLE = 2 * 3600  # seconds


@dataclass
class Sample:
    """The file that the preview reads, kept for a while because a browser does not send it twice."""

    token: str = ""
    name: str = ""
    data: bytes = b""


@dataclass
class Draft:
    """The form as it stands, stored or typed, and what it says once it is valid."""

    form: ProfileForm
    rules: Any
    words: Any
    sample: Sample
    json_error: str = ""

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.rules.is_valid(), self.words.is_valid()]) and not self.json_error

    @property
    def profile(self) -> dict[str, Any]:
        """As the import reads it; only for a valid draft."""
        return {
            "rules": [row.rule() for row in self.rules.filled()],
            "status_words": {row.cleaned_data["word"]: row.cleaned_data["status"] for row in self.words.filled()},
        }


class ProfilePages(Base):
    """The page for HoldingsProfileAdmin; a profile of another library is a 404. Only `save` saves."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A librarian has one profile, which opens at once; the center has a list."""
        desk = desk_of(request)
        if desk is None or desk.library is None:
            return super().changelist_view(request, extra_context)
        profile = HoldingsProfile.objects.filter(library=desk.library).first()
        if profile is None:
            return HttpResponseRedirect(reverse("admin:catalog_holdingsprofile_add"))
        return HttpResponseRedirect(reverse("admin:catalog_holdingsprofile_change", args=[profile.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        profile = self._profile(request, object_id)
        libraries = self._libraries(request, profile)
        button = request.POST.get("do", "save") if request.method == "POST" else ""
        draft = _typed(request, libraries, button) if button else _stored(profile, libraries)
        valid = draft.is_valid()
        if button == "save" and valid:
            return self._saved(request, draft)
        context = self.admin_site.each_context(request) | {
            "title": _("馆藏字段配置"), "opts": self.model._meta, "profile": profile, "draft": draft,
            "templates": TEMPLATES, "changes": _changes(profile), "is_draft": bool(button),
            "invalid": draft.form.is_bound and not valid,
            "json": request.POST["json"] if draft.json_error else _as_json(draft) if valid else "",
        }  # fmt: skip
        if valid and (library := _library_of(draft, profile, libraries)) is not None:
            context["preview"] = _preview(draft, library)
        return TemplateResponse(request, "catalog/backoffice/profile.html", context)

    def _saved(self, request: HttpRequest, draft: Draft) -> HttpResponse:
        data = draft.form.cleaned_data
        profile = save_profile(
            library=data["library"], **draft.profile, encoding=data["encoding"] or "auto", by=editor_of(request)
        )
        messages.success(request, _("已保存；下次导入时所有记录按新的配置重新读取。"))
        return HttpResponseRedirect(reverse("admin:catalog_holdingsprofile_change", args=[profile.pk]))

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


def _stored(profile: HoldingsProfile | None, libraries: QuerySet[MemberLibrary]) -> Draft:
    rows = (
        profile_rows.stored_rows(profile.rules or [], profile.status_words) if profile else {"rules": [], "words": []}
    )
    said = {
        "library": profile.library_id if profile else libraries[0].pk if len(libraries[:2]) == 1 else "",
        "encoding": profile.encoding if profile else "auto",
    }
    draft = _draft(ProfileForm(said, libraries=libraries), rows, Sample())
    if not said["library"]:  # the center has not chosen yet: nothing to object to
        draft.form = ProfileForm(initial=said, libraries=libraries)
    return draft


def _typed(request: HttpRequest, libraries: QuerySet[MemberLibrary], button: str) -> Draft:
    rows = {prefix: profile_rows.posted(request.POST, prefix) for prefix in profile_rows.NAMES}
    json_error = ""
    try:
        rows = profile_rows.act(rows, button, request.POST)
    except ValidationError as error:
        json_error = error.messages[0]
    form = ProfileForm(request.POST, request.FILES, libraries=libraries)
    form.full_clean()
    if any(f"{prefix}-TOTAL_FORMS" not in request.POST for prefix in profile_rows.NAMES):
        form.add_error(
            None, _("表单没有传完整，什么也没有保存；请重新打开这一页。")
        )  # not the same as a form without rows
    draft = _draft(form, rows, _sample(request, form))
    draft.json_error = json_error
    return draft


def _draft(form: ProfileForm, rows: dict[str, list[dict[str, str]]], sample: Sample) -> Draft:
    rules = Rules(profile_rows.formset_data(rows["rules"], "rules"), prefix="rules")
    return Draft(form, rules, Words(profile_rows.formset_data(rows["words"], "words"), prefix="words"), sample)


def _sample(request: HttpRequest, form: ProfileForm) -> Sample:
    """The file that comes with this request, or the one that came with an earlier one of the same person."""
    upload = form.cleaned_data.get("sample") if form.is_valid() else None
    if upload:
        try:
            with unpacked(upload, most=settings.IMPORTS["MAX_MB"] << 20) as (content, _size):
                sample = Sample(secrets.token_urlsafe(12), str(upload.name)[-100:], content.read(SAMPLE_BYTES))
        except PackingRefused as refusal:
            form.add_error("sample", str(refusal))
            return Sample()
        cache.set(_sample_key(request, sample.token), (sample.name, sample.data), _KEEP_SAMPLE)
        return sample
    token = request.POST.get("sample_token", "")[:40]
    kept = cache.get(_sample_key(request, token)) if token else None
    return Sample(token, *kept) if kept else Sample()


def _sample_key(request: HttpRequest, token: str) -> str:
    return f"profile-sample:{request.user.pk}:{token}"


def _library_of(
    draft: Draft, profile: HoldingsProfile | None, libraries: QuerySet[MemberLibrary]
) -> MemberLibrary | None:
    if profile is not None:
        return profile.library
    return draft.form.cleaned_data["library"] if draft.form.is_bound else None


def _preview(draft: Draft, library: MemberLibrary) -> Preview | None:
    """How the draft reads the sample, or the library's last records; a sample that is no file of records says so."""
    try:
        if draft.sample.data:
            records = records_of_sample(draft.sample.data, draft.form.cleaned_data["encoding"] or "auto")
        else:
            records = records_of_library(library)
    except (UnreadableFile, RefusedXml) as error:
        draft.form.add_error("sample", str(error))
        return None
    return preview(records, draft.profile)


def _as_json(draft: Draft) -> str:
    rules = draft.profile["rules"]
    return json.dumps(rules, ensure_ascii=False, indent=1) if rules else ""


def _changes(profile: HoldingsProfile | None) -> list[CatalogChange]:
    if profile is None:
        return []
    changes = CatalogChange.objects.filter(kind=ChangeKind.PROFILE, library=profile.library_id)
    return list(changes.select_related("desk")[:LATEST])
