"""Pages of 个人信息维护."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from readers.access import reader_required
from readers.actors import Actor
from readers.errors import RegistrationRefused
from readers.profile.forms import ContactForm
from readers.profile.services import update_contact


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reader_required
def profile(request: HttpRequest) -> HttpResponse:
    """个人信息维护: identity to read, contact data to change."""
    reader = request.reader  # type: ignore[attr-defined]
    form = ContactForm(request.POST or None, instance=reader)
    if request.method == "POST" and form.is_valid():
        try:
            update_contact(reader=reader, by=Actor.of_reader(reader), **form.for_service())
        except RegistrationRefused as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("个人信息已保存。"))
            return redirect("readers:profile")
    return render(request, "readers/profile.html", {"form": form})
