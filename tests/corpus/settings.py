"""Settings under which the cases run, on SQLite or what `DATABASE_URL` names."""

import os
import tempfile

from reference_app.settings import database_from_url

SECRET_KEY = "corpus"  # noqa: S105 - signs nothing
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.admin",
    "rest_framework",
    "tests.corpus",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL") or "sqlite:///corpus.sqlite3")}
# Without migrations all tables are made at once, in the order in which they refer to each other.
MIGRATION_MODULES = {name.rpartition(".")[2]: None for name in INSTALLED_APPS}
ROOT_URLCONF = "tests.corpus.urls"
ALLOWED_HOSTS = ["*"]
SITE_ID = 1
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
TEMPLATE_DIR = tempfile.mkdtemp(prefix="corpus-templates-")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [TEMPLATE_DIR],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
