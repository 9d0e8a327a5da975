"""Whatever a query string or a path holds, the answer is rows, or a refusal."""

from base64 import b64encode
from urllib.parse import quote

import pytest

from reference_app import factories
from reference_app.tests.requests import both_trees, fetch

VALUES = (
    "",
    "\0",
    "a\0b",
    "1.5",
    "-1",
    "0",
    str(2**63),
    "9" * 5000,
    "1e400",
    "null",
    "[]",
    "\u0663",
    "x" * 5000,
)
DAYS = ("2026-02-30", "0001-01-01", "9999-12-31", "2026-01-01T00:00")
POSITIONS = (
    "abc",
    "",
    "\0",
    "2026-01-01",
    "2026-13-01T00:00:00Z",
    "2026-01-01 00:00:00",
    "0001-01-01 00:00:00+23:59",
    "9999-12-31 23:59:59-23:59",
)
PARAMETERS = {
    "computers/": ("project", "status", "page", "page_size"),
    "deployments/": ("project", "source", "enabled"),
    "errors/": ("project", "checked"),
    "stores/": ("project",),
    "packages/{package}/deployment-stats/": ("from", "to"),
    "packages/{package}/history/": ("cursor",),
}
PATHS = ("packages", "deployments", "projects", "stores", "memberships", "computers")


def path_to(world, path):
    """Return `path` with the key of a package that there is."""
    return path.format(package=world.package.pk)


@pytest.fixture
def client(packager):
    """Speak for a packager, and take a failure for an answer."""
    packager.raise_request_exception = False
    return packager


@pytest.mark.thorough
@both_trees
@pytest.mark.parametrize("path", PARAMETERS)
def test_no_value_of_a_parameter_is_a_failure(client, world, tree, path):
    """Neither of those that the filter knows, nor of those that the pages know."""
    for parameter in PARAMETERS[path]:
        for value in (*VALUES, *DAYS):
            response = client.get(f"/{tree}/{path_to(world, path)}?{parameter}={quote(value)}")
            assert response.status_code in {200, 400, 404}, (parameter, value)


@both_trees
@pytest.mark.parametrize("path", PATHS)
def test_no_key_in_a_path_is_a_failure(client, tree, path):
    """What is no key of a row is a row that does not exist; zero is none."""
    # Neither nothing nor a dot is part of a route, nor does it lead to the application.
    for value in (each for each in VALUES[:-2] if each and "." not in each):
        response = client.get(f"/{tree}/{path}/{quote(value)}/")
        assert response.status_code == 404, value


@both_trees
@pytest.mark.parametrize("position", POSITIONS, ids=repr)
def test_a_cursor_made_by_hand_is_not_found(client, world, tree, position):
    """Like one that cannot be decoded."""
    factories.PackageHistoryFactory(package=world.package)
    for reverse in ("", "&r=1"):
        cursor = quote(b64encode(f"p={quote(position)}{reverse}".encode()))
        answer = fetch(client, f"/{tree}/packages/{world.package.pk}/history/?cursor={cursor}", 404)
        assert answer == {"detail": "Invalid cursor"}


@both_trees
@pytest.mark.parametrize("value", ["banana", "1", "True", "null"])
def test_what_is_neither_true_nor_false_is_refused(client, tree, value):
    """An unfiltered list would look like an answer."""
    assert list(fetch(client, f"/{tree}/deployments/?enabled={value}", 400)) == ["enabled"]
    assert list(fetch(client, f"/{tree}/errors/?checked={value}", 400)) == ["checked"]


@both_trees
@pytest.mark.parametrize("path", ["packages/{package}/", *PARAMETERS])
def test_nothing_is_told_by_options(client, world, tree, path):
    """A row would be read for it, and locked, where no transaction is open."""
    assert client.options(f"/{tree}/{path_to(world, path)}").status_code == 405
