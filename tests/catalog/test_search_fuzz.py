"""Whatever stands in an address of the search, the answer comes at once and is no error of the server."""

import time
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.models import Edition
from catalog.search.query import ROUTES

pytestmark = pytest.mark.django_db

PATHS = [reverse(f"catalog:{name}") for name in ("search", "advanced", "search_json")]
LONGEST = 5  # seconds for all three pages; far more than they need, but a machine may be busy
PARAMETERS = (
    "q", "route", "op2", "q2", "route2", "q6", "op6", "q7", "library", "group", "scope", "pick", "page", "sort",
    "language", "material_type", "decade", "clc", "from", "to", "count",
)  # fmt: skip
NASTY = (
    "", " ", "\x00", "%", "%%s", "%(name)s", "{}", "{{ 7 }}", "'", '"', "“”", "\\", "\\x", "a\\'b", "';--", "$1", "$$",
    "'; DROP TABLE catalog_edition; --", "1 OR 1=1", "a & b | !c <-> d:*", "foo:*", "((((", ")", "!!!", "***", "?",
    "。，、；：", "《》", "²", "٣", "１２３", "-1", "0", "9" * 12, "9" * 400, "1e9", "1000000000", "NaN", "true", "😀",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467", "e\u0301\u0301\u0301", "ß", "İ", "ﷺ", "𠀀𠀁", "한국어",
    "日本語のカタカナ", "العربية",
    "\u202e", "\ufeff", "\ufffd", "\ud7ff", "\r\n", "\t", "<script>", "7-5037-1744-0", "9787503717444",
    "gaodengshuxue", "gdsx", "*" * 300, "数学" * 100, "some", "all", "none", "libraries", "engineering", "chi", "1982",
    *ROUTES,
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.integers().map(str))


def ask(client: Client, query_string: str) -> list[int]:
    started = time.monotonic()
    answers = [client.get(f"{path}?{query_string}").status_code for path in PATHS]
    assert time.monotonic() - started < LONGEST
    return answers


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=8))
def test_no_parameter_is_an_error(client: Client, edition: Edition, parameters: dict[str, str]) -> None:
    encoded = urlencode(parameters, errors="surrogatepass")  # a lone surrogate comes as bytes that are no UTF-8
    assert ask(client, encoded) == [200, 200, 200]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=60), plain=st.text("%&=+;q23[]opfrmtuei0129AF", max_size=40))
@example(garbage=b"\xed\xa0\x80", plain="%")
@example(garbage=b"\xff\x00\xfe", plain="%zz%u4e2d")
def test_no_garbage_is_an_error(client: Client, edition: Edition, garbage: bytes, plain: str) -> None:
    assert ask(client, f"q={quote(garbage)}&{plain}") == [200, 200, 200]
    assert ask(client, f"q=a&library={quote(garbage)}&q2={quote(garbage)}&page={quote(garbage)}") == [200, 200, 200]


@pytest.mark.parametrize(
    "query_string",
    [
        "q=" + quote("数学" * 5_000),
        "q=" + "x" * 10_000,
        "q=" + "%20".join(["ab"] * 3_000),
        "q=" + quote("。" * 10_000),
        "q=" + "1" * 10_000 + "&route=isbn",
        "q=" + "gao" * 3_000 + "&route=pinyin",
        "q=" + quote("“" + "高等" * 2_000 + "”"),
        "q=a&page=1000000000",
        "q=a&page=1000000000&count=1",
        "q=" + quote("数学") + "".join(f"&library={n:06d}" for n in range(500)),
        "q=" + quote("数学") + "&scope=some" + "".join(f"&library={n:06d}" for n in range(990)),
        "&".join(f"q{n}=" + quote("数学" * 500) + f"&op{n}=or" for n in range(2, 9)) + "&q=" + quote("数学"),
        "&".join(f"q{n}=a&op{n}=not" for n in range(2, 9)) + "&q=",
        "q=a&from=99999999999999999999&to=-1&decade=99999999999",
        "q=a&route=nonsense&sort=nonsense&route2=%00",
    ],
    ids=lambda query_string: query_string[:30],
)
def test_what_robots_and_pranksters_send(client: Client, edition: Edition, query_string: str) -> None:
    assert ask(client, query_string) == [200, 200, 200]


def test_more_parameters_than_django_reads_are_refused_not_an_error(client: Client, edition: Edition) -> None:
    assert ask(client, "&".join(f"library={n}" for n in range(2_000))) == [400, 400, 400]
