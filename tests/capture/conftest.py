"""Fixtures of the capture tests: an app of their own, and a second database."""

from copy import deepcopy

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

ZOO = "tests.capture.zoo.apps.ZooConfig"


@pytest.fixture(scope="session")
def _zoo(django_db_setup, django_db_blocker):
    """Install the app and make its tables, without a word in settings."""
    apps.set_installed_apps([*settings.INSTALLED_APPS, ZOO])
    apps.clear_cache()  # what a model of the app was asked before it was installed has no way back
    models = [each for each in apps.get_app_config("zoo").get_models() if not each._meta.proxy]
    with django_db_blocker.unblock():
        _make_tables(models)
        create_contenttypes(apps.get_app_config("zoo"), verbosity=0)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        for model in reversed(models):
            editor.delete_model(model)
    apps.unset_installed_apps()


def _make_tables(models):
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)


@pytest.fixture
def zoo(_zoo, db):
    """Give the test the app's tables, empty, and cold caches."""
    ContentType.objects.clear_cache()


@pytest.fixture
def second_database(django_db_setup, django_db_blocker):
    """Add an alias `second` to the settings; for tests that are not held to the aliases of a TestCase."""
    connections.databases["second"] = {**deepcopy(connections.databases["default"]), "NAME": ":memory:"}
    with django_db_blocker.unblock():
        yield connections["second"]
        connections["second"].close()
    del connections["second"]
    del connections.databases["second"]
