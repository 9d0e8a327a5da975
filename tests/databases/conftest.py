"""Servers for the tests on real databases: named by the environment, or local ones without a password."""

import os
from urllib.parse import urlsplit

import pytest

POSTGRESQL = os.environ.get("QUERYBUDGET_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
MARIADB = os.environ.get("QUERYBUDGET_MARIADB", "mysql://root@127.0.0.1:3306/mysql")


def _missing(name, error):
    """Skip at home; in CI a database that is missing is a failure, not a test less."""
    reason = f"{name} does not answer: {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a PostgreSQL server that answers."""
    psycopg = pytest.importorskip("psycopg")
    try:
        psycopg.connect(POSTGRESQL, connect_timeout=3).close()
    except psycopg.Error as error:
        _missing("PostgreSQL", error)
    return POSTGRESQL


@pytest.fixture(scope="session")
def mariadb():
    """The URL of a MariaDB server that answers."""
    pymysql = pytest.importorskip("pymysql")
    url = urlsplit(MARIADB)
    try:
        pymysql.connect(
            host=url.hostname,
            port=url.port or 3306,
            user=url.username,
            password=url.password or "",
            connect_timeout=3,
        ).close()
    except pymysql.Error as error:
        _missing("MariaDB", error)
    return MARIADB
