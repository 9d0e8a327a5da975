"""Turn a `DATABASE_URL` into one entry of Django's `DATABASES`.

Knows SQLite, PostgreSQL and MySQL/MariaDB; refuses every other scheme instead of guessing. Query
strings are not read: what needs more options than a URL holds needs its own settings module.
"""

from difflib import get_close_matches
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
    which may be missing and may be percent-encoded. Raises `ImproperlyConfigured` for an unknown scheme,
    and for what is no URL; what it says holds no password.
    """
    parts, port = _split(url)
    if parts.scheme not in ENGINES:
        known = ", ".join(ENGINES)
        near = get_close_matches(parts.scheme.replace("mariadb", "mysql"), ENGINES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ImproperlyConfigured(
            f"DATABASE_URL: unknown scheme {parts.scheme!r}; expected one of {known}{hint}"
        )
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
        "PORT": port,
    }


def _split(url):
    """Return the parts of `url`, and its port as text, which is empty if there is none."""
    try:
        parts = urlsplit(url)
        return parts, str(parts.port or "")
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: no URL: {error}") from error


def _stand_in_for_mysqlclient():
    """Let Django's MySQL backend import PyMySQL, which needs no compiler, as `MySQLdb`."""
    import pymysql  # noqa: PLC0415  only MariaDB needs the driver, so only MariaDB imports it

    pymysql.version_info = MYSQLCLIENT_VERSION
    pymysql.install_as_MySQLdb()
