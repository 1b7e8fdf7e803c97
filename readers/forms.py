"""Forms of registration, login and profile; labels and hints are those of product.md, screens 2, 3 and 12."""

import re
import unicodedata
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Field, Fieldset, Layout, Row
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES

from catalog.models import MemberLibrary
from readers.errors import RegistrationRefused
from readers.models import CERTIFICATE_RULE, LOGIN_NAME_RULE, Reader, User
from readers.selectors import active_desk, reader_of, registration_conflicts
from readers.services import CONTACT_FIELDS, normal_certificate

EARLIEST_BIRTH = date(1900, 1, 1)
# Far above any passphrase; it only keeps somebody from sending megabytes to a slow hash.
PASSWORD_MAX_LENGTH = 1000


def layout_helper(*layout: Any) -> FormHelper:
    """A crispy helper for fields only: the template writes form tag, CSRF token and buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*layout)
    return helper


class Section(Fieldset):
    """A part of a long form, under a heading in the style of the portal's panels."""

    template = "readers/_section.html"


def name_empty_choices(form: forms.BaseForm) -> None:
    """A list that must be chosen from says 请选择, one that may stay empty 不填 (Django writes ---------)."""
    for field in form.fields.values():
        if isinstance(field, forms.ChoiceField):
            empty = _("请选择") if field.required else _("不填")
            choices: Any = field.choices
            field.choices = [(value, label if value else empty) for value, label in choices]


class HalfWidthCharField(forms.CharField):
    """Text that an input method may have typed in full-width characters (２０２６ becomes 2026)."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "").strip()


class TakesServiceErrors(forms.Form):
    """A form that can show what a service has refused."""

    def add_refusal(self, refusal: RegistrationRefused) -> None:
        for field, sentence in refusal.errors.items():
            self.add_error(field if field in self.fields else None, sentence)


class ContactFieldsMixin(forms.ModelForm):
    """What registration and profile have in common: the fields a reader fills in about how to be reached."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("E-mail地址请填写正确，通过审查后将发送邮件通知您！"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    phone = HalfWidthCharField(
        label=_("联系电话"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    postcode = HalfWidthCharField(
        label=_("邮政编码"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric"}),
    )
    address = forms.CharField(
        label=_("通信地址"),
        max_length=200,
        required=False,
        help_text=_("以200字符为限"),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=100,
        required=False,
        help_text=_("以100字符为限"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if not re.fullmatch(r"[0-9+()#*/,; ext.-]+", phone) or sum(c.isdigit() for c in phone) < 5:
            raise ValidationError(_("请填写能打通的电话号码，例如 13800001234 或 010-62280000-123。"))
        return phone

    def clean_postcode(self) -> str:
        postcode: str = self.cleaned_data["postcode"]
        if postcode and not re.fullmatch(r"[0-9A-Za-z -]{3,10}", postcode):
            raise ValidationError(_("邮政编码只能是数字，例如 100876。"))
        return postcode

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()


class IdentityFieldsMixin(forms.ModelForm):
    """Who the reader is, as printed on the certificate."""

    certificate_number = HalfWidthCharField(
        label=_("证件号码"),
        max_length=14,
        validators=[CERTIFICATE_RULE],
        help_text=_("本人借书证号码；请用字符，14字符为限"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    birth_date = forms.DateField(
        label=_("出生日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday", "min": "1900-01-01"}),
    )

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_certificate_number(self) -> str:
        return normal_certificate(self.cleaned_data["certificate_number"])

    def clean_birth_date(self) -> date | None:
        birth_date: date | None = self.cleaned_data["birth_date"]
        if birth_date and not EARLIEST_BIRTH <= birth_date <= timezone.localdate():
            raise ValidationError(_("请核对出生日期。"))
        return birth_date


class RegistrationForm(ContactFieldsMixin, IdentityFieldsMixin, TakesServiceErrors):
    """The form of screen 2 for one library. Duplicates are told here and, under lock, once more by the service."""

    username = HalfWidthCharField(
        label=_("读者登录名"),
        max_length=40,
        help_text=_("请用字符a-z,A-Z,0-9组成登录名，不能使用空格"),
        validators=[LOGIN_NAME_RULE],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "maxlength": 40}
        ),
    )
    password1 = forms.CharField(
        label=_("密码"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("密码确认"),
        strip=False,
        max_length=PASSWORD_MAX_LENGTH,
        help_text=_("请再输入一次密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Reader
        fields = [
            "name", "certificate_type", "certificate_number", "gender", "birth_date", "phone", "department",
            "job_title", "education", "address", "postcode", "note",
        ]  # fmt: skip
        help_texts = {"name": _("本人真实姓名")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "department": forms.TextInput(attrs={"autocomplete": "organization"}),
        }

    def __init__(self, *args: Any, library: MemberLibrary, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self)
        self.library = library
        self.conflicts: dict[str, str] = {}
        self.fields["password1"].help_text = _("可以用长口令；") + " ".join(password_validators_help_texts())
        self.helper = layout_helper(
            Section(
                _("本人信息"),
                Row(Column("name", css_class="col-md-6"), Column("username", css_class="col-md-6")),
                Row(
                    Column("certificate_type", css_class="col-md-6"), Column("certificate_number", css_class="col-md-6")
                ),
                Row(Column("password1", css_class="col-md-6"), Column("password2", css_class="col-md-6")),
                Row(Column("gender", css_class="col-md-6"), Column("birth_date", css_class="col-md-6")),
            ),
            Section(
                _("联系方式"),
                Row(Column("phone", css_class="col-md-6"), Column("email", css_class="col-md-6")),
                Row(
                    Column("department", css_class="col-md-6"),
                    Column("job_title", css_class="col-6 col-md-3"),
                    Column("education", css_class="col-6 col-md-3"),
                ),
                Row(Column("address", css_class="col-md-9"), Column("postcode", css_class="col-md-3")),
                Field("note"),
            ),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_passwords(cleaned)
        self.conflicts = registration_conflicts(
            library=self.library,
            username=cleaned.get("username", ""),
            certificate_number=cleaned.get("certificate_number", ""),
            email=cleaned.get("email", ""),
        )
        for field, sentence in self.conflicts.items():
            self.add_error(field, sentence)
        return cleaned

    def _check_passwords(self, cleaned: dict[str, Any]) -> None:
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次输入的密码不一致。"))
        elif first:
            account = User(
                username=cleaned.get("username", ""), email=cleaned.get("email", ""), first_name=cleaned.get("name", "")
            )
            try:
                validate_password(first, account)
            except ValidationError as error:
                self.add_error("password1", error)

    def add_refusal(self, refusal: RegistrationRefused) -> None:
        self.conflicts = refusal.errors
        super().add_refusal(refusal)

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of services.register_reader."""
        values = dict(self.cleaned_data)
        values["password"] = values.pop("password1")
        values.pop("password2")
        return values


class ContactForm(ContactFieldsMixin, TakesServiceErrors):
    """个人信息维护: what a reader changes alone."""

    class Meta:
        model = Reader
        fields = list(CONTACT_FIELDS)
        widgets = {"department": forms.TextInput(attrs={"autocomplete": "organization"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("申请单和到馆通知都发送到这个地址")
        self.initial.setdefault("email", self.instance.user.email)
        for name in ("job_title", "education"):
            self._keep_unlisted_value(name)
        name_empty_choices(self)
        self.helper = layout_helper(
            Row(Column("phone", css_class="col-md-6"), Column("email", css_class="col-md-6")),
            Row(
                Column("department", css_class="col-md-6"),
                Column("job_title", css_class="col-6 col-md-3"),
                Column("education", css_class="col-6 col-md-3"),
            ),
            Row(Column("address", css_class="col-md-9"), Column("postcode", css_class="col-md-3")),
            Field("note"),
        )

    def _keep_unlisted_value(self, name: str) -> None:
        """A word of an older list stays what it is until the reader chooses another."""
        field, value = self.fields[name], getattr(self.instance, name)
        if isinstance(field, forms.ChoiceField) and value and not field.valid_value(value):
            field.choices = [*list(field.choices), (value, value)]  # type: ignore[arg-type]

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone, so that the page shows what is stored."""

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of services.update_contact."""
        return {
            "email": self.cleaned_data["email"],
            "contact": {field: self.cleaned_data[field] for field in CONTACT_FIELDS},
        }


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("原密码")
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password2"].label = _("新密码确认")
        self.helper = layout_helper("old_password", "new_password1", "new_password2")


class RefusalForm(forms.Form):
    """不通过: the reason that the reader is told."""

    reason = forms.CharField(
        label=_("不通过的原因"),
        max_length=200,
        error_messages={"required": _("请填写不通过的原因，读者会看到它。")},
    )


class IdentityForm(IdentityFieldsMixin, TakesServiceErrors):
    """更正身份信息 in the back office."""

    class Meta:
        model = Reader
        fields = ["name", "certificate_type", "certificate_number", "gender", "birth_date"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)

    def _post_clean(self) -> None:
        """The service writes; this form leaves the instance alone."""
