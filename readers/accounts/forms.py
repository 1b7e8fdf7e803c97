"""Login and password forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from readers.fields import PASSWORD_HELP, PASSWORD_MAX_LENGTH, layout_helper
from readers.models import Reader
from readers.selectors import active_desk, reader_of


class LoginForm(AuthenticationForm):
    """登录代码 may be login name, e-mail or reader barcode; only the right password earns an explanation."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("登录代码或登录密码不正确，请核对后再试。"),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.kept_out: Reader | None = None
        self.fields["username"].label = _("登录代码")
        self.fields["username"].help_text = _("读者登录名、读者条码或E-mail")
        self.fields["username"].widget.attrs.update(maxlength=254, autocapitalize="none", autocomplete="username")
        self.fields["password"].label = _("登录密码")

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if active_desk(user) is not None:
            return
        reader = reader_of(user)
        if reader is None:
            raise ValidationError(_("这个账号没有读者资格，也没有馆员任职。请与中心联系。"), code="no_role")
        if reason := reader.why_no_standing():
            self.kept_out = reader
            raise ValidationError(reason, code=reader.standing())


class OwnPasswordForm(PasswordChangeForm):
    """修改密码."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": _("原密码不正确，请重新输入。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("原密码")
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password2"].label = _("新密码确认")
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.helper = layout_helper("old_password", "new_password1", "new_password2")


class ForgottenPasswordForm(forms.Form):
    """忘记密码: whatever a person remembers of the account."""

    login = forms.CharField(
        label=_("登录代码"),
        max_length=254,
        help_text=_("读者登录名、读者条码或E-mail"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout_helper("login")


class NewPasswordForm(SetPasswordForm):
    """The page behind the link of the letter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("new_password1", _("新密码")), ("new_password2", _("新密码确认"))):
            self.fields[name].label = label
            self.fields[name].validators.append(MaxLengthValidator(PASSWORD_MAX_LENGTH))
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.helper = layout_helper("new_password1", "new_password2")
