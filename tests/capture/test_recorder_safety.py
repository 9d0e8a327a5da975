"""The watched test never notices: not our errors, not our clock, not what we keep."""

import copy
import gc
import pickle
import time
import weakref

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy
from freezegun import freeze_time

from querybudget import QueryBudgetWarning, query_budget, wording
from querybudget.capture.parameters import digest
from querybudget.config import Config
from querybudget.session import session
from reference_app import factories
from reference_app.models import Organization, Package
from tests.capture.support import codes, in_request
from tests.capture.zoo.factories import AnimalFactory
from tests.capture.zoo.models import Animal

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    """Let our own walk up the stack fail at every query."""
    monkeypatch.setattr(session, "internal_errors", [])

    def look(*_):
        raise LookupError("ours")

    monkeypatch.setattr("querybudget.capture.walk.look", look)


def test_our_own_error_leaves_results_untouched(broken):
    factories.OrganizationFactory.create_batch(2)
    with query_budget():
        assert len(Organization.objects.all()) == 2


def test_our_own_error_leaves_exceptions_untouched(broken):
    def ask():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")

    with query_budget(), pytest.raises(DatabaseError, match="no such table") as caught:
        ask()
    assert caught.value.__context__.__class__.__name__ == "OperationalError"


def test_our_own_error_is_reported_once(broken):
    with query_budget():
        for _ in range(3):
            Organization.objects.count()
    assert session.internal_errors == [wording.internal("LookupError: ours")]


@pytest.mark.filterwarnings("default")
def test_our_own_error_is_a_warning_of_our_own(broken):
    def ask_twice():
        Organization.objects.count()
        Organization.objects.count()

    with query_budget(), pytest.warns(QueryBudgetWarning, match="LookupError: ours") as warned:
        ask_twice()
    assert len(warned) == 1


def test_what_could_not_be_recorded_is_no_zero(broken):
    """No verdict without evidence: a budget that lost its queries must not pass."""
    with pytest.raises(AssertionError), query_budget(0):
        Organization.objects.count()


def test_what_was_recorded_leaves_no_cycle():
    """The garbage collector would take it apart in the midst of somebody's test."""
    gc.collect()
    gc.disable()
    try:
        with query_budget() as seen:
            list(Organization.objects.all())
        event = weakref.ref(seen._scope.events[0])
        del seen
        assert event() is None
    finally:
        gc.enable()


@pytest.mark.urls("tests.capture.urls")
def test_our_own_error_at_the_end_of_a_request_leaves_its_answer_untouched(monkeypatch):
    monkeypatch.setattr(session, "internal_errors", [])
    monkeypatch.setattr(session, "config", Config())  # with budgets this test could not pass unjudged

    def action_of(*_):
        raise LookupError("ours")

    monkeypatch.setattr("querybudget.capture.actions.action_of", action_of)
    with query_budget():
        assert Client().get("/one/").status_code == 200
    assert session.internal_errors == [wording.internal("LookupError: ours")]


def test_a_frozen_clock_does_not_stop_durations():
    with freeze_time("2020-01-01"), query_budget() as seen:
        before = time.perf_counter_ns()
        Organization.objects.count()
        assert time.perf_counter_ns() == before
    assert seen.groups[0].first.duration_ns > 0


@pytest.mark.parametrize("how", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy])  # noqa: S301 - our own bytes
def test_rows_of_a_recorded_load_can_be_copied(how, zoo):
    AnimalFactory.create_batch(2)

    def work():
        animals = Animal.objects.select_related("keeper").prefetch_related("toys")
        twins = [how(animal) for animal in animals]
        assert twins == list(animals)
        assert [twin.keeper for twin in twins] == [animal.keeper for animal in animals]

    assert "QB101" not in codes(in_request(work))


@pytest.mark.parametrize("how", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])  # noqa: S301 - our own bytes
def test_a_queryset_can_be_copied_in_a_recorded_request(how, zoo):
    AnimalFactory.create_batch(2)
    in_request(lambda: list(how(Animal.objects.order_by("pk"))))


def test_a_row_cached_from_one_request_may_be_asked_in_the_next(zoo):
    AnimalFactory.create_batch(3)
    kept = []
    in_request(lambda: kept.extend(Animal.objects.all()))
    analysis = in_request(lambda: [animal.keeper.name for animal in kept])
    assert analysis.measures.queries == 3
    assert {event.origin.asker for group in analysis.groups for event in group.events} == {None}


def test_a_queryset_begun_in_one_request_may_be_read_in_the_next(zoo):
    AnimalFactory.create_batch(3)
    kept = []
    in_request(lambda: kept.append(iter(Animal.objects.iterator(chunk_size=1))))
    in_request(lambda: kept.append([animal.keeper.name for animal in kept[0]]))
    assert len(kept[1]) == 3


def test_a_rows_state_pickles_to_what_it_was_outside_a_recording(zoo):
    """The tag is a number: nothing of ours is needed to read the pickle."""
    AnimalFactory()
    kept = []
    in_request(lambda: kept.append(pickle.dumps(Animal.objects.get())))
    assert b"querybudget.capture" not in kept[0]


class Untouchable:
    """A parameter that must not be looked at."""

    def __str__(self):
        raise AssertionError("read")

    __repr__ = __hash__ = __eq__ = __bytes__ = __str__


def test_digests_never_look_into_strange_parameters():
    value = Untouchable()
    assert digest([value]) == digest([value])
    assert digest([value]) != digest([Untouchable()])
    assert digest({"key": value}) == digest({"key": value})


def test_digests_never_evaluate_lazy_strings():
    def fail():
        raise AssertionError("evaluated")

    lazy = type("Lazy", (), {"__str__": lambda _: fail(), "__repr__": lambda _: fail()})
    digest([lazystr(lazy()), gettext_lazy("name")])


def test_digests_never_ask_a_model(zoo):
    animal = AnimalFactory()
    with query_budget() as seen:
        digest([Animal.objects.get(pk=animal.pk)])
        digest([Animal.objects.all()])
    assert seen.queries == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1], [True]),
        ([1], ["1"]),
        ([1], [1.0]),
        (["a", "b"], ["a,b"]),
        (["a'", "b"], ["a", "'b"]),
        ([None], ["None"]),
        ([b"a"], ["a"]),
        ([["a"], "b"], [["a", "b"]]),
        ((), None),
    ],
)
def test_digests_tell_values_apart(one, other):
    assert digest(one) != digest(other)
    assert digest(one) == digest(copy.deepcopy(one))


def test_parameters_changed_by_their_owner_afterwards_are_kept_as_they_were():
    parameters = [1]
    with query_budget() as seen, connection.cursor() as cursor:
        for number in range(3):
            parameters[0] = number
            cursor.execute("SELECT %s", parameters)
    assert seen.duplicates == 0


def test_lists_in_parameters_are_kept_as_they_were():
    rows = [["a", 1]]
    sql = "UPDATE reference_app_organization SET name = %s WHERE id = %s"
    with query_budget() as seen, connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        rows.append(["b", 2])
        cursor.executemany(sql, rows)
    assert [event.n_batch for group in seen.groups for event in group.events] == [1, 2]
    assert seen.duplicates == 0


def test_seen_can_be_printed_at_any_moment():
    with query_budget() as seen:
        Organization.objects.count()
        text = seen.explain()
    assert "reference_app_organization" in text
    assert repr(seen) == "<Seen 1 query, 0 requests>"


def test_reading_what_was_seen_asks_nothing():
    factories.PackageFactory.create_batch(3)
    with query_budget() as outer:
        with query_budget() as seen:
            _ = [package.project.organization.name for package in Package.objects.all()]
        before = outer.queries
        _ = seen.explain(), seen.findings, seen.groups, seen.tables
        assert outer.queries == before


def test_models_compared_by_value_and_hashes_are_untouched_by_the_tag():
    organization = factories.OrganizationFactory()
    with query_budget():
        loaded = Organization.objects.get()
    assert loaded == organization
    assert hash(loaded) == hash(organization)


@pytest.mark.parametrize(
    ("asked_by_us", "touch"),
    [
        ("querybudget.capture.relations.is_plain", lambda animal: list(animal.toys.all())),
        ("querybudget.capture.origin.tag_of", lambda animal: animal.keeper),
    ],
)
def test_what_the_project_asks_while_we_look_is_nobodys_query(zoo, monkeypatch, asked_by_us, touch):
    """A manager's `get_queryset`, a property: ours to start, not the test's to answer for."""
    animal = Animal.objects.get(pk=AnimalFactory().pk)
    asked = []

    def ask(*_):
        asked.append(Organization.objects.count())
        return 0

    monkeypatch.setattr(asked_by_us, ask)
    with query_budget() as seen:
        touch(animal)
    assert (seen.queries, len(asked)) == (1, 1)


def test_what_a_listener_to_our_own_error_asks_is_nobodys_query(broken, monkeypatch):
    monkeypatch.setattr(session, "report_internal", lambda _: Organization.objects.count())
    with query_budget() as seen:
        Organization.objects.exists()
    assert seen.queries == 1
