"""Settings of the reference application: the optimised endpoints, on SQLite or what `DATABASE_URL` names."""

import os
from pathlib import Path

from reference_app.database import database_from_url
from reference_app.schema.hooks import COMPONENTS

BASE_DIR = Path(__file__).resolve().parent

# An example that is never deployed: the fallback keeps `python -m reference_app serve` one command, which
# no other machine reaches. Whoever serves it elsewhere has to name hosts, and so has read this.
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
    "drf_spectacular",
    "drf_spectacular_sidecar",
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
LOGIN_URL = "rest_framework:login"
LOGIN_REDIRECT_URL = "docs"
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
    # Pages are for browsers alone, which ask for them: they show filters, whose choices are queries.
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": ["reference_app.parsers.JSONParser"],
    # OPTIONS would describe one serializer a view, and read a row, locked, outside of any transaction.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "reference_app.schema.operations.Operation",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

DESCRIPTION = """Software packages, and their deployment to the computers of several organizations at once.

Everybody sees what belongs to their own organizations, and nothing else: what is foreign answers like what
does not exist. [Log in](/api/auth/login/?next=/api/docs/) to try the requests out.

Each operation names its **budget**: how many queries it may run, whatever the number of rows but for what it
says beside it. The tests hold it to that."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Packages and deployments",
    "VERSION": "0.1.0",
    "DESCRIPTION": DESCRIPTION,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    # The tests mount twins and specimens beside the application; they are not part of it.
    "SERVE_URLCONF": "reference_app.urls",
    "SERVE_INCLUDE_SCHEMA": False,
    "GET_MOCK_REQUEST": "reference_app.schema.operations.request_of_nobody",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reference_app.schema.hooks.add_refusals",
        "reference_app.schema.hooks.name_answers",
        "reference_app.schema.hooks.say_null",
        "reference_app.schema.hooks.keep_version_required",
    ],
    "APPEND_COMPONENTS": COMPONENTS,
    "ENUM_NAME_OVERRIDES": {
        "ComputerStatus": "reference_app.models.Computer.Status",
        "DeploymentSource": "reference_app.models.Deployment.Source",
        "HistoryAction": "reference_app.models.history.History.Action",
        "PackageManager": "reference_app.models.Project.Pms",
        "Role": "reference_app.models.Role",
    },
    "TAGS": [
        {"name": "projects", "description": "What an organization keeps packages and computers in."},
        {"name": "stores", "description": "Where the packages of a project lie."},
        {"name": "packages", "description": "Software in one version, and what it depends on."},
        {"name": "deployments", "description": "Which packages reach which computers, and from when on."},
        {"name": "computers", "description": "The machines, and the reports that they send of themselves."},
        {"name": "errors", "description": "What went wrong on computers."},
        {"name": "memberships", "description": "Who may do what, and where."},
    ],
    # The page comes with its scripts: no CDN is asked.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0, "docExpansion": "list"},
}
