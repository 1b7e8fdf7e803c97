"""Read-only questions about accounts: who is this, where do they work, who looks like them."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext as _

from catalog.models import MemberLibrary
from catalog.scoping import Desk
from readers.models import GONE_STATES, Assignment, Reader, ReaderState, Role, Standing, User


def active_desk(user: AbstractBaseUser | AnonymousUser) -> Desk | None:
    """The desk at which this account works now, or None (not staff, or no active assignment)."""
    return desk_among(list(assignments_of(user))) if may_work(user) else None


def may_work(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this is the account of somebody who may work at a desk."""
    return isinstance(user, User) and user.is_active and user.is_staff


def desk_among(assignments: list[Assignment]) -> Desk | None:
    """The desk of the active one of somebody's posts (`assignments_of`)."""
    active: Any = next((assignment for assignment in assignments if assignment.active), None)
    if active is None:
        return None
    decides = active.role in (Role.CENTER, Role.SUPERVISOR) or not active.has_supervisor
    return Desk(active.library, is_center=active.role == Role.CENTER, role=active.role, decides=decides)


def decides_for_library(desk: Desk | None) -> bool:
    """Whether this desk sets the rules of its library: the center, a 主管, and everybody where there is no 主管."""
    if desk is None:
        return False
    if desk.decides is not None:
        return desk.decides
    return desk.is_center or desk.role == Role.SUPERVISOR or not _supervisors_of(desk.library).exists()


def _supervisors_of(library: MemberLibrary | OuterRef | None) -> QuerySet[Assignment]:
    return Assignment.objects.filter(library=library, role=Role.SUPERVISOR, user__is_active=True)


def assignments_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Assignment]:
    """Every post of one librarian, the one in use first; `has_supervisor`: whether a 主管 sets the library's rules."""
    posts = Assignment.objects.filter(user=user.pk).select_related("library").order_by("-active", "pk")
    return posts.annotate(has_supervisor=Exists(_supervisors_of(OuterRef("library"))))


def reader_of(user: AbstractBaseUser | AnonymousUser) -> Reader | None:
    """The reader behind a logged-in account, in any state, with home library and user loaded."""
    if not user.is_authenticated:
        return None
    return Reader.objects.select_related("library", "user").filter(user_id=user.pk).first()


def accounts_for_login(login: str) -> list[User]:
    """The accounts that a login name, reader barcode or e-mail may mean, in that order (three at most).

    Names and barcodes ignore case. A refused registration stands behind a later one of the same person. An
    e-mail counts only where it means one account: two libraries may know the same address.
    """
    login = login.strip()
    if not login:
        return []
    accounts = User.objects.alias(lower_name=Lower("username"), lower_email=Lower("email"))
    found = [
        accounts.filter(lower_name=login.lower()).first(),
        accounts.filter(reader__reader_barcode=login.upper()).order_by(*_refused_last("reader__")).first(),
    ]
    if "@" in login:
        same_email = accounts.filter(lower_email=login.lower()).order_by("pk")
        owners = list(same_email.exclude(reader__state__in=GONE_STATES)[:2]) or list(same_email[:2])
        found += owners if len(owners) == 1 else []
    return list(dict.fromkeys(account for account in found if account is not None))


def _refused_last(prefix: str = "") -> tuple[Case | str, ...]:
    rank = Case(
        When(**{f"{prefix}state__in": GONE_STATES, "then": Value(1)}),
        default=Value(0),
        output_field=IntegerField(),
    )
    return rank, f"-{prefix}registered_at", f"-{prefix}pk"


def registration_conflicts(
    *, library: MemberLibrary, username: str = "", certificate_number: str = "", email: str = "", but: int | None = None
) -> dict[str, str]:
    """What stands in the way of these values at this library: field name → sentence with a way out.

    Empty values are not asked about; `but` is the primary key of the reader whose own row does not count.
    """
    conflicts: dict[str, str] = {}
    here = Reader.objects.filter(library=library).exclude(state__in=GONE_STATES)
    if but is not None:
        here = here.exclude(pk=but)
    namesakes = User.objects.alias(lower_name=Lower("username")).filter(lower_name=username.lower())
    if username and namesakes.exists():
        conflicts["username"] = _("这个登录名已有人使用，请换一个。")
    if certificate_number:
        twin = here.alias(upper=Upper("certificate_number")).filter(upper=certificate_number.upper()).first()
        if twin is not None:
            conflicts["certificate_number"] = _certificate_conflict(twin)
    if email and here.alias(lower_email=Lower("user__email")).filter(lower_email=email.lower()).exists():
        conflicts["email"] = _("这个E-mail已在本馆注册。如果是您本人，请直接登录；否则请换一个E-mail。")
    return conflicts


def _certificate_conflict(twin: Reader) -> str:
    if twin.state == ReaderState.PENDING:
        return _("这个证件号码已在本馆注册，正在等待审查，不需要再次注册。")
    if twin.state == ReaderState.CORRECTION:
        return _("这个证件号码已在本馆注册，本馆请您更正资料。请登录后更正，不需要再次注册。")
    if twin.standing() == Standing.SUSPENDED:
        return _("这个证件号码已在本馆注册，读者资格现已暂停。请与本馆馆际互借员联系。")
    return _("这个证件号码已在本馆注册，请直接登录。忘记登录名或密码，请与本馆馆际互借员联系。")


@dataclass(frozen=True)
class Duplicate:
    """Another registration that may be the same person.

    `reader` is set only where the asking desk may see it; of other libraries only the fact and the library show.
    """

    library: MemberLibrary
    same_certificate: bool
    same_name: bool
    reader: Reader | None
    is_sister: bool = False  # another member library of the same university (a campus of its own)


def university_of(library: MemberLibrary) -> str:
    """The university of a member library by its name: 北京信息科技大学小营校区图书馆 and …健翔桥校区图书馆 are one."""
    found = re.match(r".+?(大学|学院)", library.name)
    return found[0] if found else library.name


def duplicates_of(reader: Reader, *, seen_by: Desk, limit: int = 20) -> list[Duplicate]:
    """Registrations with the same certificate number (any library) or the same name, the likeliest first."""
    same_certificate = Q(certificate_number__iexact=reader.certificate_number)
    rows = (
        Reader.objects.exclude(pk=reader.pk)
        .filter(same_certificate | Q(name=reader.name))
        .select_related("library")
        .order_by(Case(When(same_certificate, then=0), default=1), "library__code", "-registered_at", "pk")
    )
    return [
        Duplicate(
            library=row.library,
            same_certificate=row.certificate_number.upper() == reader.certificate_number.upper(),
            same_name=row.name == reader.name,
            reader=row if seen_by.is_center or row.library == seen_by.library else None,
            is_sister=row.library != reader.library and university_of(row.library) == university_of(reader.library),
        )
        for row in rows[:limit]
    ]
