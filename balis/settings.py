"""All settings of the portal, read from the environment (see .env.example for every variable)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from balis.embedded import paths
from balis.environment import broker_url, load_env_file
from balis.secret_key import load_or_create_secret_key
from balis.unfold_settings import UNFOLD as UNFOLD  # the look of the back office

BASE_DIR = Path(__file__).resolve().parent.parent

load_env_file()
env = environ.Env()

# --- Where things are kept -------------------------------------------------------------------------
DATA_DIR = paths.default_data_dir()
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"

# --- Safety ----------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or load_or_create_secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # about whole domains, which are not ours to decide
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- The test suite sets this (tests/conftest.py): plain static files, a quick password hash -----------
TESTING = env.bool("BALIS_TESTING", default=False)

# --- Applications ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # unfold stands before the admin whose templates it replaces
    "balis.apps.BalisConfig",
    "balis.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "bootstrap",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "catalog",
    "readers",
    "requests_app",
    "notices",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "balis.middleware.BackOfficePolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "readers.middleware.DeskMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # the last: turns a locked-out login into its page
]

ROOT_URLCONF = "balis.urls"
WSGI_APPLICATION = "balis.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "readers.context_processors.reader",
                "notices.context_processors.unread",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database: DATABASE_URL, or the embedded PostgreSQL ---------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=8)  # 0: no pool; at least the threads of one process
_database: dict[str, Any] = env.db_url_config(DATABASE_URL) if DATABASE_URL else dict(paths.database_settings(DATA_DIR))
_pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5} if DATABASE_POOL_SIZE else False
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_database.get("OPTIONS", {}), "pool": _pool},
    }
}
# Searches have connections of their own: settings that suit their one statement, and an end to what takes too long.
# Tests search where they write, in a transaction that no other connection could see into.
SEARCH = {
    "TIMEOUT_MS": env.int("SEARCH_TIMEOUT_MS", default=5000),
    "LOOK_AGAIN_SECONDS": 0 if TESTING else 10,  # for a newer count of frequent words
}
SEARCH_DB = "default" if TESTING else "search"
_SEARCH_OPTIONS = {
    "enable_seqscan": "off",  # a word that a fifth of the catalogue has would tempt the planner
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "work_mem": "128MB",  # or large bitmaps forget single rows and every row must be looked at again
    "max_parallel_workers_per_gather": "0",
    "effective_io_concurrency": "0",  # the index lies in memory; prefetching it costs a third more
    "statement_timeout": SEARCH["TIMEOUT_MS"],
}
if SEARCH_DB != "default":
    DATABASES[SEARCH_DB] = {
        **DATABASES["default"],
        "OPTIONS": {
            **DATABASES["default"]["OPTIONS"],
            "options": " ".join(f"-c {name}={value}" for name, value in _SEARCH_OPTIONS.items()),
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis protocol: REDIS_URL, or the embedded Valkey ----------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = broker_url(REDIS_URL) or paths.broker_url(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.str("CACHE_URL", default="") or REDIS_URL or paths.cache_url(DATA_DIR),
        "KEY_PREFIX": "balis",
    }
}

# --- Celery ----------------------------------------------------------------------------------------
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 2
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    # A page must not wait for a broker that is away (6 s per mail by default): its mails wait in the outbox.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
    "socket_connect_timeout": 2,
}
CELERY_TASK_IGNORE_RESULT = True
# These take minutes or hours; mail must not wait for them.
CELERY_TASK_ROUTES = {
    f"catalog.tasks.{name}": {"queue": "imports"} for name in ("run_import", "maintain_search", "refresh_library")
}
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Mail ------------------------------------------------------------------------------------------
# Without EMAIL_URL every mail is written to a file under DATA_DIR/mail, where it can be read.
_email = env.email_url_config(env.str("EMAIL_URL", default="") or f"filemail:///{DATA_DIR / 'mail'}")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="BALIS馆际互借中心 <ill@balis.example>")
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

# --- People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "readers.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "readers.auth.ReaderAwareBackend"]
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_LINK_HOURS", default=24) * 3600
LOGIN_URL = "readers:login"
LOGIN_REDIRECT_URL = "catalog:search"
LOGOUT_REDIRECT_URL = "notices:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Wrong passwords are counted per account and address together (readers/accounts/lockout.py, docs/accounts.md).
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)  # proxies of ours that write X-Forwarded-For
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=8)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_COOLOFF_MINUTES", default=15))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who keeps trying waits no longer than who does not
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "readers.accounts.lockout.account_meant"
AXES_CLIENT_IP_CALLABLE = "readers.accounts.lockout.client_address"
AXES_LOCKOUT_CALLABLE = "readers.accounts.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True  # who logged in when belongs to the access log, not here
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Static files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_AUTOREFRESH = TESTING  # the suite collects no static files
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "woff", "woff2")

# --- The rules of the consortium that no source settles (defaults; each library may differ) ---------
ILL = {
    "CANCEL_WINDOW_MINUTES": env.int("ILL_CANCEL_WINDOW_MINUTES", default=60),
    "MAX_OPEN_REQUESTS": env.int("ILL_MAX_OPEN_REQUESTS", default=3),
    "LOAN_DAYS": env.int("ILL_LOAN_DAYS", default=30),
    "ANSWER_DAYS": env.int("ILL_ANSWER_DAYS", default=2),
    "PICKUP_DAYS": env.int("ILL_PICKUP_DAYS", default=7),
    "DISPATCH_DAYS": env.int("ILL_DISPATCH_DAYS", default=2),
    "APPROVE_DAYS": env.int("ILL_APPROVE_DAYS", default=2),
    "CANCEL_ANSWER_DAYS": env.int("ILL_CANCEL_ANSWER_DAYS", default=1),
    "MISSING_AFTER_DAYS": env.int("ILL_MISSING_AFTER_DAYS", default=10),
    "LOST_AFTER_DAYS": env.int("ILL_LOST_AFTER_DAYS", default=60),
    "RECALL_NOTICE_DAYS": env.int("ILL_RECALL_NOTICE_DAYS", default=3),
    "UNDO_MINUTES": env.int("ILL_UNDO_MINUTES", default=120),
    "MAX_HOPS": env.int("ILL_MAX_HOPS", default=3),
    "DUPLICATE_HOURS": env.int("ILL_DUPLICATE_HOURS", default=24),
    "FINE_PER_DAY": env.str("ILL_FINE_PER_DAY", default="0.50"),
    "REMINDER_DAYS": env.list("ILL_REMINDER_DAYS", cast=int, default=[-7, -3, 0, 1, 7, 14]),
}

# --- Polite limits: searches a minute (catalog/limits.py); 0 is no limit --------------------------------
SEARCH_LIMITS = {
    "PER_ADDRESS": env.int("SEARCH_LIMIT_PER_ADDRESS", default=600),
    "PER_PERSON": env.int("SEARCH_LIMIT_PER_PERSON", default=120),
}

# --- Readers' accounts (docs/accounts.md) -------------------------------------------------------------
READERS = {
    "CARD_DAYS": env.int("READERS_CARD_DAYS", default=365),
    "FORMS_PER_HOUR": env.int("READERS_FORMS_PER_HOUR", default=120),
    "PHOTO_MAX_MB": env.int("READERS_PHOTO_MAX_MB", default=8),
    "ROSTER_MAX_MB": env.int("READERS_ROSTER_MAX_MB", default=10),
    "REGISTRATION_DAYS": env.int("READERS_REGISTRATION_DAYS", default=180),
    "ANONYMISE_MONTHS": env.int("READERS_ANONYMISE_MONTHS", default=24),
}

# --- Import jobs: limits of one file of a library ------------------------------------------------------
IMPORTS = {
    "MAX_MB": env.int("IMPORT_MAX_MB", default=2048),
    "MAX_HOURS": env.float("IMPORT_MAX_HOURS", default=12.0),
    "KEEP_DAYS": env.int("IMPORT_KEEP_DAYS", default=30),
    "PREVIEW_RECORDS": env.int("IMPORT_PREVIEW_RECORDS", default=300),
}

# --- Health ----------------------------------------------------------------------------------------
READY_MAX_OUTBOX_AGE_SECONDS = env.int("READY_MAX_OUTBOX_AGE_SECONDS", default=900)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {"axes": {"level": "WARNING"}},  # every login would be a line
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
