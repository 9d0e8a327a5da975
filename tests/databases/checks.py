"""What must hold on every database; run in a process of its own for each, by `test_servers.py`."""

import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from rest_framework.test import APIClient

from querybudget import query_budget
from reference_app.factories import AttributeFactory, OrganizationFactory, PackageFactory
from reference_app.models import Attribute, Organization, Package, Project
from reference_app.seed import build
from tests.databases.witnesses import witness

pytestmark = pytest.mark.django_db

QUOTE = {"postgresql": '"', "mysql": "`"}


def _many():
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO reference_app_platform (name) VALUES (%s)", [("a",), ("b",), ("c",)])


def _refused():
    with pytest.raises(DatabaseError), transaction.atomic():
        Organization.objects.create(name="x", slug=Organization.objects.first().slug)


WORK = {
    "list": lambda: list(Package.objects.all()),
    "lazy": lambda: [package.project.organization.name for package in Package.objects.all()],
    "join": lambda: [package.project.name for package in Package.objects.select_related("project")],
    "prefetch": lambda: list(Package.objects.prefetch_related("deployments", "depends_on", "installations")),
    "create": PackageFactory,
    "update": lambda: Package.objects.update(version="2"),
    "cascade": lambda: Organization.objects.all().delete(),
    "bulk create": lambda: Organization.objects.bulk_create(
        [Organization(name=str(n), slug=str(n)) for n in range(5)], batch_size=2
    ),
    "savepoints": lambda: [transaction.atomic(Organization.objects.count)() for _ in range(3)],
    "refused": _refused,
    "get or create": lambda: Organization.objects.get_or_create(slug="new", defaults={"name": "new"}),
    "locked": lambda: list(Package.objects.select_for_update()),
    "iterator": lambda: [package.pk for package in Package.objects.iterator(chunk_size=2)],
}


@pytest.fixture
def packages():
    ContentType.objects.clear_cache()
    return PackageFactory.create_batch(3)


@pytest.mark.parametrize("name", WORK)
def test_the_count_is_what_the_server_was_sent(name, packages):
    with query_budget() as seen, witness() as server:
        WORK[name]()
    if name == "iterator" and connection.vendor == "postgresql":
        # A server-side cursor is declared once, and then fetched from: 1 query, more messages.
        assert seen.queries == 1
    else:
        assert seen.queries == server.n_statements


def test_requests_count_what_the_server_was_sent():
    world = build(3, attributes=1)
    client = APIClient()
    client.force_authenticate(world.packager)
    package = Package.objects.order_by("pk").first()
    with query_budget() as seen, witness() as server:
        client.get("/api/packages/")
        client.get("/naive/packages/")
        client.post(f"/api/packages/{package.pk}/mark-obsolete/")
    assert len(seen.requests) == 3
    assert seen.queries == server.n_statements


def test_executemany_is_one_query_of_three_rows():
    with query_budget() as seen:
        _many()
    [group] = seen.groups
    assert (seen.queries, group.first.n_batch) == (1, 3)


def test_an_n_plus_one_is_found_with_its_fix(packages):
    with query_budget() as seen:
        for package in Package.objects.all():
            _ = package.project.name
    [finding] = seen.findings
    assert (finding.code, finding.relation, finding.count) == ("QB101", "Package.project", 3)
    assert finding.fix.edit == 'select_related("project")'
    assert finding.call_site.source == "_ = package.project.name"


def test_its_eager_twin_is_clean(packages):
    with query_budget() as seen:
        for package in Package.objects.select_related("project"):
            _ = package.project.name
    assert (seen.findings, seen.queries) == ((), 1)


def test_reverse_and_many_to_many_relations_are_found_and_their_twins_are_clean(packages):
    def loop(queryset):
        with query_budget() as seen:
            for package in queryset:
                list(package.deployments.all())
                list(package.installations.all())
        return seen.findings

    found = loop(Package.objects.order_by("pk"))
    assert [finding.relation for finding in found] == ["Package.deployments", "Package.installations"]
    assert {finding.code for finding in found} == {"QB101"}
    assert loop(Package.objects.prefetch_related("deployments", "installations")) == ()


def test_queries_in_a_loop_are_found_and_chunks_are_not(packages):
    keys = [package.pk for package in packages]
    with query_budget() as seen:
        for key in keys:
            Package.objects.get(pk=key)
    assert [(each.code, each.count) for each in seen.findings] == [("QB102", 3)]
    with query_budget() as seen:
        for start in (0, 1, 2):
            list(Package.objects.filter(pk__in=keys[start : start + 2]))
    assert seen.findings == ()


def test_walking_pages_is_clean():
    AttributeFactory.create_batch(8)

    def pages():
        last = 0
        while page := list(Attribute.objects.filter(pk__gt=last).order_by("pk")[:2]):
            last = page[-1].pk

    with query_budget() as seen:
        pages()
        for start in (0, 2, 4):
            list(Attribute.objects.order_by("pk")[start : start + 2])
    assert "QB102" not in [finding.code for finding in seen.findings]


def test_shapes_are_written_with_the_quotes_of_the_database(packages):
    with query_budget() as seen:
        Package.objects.get(pk=packages[0].pk)
    fingerprint = seen.groups[0].first.fingerprint
    quote = QUOTE[connection.vendor]
    assert f"FROM {quote}reference_app_package{quote} WHERE" in fingerprint.shape
    assert str(packages[0].pk) not in fingerprint.shape
    assert fingerprint.tables == ("reference_app_package",)
    assert seen.groups[0].first.vendor == connection.vendor


def test_one_shape_whatever_the_list_and_the_limit(packages):
    with query_budget() as seen:
        for length in (1, 2, 3):
            list(Package.objects.filter(pk__in=[each.pk for each in packages[:length]])[:length])
    assert (seen.queries, seen.shapes) == (3, 1)


def test_strings_with_the_quotes_of_the_other_database_are_literals():
    with query_budget() as seen, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM reference_app_platform WHERE name = 'it''s \"quoted\" `so`'")
    assert seen.groups[0].first.fingerprint.shape.upper().endswith("WHERE NAME = ?")
    assert seen.tables == {"reference_app_platform": 1}


def test_transaction_control_is_not_counted():
    with query_budget() as seen, transaction.atomic(), transaction.atomic():
        Organization.objects.count()
    assert (seen.queries, seen.shapes) == (1, 1)


def test_a_failed_query_counts_and_fails_as_ever():
    OrganizationFactory(slug="taken")
    with query_budget() as seen:
        with pytest.raises(DatabaseError), transaction.atomic():
            OrganizationFactory(slug="taken")
        Organization.objects.count()
    assert seen.queries == 2


def test_writes_and_reads_are_told_apart(packages):
    with query_budget() as seen:
        Project.objects.filter(pk=packages[0].project_id).update(name="new")
        Project.objects.count()
        list(Project.objects.select_for_update())
    assert (seen.writes, seen.reads) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_another_threads_connection_is_recorded():
    def work():
        Organization.objects.count()
        connection.close()

    with query_budget() as seen:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert (seen.queries, dict(seen.databases)) == (1, {"default": 1})
