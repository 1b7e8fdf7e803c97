"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "balis.settings")
application = get_wsgi_application()

# What is loaded by now stays for good: a collector that looks through all of it makes a reader wait 0.1 s now and then.
get_resolver().url_patterns  # noqa: B018  (loads every view)
gc.collect()
gc.freeze()
