"""WSGI entry point."""

import gc
import os
from itertools import count
from typing import Any

from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
application = get_wsgi_application()

from catalog.search.pinyin import load_dictionary  # noqa: E402  (needs the settings)

# What is loaded by now stays for good, and so do the templates and whatever else the first requests load. A collector
# that looks through all of it again and again would make a reader wait 0.05 to 0.1 s now and then.
_SETTLED_AFTER = {100, 1_000}  # requests
_served = count(1)


def _keep_for_good() -> None:
    gc.collect()
    gc.freeze()


def _settle(**_signal: Any) -> None:
    """Called when an answer has been sent."""
    if next(_served) in _SETTLED_AFTER:
        _keep_for_good()


get_resolver().url_patterns  # noqa: B018  (loads every view)
load_dictionary()  # or the first search that finds nothing waits for it
_keep_for_good()
request_finished.connect(_settle)
