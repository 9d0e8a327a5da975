"""Short forms of what almost every test here does: ask one of the two URL trees, and expect a status."""

from reference_app.tests.counting import count_queries

TREES = ("api", "naive")


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


def fetch_cost(client, path, status=200):
    """Return how many queries `fetch` needs."""
    return count_queries(lambda: fetch(client, path, status))


def send_cost(client, path, status=200):
    """Return how many queries `send` needs."""
    return count_queries(lambda: send(client, path, status))


def package_path(tree, package, action=""):
    """Return the path of `package`, or of one of its actions."""
    return f"/{tree}/packages/{package.pk}/{action and action + '/'}"
