"""Asking the specimens, and seeing what they send without the help of the tool that they are to judge."""

import re

from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reference_app.models import Package
from reference_app.traps.urls import SPECIMENS

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


def forget():
    """Empty the caches that some specimens are about."""
    cache.clear()
    ContentType.objects.clear_cache()
    Site.objects.clear_cache()


def conditions(label):
    """Return the condition on the data under which the label holds, as options of `build_rows`."""
    return {"branch": label.branch} if label.branch else {}


def request(client, name):
    """Ask a specimen about the rows that there are; return the answer and the statements it sent."""
    label, statements = SPECIMENS[name].label, []
    client.raise_request_exception = False
    body = {"ids": list(Package.objects.values_list("pk", flat=True))} if label.method == "post" else None
    with connection.execute_wrapper(_recorded_in(statements)):
        response = getattr(client, label.method)(f"/traps/{name}/", body)
    assert response.status_code == label.status
    return response, statements


def savepoints_of(client, name):
    """Ask a specimen, and return the savepoints it sent, which are left out everywhere else."""
    with CaptureQueriesContext(connection) as sent:
        client.get(f"/traps/{name}/")
    return [query["sql"] for query in sent if query["sql"].startswith("SAVEPOINT")]


def _recorded_in(statements):
    """Return an execute wrapper that adds each statement without its quotes, transaction control left out."""

    def record(execute, sql, params, many, context):
        if not sql.startswith(CONTROL):
            statements.append(re.sub('["`]', "", sql))
        return execute(sql, params, many, context)

    return record
