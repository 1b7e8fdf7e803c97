"""The theme of the back office speaks Chinese: each of its strings is translated by Django or by our catalogue."""

import gettext
import io
from importlib import import_module
from pathlib import Path

import pytest
import unfold
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

THEME = Path(unfold.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def strings_of(file: Path) -> set[str]:
    """What a template or module of the theme asks gettext for (of plurals: the singular)."""
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".html":  # as makemessages does it; indentation means nothing there
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)  # type: ignore[arg-type]
    return {message if isinstance(message, str) else message[0] for _line, message, _comments, _context in found} - {""}


def used_files() -> list[Path]:
    """Templates and modules of the theme itself and of those of its parts that we have installed."""
    parts = {app.removeprefix("unfold.contrib.") for app in settings.INSTALLED_APPS if "unfold.contrib" in app}
    files = [*THEME.rglob("*.html"), *THEME.rglob("*.py")]
    return [
        file
        for file in sorted(files)
        if "contrib" not in file.relative_to(THEME).parts or file.relative_to(THEME).parts[1] in parts
    ]


@pytest.fixture(scope="module")
def known() -> set[str]:
    known: set[str] = set()
    for app in ("django", "django.contrib.admin", "django.contrib.auth", "django.contrib.humanize"):
        folder = Path(str(import_module(app).__file__)).parent
        compiled = folder / ("conf/locale" if app == "django" else "locale") / "zh_Hans/LC_MESSAGES/django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                catalogue = gettext.GNUTranslations(file)
            known |= {key if isinstance(key, str) else key[0] for key in catalogue._catalog}  # type: ignore[attr-defined]
    with (Path(settings.LOCALE_PATHS[0]) / "zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        ours = read_po(file)
    known |= {message.id if isinstance(message.id, str) else message.id[0] for message in ours if message.string}
    return known


def test_every_string_of_the_theme_is_translated(known: set[str]) -> None:
    missing = {
        string: file.relative_to(THEME).as_posix() for file in used_files() for string in strings_of(file) - known
    }
    assert missing == {}
    assert "Type to search" in known
