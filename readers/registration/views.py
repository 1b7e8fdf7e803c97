"""Pages: choosing the library, the registration form, and the registration while it waits."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import MemberLibrary, PauseKind
from readers.accounts.limits import too_often
from readers.errors import DecisionRefused, LinkRefused, RegistrationRefused
from readers.models import ReaderState
from readers.registration.forms import CorrectionForm, RegistrationForm
from readers.registration.library_picker import register_choices
from readers.registration.services import register_reader
from readers.registration.session import forget_registration, remember_registration, remembered_registration
from readers.registration.verification import reader_of_token, send_verification, verify_email
from readers.registration.waiting import WAITING, correct_registration, withdraw_registration
from readers.selectors import reader_of


@require_safe
def register_library(request: HttpRequest) -> HttpResponse:
    """Choose 所属学校图书馆; `?library=CODE` (确定) goes on to the form, `?q=` narrows the list."""
    chosen = request.GET.get("library")
    error = ""
    if chosen is not None:
        library = MemberLibrary.objects.registering().of_code(chosen).first()
        if library is None:
            error = _("请选择要注册的图书馆。")
        elif library.is_paused(PauseKind.BORROWING):
            error = _("%(library)s现在暂停服务，不能注册。") % {"library": library}
        else:
            return redirect("readers:register", code=library.code)
    elif "confirm" in request.GET:
        error = _("请选择要注册的图书馆。")
    query = request.GET.get("q", "")[:100]
    context = {"groups": register_choices(query), "query": query, "error": error}
    return render(request, "readers/register_library.html", context)


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, code: str) -> HttpResponse:
    """The registration form of one library."""
    library = get_object_or_404(MemberLibrary.objects.registering(), code=code)
    if reader_of(request.user) is not None:
        messages.info(request, _("您已经登录，不需要再次注册。"))
        return redirect("readers:profile")
    if library.is_paused(PauseKind.BORROWING):
        messages.error(request, _("%(library)s现在暂停服务，不能注册。") % {"library": library})
        return redirect("readers:register_library")
    form = RegistrationForm(request.POST or None, request.FILES or None, library=library)
    if request.method == "POST" and form.is_valid():
        if too_often(request, "register"):
            return render(request, "readers/too_often.html", status=429)
        try:
            reader = register_reader(library=library, **form.for_service())
        except RegistrationRefused as refusal:
            form.add_refusal(refusal)
        else:
            remember_registration(request, reader)
            return redirect("readers:registration")
    context = {"form": form, "library": library}
    return render(request, "readers/register.html", context)


@never_cache
@require_safe
def registration(request: HttpRequest) -> HttpResponse:
    """我的注册: where it stands and what comes next. For the browser that registered, or after the right password."""
    reader = remembered_registration(request)
    if reader is None:
        return redirect("readers:login")
    return render(request, "readers/registration.html", {"row": reader, "library": reader.library})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registration_correct(request: HttpRequest) -> HttpResponse:
    """更正注册资料, as long as the library has not decided."""
    reader = remembered_registration(request)
    if reader is None:
        return redirect("readers:login")
    if reader.state not in WAITING:
        return redirect("readers:registration")
    form = CorrectionForm(request.POST or None, request.FILES or None, instance=reader)
    if form.passes(lambda: correct_registration(reader=reader, **form.for_service())):
        messages.success(request, _("资料已更正，等待本馆审查。"))
        return redirect("readers:registration")
    context = {"form": form, "library": reader.library, "row": reader}
    return render(request, "readers/registration_correct.html", context)


@require_POST
def registration_withdraw(request: HttpRequest) -> HttpResponse:
    """撤回注册."""
    reader = remembered_registration(request)
    if reader is None:
        return redirect("readers:login")
    try:
        withdraw_registration(reader=reader)
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("readers:registration")
    forget_registration(request)
    messages.success(request, _("注册已撤回，您填写的资料已经删除。"))
    return redirect("readers:register_library")


@require_POST
def registration_resend(request: HttpRequest) -> HttpResponse:
    """Send the verification letter again: for a registration that waits, or a logged-in reader."""
    reader = remembered_registration(request) or reader_of(request.user)
    if reader is None:
        return redirect("readers:login")
    if reader.email_verified_at is not None:
        messages.info(request, _("您的E-mail已经验证过了。"))
    elif send_verification(reader=reader):
        messages.success(request, _("验证邮件已发送到%(email)s。") % {"email": reader.user.email})
    else:
        messages.warning(request, _("验证邮件刚刚发送过，请先查看邮箱（也看看垃圾邮件），几分钟后可再发送。"))
    return redirect("readers:profile" if reader.state == ReaderState.APPROVED else "readers:registration")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_verify(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link. Mail programs open links by themselves, so only the button verifies."""
    try:
        reader = verify_email(token=token) if request.method == "POST" else reader_of_token(token)
    except LinkRefused as refusal:
        return render(request, "readers/link_refused.html", {"reason": str(refusal)}, status=410)
    context = {"row": reader, "library": reader.library, "token": token}
    return render(request, "readers/email_verify.html", context)
