"""What is recorded is what the database ran: SQLite's own trace is the witness."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Prefetch
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from querybudget import query_budget
from reference_app import factories, models
from reference_app.seed import build
from tests.capture.oracle import Oracle, executed, many_mark
from tests.capture.support import request_doing
from tests.capture.zoo.factories import AnimalFactory, DogFactory
from tests.capture.zoo.models import Animal, Dog, Label

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's trace is the witness here")


def _insert_many():
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO zoo_toy (name) VALUES (%s) {many_mark()}", [("a",), ("b",), ("c",)])


def _insert_many_of_nothing():
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO zoo_toy (name) VALUES (%s) {many_mark()}", [])


def _fail_to_prepare():
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")


def _break_a_constraint():
    user = get_user_model().objects.create(username="taken")
    with pytest.raises(DatabaseError), transaction.atomic():
        get_user_model().objects.create(username="taken")
    user.delete()


def _nest_savepoints():
    with transaction.atomic(), transaction.atomic(), transaction.atomic():
        Animal.objects.count()


def _roll_back():
    with transaction.atomic():
        Animal.objects.create(name="gone")
        transaction.set_rollback(True)


def _get_or_create():
    Animal.objects.get_or_create(name="Rex")


OPERATIONS = {
    "list": lambda: list(Animal.objects.all()),
    "count": Animal.objects.count,
    "exists": Animal.objects.exists,
    "nothing": lambda: list(Animal.objects.none()),
    "first": Animal.objects.first,
    "empty in": lambda: list(Animal.objects.filter(pk__in=[])),
    "lazy": lambda: [animal.keeper and animal.keeper.name for animal in Animal.objects.all()],
    "join": lambda: [animal.keeper for animal in Animal.objects.select_related("keeper")],
    "prefetch": lambda: list(Animal.objects.prefetch_related("toys", "visit_set", "labels", "passport")),
    "prefetch to attribute": lambda: list(
        Animal.objects.prefetch_related(Prefetch("foods", to_attr="menu"), "keeper__boss")
    ),
    "generic": lambda: [label.subject for label in Label.objects.all()],
    "generic prefetch": lambda: list(Label.objects.prefetch_related("subject")),
    "child class": lambda: [dog.trainer.name for dog in Dog.objects.all()],
    "annotate": lambda: list(Animal.objects.annotate(n=Count("visit")).values("n")),
    "iterator": lambda: list(Animal.objects.prefetch_related("toys").iterator(chunk_size=2)),
    "raw": lambda: list(Animal.objects.raw("SELECT id, name FROM zoo_animal")),
    "deferred": lambda: [animal.story for animal in Animal.objects.only("name")],
    "create": AnimalFactory,
    "create child class": DogFactory,
    "bulk create": lambda: Animal.objects.bulk_create([Animal(name=str(n)) for n in range(5)], batch_size=2),
    "bulk update": lambda: Animal.objects.bulk_update(Animal.objects.all(), ["name"], batch_size=2),
    "update": lambda: Animal.objects.update(story="short"),
    "cascade": lambda: Animal.objects.all().delete(),
    "get or create": _get_or_create,
    "many": _insert_many,
    "many of nothing": _insert_many_of_nothing,
    "fails to prepare": _fail_to_prepare,
    "breaks a constraint": _break_a_constraint,
    "savepoints": _nest_savepoints,
    "rollback": _roll_back,
    "cold caches": ContentType.objects.clear_cache,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_recorded_as_often_as_the_database_ran_it(name, zoo):
    AnimalFactory.create_batch(3)
    with Oracle() as oracle:
        request = request_doing(OPERATIONS[name])
    assert executed([request.recording]) == len(oracle) + (name == "many of nothing")
    assert request.analysis.measures.queries == sum(event.counts for event in request.recording.events)


@given(st.lists(st.sampled_from(sorted(OPERATIONS)), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_operations_agrees_with_the_database(zoo, names):
    def work():
        for name in names:
            OPERATIONS[name]()

    with transaction.atomic():
        with Oracle() as oracle:
            request = request_doing(work)
        transaction.set_rollback(True)
    assert executed([request.recording]) == len(oracle) + names.count("many of nothing")


def test_requests_are_recorded_as_often_as_the_database_ran_them(db):
    world = build(3, attributes=1)
    client = APIClient()
    client.force_authenticate(world.packager)
    package = models.Package.objects.first()
    with Oracle() as oracle, query_budget() as seen:
        client.get("/api/packages/")
        client.get("/naive/packages/")
        client.get(f"/naive/packages/{package.pk}/")
        client.post(f"/api/packages/{package.pk}/mark-obsolete/")
    assert len(seen.requests) == 4
    assert executed(request.recording for request in seen.requests) == len(oracle) == seen.queries


def test_an_admin_session_is_recorded_as_often_as_the_database_ran_it(db):
    """Middleware, sessions, authentication and templates, all of them."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    factories.ProjectFactory.create_batch(2)
    ContentType.objects.clear_cache()
    with Oracle() as oracle, query_budget() as seen:
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/reference_app/project/").status_code == 200
    assert executed(request.recording for request in seen.requests) == len(oracle)


@pytest.mark.filterwarnings("ignore:Limit for query logging")
def test_counting_goes_on_where_djangos_ring_of_nine_thousand_is_full(db):
    def ask(times):
        with connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute("SELECT 1")

    with CaptureQueriesContext(connection):
        ask(9_500)
    with CaptureQueriesContext(connection) as django, query_budget() as seen:
        ask(3)
    assert (len(django), seen.queries) == (0, 3)


def test_past_the_limit_of_events_everything_is_still_counted(db, monkeypatch):
    monkeypatch.setattr("querybudget.capture.scopes.MAX_EVENTS", 5)
    with Oracle() as oracle, query_budget() as seen:
        for _ in range(12):
            models.Package.objects.count()
    assert seen.queries == len(oracle) == 12
    assert seen.analysis.doubts
