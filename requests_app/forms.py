"""The request form, the confirmation, the filter of the list, and the dialogs of the reader's own moves."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.isbn import hyphenate
from catalog.models import Edition, Holding, LibraryCategory, MaterialType, MemberLibrary, PauseKind
from catalog.vocabulary import LANGUAGES
from readers.models import Reader
from requests_app.errors import SubmissionRefused
from requests_app.lenders import Lender, lenders_left, lenders_of
from requests_app.models import BorrowingPolicy, DeliveryMethod, LendingPolicy, LoanRequest
from requests_app.selectors import copy_to_ask_for, lenders_asked
from requests_app.states import STATE_CHOICES
from requests_app.submission_rules import Submission, check
from requests_app.submission_warnings import Warned

OTHER_LANGUAGE = "und"

# Under which field a rule's sentence stands; the others stand above the form.
FIELD_OF_RULE = {
    "own_library": "lender",
    "does_not_lend": "lender",
    "lending_paused": "lender",
    "language_not_lent": "language",
    "material_not_lent": "material_type",
    "quota": "lender",
    "call_number_missing": "call_number",
    "copy_not_lent": "lender",
}


class LenderSelect(forms.Select):
    """A select whose paused libraries are shown and cannot be chosen."""

    paused: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.paused:
            option["attrs"]["disabled"] = True
            option["label"] = gettext("%(library)s（暂停服务）") % {"library": option["label"]}
        return option


class RequestForm(forms.Form):
    """填写馆际互借申请单. Comes filled in when it comes from a holding; blank for a book outside the catalogue."""

    title = forms.CharField(label=_("书刊名称"), max_length=1300, help_text=_("一张申请单申请一册；多卷书请写明卷册。"))
    language = forms.ChoiceField(label=_("文种"), initial="chi")
    year = forms.CharField(label=_("出版年"), max_length=20)
    author = forms.CharField(label=_("文章作者"), max_length=1000, required=False)
    publisher = forms.CharField(label=_("出版社"), max_length=300, required=False)
    isbn = forms.CharField(label=_("ISBN/ISSN"), max_length=20, required=False)
    call_number = forms.CharField(label=_("索书号"), max_length=120, required=False)
    material_type = forms.ChoiceField(label=_("资料类型"), choices=MaterialType.choices, initial=MaterialType.BOOK)
    lender = forms.ModelChoiceField(
        label=_("选择出借馆"),
        queryset=MemberLibrary.objects.none(),
        to_field_name="code",
        widget=LenderSelect,
        error_messages={"required": _("请选择出借馆。")},
    )
    recipient_name = forms.CharField(label=_("收件人姓名"), max_length=60)
    email = forms.EmailField(label=_("E-mail"))
    phone = forms.CharField(label=_("电话/传真"), max_length=40, required=False)
    note = forms.CharField(
        label=_("申请单备注"),
        max_length=50,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("限50字符"),
    )

    def __init__(
        self,
        *args: Any,
        reader: Reader,
        edition: Edition | None = None,
        holding: Holding | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        self.edition = edition
        self.holding = holding
        self._offer_languages()
        self._offer_lenders()
        # What the catalogue does not know of its own book is not asked of the reader.
        self.fields["year"].required = edition is None or bool(edition.year or edition.year_text)
        self.fields["call_number"].required = holding is not None and bool(holding.call_number)

    def _offer_languages(self) -> None:
        languages: list[tuple[str, Any]] = [*LANGUAGES.items(), (OTHER_LANGUAGE, _("其他"))]
        if self.edition is not None and self.edition.language not in ("", *dict(languages)):
            languages.append((self.edition.language, self.edition.language))
        self.fields["language"].choices = languages  # type: ignore[attr-defined]

    def _offer_lenders(self) -> None:
        """Lending members but the own library: first those that hold the book, the best first, then all by group."""
        field: Any = self.fields["lender"]
        field.queryset = MemberLibrary.objects.active().filter(lends=True).exclude(pk=self.reader.library_id)
        self.lenders = (
            lenders_of(self.edition, reader=self.reader, at=timezone.now()) if self.edition is not None else []
        )
        holders = [(each.library.code, f"{each.library.name} · {each.reason}") for each in self.lenders]
        known = {each.library.pk for each in self.lenders}
        groups = defaultdict(list)
        for library in field.queryset.order_by("category", "name"):
            if library.pk not in known:
                groups[library.category].append((library.code, library.name))
        choices: list[Any] = [("", gettext("请选择出借馆"))]
        if holders:
            choices.append((gettext("收藏本书的成员馆"), holders))
        choices += [(category.label, groups[category]) for category in LibraryCategory if groups[category]]
        field.widget.paused = frozenset(field.queryset.paused(PauseKind.LENDING).values_list("code", flat=True))
        field.widget.choices = choices

    @property
    def suggestion(self) -> Lender | None:
        """The library that promises most, where one can be asked."""
        return next((lender for lender in self.lenders if not lender.why_not), None)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        lender: MemberLibrary | None = values.get("lender")
        if lender is None:
            return values
        if self.edition is not None and (self.holding is None or self.holding.library_id != lender.pk):
            self.holding = copy_to_ask_for(self.edition, lender.pk)
        try:
            check(
                Submission(
                    reader=self.reader,
                    lender=lender,
                    delivery_method=DeliveryMethod.LOGISTICS,
                    call_number=values.get("call_number", ""),
                    language=values.get("language", ""),
                    material_type=values.get("material_type", ""),
                    edition=self.edition,
                    holding=self.holding,
                    lending=LendingPolicy.of(lender),
                    borrowing=BorrowingPolicy.of(self.reader.library),
                    at=timezone.now(),
                )
            )
        except SubmissionRefused as refusal:
            self.add_error(FIELD_OF_RULE.get(refusal.rule), refusal.message)
        return values


def initial_of(
    reader: Reader, edition: Edition | None, holding: Holding | None, lender: MemberLibrary | None
) -> dict[str, str]:
    """Everything the form can know beforehand, cut to the length of its fields."""
    initial = {"recipient_name": reader.name, "email": reader.user.email, "phone": reader.phone}
    if edition is not None:
        isbn = hyphenate(edition.isbns[0]) if edition.isbns else edition.issn
        initial |= {
            "title": edition.full_title,
            "language": edition.language or "chi",
            "year": str(edition.year or edition.year_text),
            "author": edition.author_text,
            "publisher": edition.publisher,
            "isbn": isbn,
            "material_type": edition.material_type,
        }
    if holding is not None:
        initial["call_number"] = holding.call_number
    if lender is not None:
        initial["lender"] = lender.code
    limits = {name: field.max_length for name, field in RequestForm.base_fields.items() if hasattr(field, "max_length")}
    return {name: value[: limits.get(name)] for name, value in initial.items()}


class ConfirmForm(forms.Form):
    """What is still open on the confirmation page: 读者获取方式 and the reader's own reference."""

    draft = forms.UUIDField(widget=forms.HiddenInput)
    delivery_method = forms.ChoiceField(label=_("读者获取方式"), widget=forms.RadioSelect)
    own_reference = forms.CharField(
        label=_("自定义申请单号"),
        max_length=20,
        required=False,
        help_text=_("可不填；20字符为限，便于您自己查找，不是申请单号。"),
    )

    may_forward = forms.BooleanField(
        label=_("这家馆不能满足时，自动转往其他收藏馆"),
        required=False,
        help_text=_("最多转馆3次；每次都会得到新的申请单号，并可在一小时内撤销。"),
    )
    confirmed = forms.MultipleChoiceField(
        label=_("我已知道，仍要申请"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, policy: LendingPolicy, warnings: Sequence[Warned] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warnings = warnings
        confirmed: Any = self.fields["confirmed"]
        confirmed.choices = [(warning.key, warning.text) for warning in warnings]
        self.offers_self_pickup = policy.self_pickup
        choices = [(DeliveryMethod.LOGISTICS.value, DeliveryMethod.LOGISTICS.label)]
        if self.offers_self_pickup:
            choices.append((DeliveryMethod.SELF_PICKUP.value, DeliveryMethod.SELF_PICKUP.label))
        self.fields["delivery_method"].choices = choices  # type: ignore[attr-defined]
        self.fields["delivery_method"].initial = DeliveryMethod.LOGISTICS.value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        asked = {warning.key for warning in self.warnings}
        if asked - set(values.get("confirmed", [])):
            self.add_error("confirmed", gettext("请勾选，确认看过每一条提示。"))
        return values


class ReaderMoveForm(forms.Form):
    """What a reader types with an own move: a note, or the other way of delivery."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("出借馆会看到，可不填。"),
    )  # fmt: skip
    delivery_method = forms.ChoiceField(label=_("改为"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, loan_request: LoanRequest, fields: Sequence[str], **kwargs: Any) -> None:
        kwargs["initial"] = {"version": loan_request.version}
        super().__init__(*args, **kwargs)
        other = [method for method in DeliveryMethod if method != loan_request.delivery_method]
        way: Any = self.fields["delivery_method"]
        way.choices = [(method.value, method.label) for method in other]
        way.initial = other[0].value
        for name in set(self.fields) - {"version", *fields}:
            del self.fields[name]

    @property
    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class ForwardForm(forms.Form):
    """转馆: which library next. The most promising one is chosen beforehand."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)
    lender = forms.ModelChoiceField(
        label=_("转往哪家馆"),
        queryset=MemberLibrary.objects.none(),
        to_field_name="code",
        empty_label=None,
        error_messages={"required": _("请选择出借馆。")},
    )
    delivery_method = forms.ChoiceField(
        label=_("读者获取方式"), choices=DeliveryMethod.choices, initial=DeliveryMethod.LOGISTICS,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, loan_request: LoanRequest, edition: Edition | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lender: Any = self.fields["lender"]
        lender.queryset = MemberLibrary.objects.active().filter(lends=True).exclude(pk=loan_request.home_library_id)
        self.lenders = lenders_left(loan_request, edition, timezone.now()) if edition is not None else []
        if edition is None:
            lender.queryset = lender.queryset.exclude(pk=loan_request.lender_id)
            return
        possible = [each for each in self.lenders if not each.why_not]
        lender.widget = forms.RadioSelect()
        lender.choices = [(each.library.code, f"{each.library.name}：{each.reason}") for each in possible]
        if not any(each.offers_pickup for each in possible):
            delivery: Any = self.fields["delivery_method"]
            delivery.choices = [(DeliveryMethod.LOGISTICS, DeliveryMethod.LOGISTICS.label)]
        if possible:
            lender.initial = possible[0].library.code


class RequestFilterForm(forms.Form):
    """起始日期, 截止日期 and 更多检索条件 of 申请单查询."""

    first = forms.DateField(
        label=_("起始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("截止日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    q = forms.CharField(label=_("申请单号、题名、出借馆或自定义申请单号"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("申请单状态"), required=False, choices=[("", _("全部")), *STATE_CHOICES])
    lender = forms.ModelChoiceField(
        label=_("借出馆"), required=False, queryset=MemberLibrary.objects.none(), to_field_name="code",
        empty_label=_("全部"),
    )  # fmt: skip
    delivery = forms.ChoiceField(
        label=_("图书获取方式"), required=False, choices=[("", _("全部")), *DeliveryMethod.choices]
    )

    def __init__(self, *args: Any, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("state", "lender", "delivery"):
            self.fields[name].widget.attrs["class"] = "form-select"
        lender: Any = self.fields["lender"]
        lender.queryset = lenders_asked(reader)

    @property
    def more_is_asked(self) -> bool:
        """Whether one of 更多检索条件 is in use, so that they are shown unfolded."""
        return any(self.data.get(name) for name in ("state", "lender", "delivery"))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", gettext("截止日期早于起始日期。"))
        return values


def language_name(code: str) -> str:
    """The name of a language that a reader chose, or its code where no list knows it."""
    return str({**LANGUAGES, OTHER_LANGUAGE: _("其他")}.get(code, code))


def material_name(code: str) -> str:
    return str(dict(MaterialType.choices).get(code, code))
