"""Forms of the librarian at work on one reader, or on many."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES

from catalog.models import MemberLibrary
from readers.fields import (
    ContactFieldsMixin,
    EmailFieldMixin,
    HalfWidthCharField,
    IdentityFieldsMixin,
    TakesServiceErrors,
    name_empty_choices,
)
from readers.models import LOGIN_NAME_RULE, Reader, ReaderType

DAY = {"type": "date"}


def dressed(form: Any) -> Any:
    """The form with the back office's look on its inputs."""
    for field in form.fields.values():
        if not isinstance(field.widget, forms.CheckboxInput | forms.FileInput):
            field.widget.attrs["class"] = "bo-input"
    return form


class ReasonForm(forms.Form):
    """A reason that the reader is told."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        error_messages={"required": _("请填写原因，读者会看到它。")},
        widget=forms.TextInput(attrs={"placeholder": _("读者会看到这个原因"), "autocomplete": "off"}),
    )


class RefusalForm(ReasonForm):
    """不通过, with the reasons that come up most."""

    reason = forms.CharField(
        label=_("不通过的原因"),
        max_length=200,
        error_messages={"required": _("请填写不通过的原因，读者会看到它。")},
        widget=forms.TextInput(
            attrs={"placeholder": _("读者会看到这个原因"), "autocomplete": "off", "list": "refusal-suggestions"}
        ),
    )


class CorrectionNoteForm(forms.Form):
    """请读者更正: what is to be corrected."""

    note = forms.CharField(
        label=_("要更正什么"),
        max_length=200,
        error_messages={"required": _("请写明要更正什么，读者会看到它。")},
        widget=forms.TextInput(attrs={"placeholder": _("例如：所属院系请写全称"), "autocomplete": "off"}),
    )


class SuspensionForm(ReasonForm):
    """暂停读者资格."""

    until = forms.DateField(
        label=_("暂停至（含当日）"),
        required=False,
        help_text=_("留空则到恢复为止"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY),
    )
    field_order = ("reason", "until")


class MembershipForm(forms.Form):
    """读者类型和有效期."""

    reader_type = forms.ModelChoiceField(label=_("读者类型"), queryset=ReaderType.objects.none(), required=False)
    expires_on = forms.DateField(
        label=_("有效期至"),
        required=False,
        help_text=_("留空则不限期"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY),
    )

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = ReaderType.objects.filter(library=reader.library_id)
        kinds: Any = self.fields["reader_type"]
        kinds.queryset = offered.filter(Q(active=True) | Q(readers=reader)).distinct()
        kinds.empty_label = _("不分类型")
        self.initial = {"reader_type": reader.reader_type_id, "expires_on": reader.expires_on}


class NewEmailForm(forms.Form):
    """更改E-mail, for a reader who stands at the desk and has lost the old address."""

    new_email = forms.EmailField(label=_("新的E-mail"), max_length=254)


class CloseForm(forms.Form):
    """注销账号 at the reader's wish."""

    sure = forms.BooleanField(label=_("读者本人要求注销，个人信息将被清除，不能恢复"))


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


class NewReaderForm(EmailFieldMixin, ContactFieldsMixin, IdentityFieldsMixin, TakesServiceErrors):
    """当场建立读者: the registration form without a password, filled in by the librarian."""

    library = forms.ModelChoiceField(label=_("所属学校图书馆"), queryset=MemberLibrary.objects.none())
    username = HalfWidthCharField(label=_("读者登录名"), max_length=40, validators=[LOGIN_NAME_RULE])
    reader_type = forms.ModelChoiceField(label=_("读者类型"), queryset=ReaderType.objects.none(), required=False)
    expires_on = forms.DateField(
        label=_("有效期至"),
        required=False,
        help_text=_("留空则按本馆的规则"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY),
    )
    field_order = (
        "library", "name", "username", "certificate_type", "certificate_number", "email", "phone", "department",
        "job_title", "education", "reader_type", "expires_on", "gender", "birth_date", "address", "postcode", "note",
    )  # fmt: skip

    class Meta:
        model = Reader
        fields = [
            "name", "certificate_type", "certificate_number", "gender", "birth_date", "phone", "department",
            "job_title", "education", "address", "postcode", "note",
        ]  # fmt: skip

    def __init__(self, *args: Any, library: MemberLibrary | None, **kwargs: Any) -> None:
        """library: the librarian's own; None for the center, which chooses one."""
        super().__init__(*args, **kwargs)
        self.own_library = library
        name_empty_choices(self)
        self.fields["email"].help_text = _("设置密码的链接发送到这个地址")
        self.fields["certificate_number"].help_text = _("借书证号码；14字符为限")
        if library is None:
            libraries: Any = self.fields["library"]
            libraries.queryset = MemberLibrary.objects.registering()
            del self.fields["reader_type"]  # types belong to one library: given on the reader's page
        else:
            del self.fields["library"]
            kinds: Any = self.fields["reader_type"]
            kinds.queryset = ReaderType.objects.active().filter(library=library)

    def _post_clean(self) -> None:
        """The service writes; there is no instance."""

    def for_service(self) -> dict[str, Any]:
        """The cleaned values as keyword arguments of on_the_spot.create_reader."""
        values = dict(self.cleaned_data)
        values.setdefault("library", self.own_library)
        return values


class RosterForm(forms.Form):
    """上传名单."""

    file = forms.FileField(
        label=_("名单文件"),
        help_text=_("CSV或XLSX，第一行是表头，至少有“证件号码”和“姓名”两列；可以有“读者类型”“有效期至”。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}),
    )
