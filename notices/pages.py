"""Reads a page of the portal from a text file: first line `# title`, then the text in the form of page_text.py."""

import re
from pathlib import Path

from notices.models import Page

# 20-guide.md: its place in the navigation and its address.
_FILE_NAME = re.compile(r"(?P<position>\d+)-(?P<slug>[a-z0-9-]+)\.md")


def load_page_file(path: Path) -> Page:
    """Create or renew the page that the file describes. Raises ValueError for a name or first line it cannot read."""
    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        raise ValueError(f"{path.name}: a page file is called NUMBER-slug.md, for example 20-guide.md")
    first_line, _, text = path.read_text(encoding="utf-8").partition("\n")
    if not first_line.startswith("# "):
        raise ValueError(f"{path.name}: the first line must be “# title”")
    page, _created = Page.objects.update_or_create(
        slug=name["slug"],
        defaults={"title": first_line[2:].strip(), "text": text.strip(), "position": int(name["position"])},
    )
    return page
