"""Settings of the reference application: the optimised endpoints, on SQLite or what `DATABASE_URL` names."""

import os
from pathlib import Path

from reference_app.database import database_from_url

BASE_DIR = Path(__file__).resolve().parent

# An example that is never deployed: the fallback keeps `python -m reference_app runserver` one command.
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-the-reference-application-on-your-own-machine")
DEBUG = os.environ.get("DEBUG", "") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "reference_app.apps.ReferenceAppConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "reference_app.urls"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES = {
    "default": database_from_url(os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR}/db.sqlite3")
}

# MariaDB has no partial unique index. There the service's row lock alone keeps "one live installation per
# computer and package"; on SQLite and PostgreSQL the database keeps it as well.
if DATABASES["default"]["ENGINE"].endswith("mysql"):
    SILENCED_SYSTEM_CHECKS = ["models.W036"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "reference_app.pagination.PageNumbers",
    "DEFAULT_PARSER_CLASSES": ["reference_app.parsers.PlainJSONParser"],
    # OPTIONS would describe one serializer a view, and read a row, locked, outside of any transaction.
    "DEFAULT_METADATA_CLASS": None,
    # The browsable API renders forms, whose choices are queries that no client asked for.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
