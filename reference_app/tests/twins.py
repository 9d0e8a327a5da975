"""Asking both URL trees the same, to compare what they say and what they write."""

from django.db import transaction

from reference_app.tests.requests import TREES
from reference_app.tests.snapshots import all_tables


def both(client, path):
    """Fetch `path` below both trees, and return the answers with the tree's name taken out of links."""
    answers = []
    for tree in TREES:
        response = client.get(f"/{tree}/{path}")
        answers.append((response.status_code, response.content.decode().replace(f"/{tree}/", "/tree/")))
    return answers


def both_undone(client, method, path, body=None):
    """Send `body` to `path` below both trees, each time undoing what it did.

    Returns for each tree the status, the parsed answer or None, and the rows of all tables without their
    keys, which a database may go on numbering.
    """
    outcomes = []
    for tree in TREES:
        with transaction.atomic():
            response = getattr(client, method)(f"/{tree}/{path}", body)
            answer = response.json() if response.content else None
            outcomes.append((response.status_code, answer, contents()))
            transaction.set_rollback(True)
    return outcomes


def contents():
    """Return the rows of all tables without keys and in an order that does not depend on them."""
    return {table: sorted(map(_without_keys, rows)) for table, rows in all_tables().items()}


def _without_keys(row):
    """Return the row as text, its keys left out."""
    return str({name: value for name, value in row.items() if name != "id" and not name.endswith("_id")})
