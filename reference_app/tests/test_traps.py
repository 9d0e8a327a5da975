"""The specimens: all that the specification lists, and each label true by measurement.

Measured by an execute wrapper of Django's own, so that no label rests on the tool that it is to judge.
"""

import re

import pytest
from django.db import transaction

from querybudget import query_budget
from reference_app.factories import MembershipFactory
from reference_app.models import Role
from reference_app.tests.specimens import conditions, forget, request, savepoints_of
from reference_app.tests.worlds import build_rows
from reference_app.traps.labels import Fault, Verdict
from reference_app.traps.models import Device
from reference_app.traps.rows import build_many
from reference_app.traps.urls import SPECIMENS

SPECIFIED = {
    Verdict.GROWS: {
        "class `queryset` optimised but ignored by `get_queryset`",
        "prefetch defeated by `.order_by`",
        "prefetch defeated by `.filter`",
        "prefetch defeated by `.first`",
        "prefetch defeated by `.exists`",
        "COUNT in a model method used as a serializer field",
        "nested FK missing from `select_related`",
        "M2M of a joined FK",
        "helper that re-reads by pk",
        "multi-table child through its reverse one-to-one",
        "extra action without prefetch",
        "export outside serializers",
        "`only()` then another field",
        "reverse-FK prefetch whose `only()` lacks the FK column",
        "permission query per row",
        "write loop",
        "rows × nested rows",
        "validator query per element",
        "growth only for one role",
        "growth only for one branch of the data",
    },
    Verdict.CONSTANT: {
        "the same three queries whatever n",
        "iterator with chunked prefetch",
        "cascade delete in batches",
        "0 → 1 rows (prefetches begin)",
        "`.count()` on a prefetched relation",
        "cold first request against warm",
        "ContentType and Site caches",
        "IN lists of any length",
        "savepoints in `TestCase` against `TransactionTestCase`",
    },
    Verdict.OTHER: {
        "one query over D × C rows",
        "COUNT that carries joins",
        "over-prefetch (budget exceeded, no growth)",
        'a 500 that is "faster"',
        "faster with another payload",
        "duplicate rows from a join",
        "a filter that loads every row into Python",
    },
}


def named(verdict):
    """Parametrise over the names of the specimens with `verdict`."""
    names = [name for name, view in SPECIMENS.items() if view.label.verdict is verdict]
    return pytest.mark.parametrize("name", names)


each_specimen = pytest.mark.parametrize("name", SPECIMENS)


@pytest.fixture(autouse=True)
def _cold_caches():
    """Begin every measurement with nothing in memory."""
    forget()


@pytest.fixture
def ask(client_for):
    """Return a function that asks a specimen about new rows, and returns the answer and its statements."""

    def asked(name, n, *, build=build_rows, role=None, **options):
        label = SPECIMENS[name].label
        with transaction.atomic():
            organization = build(n, **options)
            client = client_for(MembershipFactory(organization=organization, role=role or label.role).user)
            answer = request(client, name)
            transaction.set_rollback(True)
        return answer

    return asked


def costs(ask, name, **options):
    """Return how many queries the specimen runs at each of its sizes."""
    return [len(ask(name, n, **options)[1]) for n in SPECIMENS[name].label.sizes]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_specimen_of_the_specification_exists_once(verdict):
    """In its words, under its verdict."""
    found = [view.label.specimen for view in SPECIMENS.values() if view.label.verdict is verdict]
    assert sorted(found) == sorted(SPECIFIED[verdict])


@each_specimen
def test_labels_are_complete(name):
    """What is other says why; what has a finding says of what; what is compared is there."""
    label = SPECIMENS[name].label
    assert (label.fault is not None) == (label.verdict is Verdict.OTHER)
    assert not label.finding or label.relation or label.statement
    assert label.partner is None or label.partner in SPECIMENS
    assert label.sizes[0] < label.sizes[1]


@named(Verdict.GROWS)
def test_what_is_said_to_grow_grows(ask, name):
    """More queries at the larger size, by at least one a row."""
    label = SPECIMENS[name].label
    few, many = costs(ask, name, **conditions(label))
    assert many - few >= label.sizes[1] - label.sizes[0]


@named(Verdict.CONSTANT)
def test_what_is_said_to_be_constant_is(ask, name):
    """Not one more, but for the step that a label may name."""
    few, many = costs(ask, name)
    assert many <= few + SPECIMENS[name].label.step


@named(Verdict.OTHER)
def test_what_is_otherwise_wrong_does_not_grow(ask, name):
    """The number of queries does not give it away; a failure fails the same at any size."""
    few, many = costs(ask, name)
    assert many == few


@each_specimen
def test_guilty_statements_are_sent(ask, name):
    """Where a label quotes one."""
    label = SPECIMENS[name].label
    _, statements = ask(name, 2, **conditions(label))
    assert label.statement is None or any(label.statement in statement for statement in statements)


def test_growth_for_one_role_is_none_for_the_others(ask):
    """Whoever tests as a packager sees nothing."""
    few, many = costs(ask, "growth-for-one-role", role=Role.PACKAGER)
    assert few == many


def test_growth_for_one_branch_is_none_for_the_other(ask):
    """Whoever tests with active packages sees nothing."""
    few, many = costs(ask, "growth-for-one-branch")
    assert few == many


@pytest.mark.parametrize("name", [name for name, view in SPECIMENS.items() if view.label.step])
def test_a_step_is_one_at_the_first_row_and_no_growth(ask, name):
    """As many more as the label says than without rows, and none with each further row."""
    label = SPECIMENS[name].label
    none, one, two, five = (len(ask(name, n)[1]) for n in (*label.sizes, 2, 5))
    assert label.sizes == (0, 1)
    assert one - none == label.step
    assert one == two == five


@pytest.mark.parametrize("name", [name for name, view in SPECIMENS.items() if view.label.saved])
def test_the_first_request_fills_the_cache(client_for, name):
    """The second, over the same rows, does without."""
    client = client_for(MembershipFactory(organization=build_rows(2)).user)
    cold, warm = (len(request(client, name)[1]) for _ in range(2))
    assert cold - warm == SPECIMENS[name].label.saved


@pytest.mark.parametrize("name", ["chunked-prefetch", "cascade-in-batches"])
def test_batches_repeat_statements(ask, name):
    """At `also` rows the same statement is sent again, which is no loop."""
    _, statements = ask(name, SPECIMENS[name].label.also, build=build_many)
    assert len(set(map(shape, statements))) < len(statements)


def shape(statement):
    """Return the statement with IN lists of one length."""
    return re.sub(r"\((%s, )*%s\)", "(…)", statement)


@pytest.mark.django_db(transaction=True)
def test_where_no_transaction_is_open_there_are_no_savepoints(client_for):
    """Five transactions, one query: the number is the same as in all other tests."""
    client = client_for(MembershipFactory(organization=build_rows(5)).user)
    assert savepoints_of(client, "savepoints") == []
    assert_one_query_without_findings(client)


def test_where_a_transaction_is_open_savepoints_are_sent_and_no_queries(client_for):
    """Five savepoints, one query: a tool that counted them would find a loop here."""
    client = client_for(MembershipFactory(organization=build_rows(5)).user)
    assert len(savepoints_of(client, "savepoints")) == 5
    assert_one_query_without_findings(client)


def assert_one_query_without_findings(client):
    """Ask for the savepoints both ways: Django's own wrapper and `query_budget` have to agree."""
    with query_budget(queries=1) as seen:
        _, statements = request(client, "savepoints")
    assert seen.queries == len(statements) == 1
    assert seen.findings == ()


def test_a_product_has_more_rows_than_both_relations(ask):
    """D × C in the crowded project, where D + C would do."""
    sizes = [ask("product-of-two-relations", n)[0].json()["n"] for n in (2, 5)]
    assert sizes == [14, 50]


def test_the_count_carries_its_joins(ask):
    """The paginator's, which is the first."""
    _, (count, *_) = ask("count-carries-joins", 2)
    assert count.count("JOIN") == 2
    assert "GROUP BY" in count


def test_what_is_prefetched_and_not_read_exceeds_the_budget(ask):
    """By a constant."""
    label = SPECIMENS["over-prefetch"].label
    assert len(ask("over-prefetch", 5)[1]) == label.budget + 4


@pytest.mark.parametrize(
    "name", [name for name, view in SPECIMENS.items() if view.label.partner], ids=lambda name: name
)
def test_what_is_faster_than_its_partner_says_something_else(ask, name):
    """Fewer queries, and another answer or none."""
    answer, statements = ask(name, 5)
    other, slower = ask(SPECIMENS[name].label.partner, 5)
    assert len(statements) < len(slower)
    assert answer.content != other.content


def test_a_join_doubles_rows(ask):
    """Two deployments, two rows of the same package."""
    names = [row["fullname"] for row in ask("duplicate-rows", 5)[0].json()]
    assert len(names) == 2 * len(set(names)) == 10


def test_a_filter_in_python_throws_rows_away(ask):
    """All are fetched: no statement names the condition."""
    answer, statements = ask("filter-in-python", 5)
    assert answer.json() == []
    assert not any("WHERE" in statement for statement in statements)


def test_a_device_is_called_by_its_name():
    """The specimens' own models are models like others."""
    assert str(Device(name="laptop")) == "laptop"


def test_every_fault_has_one_specimen():
    """And every specimen of another kind a fault of its own."""
    faults = [view.label.fault for view in SPECIMENS.values() if view.label.fault]
    assert sorted(faults) == sorted(Fault)
