"""Forms of the catalogue's back office: correcting a copy, adding one, entering a book by hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from catalog.editing import CORRECTABLE, EditRefused, NewBook, NewCopy
from catalog.editing.copies import barcode_is_free, may_be_withdrawn
from catalog.isbn import to_isbn13
from catalog.models import CirculationStatus, Edition, Holding, MemberLibrary
from catalog.vocabulary import LANGUAGES

REASON_HELP = _("写进修改记录，只有馆员看得到。")


class CorrectionForm(forms.ModelForm):
    """What staff may correct of a copy."""

    reason = forms.CharField(
        label=_("修改原因"), max_length=200, required=False, help_text=REASON_HELP, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Holding
        fields = CORRECTABLE

    def clean_barcode(self) -> str:
        barcode: str = self.cleaned_data["barcode"].strip()
        if barcode:
            _refused_is_invalid(barcode_is_free, self.instance.library_id, barcode, self.instance.pk)
        return barcode

    def clean_withdrawn(self) -> bool:
        withdrawn: bool = self.cleaned_data["withdrawn"]
        if withdrawn:
            _refused_is_invalid(may_be_withdrawn, self.instance)
        return withdrawn


class HidingForm(forms.ModelForm):
    """Whether readers see an edition, and why not."""

    reason = forms.CharField(
        label=_("原因"), max_length=200, required=False, help_text=REASON_HELP, widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = Edition
        fields = ("hidden",)


class CopyForm(forms.Form):
    """A new copy. The center says for which library; a librarian's is the own one."""

    library = forms.ModelChoiceField(MemberLibrary.objects.none(), label=_("成员馆"), empty_label=None)
    call_number = forms.CharField(label=_("索书号"), max_length=120, required=False)
    barcode = forms.CharField(label=_("条形码"), max_length=60, required=False)
    location = forms.CharField(label=_("馆藏地址"), max_length=120, required=False)
    shelf = forms.CharField(label=_("架位信息"), max_length=120, required=False)
    circulation_status = forms.ChoiceField(
        label=_("流通情况"), choices=CirculationStatus.choices, initial=CirculationStatus.AVAILABLE
    )
    loanable = forms.BooleanField(label=_("可外借"), required=False, initial=True)
    note = forms.CharField(label=_("备注"), max_length=300, required=False, help_text=_("读者看不到。"))
    reason = forms.CharField(label=_("原因"), max_length=200, required=False, help_text=REASON_HELP)

    def __init__(self, *args: Any, libraries: QuerySet[MemberLibrary], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["library"].queryset = libraries  # type: ignore[attr-defined]
        for field in self.fields.values():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "bo-input"

    def copy(self) -> NewCopy:
        data = self.cleaned_data
        return NewCopy(**{name: data[name] for name in NewCopy.__dataclass_fields__})


class BookForm(CopyForm):
    """A book that no library has sent yet, with its first copy."""

    title = forms.CharField(label=_("题名"), max_length=500)
    subtitle = forms.CharField(label=_("副题名"), max_length=300, required=False)
    volume = forms.CharField(label=_("卷册"), max_length=100, required=False, help_text=_("例如：上册、第2卷"))
    author = forms.CharField(label=_("作者"), max_length=200, required=False)
    edition_statement = forms.CharField(
        label=_("版本项"), max_length=100, required=False, help_text=_("例如：第2版；初版不填")
    )
    place = forms.CharField(label=_("出版地"), max_length=100, required=False)
    publisher = forms.CharField(label=_("出版社"), max_length=200, required=False)
    year = forms.IntegerField(label=_("出版年"), min_value=1000, required=False)
    isbn = forms.CharField(label=_("ISBN"), max_length=40, required=False)
    price = forms.CharField(label=_("价格"), max_length=60, required=False)
    extent = forms.CharField(label=_("载体形态"), max_length=200, required=False, help_text=_("例如：320页"))
    series = forms.CharField(label=_("丛书"), max_length=300, required=False)
    language = forms.ChoiceField(label=_("作品语种"), choices=LANGUAGES.items(), initial="chi")
    clc = forms.CharField(label=_("中图分类号"), max_length=60, required=False)

    def clean_isbn(self) -> str:
        typed: str = self.cleaned_data["isbn"].strip()
        if typed and to_isbn13(typed) is None:
            raise ValidationError(_("这不是有效的ISBN，请核对每一位；没有ISBN时留空。"))
        return typed

    def clean_year(self) -> int | None:
        year: int | None = self.cleaned_data["year"]
        if year is not None and year > timezone.localdate().year + 1:
            raise ValidationError(_("出版年在将来，请核对。"))
        return year

    def book(self) -> NewBook:
        data = self.cleaned_data | {"year": str(self.cleaned_data["year"] or "")}
        return NewBook(**{name: data[name] for name in NewBook.__dataclass_fields__})

    @property
    def book_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in NewBook.__dataclass_fields__]

    @property
    def copy_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("library", *NewCopy.__dataclass_fields__, "reason")]


def _refused_is_invalid(check: Any, *args: Any) -> None:
    try:
        check(*args)
    except EditRefused as error:
        raise ValidationError(str(error)) from error
