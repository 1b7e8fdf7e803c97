"""The people of the demo world: center, librarians, readers. Everybody's password is PASSWORD; demo only."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from pypinyin import lazy_pinyin

from balis.demo.clock import at, readers_time, working_time
from balis.demo.generator import chinese_name
from catalog.models import MemberLibrary
from readers.actors import Actor
from readers.appointments import appoint
from readers.models import CertificateType, Gender, Reader, Role, User
from readers.registration.decisions import approve_reader, refuse_reader
from readers.registration.services import register_reader
from readers.registration.verification import verification_token, verify_email

PASSWORD = "balis-demo-2026"  # noqa: S105 - printed at every start of the demo
SEED = "balis demo people 1"
CENTER_LOGIN, CENTER_EMAIL = "center", "center@balis.example"

# login, name, request prefixes of the libraries: the first post is the active one.
LIBRARIANS = (
    ("bupt", "周敏", ("BUPT",)),
    ("cumtb", "郑海涛", ("KD",)),
    ("bnu", "苏文静", ("BSD",)),
    ("thu", "高远", ("QH",)),
    ("pku", "贺兰", ("BD",)),
    ("nlc", "方志明", ("NLC",)),
    ("st", "沈佩华", ("ST",)),
    ("buaa", "孟繁星", ("BH",)),
    ("bistu", "崔立新", ("XKX", "XKJ")),
)
STAFFED = tuple(prefix for _login, _name, prefixes in LIBRARIANS for prefix in prefixes)

# login, name, library, department, job title, education: those whom the guide and the tests know by name.
KNOWN_READERS = (
    ("linxiao", "林晓", "BUPT", "信息与通信工程学院", "学生", "硕士"),
    ("chenyan", "陈岩", "KD", "能源与矿业学院", "副教授", "博士"),
    ("zhaoning", "赵宁", "BSD", "教育学部", "学生", "博士"),
    ("wuqian", "吴茜", "QH", "电子工程系", "讲师", "博士"),
    ("hanlei", "韩磊", "BD", "历史学系", "学生", "本科"),
)
DEMO_READER = "linxiao"
DEMO_DESKS = ("BUPT", "KD")  # the libraries of the two librarians whose logins are printed: home and lender

# library -> how many further readers, and where they study or teach.
MORE_READERS = {
    "BUPT": (8, ("计算机学院", "经济管理学院", "理学院", "人文学院", "网络空间安全学院")),
    "KD": (6, ("机械与电气工程学院", "地球科学与测绘工程学院", "管理学院", "文法学院")),
    "BSD": (6, ("文学院", "心理学部", "历史学院", "地理科学学部")),
    "QH": (5, ("建筑学院", "机械工程系", "经济管理学院", "人文学院")),
    "BD": (5, ("中国语言文学系", "法学院", "数学科学学院", "经济学院")),
    "BH": (3, ("航空科学与工程学院", "自动化科学与电气工程学院")),
    "XKX": (2, ("信息管理学院",)),
    "XKJ": (2, ("机电工程学院",)),
}
TITLES = (("学生", "本科", 4), ("学生", "硕士", 8), ("学生", "博士", 6), ("讲师", "博士", 3), ("教授", "博士", 1))
# Readers who still wait for their library (one has not opened the verification letter), and one who was refused.
UNVERIFIED = "wangrui"
PENDING = (("liujia", "刘佳", "BUPT"), ("wangrui", "王睿", "BUPT"), ("sunqi", "孙琦", "KD"), ("maxin", "马欣", "BD"))
REFUSED = ("xuming", "徐明", "BUPT", "证件号码与本馆读者库不一致，请核对借书证号后重新注册。")


@dataclass(frozen=True)
class Cast:
    """Everybody whom the story needs; libraries and librarians by request prefix, readers in a fixed order."""

    libraries: dict[str, MemberLibrary]
    center: User
    librarians: dict[str, User]
    readers: list[Reader]

    def librarian(self, library: MemberLibrary) -> Actor:
        return Actor.of_librarian(self.librarians[library.request_prefix], library)


def logins() -> list[tuple[str, str, str]]:
    """(who, login, password) of the people with whom one can look at every side of the system."""
    return [
        ("读者 林晓（北京邮电大学图书馆）", DEMO_READER, PASSWORD),
        ("借入馆馆际互借员（北京邮电大学图书馆）", "bupt", PASSWORD),
        ("出借馆馆际互借员（中国矿业大学（北京）图书馆）", "cumtb", PASSWORD),
        ("中心管理员", CENTER_LOGIN, PASSWORD),
    ]


def create_center() -> User:
    """The center's administrator; made first, for this account is what marks a database as a demo world."""
    center = _account(CENTER_LOGIN, "中心管理员", CENTER_EMAIL)
    # The first post at the center is the one that no service can give: only the center appoints.
    center.assignments.create(role=Role.CENTER)
    return center


def is_demo_world() -> bool:
    """Whether this database was built by demo_data, at least begun."""
    return User.objects.filter(username=CENTER_LOGIN, email=CENTER_EMAIL).exists()


def create_people(libraries: dict[str, MemberLibrary], center: User, now: datetime) -> Cast:
    """Librarians, and readers who registered and were approved before the story begins. Deterministic but for `now`."""
    rng = random.Random(SEED)  # noqa: S311
    librarians = {}
    for login, name, prefixes in LIBRARIANS:
        user = _account(login, name, f"{login}@staff.example")
        for prefix in prefixes:
            librarians[prefix] = user
            appoint(user=user, library=libraries[prefix], role=Role.LIBRARIAN, by=Actor.of_center(center))
    cast = Cast(libraries=libraries, center=center, librarians=librarians, readers=[])

    people = list(KNOWN_READERS)
    taken = {known[0] for known in KNOWN_READERS} | {login for login, *_ in LIBRARIANS}
    for prefix, (count, departments) in MORE_READERS.items():
        for _ in range(count):
            name = chinese_name(rng)
            login = "".join(lazy_pinyin(name))
            while login in taken:
                login += str(rng.randrange(10))
            taken.add(login)
            title, education, _weight = rng.choices(TITLES, [weight for *_, weight in TITLES])[0]
            people.append((login, name, prefix, rng.choice(departments), title, education))
    for login, name, prefix, department, title, education in people:
        registered = readers_time(rng, now - timedelta(days=rng.randrange(170, 420), minutes=rng.randrange(1440)))
        reader = _register(rng, libraries[prefix], login, name, department, title, education, registered)
        verify_email(token=verification_token(reader), at=registered + timedelta(minutes=12))
        decided = working_time(rng, registered + timedelta(days=3))
        approve_reader(reader=reader, by=cast.librarian(libraries[prefix]), at=max(decided, registered))
        cast.readers.append(reader)
    _create_undecided(rng, cast, now)
    return cast


def _create_undecided(rng: random.Random, cast: Cast, now: datetime) -> None:
    for place, (login, name, prefix) in enumerate(PENDING):
        registered = now - timedelta(hours=3 + 11 * place, minutes=rng.randrange(60))
        reader = _register(rng, cast.libraries[prefix], login, name, "研究生院", "学生", "硕士", registered)
        if login != UNVERIFIED:
            verify_email(token=verification_token(reader), at=registered + timedelta(minutes=5))
    login, name, prefix, reason = REFUSED
    library = cast.libraries[prefix]
    registered = at(now.date() - timedelta(days=9), 20, 15)
    reader = _register(rng, library, login, name, "理学院", "学生", "本科", registered)
    verify_email(token=verification_token(reader), at=registered + timedelta(minutes=8))
    decided = working_time(rng, registered + timedelta(days=3))
    refuse_reader(reader=reader, reason=reason, by=cast.librarian(library), at=max(decided, registered))


def _register(
    rng: random.Random,
    library: MemberLibrary,
    login: str,
    name: str,
    department: str,
    job_title: str,
    education: str,
    registered: datetime,
) -> Reader:
    domain = library.email.partition("@")[2]
    gender = rng.choice((Gender.FEMALE, Gender.MALE))
    return register_reader(
        library=library,
        username=login,
        password=PASSWORD,
        email=f"{login}@{domain}",
        name=name,
        certificate_type=CertificateType.LIBRARY_CARD,
        certificate_number=f"{registered.year - rng.randrange(0, 3)}{rng.randrange(10**6, 10**7)}",
        phone=f"010-0000{rng.randrange(1000, 10000)}",
        department=department,
        job_title=job_title,
        education=education,
        gender=Gender.FEMALE if login == DEMO_READER else gender,
        at=registered,
    )


def _account(login: str, name: str, email: str) -> User:
    return User.objects.create_user(login, email=email, password=PASSWORD, first_name=name, is_staff=True)
