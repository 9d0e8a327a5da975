"""Turn a `DATABASE_URL` into one entry of Django's `DATABASES`.

Knows SQLite, PostgreSQL and MySQL/MariaDB; refuses every other scheme instead of guessing. Query
strings are not read: what needs more options than a URL holds needs its own settings module.
"""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}

# Django compares this with the oldest mysqlclient it supports (2.2.1 since Django 6.0). PyMySQL numbers
# its releases differently, so that the shim has to state what it stands in for.
MYSQLCLIENT_VERSION = (2, 2, 8, "final", 0)


def database_from_url(url):
    """Return the `DATABASES` entry for `url`.

    `sqlite://` is in memory, `sqlite:///file` is relative to the working directory and
    `sqlite:////file` absolute; the others are `scheme://user:password@host:port/name`, every part of
    which may be missing and may be percent-encoded. Raises `ImproperlyConfigured` for an unknown scheme.
    """
    parts = urlsplit(url)
    if parts.scheme not in ENGINES:
        known = ", ".join(ENGINES)
        raise ImproperlyConfigured(f"DATABASE_URL: unknown scheme {parts.scheme!r}; expected one of {known}")
    if parts.scheme == "sqlite":
        return {"ENGINE": ENGINES["sqlite"], "NAME": unquote(parts.path[1:]) or ":memory:"}
    if parts.scheme == "mysql":
        _stand_in_for_mysqlclient()
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }


def _stand_in_for_mysqlclient():
    """Let Django's MySQL backend import PyMySQL, which needs no compiler, as `MySQLdb`."""
    import pymysql  # noqa: PLC0415  only MariaDB needs the driver, so only MariaDB imports it

    pymysql.version_info = MYSQLCLIENT_VERSION
    pymysql.install_as_MySQLdb()
