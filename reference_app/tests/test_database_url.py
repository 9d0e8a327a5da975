"""Which database a `DATABASE_URL` selects."""

import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured

from reference_app import settings as application
from reference_app.database import database_from_url


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite://", ":memory:"), ("sqlite:///near.db", "near.db"), ("sqlite:////far/away.db", "/far/away.db")],
)
def test_sqlite(url, name):
    """Three slashes are relative, four absolute, as everywhere."""
    assert database_from_url(url) == {"ENGINE": "django.db.backends.sqlite3", "NAME": name}


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_servers(scheme):
    """Every part may be percent-encoded, a socket directory as host included."""
    entry = database_from_url(f"{scheme}://me:p%40ss@%2Frun%2Fdb:5433/app")
    assert entry["ENGINE"] == f"django.db.backends.{scheme}"
    assert (entry["USER"], entry["PASSWORD"]) == ("me", "p@ss")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("/run/db", "5433", "app")


def test_missing_parts_are_left_to_the_server():
    """Empty strings are Django's way to say so."""
    entry = database_from_url("postgresql:///app")
    assert [entry[key] for key in ("USER", "PASSWORD", "HOST", "PORT")] == ["", "", "", ""]


@pytest.mark.parametrize("url", ["oracle://db/app", "postgres", ""])
def test_an_unknown_scheme_is_an_error_that_names_the_known_ones(url):
    """Falling back to SQLite would test another database than the one asked for."""
    with pytest.raises(ImproperlyConfigured, match="expected one of sqlite, postgresql, mysql"):
        database_from_url(url)


@pytest.mark.parametrize(
    ("scheme", "meant"), [("postgres", "postgresql"), ("mariadb", "mysql"), ("sqlite3", "sqlite")]
)
def test_a_scheme_that_is_called_otherwise_elsewhere_is_told_its_name_here(scheme, meant):
    """Other tools read the same variable."""
    with pytest.raises(ImproperlyConfigured, match=rf"did you mean {meant}\?"):
        database_from_url(f"{scheme}://db/app")


@pytest.mark.parametrize("url", ["postgresql://me:secret@db:many/app", "mysql://me:secret@[db/app"])
def test_what_is_no_url_is_an_error_that_tells_no_secret(url):
    """A number is missing, or a bracket."""
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL: no URL: ") as caught:
        database_from_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "engine", "silenced"),
    [
        ("", "sqlite3", []),
        ("postgresql://db/app", "postgresql", []),
        ("mysql://db/app", "mysql", ["models.W036"]),
    ],
)
def test_the_settings_take_the_database_from_the_environment(monkeypatch, url, engine, silenced):
    """SQLite where none is named; of MariaDB's missing partial index Django need not warn."""
    monkeypatch.setenv("DATABASE_URL", url)
    settings = runpy.run_path(application.__file__)
    assert settings["DATABASES"]["default"]["ENGINE"] == f"django.db.backends.{engine}"
    assert settings.get("SILENCED_SYSTEM_CHECKS", []) == silenced
