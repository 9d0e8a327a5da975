"""Short forms of what almost every test here does: ask one of the two URL trees, and expect a status."""

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


def package_path(tree, package, action=""):
    """Return the path of `package`, or of one of its actions."""
    return f"/{tree}/packages/{package.pk}/{action and action + '/'}"
