"""The small marks of page texts become HTML; everything else stays text."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve

from notices.models import Page
from notices.page_text import first_words, render_page_text
from notices.pages import load_page_file

PAGES = sorted((Path(settings.BASE_DIR) / "balis" / "demo" / "pages").glob("*.md"))


def test_paragraphs_headings_and_lists() -> None:
    text = "第一段\n第二行\n\n## 小标题\n说明：\n- 甲\n- 乙\n\n末段"

    assert render_page_text(text) == (
        "<p>第一段<br>第二行</p>\n<h2>小标题</h2>\n<p>说明：</p>\n<ul><li>甲</li><li>乙</li></ul>\n<p>末段</p>"
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_of_a_form_do_not_matter(ending: str) -> None:
    assert render_page_text(ending.join(["甲", "", "乙"])) == "<p>甲</p>\n<p>乙</p>"


def test_links_within_the_portal_and_to_the_web() -> None:
    assert (
        render_page_text("查[成员馆目录](/catalog/libraries/)，或[国图](https://www.nlc.cn)")
        == '<p>查<a href="/catalog/libraries/">成员馆目录</a>，或<a href="https://www.nlc.cn">国图</a></p>'
    )


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "## <img src=x onerror=alert(1)>",
        "- <b>",
        "[点我](javascript:alert(1))",
        '[点我](/x"onmouseover="alert(1))',
        "[<i>](https://example.org/)",
    ],
)
def test_nothing_typed_becomes_a_tag_or_a_script(attack: str) -> None:
    html = render_page_text(attack)

    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert 'href="javascript' not in html
    assert ' onmouseover="' not in html.replace('"onmouseover=&quot;', "")


def test_a_description_is_the_beginning_without_marks() -> None:
    assert first_words("## 标题\n- 查[目录](/catalog/)") == "标题 查目录"
    assert first_words("字" * 200, 10) == "字" * 9 + "…"


@pytest.mark.django_db
def test_the_pages_of_the_portal_in_their_order() -> None:
    for path in PAGES:
        load_page_file(path)

    titles = list(Page.objects.values_list("title", flat=True))
    assert titles == ["管理办法", "使用指南", "常见问题", "下载空间", "电子地图", "特色馆藏展", "关于我们"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_links_of_a_page_lead_somewhere(path: Path) -> None:
    html = render_page_text(load_page_file(path).text)
    for address in [part.split('"')[0] for part in html.split('href="')[1:]]:
        assert resolve(address)


@pytest.mark.django_db
def test_loading_a_page_again_renews_it(tmp_path: Path) -> None:
    path = tmp_path / "10-rules.md"
    path.write_text("# 管理办法\n\n旧", encoding="utf-8")
    load_page_file(path)
    path.write_text("# 管理办法\n\n新", encoding="utf-8")

    assert load_page_file(path).text == "新"
    assert Page.objects.count() == 1


@pytest.mark.parametrize(("name", "text"), [("rules.md", "# 管理办法"), ("10-rules.md", "管理办法")])
def test_a_file_that_is_no_page_says_what_is_wrong(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=name):
        load_page_file(path)
