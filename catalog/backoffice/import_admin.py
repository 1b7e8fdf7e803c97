"""Imports in the back office: upload, look, start, watch, read the report; and the history per library."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from catalog import jobs
from catalog.backoffice import import_report
from catalog.backoffice.import_forms import ReadingForm, StartForm, UploadForm
from catalog.backoffice.quarantine_pages import QuarantinePages
from catalog.import_states import STEPS, ImportState
from catalog.importing.preview import preview_file
from catalog.models import ImportRun
from catalog.scoping import Desk, ScopedModelAdmin, desk_of

PAGES = "catalog/backoffice/"
ROWS_PER_PAGE = 20
SHOWN_RECORDS = 10


class ImportRunAdmin(QuarantinePages, ScopedModelAdmin):
    """Imports of the own library; the center sees all. Every change is a POST that calls catalog/jobs.py."""

    library_fields = ("library",)
    list_display = ("file_name", "library", "state_shown", "figures", "by", "created_at")
    list_select_related = ("library",)
    search_fields = ("file_name", "library__name")
    search_help_text = gettext_lazy("文件名，或馆名")
    change_list_template = f"{PAGES}import_list.html"
    actions = None

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        own_alone = not self._desk(request).is_center
        return tuple(name for name in self.list_display if not (own_alone and name == "library"))

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        if self._desk(request).is_center:
            return ("state", ("library", admin.RelatedOnlyFieldListFilter))
        return ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("library")

    def get_urls(self) -> list[URLPattern]:
        """No form writes a row here: a list, an upload, one import, its steps, its report."""

        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"catalog_importrun_{name}")

        return [
            own("", self.changelist_view, "changelist"),
            own("add/", self.upload_view, "add"),
            own("quarantine/", self.quarantine_view, "quarantine"),
            own("quarantine/<int:record_id>/", self.release_view, "release"),
            own("<int:object_id>/change/", self.run_view, "change"),
            own("<int:object_id>/progress/", self.progress_view, "progress"),
            own("<int:object_id>/report.<slug:form>", self.report_view, "report"),
            own("<int:object_id>/start/", self.start_view, "start"),
            own("<int:object_id>/cancel/", self.cancel_view, "cancel"),
            own("<int:object_id>/retry/", self.retry_view, "retry"),
        ]

    def _desk(self, request: HttpRequest) -> Desk:
        desk = desk_of(request)
        if desk is None:
            raise Http404
        return desk

    def _run_or_404(self, request: HttpRequest, object_id: int) -> ImportRun:
        run: ImportRun | None = self.get_queryset(request).filter(pk=object_id).first()
        if run is None:
            raise Http404
        return run

    # --- the list -----------------------------------------------------------------------------------

    @display(description=gettext_lazy("状态"), ordering="state")
    def state_shown(self, run: ImportRun) -> SafeString:
        return format_html('<span class="bo-state bo-import-{}">{}</span>', run.state, run.get_state_display())

    @display(description=gettext_lazy("结果"))
    def figures(self, run: ImportRun) -> str:
        return Truncator(run.error).chars(40) or import_report.one_line(run.report)

    # --- upload ---------------------------------------------------------------------------------------

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the form, POST keeps the file and leads to the preview."""
        desk = self._desk(request)
        form = UploadForm(request.POST or None, request.FILES or None, desk=desk)
        if request.method == "POST" and form.is_valid():
            library = desk.library or form.cleaned_data["library"]
            try:
                run = jobs.receive(library=library, upload=form.cleaned_data["file"], by=request.user.get_username())
            except jobs.JobRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                return self._to(run)
        context = {"form": form, "desk": desk, "recent": self.get_queryset(request)[:5]}
        status = 400 if form.errors else 200
        return self._page(request, "import_upload.html", _("导入馆藏"), status=status, **context)

    # --- one import -------------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def run_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Before the start what the file holds, afterwards how far it is or what it brought."""
        run = self._run_or_404(request, object_id)
        if run.state == ImportState.UPLOADED and run.upload:
            return self._preview_page(request, run)
        lists = [
            (_("拒收的记录"), "rejected", _("没有写入。请在本馆系统中找到它们，改正后重新导出。")),
            (_("隔离的记录"), "quarantined", _("文字像乱码，原始数据已保存，读者看不到。")),
        ]
        parts = [
            {"title": title, "key": key, "note": note, "total": run.report.get(f"{key}_count", 0),
             "page": _rows(request, run, key)}
            for title, key, note in lists
        ]  # fmt: skip
        context: dict[str, Any] = {
            "copy_figures": import_report.copy_figures(run.report),
            "parts": parts,
            "earlier": _earlier_attempts(run),
            "warnings": sorted(run.report.get("warnings", {}).items(), key=lambda item: -item[1]),
        }
        return self._page(request, "import_run.html", run.file_name, run=run, **_progress(run), **context)

    def _preview_page(self, request: HttpRequest, run: ImportRun) -> HttpResponse:
        chosen = {name: request.GET.get(name, getattr(run, name)) for name in ("syntax", "encoding")}
        form = ReadingForm(chosen)
        if not form.is_valid():
            raise Http404
        preview = preview_file(
            path=run.upload_path, library=run.library, **form.cleaned_data, show=SHOWN_RECORDS,
            look_at=jobs.preview_records(),
        )  # fmt: skip
        start = StartForm(initial=form.cleaned_data)
        context: dict[str, Any] = {"run": run, "form": form, "start": start, "preview": preview, "steps": STEPS}
        return self._page(request, "import_preview.html", run.file_name, **context)

    @method_decorator(require_safe)
    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The progress panel alone, asked for every two seconds; at the end it has the whole page read again."""
        run = self._run_or_404(request, object_id)
        response = TemplateResponse(request, f"{PAGES}_import_progress.html", {"run": run, **_progress(run)})
        if run.is_final:
            response["HX-Refresh"] = "true"
        return response

    @method_decorator(require_safe)
    def report_view(self, request: HttpRequest, object_id: int, form: str) -> HttpResponse:
        """report.json is everything, report.csv the quarantined and rejected records."""
        run = self._run_or_404(request, object_id)
        if form not in ("json", "csv"):
            raise Http404
        return import_report.as_json(run) if form == "json" else import_report.as_csv(run)

    # --- steps ------------------------------------------------------------------------------------------

    @method_decorator(require_POST)
    def start_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self._run_or_404(request, object_id)
        form = StartForm(request.POST)
        if not form.is_valid():
            raise Http404
        return self._step(request, run, jobs.start, _("已开始导入。"), **form.cleaned_data)

    @method_decorator(require_POST)
    def cancel_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self._run_or_404(request, object_id)
        if run.state == ImportState.RUNNING:
            done = _("正在取消，手上的一批记录写完后停止。已写入的记录保留。")
        else:
            done = _("已取消，没有写入任何记录。")
        return self._step(request, run, jobs.cancel, done)

    @method_decorator(require_POST)
    def retry_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        run = self._run_or_404(request, object_id)
        force = bool(request.POST.get("force")) and bool(run.report.get("replace_refused"))
        return self._step(request, run, jobs.retry, _("已重新排队。已写入的记录不会重复。"), force=force)

    def _step(self, request: HttpRequest, run: ImportRun, act: Any, done: str, **details: Any) -> HttpResponse:
        try:
            act(run=run, by=request.user.get_username(), **details)
        except jobs.JobRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return self._to(run)

    # --- pages --------------------------------------------------------------------------------------------

    def _to(self, run: ImportRun) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:catalog_importrun_change", args=[run.pk]))

    def _page(
        self, request: HttpRequest, template: str, title: str, *, status: int = 200, **context: Any
    ) -> TemplateResponse:
        base = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, f"{PAGES}{template}", {**base, **context}, status=status)


def _progress(run: ImportRun) -> dict[str, Any]:
    read, seconds = int(run.report.get("read", 0)), float(run.report.get("seconds", 0))
    rate = read / seconds if seconds else 0
    left = (run.expected - read) / rate if rate and run.expected > read else 0
    return {
        "figures": import_report.figures(run.report),
        "rate": round(rate),
        "minutes_left": max(1, round(left / 60)) if left else 0,
        "ahead": jobs.ahead_of(run),
        "can_cancel": run.state in (*STEPS["cancel"].from_states, ImportState.RUNNING) and bool(run.upload),
        "can_retry": run.state in STEPS["retry"].from_states and run.has_file,
    }


def _earlier_attempts(run: ImportRun) -> list[dict[str, Any]]:
    """Attempts whose figures the report does not show: all but one that is itself the last."""
    last = run.started_at.isoformat() if run.started_at else ""
    return [attempt for attempt in run.earlier if attempt["started_at"] != last]


def _rows(request: HttpRequest, run: ImportRun, key: str) -> Page:
    page = Paginator(run.report.get(key, []), ROWS_PER_PAGE).get_page(request.GET.get(key))
    return page
