"""`python -m balis.run.messages`: compiles the message catalogues of ./locale with Babel; needs no GNU gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from balis.environment import PROJECT_DIR


def compile_messages(locale_dir: Path = PROJECT_DIR / "locale") -> list[Path]:
    """Compile what is newer than its compiled form; return the files written. A reader never sees half a file."""
    written = []
    for po in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, domain=po.stem)
        unfinished = mo.with_suffix(".mo.unfinished")
        with unfinished.open("wb") as target:
            write_mo(target, catalogue)
        unfinished.replace(mo)
        written.append(mo)
    return written


if __name__ == "__main__":
    compile_messages()
