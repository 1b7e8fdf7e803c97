"""Every setting is documented where an operator looks for it, and means what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from balis.environment import broker_url

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:env\.\w+|os\.environ\.get)\(\s*"([A-Z][A-Z_]+)\"""")
ONLY_FOR_US = {
    "BALIS_TESTING",  # set by the test suite
    "DJANGO_SETTINGS_MODULE",
}


def test_env_example_names_every_variable_that_is_read_and_no_other() -> None:
    read = {name for path in (ROOT / "balis").rglob("*.py") for name in READ.findall(path.read_text(encoding="utf-8"))}
    documented = set(re.findall(r"^#([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    assert documented == read - ONLY_FOR_US
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "PORT", "BALIS_DATA_DIR"} <= documented


def test_env_example_is_what_it_says_the_defaults(tmp_path: Path) -> None:
    """Taking every # off changes no setting."""
    show = """
import django, django.conf
django.setup()
settings = django.conf.settings
names = [name for name in dir(settings) if name.isupper() and name not in {"SECRET_KEY"}]
print({name: getattr(settings, name) for name in sorted(names)})
"""
    lines = re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M)
    kept = {name: value for name, value in os.environ.items() if name not in dict(lines)}
    kept |= {"DJANGO_SETTINGS_MODULE": "balis.settings", "BALIS_DATA_DIR": str(tmp_path)}

    def shown(extra: dict[str, str]) -> str:
        done = subprocess.run(
            [sys.executable, "-c", show], env={**extra, **kept}, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return re.sub(r" at 0x[0-9a-f]+", "", done.stdout)

    assert shown(dict(lines)) == shown({})


@pytest.mark.parametrize(
    ("redis_url", "expected"),
    [
        ("redis://valkey:6379/0", "redis://valkey:6379/0"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
        ("", ""),
    ],
)
def test_one_url_serves_cache_and_broker(redis_url: str, expected: str) -> None:
    assert broker_url(redis_url) == expected
