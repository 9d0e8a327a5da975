"""Writes a project of 60 actions in three apps, and the recorder that witnesses its requests.

The recorder knows nothing of querybudget: what ran is told by SQLite's trace, and which action a request
means is written by hand at each request of the project's tests.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from tests.story.app import MODELS, TESTS, URLS, VIEWS

if TYPE_CHECKING:
    from pathlib import Path

APPS = {
    "warehouse": {"packages": "PackageViewSet", "queryset": "objects", "n": "3"},
    "delivery": {"packages": "PackageViewSet", "queryset": 'objects.select_related("depot")', "n": "4"},
    "archive": {"packages": "ParcelViewSet", "queryset": 'objects.prefetch_related("labels")', "n": "5"},
}
"""App → the name of its largest viewset, what that asks the database for, and the rows of its tests."""

KILLED = "delivery/test_views.py::test_power_is_cut_where_asked"
"""The test that kills its process after two requests, where STORY_KILL is set."""

# What is switched off only takes time.
PYTEST_INI = """\
[pytest]
addopts =
    -p no:cacheprovider -p no:randomly -p no:faker -p no:hypothesispytest -p no:rerunfailures -p no:asyncio
pythonpath = .
DJANGO_SETTINGS_MODULE = settings
filterwarnings =
    error
    ignore:unclosed database:ResourceWarning
"""

SETTINGS = f"""\
SECRET_KEY = "for tests only"
USE_TZ = True
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = ["django.contrib.contenttypes", "rest_framework", {", ".join(map(repr, APPS))}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "urls"
MIGRATION_MODULES = dict.fromkeys(["contenttypes", {", ".join(map(repr, APPS))}])
REST_FRAMEWORK = {{"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}}
"""

ROOT_URLS = f"""\
from django.urls import include, path

urlpatterns = [path(f"{{app}}/", include(f"{{app}}.urls")) for app in {list(APPS)}]
"""

CONFTEST = '''\
"""The witness: what SQLite itself says each request ran; written only once its test has ended."""

import json
import os

import pytest
from django.db import connection
from django.test import Client


def n_items(response):
    if response.streaming or "json" not in response.headers.get("Content-Type", "") or not response.content:
        return None
    body = json.loads(response.content)
    listed = body.get("results") if isinstance(body, dict) else body
    return len(listed) if isinstance(listed, list) else None


class Ask:
    """Make a request whose action the caller names, and keep what SQLite traced of it."""

    def __init__(self):
        self.client = Client(raise_request_exception=False)
        self.requests = []

    def __call__(self, action, method, path, data=None):
        statements = []
        connection.ensure_connection()
        connection.connection.set_trace_callback(statements.append)
        try:
            response = self.client.generic(method, path, json.dumps(data), content_type="application/json")
        finally:
            connection.connection.set_trace_callback(None)
        seen = {"action": action, "method": method, "status": response.status_code, "statements": statements}
        seen["items"] = n_items(response)
        self.requests.append(seen)
        return response


@pytest.fixture
def ask(db, request):
    ask = Ask()
    yield ask
    line = json.dumps({"test": request.node.nodeid, "requests": ask.requests})
    with open(f"{os.environ['STORY_WITNESS']}/{os.getpid()}.jsonl", "a") as file:
        file.write(f"{line}\\n")


def pytest_collection_modifyitems(config, items):
    """Run every second test where STORY_SHARD says which, as plugins for sharding do."""
    shard = os.environ.get("STORY_SHARD")
    if shard:
        config.hook.pytest_deselected(items=items[1 - int(shard) :: 2])
        items[:] = items[int(shard) :: 2]
'''


def write_project(path: Path) -> None:
    """Write the whole project into a directory that is empty."""
    sources = {"pytest.ini": PYTEST_INI, "conftest.py": CONFTEST}
    sources |= {"settings.py": SETTINGS, "urls.py": ROOT_URLS}
    for app, differing in APPS.items():
        names = {"__init__": "", "models": MODELS, "views": VIEWS, "urls": URLS, "test_views": TESTS}
        for name, source in names.items():
            sources[f"{app}/{name}.py"] = Template(source).substitute(differing, app=app)
    for name, source in sources.items():
        path.joinpath(name).parent.mkdir(exist_ok=True)
        path.joinpath(name).write_text(source, encoding="utf-8")
