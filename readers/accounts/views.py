"""Pages: login, passwords, and the librarian's choice of desk."""

from time import monotonic, sleep
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView, PasswordResetConfirmView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readers.accounts.forms import ForgottenPasswordForm, LoginForm, NewPasswordForm, OwnPasswordForm
from readers.accounts.limits import too_often
from readers.accounts.passwords import ask_password_reset, password_was_set
from readers.appointments import switch_assignment
from readers.models import Standing
from readers.registration.session import remember_registration
from readers.selectors import active_desk, assignments_of, reader_of

# Finding an account and writing a letter takes some milliseconds; every answer takes this long, so that a stopwatch
# does not tell who is registered. Seconds.
RESET_ANSWER_TIME = 0.3


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

    def form_invalid(self, form: Any) -> HttpResponse:
        """With the right password, a reader who is kept out may look at the own registration."""
        if form.kept_out is not None:
            remember_registration(self.request, form.kept_out)
        return super().form_invalid(form)

    def get_default_redirect_url(self) -> str:
        """Librarians go to the back office, readers to the joint search."""
        if active_desk(self.request.user) is not None:
            return reverse("admin:index")
        return super().get_default_redirect_url()


class OwnPassword(PasswordChangeView):
    """修改密码, for readers and librarians; every other session of the account ends."""

    template_name = "readers/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("readers:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        password_was_set(user=form.user, by_mail=False)
        messages.success(self.request, _("密码已修改，请用新密码登录其他设备。"))
        if reader_of(self.request.user) is None:
            return redirect("admin:index")
        return response


class NewPassword(PasswordResetConfirmView):
    """The page behind the link: Django keeps the token in the session, out of the address and of any referrer."""

    template_name = "readers/password_reset.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("readers:login")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        password_was_set(user=form.user, by_mail=True)
        messages.success(self.request, _("新密码已经生效，请登录。"))
        return response


login = Login.as_view()
logout = LogoutView.as_view()
password_change = OwnPassword.as_view()
password_reset = NewPassword.as_view()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """忘记密码: the answer is the same whether the account exists or not."""
    form = ForgottenPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if too_often(request, "password"):
            return render(request, "readers/too_often.html", status=429)
        started = monotonic()
        ask_password_reset(login=form.cleaned_data["login"])
        sleep(max(0.0, RESET_ANSWER_TIME - (monotonic() - started)))
        return render(request, "readers/password_forgotten_done.html")
    return render(request, "readers/password_forgotten.html", {"form": form})


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
