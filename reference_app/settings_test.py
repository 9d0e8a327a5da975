"""Settings of the test suite: twins and specimens are mounted as well, and SQLite stays in memory."""

import os

from reference_app.database import database_from_url
from reference_app.settings import *  # noqa: F403  test settings are the settings plus what follows

INSTALLED_APPS = [
    *INSTALLED_APPS,  # noqa: F405  the application's own
    "django.contrib.sites",  # one specimen asks for its cache
    "reference_app.traps",
]
SITE_ID = 1
ROOT_URLCONF = "reference_app.urls_test"
DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL") or "sqlite://")}

# Tests authenticate by force; where a password is set at all, nobody attacks its hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
