"""The English switch is complete: every Chinese string of code and templates has its English words, on every page.

Left out on purpose: the letters and messages of `templates/notices/mail` and `templates/notices/message`. They are
kept as they were written, and always written in Chinese (notices.letters renders them with the default language).
"""

import io
import re
import string
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from django.utils.translation.template import templatize
from pytest_django import Settings

from balis.environment import PROJECT_DIR
from catalog.models import Edition, Holding, MemberLibrary
from notices.models import Email
from readers.models import Reader, User
from requests_app.models import LoanRequest
from requests_app.states import State

ENGLISH = PROJECT_DIR / "locale/en/LC_MESSAGES/django.po"
SOURCES = ("balis", "catalog", "readers", "requests_app", "notices")
ALWAYS_CHINESE = (PROJECT_DIR / "templates/notices/mail", PROJECT_DIR / "templates/notices/message")
PLAIN = dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"))
PLURAL = dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2))
CONTEXT = dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2))
NAMED = re.compile(r"%\((\w+)\)(\d*[a-z])|%([sd])")
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")

Key = tuple[str | None, str]  # context and message


def files() -> Iterator[Path]:
    for app in SOURCES:
        yield from sorted((PROJECT_DIR / app).rglob("*.py"))
    for file in sorted((PROJECT_DIR / "templates").rglob("*.*")):
        if file.suffix in (".html", ".txt") and not any(folder in file.parents for folder in ALWAYS_CHINESE):
            yield file


def strings_of(file: Path) -> Iterator[Key]:
    """What a file asks gettext for: (context, message), of plurals the singular. As makemessages finds it."""
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    keywords = {**PLAIN, **PLURAL, **CONTEXT}
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=keywords):  # type: ignore[arg-type]
        text = message if isinstance(message, str) else message[0]
        if text:
            yield context, text


def forms(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def key_of(message: Message) -> Key:
    return message.context, forms(message.id)[0]


def placeholders(text: str) -> set[str]:
    """%(name)d and %s by name and kind; {} of str.format by number of its fields."""
    fields = [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None]
    return {match.group() for match in NAMED.finditer(text)} | ({f"{{}}×{len(fields)}"} if "{}" in text else set())


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def asked() -> dict[Key, str]:
    """Every string that code and templates ask for, with the first file that does."""
    found: dict[Key, str] = {}
    for file in files():
        for key in strings_of(file):
            found.setdefault(key, file.relative_to(PROJECT_DIR).as_posix())
    return found


def test_every_string_has_english_words(catalogue: Catalog, asked: dict[Key, str]) -> None:
    known = {key_of(message) for message in catalogue if message.id and all(forms(message.string))}
    assert {key: file for key, file in asked.items() if key not in known} == {}
    assert (None, "联合检索") in asked  # of a template
    assert (None, "检索词太长，只检索了前%(number)d个字符。") in asked  # of a module
    assert ("pager", "首页") in asked


def test_nothing_of_a_template_stays_chinese_outside_its_translations() -> None:
    translated = re.compile(r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{#.*?#}|{{.*?}}", re.DOTALL)
    typed = {"借", "中文", "[0-9０-９]{1,4}"}  # the seal, the switch to Chinese, full-width digits that may be typed
    found = [
        (file.relative_to(PROJECT_DIR).as_posix(), words)
        for file in files()
        if file.suffix == ".html"
        for words in re.findall(r"[^\s<>\"=]+", translated.sub(" ", file.read_text(encoding="utf-8")))
        if CHINESE.search(words) and words not in typed
    ]
    assert found == []


def test_no_translation_is_left_over(catalogue: Catalog, asked: dict[Key, str]) -> None:
    assert {key_of(message) for message in catalogue if message.id} - set(asked) == set()


def test_none_is_fuzzy_or_still_chinese(catalogue: Catalog) -> None:
    quoted = {'本馆用词到流通情况的对照，例如 {"可借": "available"}。', "出现“锟斤拷”，此前的转码已丢失文字"}
    messages = [message for message in catalogue if message.id]
    assert [message.id for message in messages if message.fuzzy] == []
    assert [
        message.id
        for message in messages
        if CHINESE.search("".join(forms(message.string))) and forms(message.id)[0] not in quoted
    ] == []


def test_placeholders_are_those_of_the_source(catalogue: Catalog) -> None:
    wrong = [
        (original, english)
        for message in catalogue
        if message.id
        for original, english in zip(forms(message.id), forms(message.string), strict=True)
        if placeholders(original) != placeholders(english)
    ]
    assert wrong == []


def test_plurals_have_two_forms(catalogue: Catalog) -> None:
    assert catalogue.num_plurals == 2
    plural = [message for message in catalogue if not isinstance(message.id, str)]
    assert plural
    assert all(len(forms(message.string)) == 2 for message in plural)


# --- Pages in English ------------------------------------------------------------------------------

# What may stand in Chinese on an English page: names, the words of a record, and the switch back to Chinese.
SEAL_AND_SWITCH = ("借", "中文")


class Words(HTMLParser):
    """The words a reader of the page sees or hears: its text and the attributes that are spoken or shown."""

    SHOWN = ("title", "alt", "aria-label", "placeholder", "data-label")

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        self.words += [value for name, value in attrs if value and name in self.SHOWN]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.words.append(data.strip())


@pytest.fixture
def english(client: Client, catalogue: Catalog, tmp_path: Path, settings: Settings) -> Client:
    """A browser that asked for English, over a catalogue compiled for this test alone."""
    compiled = tmp_path / "en/LC_MESSAGES/django.mo"
    compiled.parent.mkdir(parents=True)
    with compiled.open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [tmp_path]  # Django forgets its loaded catalogues with it
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def data(
    bupt: MemberLibrary,
    cumtb: MemberLibrary,
    bnu: MemberLibrary,
    nlc: MemberLibrary,
    reader: Reader,
    copy: Holding,
    edition: Edition,
) -> list[str]:
    """Everything the rows of the test say in Chinese, the longest first."""
    libraries = (bupt, cumtb, bnu, nlc)
    said = [library.name for library in libraries] + [library.short_name for library in libraries]
    said += [reader.name, reader.department, copy.location, edition.title, edition.volume, edition.price]
    said += [*edition.authors, f"{edition.place}：{edition.publisher}，{edition.year}", edition.publisher]
    return sorted({*said, *SEAL_AND_SWITCH}, key=len, reverse=True)


def chinese_words(client: Client, address: str, data: list[str], status: int = 200) -> list[str]:
    response = client.get(address)
    assert response.status_code == status
    page = Words()
    page.feed(response.content.decode())
    left = []
    for word in page.words:
        rest = word
        for name in data:
            rest = rest.replace(name, "")
        if CHINESE.search(rest):
            left.append(word)
    return left


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        reverse("notices:home"),
        reverse("notices:news_list"),
        reverse("catalog:search"),
        reverse("catalog:search") + "?q=辅导",
        reverse("catalog:search") + "?q=zzqqxx",
        reverse("catalog:search") + "?q=辅导&q2=zzqqxx&op2=not&route2=title&from=1990&to=2000&language=chi",
        reverse("catalog:search") + "?q=&q2=&from=x",
        reverse("catalog:search") + "?pick=all",
        reverse("catalog:advanced"),
        reverse("catalog:libraries"),
        reverse("readers:login"),
        reverse("readers:register_library"),
        reverse("readers:register", args=["211130"]),
    ],
)
def test_public_pages_in_english(english: Client, data: list[str], address: str) -> None:
    assert chinese_words(english, address, [*data, "辅导"]) == []


def test_edition_in_english(english: Client, data: list[str], edition: Edition) -> None:
    described = [*data, "北京"]  # the place of publication is as the record has it
    assert chinese_words(english, reverse("catalog:edition", args=[edition.pk]), described) == []


@pytest.mark.parametrize("state", [State.SUBMITTED, State.SHIPPED, State.ARRIVED, State.ON_LOAN, State.COMPLETED])
def test_a_reader_s_pages_in_english(
    english: Client, data: list[str], reader: Reader, request_at: Callable[[State], LoanRequest], state: State
) -> None:
    loan_request = request_at(state)
    english.force_login(reader.user)

    assert chinese_words(english, reverse("requests:list"), data) == []
    assert chinese_words(english, reverse("requests:detail", args=[loan_request.number]), data) == []


@pytest.mark.parametrize("name", ["requests:new", "notices:messages", "readers:profile", "readers:password_change"])
def test_a_reader_s_forms_in_english(english: Client, data: list[str], reader: Reader, name: str) -> None:
    english.force_login(reader.user)

    assert chinese_words(english, reverse(name), data) == []


@pytest.mark.parametrize(
    "name", ["admin:index", "admin:requests_statistics", "admin:requests_app_loanrequest_changelist"]
)
def test_back_office_in_english(
    english: Client,
    data: list[str],
    lending_librarian: User,
    request_at: Callable[[State], LoanRequest],
    name: str,
) -> None:
    request_at(State.ACCEPTED)
    english.force_login(lending_librarian)

    assert chinese_words(english, reverse(name), data) == []


@pytest.mark.django_db
def test_a_missing_page_in_english(english: Client, data: list[str]) -> None:
    assert chinese_words(english, "/nowhere/", data, status=404) == []


def test_letters_stay_chinese(reader: Reader, submit: Callable[..., LoanRequest], english: Client) -> None:
    with override("en"):
        submit()

    assert all(CHINESE.search(email.subject) for email in Email.objects.all())
    assert Email.objects.exists()
