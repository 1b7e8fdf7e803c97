"""One request at a desk: what it is, what happened, and the moves that are possible now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.scoping import Desk, desk_of
from readers.actors import Actor, Capacity, actor_of_desk
from readers.profile.photos import photo_response
from requests_app.backoffice.history import notes_shown, timeline
from requests_app.backoffice.move_forms import MoveForm
from requests_app.backoffice.presentation import RequestShown
from requests_app.backoffice.privacy import photo_for
from requests_app.errors import MoveRefused
from requests_app.models import DeskNote, LoanRequest
from requests_app.moves.options import MoveOption, available_moves, capacity_of, state_read_by
from requests_app.services.forwarding import forward_request
from requests_app.services.moves import move
from requests_app.services.notes import read_notes, write_note
from requests_app.transitions import rows_of

DETAIL_TEMPLATE = "requests_app/backoffice/request_detail.html"
MOVE_TEMPLATE = "requests_app/backoffice/request_move.html"
NOTE_LENGTH = DeskNote._meta.get_field("text").max_length

if TYPE_CHECKING:
    from catalog.scoping import ScopedModelAdmin as Base
else:
    Base = object


class RequestPages(Base):
    """The detail and move pages of LoanRequestAdmin; every request comes through `get_queryset` or is a 404."""

    def desk(self, request: HttpRequest) -> Desk:
        desk = desk_of(request)
        if desk is None:
            raise Http404
        return desk

    def _request_or_404(self, request: HttpRequest, object_id: int) -> LoanRequest:
        queryset: QuerySet[Any] = self.get_queryset(request).select_related("holding", "reader__user")
        loan_request = queryset.filter(pk=object_id).first()
        if loan_request is None:
            raise Http404
        return loan_request

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The request at a glance. Its buttons post to `move_view`; this page itself writes nothing."""
        loan_request = self._request_or_404(request, int(object_id))
        actor = actor_of_desk(request)
        forms = [
            MoveForm(loan_request=loan_request, option=option, actor=actor)
            for option in available_moves(loan_request, actor)
        ]
        events = timeline(loan_request, self.desk(request))
        return self._page(
            request,
            DETAIL_TEMPLATE,
            loan_request,
            forms=forms,
            events=events,
            notes=notes_shown(loan_request, self.desk(request)),
            note_length=NOTE_LENGTH,
        )

    def note_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: a note for the other library."""
        loan_request = self._request_or_404(request, object_id)
        try:
            write_note(request=loan_request, text=request.POST.get("text", "")[:NOTE_LENGTH], by=actor_of_desk(request))
        except MoveRefused as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("留言已发出。"))
        return HttpResponseRedirect(_notes_of(loan_request))

    def read_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """POST: the notes are read. The page sends it once they are in view; without scripts a button does."""
        loan_request = self._request_or_404(request, object_id)
        read_notes(request=loan_request, by=actor_of_desk(request))
        return (
            HttpResponse(status=204)
            if "HX-Request" in request.headers
            else HttpResponseRedirect(_notes_of(loan_request))
        )

    def move_view(self, request: HttpRequest, object_id: int, verb: str) -> HttpResponse:
        """GET shows the form of one move, POST makes the move; a refusal is shown and what was typed is kept."""
        loan_request = self._request_or_404(request, object_id)
        actor = actor_of_desk(request)
        option = _option(loan_request, actor, verb)
        if request.method != "POST":
            form = MoveForm(loan_request=loan_request, option=option, actor=actor)
            return self._page(request, MOVE_TEMPLATE, loan_request, form=form)

        form = MoveForm(request.POST, loan_request=loan_request, option=option, actor=actor)
        if not form.is_valid():
            return self._page(request, MOVE_TEMPLATE, loan_request, form=form, status=400)
        try:
            _perform(loan_request, form, replace(actor, reason=form.behalf_reason))
        except MoveRefused as refusal:
            now = self._request_or_404(request, object_id)
            form = MoveForm(request.POST, loan_request=now, option=_option(now, actor, verb), actor=actor)
            form.refuse(refusal)
            return self._page(request, MOVE_TEMPLATE, now, form=form, status=409)
        done = _("申请单%(number)s已完成“%(move)s”。") % {"number": loan_request.number, "move": option.label}
        messages.success(request, done)
        return HttpResponseRedirect(reverse("admin:requests_app_loanrequest_change", args=[loan_request.pk]))

    def photo_view(self, request: HttpRequest, object_id: int, photo_pk: int) -> HttpResponse:
        """The face to compare with, for the desks that privacy.py names; for everybody else there is none."""
        photo = photo_for(self.desk(request), self._request_or_404(request, object_id))
        if photo is None or photo.pk != photo_pk:
            raise Http404
        return photo_response(photo)

    def _page(
        self, request: HttpRequest, template: str, loan_request: LoanRequest, *, status: int = 200, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": loan_request.number,
            "opts": self.opts,
            "original": loan_request,
            "shown": RequestShown(loan_request, self.desk(request)),
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, template, context, status=status)


def _notes_of(loan_request: LoanRequest) -> str:
    return f"{reverse('admin:requests_app_loanrequest_change', args=[loan_request.pk])}#notes"


def _perform(loan_request: LoanRequest, form: MoveForm, by: Actor) -> None:
    """Make the move of the form. Raises MoveRefused."""
    version = form.cleaned_data["version"]
    if form.option.verb == "forward":
        token = uuid5(NAMESPACE_OID, f"{loan_request.number}/{version}")  # pressing twice makes one request
        forward_request(request=loan_request, lender=form.lender, by=by, token=token, expected_version=version)
    else:
        move(request=loan_request, verb=form.option.verb, by=by, expected_version=version, **form.details)


def _option(loan_request: LoanRequest, actor: Actor, verb: str) -> MoveOption:
    """The button of that verb; one that is not offered now says why not, so that what was typed can be shown."""
    rows = rows_of(verb)
    if not any(row.is_button and set(row.capacities) != {Capacity.SYSTEM} for row in rows):
        raise Http404
    for option in available_moves(loan_request, actor):
        if option.verb == verb:
            return option
    why_not = _("现在不能“%(move)s”：申请单的状态是“%(state)s”。") % {
        "move": rows[0].label,
        "state": state_read_by(loan_request, capacity_of(loan_request, actor)),
    }
    return MoveOption(verb, str(rows[0].label), False, why_not, rows[0].fields, False)
