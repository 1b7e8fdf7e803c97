"""The forms of a holdings profile: one row per rule and per word, in subfields as cataloguers write them."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.marc.holdings import invalid_rules
from catalog.models import CirculationStatus, HoldingsProfile, MemberLibrary

MOST_RULES, MOST_WORDS = 20, 200
COPIES = [
    ("field", gettext_lazy("每册一个字段")),
    ("group", gettext_lazy("字段内每册一组子字段")),
    ("barcodes", gettext_lazy("字段内只有条形码重复")),
]
_CODE, _SEPARATOR = re.compile("[0-9A-Za-z]"), re.compile("[,，;；、]")
_ASSIGNED = re.compile(r"^\s*[$ǂ▼]?\s*([0-9A-Za-z])\s*([=~])\s*(.+?)\s*$")


class CodesField(forms.CharField):
    """Subfield codes: `b`; where there is a choice `c b`. The marks that people write before a code are dropped."""

    def __init__(self, *, several: bool = True, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20, **kwargs)
        self.several = several

    def clean(self, value: Any) -> str:
        codes = _plain(super().clean(value)).split()
        if len(codes) > 1 and not self.several:
            raise ValidationError(_("这里只能写一个子字段。"))
        for code in codes:
            if not _CODE.fullmatch(code):
                raise ValidationError(_("子字段是一个字母或数字，例如 b；几个之间用空格隔开。"))
        return " ".join(codes)


class CallNumberField(forms.CharField):
    """Choices in their order, between commas: `s, d/e`."""

    def clean(self, value: Any) -> list[str]:
        choices = []
        for choice in filter(None, map(str.strip, _SEPARATOR.split(_plain(super().clean(value))))):
            codes = [code.strip() for code in choice.split("/")] if "/" in choice else choice.split()
            if not all(_CODE.fullmatch(code) for code in codes):
                raise ValidationError(
                    _("“%(choice)s”不是子字段的组合；例如 s, d/e 表示先用 s，没有时把 d 和 e 用斜线连起来。")
                    % {"choice": choice[:30]}
                )
            choices.append(("/" if "/" in choice else " ").join(codes))
        return choices


class AssignedField(forms.CharField):
    """`a=211260` pairs between semicolons, as a list of (code, sign, value)."""

    def clean(self, value: Any) -> list[tuple[str, str, str]]:
        pairs = []
        for part in filter(str.strip, re.split("[;；]", super().clean(value).replace("＝", "="))):
            match = _ASSIGNED.match(part)
            if match is None:
                raise ValidationError(
                    _("“%(part)s”没有写成：子字段=内容，例如 a=211260。") % {"part": part.strip()[:40]}
                )
            pairs.append((match[1], match[2], match[3]))
        return pairs


class RuleForm(forms.Form):
    """One rule: which field, how copies repeat in it, and in which subfields their parts are."""

    field = forms.CharField(label=gettext_lazy("字段"), max_length=5, required=False)
    copies = forms.ChoiceField(label=gettext_lazy("复本怎样重复"), choices=COPIES, initial="field", required=False)
    starts = CodesField(label=gettext_lazy("每组的开头"), several=False)
    barcode = CodesField(label=gettext_lazy("条形码"), several=False)
    call_number = CallNumberField(label=gettext_lazy("索书号"), max_length=60, required=False)
    location = CodesField(label=gettext_lazy("馆藏地址"))
    shelf = CodesField(label=gettext_lazy("架位信息"))
    status = CodesField(label=gettext_lazy("流通情况"))
    note = CodesField(label=gettext_lazy("备注"))
    where = AssignedField(label=gettext_lazy("只读这样的字段"), max_length=200, required=False)
    flags = AssignedField(label=gettext_lazy("有值时的流通情况"), max_length=200, required=False)

    def clean_field(self) -> str:
        tag: str = self.cleaned_data["field"].strip()
        if not re.fullmatch("[0-9A-Za-z]{3}", tag):
            raise ValidationError(_("字段号是3个字母或数字，例如 905。"))
        return tag

    def clean_where(self) -> dict[str, str]:
        where = {}
        for code, sign, text in self.cleaned_data["where"]:
            pattern = f"^{re.escape(text)}$" if sign == "=" else text
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValidationError(_("“%(text)s”不是正则表达式。") % {"text": text[:40]}) from error
            where[code] = pattern
        return where

    def clean_flags(self) -> dict[str, str]:
        return {code: _status_of(word) for code, _sign, word in self.cleaned_data["flags"]}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["barcode"] and not data["call_number"]:
            self.add_error("barcode", _("条形码和索书号至少写明一个。"))
        if not self.errors and data["starts"] and data["copies"] != "group":
            self.add_error("starts", _("只有“字段内每册一组子字段”才需要写。"))
        return data

    def rule(self) -> dict[str, Any]:
        """As the profile keeps it: what says nothing is left out."""
        data = self.cleaned_data
        return {"field": data["field"], "copies": data["copies"] or "field"} | {
            name: data[name] for name in self.fields if name not in ("field", "copies") and data[name]
        }


class WordForm(forms.Form):
    """One word of the library's system, and what it means to readers."""

    word = forms.CharField(label=gettext_lazy("本馆用词"), max_length=60, required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("流通情况"), choices=CirculationStatus.choices, initial=CirculationStatus.AVAILABLE,
        required=False,
    )  # fmt: skip

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"].strip()
        if not word:
            raise ValidationError(_("写出本馆系统里的用词，或删去这一行。"))
        return word


class _Rows(forms.BaseFormSet):
    """Rows that are left empty do not count; the number of rows is limited, not their presence."""

    def filled(self) -> list[Any]:
        return [form for form in self.forms if form.has_changed()]


class BaseWords(_Rows):
    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.filled():
            word = str(form.cleaned_data.get("word", "")).lower() if form.is_valid() else ""
            if word and word in seen:
                form.add_error("word", _("这个词已经写过。"))
            seen.add(word)


Rules = forms.formset_factory(RuleForm, formset=_Rows, extra=0, max_num=MOST_RULES, absolute_max=MOST_RULES)
Words = forms.formset_factory(WordForm, formset=BaseWords, extra=0, max_num=MOST_WORDS, absolute_max=MOST_WORDS)


class ProfileForm(forms.Form):
    """What is said once for the whole profile, and the sample for its preview."""

    library = forms.ModelChoiceField(MemberLibrary.objects.none(), label=gettext_lazy("成员馆"))
    encoding = forms.ChoiceField(
        label=gettext_lazy("文件编码"), required=False,
        choices=HoldingsProfile._meta.get_field("encoding").choices or (),
        help_text=gettext_lazy("自动判断出错时在此指定，此后导入都按它解码。"),
    )  # fmt: skip
    sample = forms.FileField(
        label=gettext_lazy("用样本文件预览"), required=False,
        help_text=gettext_lazy("不选文件时，用本馆最近导入的记录预览。样本只为预览留两小时。"),
    )  # fmt: skip

    def __init__(self, *args: Any, libraries: QuerySet[MemberLibrary], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["library"].queryset = libraries  # type: ignore[attr-defined]
        for name in ("library", "encoding"):
            self.fields[name].widget.attrs["class"] = "bo-input"


def rule_row(rule: dict[str, Any]) -> dict[str, str]:
    """A stored rule as it stands in its row; reading the row gives the rule again."""
    row = {name: str(rule.get(name, "")) for name in RuleForm.base_fields}
    row["copies"] = str(rule.get("copies", "field"))
    row["call_number"] = ", ".join(rule.get("call_number") or [])
    row["where"] = "; ".join(_condition(code, pattern) for code, pattern in (rule.get("where") or {}).items())
    row["flags"] = "; ".join(
        f"{code}={CirculationStatus(status).label}" for code, status in (rule.get("flags") or {}).items()
    )
    return row


def checked_rules(rules: Any) -> list[dict[str, Any]]:
    """Rules written as JSON. Raises ValidationError."""
    if problem := invalid_rules(rules):
        raise ValidationError(problem)
    if len(rules) > MOST_RULES:
        raise ValidationError(_("规则最多%(most)d条。") % {"most": MOST_RULES})
    return list(rules)


def _condition(code: str, pattern: str) -> str:
    text = re.sub(r"\\(.)", r"\1", pattern[1:-1])
    return f"{code}={text}" if pattern == f"^{re.escape(text)}$" else f"{code}~{pattern}"


def _status_of(word: str) -> str:
    """The code of a status given by its name on the screen or by its code. Raises ValidationError."""
    for value, label in CirculationStatus.choices:
        if word in (value, str(label)):
            return str(value)
    labels = "、".join(str(label) for _value, label in CirculationStatus.choices)
    raise ValidationError(_("“%(word)s”右边只能是：%(labels)s。") % {"word": word[:60], "labels": labels})


def _plain(text: str) -> str:
    return re.sub(r"[$ǂ▼]", " ", text).strip()
