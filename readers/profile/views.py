"""Pages of 个人信息维护: each part is a form of its own, and says what happens next."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readers.access import reader_required
from readers.accounts.limits import too_often
from readers.actors import Actor
from readers.errors import LinkRefused, RegistrationRefused
from readers.models import ChangeState, EmailChange, Photo
from readers.profile.closing import close_account, why_not_close
from readers.profile.email_change import (
    Side,
    ask_email_change,
    cancel_email_change,
    change_of_token,
    confirm_email_change,
)
from readers.profile.forms import CloseForm, ContactForm, EmailChangeForm, IdentityChangeForm, MailsForm, PhotoForm
from readers.profile.identity import ask_identity_change, withdraw_identity_change
from readers.profile.photos import photo_response, remove_photo, set_photo
from readers.profile.services import choose_mails, update_contact

FORM = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(FORM)
@reader_required
def profile(request: HttpRequest) -> HttpResponse:
    """个人信息维护: who one is, how one is reached, and the ways to everything else."""
    reader = request.reader  # type: ignore[attr-defined]
    form = ContactForm(request.POST or None, instance=reader)
    if form.passes(lambda: update_contact(reader=reader, by=Actor.of_reader(reader), **form.for_service())):
        messages.success(request, _("个人信息已保存。"))
        return redirect("readers:profile")
    context = {
        "form": form,
        "identity_change": reader.identity_changes.exclude(state=ChangeState.DONE).first(),
        "email_change": EmailChange.objects.filter(reader=reader).first(),
        "card": reader.valid_card(),
        "mails": MailsForm(reader=reader),
    }
    return render(request, "readers/profile.html", context)


@never_cache
@require_http_methods(FORM)
@reader_required
def identity(request: HttpRequest) -> HttpResponse:
    """申请更改身份信息."""
    reader = request.reader  # type: ignore[attr-defined]
    form = IdentityChangeForm(request.POST or None, instance=reader)
    if form.passes(lambda: ask_identity_change(reader=reader, by=Actor.of_reader(reader), **form.cleaned_data)):
        messages.success(request, _("已提交本馆审查，结果将发送到您的E-mail。"))
        return redirect("readers:profile")
    return _form_page(request, _("申请更改身份信息"), form, _("提交审查"), note=_("本馆核对证件后才会更改。"))


@require_POST
@reader_required
def identity_withdraw(request: HttpRequest) -> HttpResponse:
    reader = request.reader  # type: ignore[attr-defined]
    withdraw_identity_change(reader=reader, by=Actor.of_reader(reader))
    messages.success(request, _("更改申请已撤回。"))
    return redirect("readers:profile")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(FORM)
@reader_required
def email(request: HttpRequest) -> HttpResponse:
    """更改E-mail: two letters go out."""
    reader = request.reader  # type: ignore[attr-defined]
    form = EmailChangeForm(request.POST or None, reader=reader)
    if form.is_valid() and too_often(request, "email"):
        return render(request, "readers/too_often.html", status=429)
    by = Actor.of_reader(reader)
    if form.passes(lambda: ask_email_change(reader=reader, new_email=form.cleaned_data["new_email"], by=by)):
        messages.success(request, _("已向新旧两个地址各发送一封邮件，都确认之后才会更改。"))
        return redirect("readers:profile")
    note = _("新旧两个地址都要确认。旧地址不能用了，请带证件找本馆馆际互借员。")
    return _form_page(request, _("更改E-mail"), form, _("发送确认邮件"), note=note)


@require_POST
@reader_required
def email_cancel(request: HttpRequest) -> HttpResponse:
    reader = request.reader  # type: ignore[attr-defined]
    cancel_email_change(reader=reader, by=Actor.of_reader(reader))
    messages.success(request, _("已取消更改E-mail，邮件里的链接不再有效。"))
    return redirect("readers:profile")


@never_cache
@require_http_methods(FORM)
def email_change_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the two links; needs no login, and only its button does something."""
    try:
        if request.method == "POST":
            change = confirm_email_change(token=token)
            return render(request, "readers/email_change_done.html", {"change": change})
        change, side = change_of_token(token)
    except (LinkRefused, RegistrationRefused) as refusal:
        return render(request, "readers/link_refused.html", {"reason": str(refusal)}, status=410)
    return render(request, "readers/email_change_confirm.html", {"change": change, "is_old": side is Side.OLD})


@require_http_methods(FORM)
@reader_required
def photo(request: HttpRequest) -> HttpResponse:
    """照片: choose, replace, remove."""
    reader = request.reader  # type: ignore[attr-defined]
    form = PhotoForm(request.POST or None, request.FILES or None)
    by = Actor.of_reader(reader)
    if form.passes(lambda: set_photo(reader=reader, upload=form.cleaned_data["photo"], by=by)):
        messages.success(request, _("照片已保存。"))
        return redirect("readers:photo")
    return render(request, "readers/photo.html", {"form": form})


@require_POST
@reader_required
def photo_remove(request: HttpRequest) -> HttpResponse:
    reader = request.reader  # type: ignore[attr-defined]
    remove_photo(reader=reader, by=Actor.of_reader(reader))
    messages.success(request, _("照片已删除。"))
    return redirect("readers:photo")


@require_safe
@reader_required
def photo_file(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the own photos; those of others do not exist."""
    return photo_response(get_object_or_404(Photo, pk=pk, reader=request.reader))  # type: ignore[attr-defined]


@require_POST
@reader_required
def mails(request: HttpRequest) -> HttpResponse:
    """邮件通知."""
    reader = request.reader  # type: ignore[attr-defined]
    form = MailsForm(request.POST, reader=reader)
    if not form.is_valid():
        raise Http404  # no page of ours sends another value
    choose_mails(reader=reader, by=Actor.of_reader(reader), wanted=form.cleaned_data["wanted"])
    messages.success(request, _("邮件通知的设置已保存。"))
    return redirect("readers:profile")


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(FORM)
@reader_required
def close(request: HttpRequest) -> HttpResponse:
    """销户: what goes, what stays, and why not now."""
    reader = request.reader  # type: ignore[attr-defined]
    form = CloseForm(request.POST or None, reader=reader)
    if form.passes(lambda: close_account(reader=reader, by=Actor.of_reader(reader))):
        logout(request)
        messages.success(request, _("账号已注销，个人信息已经清除。"))
        return redirect("notices:home")
    return render(request, "readers/close.html", {"form": form, "why_not": why_not_close(reader)})


def _form_page(request: HttpRequest, title: str, form: Any, button: str, note: str = "") -> HttpResponse:
    context = {"title": title, "form": form, "button": button, "note": note}
    return render(request, "readers/profile_form.html", context)
