"""The rules' reasons for a doubt (catalog/merging) in words for a person who has to decide."""

from django.utils.translation import gettext_lazy as _

LINKS = {"isbn": _("ISBN相同"), "unified": _("统一书号相同"), "foreign": _("控制号相同")}

REASONS = {
    "volume stated on one side": _("只有一方写明卷册"),
    "volume by number here, by name there": _("卷册一方写编号，一方写名称"),
    "companion book": _("可能是配套用书"),
    "kind of edition differs": _("版本类别不同"),
    "edition stated on one side": _("只有一方写明版次"),
    "year differs, edition stated on one side": _("出版年不同，只有一方写明版次"),
    "subtitles differ": _("副题名不同"),
    "publisher or year missing": _("缺少出版社或出版年"),
    "publishers differ": _("出版社不同"),
    "publishers in two scripts": _("出版社一方为中文，一方为西文"),
    "volumes counted in two ways": _("卷册编号方式不同"),
    "names of volumes differ": _("分册名不同"),
    "other number, all else equal": _("ISBN不同，其余都相同"),
    "other isbns on both sides": _("各有不同的ISBN"),
    "hand-press book": _("1850年以前的古籍，各馆著录的是本馆的那一部"),
    "authors differ": _("作者不同"),
    "pages differ": _("页数相差较大"),
    "too little said": _("著录过于简单"),
    "titles differ": _("题名不同"),
    "decided": _("由中心提出"),
}


PLACED = {
    "own": _("自成一条"),
    "isbn": _("ISBN相同"),
    "unified": _("统一书号相同"),
    "foreign": _("控制号相同"),
    "description": _("著录相同"),
    "decided": _("人工决定"),
}


def placed_text(rule: str) -> str:
    """Why a record belongs to its edition."""
    return str(PLACED.get(rule, rule))


def reason_text(rule: str) -> str:
    """`isbn, titles differ` → ISBN相同，题名不同. A rule without words of its own is shown as it is."""
    if rule in REASONS:
        return str(REASONS[rule])
    link, _comma, rest = rule.partition(", ")
    if link in LINKS and rest in REASONS:
        return str(_("%(link)s，%(reason)s") % {"link": LINKS[link], "reason": REASONS[rest]})
    return rule
