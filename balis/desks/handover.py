"""交接: before a librarian leaves, what waits at that desk, who stays, and what still carries the leaver's address."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from balis.desks.counts import readers_waiting
from catalog.models import MemberLibrary
from catalog.scoping import desk_of
from readers.actors import actor_of_desk
from readers.appointments import hand_over
from readers.errors import AppointmentRefused
from readers.models import Assignment
from requests_app.backoffice.queues import DESK_NAMES, QUEUES
from requests_app.backoffice.waiting import Waiting, waiting_counts
from requests_app.deadlines import Look


@dataclass(frozen=True)
class OpenWork:
    """One pile that waits at the library's desks."""

    desk: str
    label: str
    waiting: Waiting


def open_work(library: MemberLibrary) -> list[OpenWork]:
    """Everything on which that library has the next move. Work belongs to desks, so none of it goes with a person."""
    counts = waiting_counts(Look.now(library))
    readers, of_readers = _("读者"), readers_waiting(library)
    piles = [
        OpenWork(str(DESK_NAMES[side]), str(queue.label), counts.get((side, queue.key), Waiting()))
        for side, queues in QUEUES.items()
        for queue in queues
        if queue.waits_for_us
    ]
    piles += [
        OpenWork(readers, _("待审核读者"), of_readers.get("review", Waiting())),
        OpenWork(readers, _("待审身份更改"), of_readers.get("identity", Waiting())),
        OpenWork(readers, _("待办借书证"), of_readers.get("card", Waiting())),
    ]
    return [pile for pile in piles if pile.waiting.count]


@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one post; its button takes the post away. For the center alone, as every appointment is."""
    desk = desk_of(request)
    if desk is None or not desk.is_center:
        raise Http404
    post = get_object_or_404(Assignment.objects.select_related("user", "library"), pk=pk)
    if request.method == "POST":
        try:
            hand_over(assignment=post, by=actor_of_desk(request), closes_account=request.POST.get("close") == "1")
        except AppointmentRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:handover", pk)
        messages.success(request, _("已撤销任职：%(post)s。") % {"post": post})
        return redirect("admin:readers_assignment_changelist")
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("交接：%(post)s") % {"post": post},
        "post": post,
        "other_posts": post.user.assignments.exclude(pk=post.pk).select_related("library"),
        "is_reader": hasattr(post.user, "reader"),
    }
    if post.library is not None:
        context["work"] = open_work(post.library)
        context["colleagues"] = (
            Assignment.objects.filter(library=post.library, user__is_active=True)
            .exclude(user=post.user)
            .select_related("user", "library")
        )
        context["mail_is_own"] = bool(post.user.email) and post.user.email.lower() == post.library.email.lower()
    return render(request, "admin/handover.html", context)
