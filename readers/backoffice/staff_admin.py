"""The back office of accounts and posts: for the center alone; for everybody else these pages do not exist."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.scoping import ScopedModelAdmin, desk_of
from readers.accounts.passwords import send_first_staff_password_link
from readers.actors import actor_of_desk
from readers.appointments import appoint, dismiss
from readers.models import Assignment, Role, User

admin.site.unregister(Group)  # posts, not groups, say what a librarian may do


class CenterOnlyAdmin(ScopedModelAdmin):
    """Rows and pages that exist for the center only (404 for librarians)."""

    @staticmethod
    def _is_center(request: HttpRequest) -> bool:
        desk = desk_of(request)
        return desk is not None and desk.is_center

    def _or_404(self, request: HttpRequest) -> None:
        if not self._is_center(request):
            raise Http404

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        return queryset if self._is_center(request) else queryset.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_center(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._is_center(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self._or_404(request)
        return super().changelist_view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self._or_404(request)
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self._or_404(request)
        return super().delete_view(request, *args, **kwargs)

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self._or_404(request)
        return super().history_view(request, *args, **kwargs)


class AccountCreationForm(forms.ModelForm):
    """A new account of a librarian: the password comes by a link, the posts are given afterwards."""

    first_name = forms.CharField(label=_("姓名"), max_length=60, widget=UnfoldAdminTextInputWidget())
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("设置密码的链接发送到这个地址"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "email"}),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "email")

    def clean_username(self) -> str:
        """The database tells login names apart whatever their case; so does this form."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("这个登录名已有人使用，请换一个。"))
        return username


@admin.register(User)
class UserAdmin(DjangoUserAdmin, CenterOnlyAdmin):
    """Accounts of librarians and readers. Rank follows from posts: no superuser, group or permission is set here."""

    add_form = AccountCreationForm
    add_form_template = None  # Django's says that more can be entered afterwards; ours says what comes next
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("username", "first_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "first_name", "email", "password_state")}),
        (_("状态"), {"fields": ("posts", "is_active", "is_staff", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "first_name", "email")}),)
    readonly_fields = ("password_state", "posts", "is_staff", "last_login", "date_joined")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        if obj is not None and obj == request.user:
            fields = (*fields, "is_active")  # nobody shuts themselves out
        if obj is not None and hasattr(obj, "reader"):
            fields = (*fields, "username", "first_name", "email")  # a reader's data change by the reader's services
        return fields

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self._or_404(request)
        return super().add_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            send_first_staff_password_link(user=obj)
            messages.info(request, gettext("设置密码的链接已发送到%(email)s。请接着办理任职。") % {"email": obj.email})

    @display(description=_("密码"))
    def password_state(self, user: User) -> SafeString:
        """Whether there is one; of its hash nobody has to see anything."""
        state = gettext("已设置") if user.has_usable_password() else gettext("未设置")
        change_url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('{} · <a href="{}">{}</a>', state, change_url, gettext("另设密码…"))

    @display(description=_("馆员任职"))
    def posts(self, user: User) -> SafeString:
        """The posts with the way to hand each over, and the way to the next one."""
        rows = [
            format_html('<a href="{}">{}</a>', reverse("admin:handover", args=[post.pk]), post.place)
            for post in user.assignments.select_related("library")
        ]
        appoint_url = f"{reverse('admin:readers_assignment_add')}?user={user.pk}"
        rows.append(format_html('<a href="{}">{}</a>', appoint_url, gettext("办理任职…")))
        return format_html(
            '<ul class="bo-posts">{}</ul>', format_html_join("", "<li>{}</li>", ((row,) for row in rows))
        )

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._or_404(request)
        return super().user_change_password(request, *args, **kwargs)


class AppointmentForm(forms.ModelForm):
    """A post at a library, or at the center (then without a library)."""

    class Meta:
        model = Assignment
        fields = ("user", "role", "library")
        help_texts = {"library": _("中心管理员不填成员馆。")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        role, library = cleaned.get("role"), cleaned.get("library")
        if role == Role.CENTER and library is not None:
            self.add_error("library", _("中心管理员不属于某个成员馆，请留空。"))
        elif role and role != Role.CENTER and library is None:
            self.add_error("library", _("请选择成员馆。"))
        return cleaned


@admin.register(Assignment)
class AssignmentAdmin(CenterOnlyAdmin):
    """Posts are given and taken, never edited."""

    form = AppointmentForm
    list_display = ("user", "library", "role", "active", "handover")
    list_filter = ("role",)
    search_fields = ("user__username", "user__first_name", "library__name")
    autocomplete_fields = ("user",)
    fields = ("user", "role", "library")
    list_select_related = ("user", "library")

    @display(description=_("交接"))
    def handover(self, post: Assignment) -> str:
        """The way to what waits at the desk before the post is taken away."""
        return format_html('<a href="{}">{}</a>', reverse("admin:handover", args=[post.pk]), gettext("交接…"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_center(request) and (obj is None or obj.user != request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        post = appoint(user=obj.user, library=obj.library, role=obj.role, by=actor_of_desk(request))
        obj.pk, obj.active = post.pk, post.active

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        dismiss(assignment=obj, by=actor_of_desk(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for post in queryset:
            dismiss(assignment=post, by=actor_of_desk(request))
