"""`make check`: every check by name, all of them run, the failed ones listed at the end."""

import os
import subprocess
import sys
import time
from pathlib import Path

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
PRODUCTION = {"HTTPS": "true", "SECURE_HSTS_SECONDS": "31536000", "DEBUG": "false"}


def checks() -> dict[str, list[str]]:
    templates = map(str, sorted(Path("templates").rglob("*.html")))
    djade = str(Path(PYTHON).with_name("djade"))
    return {
        "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
        "lint": [PYTHON, "-m", "ruff", "check", "."],
        "types": [PYTHON, "-m", "mypy"],
        "imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        "templates": [djade, "--target-version", "5.2", "--check", *templates],
        "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
        "states doc": [*MANAGE, "state_table", "--check"],
        "django": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    }


def main() -> int:
    failed = []
    for name, command in checks().items():
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | PRODUCTION)
        ok = done.returncode == 0
        print(f"{'ok ' if ok else 'BAD'}  {name:<12} {time.monotonic() - started:5.1f} s", flush=True)  # noqa: T201
        if not ok:
            failed.append(name)
            print(done.stdout[-6000:], done.stderr[-3000:], flush=True)  # noqa: T201
    if failed:
        print(f"failed: {', '.join(failed)}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
