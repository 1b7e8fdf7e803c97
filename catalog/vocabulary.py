"""Words of coded catalogue fields as readers see them: languages, countries, classes."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# ISO 639-2/B, as CNMARC 101 and MARC21 008 use it; the languages that Beijing libraries collect.
LANGUAGES = {
    "chi": _("中文"),
    "eng": _("英文"),
    "jpn": _("日文"),
    "fre": _("法文"),
    "ger": _("德文"),
    "rus": _("俄文"),
    "kor": _("朝鲜文"),
    "spa": _("西班牙文"),
    "ita": _("意大利文"),
    "lat": _("拉丁文"),
    "ara": _("阿拉伯文"),
    "por": _("葡萄牙文"),
    "tib": _("藏文"),
    "mon": _("蒙古文"),
    "uig": _("维吾尔文"),
    "mul": _("多语种"),
}

# ISO 3166, as CNMARC 102 uses it.
COUNTRIES = {
    "CN": _("中国"),
    "HK": _("中国香港"),
    "TW": _("中国台湾"),
    "MO": _("中国澳门"),
    "US": _("美国"),
    "GB": _("英国"),
    "JP": _("日本"),
    "DE": _("德国"),
    "FR": _("法国"),
    "RU": _("俄罗斯"),
    "KR": _("韩国"),
    "NL": _("荷兰"),
    "CH": _("瑞士"),
    "SG": _("新加坡"),
}

# The 22 main classes of the Chinese Library Classification (中国图书馆分类法).
CLC_CLASSES = {
    "A": _("马列主义、毛泽东思想、邓小平理论"),
    "B": _("哲学、宗教"),
    "C": _("社会科学总论"),
    "D": _("政治、法律"),
    "E": _("军事"),
    "F": _("经济"),
    "G": _("文化、科学、教育、体育"),
    "H": _("语言、文字"),
    "I": _("文学"),
    "J": _("艺术"),
    "K": _("历史、地理"),
    "N": _("自然科学总论"),
    "O": _("数理科学和化学"),
    "P": _("天文学、地球科学"),
    "Q": _("生物科学"),
    "R": _("医药、卫生"),
    "S": _("农业科学"),
    "T": _("工业技术"),
    "U": _("交通运输"),
    "V": _("航空、航天"),
    "X": _("环境科学、安全科学"),
    "Z": _("综合性图书"),
}


def language_label(code: str) -> str:
    """中文 for chi; a code we have no word for stays as it is, none at all is 不详."""
    return str(LANGUAGES.get(code.lower(), code)) or str(_("不详"))


def country_label(code: str) -> str:
    return str(COUNTRIES.get(code.upper(), code))


def decade_label(decade: int) -> str:
    """1980年代; 0 is a book whose year is not known."""
    return gettext("%(year)s年代") % {"year": decade} if decade else gettext("年代不详")


def clc_label(letter: str) -> str:
    return f"{letter} {CLC_CLASSES[letter]}" if letter in CLC_CLASSES else letter or str(_("未分类"))
