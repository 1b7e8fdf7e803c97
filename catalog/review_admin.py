"""The center's review queue: pairs in doubt side by side, the grouping of one edition, and every decision undoable."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from catalog.isbn import to_isbn13
from catalog.merging import plain
from catalog.models import CatalogDecision, Edition, PairState, ReviewPair, SourceRecord
from catalog.records import public_marc, readable
from catalog.review import selectors, services
from catalog.review.reasons import reason_text
from catalog.scoping import Desk, ScopedModelAdmin, desk_of

PAGES = "catalog/backoffice/"
_MARC_SHOWN = 3  # records per edition whose fields the comparison shows; the others have pages of their own


class QueueFilter(admin.SimpleListFilter):
    """The tabs above the list: pairs that wait, unless a decided state is asked for."""

    title = gettext_lazy("状态")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(PairState.choices)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value() or PairState.OPEN
        return queryset.waiting() if state == PairState.OPEN else queryset.filter(state=state)


class ReasonFilter(admin.SimpleListFilter):
    title = gettext_lazy("存疑原因")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rules = ReviewPair.objects.order_by("rule").values_list("rule", flat=True).distinct()
        return [(rule, reason_text(rule)) for rule in rules]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(rule=self.value()) if self.value() else queryset


class OtherEditionForm(forms.Form):
    """The second edition of a comparison, named by its id; a merged id leads to where it went."""

    other = forms.IntegerField(min_value=1, max_value=2**62)


class ReviewPairAdmin(ScopedModelAdmin):
    """Everybody at a desk may look, the center decides. Every change is a POST that calls a service."""

    list_display = ("books", "reason", "similarity", "found_or_decided")
    list_display_links = ("books",)
    list_filter = (QueueFilter, ReasonFilter)
    list_select_related = ("first", "second")
    list_fullwidth = True
    search_fields = ("rule",)  # get_search_results() decides what is really searched
    search_help_text = gettext_lazy("题名开头、ISBN，或书目号")
    sortable_by = ()
    ordering = ("-score", "pk")
    actions = None
    change_list_template = f"{PAGES}review_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """No form writes a row: the queue, a comparison, an edition's grouping, and the decisions."""

        def own(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"catalog_reviewpair_{name}")

        return [
            own("", self.changelist_view, "changelist"),
            own("<int:object_id>/change/", self.pair_view, "change"),
            own("next/", self.next_view, "next"),
            own("compare/<int:first>/<int:second>/", self.compare_view, "compare"),
            own("compare/<int:first>/<int:second>/decide/", self.decide_view, "decide"),
            own("edition/<int:edition_id>/", self.edition_view, "edition"),
            own("edition/<int:edition_id>/compare/", self.compare_with_view, "compare_with"),
            own("edition/<int:edition_id>/split/", self.split_view, "split"),
            own("decision/<int:decision_id>/undo/", self.undo_view, "undo"),
        ]

    # --- the queue ------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = selectors.counts_by_state()
        state = request.GET.get(QueueFilter.parameter_name) or PairState.OPEN.value
        context = {
            "title": _("归并待审"),
            "tabs": [
                {"label": label, "count": counts.get(value, 0), "active": value == state, "query": f"?state={value}"}
                for value, label in PairState.choices
            ],
            "state": state,
            "rules": [(rule, reason_text(rule), number) for rule, number in selectors.rules_waiting()],
            "rule": request.GET.get(ReasonFilter.parameter_name, ""),
            "is_center": _desk(request).is_center,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if isbn := to_isbn13(term):
            return queryset.filter(Q(first__isbns__contains=[isbn]) | Q(second__isbns__contains=[isbn])), False
        if term.isascii() and term.isdigit() and len(term) < 18:
            return queryset.filter(Q(first=int(term)) | Q(second=int(term))), False
        key = plain(term)
        return queryset.filter(Q(first__title_key__startswith=key) | Q(second__title_key__startswith=key)), False

    @display(description=gettext_lazy("两条书目"))
    def books(self, pair: ReviewPair) -> SafeString:
        return format_html(
            '<span class="bo-row">{}{}</span>', _book_line(pair.first), _book_line(pair.second)
        )  # fmt: skip

    @display(description=gettext_lazy("存疑原因"))
    def reason(self, pair: ReviewPair) -> str:
        return reason_text(pair.rule)

    @display(description=gettext_lazy("题名相似度"))
    def similarity(self, pair: ReviewPair) -> str:
        return f"{pair.score:.0%}"

    @display(description=gettext_lazy("时间"))
    def found_or_decided(self, pair: ReviewPair) -> Any:
        if pair.state == PairState.OPEN:
            return format_html('<span class="bo-nowrap">{}</span>', f"{timezone.localtime(pair.created_at):%Y-%m-%d}")
        at = date_format(timezone.localtime(pair.decided_at), "Y-m-d H:i") if pair.decided_at else ""
        return format_html("{}<br>{}", pair.decided_by, at)

    # --- two editions side by side ----------------------------------------------------------------------

    @method_decorator(require_safe)
    def pair_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        pairs: QuerySet[Any] = self.get_queryset(request).select_related("first", "second")
        pair = pairs.filter(pk=object_id).first()
        if pair is None:
            raise Http404
        return self._comparison(request, pair.first, pair.second, pair)

    @method_decorator(require_safe)
    def next_view(self, request: HttpRequest) -> HttpResponse:
        """To the pair that comes next in the queue, or back to the list when nothing waits."""
        after = ReviewPair.objects.filter(pk=_number(request.GET.get("after", ""))).first()
        found = selectors.next_waiting(after)
        if found is None:
            messages.success(request, _("没有待审的书目了。"))
            return HttpResponseRedirect(reverse("admin:catalog_reviewpair_changelist"))
        return HttpResponseRedirect(reverse("admin:catalog_reviewpair_change", args=[found.pk]))

    @method_decorator(require_safe)
    def compare_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        left, right = self._editions_or_404(*sorted((first, second)))
        pair = ReviewPair.objects.between(left.pk, right.pk).first()
        return self._comparison(request, left, right, pair)

    def _comparison(self, request: HttpRequest, left: Edition, right: Edition, pair: ReviewPair | None) -> HttpResponse:
        desk = _desk(request)
        held = selectors.held([left, right])
        context = {
            "pair": pair,
            "reason": reason_text(pair.rule) if pair else "",
            "likeness": self.similarity(pair) if pair else "",
            "rows": selectors.compared(left, right),
            "sides": [
                {"edition": edition, "held": held[edition.pk], "marc": _marc(held[edition.pk], desk)}
                for edition in (left, right)
            ],
            "decision": selectors.decision_between(left, right),
            "history": selectors.decisions_about(left, right),
            "shown": all(not e.hidden and e.merged_into_id is None for e in (left, right)),
            "is_center": desk.is_center,
        }
        return self._page(request, "review_pair.html", _("书目对照"), **context)

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, first: int, second: int) -> HttpResponse:
        """合并 or 分开. The older id stays."""
        self._center_only(request)
        left, right = self._editions_or_404(*sorted((first, second)))
        by, choice = request.user.get_username(), request.POST.get("choice")
        here = reverse("admin:catalog_reviewpair_compare", args=[left.pk, right.pk])
        if choice == "merge":
            return self._act(request, here, lambda: services.merge_editions(keep=left, other=right, by=by),
                             _("已合并为书目%(id)d。") % {"id": left.pk})  # fmt: skip
        if choice == "apart":
            return self._act(request, here, lambda: services.keep_apart(a=left, b=right, by=by), _("已分开。"))
        raise Http404

    # --- one edition ------------------------------------------------------------------------------------

    @method_decorator(require_safe)
    def edition_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        """Which records make up the edition; what was decided about it; merging by id, splitting off."""
        edition = self._edition_or_404(edition_id)
        held = selectors.held([edition])[edition.pk]
        context = {
            "edition": edition,
            "held": held,
            "records": sum(len(at.records) for at in held),
            "history": selectors.decisions_about(edition),
            "merged_here": Edition.objects.filter(merged_into=edition).order_by("pk")[:50],
            "is_center": _desk(request).is_center,
        }
        return self._page(request, "review_edition.html", _("书目的归并"), **context)

    @method_decorator(require_safe)
    def compare_with_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        """From the number typed to the comparison; nothing is decided before a person has seen both."""
        edition = self._edition_or_404(edition_id)
        form = OtherEditionForm(request.GET)
        other = services.surviving(form.cleaned_data["other"]) if form.is_valid() else None
        if other is None or other.pk == edition.pk:
            messages.error(request, _("没有这个书目号，或者就是这条书目。"))
            return HttpResponseRedirect(reverse("admin:catalog_reviewpair_edition", args=[edition.pk]))
        pair = sorted((edition.pk, other.pk))
        return HttpResponseRedirect(reverse("admin:catalog_reviewpair_compare", args=pair))

    @method_decorator(require_POST)
    def split_view(self, request: HttpRequest, edition_id: int) -> HttpResponse:
        self._center_only(request)
        edition = self._edition_or_404(edition_id)
        chosen = [_number(value) for value in request.POST.getlist("record")]
        records = list(SourceRecord.objects.filter(pk__in=chosen).defer("raw"))
        here = reverse("admin:catalog_reviewpair_edition", args=[edition.pk])
        by = request.user.get_username()
        return self._act(request, here, lambda: services.split_edition(edition=edition, records=records, by=by),
                         _("已拆分。"))  # fmt: skip

    @method_decorator(require_POST)
    def undo_view(self, request: HttpRequest, decision_id: int) -> HttpResponse:
        self._center_only(request)
        decision = CatalogDecision.objects.filter(pk=decision_id).first()
        if decision is None:
            raise Http404
        here = reverse("admin:catalog_reviewpair_compare", args=sorted((decision.edition_id, decision.other_id)))
        by = request.user.get_username()
        return self._act(request, here, lambda: services.undo_decision(decision=decision, by=by), _("已撤销。"))

    # --- pieces -----------------------------------------------------------------------------------------

    def _act(self, request: HttpRequest, here: str, act: Any, done: str) -> HttpResponse:
        try:
            act()
        except services.DecisionRefused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(here)
        selectors.forget_waiting_count()
        after = _number(request.POST.get("next", ""))
        if after:  # the page goes on to the next pair: say where this one can be looked at again, and undone
            done = format_html('{} <a class="underline" href="{}">{}</a>', done, here, _("查看或撤销"))
        messages.success(request, done)
        if after:
            return HttpResponseRedirect(f"{reverse('admin:catalog_reviewpair_next')}?after={after}")
        return HttpResponseRedirect(here)

    def _center_only(self, request: HttpRequest) -> None:
        if not _desk(request).is_center:
            raise PermissionDenied

    def _edition_or_404(self, pk: int) -> Edition:
        edition = Edition.objects.select_related("merged_into").filter(pk=pk).first()
        if edition is None:
            raise Http404
        return edition

    def _editions_or_404(self, first: int, second: int) -> tuple[Edition, Edition]:
        if first == second:
            raise Http404
        return self._edition_or_404(first), self._edition_or_404(second)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        base = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return TemplateResponse(request, f"{PAGES}{template}", {**base, **context})


def _desk(request: HttpRequest) -> Desk:
    desk = desk_of(request)
    if desk is None:
        raise Http404
    return desk


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _book_line(edition: Edition) -> SafeString:
    facts = [edition.author_text[:40], edition.publisher, edition.year_text or edition.year, edition.edition_statement]
    return format_html(
        '<span class="bo-review-line"><span class="bo-number">{}</span> <span class="bo-row-title">{}</span>'
        '<span class="bo-row-sub">{}</span></span>',
        edition.pk,
        edition.full_title,
        " · ".join(str(fact) for fact in facts if fact),
    )


def _marc(held: list[selectors.Held], desk: Desk) -> list[dict[str, Any]]:
    """The fields of an edition's first records; librarians see other libraries' records without local fields."""
    records = [record for at in held for record in at.records][:_MARC_SHOWN]
    return [
        {
            "record": record,
            "marc": readable(record)
            if desk.library is None or desk.library.pk == record.library_id
            else public_marc(record),
        }
        for record in records
    ]
