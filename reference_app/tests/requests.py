"""Short forms of what almost every test here does: ask one of the two URL trees, and expect a status."""

import pytest

from reference_app.tests.snapshots import all_tables

TREES = ("api", "naive")
# In every run `test_*_twins.py` hold the twins' answers and refusals to those of the API; that each rule
# holds for a twin by itself is seen with `pytest -m thorough`.
both_trees = pytest.mark.parametrize("tree", ["api", pytest.param("naive", marks=pytest.mark.thorough)])


def fetch(client, path, status=200):
    """GET `path`, expect `status`, and return the parsed answer."""
    response = client.get(path)
    assert response.status_code == status, response.content
    return response.json()


def send(client, path, status=200):
    """POST nothing to `path`, expect `status`, and return the parsed answer."""
    response = client.post(path)
    assert response.status_code == status, response.content
    return response.json()


def post(client, path, body, status=200):
    """POST `body` to `path`, expect `status`, and return the parsed answer."""
    response = client.post(path, body)
    assert response.status_code == status, response.content
    return response.json()


def sent(client, method, path, body, status):
    """Send `body`, expect `status`, an unchanged database if that is a refusal, and return any answer."""
    before = all_tables()
    response = getattr(client, method)(path, body)
    assert response.status_code == status, response.content
    assert status < 400 or all_tables() == before
    return response.json() if response.content else None


def deployment_path(tree, deployment, action=""):
    """Return the path of `deployment`, or of one of its actions."""
    return f"/{tree}/deployments/{deployment.pk}/{action and action + '/'}"


def package_path(tree, package, action=""):
    """Return the path of `package`, or of one of its actions."""
    return f"/{tree}/packages/{package.pk}/{action and action + '/'}"


def computer_path(tree, computer, action=""):
    """Return the path of `computer`, or of one of its actions."""
    return f"/{tree}/computers/{computer.uuid}/{action and action + '/'}"
