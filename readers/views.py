"""Pages: registration, login, profile, and the librarian's choice of desk."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import MemberLibrary, PauseKind
from readers.access import reader_required
from readers.actors import Actor
from readers.appointments import switch_assignment
from readers.errors import RegistrationRefused
from readers.forms import ContactForm, LoginForm, OwnPasswordForm, RegistrationForm
from readers.library_picker import register_choices
from readers.models import Standing
from readers.selectors import active_desk, assignments_of, reader_of
from readers.services import register_reader, update_contact

# What the page after the registration may still say, kept in the session of the browser that registered.
REGISTERED = "registered"


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
    form = RegistrationForm(request.POST or None, library=library)
    if request.method == "POST" and form.is_valid():
        try:
            reader = register_reader(library=library, **form.for_service())
        except RegistrationRefused as refusal:
            form.add_refusal(refusal)
        else:
            request.session[REGISTERED] = {"library": library.code, "name": reader.name, "email": reader.user.email}
            return redirect("readers:register_done")
    context = {"form": form, "library": library}
    return render(request, "readers/register.html", context)


@never_cache
@require_safe
def register_done(request: HttpRequest) -> HttpResponse:
    """等待本馆审查: what happens next. Without a registration in this session there is nothing to show."""
    registered = request.session.get(REGISTERED)
    if not registered:
        return redirect("readers:register_library")
    library = get_object_or_404(MemberLibrary, code=registered["library"])
    return render(request, "readers/register_done.html", {"registered": registered, "library": library})


class Login(LoginView):
    """读者登录, for librarians too; whoever is let in already goes straight on."""

    template_name = "readers/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "GET" and self._is_at_home(request):
            target = self.get_redirect_url()
            return redirect(
                self.get_default_redirect_url() if target.startswith(request.path) else self.get_success_url()
            )
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def _is_at_home(request: HttpRequest) -> bool:
        reader = reader_of(request.user)
        return active_desk(request.user) is not None or (reader is not None and reader.standing() == Standing.GOOD)

    def get_default_redirect_url(self) -> str:
        """Librarians go to the back office, readers to the joint search."""
        if active_desk(self.request.user) is not None:
            return reverse("admin:index")
        return super().get_default_redirect_url()


class OwnPassword(PasswordChangeView):
    """修改密码, for readers and librarians."""

    template_name = "readers/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("readers:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("密码已修改，请用新密码登录其他设备。"))
        if reader_of(self.request.user) is None:
            return redirect("admin:index")
        return response


login = Login.as_view()
logout = LogoutView.as_view()
password_change = OwnPassword.as_view()


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


@never_cache
@require_safe
@login_required
def desks(request: HttpRequest) -> HttpResponse:
    """The posts of one librarian, one of them in use."""
    posts = assignments_of(request.user)
    if not posts:
        raise Http404  # for readers the page does not exist
    return render(request, "readers/desks.html", {"posts": posts})


@require_POST
@login_required
def switch_desk(request: HttpRequest, pk: int) -> HttpResponse:
    """Work at another of the own desks from now on."""
    post = get_object_or_404(assignments_of(request.user), pk=pk)
    switch_assignment(user=post.user, assignment=post)
    messages.success(request, _("现在的工作身份：%(post)s") % {"post": post.place})
    return redirect("admin:index")
